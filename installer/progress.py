"""What the installer shows while it works: one line that changes on a terminal, sober lines anywhere else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

QUIET_SECONDS = 15.0
"""Where no terminal shows the line, a standing step is told again after this time, so that a log shows life."""


class Progress:
    """Writes to one stream. `show` may be called as often as one likes."""

    def __init__(
        self,
        stream: TextIO,
        *,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        columns: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        self._stream = stream
        self._live = stream.isatty() if live is None else live
        self._clock = clock
        self._columns = columns
        self._shown = 0  # characters of the changing line that stand on the terminal
        self._step = ""
        self._began = self._told = clock()

    def begin(self, step: str) -> None:
        """Start a step; the seconds that `show` tells count from here."""
        self._step = step
        self._began = self._told = self._clock()
        if self._live:
            self._overwrite(f"{step} ...")
        else:
            self._write(f"{step} ...\n")

    def show(self, detail: str = "") -> None:
        """Tell how far the step is."""
        line = f"{self._step}: {', '.join(filter(None, [detail, self._seconds()]))}"
        if self._live:
            self._overwrite(line)
        elif self._clock() - self._told >= QUIET_SECONDS:
            self._told = self._clock()
            self._write(line + "\n")

    def done(self, result: str = "done") -> None:
        """End the step with a line that stays."""
        self.say(f"{self._step}: {result}, {self._seconds()}")

    def say(self, text: str) -> None:
        """Write lines that stay."""
        self.clear()
        self._write(text + "\n")

    def clear(self) -> None:
        """Take the changing line off the terminal, before something else writes there."""
        if self._shown:
            self._overwrite("")

    def _seconds(self) -> str:
        return f"{self._clock() - self._began:.0f} s"

    def _overwrite(self, line: str) -> None:
        """Blanks rather than a control sequence: an old Windows console knows no other way."""
        room = max(20, self._columns() - 1)
        if len(line) > room:
            line = line[: room - 3] + "..."
        self._write("\r" + line.ljust(min(self._shown, room)) + ("" if line else "\r"))
        self._shown = len(line)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def megabytes(size: int) -> str:
    """Bytes as people read them: MB, from 1000 MB on GB, in powers of ten."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
