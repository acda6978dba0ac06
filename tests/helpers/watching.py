"""Run a sensor as Lightwork does, and wait for what it reports."""

import asyncio
from types import TracebackType
from typing import Any, Self

from lightwork.activity.sensor import Sensor

PATIENCE = 60.0  # a busy computer is slow; no test waits so long where all is well


class Watching:
    """A sensor that runs from enter to exit. Leaving it checks that it has left no task behind."""

    def __init__(self, sensor: Sensor) -> None:
        self.reports: list[Any] = []
        self._sensor = sensor
        self._reported = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._before = asyncio.all_tasks()
        self._task = asyncio.create_task(self._sensor.run(self._take))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.wait([self._task], timeout=PATIENCE)
        assert self._task.done()
        if error is None:
            assert asyncio.all_tasks() <= self._before

    def _take(self, value: Any) -> None:
        self.reports.append(value)
        self._reported.set()

    async def until(self, expected: Any) -> None:
        """Wait until the newest report is this, or makes this function true. Raises what the sensor raises."""
        matches = expected if callable(expected) else lambda value: value == expected
        async with asyncio.timeout(PATIENCE):
            while not (self.reports and matches(self.reports[-1])):
                self._reported.clear()
                news = asyncio.create_task(self._reported.wait())
                await asyncio.wait([news, self._task], return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                await asyncio.wait([news])
                if self._task.done():
                    self._task.result()

    async def end(self) -> BaseException | None:
        """Wait until it ends by itself; what it raised."""
        await asyncio.wait([self._task], timeout=PATIENCE)
        return self._task.exception()
