"""A trainer always has data: leases are fetched ahead, outlive restarts, and are never given twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.node.context import Bell, Context
from lightwork.node.desk import Facts
from lightwork.node.patience import Backoff
from lightwork.node.plan import View
from lightwork.node.store import ProjectStore
from lightwork.node.supply import Supply
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.project import Lease, Work

DATA = [FileRef(path=f"data/{number}", length=4, sha256=f"{number:064x}") for number in range(9)]


class Host:
    """Leases one shard after another; `away` while it does not answer."""

    host_time = 1000.0

    def __init__(self) -> None:
        self.leased = 0
        self.fetched: list[str] = []
        self.away = False

    async def lease(self, version: int) -> Lease:
        await asyncio.sleep(0)
        if self.away:
            raise LightworkError(Trouble.HOST_UNREACHABLE)
        self.leased += 1
        return Lease(id=f"lease-{self.leased}", shards=(self.leased,), seed=1, max_tokens=100, seconds=50.0)

    async def download(self, ref: FileRef, target: Path, tell: Callable[[int], None]) -> None:
        if self.away and not target.exists():
            raise LightworkError(Trouble.HOST_UNREACHABLE)
        self.fetched.append(ref.path)
        target.write_bytes(bytes(ref.length))
        tell(ref.length)


class Trainer:
    """The desk of a trainer that only listens."""

    def __init__(self) -> None:
        self.facts = Facts(ready=True, version=3, checked=True)
        self.told: list[str] = []
        self.gone = False

    async def tell(self, command: wire.ToTrainer) -> None:
        if self.gone:
            raise TrainerGoneError(None)
        assert isinstance(command, wire.Train)
        assert all(Path(shard).stat().st_size == 4 for shard in command.shards)
        self.told.append(command.lease)
        self.facts.progress = SimpleNamespace()  # type: ignore[assignment]  # it trains


class Room:
    """A session's common ground, as far as leases go."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.client, self.desk, self.store = host, Trainer(), ProjectStore(folder)
        self.manifest = SimpleNamespace(data=DATA, tokenizer=SimpleNamespace(file=None))
        self.host = SimpleNamespace(version=3)
        self.changed = Bell()
        self.held = self.away = False
        self.stages: list[Stage] = []
        self.failures = 0

    def view(self) -> View:
        facts = self.desk.facts
        return View(
            host_version=self.host.version,
            oldest_update=0,
            seconds_left=5.0,
            version=facts.version,
            checked=facts.checked,
            packed=False,
            unsent_steps=facts.unsent_steps,
            steps_wanted=10,
            seconds_to_send=1.0,
        )

    def preparing(self, stage: Stage) -> None:
        self.stages.append(stage)

    idle = preparing

    def show_progress(self, _: object) -> None:
        pass

    def host_answered(self) -> None:
        pass

    async def host_failed(self, error: LightworkError, backoff: Backoff) -> None:
        self.failures += 1
        await asyncio.sleep(0.01)

    put_off = Context.put_off


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path, Host())


@asynccontextmanager
async def supplying(room: Room) -> AsyncIterator[Supply]:
    supply = Supply(room)  # type: ignore[arg-type]
    task = asyncio.create_task(supply.run())
    try:
        yield supply
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def used(room: Room) -> None:
    """All tokens of the present lease are used."""
    assert room.desk.facts.lease is not None
    room.store.drop_lease(room.desk.facts.lease)
    room.desk.facts.lease = None
    room.changed.set()


async def test_the_next_lease_and_its_data_are_there_before_they_are_needed(room: Room) -> None:
    async with supplying(room) as supply:
        await until(lambda: supply.ready)
        assert room.desk.told == ["lease-1"]
        room.client.away = True
        used(room)
        await until(lambda: room.desk.told == ["lease-1", "lease-2"])
        await until(lambda: room.failures)
        room.client.away = False
        await until(lambda: supply.ready)
    assert room.client.leased == 3
    assert room.stages == [Stage.DATA]


