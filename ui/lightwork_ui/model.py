"""What the window shows, decided without drawing: the node's snapshot and the connection, made into a `Face`."""

import dataclasses
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import GAVE_BACK, Sentence, describe, given_back, pause_sentence, trouble_sentence
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import NodeStatus, Notice, Progress
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui.link import Connection, Link
from lightwork_ui.mending import Mend, mend_for, rule_for
from lightwork_ui.text import mark, memory, number, sentence_text, tr


class Action(Enum):
    """What the big button does when it is pressed. The value is its English label."""

    CONTRIBUTE = mark("Contribute")
    PAUSE = mark("Pause")
    RESUME = mark("Resume")
    RETRY = mark("Try again")
    STARTING = mark("Starting")  # nothing can be done yet
    HELD = mark("Paused")  # nothing that a person could do here: the computer's own reasons hold


@dataclass(frozen=True, slots=True)
class Face:
    """The upper half of Home: what the button does, which state it draws, and the words beside it."""

    phase: Phase
    action: Action
    sentence: str
    hint: str = ""
    progress: Progress | None = None
    counts_bytes: bool = False
    can_pause: bool = False
    can_stop: bool = False
    connected: bool = True
    ticking: bool = False  # the sentence names a time and changes by itself
    mend: Mend | None = None


_ACTIONS = {
    Phase.OFF: Action.CONTRIBUTE,
    Phase.PREPARING: Action.PAUSE,
    Phase.TRAINING: Action.PAUSE,
    Phase.PAUSED: Action.RESUME,
    Phase.WAITING: Action.PAUSE,
    Phase.TROUBLE: Action.RETRY,
}


def connected_face(status: NodeStatus, now: float) -> Face:
    """The face of a node that answers. `now` is Unix time."""
    status = aged(status, now)
    phase = status.phase
    person = any(pause.reason is PauseReason.PERSON for pause in status.pauses)
    action = Action.HELD if phase is Phase.PAUSED and status.pauses and not person else _ACTIONS[phase]
    running = phase in (Phase.PREPARING, Phase.TRAINING, Phase.WAITING)
    return Face(
        phase=phase,
        action=action,
        sentence=sentence_text(describe(status, now)),
        hint=_hint(status),
        progress=status.progress if phase is Phase.PREPARING else None,
        counts_bytes=status.stage in (Stage.MODEL, Stage.DATA),
        can_pause=running,
        can_stop=running or phase is Phase.PAUSED,
        ticking=_ticking(status),
        mend=_mend(status),
    )


def _mend(status: NodeStatus) -> Mend | None:
    """What sets right what is wrong; in a pause, the way to the rule that holds longest."""
    if status.phase is Phase.TROUBLE:
        return mend_for(status.trouble)
    if status.phase is not Phase.PAUSED:
        return None
    rules = (rule_for(pause.reason) for pause in status.pauses if pause.until is None)
    return next((rule for rule in rules if rule is not None), None)


def unconnected_face(connection: Connection, seconds: float, failure: Trouble | None = None) -> Face:
    """The face while there is no node to speak to; `seconds` until it is started again.

    `failure` is why the last one did not start, if it could still say so.
    """
    sentence, hint, action = tr("Starting Lightwork."), "", Action.STARTING
    if connection is Connection.RESTARTING:
        sentence = tr("Lightwork's background process ended. It is being started again.")
        hint = tr("Your receipts and the last checkpoint are safe.")
    elif connection is Connection.AWAY:
        sentence, action = sentence_text(trouble_sentence(failure or Trouble.NODE_AWAY)), Action.RETRY
        hint = tr("Its background process did not start. Next try in {seconds} s.").format(seconds=round(seconds))
    elif connection is Connection.NEWER:
        sentence, action = sentence_text(trouble_sentence(Trouble.NODE_NEWER)), Action.RETRY
    phase = Phase.TROUBLE if action is Action.RETRY else Phase.PREPARING
    away = connection is Connection.AWAY
    return Face(phase, action, sentence, hint, connected=False, ticking=away, mend=mend_for(failure) if away else None)


def aged(status: NodeStatus, now: float) -> NodeStatus:
    """The snapshot with the time that has passed since it was taken, so that a countdown goes on between snapshots."""
    project = status.project
    if project is None or project.round_seconds_left is None or status.at <= 0:
        return status
    left = max(0.0, project.round_seconds_left - max(0.0, now - status.at))
    return dataclasses.replace(status, project=dataclasses.replace(project, round_seconds_left=left))


