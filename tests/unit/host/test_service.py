"""The core of a host, asked as its HTTP edge asks it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import msgspec
import numpy as np
import pytest

from helpers.tiny_project import (
    LAYOUT,
    RECIPE,
    HandClock,
    Tiny,
    announcement,
    first_weights,
    make_project,
    payload_of,
    replay,
)
from lightwork.codec import encode
from lightwork.codec.weights import Vector, read_weights, weights_digest
from lightwork.domain.credit import training_operations
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.host import uploads
from lightwork.host.records import contributions, rounds
from lightwork.host.records.contributions import ContributionRow
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol import limits
from lightwork.protocol.documents import Checkpoint, Kind, Update, Verdict, open_document
from lightwork.protocol.project import AskLease, Contribution, Join, UploadPhase
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import SignedBy


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def service(tmp_path: Path, clock: HandClock) -> AsyncIterator[Service]:
    await make_project(tmp_path)
    opened = await Service.open(tmp_path, clock=clock)
    yield opened
    await opened.close()


async def refused(request: object) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await request  # type: ignore[misc]
    return caught.value


# --- volunteers -------------------------------------------------------------------------------------------------------


async def test_joining_twice_is_one_account_and_tells_how_many_receipts_there_are(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    assert await service.tick()
    await ann.join()
    joined = await service.join(ann.account, Join(program="newer"))
    assert (joined.account, joined.receipts) == (ann.account, 1)
    assert service.counters().accounts == 1


async def test_a_request_is_admitted_once_even_across_a_restart(tmp_path: Path, clock: HandClock) -> None:
    await make_project(tmp_path)
    service = await Service.open(tmp_path, clock=clock)
    by = SignedBy(account="a" * 64, nonce="n" * 32, created=int(clock.now))
    await service.admit(by)
    assert (await refused(service.admit(by))).refusal is Refusal.REPLAYED
    await service.close()
    service = await Service.open(tmp_path, clock=clock)
    assert (await refused(service.admit(by))).refusal is Refusal.REPLAYED
    await service.admit(replace(by, nonce="m" * 32))
    await service.admit(replace(by, account="b" * 64))
    await service.close()


async def test_nonces_are_kept_for_as_long_as_their_request_could_be_accepted(
    service: Service, clock: HandClock
) -> None:
    by = SignedBy(account="a" * 64, nonce="n" * 32, created=int(clock.now))
    await service.admit(by)
    clock.now += limits.SIGNATURE_AGE_SECONDS + limits.CLOCK_AHEAD_SECONDS
    await service.tick()
    assert (await refused(service.admit(by))).refusal is Refusal.REPLAYED
    clock.now += 3600
    await service.tick()
    await service.admit(by)  # the edge has long refused it as stale


async def test_a_banned_account_is_not_admitted(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    assert await service.ban(ann.account)
    error = await refused(service.admit(SignedBy(account=ann.account, nonce="n" * 32, created=1)))
    assert error.refusal is Refusal.BANNED
    assert not await service.ban("c" * 64)


# --- leases -----------------------------------------------------------------------------------------------------------


async def test_leases_are_for_volunteers_and_the_oldest_gives_way(service: Service, clock: HandClock) -> None:
    stranger = Tiny(service, "stranger")
    assert (await refused(stranger.lease())).refusal is Refusal.NOT_JOINED
    ann = await Tiny(service, "ann").join()
    taken = []
    for _ in range(9):
        taken.append(await ann.lease())
        clock.now += 1
    assert len({lease.id for lease in taken}) == 9
    assert all(lease.max_tokens == 2 * 4 * 2 * 8 for lease in taken)
    payload = payload_of(1)
    oldest, second = (announcement(payload, 0, (lease.id, 5)) for lease in taken[:2])
    assert (await refused(service.announce(ann.account, oldest))).refusal is Refusal.LEASE_EXPIRED
    assert (await service.announce(ann.account, second)).phase is UploadPhase.RECEIVING
    assert (await refused(service.lease(ann.account, AskLease(version=7)))).refusal is Refusal.ROUND_UNKNOWN


async def test_work_needs_open_leases_of_its_own(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    mine, theirs, counted = await ann.lease(), await bob.lease(), await ann.lease()
    assert (await ann.send(announcement(payload_of(1), 0, (counted.id, 5)), payload_of(1))).phase is UploadPhase.PENDING
    assert await service.tick() is False  # bob is waited for
    clock.now += 31
    assert await service.tick()
    cases = {
        Refusal.LEASE_UNKNOWN: [(theirs.id, 5)],
        Refusal.LEASE_COUNTED: [(mine.id, 5), (counted.id, 5)],
        Refusal.TOO_MANY_TOKENS: [(mine.id, mine.max_tokens + 1)],
        Refusal.MALFORMED: [(mine.id, 5), (mine.id, 6)],
    }
    for refusal, work in cases.items():
        message = announcement(payload_of(2), 1, *work)
        assert (await refused(service.announce(ann.account, message))).refusal is refusal
    clock.now += mine.seconds + 1
    message = announcement(payload_of(2), 1, (mine.id, 5))
    assert (await refused(service.announce(ann.account, message))).refusal is Refusal.LEASE_EXPIRED
    clock.now += 100_000
    await service.tick()
    assert (await refused(service.announce(ann.account, message))).refusal is Refusal.LEASE_UNKNOWN


# --- uploads ----------------------------------------------------------------------------------------------------------


async def test_an_upload_continues_where_it_was_even_after_a_restart(tmp_path: Path, clock: HandClock) -> None:
    await make_project(tmp_path)
    service = await Service.open(tmp_path, clock=clock)
    ann = await Tiny(service, "ann").join()
    lease, payload = await ann.lease(), payload_of(1)
    message = announcement(payload, 0, (lease.id, 64))
    state = await service.announce(ann.account, message)
    assert (state.phase, state.offset) == (UploadPhase.RECEIVING, 0)
    await service.receive(ann.account, message.digest, 0, payload[:100])
    error = await refused(service.receive(ann.account, message.digest, 50, payload[50:]))
    assert (error.refusal, error.offset) == (Refusal.OFFSET_WRONG, 100)
    await service.close()
    service = await Service.open(tmp_path, clock=clock)
    state = await service.announce(ann.account, message)
    assert (state.phase, state.offset) == (UploadPhase.RECEIVING, 100)
    state = await service.receive(ann.account, message.digest, 100, payload[100:])
    assert (state.phase, state.offset) == (UploadPhase.PENDING, len(payload))
    assert await service.announce(ann.account, message) == state
    assert await service.receive(ann.account, message.digest, 0, payload[:100]) == state
    assert await service.tick()
    assert (await service.announce(ann.account, message)).phase is UploadPhase.VERIFIED
    await service.close()


async def test_what_is_not_what_was_announced_starts_over(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    lease, payload = await ann.lease(), payload_of(1)
    message = announcement(payload, 0, (lease.id, 64))
    await service.announce(ann.account, message)
    wrong = bytes(len(payload))
    assert (await refused(service.receive(ann.account, message.digest, 0, wrong))).refusal is Refusal.DIGEST_WRONG
    assert (await ann.send(message, payload, chunk=50)).phase is UploadPhase.PENDING
    assert await service.tick()
    assert [receipt.verdict for receipt in await ann.receipts()] == [Verdict.VERIFIED]


async def test_sizes_are_bounded(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    lease, payload = await ann.lease(), payload_of(1)
    message = announcement(payload, 0, (lease.id, 64))
    huge = msgspec.structs.replace(message, length=10**30)
    assert (await refused(service.announce(ann.account, huge))).refusal is Refusal.TOO_LARGE
    await service.announce(ann.account, message)
    for chunk in (payload + b"x", bytes(limits.CHUNK_BYTES + 1)):
        error = await refused(service.receive(ann.account, message.digest, 0, chunk))
        assert error.refusal is Refusal.TOO_LARGE
    assert (await refused(service.receive(ann.account, "0" * 64, 0, payload))).refusal is Refusal.NOT_FOUND


async def test_one_contribution_for_each_account_and_round(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    first, second = await ann.lease(), await ann.lease()
    old = announcement(payload_of(1), 0, (first.id, 64))
    await service.announce(ann.account, old)
    await service.receive(ann.account, old.digest, 0, payload_of(1)[:10])
    # an unfinished one gives way
    new = announcement(payload_of(2), 0, (first.id, 64), (second.id, 1))
    assert (await ann.send(new, payload_of(2))).phase is UploadPhase.PENDING
    assert (await refused(service.receive(ann.account, old.digest, 10, b"x"))).refusal is Refusal.NOT_FOUND
    # a complete one does not
    third = announcement(payload_of(3), 0, ((await ann.lease()).id, 1))
    assert (await refused(service.announce(ann.account, third))).refusal is Refusal.ROUND_COUNTED


async def begin_upload(ann: Tiny, *work: tuple[str, int]) -> Contribution:
    """The first ten bytes of a contribution to round 0."""
    message = announcement(payload_of(1), 0, *work)
    await ann.service.announce(ann.account, message)
    await ann.service.receive(ann.account, message.digest, 0, payload_of(1)[:10])
    return message


async def close_rounds(bob: Tiny, clock: HandClock, rounds: int, seed: int = 100) -> None:
    """Rounds that somebody else contributes to."""
    for number in range(rounds):
        await bob.contribute(seed + number)
        clock.now += 31
        assert await bob.service.tick()


async def test_what_a_round_does_not_wait_for_counts_in_the_next(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 3)
    assert (await service.announce(ann.account, late)).offset == 10  # nothing is sent again
    assert (await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])).phase is UploadPhase.PENDING
    assert (await refused(service.announce(ann.account, announcement(payload_of(3), 0, ("l", 1))))).refusal is (
        Refusal.ROUND_COUNTED  # one for each version that one may have trained on
    )
    own = announcement(payload_of(2), 3, ((await ann.lease()).id, 30))
    early = announcement(payload_of(2), 4, ((await ann.lease()).id, 30))
    assert (await refused(service.announce(ann.account, early))).refusal is Refusal.ROUND_UNKNOWN
    assert (await ann.send(own, payload_of(2))).phase is UploadPhase.PENDING
    await bob.contribute(4)
    assert await service.tick()
    assert [(receipt.round, receipt.tokens) for receipt in await ann.receipts()] == [(3, 64), (3, 30)]
    update = open_document(Kind.UPDATE, await service.update(3), service.manifest.host_key, Update)
    assert (update.contributions, update.tokens) == (3, 64 + 30 + 64)


async def test_late_work_does_not_answer_for_the_open_round(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 1)
    await service.admit(SignedBy(account=ann.account, nonce="1" * 32, created=int(clock.now)))  # she is heard of
    await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    await bob.contribute(2)
    assert not await service.tick()  # ann is training, and has time left
    await ann.contribute(3)
    assert await service.tick()


async def test_the_round_does_not_wait_for_whoever_is_still_sending_for_the_one_before(
    service: Service, clock: HandClock
) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 1)
    await ann.lease()
    await service.admit(SignedBy(account=ann.account, nonce="1" * 32, created=int(clock.now)))
    await service.receive(ann.account, late.digest, 10, payload_of(1)[10:20])
    assert service._watch.round.progress is None  # nor is it kept open for these bytes
    await bob.contribute(2)
    clock.now += RECIPE.round_seconds
    assert await service.tick()


async def test_no_account_has_more_of_a_say_than_one_late_contribution_beside_its_own(
    service: Service, clock: HandClock
) -> None:
    bob, eve = await Tiny(service, "bob").join(), await Tiny(service, "eve").join()
    await close_rounds(bob, clock, 4)
    held = [await eve.lease() for _ in range(4)]
    taken = [announcement(payload_of(base), base, (held[base].id, 64)) for base in range(4)]
    assert (await eve.send(taken[0], payload_of(0))).phase is UploadPhase.PENDING
    assert (await refused(service.announce(eve.account, taken[1]))).refusal is Refusal.ROUND_COUNTED
    assert (await eve.contribute(9)).phase is UploadPhase.PENDING
    await close_rounds(bob, clock, 1, seed=200)
    assert (await eve.send(taken[2], payload_of(2))).phase is UploadPhase.PENDING


async def test_late_work_is_packed_anew_if_the_recipe_has_changed(
    service: Service, clock: HandClock, tmp_path: Path
) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    lease = await ann.lease()
    late = await begin_upload(ann, (lease.id, 64))
    await close_rounds(bob, clock, 1)
    await service.close()
    sparser = msgspec.structs.replace(RECIPE, up=Scheme(block=64, keep=8))
    await make_project(tmp_path, recipe=sparser, serial=2)
    again = await Service.open(tmp_path, clock=clock)
    await close_rounds(Tiny(again, "bob"), clock, 1, seed=200)  # the open round's plan was made before
    ann = Tiny(again, "ann")
    assert (await refused(ann.send(late, payload_of(1)))).refusal is Refusal.ROUND_CLOSED
    await again._closer.sweep()
    assert not list((tmp_path / "blobs").glob("parts/*"))
    longer = announcement(payload_of(1) * 2, 0, (lease.id, 64))
    assert (await refused(again.announce(ann.account, longer))).refusal is Refusal.ROUND_CLOSED
    assert await ann.receipts() == []
    vector = np.ones(LAYOUT.size, np.float32)
    payload = encode(vector, LAYOUT, sparser.up).payload
    assert (await ann.send(announcement(payload, 2, (lease.id, 64)), payload)).phase is UploadPhase.PENDING
    await again.close()


async def test_late_work_that_is_rejected_says_in_which_round(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    payload = payload_of(1, scale=1e6)
    message = announcement(payload, 0, ((await ann.lease()).id, 64))
    await service.announce(ann.account, message)
    await close_rounds(bob, clock, 2)
    assert (await ann.send(message, payload)).phase is UploadPhase.REJECTED
    assert [(receipt.round, receipt.reason) for receipt in await ann.receipts()] == [(2, Refusal.NORM_TOO_LARGE)]


async def test_late_work_says_nothing_of_how_far_apart_answers_come(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 1)
    await bob.contribute(2)
    clock.now += 25  # well into the grace
    await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    clock.now += 31
    assert await service.tick()
    assert await service._project.database.read(rounds.spreads, 1) == (0.0,)


async def test_a_part_that_comes_after_its_upload_was_given_up_is_not_forgotten(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await Tiny(service, "ann").join()
    message = await begin_upload(ann, ((await ann.lease()).id, 64))
    project = service._project
    put = project.blobs.put

    async def slowly(key: str, content: bytes | memoryview) -> None:
        await put(key, content)
        await project.database.write(contributions.drop, ann.account, message.digest)

    monkeypatch.setattr(project.blobs, "put", slowly)
    assert (await refused(service.receive(ann.account, message.digest, 10, b"x"))).refusal is Refusal.ROUND_CLOSED
    await service._closer.sweep()
    assert not list((tmp_path / "blobs").glob("parts/*"))


async def test_quick_rounds_do_not_run_away_from_a_slow_link(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 1)
    await bob.contribute(200)
    for number in range(limits.ROUNDS_BEHIND):
        clock.now += RECIPE.round_seconds / 10
        await service.admit(SignedBy(account=ann.account, nonce=f"{number:032d}", created=int(clock.now)))
        await service.tick()
    assert service.counters().version == 1  # all that it waits for has answered, but its time is not over
    await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    clock.now += 3 * RECIPE.round_seconds  # now it is her answer to this round that is waited for
    assert await service.tick()
    assert [receipt.round for receipt in await ann.receipts()] == [1]


async def test_what_is_given_up_while_it_waits_for_the_end_of_a_round_is_late(
    service: Service, clock: HandClock
) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, limits.ROUNDS_BEHIND)
    service._project.taking.clear()
    state = await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    assert (state.phase, state.offset) == (UploadPhase.RECEIVING, late.length)
    asking = asyncio.create_task(service.announce(ann.account, late))
    await asyncio.sleep(0.05)
    (row,) = await service._project.database.read(contributions.unfinished)
    await service._project.database.write(service._uploads._give_up, row)
    await service._closer.sweep()
    service._project.taking.set()
    assert (await refused(asking)).refusal is Refusal.ROUND_CLOSED
    assert await service._project.database.read(contributions.unfinished) == []


async def test_late_work_alone_is_averaged_when_the_time_is_over(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await close_rounds(bob, clock, 2)
    clock.now += 1000  # nobody is waited for any more
    await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    assert await service.tick()
    assert [receipt.round for receipt in await ann.receipts()] == [2]


async def test_what_takes_too_many_rounds_is_given_up(service: Service, clock: HandClock, tmp_path: Path) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    lease = await ann.lease()
    late = await begin_upload(ann, (lease.id, 64))
    await close_rounds(bob, clock, limits.ROUNDS_BEHIND)
    assert (await service.announce(ann.account, late)).offset == 10
    await close_rounds(bob, clock, 1, seed=200)
    assert (await refused(service.receive(ann.account, late.digest, 10, b"x"))).refusal is Refusal.NOT_FOUND
    assert (await refused(service.announce(ann.account, late))).refusal is Refusal.ROUND_CLOSED
    assert not list((tmp_path / "blobs").glob("parts/*"))
    again = announcement(payload_of(1), limits.ROUNDS_BEHIND + 1, (lease.id, 64))  # the lease is good as before
    assert (await ann.send(again, payload_of(1))).phase is UploadPhase.PENDING


async def test_what_is_complete_while_a_round_is_closed_waits_for_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    late = await begin_upload(ann, ((await ann.lease()).id, 64))
    await bob.contribute(2)
    averaging, go_on = asyncio.Event(), asyncio.Event()
    average = service._closer._average

    async def slowly(rows: Sequence[ContributionRow]) -> Vector:
        averaging.set()
        await go_on.wait()
        return await average(rows)

    monkeypatch.setattr(service._closer, "_average", slowly)
    closing = asyncio.create_task(service._closer.close(2))
    await averaging.wait()
    state = await service.receive(ann.account, late.digest, 10, payload_of(1)[10:])
    assert (state.phase, state.offset) == (UploadPhase.RECEIVING, late.length)  # all is there; ask again
    monkeypatch.setattr(uploads, "CLOSING_PATIENCE", 0.01)
    assert (await service.announce(ann.account, late)).phase is UploadPhase.RECEIVING
    monkeypatch.setattr(uploads, "CLOSING_PATIENCE", 60)
    asking = asyncio.create_task(service.announce(ann.account, late))
    await asyncio.sleep(0.05)
    assert not asking.done()
    go_on.set()
    assert await closing
    assert (await asking).phase is UploadPhase.PENDING
    assert (await service.state(None, 0)).round.received == 1


async def test_bytes_that_had_their_receipt_get_no_second_one(service: Service) -> None:
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    await service.tick()
    again = announcement(payload_of(1), 1, ((await ann.lease()).id, 64))
    assert (await refused(service.announce(ann.account, again))).refusal is Refusal.ROUND_COUNTED


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"not a payload", Refusal.PAYLOAD_INVALID),
        (payload_of(1)[:-1], Refusal.PAYLOAD_INVALID),
        (encode(first_weights(), LAYOUT, Scheme(block=64, keep=8)).payload, Refusal.PAYLOAD_INVALID),
        (payload_of(1, scale=1e6), Refusal.NORM_TOO_LARGE),
    ],
)
async def test_unsound_payloads_are_rejected_with_a_receipt(service: Service, payload: bytes, reason: Refusal) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    lease = await ann.lease()
    message = announcement(payload, 0, (lease.id, 64))
    assert (await ann.send(message, payload)).phase is UploadPhase.REJECTED
    assert await service.tick() is False  # nothing to average yet
    (receipt,) = await ann.receipts()
    assert (receipt.verdict, receipt.reason, receipt.operations) == (Verdict.REJECTED, reason, 0)
    assert (receipt.number, receipt.tokens, receipt.contribution) == (1, 64, message.digest)
    retry = announcement(payload_of(5), 0, (lease.id, 64))
    assert (await refused(service.announce(ann.account, retry))).refusal is Refusal.ROUND_COUNTED
    await bob.contribute(7)
    assert await service.tick()  # everybody has answered
    await ann.contribute(8)
    await bob.contribute(9)
    assert await service.tick()
    assert [receipt.number for receipt in await ann.receipts()] == [1, 2]


# --- versions ---------------------------------------------------------------------------------------------------------


async def test_rounds_lead_everybody_to_the_same_bits_and_credit_each_for_its_tokens(tmp_path: Path) -> None:
    clock = HandClock()
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=0.7, outer_momentum=0.9)
    manifest = await make_project(tmp_path, recipe=recipe)
    service = await Service.open(tmp_path, clock=clock)
    crowd = [await Tiny(service, name).join() for name in ("ann", "bob", "cid")]
    for number in range(6):
        for place, volunteer in enumerate(crowd):
            volunteer.service = service
            await volunteer.contribute(10 * number + place, tokens=10 + place, scale=0.01 * (1 + place))
        assert await service.tick()
        if number == 3:
            await service.close()
            service = await Service.open(tmp_path, clock=clock)
    for place, volunteer in enumerate(crowd):
        volunteer.service = service
        receipts = await volunteer.receipts()
        assert [receipt.number for receipt in receipts] == [1, 2, 3, 4, 5, 6]
        assert {receipt.operations for receipt in receipts} == {training_operations(manifest.parameters, 10 + place)}
        assert [receipt.round for receipt in receipts] == list(range(6))
    version, weights = await replay(service, tmp_path)
    assert version == 6
    assert np.linalg.norm(weights - first_weights()) > 0.1
    counters = service.counters()
    assert (counters.verified, counters.tokens) == (18, 6 * 33)
    assert counters.operations == training_operations(manifest.parameters, 6 * 33)
    await service.close()


async def test_updates_and_files_that_are_not_there(service: Service) -> None:
    for base in (-1, 0, 10**30):
        assert (await refused(service.update(base))).refusal is Refusal.NOT_FOUND
    for name in ("0" * 64, "../../host.key", "A" * 64):
        assert (await refused(service.file(name))).refusal is Refusal.NOT_FOUND
    assert await service.receipts("0" * 64, 10**30) == []


async def test_checkpoints_come_regularly_and_old_updates_go(tmp_path: Path) -> None:
    await make_project(tmp_path, settings=HostSettings(evaluation=False, checkpoint_every=3))
    service = await Service.open(tmp_path, clock=HandClock())
    first = open_document(Kind.CHECKPOINT, await service.checkpoint(), service.manifest.host_key, Checkpoint)
    assert (first.version, first.digest) == (0, weights_digest(first_weights()))
    assert first.files == service.manifest.weights
    ann = await Tiny(service, "ann").join()
    updates = []
    for number in range(10):
        await ann.contribute(number)
        await service.tick()
        update = await service.update(number)
        updates.append(open_document(Kind.UPDATE, update, service.manifest.host_key, Update))
    state = await service.state(None, 0)
    assert (state.checkpoint, state.oldest_update) == (9, 6)
    assert (await refused(service.update(5))).refusal is Refusal.VERSION_GONE
    assert (await refused(service.file(updates[5].file.sha256))).refusal is Refusal.NOT_FOUND
    await service.update(6)
    newest = open_document(Kind.CHECKPOINT, await service.checkpoint(), service.manifest.host_key, Checkpoint)
    file = await service.file(newest.files[0].sha256)
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(b"".join([piece async for piece in file.read(0, file.length)]))
    assert weights_digest(read_weights([copy], LAYOUT)) == newest.digest == updates[8].digest
    await service.close()
    # nothing is left in the store but files of the manifest, 4 updates, 3 checkpoints, and one state
    kinds = [
        path.relative_to(tmp_path / "blobs").parts[0] for path in (tmp_path / "blobs").rglob("*") if path.is_file()
    ]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"files": 7 + 4 + 3, "state": 2}
    # nor are folders: one for the state, and those that hold the kinds
    folders = [path for path in (tmp_path / "blobs").rglob("*") if path.is_dir() and path.name != ".unfinished"]
    assert len(folders) <= len({"files", "parts", "state"}) + 1


async def test_equal_files_share_a_blob_that_stays_while_one_of_them_does(tmp_path: Path) -> None:
    still = msgspec.structs.replace(RECIPE, outer_learning_rate=0.0)  # every update is the same, and every checkpoint
    await make_project(tmp_path, recipe=still, settings=HostSettings(evaluation=False, checkpoint_every=2))
    service = await Service.open(tmp_path, clock=HandClock())
    ann = await Tiny(service, "ann").join()
    for number in range(6):
        await ann.contribute(number)
        await service.tick()
    assert (await service.state(None, 0)).oldest_update == 3
    files = [
        *open_document(Kind.CHECKPOINT, await service.checkpoint(), service.manifest.host_key, Checkpoint).files,
        *[
            open_document(Kind.UPDATE, await service.update(base), service.manifest.host_key, Update).file
            for base in (3, 4, 5)
        ],
    ]
    assert {file.sha256 for file in files} == {files[1].sha256, service.manifest.weights[0].sha256}
    for file in files:
        assert (await service.file(file.sha256)).length == file.length
    await service.close()


# --- state ------------------------------------------------------------------------------------------------------------


async def test_a_long_poll_answers_when_something_changes(service: Service) -> None:
    state = await service.state(None, 0)
    assert (await service.state(state.revision, 0)).revision == state.revision
    ann = await Tiny(service, "ann").join()
    poll = asyncio.create_task(service.state(state.revision, 60))
    await ann.contribute(1)
    await service.tick()
    changed = await poll
    assert changed.revision > state.revision
    assert changed.round.version == 1
    assert (await service.state(state.revision, 60)).revision >= changed.revision  # at once


async def test_a_fault_after_a_round_has_closed_is_made_up_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await Tiny(service, "ann").join()
    for number in range(2):
        await ann.contribute(number)
        if number:
            with monkeypatch.context() as broken:
                broken.setattr(service, "_recall", AsyncMock(side_effect=OSError("the database is out of reach")))
                with pytest.raises(OSError, match="out of reach"):
                    await service.tick()
        else:
            await service.tick()
    # Nobody is given the update before as the one that is new.
    state = await service.state(None, 0, version=1)
    assert (state.round.version, state.update) == (2, None)
    assert await service.tick() is False
    told = await service.state(state.revision, 60, version=1)
    assert told.update == await service.update(1)


async def test_attempts_that_failed_leave_nothing_behind(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_project(tmp_path)
    service = await Service.open(tmp_path, clock=clock)
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    files = []
    with monkeypatch.context() as full:
        full.setattr(service._project.blobs, "put", AsyncMock(side_effect=LightworkError(Trouble.DISK_FULL)))
        for _ in range(3):
            with pytest.raises(LightworkError):
                await service.tick()
            files.append(sum(path.is_file() for path in (tmp_path / "blobs").rglob("*")))
    assert files[0] == files[1] == files[2]
    assert await service.tick()
    await service.close()


async def test_revisions_grow_across_a_restart(tmp_path: Path, clock: HandClock) -> None:
    await make_project(tmp_path)
    service = await Service.open(tmp_path, clock=clock)
    before = (await service.state(None, 0)).revision
    await service.close()
    clock.now += 1
    service = await Service.open(tmp_path, clock=clock)
    assert (await service.state(None, 0)).revision > before
    await service.close()


async def test_the_state_tells_how_the_round_stands(service: Service, clock: HandClock) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    await bob.lease()
    await ann.contribute(1)
    clock.now += 4
    state = await service.state(None, 0)
    assert (state.round.expected, state.round.received, state.online) == (2, 1, 2)
    assert (state.round.seconds_open, state.round.seconds_left) == (4, 6)
    assert (state.protocol, state.project, state.manifest_serial) == (1, service.manifest.project, 1)
    assert state.clock == clock.now


# --- a folder that is not in order ------------------------------------------------------------------------------------


async def trouble(root: Path) -> Trouble:
    with pytest.raises(LightworkError) as caught:
        await Service.open(root)
    return caught.value.trouble


async def test_two_processes_cannot_host_one_folder(service: Service, tmp_path: Path) -> None:
    assert await trouble(tmp_path) is Trouble.HOST_RUNNING


async def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path) -> None:
    root = tmp_path / "project"
    await make_project(root)
    sound = {name: (root / name).read_bytes() for name in ("manifest.json", "host.key", "host.toml")}

    async def with_changed(name: str, content: bytes) -> Trouble:
        (root / name).write_bytes(content)
        found = await trouble(root)
        (root / name).write_bytes(sound[name])
        return found

    assert await with_changed("manifest.json", b"{}") is Trouble.MANIFEST_INVALID
    tampered = msgspec.json.decode(sound["manifest.json"])
    tampered["signature"] = "A" * 86 + "=="
    assert await with_changed("manifest.json", msgspec.json.encode(tampered)) is Trouble.MANIFEST_TAMPERED
    assert await with_changed("host.key", b"no key") is Trouble.IDENTITY_DAMAGED
    assert await with_changed("host.key", (root / "project.key").read_bytes()) is Trouble.IDENTITY_DAMAGED
    assert await with_changed("host.toml", b"port = 'x'") is Trouble.SETTINGS_INVALID
    assert await with_changed("host.toml", b"tls_key = 'x'") is Trouble.SETTINGS_INVALID
    assert await with_changed("host.toml", b"records = 'nowhere'") is Trouble.SETTINGS_INVALID


async def test_a_manifest_may_be_renewed_but_not_rolled_back(tmp_path: Path) -> None:
    await make_project(tmp_path, serial=2)
    await (await Service.open(tmp_path)).close()
    await make_project(tmp_path, serial=1)
    assert await trouble(tmp_path) is Trouble.MANIFEST_OLDER
    # a newer one may change the recipe
    await make_project(tmp_path, serial=3, recipe=msgspec.structs.replace(RECIPE, outer_momentum=0.5))
    service = await Service.open(tmp_path)
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    assert await service.tick()
    await service.close()


async def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    manifest = await make_project(tmp_path)
    path = tmp_path / "blobs" / "files" / manifest.weights[0].sha256
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert await trouble(tmp_path) is Trouble.FILE_DIGEST
    path.unlink()
    assert await trouble(tmp_path) is Trouble.FILE_DIGEST


async def test_a_contribution_that_the_store_has_lost_is_still_credited(service: Service, tmp_path: Path) -> None:
    ann, bob = await Tiny(service, "ann").join(), await Tiny(service, "bob").join()
    await bob.lease()
    await ann.contribute(1)
    (part,) = [path for path in (tmp_path / "blobs" / "parts").rglob("*") if path.is_file()]
    part.write_bytes(hashlib.sha256(part.read_bytes()).digest())
    await bob.contribute(2)
    assert await service.tick()
    assert [receipt.verdict for receipt in await ann.receipts()] == [Verdict.VERIFIED]
    update = open_document(Kind.UPDATE, await service.update(0), service.manifest.host_key, Update)
    assert update.contributions == 2


GROWING = msgspec.structs.replace(RECIPE, max_local_steps=8, round_growth=0.5, first_round=0.25, planned_steps=40)


async def test_each_version_is_signed_with_the_plan_of_its_round_and_a_restart_keeps_it(tmp_path: Path) -> None:
    manifest = await make_project(tmp_path, recipe=GROWING)
    service = await Service.open(tmp_path, clock=HandClock())
    first = open_document(Kind.CHECKPOINT, await service.checkpoint(), manifest.host_key, Checkpoint).plan
    assert (first.step, first.length, first.rate, first.up) == (0.0, 0.25, 1.0, GROWING.up)
    assert (await service.state(None, 0)).round.seconds_left == 2.5  # a quarter of the recipe's 10 s
    ann = await Tiny(service, "ann").join()
    for number in range(8):
        await ann.contribute(number)  # one step
        await service.tick()
    plan = open_document(Kind.UPDATE, await service.update(7), manifest.host_key, Update).plan
    assert (plan.step, plan.length, plan.rate) == (8.0, 0.5, 0.8)
    assert (await service.state(None, 0)).round.seconds_left == 5.0
    await service.close()
    service = await Service.open(tmp_path, clock=HandClock())
    assert (await service.state(None, 0)).round.seconds_left == 5.0
    await Tiny(service, "ann").join()
    await service.close()
