"""What the main thread's time goes into: what is neither steps nor rest that was asked for is lost to training."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lightwork.protocol.trainer import Spent


class Times:
    """Seconds by activity; every instant belongs to one."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, processor: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._processor = processor
        self._seconds = dict.fromkeys(Spent.__struct_fields__, 0.0)
        self._what = "other"
        self._since = clock()

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Book what is done meanwhile under this field of `Spent`; what is nested is booked under its own."""
        before = self._turn_to(what)
        try:
            yield
        finally:
            self._turn_to(before)

    def spent(self) -> Spent:
        """All so far."""
        self._turn_to(self._what)
        return Spent(**self._seconds | {"processor": self._processor()})

    def _turn_to(self, what: str) -> str:
        now, before = self._clock(), self._what
        self._seconds[before] += now - self._since
        self._what, self._since = what, now
        return before
