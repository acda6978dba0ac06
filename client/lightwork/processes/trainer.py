"""A trainer as seen by whoever started it: commands in, events out, and an end that always comes."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.processes.group import own_group
from lightwork.protocol import trainer as wire

# The one place where the trainer is named: by string, since nobody but itself may import it (and torch with it).
TRAINER_MODULE = "lightwork.trainer"


def trainer_command() -> list[str]:
    """How to start a trainer. A frozen program is its own interpreter and is told so by its first argument."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--trainer"]
    return [sys.executable, "-m", TRAINER_MODULE]


def _environment() -> dict[str, str]:
    """This process's environment, with what the runtime reads before anything can be set by calls."""
    found = {
        "CUDA_MODULE_LOADING": "LAZY"
    }  # kernels are loaded when first used: a quicker start, less of the card taken
    if sys.platform == "linux":  # elsewhere the runtime warns that it cannot
        # Segments that grow leave no gaps when the micro-batch changes, which would be memory taken for nothing.
        found["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
    # Devices are numbered as the driver numbers them, so that "cuda:1" is the card that was chosen.
    return {**found, **os.environ, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a trainer ended that was asked to."""

    seconds: float  # from the call until the process was gone
    killed: bool  # its time ran out
    steps: int | None  # that the next trainer goes on from, if it said so


class TrainerGoneError(Exception):
    """The trainer has ended. `status` is its exit status; negative for a signal."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"the trainer ended with status {status}")
        self.status = status


class TrainerProcess:
    """One running trainer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, log: Path, *, command: Sequence[str] | None = None, environment: dict[str, str] | None = None
    ) -> "TrainerProcess":
        """Start a trainer; what it prints besides its events goes to the end of `log`.

        Raises RUNTIME_MISSING, or TRAINER_FAILED for what may pass.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            try:
                process = await asyncio.create_subprocess_exec(
                    *(command or trainer_command()),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=errors,
                    limit=wire.LONGEST_LINE,
                    env={**_environment(), **(environment or {})},
                    **own_group(),
                )
            except (FileNotFoundError, PermissionError) as error:
                raise LightworkError(Trouble.RUNTIME_MISSING, str(error)) from None
            except OSError as error:  # no memory for a process, too many open files: passing
                raise LightworkError(Trouble.TRAINER_FAILED, str(error)) from None
        return cls(process)

    @property
    def pid(self) -> int:
        """Process number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once the process has been seen to end."""
        return self._process.returncode is None

    async def send(self, command: wire.ToTrainer) -> None:
        """Send a command. Raises TrainerGoneError."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(wire.encode(command))
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise TrainerGoneError(await self._ended()) from None

    async def receive(self) -> wire.FromTrainer:
        """The next event. Raises TrainerGoneError at the end, or for a trainer that talks nonsense (it is killed)."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
            if line.endswith(b"\n"):
                return wire.decode_from_trainer(line)
        except (ValueError, msgspec.DecodeError):
            self.kill()
        raise TrainerGoneError(await self._ended())

    def kill(self) -> None:
        """End it at once. Nothing is lost but the steps since its last checkpoint."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self, patience: float = 2.0) -> Ended:
        """Ask it to save and end; after `patience` seconds kill it. Returns when the process is gone."""
        began = time.monotonic()
        if not self.running:
            return Ended(0.0, killed=False, steps=None)
        killed = False
        reader = asyncio.ensure_future(self._last_words())
        try:
            async with asyncio.timeout(patience):
                with suppress(TrainerGoneError):
                    await self.send(wire.Stop())
                assert self._process.stdin is not None
                self._process.stdin.close()  # a trainer ends with its stdin, even one that lost its mind
                await self._process.wait()
                seconds = time.monotonic() - began
        except TimeoutError:
            killed = True
            self.kill()
            await self._process.wait()
            seconds = time.monotonic() - began
        except BaseException:
            reader.cancel()
            raise
        return Ended(seconds, killed, await self._said(reader))

    async def _said(self, reader: "asyncio.Task[int | None]") -> int | None:
        # What a process wrote before its end can still be read. Only a child of its own could keep the pipe open.
        done, _ = await asyncio.wait([reader], timeout=1.0)
        if not done:
            reader.cancel()
            await asyncio.wait([reader])
        return None if reader.cancelled() or reader.exception() is not None else reader.result()

    async def _last_words(self) -> int | None:
        """Read to the end, since a full pipe would keep the trainer from ending; the steps that `Stopped` names."""
        assert self._process.stdout is not None
        steps = None
        while True:
            with suppress(ValueError):  # a line that is too long, or no event
                line = await self._process.stdout.readline()
                if not line:
                    return steps
                event = wire.decode_from_trainer(line)
                if isinstance(event, wire.Stopped):
                    steps = event.steps

    async def _ended(self, patience: float = 5.0) -> int | None:
        try:
            async with asyncio.timeout(patience):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        return self._process.returncode
