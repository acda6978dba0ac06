"""The held-out loss of each version, measured by a trainer process beside the host. It never holds a round up.

When it falls behind it goes on with the newest version; version 0 is always measured, so that there is something to
compare with.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lightwork.codec.weights import Vector, write_weights
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import LossPoint
from lightwork.host.project import Project, discard
from lightwork.host.records import rounds
from lightwork.host.whole import whole
from lightwork.processes.priority import hasten, lower_priority, steps_back
from lightwork.processes.trainer import TrainerProcess
from lightwork.protocol import trainer as wire

_START_SECONDS = 600.0  # to load the runtime, or the weights
_MEASURE_SECONDS = 3600.0
_FIRST_PAUSE = 1.0  # after a failure; doubles
_LONGEST_PAUSE = 300.0

E = TypeVar("E", wire.Started, wire.Ready, wire.Evaluated)

log = logging.getLogger(__name__)


class _MeasuringError(Exception):
    """The trainer said that it cannot."""


@dataclass(frozen=True, eq=False)
class _Target:
    version: int
    digest: str
    weights: Vector


class Evaluator:
    """Measures one version after the other. `on_loss` is called after each result that was recorded."""

    def __init__(
        self, project: Project, on_loss: Callable[[], Awaitable[None]], command: Sequence[str] | None = None
    ) -> None:
        self._project = project
        self._on_loss = on_loss
        self._command = command
        self._trainer: TrainerProcess | None = None
        self._woken = asyncio.Event()
        self._work = project.folder.work / "evaluation"

    def wake(self) -> None:
        """There is a new version."""
        self._woken.set()

    async def run(self) -> None:
        """Measure until cancelled; returns only if there is no training runtime."""
        pause = _FIRST_PAUSE
        try:
            while True:
                try:
                    await self._measure(await self._next())
                    pause = _FIRST_PAUSE
                except Exception as error:
                    # Whatever it was, the host must not suffer from it.
                    if isinstance(error, LightworkError) and error.trouble is Trouble.RUNTIME_MISSING:
                        log.warning("held-out loss is not measured: %s", error.detail or error.trouble)
                        return
                    log.warning("measuring failed, next try in %.0f s: %r", pause, error)
                    await self._end(patience=0.0)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            await self._end(patience=2.0)

    async def _next(self) -> _Target:
        """The version to measure next; waits while there is none."""
        database = self._project.database
        if not await database.read(rounds.has_loss, 0):
            _, weights = await self._project.first_weights()
            return _Target(0, self._project.manifest.weights_digest, weights)
        while True:
            self._woken.clear()
            standing = self._project.standing
            if not await database.read(rounds.has_loss, standing.version):
                return _Target(standing.version, standing.digest, standing.weights)
            await self._woken.wait()

    async def _measure(self, target: _Target) -> None:
        trainer = self._trainer = self._trainer or await self._start()
        path = self._work / f"version-{target.version}.safetensors"
        try:
            await asyncio.to_thread(write_weights, path, target.weights, self._project.layout)
            await trainer.send(wire.Load(version=target.version, digest=target.digest, files=(str(path),)))
            await self._expect(trainer, wire.Ready, _START_SECONDS)
        finally:
            discard(path)
        files = [
            str(await self._project.local_file(file, f"held_out/{file.sha256}"))
            for file in self._project.manifest.held_out
        ]
        await trainer.send(wire.Evaluate(files=tuple(files)))
        found = await self._expect(trainer, wire.Evaluated, _MEASURE_SECONDS)
        if found.base != target.version:
            raise _MeasuringError(f"version {found.base} was measured in place of {target.version}")
        point = LossPoint(version=target.version, loss=found.loss)
        await self._project.database.write(rounds.add_loss, point, found.tokens)
        await self._on_loss()

    async def _start(self) -> TrainerProcess:
        # A folder of its own, and empty: what another run has left there must not become this one's weights.
        await asyncio.to_thread(_empty, self._work)
        manifest, settings = self._project.manifest, self._project.settings
        trainer = await whole(self._launch())
        await trainer.send(
            wire.Configure(
                project=manifest.project,
                model=manifest.model,
                recipe=manifest.recipe,
                token_type=manifest.tokenizer.token_type,
                device=settings.evaluation_device,
                threads=settings.evaluation_threads,
                memory=settings.evaluation_memory,
                folder=str(self._work / "trainer"),
            )
        )
        await self._expect(trainer, wire.Started, _START_SECONDS)
        return trainer

    async def _launch(self) -> TrainerProcess:
        log_file = self._project.folder.work / "evaluation.log"
        self._trainer = await TrainerProcess.start(log_file, command=self._command)
        if steps_back():  # a practice host on a volunteer's computer; its evaluator must not come to the front
            lower_priority(self._trainer.pid)
        return self._trainer

    async def _expect(self, trainer: TrainerProcess, kind: type[E], seconds: float) -> E:
        """The next event of that kind. Raises RUNTIME_MISSING, and what makes `run` begin anew."""
        async with asyncio.timeout(seconds):
            while True:
                event = await trainer.receive()
                if isinstance(event, kind):
                    return event
                if isinstance(event, wire.Failed):
                    if event.trouble is Trouble.RUNTIME_MISSING:
                        raise LightworkError(event.trouble, event.detail)
                    raise _MeasuringError(f"{event.trouble}: {event.detail}")

    async def _end(self, patience: float) -> None:
        trainer, self._trainer = self._trainer, None
        if trainer is not None:
            await whole(_ended(trainer, patience))


async def _ended(trainer: TrainerProcess, patience: float) -> None:
    if steps_back():
        await asyncio.to_thread(hasten, trainer.pid)
    if patience == 0.0:
        trainer.kill()
    await trainer.stop(patience)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "trainer").mkdir(parents=True)
