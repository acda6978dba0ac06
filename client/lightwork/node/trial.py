"""One trial of this computer with a real trainer: how a check goes, step by step."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lightwork.disk.durable import FULL
from lightwork.domain.credit import training_operations
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import CheckStep, DeviceKind, PauseReason
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.devices import AUTO, Devices, choose
from lightwork.hardware.processor_load import ProcessorLoad
from lightwork.node.governor import limits_of
from lightwork.processes.priority import hasten, lower_priority
from lightwork.processes.trainer import TrainerGoneError, TrainerProcess
from lightwork.protocol import control
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Recipe, TokenType
from lightwork.protocol.memory import bytes_needed
from lightwork.protocol.model import GptjModel
from lightwork.settings.declared import COMPUTING_DEVICE, COMPUTING_MEMORY_SHARE, COMPUTING_THREADS
from lightwork.settings.store import Settings

E = TypeVar("E", bound=wire.Message)
Tell = Callable[..., Awaitable[None]]

_DAY = 86_400
_WARMUP_SECONDS, _MEASURED_SECONDS = 3.0, 10.0
# For everything from the trainer's start on: a check is promised to take less than a minute.
_TRAINER_SECONDS = 52.0
_END_SECONDS = 1.5
# With that much of the processor in others' use, a trainer that goes last may not come to its turn in time.
_OTHERS_SHARE = 0.5
_MEMORY = (Trouble.DEVICE_TOO_SMALL, Trouble.OUT_OF_MEMORY)

# For a processor: the practice project's model, which is what a computer without a graphics card begins with.
SMALL = GptjModel(vocab_size=256, n_positions=128, n_embd=128, n_layer=4, n_head=4, rotary_dim=32)
_SMALL_RECIPE = Recipe(sequence=128, batch=4, learning_rate=0.001, adamw_learning_rate=0.001)
_WIDE_RECIPE = Recipe(sequence=512, batch=32, learning_rate=0.001, adamw_learning_rate=0.001)
# A graphics card is busy with matrices from some hundred columns on, and with some sequences at once.
_SEQUENCES, _SHARE = 8, 0.75

log = logging.getLogger(__name__)


def _wide(width: int, layers: int) -> GptjModel:
    return GptjModel(vocab_size=8192, n_positions=512, n_embd=width, n_layer=layers, n_head=width // 64, rotary_dim=32)


# 168, 98, 34 and 7 million parameters.
WIDE = (_wide(1024, 12), _wide(768, 12), _wide(512, 8), _wide(256, 4))


def model_for(kind: DeviceKind, allowed: int) -> tuple[GptjModel, Recipe]:
    """The model to try a device with: the largest that leaves it room for several sequences at once."""
    if kind is DeviceKind.GPU:
        for model in WIDE:
            if bytes_needed(model, _WIDE_RECIPE, _SEQUENCES, on_cpu=False) <= _SHARE * allowed:
                return model, _WIDE_RECIPE
    return SMALL, _SMALL_RECIPE


@dataclass(slots=True)
class Findings:
    """What a check has found out so far."""

    device: DeviceStatus | None = None
    driver: str = ""
    runtime: str = ""
    allowed: int = 0
    parameters: int = 0
    tokens_per_second: float | None = None
    operations_per_day: int | None = None

    def take_speed(self, parameters: int, tokens_per_second: float, duty: float = 1.0) -> None:
        """What was measured, and what a whole day of it comes to with so much rest."""
        self.parameters, self.tokens_per_second = parameters, tokens_per_second
        self.operations_per_day = training_operations(parameters, round(tokens_per_second * _DAY * duty))

    @property
    def allowed_text(self) -> str:
        """Its memory for a step's detail: numbers and units, the same in every language."""
        return f"{self.allowed / 1e9:.1f} GB" if self.allowed else ""

    @property
    def speed_text(self) -> str:
        """The same of its speed."""
        speed = training_operations(self.parameters, 1) * (self.tokens_per_second or 0.0)
        return f"{speed / 1e12:.1f} TFLOPS" if speed >= 1e12 else f"{speed / 1e9:.1f} GFLOPS"

    def report(self, seconds: float) -> control.CheckReport:
        """As the asker gets it."""
        return control.CheckReport(
            device=self.device,
            driver=self.driver,
            runtime=self.runtime,
            allowed=self.allowed,
            parameters=self.parameters,
            tokens_per_second=self.tokens_per_second,
            operations_per_day=self.operations_per_day,
            seconds=seconds,
        )


