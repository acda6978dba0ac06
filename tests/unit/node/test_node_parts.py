"""The node's smaller parts: what is counted, remembered and waited for."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.ledger import Ledger
from lightwork.identity.store import load_or_create
from lightwork.node.courier import outcome_of
from lightwork.node.credits import CreditBook
from lightwork.node.meter import Meter
from lightwork.node.patience import FIRST_SECONDS, LEAST_SECONDS, LONGEST_SECONDS, Backoff, passes
from lightwork.node.run import Node
from lightwork.node.store import ProjectStore
from lightwork.protocol.manifest import FileRef, Packed, Shard
from lightwork.protocol.project import Lease
from lightwork.protocol.refusals import LATE, Refusal, RefusedError
from lightwork.protocol.trainer import Outcome
from lightwork.settings.places import Places
from lightwork.settings.store import Settings


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.sqlite")


def test_every_byte_reaches_the_ledger_once_even_if_it_refuses_for_a_while(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter(ledger, clock=lambda: 90_000.0)
    meter.counter("a")(10, 1)
    meter.counter("b")(20, 2)
    add, calls = ledger.add_traffic, []

    def busy_for_b(project: str, **values: object) -> None:
        calls.append(project)
        if project == "b" and calls.count("b") == 1:
            raise sqlite3.OperationalError("database is locked")
        add(project, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "add_traffic", busy_for_b)
    with pytest.raises(sqlite3.OperationalError):
        meter.flush()
    meter.counter("b")(5, 0)
    meter.flush()
    meter.flush()
    rows = {row.project: (row.sent, row.received) for row in ledger.traffic()}
    assert rows == {"a": (10, 1), "b": (25, 2)}
    status = meter.status()
    assert (status.sent_session, status.sent_today, status.received_today) == (35, 35, 3)


def test_only_receipts_for_this_stretchs_contributions_count(ledger: Ledger) -> None:
    book = CreditBook(ledger)
    book.sent("x")
    assert not book.add("from before", 100, 10)
    assert book.add("x", 60, 6)
    assert not book.add("x", 60, 6)
    assert (book.status().verified_session, book.status().tokens_session) == (60, 6)
    book.restart()
    assert book.status().verified_session == 0


def test_waits_grow_to_a_bound() -> None:
    backoff = Backoff()
    waits = [backoff.next_wait() for _ in range(50)]
    assert all(LEAST_SECONDS <= wait <= LONGEST_SECONDS for wait in waits)
    assert waits[0] <= FIRST_SECONDS
    assert min(waits[10:]) >= LONGEST_SECONDS / 2
    backoff.reset()
    assert backoff.next_wait() <= FIRST_SECONDS


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_refused_contribution_is_gone_owed_or_owed_without_its_leases(refusal: Refusal) -> None:
    hopeless = refusal in {
        Refusal.PAYLOAD_INVALID,
        Refusal.NOT_FINITE,
        Refusal.NORM_TOO_LARGE,
        Refusal.TOO_LARGE,
    }
    assert (outcome_of(refusal) is Outcome.TAKEN) == hopeless
    if refusal in LATE:
        assert outcome_of(refusal) is Outcome.RETURNED
        assert not passes(RefusedError(refusal))  # another try of the same would be refused again


@pytest.mark.parametrize("trouble", list(Trouble))
def test_only_the_hosts_absence_and_a_used_up_allowance_pass_by_themselves(trouble: Trouble) -> None:
    away = trouble in {Trouble.HOST_UNREACHABLE, Trouble.HOST_CONFUSED, Trouble.ALLOWANCE_USED}
    assert passes(LightworkError(trouble)) == away


def test_a_lease_is_remembered_until_it_is_spent(tmp_path: Path) -> None:
    store = ProjectStore(tmp_path / "project")
    lease = Lease(id="one", shards=(1, 2), seed=3, max_tokens=10, seconds=5.0)
    assert store.saved_lease() is None
    store.save_lease(lease, 99.0)
    store.drop_lease("another")
    saved = ProjectStore(tmp_path / "project").saved_lease()
    assert saved is not None
    assert (saved.lease, saved.expires) == (lease, 99.0)
    store.drop_lease("one")
    assert store.saved_lease() is None


def test_the_next_lease_becomes_the_present_one_and_is_the_next_no_more(tmp_path: Path) -> None:
    store = ProjectStore(tmp_path / "project")
    first, second = (Lease(id=name, shards=(1,), seed=3, max_tokens=10, seconds=5.0) for name in ("one", "two"))
    store.save_lease(first, 99.0)
    store.save_next_lease(second, 100.0)
    later = ProjectStore(tmp_path / "project")
    saved = later.saved_next_lease()
    assert saved is not None
    later.begin_next_lease(saved)
    present = ProjectStore(tmp_path / "project").saved_lease()
    assert (present, later.saved_next_lease()) == (saved, None)


async def test_a_session_that_swallows_a_cancellation_is_ended_all_the_same(
    home: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    node = Node(Places(home), Settings(), load_or_create(home), ledger)
    wait = asyncio.wait

    async def impatient(tasks: list["asyncio.Task[None]"], **_: object) -> object:
        return await wait(tasks, timeout=0.05)

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    monkeypatch.setattr(asyncio, "wait", impatient)
    node._task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await node._end_session()
    assert node._task is None


def test_data_fetched_long_ago_makes_room(tmp_path: Path) -> None:
    store = ProjectStore(tmp_path)
    refs = [FileRef(path=str(number), length=100, sha256=f"{number:064x}") for number in range(5)]
    for age, ref in enumerate(refs):
        store.file(ref).write_bytes(bytes(100))
        os.utime(store.file(ref), (age, age))
    store.trim(refs[:4], refs[:1], most=150)
    assert [number for number, ref in enumerate(refs) if store.file(ref).exists()] == [0, 4]
    store.trim(refs, [], most=1 << 30)
    assert store.file(refs[0]).exists()
    packed = Shard(path="5", length=200, sha256="f" * 64, packed=Packed(length=100, sha256=refs[4].sha256))
    store.trim([*refs[:4], packed], [packed], most=50)
    assert [ref for ref in refs if store.file(ref).exists()] == refs[4:]  # it is what the shard will be unpacked from
