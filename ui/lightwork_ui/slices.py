"""Work in slices: what would hold the window up if it were done at once is done a little in each turn of the loop."""

import time
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

BUDGET_S = 0.004  # of a turn; with one step too many and a painting it still is well below a frame at 60 Hz
_END = object()


class Slices(QObject):
    """Takes `steps` one after another, as many in each turn as there is time for, once `go_on` was called.

    What a step does to a visible layout is worked out with it, so that it counts as a part of it.
    """

    ended = Signal()

    def __init__(self, steps: Iterable[object], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = iter(steps)
        self._turns = QTimer(self, interval=0)
        self._turns.timeout.connect(self._turn)
        self.over = False

    def go_on(self) -> None:
        """Begin, or go on after a rest."""
        if not self.over:
            self._turns.start()

    def rest(self) -> None:
        """Do nothing until `go_on`."""
        self._turns.stop()

    def finish(self) -> None:
        """Do all that is left now: nobody is there yet who could wait."""
        while not self.over:
            self._step()

    def _turn(self) -> None:
        until = time.perf_counter() + BUDGET_S
        while not self.over and time.perf_counter() < until:
            self._step()

    def _step(self) -> None:
        if next(self._steps, _END) is not _END:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            return
        self.over = True
        self._turns.stop()
        self.ended.emit()
