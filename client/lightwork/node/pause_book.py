"""Each pause into the ledger: why, how long, and what it gave back."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lightwork.domain.errors import LightworkError
from lightwork.domain.states import Phase
from lightwork.domain.status import GivenBack, Pause
from lightwork.history.ledger import Ledger

log = logging.getLogger(__name__)


class PauseBook:
    """Follows the machine's phase. What the ledger cannot take is logged: a pause must not wait for a disk."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: int | None = None

    def follow(self, phase: Phase, pauses: tuple[Pause, ...]) -> None:
        """The phase after each event."""
        with _logged():
            if phase is Phase.PAUSED and self._open is None and pauses:
                first = pauses[0]
                self._open = self._ledger.begin_pause(first.reason, first.cause, at=time.time())
            elif phase is not Phase.PAUSED and self._open is not None:
                number, self._open = self._open, None
                self._ledger.end_pause(number, at=time.time())

    def gave_back(self, given: GivenBack) -> None:
        """What the pause in force gave back."""
        if self._open is not None:
            with _logged():
                self._ledger.pause_gave_back(self._open, memory=given.memory, seconds=given.seconds)


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except (LightworkError, sqlite3.Error, ValueError) as error:
        log.warning("a pause was not recorded: %s", error)
