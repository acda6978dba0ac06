"""Volunteers whose node is real and whose trainer is pretended: no torch, no process, noise for progress.

Everything that talks to the host is the node's own (session, follower, pilot, courier), so what they send and receive
is what a real volunteer sends and receives. Weights are real too: updates are applied and their digests compared.
"""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.merging import merged
from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.history.ledger import Ledger
from lightwork.node import desk, events
from lightwork.node.board import Board
from lightwork.node.context import Tools
from lightwork.node.credits import CreditBook
from lightwork.node.meter import Meter
from lightwork.node.session import Session
from lightwork.processes.trainer import Ended, TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.round_plan import RoundPlan
from lightwork.settings.declared import COMPUTING_LOW_PRIORITY
from lightwork.settings.places import Places
from lightwork.settings.store import Settings
from lightwork.trainer.replica import Replica

STEP_SECONDS = 0.02
_starts = itertools.count()


class PretendedTrainer:
    """Stands in for `TrainerProcess`. Its state outlives it in its folder's memory, as a checkpoint would."""

    kept: dict[str, Replica] = {}  # noqa: RUF012  by folder: what a checkpoint would hold
    paces: dict[str, float] = {}  # noqa: RUF012  by folder: seconds a step, where it is not STEP_SECONDS

    def __init__(self) -> None:
        self._events: asyncio.Queue[wire.FromTrainer | None] = asyncio.Queue()
        self._orders: wire.Configure
        self._replica: Replica | None = None
        self._lease: wire.Train | None = None
        self._plan: RoundPlan | None = None
        self._steps = self._tokens = 0
        self._packed: wire.Packed | None = None
        self._stepping: asyncio.Task[None] | None = None
        self._chance = np.random.default_rng(0)
        self.pid = 0
        self.running = True

    @classmethod
    async def start(cls, log: Path, **_: Any) -> "PretendedTrainer":
        return cls()

    async def receive(self) -> wire.FromTrainer:
        event = await self._events.get()
        if event is None:
            raise TrainerGoneError(0)
        return event

    async def stop(self, patience: float = 2.0) -> Ended:
        if self._stepping is not None:
            self._stepping.cancel()
        self.running = False
        self._events.put_nowait(None)
        return Ended(0.0, killed=False, steps=self._steps)

    async def send(self, command: wire.ToTrainer) -> None:
        match command:
            case wire.Configure():
                self._configure(command)
            case wire.Load():
                self._load(command)
            case wire.Apply():
                self._apply(command)
            case wire.Follow():
                self._plan = command.plan
            case wire.Train():
                self._train(command)
            case wire.Contribute():
                self._contribute()
            case wire.Settle():
                self._packed = None
                self._say(wire.Settled(digest=command.digest))
            case _:
                pass

    def _say(self, event: wire.FromTrainer) -> None:
        self._events.put_nowait(event)

    def _configure(self, command: wire.Configure) -> None:
        self._orders = command
        Path(command.folder).mkdir(parents=True, exist_ok=True)
        self._replica = self.kept.get(command.folder)
        seed = int(hashlib.sha256(command.folder.encode()).hexdigest()[:8], 16)
        self._chance = np.random.default_rng([seed, next(_starts)])  # no two contributions are the same bytes
        self._say(
            wire.Started(
                version=1,
                device=command.device,
                runtime="pretended",
                parameters=command.model.parameters,
                micro_batch=1,
                has_weights=self._replica is not None,
            )
        )
        if self._replica is not None:
            self._ready()

    def _ready(self) -> None:
        replica = self._replica
        assert replica is not None
        digest = weights_digest(replica.base)
        ready = wire.Ready(base=replica.version, digest=digest, steps=self._steps, tokens=self._tokens, unsent_steps=0)
        self._say(ready)

    def _load(self, command: wire.Load) -> None:
        files = [Path(file) for file in command.files]
        layout = layout_of(files)
        weights = read_weights(files, layout)
        assert weights_digest(weights) == command.digest
        self._replica = self.kept[self._orders.folder] = Replica.fresh(layout, command.version, weights)
        self._ready()

    def _apply(self, command: wire.Apply) -> None:
        replica = self._replica
        assert replica is not None
        try:
            merged(replica, Path(command.file).read_bytes(), command.digest, replica.base)
        except LightworkError as error:
            self._say(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=False))
            return
        self._say(wire.Updated(base=replica.version, digest=command.digest))

    def _train(self, command: wire.Train) -> None:
        width = self._orders.token_type.width
        for shard in command.shards:  # as the real one would map them
            assert Path(shard).stat().st_size >= (self._orders.recipe.sequence + 1) * width
        self._lease = command
        if self._stepping is None:
            self._stepping = asyncio.create_task(self._step())

    async def _step(self) -> None:
        recipe = self._orders.recipe
        tokens = recipe.batch * recipe.sequence
        pause = self.paces.get(self._orders.folder, STEP_SECONDS)
        while True:
            await asyncio.sleep(pause)
            lease, replica = self._lease, self._replica
            if lease is None or replica is None:
                continue
            if replica.tokens_under(lease.lease) + tokens > lease.max_tokens:
                self._lease = None
                self._say(wire.LeaseUsed(lease=lease.lease, unsent_steps=replica.unsent_steps))
                continue
            replica.add_work(lease.lease, tokens)
            self._steps, self._tokens = self._steps + 1, self._tokens + tokens
            self._say(
                wire.Progress(
                    base=replica.version,
                    steps=self._steps,
                    tokens=self._tokens,
                    unsent_steps=replica.unsent_steps,
                    loss=1.0,
                    tokens_per_second=tokens / pause,
                    memory=0,
                    micro_batch=1,
                    lease=lease.lease,
                    lease_tokens_left=lease.max_tokens - replica.tokens_under(lease.lease),
                )
            )

    def _contribute(self) -> None:
        replica = self._replica
        assert replica is not None
        if not replica.unsent_steps:
            self._say(wire.Empty())
            return
        noise = self._chance.normal(0, 1e-3, replica.layout.size).astype(np.float32)
        scheme = self._plan.up if self._plan is not None else self._orders.recipe.up
        packing = replica.pack(replica.anchor - noise, scheme, self._orders.recipe.residual_decay)
        digest = hashlib.sha256(packing.payload).hexdigest()
        file = Path(self._orders.folder) / digest
        file.write_bytes(packing.payload)
        packing.anchor[:] = replica.base
        replica.commit_packing(packing)
        self._packed = wire.Packed(
            digest=digest, file=str(file), length=len(packing.payload), base=replica.version, work=packing.work
        )
        self._say(self._packed)
        self._say(wire.Owed(unsent_steps=replica.unsent_steps))


