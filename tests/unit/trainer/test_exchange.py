"""Packing, settling and merging beside the steps: who waits for what, and what a kill in between costs."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.trainer_process import RECIPE, TINY, lease, orders
from lightwork.codec import decode, encode
from lightwork.codec.weights import Vector, weights_digest, write_weights
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.aside import Aside
from lightwork.trainer.flat import Shift, gather
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.room import Room
from lightwork.trainer.state import Copy, State
from lightwork.trainer.tensorfile import GivenUpError
from lightwork.trainer.times import Times
from lightwork.trainer.training import Training

LAYOUT = layout_of(build(TINY))


class Wire:
    """Stands in for the channel: no process, no pace."""

    ending = held = calls = False
    share = 1.0

    def __init__(self) -> None:
        self.sent: list[wire.FromTrainer] = []
        self.at_stop = lambda: None

    def send(self, event: wire.FromTrainer) -> None:
        if not isinstance(event, wire.Progress):
            self.sent.append(event)

    def wake(self) -> None:
        pass

    def wait_until_parked(self) -> None:
        pass

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.sent]


class Life:
    """A trainer in this process, from one start to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begin()
        weights = gather(build(TINY, seed=1), LAYOUT)
        write_weights(folder / "weights.safetensors", weights, LAYOUT)
        load = wire.Load(version=0, digest=weights_digest(weights), files=(str(folder / "weights.safetensors"),))
        self.training.obey(load)

    def begin(self) -> None:
        self.wire = Wire()
        self.training = Training(self.wire, orders(self.folder))  # type: ignore[arg-type]

    def kill(self) -> None:
        """Nothing is saved, and another one starts."""
        self.training._exchange.finish()
        self.training._lock.release()
        self.begin()

    @property
    def state(self) -> State:
        return self.training._state

    def steps(self, number: int) -> None:
        for _ in range(number):
            self.training.collect()
            self.training.work()

    def until(self, kind: type[wire.Message]) -> wire.Message:
        for _ in range(5):  # each may begin the next
            self.training._exchange.finish()
            self.training.collect()
        if found := [event for event in self.wire.sent if isinstance(event, kind)]:
            return found[-1]
        raise AssertionError(f"no {kind.__name__} in {self.wire.names()}")

    def packed(self) -> wire.Packed:
        packed = self.until(wire.Packed)
        assert isinstance(packed, wire.Packed)
        return packed


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path)
    yield made
    made.training._exchange.finish()
    made.training._lock.release()


def update(life: Life, name: str = "update") -> wire.Apply:
    """One that moves every weight a little."""
    replica = life.state.replica
    encoded = encode(np.full(LAYOUT.size, 1e-3, np.float32), LAYOUT, RECIPE.down)
    (life.folder / name).write_bytes(encoded.payload)
    digest = weights_digest(np.subtract(replica.base, encoded.decoded, dtype=np.float32))
    return wire.Apply(base=replica.version, file=str(life.folder / name), digest=digest)


