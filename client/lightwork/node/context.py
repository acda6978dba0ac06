"""What the tasks of one session know together, and how they tell the rest of the node."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.domain.status import DeviceStatus, Notice, Progress, TrainingStatus
from lightwork.history.ledger import Ledger
from lightwork.node import events
from lightwork.node.board import Board
from lightwork.node.credits import CreditBook
from lightwork.node.desk import Desk
from lightwork.node.joining import project_status
from lightwork.node.meter import Meter
from lightwork.node.patience import LEAST_SECONDS, OVERTAKEN, Backoff, passes
from lightwork.node.plan import View
from lightwork.node.share import Share
from lightwork.node.store import ProjectStore
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.documents import SignedDocument
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import Manifest
from lightwork.protocol.project import ProjectState
from lightwork.protocol.refusals import RefusedError
from lightwork.protocol.round_plan import RoundPlan
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

# Of a round's length: what contributing takes before it was ever measured, and at most after it was late.
_FIRST_SHARE, _LATEST_SHARE = 0.05, 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the node lends to a session."""

    places: Places
    settings: Settings
    key: Ed25519PrivateKey
    ledger: Ledger
    meter: Meter
    board: Board
    credits: CreditBook
    device: DeviceStatus
    emit: Callable[[events.Event], None]
    duty: Callable[[], float]
    patience: Callable[[], float]  # seconds that a trainer may take to end
    practice_link: Callable[[], Awaitable[str]]


@dataclass(slots=True)
class HostView:
    """The host's newest state, and when it was heard (monotonic)."""

    state: ProjectState
    heard: float

    @property
    def version(self) -> int:
        """The open round's version."""
        return self.state.round.version

    def update_from(self, base: int) -> SignedDocument | None:
        """The document of the update from that version, if the host has told it with its state."""
        return self.state.update if base + 1 == self.version else None

    @property
    def seconds_left(self) -> float:
        """Of the open round's window, by this computer's clock."""
        return max(0.0, self.state.round.seconds_left - (time.monotonic() - self.heard))


class Bell:
    """Tells several tasks that something is new, each by an event of its own, which that task clears."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def listener(self) -> asyncio.Event:
        """One more task's event."""
        event = asyncio.Event()
        self._events.append(event)
        return event

    def set(self) -> None:
        """Something is new."""
        for event in self._events:
            event.set()


