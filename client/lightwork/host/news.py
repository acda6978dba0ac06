"""The revision of a project's state, and waiting for the next one."""

import asyncio

_CALM_SECONDS = 1.0  # small changes of one second are told together: each one wakes every volunteer


class News:
    """A number that grows with every change. To be used within one event loop."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self._next = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, *, urgent: bool) -> None:
        """Something has changed. What is not urgent may be told a little later."""
        if urgent:
            self._advance()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_CALM_SECONDS, self._advance)

    async def wait(self, known: int, seconds: float) -> None:
        """Return when the revision is another than `known`, or the time is over."""
        if self.revision == known:
            try:
                async with asyncio.timeout(seconds):
                    await self._next.wait()
            except TimeoutError:
                return

    def close(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _advance(self) -> None:
        self.close()
        self.revision += 1
        self._next.set()
        self._next = asyncio.Event()
