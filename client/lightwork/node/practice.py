"""The practice project's host, as a child process of the node."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.processes.group import own_group
from lightwork.processes.priority import hasten, lower_priority

# By string: node and host are siblings that do not know each other. All else goes over the project wire.
PRACTICE_MODULE = "lightwork.host.practice"

_READY_SECONDS = 180.0
_END_SECONDS = 5.0

log = logging.getLogger(__name__)


def practice_command(folder: Path) -> list[str]:
    """How to start the practice host. A frozen program is its own interpreter and is told so by its first argument."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--practice-host", "--folder", str(folder)]
    return [sys.executable, "-m", PRACTICE_MODULE, "--folder", str(folder)]


class PracticeHost:
    """Starts the host when it is first needed, and again when it has died."""

    def __init__(self, folder: Path, log_file: Path, polite: Callable[[], bool] = lambda: True) -> None:
        self._folder = folder
        self._polite = polite
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._link = ""
        self._starting = asyncio.Lock()
        self._begun = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Its process while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def link(self) -> str:
        """The join link of the running host. Raises PRACTICE_FAILED, DISK_FULL or what else the host says."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._link = await self._start()
            return self._link

    async def keep_alive(self) -> None:
        """While it has been started, start it again whenever it dies. Until cancelled."""
        while True:
            process = self._process
            if process is None:
                self._begun.clear()
                await self._begun.wait()
                continue
            await process.wait()
            if self._process is process:  # nobody has ended it on purpose
                log.warning("the practice host ended with status %s", process.returncode)
                try:
                    await self.link()
                except LightworkError as error:
                    log.warning("the practice host does not start: %s", error)
                    await asyncio.sleep(5)

    async def _start(self) -> str:
        try:
            process = await self._launch()
        except OSError as error:
            raise LightworkError(Trouble.PRACTICE_FAILED, str(error)) from None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_READY_SECONDS):
                line = await process.stdout.readline()
            answer = json.loads(line)
            link = str(answer["link"])
        except (TimeoutError, ValueError, KeyError, TypeError) as error:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise _failure(line if not isinstance(error, TimeoutError) else b"") from None
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        self._process = process
        self._begun.set()
        if self._polite():
            lower_priority(process.pid)
        return link

    async def _launch(self) -> asyncio.subprocess.Process:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                *practice_command(self._folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                **own_group(),
            )

    async def stop(self) -> None:
        """End it: its stdin ends, then it is killed. `link` starts it again."""
        async with self._starting:  # the next one must find the folder free
            await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.to_thread(hasten, process.pid)
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _failure(line: bytes) -> LightworkError:
    """What the host said of its failure, if it said anything that makes sense."""
    try:
        answer = json.loads(line)
        return LightworkError(Trouble(answer["trouble"]), str(answer.get("detail", ""))[:500])
    except (ValueError, KeyError, TypeError, AttributeError):
        return LightworkError(Trouble.PRACTICE_FAILED, "its log says more")
