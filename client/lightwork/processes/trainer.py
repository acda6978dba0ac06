"""A trainer as seen by whoever started it: commands in, events out, and an end that always comes."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
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
                    # Devices are numbered as the driver numbers them, so that "cuda:1" is the card that was chosen.
                    env={**os.environ, "CUDA_DEVICE_ORDER": "PCI_BUS_ID", **(environment or {})},
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

    async def stop(self, patience: float = 2.0) -> None:
        """Ask it to save and end; after `patience` seconds kill it. Returns when the process is gone."""
        if self.running:
            with suppress(TrainerGoneError):
                await self.send(wire.Stop())
            assert self._process.stdin is not None
            self._process.stdin.close()  # a trainer ends with its stdin, even one that lost its mind
            reader = asyncio.ensure_future(self._drain())
            try:
                async with asyncio.timeout(patience):
                    await self._process.wait()
            except TimeoutError:
                self.kill()
                await self._process.wait()
            finally:
                reader.cancel()
                with suppress(asyncio.CancelledError):
                    await reader

    async def _drain(self) -> None:
        # A full pipe would keep the trainer from ending.
        assert self._process.stdout is not None
        while await self._process.stdout.read(1 << 16):
            pass

    async def _ended(self, patience: float = 5.0) -> int | None:
        try:
            async with asyncio.timeout(patience):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        return self._process.returncode