async def test_a_contribution_claims_the_present_lease_for_good(room: Room) -> None:
    async with supplying(room) as supply:
        await until(lambda: supply.ready)
        supply.end()
        await room.desk.tell(supply.give())
        assert room.desk.told == ["lease-1", "lease-2"]
        await until(lambda: supply.ready)
        # Without a next one, as when the host is away, the trainer has none until there is one again.
        supply.give()
        supply.end()
        room.client.away = True
        room.changed.set()
        await until(lambda: room.failures)
        assert room.store.saved_lease() is None
        room.client.away = False
        await until(lambda: room.desk.told[-1] not in ("lease-1", "lease-2", "lease-3"))


async def test_both_leases_outlive_a_restart(room: Room, tmp_path: Path) -> None:
    async with supplying(room) as supply:
        await until(lambda: supply.ready)
    after = Room(tmp_path, Host())
    after.client.away = True  # nothing need be asked for
    async with supplying(after) as supply:
        await until(lambda: supply.ready)
        assert after.desk.told == ["lease-1"]
        used(after)
        await until(lambda: after.desk.told == ["lease-1", "lease-2"])
    assert after.store.saved_next_lease() is None


async def test_a_dead_trainers_lease_goes_to_the_next_one(room: Room) -> None:
    async with supplying(room) as supply:
        await until(lambda: supply.ready)
        room.desk.gone = True
        room.desk.facts = Facts()
        room.changed.set()
        await asyncio.sleep(0.01)
        room.desk.gone, room.desk.facts = False, Facts(ready=True, version=3, checked=True)
        room.changed.set()
        await until(lambda: room.desk.told == ["lease-1", "lease-1"])
        assert supply.ready
        assert room.client.leased == 2


@pytest.mark.parametrize("why", ["packed", "expired"])
async def test_a_saved_lease_that_is_spent_is_not_used(room: Room, why: str) -> None:
    room.store.save_lease(Lease(id="old", shards=(8,), seed=1, max_tokens=9, seconds=1.0), 2000.0)
    if why == "packed":
        work = (Work(lease="old", steps=1, tokens=1),)
        room.desk.facts.packed = wire.Packed(digest="0" * 64, file="x", length=1, base=3, work=work)
    else:
        room.client.host_time = 2000.0
    async with supplying(room):
        await until(lambda: room.desk.told)
    assert room.desk.told == ["lease-1"]


async def test_a_contribution_finds_the_next_lease_also_when_no_more_steps_are_to_be_taken(room: Room) -> None:
    room.desk.facts.unsent_steps = 60
    pilot = room.changed.listener()
    async with supplying(room) as supply:
        await until(lambda: supply.ready)
        await until(pilot.is_set)
        assert room.stages == []
    assert (room.desk.told, room.client.leased) == ([], 1)


@pytest.mark.parametrize(
    "change",
    [lambda facts: setattr(facts, "version", None), lambda facts: setattr(facts, "checked", False)],
)
async def test_no_lease_is_asked_for_that_nobody_may_train_under(room: Room, change: Callable[[Facts], None]) -> None:
    change(room.desk.facts)
    async with supplying(room):
        await asyncio.sleep(0.02)
    assert (room.desk.told, room.client.leased) == ([], 0)


async def test_a_held_trainer_gets_none_until_it_goes_on(room: Room) -> None:
    room.held = True
    async with supplying(room):
        await asyncio.sleep(0.02)
        assert room.desk.told == []
        room.held = False
        room.changed.set()
        await until(lambda: room.desk.told == ["lease-1"])


async def test_shards_that_the_manifest_does_not_name_are_the_hosts_fault(room: Room) -> None:
    async def strange(version: int) -> Lease:
        return Lease(id="strange", shards=(9,), seed=1, max_tokens=9, seconds=1.0)

    room.client.lease = strange  # type: ignore[method-assign]
    seen: list[LightworkError] = []

    async def failed(error: LightworkError, backoff: Backoff) -> None:
        seen.append(error)
        await asyncio.sleep(60)

    waiting: Callable[..., Awaitable[None]] = failed
    room.host_failed = waiting  # type: ignore[method-assign]
    async with supplying(room):
        await until(lambda: seen)
    assert seen[0].trouble is Trouble.HOST_CONFUSED