@dataclass(slots=True)
class Context:
    """One session's common ground. The events are set whenever the thing that they name is new."""

    number: int
    tools: Tools
    client: ProjectClient
    link: JoinLink
    manifest: Manifest
    host: HostView
    store: ProjectStore
    held: bool = False  # no steps and no leases, until the person's computer is theirs no more
    desk: Desk = field(init=False)
    plan: RoundPlan = field(init=False)  # of the version that the trainer has
    away: bool = False
    sent_for: int | None = None  # newest version for which the host has a contribution of ours
    took_to_send: float | None = None  # seconds, lately; None before it was ever measured
    share: Share = field(default_factory=Share)
    contributing_since: float | None = None  # monotonic; until the host has acknowledged it
    changed: Bell = field(default_factory=Bell)
    packed: asyncio.Event = field(default_factory=asyncio.Event)
    receipts: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)  # the host answers again

    @property
    def project(self) -> str:
        """The project's id."""
        return self.manifest.project

    def __post_init__(self) -> None:
        self.plan = self._plain_plan()

    @property
    def round_seconds(self) -> float:
        """How long the present round is meant to be."""
        return self.manifest.recipe.round_seconds * self.plan.length

    @property
    def seconds_to_send(self) -> float:
        """What it takes from the wish to contribute to the host's acknowledgement."""
        return _FIRST_SHARE * self.round_seconds if self.took_to_send is None else self.took_to_send

    async def follow(self, plan: RoundPlan | None) -> None:
        """Go by the plan that the project has signed with the version that the trainer has now, if it has."""
        self.plan = plan or self._plain_plan()
        await self.desk.tell(wire.Follow(plan=self.plan))

    def _plain_plan(self) -> RoundPlan:
        return RoundPlan(up=self.manifest.recipe.up)

    def sent(self, seconds: float, *, late: bool = False) -> None:
        """A contribution took so long; who is late begins earlier the next time."""
        if late:
            most = _LATEST_SHARE * self.round_seconds
            self.took_to_send = min(most, 2 * max(seconds, self.seconds_to_send))
        else:
            self.took_to_send = 0.5 * (self.seconds_to_send + seconds)

    def view(self) -> View:
        """What there is to decide upon."""
        facts, host = self.desk.facts, self.host
        return View(
            host_version=host.version,
            oldest_update=host.state.oldest_update,
            seconds_left=host.seconds_left,
            version=facts.version,
            checked=facts.checked,
            packed=facts.packed is not None or facts.packing,
            away=self.away,
            sent_for=self.sent_for,
            unsent_steps=facts.unsent_steps,
            steps_wanted=self.plan.local_steps(self.manifest.recipe.max_local_steps),
            seconds_to_send=self.seconds_to_send,
        )

    # --- pauses that keep the memory ----------------------------------------------------------------------------------

    async def hold(self) -> None:
        """The trainer takes no more steps. What is on its way to the host goes on."""
        self.held = True
        with suppress(TrainerGoneError):  # the next one is told when it has started
            await self.desk.tell(wire.Hold())

    async def go_on(self) -> None:
        """And now it does again."""
        self.held = False
        with suppress(TrainerGoneError):
            await self.desk.tell(wire.GoOn())
        self.changed.set()

    # --- when the host does not answer --------------------------------------------------------------------------------

    async def host_failed(self, error: LightworkError, backoff: Backoff, *, away: bool = True) -> None:
        """Wait and say so, if waiting helps; raise the error if not. Each task has a backoff of its own.

        `away` False: what failed says nothing about whether contributions can be sent.

        The wait ends early when another task has reached the host.
        """
        if not passes(error):
            raise error
        wait = backoff.next_wait()
        log.info("host away", extra={"error": str(error), "wait": round(wait, 2)})
        self.away = self.away or away
        if self.desk.facts.lease is None:
            self.idle(Stage.HOST_AWAY, time.time() + wait)
        else:
            self.notice(error.trouble, error.detail)
        self.back.clear()
        await asyncio.sleep(LEAST_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait - LEAST_SECONDS):
                await self.back.wait()

    async def put_off(self, error: LightworkError, backoff: Backoff) -> None:
        """As `host_failed`; but what the project has overtaken is soon decided anew, by its newer state."""
        if isinstance(error, RefusedError) and error.refusal in OVERTAKEN:
            await asyncio.sleep(LEAST_SECONDS)
        else:
            await self.host_failed(error, backoff)

    def host_answered(self) -> None:
        """It is there again, if it was away."""
        self.back.set()
        if self.away:
            self.away = False
            self.tools.board.withdraw(Trouble.HOST_UNREACHABLE, Trouble.HOST_CONFUSED, Trouble.ALLOWANCE_USED)
            self.changed.set()

    # --- what the node is told ----------------------------------------------------------------------------------------

    def preparing(self, stage: Stage) -> None:
        """Something is fetched or loaded."""
        self.tools.emit(events.SessionPreparing(self.number, stage))

    def idle(self, stage: Stage, retry_at: float | None = None) -> None:
        """There is nothing to do."""
        self.tools.emit(events.SessionIdle(self.number, stage, retry_at))

    def notice(self, trouble: Trouble, detail: str = "") -> None:
        """Something went wrong and was dealt with."""
        self.tools.board.notice(Notice(trouble=trouble, detail=detail, at=time.time()))

    def show_progress(self, progress: Progress | None) -> None:
        """How far a download has come; None when it has ended."""
        self.tools.board.update(progress=progress)

    def show_project(self) -> None:
        """The project's part of the snapshot."""
        facts, host = self.desk.facts, self.host
        shown = project_status(self.link, self.manifest, host.state, round(host.seconds_left, 1))
        version = facts.version if facts.version is not None else host.version
        self.tools.board.update(
            project=replace(shown, version=version, weights_digest=facts.digest, share=self.share.value)
        )

    def show_training(self) -> None:
        """The trainer's part of the snapshot."""
        facts, progress = self.desk.facts, self.desk.facts.progress
        shown = TrainingStatus(steps=facts.steps, tokens=facts.tokens, process=facts.process)
        if facts.started is not None:
            shown = replace(shown, device=facts.started.device, micro_batch=facts.started.micro_batch)
        if progress is not None:
            shown = replace(
                shown,
                tokens_per_second=progress.tokens_per_second,
                loss=progress.loss,
                micro_batch=progress.micro_batch,
                memory_used=progress.memory,
            )
        self.tools.board.update(training=shown)
