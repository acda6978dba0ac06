"""What a sensor is: a task that reports a value of one field of `Readings`, at first and whenever it has changed.

Where the system tells of changes a sensor listens; where it does not, it is a function that is asked again and again
(`Polled`). `watch.py` runs them all.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

Report = Callable[[Any], None]
"""Takes the new value. Called in the loop's thread; the same value twice is fine, and costs nothing further on."""


class NotAvailableError(Exception):
    """The sensor cannot work here. Its text is a short phrase in English: "there is no session bus"."""


class Sensor(Protocol):
    """One sensor. `field` names the field of `Readings` that it fills.

    One that sees only a part has a `note`, a phrase that says which.
    """

    field: str

    async def run(self, report: Report) -> None:
        """Report until cancelled. Leaves nothing behind: no window, thread or connection.

        Raises NotAvailableError if there is nothing to watch on this desktop (it is tried again later, since a desktop
        can come), anything else if it broke.
        """


class Pace:
    """How often things are polled: `busy` while there is training to stop, else seldom."""

    def __init__(self) -> None:
        self.busy = False
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Every poll that waits is done now."""
        self._hurry.set()
        self._hurry = asyncio.Event()

    async def wait(self, busy: float, idle: float) -> None:
        """Until the next poll is due: after `busy` or `idle` seconds, or at once when there is a hurry."""
        loop = asyncio.get_running_loop()
        due = loop.time() + (busy if self.busy else idle)
        with suppress(TimeoutError):
            # On whole seconds: one awakening serves all who are due, and awakenings are the larger part of the cost.
            async with asyncio.timeout_at(max(loop.time(), math.floor(due)) if busy >= 1 else due):
                await self._hurry.wait()


class Polled:
    """A sensor made from a function that reads a value. It may block for milliseconds: a thread calls it, unless it is
    `instant`, which is cheaper.

    `read` raises NotAvailableError as a sensor does.
    """

    def __init__(
        self,
        field: str,
        read: Callable[[], Any],
        pace: Pace,
        *,
        busy: float,
        idle: float = 30.0,
        instant: bool = False,
    ) -> None:
        self.field = field
        self._read = read
        self._pace = pace
        self._busy = busy
        self._idle = idle
        self._instant = instant

    async def run(self, report: Report) -> None:
        """Read and report until cancelled."""
        while True:
            report(self._read() if self._instant else await asyncio.to_thread(self._read))
            await self._pace.wait(self._busy, self._idle)