@dataclass
class Person:
    """One such volunteer. `emitted` are the session's events."""

    home: Path
    link: str
    tools: Tools = field(init=False)
    emitted: list[events.Event] = field(default_factory=list)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        ledger = Ledger.open(self.home / "ledger.sqlite")
        self.tools = Tools(
            places=Places(self.home),
            settings=Settings().with_value(COMPUTING_LOW_PRIORITY, False),
            key=self.key,
            ledger=ledger,
            meter=Meter(ledger),
            board=Board(),
            credits=CreditBook(ledger),
            device=DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="Processor", memory_total=1 << 34),
            emit=self.emitted.append,
            duty=lambda: 1.0,
            patience=lambda: 0.0,
            practice_link=self._no_practice,
        )

    async def _no_practice(self) -> str:
        raise AssertionError("no practice project here")

    @property
    def version(self) -> int:
        """Of the weights here; -1 before there are any."""
        found = PretendedTrainer.kept.get(self.trainer)
        return -1 if found is None else found.version

    @property
    def trains(self) -> bool:
        """It has taken steps."""
        return any(isinstance(event, events.SessionTraining) for event in self.emitted)

    @property
    def trainer(self) -> str:
        """The trainer's folder, by which it is known."""
        return str(self.tools.places.project(self.project) / "trainer")

    @property
    def project(self) -> str:
        return self.link.rpartition("/")[2]

    @property
    def verified(self) -> int:
        """Receipts that say so, in the ledger."""
        return self.tools.ledger.totals().receipts

    @asynccontextmanager
    async def contributing(self) -> AsyncIterator[None]:
        """A session while the context lasts. What it fails with is raised at the end."""
        session = asyncio.create_task(Session(1, self.link, self.tools).run())
        try:
            yield
        finally:
            while not session.done():
                session.cancel()
                await asyncio.wait([session], timeout=1.0)
        with suppress(asyncio.CancelledError):
            await session

    def close(self) -> None:
        self.tools.ledger.close()


@pytest.fixture
def pretended_trainers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every trainer of this process is a pretended one."""
    pretend(monkeypatch.setattr)


def pretend(replace: Callable[[object, str, object], None] = setattr) -> None:
    """Have desks start pretended trainers from now on."""
    PretendedTrainer.kept, PretendedTrainer.paces = {}, {}
    replace(desk, "TrainerProcess", PretendedTrainer)


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something to become true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
