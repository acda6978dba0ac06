"""What can happen to a node, and what it can be told to do: the events and effects of `machine.py`."""

from dataclasses import dataclass

from lightwork.domain.errors import Trouble
from lightwork.domain.states import Stage
from lightwork.domain.status import Pause


@dataclass(frozen=True, slots=True)
class Contribute:
    """A person wants to contribute to this project."""

    link: str | None = None
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """The node has begun, and remembers that it was contributing: to what, for how many rounds more, and the person's
    pause if one still holds. One event for all of it, so that nothing starts that should be paused.
    """

    link: str | None = None
    rounds: int | None = None
    person: Pause | None = None


@dataclass(frozen=True, slots=True)
class PausePressed:
    """A person wants a pause, until a time, until the computer restarts, or until they say so.

    `keep`: the trainer may keep its memory.
    """

    until: float | None = None
    keep: bool = False
    until_restart: bool = False


@dataclass(frozen=True, slots=True)
class ResumePressed:
    """A person ends their pause."""


@dataclass(frozen=True, slots=True)
class StopPressed:
    """A person wants no more contributing."""


@dataclass(frozen=True, slots=True)
class Quit:
    """The node is to end. `by_person`: they want no more contributing until they say so; else the system ends, and the
    next node goes on.
    """

    by_person: bool = True


@dataclass(frozen=True, slots=True)
class Sensed:
    """The reasons to pause that the sensors see now. `keep`: none of them needs the trainer's memory."""

    pauses: tuple[Pause, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Rearranged:
    """Training goes on, but on another device or with other settings: the session has to begin anew."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class SessionPreparing:
    """The session fetches or loads something."""

    session: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class SessionTraining:
    """The trainer trains."""

    session: int


@dataclass(frozen=True, slots=True)
class SessionIdle:
    """The session can do nothing until the round ends or the host is back."""

    session: int
    stage: Stage
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class SessionFailed:
    """The session has ended by itself."""

    session: int
    trouble: Trouble
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RoundCounted:
    """A receipt says that a contribution of this session was verified."""

    session: int


Event = (
    Contribute
    | Recalled
    | PausePressed
    | ResumePressed
    | StopPressed
    | Quit
    | Sensed
    | Rearranged
    | Tick
    | SessionPreparing
    | SessionTraining
    | SessionIdle
    | SessionFailed
    | RoundCounted
)
SessionEvent = SessionPreparing | SessionTraining | SessionIdle | SessionFailed | RoundCounted


# --- effects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartSession:
    """Begin a session, once the one before it has ended."""

    session: int
    link: str | None


@dataclass(frozen=True, slots=True)
class EndSession:
    """End the running session: save, end the trainer, give its memory back."""


@dataclass(frozen=True, slots=True)
class HoldSession:
    """The running session takes no more steps, and keeps what it has."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The session that was held goes on."""


@dataclass(frozen=True, slots=True)
class Exit:
    """End the node."""


Effect = StartSession | EndSession | HoldSession | GoOn | Exit
