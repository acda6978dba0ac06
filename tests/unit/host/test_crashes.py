"""Whatever happens, and wherever the host is cut off: every acknowledged contribution gets its one receipt.

The first tests cut the host off before and after each single operation of its stores, in a fixed story and in random
ones; the last one kills real processes at any instant.
"""

import asyncio
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import helpers
from helpers.tiny_project import HandClock, Tiny, announcement, make_project, payload_of, replay
from lightwork.domain.credit import training_operations
from lightwork.host.blobs import Blobs
from lightwork.host.project import Project
from lightwork.host.records import contributions, versions
from lightwork.host.records.database import Database
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol.documents import Verdict
from lightwork.protocol.project import Contribution, UploadPhase, UploadState
from lightwork.protocol.refusals import Refusal, RefusedError

T = TypeVar("T")
SCRIPT = Path(next(iter(helpers.__path__))) / "busy_host.py"


class CutOffError(Exception):
    """The host is gone, here and now."""


class Fuse:
    """Lets `left` operations pass; the next one is cut off, before or after it was done."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False

    def burn(self) -> bool:
        """True if this operation is the last one."""
        if self.left is None:
            return False
        self.left -= 1
        if self.left < 0 and not self.after:
            raise CutOffError
        return self.left < 0


class FusedBlobs(Blobs):
    """A store that may be cut off."""

    fuse: Fuse

    async def put(self, key: str, content: bytes | memoryview) -> None:
        last = self.fuse.burn()
        await super().put(key, content)
        if last:
            raise CutOffError

    @contextlib.contextmanager
    def writing(self, key: str, scratch: Path) -> Iterator[BinaryIO]:
        last = self.fuse.burn()
        with super().writing(key, scratch) as file:
            yield file
        if last:
            raise CutOffError

    async def delete(self, keys: Any) -> None:
        last = self.fuse.burn()
        await super().delete(keys)
        if last:
            raise CutOffError


class FusedDatabase(Database):
    """Records that may be cut off."""

    fuse: Fuse

    async def write(self, change: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        last = self.fuse.burn()
        result = await super().write(change, *arguments, **named)
        if last:
            raise CutOffError
        return result


def put_fuse(project: Project, fuse: Fuse) -> None:
    blobs, database = FusedBlobs.__new__(FusedBlobs), FusedDatabase.__new__(FusedDatabase)
    blobs.__dict__.update(project.blobs.__dict__)
    database.__dict__.update(project.database.__dict__)
    blobs.fuse = database.fuse = fuse
    project.blobs, project.database = blobs, database


EXPECTED = {
    Refusal.ROUND_COUNTED,
    Refusal.ROUND_CLOSED,
    Refusal.LEASE_EXPIRED,
    Refusal.NOT_FOUND,
    Refusal.DIGEST_WRONG,
}
# how many operations pass, and whether the next one is done before the host is gone
cuts = st.none() | st.tuples(st.integers(0, 12), st.booleans())


class HostMachine(RuleBasedStateMachine):
    """Volunteers, rounds and crashes in any order.

    `acknowledged`: what the host has confirmed, by account and digest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = HandClock()
        self.fuse = Fuse()
        self.acknowledged: dict[tuple[str, str], tuple[int, UploadPhase]] = {}
        self.unfinished: dict[str, tuple[Contribution, bytes]] = {}
        self.seed = 0

    @initialize()
    def begin(self) -> None:
        self.run(make_project(self.root))
        self.open()
        self.crowd = [Tiny(self.service, name) for name in ("ann", "bob", "cid")]
        for volunteer in self.crowd:
            self.run(volunteer.join())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def open(self) -> None:
        self.service = self.run(Service.open(self.root, clock=self.clock))
        self.fuse = Fuse()
        put_fuse(self.service._project, self.fuse)

    def attempt(self, work: Coroutine[Any, Any, T], cut: tuple[int, bool] | None = None) -> T | None:
        """Do something that the host may refuse, or not live to finish if it is cut off."""
        if cut is not None:
            self.fuse.left, self.fuse.after = cut
        try:
            return self.run(work)
        except CutOffError:
            self.reopen()
        except RefusedError as error:
            if error.refusal not in EXPECTED:
                raise
        finally:
            self.fuse.left = None
        return None

    def note(self, account: str, message: Contribution, state: UploadState | None) -> None:
        if state is not None and state.phase is not UploadPhase.RECEIVING:
            self.acknowledged[account, message.digest] = (message.tokens, state.phase)

    def reopen(self) -> None:
        self.run(self.service.close())
        self.open()
        for volunteer in self.crowd:
            volunteer.service = self.service

    @rule(
        who=st.integers(0, 2),
        chunk=st.sampled_from([60, 10_000]),
        tokens=st.integers(1, 128),
        bad=st.integers(0, 4).map(lambda chance: chance == 0),
        cut=cuts,
    )
    def contribute(self, who: int, chunk: int, tokens: int, bad: bool, cut: tuple[int, bool] | None) -> None:
        volunteer = self.crowd[who]
        lease = self.attempt(volunteer.lease())
        if lease is None:
            return
        self.seed += 1
        payload = b"no payload %d" % self.seed if bad else payload_of(self.seed)
        version = self.service.counters().version
        message = announcement(payload, version, (lease.id, tokens))
        self.unfinished[volunteer.account] = (message, payload)
        self.note(volunteer.account, message, self.attempt(volunteer.send(message, payload, chunk), cut))

    @rule(who=st.integers(0, 2))
    def go_on(self, who: int) -> None:
        """Send the last one again, from wherever the host is."""
        volunteer = self.crowd[who]
        if volunteer.account in self.unfinished:
            message, payload = self.unfinished[volunteer.account]
            self.note(volunteer.account, message, self.attempt(volunteer.send(message, payload)))

    @rule(seconds=st.sampled_from([0.0, 31.0, 5000.0]), cut=cuts)
    def tick(self, seconds: float, cut: tuple[int, bool] | None) -> None:
        self.clock.now += seconds
        self.attempt(self.service.tick(), cut)

    @rule()
    def restart(self) -> None:
        self.reopen()

    def teardown(self) -> None:
        try:
            if hasattr(self, "crowd"):
                self.reopen()
                self.run(self.check())
                self.run(self.service.close())
        finally:
            self.runner.close()
            shutil.rmtree(self.root)

    async def check(self) -> None:
        self.clock.now += 10_000
        await self.service.tick()  # closes the open round if it has a contribution
        await check_receipts(self.service, self.crowd, self.acknowledged)
        await check_store(self.service, self.root)


