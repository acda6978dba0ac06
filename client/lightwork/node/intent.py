"""What the node was told to do, kept on disk: a node that was killed, or a computer that was restarted, goes on.

The file is there while the node contributes or is paused, and only then:

    {"version": 1, "link": "lightwork://...", "rounds": null, "pause": {"since": 1.0, "until": null, "boot": null}}

No link is the practice project. `boot` names the run of the computer until whose end a pause lasts.
"""

import logging
from pathlib import Path

import msgspec

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import PauseReason, Phase
from lightwork.domain.status import Pause
from lightwork.node.events import Recalled
from lightwork.node.machine import State
from lightwork.protocol.links import parse_link

VERSION = 1

log = logging.getLogger(__name__)


class PersonsPause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause that a person began. Without `until` and `boot` it lasts until they end it."""

    since: float
    until: float | None = None
    boot: str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Contributing: to what, for how many rounds more (None: without end), and the person's pause."""

    link: str | None
    rounds: int | None = None
    pause: PersonsPause | None = None
    version: int = VERSION


def intent_of(state: State, boot: str) -> Intent | None:
    """What a state of the machine comes to; None: not to contribute."""
    if state.phase is Phase.OFF:
        return None
    person, rounds = state.person, state.rounds_wanted
    pause = None
    if person is not None:
        pause = PersonsPause(since=person.since, until=person.until, boot=boot if person.until_restart else None)
    return Intent(link=state.link, rounds=None if rounds is None else rounds - state.rounds_done, pause=pause)


def recalled(intent: Intent, boot: str, now: float) -> Recalled:
    """What a node that begins has to be told. A pause that is over is left out."""
    pause, person = intent.pause, None
    over = pause is None or (pause.until is not None and now >= pause.until) or pause.boot not in (None, boot)
    if pause is not None and not over:
        person = Pause(
            reason=PauseReason.PERSON, since=pause.since, until=pause.until, until_restart=pause.boot is not None
        )
    return Recalled(intent.link, intent.rounds, person)


class Memory:
    """The file. What it cannot keep it forgets: to stay off is safer than to go on in spite of a pause."""

    def __init__(self, file: Path, boot: str) -> None:
        self._file = file
        self._boot = boot
        self._in_step = True  # whether the file says what `_kept` does
        self._kept = self._read()

    def recall(self, now: float) -> Recalled | None:
        """What the node did when it ended, unless a person has ended it."""
        return None if self._kept is None else recalled(self._kept, self._boot, now)

    def follow(self, state: State) -> None:
        """The machine's state after each event."""
        self._keep(intent_of(state, self._boot))

    def forget(self) -> None:
        """A person wants no more contributing."""
        self._keep(None)

    def _keep(self, intent: Intent | None) -> None:
        if intent == self._kept and self._in_step:
            return
        try:
            if intent is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._file, msgspec.json.encode(intent))
                self._kept, self._in_step = intent, True
                return
        except (LightworkError, OSError) as error:
            log.warning("what to go on with is not remembered: %s", error)
        self._kept = None
        try:
            self._file.unlink(missing_ok=True)  # a full disk allows that
            self._in_step = True
        except OSError as error:
            self._in_step = False
            log.warning("what was to be gone on with is not forgotten: %s", error)

    def _read(self) -> Intent | None:
        try:
            intent = msgspec.json.decode(self._file.read_bytes(), type=Intent)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning("what to go on with cannot be read: %s", error)
            self._in_step = False
            return None
        self._in_step = _makes_sense(intent)
        return intent if self._in_step else None


def _makes_sense(intent: Intent) -> bool:
    if intent.version != VERSION or (intent.rounds is not None and intent.rounds < 1):
        return False
    try:
        return intent.link is None or bool(parse_link(intent.link))
    except LightworkError:
        return False
