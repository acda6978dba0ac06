"""Work beside the main thread, which trains on meanwhile.

Only the main thread touches the module and the device. What works aside gets copies, or vectors that are replaced and
never changed, and hands back what is left for the main thread to do between two steps.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from lightwork.trainer.tensorfile import GivenUpError

Finish = Callable[[], object]
"""What the main thread does once the work is done."""


class Aside:
    """A thread that does one thing after another. `wake` is called after each, also after one that failed."""

    def __init__(self, name: str, wake: Callable[[], object]) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._wake = wake
        self._works: deque[Future[Finish | None]] = deque()

    @property
    def busy(self) -> bool:
        """True while there is work that `collect` has not seen the end of."""
        return bool(self._works)

    def begin(self, work: Callable[[], Finish | None]) -> None:
        """Do this next. For any thread; the others are for the main thread."""
        future = self._thread.submit(work)
        self._works.append(future)
        future.add_done_callback(lambda _: self._wake())

    def collect(self) -> None:
        """Finish what is done. Raises what a work raised; one that was given up has just ended."""
        while self._works and self._works[0].done():
            self._end(self._works.popleft())

    def finish(self) -> None:
        """Wait for all of it, then as `collect`."""
        while self._works:
            self._end(self._works.popleft())

    @staticmethod
    def _end(work: Future[Finish | None]) -> None:
        try:
            finish = work.result()
        except GivenUpError:
            return
        if finish is not None:
            finish()