async def look_at_device(
    devices: Devices, settings: Settings, findings: Findings, wanted: str | None = None
) -> tuple[bool, str]:
    """Find the device that trains and its driver. Returns whether it is the one that was meant, and the step's detail.

    Where a graphics card cannot be used, the processor takes its place, and the detail says why.
    """
    found = await asyncio.to_thread(devices.read)
    passed, detail = True, ""
    try:
        device = choose(found, wanted or settings[COMPUTING_DEVICE])
    except LightworkError as error:
        passed, detail = False, error.trouble.value
        try:
            device = choose([one for one in found if one.kind is DeviceKind.CPU], AUTO)
        except LightworkError:
            return passed, detail
    await take_device(devices, settings, findings, device)
    return passed, detail or _said_of(device, findings.driver, found)


async def take_device(devices: Devices, settings: Settings, findings: Findings, device: DeviceStatus) -> None:
    """This one is tried."""
    findings.device = device
    findings.allowed = int(device.memory_total * settings[COMPUTING_MEMORY_SHARE])
    findings.driver = await asyncio.to_thread(devices.driver, device.id)


def _said_of(device: DeviceStatus, driver: str, found: Sequence[DeviceStatus]) -> str:
    parts = [f"{device.name}, driver {driver}" if driver else device.name]
    if device.kind is DeviceKind.CPU:
        parts += [f"{one.name}: {one.note}" for one in found if one.kind is DeviceKind.GPU and one.note]
    return "; ".join(parts)


