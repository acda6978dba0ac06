"""The revision of a project's state, and waiting for the next one.

Each telling is one answer to every volunteer that waits. So only that is told which volunteers act upon: a new version.
What they only show to people (how many contributions there are, the newest loss) is as new as the next answer; telling
what each of them changes a few times a round would be answers in the square of their number.
"""

import asyncio


class News:
    """A number that grows with every telling. To be used within one event loop."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self._next = asyncio.Event()

    def tell(self) -> None:
        """There is something to act upon."""
        self.revision += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, known: int, seconds: float) -> None:
        """Return when the revision is another than `known`, or the time is over."""
        if self.revision == known:
            try:
                async with asyncio.timeout(seconds):
                    await self._next.wait()
            except TimeoutError:
                return
