"""Trying out how well this computer trains, before anything is asked of anybody: device, runtime, memory, speed.

A check starts a trainer of its own on a model of random weights, in a folder that goes again. There is never a second
trainer: a session that begins ends the check, and while a session runs the check only tells what that one shows. Nor
does it run while there is a reason to pause.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from lightwork.domain.states import CheckStep, PauseReason
from lightwork.domain.status import NodeStatus, Pause
from lightwork.hardware.devices import Devices
from lightwork.node.control import Say
from lightwork.node.trial import Findings, Tell, Trial, look_at_device
from lightwork.protocol import control as wire
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

# Nothing is sent, so what the network costs is no reason.
_PASSED_OVER = frozenset({PauseReason.METERED, PauseReason.DATA_DAY, PauseReason.DATA_MONTH})


class Checking:
    """One check at a time. `changed` is called when one begins and when it ends."""

    def __init__(
        self,
        places: Places,
        devices: Devices,
        *,
        settings: Callable[[], Settings],
        status: Callable[[], NodeStatus],
        idle: Callable[[], bool],
        pauses: Callable[[], Sequence[Pause]],
        changed: Callable[[], None] = lambda: None,
        trainer: Sequence[str] | None = None,
    ) -> None:
        """`idle`: no session runs. `pauses`: the reasons to pause that hold. `trainer`: how one is started."""
        self._folder = places.home / "check"
        self._devices = devices
        self._settings = settings
        self._status = status
        self._idle = idle
        self._pauses = pauses
        self._changed = changed
        self._trainer = trainer
        self._turn = asyncio.Lock()
        self._trial: Trial | None = None
        self._work: asyncio.Task[None] | None = None
        self._why = ""

    @property
    def running(self) -> bool:
        """Whether a check is under way."""
        return self._work is not None

    @property
    def process(self) -> int | None:
        """The check's trainer while it runs."""
        return None if self._trial is None else self._trial.process

    @property
    def training(self) -> tuple[str, int] | None:
        """Its device and process, once it has taken memory there."""
        return None if self._trial is None else self._trial.training

    async def check(self, number: int, say: Say) -> wire.CheckReport:
        """Answer the `Check` with this id. Cancelled, it returns when the trainer has ended."""

        async def tell(step: CheckStep, passed: bool | None, detail: str = "") -> None:
            await say(wire.Checked(id=number, step=step, passed=passed, detail=detail))

        async with self._turn:
            began = time.monotonic()
            findings = Findings()
            if self._idle():
                await self._try(findings, tell)
            else:
                await self._report_session(findings, tell)
            return findings.report(time.monotonic() - began)

    async def end(self, why: str = "") -> None:
        """End the check that runs, if one does; `why` is said of its step. Returns when its memory is free."""
        if self._work is not None:
            self._why = why
            self._work.cancel()
            await asyncio.wait([self._work])

    def paused(self, pauses: Sequence[Pause]) -> None:
        """These reasons to pause hold now: a check that runs ends."""
        reason = _first(pauses)
        if self._work is not None and reason and not self._why:
            self._why = reason
            self._work.cancel()

    async def _try(self, findings: Findings, tell: Tell) -> None:
        trial = Trial(self._folder, self._devices, self._settings(), findings, tell, trainer=self._trainer)
        self._trial, self._why = trial, ""
        self._work = work = asyncio.ensure_future(trial.run(lambda: _first(self._pauses())))
        self._changed()
        try:
            await asyncio.wait([work])
        finally:
            work.cancel()
            while not work.done():  # however often the one who asks is cancelled, the trainer is to end first
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            self._trial = self._work = None
            self._changed()
        if work.cancelled():
            await trial.fail(self._why)
        else:
            work.result()

    async def _report_session(self, findings: Findings, tell: Tell) -> None:
        """What the running session shows."""
        status = self._status()
        training, project = status.training, status.project
        await tell(CheckStep.DEVICE, None)
        wanted = training.device or None
        await tell(CheckStep.DEVICE, *await look_at_device(self._devices, self._settings(), findings, wanted))
        await tell(CheckStep.RUNTIME, training.process is not None)
        await tell(CheckStep.MEMORY, findings.allowed > 0, findings.allowed_text)
        speed = training.tokens_per_second
        if project is None or speed <= 0 or not project.parameters:
            await tell(CheckStep.SPEED, False)
            return
        findings.take_speed(project.parameters, speed)  # as measured, so with all rests
        await tell(CheckStep.SPEED, True, findings.speed_text)


def _first(pauses: Sequence[Pause]) -> str:
    """The first reason that keeps from checking; empty if there is none."""
    return next((pause.reason.value for pause in pauses if pause.reason not in _PASSED_OVER), "")
