"""What is worth a notification: rarely anything. Decided without showing or reading anything."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lightwork.domain.credit import OPERATIONS_PER_CREDIT
from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.states import PauseReason, Phase
from lightwork.domain.status import NodeStatus
from lightwork.domain.untrusted import untrusted
from lightwork_ui import text
from lightwork_ui.mending import MENDS
from lightwork_ui.text import sentence_text, tr

DAY = 86_400.0
LASTING = 120.0  # seconds after which a trouble that may end by itself is told
LONGEST_GAP = 90.0  # seconds between two looks that count; more means that the computer slept or its clock was set
MILESTONES = (100, 1_000, 10_000)  # credits

# The project is lost; this is told in its own words.
GONE = frozenset({Trouble.PROJECT_UNKNOWN, Trouble.MANIFEST_EXPIRED})
# Nobody but a person can end these: those with a button that mends them, and some that want another program's help.
NEEDS_PERSON = (
    frozenset(MENDS) | {Trouble.IDENTITY_LOCKED, Trouble.LEDGER_NEWER, Trouble.NODE_NEWER, Trouble.HOST_NEWER} | GONE
)
# Nobody is interrupted while these hold: it is told afterwards.
HOLY = frozenset({PauseReason.GAME, PauseReason.FULL_SCREEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A title, a sentence, and the page that a click on it opens."""

    title: str
    body: str
    page: str
    urgent: bool = False  # something needs the person


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What has been told. Times are Unix times; `lasted` counts the seconds of the trouble that is under way."""

    begun: bool = False  # whether anything was ever looked at
    first_credit: bool = False
    milestone: int = 0
    milestone_at: float = -math.inf
    told: Mapping[str, float] = field(default_factory=dict)  # trouble: when
    trouble: Trouble | None = None
    lasted: float = 0.0
    looked: float = 0.0

    def kept(self) -> str:
        """What has to outlast this process, as JSON."""
        times = dict(self.told)
        at = self.milestone_at if math.isfinite(self.milestone_at) else None
        return json.dumps({"first": self.first_credit, "milestone": self.milestone, "at": at, "told": times})

    @classmethod
    def read(cls, kept: object) -> "Memory":
        """From `kept`; what is damaged counts as never told."""
        try:
            found = json.loads(kept) if isinstance(kept, str) else None
            if not isinstance(found, dict):
                return cls()
            at, told = found.get("at"), found.get("told")
            return cls(
                begun=True,
                first_credit=found.get("first") is True,
                milestone=int(found.get("milestone") or 0),
                milestone_at=-math.inf if at is None else float(at),
                told={str(name): float(when) for name, when in (told or {}).items()},
            )
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return cls()


def decide(
    before: NodeStatus | None, status: NodeStatus, memory: Memory, now: float, *, seen: bool
) -> tuple[Notification | None, Memory]:
    """What to tell, if anything, and what to remember. `seen`: the window is visible, and shows troubles itself.

    `before` is the snapshot that was looked at last, of this process; None at its start.
    """
    memory = _followed(before, status, memory, now)
    if not memory.begun or not status.preferences.notifications:
        # What was earned before anybody wanted to hear of it is no news later.
        memory = _caught_up(status, memory)
    if not status.preferences.notifications or any(pause.reason in HOLY for pause in status.pauses):
        return None, memory
    found = _trouble(memory, now) if not seen else None
    if found is not None and memory.trouble is not None:
        recent = {name: when for name, when in memory.told.items() if abs(now - when) < DAY}
        return _words_for(memory.trouble, status), replace(memory, told={**recent, memory.trouble.value: now})
    return _earned(status, memory, now)


def waits(memory: Memory) -> bool:
    """Whether time alone may make something worth telling: then it has to be looked at again before long."""
    return memory.trouble is not None and memory.trouble not in NEEDS_PERSON and memory.lasted < LASTING


def _followed(before: NodeStatus | None, status: NodeStatus, memory: Memory, now: float) -> Memory:
    """How long the present trouble has been seen to last. A try in between does not end it: only success does."""
    trouble = status.trouble if status.phase is Phase.TROUBLE else None
    if trouble is None and status.phase is Phase.PREPARING:
        trouble = memory.trouble
    if trouble is None or trouble is not memory.trouble or before is None:
        return replace(memory, trouble=trouble, lasted=0.0, looked=now)
    passed = now - memory.looked
    return replace(memory, lasted=memory.lasted + (passed if 0 <= passed <= LONGEST_GAP else 0.0), looked=now)


def _trouble(memory: Memory, now: float) -> Trouble | None:
    if memory.trouble is None or (memory.trouble not in NEEDS_PERSON and memory.lasted < LASTING):
        return None
    told = memory.told.get(memory.trouble.value)
    # A distance, not a difference: a clock that was set back must not silence it for longer than a day.
    return memory.trouble if told is None or abs(now - told) >= DAY else None


def _words_for(trouble: Trouble, status: NodeStatus) -> Notification:
    words = sentence_text(trouble_sentence(trouble))
    if trouble not in GONE:
        return Notification(title=tr("Lightwork needs you"), body=words, page="home", urgent=True)
    name = untrusted(status.project.name, 60) if status.project is not None else ""
    title = tr("{project} cannot go on").format(project=name) if name else tr("The project cannot go on")
    return Notification(title=title, body=words, page="projects", urgent=True)


def _reached(status: NodeStatus) -> int:
    earned = status.credits.verified // OPERATIONS_PER_CREDIT
    return max((milestone for milestone in MILESTONES if earned >= milestone), default=0)


def _caught_up(status: NodeStatus, memory: Memory) -> Memory:
    return replace(
        memory,
        begun=True,
        first_credit=memory.first_credit or status.credits.verified > 0,
        milestone=max(memory.milestone, _reached(status)),
    )


def _earned(status: NodeStatus, memory: Memory, now: float) -> tuple[Notification | None, Memory]:
    if status.credits.verified > 0 and not memory.first_credit:
        title, body = tr("Your first credit has arrived"), tr("What this computer trained was checked and counted.")
        return Notification(title=title, body=body, page="stats"), replace(memory, first_credit=True)
    reached = _reached(status)
    if reached > memory.milestone and abs(now - memory.milestone_at) >= DAY:
        title = tr("{number} credits").format(number=text.number(reached))
        body = tr("So much of this computer's work has been checked and counted.")
        told = replace(memory, milestone=reached, milestone_at=now)
        return Notification(title=title, body=body, page="stats"), told
    return None, memory
