"""Our own recipe through the real host: every byte of HTTP between it and its volunteers is counted at their sockets.

Host and volunteers live in one process, and the volunteers take turns at training; everything that is sent, signed,
checked and answered is what the program does. TLS would add 4 to 6 kB for each connection (`bench_overhead.py`), of
which a session has a few, and about 25 bytes for each record. Data are read from the disk, since the other recipes'
data are not counted either. While a contribution is on its way and the round closes, a volunteer trains on: `late` of a
round's steps are taken on the old weights, and merged with the new ones.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.merging import merged
from lightwork.codec.weights import write_weights
from lightwork.host import practice
from lightwork.host.address import bind
from lightwork.host.create import build as build_project
from lightwork.host.serve import edge
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.links import parse_link
from lightwork.protocol.manifest import Manifest, Recipe
from lightwork.protocol.project import Contribution, ProjectState, Work
from lightwork.protocol.round_plan import RoundPlan
from lightwork.trainer.replica import Replica
from lightwork.trainer.schedule import Schedule
from loss.task import LATE, PRACTICE, SEQUENCE, WARMUP, Budget, Data, Learner, Record

_LONG = 86_400.0  # seconds: a round closes with the last contribution, however slow this computer is


def ours(budget: Budget, record: Record, recipe: Recipe, late: float = LATE) -> None:
    """`recipe` as the practice project's, with the budget's steps planned and rounds that wait for everybody."""
    if budget.model != PRACTICE:
        raise ValueError(
            "the host serves the practice project's model; settings for others are tried by loss/trials.py"
        )
    recipe = msgspec.structs.replace(
        recipe,
        sequence=SEQUENCE,
        batch=budget.batch,
        warmup_steps=WARMUP,
        planned_steps=budget.steps,
        round_seconds=_LONG,
        quorum=1.0,
    )
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(budget, record, recipe, late, Path(folder)))


async def _run(budget: Budget, record: Record, recipe: Recipe, late: float, folder: Path) -> None:
    await _make_project(budget, recipe, folder)
    async with _serving(folder / "project") as (service, port):
        run = _Run(budget, record, service.manifest, late, folder)
        await run.join(f"lightwork://127.0.0.1:{port}/{service.manifest.project}")
        try:
            await run.train()
        finally:
            await run.leave()


async def _make_project(budget: Budget, recipe: Recipe, folder: Path) -> None:
    learner = Learner(budget, recipe.optimizer, 0.0, 0.0)
    weights = folder / "weights.safetensors"
    write_weights(weights, learner.weights, learner.layout)
    plan = practice.plan(Path(practice.sysconfig.get_path("stdlib")))
    settings = HostSettings(address="127.0.0.1", port=0, evaluation=False, checkpoint_every=1000)
    await build_project(folder / "project", replace(plan, weights=(weights,), recipe=recipe, settings=settings))


@asynccontextmanager
async def _serving(folder: Path) -> AsyncIterator[tuple[Service, int]]:
    service = await Service.open(folder)
    socket = bind("127.0.0.1", 0)
    port = socket.getsockname()[1]
    async with edge(service, socket):
        running = asyncio.create_task(service.run())
        try:
            yield service, port
        finally:
            running.cancel()
            await asyncio.wait([running])
    await service.close()


@dataclass
class _Volunteer:
    number: int
    learner: Learner
    replica: Replica
    schedule: Schedule
    client: ProjectClient
    file: Path  # for what it sends and receives
    traffic: dict[str, int]
    state: ProjectState | None = None
    steps: int = 0
    receipts: int = 0
    lease: str = ""

    def train(self, data: Data, steps: int) -> None:
        for _ in range(steps):
            batch = data.batch(self.number, self.steps)
            self.learner.step([batch], self.schedule.rate(self.steps))
            self.replica.add_work(self.lease, len(batch) * SEQUENCE)
            self.steps += 1


@dataclass
class _Run:
    budget: Budget
    record: Record
    manifest: Manifest
    late: float  # of a round's steps, taken after it was contributed to and before its result is merged
    folder: Path
    volunteers: list[_Volunteer] = field(default_factory=list)
    plan: RoundPlan = field(init=False)

    async def join(self, link: str) -> None:
        """Everybody joins, and has the first weights; that is not counted, as little as the others' are."""
        for number in range(self.budget.volunteers):
            recipe, traffic = self.manifest.recipe, {"up": 0, "down": 0}
            learner = Learner(self.budget, recipe.optimizer, recipe.learning_rate, recipe.adamw_learning_rate)
            client = ProjectClient(parse_link(link), Ed25519PrivateKey.generate(), count=_counter(traffic))
            replica = Replica.fresh(learner.layout, 0, learner.weights)
            file = self.folder / f"volunteer-{number}"
            self.volunteers.append(_Volunteer(number, learner, replica, Schedule(recipe), client, file, traffic))
            await client.__aenter__()
            await client.join()
            self.plan = (await client.checkpoint(self.manifest)).plan
            self.volunteers[-1].schedule.follow(self.plan, 0, 0)
            self.volunteers[-1].lease = (await client.lease(0)).id
            traffic.update(up=0, down=0)

    async def leave(self) -> None:
        for volunteer in self.volunteers:
            await volunteer.client.__aexit__(None, None, None)

    async def train(self) -> None:
        """Rounds until the budget is used. The last steps are sent, too, and nobody trains on after them."""
        data, end, before = Data(self.budget), 0, 0
        while end < self.budget.steps:
            end = min(self.budget.steps, end + self.plan.local_steps(self.manifest.recipe.max_local_steps))
            for volunteer in self.volunteers:
                volunteer.train(data, end - volunteer.steps)
                await self._contribute(volunteer)
            late = min(round(self.late * (end - before)), self.budget.steps - end)
            for volunteer in self.volunteers:
                volunteer.train(data, late)
                await self._merge(volunteer)
            if self.record.due(end, before):
                self._measure(data, end)
            before = end

    async def _contribute(self, volunteer: _Volunteer) -> None:
        replica, recipe = volunteer.replica, self.manifest.recipe
        lease = await volunteer.client.lease(replica.version)  # for what is trained while this one is on its way
        packing = replica.pack(volunteer.learner.weights, self.plan.up, recipe.residual_decay)
        volunteer.file.write_bytes(packing.payload)
        work = tuple(Work(lease=item.lease, steps=item.steps, tokens=item.tokens) for item in packing.work)
        digest = hashlib.sha256(packing.payload).hexdigest()
        announced = Contribution(digest=digest, length=len(packing.payload), base=replica.version, work=work)
        await volunteer.client.upload(announced, volunteer.file)
        replica.commit_packing(packing)
        volunteer.lease = lease.id

    async def _merge(self, volunteer: _Volunteer) -> None:
        """Follow the host to the next version, as a node does: state, update, file, receipt."""
        replica, client = volunteer.replica, volunteer.client
        while volunteer.state is None or volunteer.state.round.version == replica.version:
            volunteer.state = await client.state(volunteer.state)
        update = await client.update(self.manifest, replica.version, volunteer.state.update)
        volunteer.file.unlink()
        await client.download(update.file, volunteer.file)
        local = volunteer.learner.weights
        volunteer.learner.weights = merged(replica, volunteer.file.read_bytes(), update.digest, local)
        volunteer.receipts += len(await client.receipts(self.manifest, volunteer.receipts))
        volunteer.schedule.follow(update.plan, volunteer.steps, replica.steps_ahead)
        self.plan = update.plan

    def _measure(self, data: Data, step: int) -> None:
        judge = Learner(self.budget, self.manifest.recipe.optimizer, 0.0, 0.0)
        judge.weights = self.volunteers[0].replica.base
        count = len(self.volunteers)
        up, down = (sum(one.traffic[way] for one in self.volunteers) / count for way in ("up", "down"))
        self.record.note(step, data.held_out_loss(judge.module), up, down)


def _counter(traffic: dict[str, int]):  # type: ignore[no-untyped-def]
    def count(sent: int, received: int) -> None:
        traffic["up"] += sent
        traffic["down"] += received

    return count
