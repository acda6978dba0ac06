"""The volunteer's arithmetic: nothing that was trained is ever lost, and bases stay equal to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.merging import merged, moved
from lightwork.codec import decode, encode
from lightwork.codec.weights import weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.protocol import limits
from lightwork.protocol.project import Work
from lightwork.trainer.replica import Replica

LAYOUT = Layout((("a", (20, 30)), ("b", (17,)), ("c", (64, 64))))
SPARSE = Scheme(block=256, keep=8, bits=2)
DENSE = Scheme(bits=2)


def vector(seed: int, scale: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(LAYOUT.size) * scale).astype(np.float32)


def pack(replica: Replica, local: np.ndarray, scheme: Scheme) -> tuple[bytes, tuple[Work, ...]]:
    packing = replica.pack(local, scheme, 1.0)
    replica.commit_packing(packing)
    return packing.payload, packing.work


def fresh() -> Replica:
    return Replica.fresh(LAYOUT, 0, vector(0))


@pytest.mark.parametrize("scheme", [SPARSE, DENSE])
def test_what_is_not_sent_is_owed(scheme: Scheme) -> None:
    replica, progress = fresh(), vector(1, 0.1)
    local = replica.base - progress
    replica.add_work("lease", 512)
    payload, work = pack(replica, local, scheme)
    np.testing.assert_allclose(decode(payload, LAYOUT) + replica.residual, progress, atol=1e-6)
    assert [(item.lease, item.steps, item.tokens) for item in work] == [("lease", 1, 512)]
    assert replica.unsent_steps == 0


def test_a_contribution_that_was_not_taken_is_sent_again_with_its_leases() -> None:
    replica, progress = fresh(), vector(1, 0.1)
    replica.add_work("first", 512)
    payload, work = pack(replica, replica.base - progress, SPARSE)
    replica.take_back(payload, work)
    np.testing.assert_allclose(replica.residual, progress, atol=1e-6)
    replica.add_work("second", 512)
    _, again = pack(replica, replica.anchor, SPARSE)
    assert [item.lease for item in again] == ["first", "second"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["train", "pack", "refuse", "merge"]), min_size=1, max_size=30), st.integers(0, 99))
def test_progress_is_conserved(events: list[str], seed: int) -> None:
    """All progress = what was counted + what is owed + what is not yet packed, through any order of events."""
    random = np.random.default_rng(seed)
    replica = fresh()
    local, trained, counted = replica.base.copy(), np.zeros(LAYOUT.size), np.zeros(LAYOUT.size)
    for event in events:
        if event == "train":
            step = (random.standard_normal(LAYOUT.size) * 0.01).astype(np.float32)
            local, trained = local - step, trained + step
            replica.add_work("lease", 1)
        elif event in ("pack", "refuse"):
            payload, work = pack(replica, local, SPARSE)
            if event == "refuse":
                replica.take_back(payload, work)
            else:
                counted += decode(payload, LAYOUT)
        else:
            update = encode((random.standard_normal(LAYOUT.size) * 0.01).astype(np.float32), LAYOUT, DENSE)
            digest = weights_digest(replica.base - update.decoded)
            local = merged(replica, update.payload, digest, local)
    unpacked = replica.anchor - local
    np.testing.assert_allclose(counted + replica.residual + unpacked, trained, atol=1e-4)


def test_bases_are_equal_to_the_last_bit_whatever_was_trained_locally() -> None:
    mine, theirs = fresh(), fresh()
    locals_ = [mine.base - vector(5, 0.3), theirs.base - vector(6, 2.0)]
    for round_ in range(5):
        update = encode(vector(10 + round_, 0.05), LAYOUT, DENSE)
        digest = weights_digest(mine.base - update.decoded)
        locals_ = [
            merged(replica, update.payload, digest, local)
            for replica, local in zip((mine, theirs), locals_, strict=True)
        ]
    assert mine.base.tobytes() == theirs.base.tobytes()
    assert mine.version == theirs.version == 5


def test_a_wrong_digest_changes_nothing() -> None:
    replica = fresh()
    before = (replica.base.copy(), replica.version)
    update = encode(vector(3), LAYOUT, DENSE)
    with pytest.raises(LightworkError) as caught:
        replica.next_base(update.payload, "0" * 64)
    assert caught.value.trouble is Trouble.WEIGHTS_DIVERGED
    assert (replica.base == before[0]).all()
    assert replica.version == before[1]


def test_progress_moves_onto_a_new_base() -> None:
    replica, progress, base = fresh(), vector(1, 0.1), vector(9)
    local = moved(replica, base, 40, replica.base - progress)
    np.testing.assert_allclose(local, base - progress, atol=1e-6)
    assert replica.version == 40


def test_more_leases_than_a_contribution_may_name_give_up_the_oldest_claims_only() -> None:
    replica = fresh()
    for number in range(limits.OPEN_LEASES + 2):
        replica.add_work(str(number), 1)
    _, work = pack(replica, replica.base - vector(1), DENSE)
    assert len(work) == limits.OPEN_LEASES - 2
    assert work[0].lease == "4"
    assert replica.unsent_steps == 0


def test_steps_taken_while_it_is_packed_are_unsent_still() -> None:
    replica = fresh()
    replica.add_work("first", 8)
    packing = replica.frozen().pack(replica.base - vector(1, 0.1), DENSE, 1.0)
    replica.add_work("first", 8)
    replica.add_work("second", 8)
    replica.commit_packing(packing)
    assert packing.work == (Work(lease="first", steps=1, tokens=8),)
    assert replica.work == [Work(lease="first", steps=1, tokens=8), Work(lease="second", steps=1, tokens=8)]
    assert replica.anchor is packing.anchor


def test_progress_that_went_astray_is_forgotten_with_a_residual_that_did() -> None:
    replica = fresh()
    replica.add_work("lease", 1)
    replica.residual[3] = np.nan
    local = replica.give_up_progress()
    assert (local == replica.base).all()
    assert np.isfinite(replica.residual).all()
    assert replica.unsent_steps == 0


def test_claims_of_returned_work_outlive_progress_that_went_astray() -> None:
    replica = fresh()
    replica.add_work("first", 8)
    payload, work = pack(replica, replica.base - vector(1, 0.1), DENSE)
    replica.take_back(payload, work)
    replica.add_work("second", 8)
    replica.give_up_progress()
    _, again = pack(replica, replica.base, DENSE)
    assert [item.lease for item in again] == ["first"]


def test_computing_a_change_changes_nothing_until_it_is_committed() -> None:
    replica = fresh()
    replica.add_work("lease", 8)
    before = (replica.base, replica.anchor, replica.residual, replica.version, list(replica.work))
    replica.pack(replica.base - vector(1, 0.1), DENSE, 1.0)
    update = encode(vector(3), LAYOUT, DENSE)
    replica.next_base(update.payload, weights_digest(replica.base - update.decoded))
    after = (replica.base, replica.anchor, replica.residual, replica.version, list(replica.work))
    assert all(one is other for one, other in zip(before[:3], after[:3], strict=True))
    assert before[3:] == after[3:]


def test_what_is_owed_stays_in_the_own_weights_over_a_merge() -> None:
    replica, progress = fresh(), vector(1, 0.1)
    local = replica.base - progress
    replica.add_work("lease", 512)
    sent, _ = pack(replica, local, SPARSE)
    later = local - vector(2, 0.01)  # steps that were taken while it was on its way
    step = encode(vector(3, 0.1), LAYOUT, DENSE)
    after = merged(replica, step.payload, weights_digest(replica.base - step.decoded), later)
    mine = progress - decode(sent, LAYOUT) + vector(2, 0.01)  # what no update holds
    np.testing.assert_allclose(after, replica.base - mine, atol=1e-6)
    # And it is owed once, not twice: what is packed next is just that.
    np.testing.assert_allclose(
        replica.pack(after, DENSE, 1.0).residual + decode(replica.pack(after, DENSE, 1.0).payload, LAYOUT),
        mine,
        atol=1e-6,
    )


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
def test_a_share_of_what_is_owed_is_let_go(decay: float) -> None:
    replica, progress = fresh(), vector(1, 0.1)
    replica.add_work("lease", 512)
    packing = replica.pack(replica.base - progress, SPARSE, decay)
    left = progress - decode(packing.payload, LAYOUT)
    np.testing.assert_allclose(packing.residual, decay * left, atol=1e-6)