def test_steps_are_taken_under_the_next_lease_while_it_is_packed(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also other commands wait for their turn; the next lease does not, or there would be nothing to train on."""
    go_on, pack = threading.Event(), State.pack

    def slow(state: State, copy: Copy, *rest: object) -> Copy:
        go_on.wait(20)
        return pack(state, copy, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(State, "pack", slow)
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    life.training.obey(lease(life.folder, "second"))
    life.training.obey(update(life))
    while life.training._exchange.sealing:
        life.steps(1)
    before = life.state.counters.steps
    life.steps(5)
    assert life.state.counters.steps == before + 5
    assert [work.lease for work in life.state.replica.work] == ["first", "second"]
    assert not {"Packed", "Owed", "Updated"} & set(life.wire.names())
    go_on.set()
    life.until(wire.Updated)
    packed = life.packed()
    assert (packed.base, [work.lease for work in packed.work]) == (0, ["first"])
    assert [work.lease for work in life.state.replica.work] == ["second"]
    assert life.state.replica.version == 1
    names = life.wire.names()
    assert names.index("Owed") < names.index("Packed")


def test_what_was_announced_outlives_a_kill_and_steps_since_then_a_stop(life: Life) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    life.training.obey(lease(life.folder, "second"))
    packed = life.packed()
    life.steps(2)
    live = gather(life.state._engine.module, LAYOUT).tobytes()
    assert life.state.leave(lambda: None) == life.state.counters.steps
    life.training._lock.release()
    life.begin()
    assert gather(life.state._engine.module, LAYOUT).tobytes() == live
    assert (life.state.packed, life.state.replica.unsent_steps, life.state.counters.steps) == (packed, 2, 5)
    life.training._lock.release()  # and now a power cut takes what was not synced
    (life.folder / "trainer" / "checkpoint.quick.safetensors").unlink()
    life.begin()
    assert (life.state.packed, life.state.replica.unsent_steps, life.state.counters.steps) == (packed, 0, 3)
    assert gather(life.state._engine.module, LAYOUT).tobytes() == life.state.replica.anchor.tobytes()


@pytest.mark.parametrize("outcome", list(wire.Outcome))
def test_a_kill_after_settling_announces_it_again_and_changes_nothing_else(life: Life, outcome: wire.Outcome) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    packed = life.packed()
    owed = life.state.replica.residual.tobytes()
    life.training.obey(wire.Settle(digest=packed.digest, outcome=outcome))
    life.until(wire.Settled)
    returned = life.state.replica.returned
    assert (life.state.packed, [work.lease for work in returned]) == (
        None,
        ["first"] if outcome is wire.Outcome.RETURNED else [],
    )
    after = life.state.replica.residual.tobytes()
    assert (after == owed) == (outcome is wire.Outcome.TAKEN)
    life.kill()
    ready = life.until(wire.Ready)
    assert isinstance(ready, wire.Ready)
    assert ready.packed == packed
    assert Path(packed.file).exists()
    assert (life.state.replica.residual.tobytes(), life.state.replica.returned) == (owed, [])
    life.training.obey(wire.Settle(digest=packed.digest, outcome=outcome))
    life.until(wire.Settled)
    assert (life.state.replica.residual.tobytes(), life.state.replica.returned) == (after, returned)
    life.training.obey(wire.Save())
    assert not Path(packed.file).exists()
    life.kill()
    assert (life.state.packed, life.state.replica.residual.tobytes()) == (None, after)


def test_the_same_bytes_packed_again_keep_their_file(life: Life) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    packed = life.packed()
    copy = life.state.copy(life.state.room()())
    life.training.obey(wire.Settle(digest=packed.digest, outcome=wire.Outcome.UNCLAIMED))
    life.until(wire.Settled)
    late = life.state.copy(life.state.room()())  # of a time when nobody needed that file
    life.state.replica.add_work("first", 1)
    twin = Copy(copy.state, late.changes, late.settled)
    life.state._settled.discard(Path(packed.file))  # as `State.pack` does
    life.state.save_copy(twin)
    assert Path(packed.file).exists()


def test_progress_that_is_not_finite_is_not_packed(life: Life) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(2)
    base = life.state.replica.base.tobytes()
    life.state._shift.move(life.state.replica.base, np.full(LAYOUT.size, np.nan, np.float32))
    life.training.obey(wire.Contribute())
    life.until(wire.Empty)
    life.training.obey(lease(life.folder, "second"))
    life.steps(2)
    failed = life.until(wire.Failed)
    assert isinstance(failed, wire.Failed)
    assert (failed.trouble, failed.fatal) == (Trouble.LOSS_NOT_FINITE, False)
    assert (life.state.packed, life.state.replica.base.tobytes()) == (None, base)
    assert np.isfinite(gather(life.state._engine.module, LAYOUT)).all()
    # The regular save is not put off for a contribution that never came.
    life.state._keeper._next_save = 0.0
    life.steps(2)
    taken = life.state.counters.steps
    life.kill()
    assert taken - 1 <= life.state.counters.steps <= taken


def test_what_is_on_its_way_stays_in_the_own_weights_until_an_update_has_it(life: Life) -> None:
    def local() -> Vector:
        return gather(life.state._engine.module, LAYOUT)

    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    packed = life.packed()
    before, old = local(), life.state.replica.base
    life.training.obey(update(life))  # the upload takes longer than the round
    life.until(wire.Updated)
    moved = life.state.replica.base - old
    np.testing.assert_allclose(local(), before + moved, atol=1e-6)
    life.training.obey(wire.Settle(digest=packed.digest, outcome=wire.Outcome.TAKEN))
    life.until(wire.Settled)
    life.wire.sent.clear()
    life.training.obey(update(life, "another"))
    life.until(wire.Updated)
    np.testing.assert_allclose(local(), life.state.replica.base - life.state.replica.residual, atol=1e-6)


def test_what_a_later_round_has_taken_stays_in_the_own_weights_until_that_rounds_update(life: Life) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    packed = life.packed()
    before, old = gather(life.state._engine.module, LAYOUT), life.state.replica.base
    life.training.obey(wire.Settle(digest=packed.digest, outcome=wire.Outcome.TAKEN, round=1))
    life.until(wire.Settled)
    life.training.obey(update(life))  # of round 0, which it was too late for
    life.until(wire.Updated)
    moved = life.state.replica.base - old
    np.testing.assert_allclose(gather(life.state._engine.module, LAYOUT), before + moved, atol=1e-6)
    life.wire.sent.clear()
    life.training.obey(update(life, "another"))  # of round 1
    life.until(wire.Updated)
    kept = life.state.replica.base - life.state.replica.residual
    np.testing.assert_allclose(gather(life.state._engine.module, LAYOUT), kept, atol=1e-6)


def test_other_weights_are_taken_with_what_is_on_its_way(life: Life) -> None:
    life.training.obey(lease(life.folder, "first"))
    life.steps(3)
    life.training.obey(wire.Contribute())
    packed = life.packed()
    weights = gather(build(TINY, seed=2), LAYOUT)
    write_weights(life.folder / "weights.safetensors", weights, LAYOUT)
    files = (str(life.folder / "weights.safetensors"),)
    life.training.obey(wire.Load(version=7, digest=weights_digest(weights), files=files))
    progress = decode(Path(packed.file).read_bytes(), LAYOUT) + life.state.replica.residual
    np.testing.assert_allclose(gather(life.state._engine.module, LAYOUT), weights - progress, atol=1e-6)


def test_an_update_that_leads_elsewhere_is_told_and_nothing_waits_for_it(life: Life) -> None:
    command = update(life)
    life.training.obey(wire.Apply(base=0, file=command.file, digest="0" * 64))
    life.training.obey(command)
    life.until(wire.Updated)
    failed = life.until(wire.Failed)
    assert isinstance(failed, wire.Failed)
    assert (failed.trouble, failed.fatal) == (Trouble.WEIGHTS_DIVERGED, False)
    assert life.state.replica.version == 1


def test_local_weights_move_along_exactly_as_the_replica_says() -> None:
    module, random = build(TINY), np.random.default_rng(2)
    local = gather(module, LAYOUT)
    away, onto = ((local + random.normal(0, 0.1, LAYOUT.size)).astype(np.float32) for _ in range(2))
    shift = Shift(module, LAYOUT)
    shift.move(away, onto)
    assert gather(module, LAYOUT).tobytes() == (onto + (local - away)).tobytes()
    shift.move(gather(module, LAYOUT), onto)  # no progress: then it is the base to the last bit
    assert gather(module, LAYOUT).tobytes() == onto.tobytes()


# --- parts ------------------------------------------------------------------------------------------------------------


def test_works_are_done_in_order_and_finished_by_the_main_thread() -> None:
    done: list[object] = []
    aside = Aside("test", lambda: None)

    def work(name: str) -> object:
        def finish() -> None:
            done.append((name, threading.current_thread() is threading.main_thread()))
            if name == "second":  # a finish may begin the next
                aside.begin(lambda: done.append("third"))

        return finish

    aside.begin(lambda: work("first"))  # type: ignore[arg-type, return-value]
    aside.begin(lambda: work("second"))  # type: ignore[arg-type, return-value]
    assert aside.busy
    aside.finish()
    assert done == [("first", True), ("second", True), "third"]
    assert not aside.busy


def test_a_work_that_fails_is_heard_of_and_one_given_up_is_not() -> None:
    woken: list[None] = []
    aside = Aside("test", lambda: woken.append(None))

    def fail(error: Exception) -> None:
        raise error

    aside.begin(lambda: fail(GivenUpError()))
    aside.begin(lambda: fail(LightworkError(Trouble.DISK_FULL)))
    with pytest.raises(LightworkError) as caught:
        aside.finish()
    assert caught.value.trouble is Trouble.DISK_FULL
    aside.finish()
    assert len(woken) == 2


def test_every_instant_belongs_to_one_activity() -> None:
    now = [10.0]
    times = Times(lambda: now[0], lambda: 7.0)
    now[0] += 1
    with times.on("steps"):
        now[0] += 2
        with times.on("resting"):
            now[0] += 4
        now[0] += 8
    now[0] += 16
    assert times.spent() == wire.Spent(other=17.0, steps=10.0, resting=4.0, processor=7.0)


def test_momenta_that_came_meanwhile_are_copied_all_the_same() -> None:
    import torch  # noqa: PLC0415

    room = Room(3, {"a": torch.Size([2]), "gone": torch.Size([5])})
    live = {"a": torch.tensor([1.0, 2.0]), "new": torch.tensor([3.0])}
    taken = room.take(live)
    assert {name: one.tolist() for name, one in taken.items()} == {"a": [1.0, 2.0], "new": [3.0]}
    live["a"].zero_()
    live["new"].zero_()
    assert [one.tolist() for one in taken.values()] == [[1.0, 2.0], [3.0]]
