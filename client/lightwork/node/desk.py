"""The trainer's supervisor: keeps one alive, knows what it last said, and passes questions to it.

The trainer reports; what to do about it is decided elsewhere.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.processes.priority import hasten, lower_priority
from lightwork.processes.trainer import TrainerGoneError, TrainerProcess
from lightwork.protocol import trainer as wire

E = TypeVar("E", bound=wire.Message)

# What is heard of a text that the model goes on with; a trouble is the end of its trainer.
Spoken = wire.Sampled | wire.SampleEnded | Trouble

# A trainer that dies this often in a row will not do better next time.
_DEATHS_IN_A_ROW = 5

# Faults that the next trainer would meet again.
_LASTING = frozenset(
    {Trouble.RUNTIME_MISSING, Trouble.DEVICE_TOO_SMALL, Trouble.DEVICE_LOST, Trouble.DISK_FULL, Trouble.WEIGHTS_INVALID}
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Facts:
    """What the present trainer has said. A new trainer starts with new facts."""

    process: int | None = None
    started: wire.Started | None = None
    ready: bool = False  # weights are loaded, or none were there to resume from
    version: int | None = None
    digest: str = ""
    checked: bool = False  # the session found the digest to be the host's
    unsent_steps: int = 0
    steps: int = 0
    tokens: int = 0
    lease: str | None = None
    packing: bool = False  # it was told to contribute, and has not answered yet
    packed: wire.Packed | None = None
    progress: wire.Progress | None = None


@dataclass(slots=True)
class _Question:
    answers: Callable[[wire.FromTrainer], bool]
    answer: "asyncio.Future[wire.FromTrainer]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Desk:
    """One trainer after another for one session. `changed` is called whenever the facts are new, `began` when a process
    has been started. `patience` says, when it has to end, how many seconds it may take.
    """

    def __init__(
        self,
        orders: wire.Configure,
        log_file: Path,
        *,
        polite: bool,
        changed: Callable[[wire.FromTrainer], None],
        began: Callable[[], None] = lambda: None,
        patience: Callable[[], float] = lambda: 2.0,
    ) -> None:
        self._orders = orders
        self._log_file = log_file
        self._polite = polite
        self._changed = changed
        self._began = began
        self._patience = patience
        self._process: TrainerProcess | None = None
        self._questions: list[_Question] = []
        self._listeners: list[asyncio.Queue[Spoken]] = []
        self.facts = Facts()

    async def run(self) -> None:
        """Keep a trainer alive until cancelled. Raises what will not get better by another try."""
        deaths = 0
        try:
            while True:
                steps = self.facts.steps
                try:
                    await self._live()
                except TrainerGoneError as gone:
                    log.warning("trainer ended", extra={"status": gone.status})
                deaths = 1 if self.facts.steps > steps else deaths + 1
                self._forget()
                if deaths >= _DEATHS_IN_A_ROW:
                    raise LightworkError(Trouble.TRAINER_FAILED, f"{deaths} times in a row; its log says why")
                self._changed(wire.Failed(trouble=Trouble.TRAINER_FAILED, detail="", fatal=True))
                await asyncio.sleep(0.2 * deaths)
        finally:
            self._hand_on(Trouble.MODEL_NOT_HERE)
            await self.stop()

    async def stop(self) -> None:
        """Ask it to save and end, then make it."""
        process, self._process = self._process, None
        if process is not None:
            # The session may be cancelled again while it ends; the trainer's end is not up for that.
            await asyncio.shield(asyncio.ensure_future(self._end(process)))

    async def _end(self, process: TrainerProcess) -> None:
        # At the priority at which it trains it could not give its memory back on a busy computer.
        hurry = asyncio.ensure_future(asyncio.to_thread(hasten, process.pid) if self._polite else asyncio.sleep(0))
        ended = await process.stop(self._patience())
        await hurry
        log.info(
            "trainer ended", extra={"seconds": round(ended.seconds, 3), "killed": ended.killed, "steps": ended.steps}
        )

    async def set_duty(self, share: float) -> None:
        """The share of the time in which this trainer computes, and each after it."""
        self._orders = msgspec.structs.replace(self._orders, duty=share)
        with suppress(TrainerGoneError):
            await self.tell(wire.Duty(share=share))

    async def tell(self, command: wire.ToTrainer) -> None:
        """Send a command that needs no answer. Raises TrainerGoneError."""
        if self._process is None:
            raise TrainerGoneError(None)
        await self._process.send(command)

    async def ask(self, command: wire.ToTrainer, answers: Callable[[wire.FromTrainer], bool]) -> wire.FromTrainer:
        """Send a command and wait for an event that answers it.

        Raises TrainerGoneError if the trainer dies first.
        """
        question = _Question(answers)
        self._questions.append(question)
        try:
            await self.tell(command)
            return await question.answer
        finally:
            self._questions.remove(question)

    @contextmanager
    def listening(self) -> "Iterator[asyncio.Queue[Spoken]]":
        """What the trainer says of texts from now on."""
        queue: asyncio.Queue[Spoken] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            yield queue
        finally:
            self._listeners.remove(queue)

    def _hand_on(self, spoken: Spoken) -> None:
        for queue in self._listeners:
            queue.put_nowait(spoken)

    async def _live(self) -> None:
        process = await TrainerProcess.start(self._log_file)
        self._process = process
        self.facts.process = process.pid
        self._began()
        if self._polite:
            lower_priority(process.pid)
        await process.send(self._orders)
        while True:
            event = await process.receive()
            if isinstance(event, wire.Sampled | wire.SampleEnded):  # no news to anybody else
                self._hand_on(event)
                continue
            self._learn(event)
            if isinstance(event, wire.Failed) and event.fatal and event.trouble in _LASTING:
                raise LightworkError(event.trouble, event.detail)
            self._changed(event)
            for question in self._questions:
                if not question.answer.done() and question.answers(event):
                    question.answer.set_result(event)

    def _learn(self, event: wire.FromTrainer) -> None:
        facts = self.facts
        match event:
            case wire.Started():
                facts.started, facts.ready = event, not event.has_weights
            case wire.Ready():
                facts.version, facts.digest, facts.checked, facts.ready = event.base, event.digest, False, True
                facts.steps, facts.tokens, facts.unsent_steps = event.steps, event.tokens, event.unsent_steps
                facts.packed = event.packed
            case wire.Progress():
                facts.progress = event
                facts.steps, facts.tokens, facts.unsent_steps = event.steps, event.tokens, event.unsent_steps
            case wire.Updated():
                facts.version, facts.digest = event.base, event.digest
            case wire.Packed():
                facts.packed, facts.packing = event, False
            case wire.Empty():
                facts.packing, facts.unsent_steps = False, 0
            case wire.Settled():
                facts.packed = None
            case wire.Owed():
                facts.unsent_steps = event.unsent_steps
            case wire.LeaseUsed() if facts.lease == event.lease:
                facts.lease, facts.unsent_steps = None, event.unsent_steps
            case wire.Failed() if event.trouble is Trouble.LOSS_NOT_FINITE:
                facts.unsent_steps = 0
            case _:
                pass

    def _forget(self) -> None:
        self._process = None
        self._hand_on(Trouble.TRAINER_FAILED)
        steps = self.facts.steps
        self.facts = Facts(steps=steps)
        for question in self._questions:
            if not question.answer.done():
                question.answer.set_exception(TrainerGoneError(None))