class Trial:
    """Finds out what it can, and tells of each step how it went. `run` may be cancelled at any time."""

    def __init__(
        self,
        folder: Path,
        devices: Devices,
        settings: Settings,
        findings: Findings,
        tell: Tell,
        *,
        trainer: Sequence[str] | None = None,
    ) -> None:
        self._folder = folder
        self._devices = devices
        self._settings = settings
        self._findings = findings
        self._tell = tell
        self._trainer = trainer
        self._step: CheckStep | None = None
        self._failed: set[CheckStep] = set()
        self._others: float | None = None  # share of the processor that others used, when it was ended early
        self.process: int | None = None  # the trainer's, while it runs
        self.training: tuple[str, int] | None = None  # its device and process, once it has taken memory there

    async def run(self, reason_to_pause: Callable[[], str]) -> None:
        """Everything. `reason_to_pause` is empty if there is none; else no trainer is started."""
        await self._begin(CheckStep.DEVICE)
        passed, detail = await look_at_device(self._devices, self._settings, self._findings)
        await (self._pass(detail) if passed else self.fail(detail))
        if self._findings.device is None:
            return
        await self._begin(CheckStep.RUNTIME)
        if reason := reason_to_pause():
            await self.fail(reason)
            return
        try:
            async with asyncio.timeout(_TRAINER_SECONDS):
                await self._try(self._findings.device)
        except OSError as error:  # the time ran out (TimeoutError is one), or the folder cannot be written
            log.warning("check: %r", error)
            await self.fail(self._why_failed(error))

    def _why_failed(self, error: OSError) -> str:
        if error.errno in FULL:
            return Trouble.DISK_FULL.value
        late = isinstance(error, TimeoutError) and self._others is not None and self._others >= _OTHERS_SHARE
        return PauseReason.PROCESSOR_BUSY.value if late else ""

    async def fail(self, detail: str = "") -> None:
        """The step under way has failed: a trouble, a reason to pause, or nothing that has a name."""
        step, self._step = self._step, None
        if step is not None and step not in self._failed:
            self._failed.add(step)
            await self._tell(step, False, detail)

    async def _begin(self, step: CheckStep) -> None:
        self._step = step
        if step not in self._failed:
            await self._tell(step, None)

    async def _pass(self, detail: str) -> None:
        step, self._step = self._step, None
        if step is not None and step not in self._failed:
            await self._tell(step, True, detail)

    async def _try(self, device: DeviceStatus) -> None:
        try:
            await self._train(device)
        except LightworkError as error:
            log.warning("check: %s", error)
            if self._step is CheckStep.RUNTIME and error.trouble in _MEMORY:  # there is one, for it has counted
                await self._pass("")
                await self._begin(CheckStep.MEMORY)
            await self.fail(error.trouble.value)
            if error.trouble is not Trouble.DEVICE_LOST or device.kind is DeviceKind.CPU:
                return
            processor = choose(await asyncio.to_thread(self._devices.read), "cpu")
            await take_device(self._devices, self._settings, self._findings, processor)
            await self._begin(CheckStep.RUNTIME)
            await self._try(processor)

    async def _train(self, device: DeviceStatus) -> None:
        """Raises LightworkError for what keeps this device from training."""
        findings = self._findings
        model, recipe = model_for(device.kind, findings.allowed)
        async with self._running_trainer(device) as process:
            orders = wire.Configure(
                project="check",
                model=model,
                recipe=recipe,
                token_type=TokenType.UINT16,
                device=device.id,
                threads=self._settings[COMPUTING_THREADS] or max(1, (os.cpu_count() or 2) // 2),  # as a session's
                memory=findings.allowed,
                folder=str(self._folder / "trainer"),
            )
            started = await _ask(process, orders, wire.Started)
            findings.runtime = started.runtime
            await self._pass(started.runtime.partition(",")[0])
            await self._begin(CheckStep.MEMORY)
            await _ask(process, wire.Measure(), wire.Measured)
            self.training = device.id, process.pid
            await self._pass(findings.allowed_text)
            await self._begin(CheckStep.SPEED)
            command = wire.Measure(warmup_seconds=_WARMUP_SECONDS, seconds=_MEASURED_SECONDS)
            measured = await _ask(process, command, wire.Measured)
        findings.take_speed(model.parameters, measured.tokens / measured.seconds, limits_of(self._settings).duty)
        await self._pass(findings.speed_text)

    @asynccontextmanager
    async def _running_trainer(self, device: DeviceStatus) -> AsyncIterator[TrainerProcess]:
        """A trainer in a folder of its own. When this ends, however it does, both are gone."""
        await _certainly(asyncio.to_thread(self._clean))  # of a node that was killed
        log_file = self._folder / "trainer.log"
        process: TrainerProcess | None = None
        load, ours = ProcessorLoad(), {os.getpid()}
        try:
            process = await TrainerProcess.start(log_file, command=self._trainer)
            self.process = process.pid
            ours = {os.getpid(), process.pid}
            load.read(ours)
            lower_priority(process.pid)
            yield process
        except asyncio.CancelledError:
            self._others = load.read(ours)  # before its end, after which its use could not be told from others'
            raise
        except (TrainerGoneError, LightworkError) as error:
            log.info("the check's trainer said: %s", _end_of(log_file))
            if isinstance(error, TrainerGoneError):
                raise LightworkError(Trouble.TRAINER_FAILED, f"status {error.status}") from None
            raise
        finally:
            await _certainly(self._end(process))

    async def _end(self, process: TrainerProcess | None) -> None:
        if process is not None and process.running:
            # At the priority at which it trains it could not give its memory back on a busy computer.
            hurry = asyncio.ensure_future(asyncio.to_thread(hasten, process.pid))
            await process.stop(_END_SECONDS)
            await hurry
        self.process = self.training = None
        await asyncio.to_thread(self._clean)

    def _clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


async def _certainly(ending: Awaitable[None]) -> None:
    """Wait for it, however often the waiting is cancelled meanwhile; a cancellation goes on after that."""
    task, cancelled = asyncio.ensure_future(ending), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def _ask(process: TrainerProcess, command: wire.ToTrainer, kind: type[E]) -> E:
    """Send a command and wait for its answer. Raises TrainerGoneError, or the trouble that the trainer ends with."""
    await process.send(command)
    while True:
        event = await process.receive()
        if isinstance(event, kind):
            return event
        if isinstance(event, wire.Failed) and event.fatal:
            raise LightworkError(event.trouble, event.detail)


def _end_of(file: Path, most: int = 2000) -> str:
    with suppress(OSError):
        return file.read_text(errors="replace")[-most:].strip()
    return ""