async def check_receipts(
    service: Service, crowd: list[Tiny], acknowledged: dict[tuple[str, str], tuple[int, UploadPhase]]
) -> None:
    """Each acknowledged contribution has one receipt for its tokens; numbers have no gaps; the sums agree."""
    seen: dict[tuple[str, str], int] = {}
    operations = 0
    parameters = service.manifest.parameters
    for volunteer in crowd:
        found = await volunteer.receipts()
        assert [receipt.number for receipt in found] == list(range(1, len(found) + 1))
        for receipt in found:
            key = (volunteer.account, receipt.contribution)
            assert key not in seen
            seen[key] = receipt.tokens
            verified = receipt.verdict is Verdict.VERIFIED
            assert receipt.operations == (training_operations(parameters, receipt.tokens) if verified else 0)
            operations += receipt.operations
            if key in acknowledged:  # not if the host was cut off between committing and answering
                tokens, phase = acknowledged[key]
                assert receipt.tokens == tokens
                assert verified == (phase is not UploadPhase.REJECTED)
    assert acknowledged.keys() <= seen.keys()
    assert service.counters().operations == operations
    assert service.counters().pending == 0


async def check_store(service: Service, root: Path) -> None:
    """The newest state is what a volunteer reaches, and the store holds nothing that nobody knows of."""
    version, weights = await replay(service, root)
    standing = service._project.standing
    assert standing.version == version
    assert np.array_equal(standing.weights, weights)
    await service._closer.sweep()
    assert await service._project.database.read(versions.loose_keys) == []
    kinds = [path.relative_to(root / "blobs").parts[0] for path in (root / "blobs").rglob("*") if path.is_file()]
    assert kinds.count("state") == 2
    assert kinds.count("files") == 7 + version
    unfinished = await service._project.database.read(contributions.unfinished)
    found = {f"parts/{path.parent.name}" for path in (root / "blobs" / "parts").glob("*/*")}
    assert {row.place for row in unfinished if row.received} <= found <= {row.place for row in unfinished}


HostMachine.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = HostMachine.TestCase


async def test_each_single_operation_cut_off(tmp_path: Path) -> None:
    """A contribution and the closing of its round, cut off before and after every operation until none is left."""
    await make_project(tmp_path, settings=HostSettings(evaluation=False, checkpoint_every=1000))
    acknowledged: dict[tuple[str, str], tuple[int, UploadPhase]] = {}
    service = await Service.open(tmp_path, clock=HandClock())
    crowd = [await Tiny(service, name).join() for name in ("ann", "bob")]
    cut_offs = 0
    for after in (False, True):
        left, whole = 0, False
        while not whole:
            fuse = Fuse()
            put_fuse(service._project, fuse)
            fuse.left, fuse.after = left, after
            try:
                for volunteer in crowd:
                    lease = await volunteer.lease()
                    payload = payload_of(len(acknowledged) + 1000 * left + 100_000 * after)
                    message = announcement(payload, service.counters().version, (lease.id, 5))
                    state = await volunteer.send(message, payload, chunk=150)
                    acknowledged[volunteer.account, message.digest] = (5, state.phase)
                assert await service.tick()
                whole = True
            except CutOffError:
                cut_offs += 1
            left += 1
            await service.close()
            clock = HandClock()
            clock.now += 5000 * left + (1_000_000 if after else 0)  # leases that were taken in vain expire
            service = await Service.open(tmp_path, clock=clock)
            for volunteer in crowd:
                volunteer.service = service
            await service.tick()
            assert service.counters().pending == 0
            await check_store(service, tmp_path)
    assert cut_offs > 40
    await check_receipts(service, crowd, acknowledged)
    await service.close()


@pytest.mark.processes
async def test_killed_hosts(tmp_path: Path) -> None:
    """SIGKILL to a busy host, ten times; see `helpers/busy_host.py`."""
    root, log = tmp_path / "project", tmp_path / "acknowledged"
    await make_project(root, settings=HostSettings(evaluation=False, checkpoint_every=1000))  # all updates stay
    chance = random.Random(7)
    for number in range(10):
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(root), str(log), str(number)], stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.05, 1.2))
                pytest.fail("the host ended by itself")
            process.kill()
    clock = HandClock()
    clock.now += 100_000  # later than any of the processes
    service = await Service.open(root, clock=clock)
    await service.tick()
    crowd = [Tiny(service, name) for name in ("ann", "bob", "cid")]
    acknowledged = {}
    for line in log.read_text().splitlines():
        name, digest, tokens, phase = line.split()
        acknowledged[Tiny(service, name).account, digest] = (int(tokens), UploadPhase(phase))
    await check_receipts(service, crowd, acknowledged)
    await check_store(service, root)
    assert len(acknowledged) > 20
    assert service.counters().version > 8
    await service.close()