def _ticking(status: NodeStatus) -> bool:
    counted = status.project is not None and status.project.round_seconds_left is not None
    return (
        (status.phase is Phase.TRAINING and counted)
        or status.retry_at is not None
        or any(pause.until is not None for pause in status.pauses)
    )


def _hint(status: NodeStatus) -> str:
    name = untrusted(status.project.name, 80) if status.project else ""
    if status.phase is Phase.TROUBLE:
        return untrusted(status.detail)
    if status.phase is Phase.PAUSED and status.pauses:
        return " ".join(part for part in (_given_back(status), _other_pauses(status)) if part)
    if status.phase is Phase.OFF:
        if name:
            return tr("Lend this computer's idle power to {project}.").format(project=name)
        return tr("Contribute starts with the practice project. To train with others, join a project.")
    if status.rounds_wanted:
        return tr("Rounds done: {done} of {wanted}.").format(done=status.rounds_done, wanted=status.rounds_wanted)
    return ""


def _given_back(status: NodeStatus) -> str:
    given = given_back(status)
    if given is None or given.memory is None:
        return ""
    shown = {"memory": memory(given.memory), "seconds": number(given.seconds, 1)}
    return sentence_text(Sentence(GAVE_BACK, shown)) + "."


def _other_pauses(status: NodeStatus) -> str:
    holding = [pause for pause in status.pauses if pause.until is None or pause.reason is PauseReason.PERSON]
    shown = describe(status, status.at).template
    sentences = [pause_sentence(pause) for pause in holding if pause.reason is not PauseReason.PERSON]  # that is shown
    others = [sentence for sentence in sentences if sentence.template != shown]
    if others:
        return " ".join(sentence_text(sentence) for sentence in others)
    if not holding or holding[0].reason is PauseReason.PERSON:
        return ""
    return tr("Training goes on by itself then.")


class Model(QObject):
    """The newest snapshot and what a person may do about it."""

    changed = Signal()
    streamed = Signal(object)  # control.Said or control.Checked

    def __init__(self, link: Link, clock: Callable[[], float] = time.time, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._clock = link, clock
        self.status: NodeStatus | None = None
        self.dismissed: deque[Notice] = deque(maxlen=50)  # notices that were put away; windows come and go
        link.statusChanged.connect(self._take)
        link.connectionChanged.connect(self.changed)
        self._asked: dict[int, tuple[QObject, Callable[[control.Reply], None]]] = {}
        link.replyReceived.connect(self._answered)
        link.pieceReceived.connect(self.streamed)

    @property
    def live(self) -> bool:
        """Whether the snapshot is of now."""
        return self.status is not None and self._link.state is Connection.CONNECTED

    def face(self) -> Face:
        """The face at this instant."""
        if self.status is not None and self.live:
            return connected_face(self.status, self._clock())
        return unconnected_face(self._link.state, self._link.seconds_to_next_try, self._link.failure)

    def act(self, action: Action) -> None:
        """Do what the big button says."""
        if action is Action.RETRY and not self.live:
            self._link.try_now()
        elif action in (Action.CONTRIBUTE, Action.RETRY):
            self._link.send(control.Contribute)
        elif action is Action.PAUSE:
            self._link.send(control.Pause)
        elif action is Action.RESUME:
            self._link.send(control.Resume)

    def ask(
        self, command: type[control.Command], then: Callable[[control.Reply], None], owner: QObject, **fields: object
    ) -> int:
        """Send a command and have `then` called with its reply, unless `owner` is gone by then. Returns the id."""
        number = self._link.send(command, **fields)
        self._asked[number] = (owner, then)
        return number

    def tell(self, command: type[control.Command], **fields: object) -> int:
        """Send a command of which the snapshot shows what came of it."""
        return self._link.send(command, **fields)

    def pause_for(self, hours: int) -> None:
        """Pause for a time."""
        self._link.send(control.Pause, seconds=hours * 3600.0)

    def pause_until_restart(self) -> None:
        """Pause until this computer restarts."""
        self._link.send(control.Pause, until_restart=True)

    def stop(self) -> None:
        """Stop contributing."""
        self._link.send(control.Stop)

    def _answered(self, reply: control.Reply) -> None:
        owner, then = self._asked.pop(reply.id, (None, None))
        if then is not None and isValid(owner):
            then(reply)

    def _take(self, status: NodeStatus) -> None:
        self.status = status
        self.changed.emit()
