"""The devices as pausing sees them: who else uses a graphics card, how hot it is, and what a trainer holds."""

import os
import time
from collections.abc import Callable, Iterable

import psutil

from lightwork.activity.readings import GpuUse
from lightwork.activity.sensor import NotAvailableError, Pace, Polled, Sensor
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.devices import Devices, choose
from lightwork.hardware.processor_load import ProcessorLoad, own_memory
from lightwork.hardware.users import ProcessUse

# A process that draws the desktop always uses a little; only from here on is it named as one that uses the card.
_LOAD_WORTH_NAMING = 0.05
_REMEMBERED_SECONDS = 60.0


class DeviceWatch:
    """Reads devices. Calls block for milliseconds: make them from a thread.

    `ours` gives the processes whose use is our own: this node, its trainer, its practice host. `trainer` gives the
    trainer's process, `training` device and process of one that holds memory there.
    """

    def __init__(
        self,
        devices: Devices,
        ours: Callable[[], Iterable[int]],
        wanted: Callable[[], str],
        *,
        trainer: Callable[[], int | None] = lambda: None,
        training: Callable[[], tuple[str, int] | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._trainer = trainer
        self._training = training
        self._told: dict[str, tuple[float, GpuUse]] = {}
        self._ours = ours
        self._wanted = wanted
        self._load = ProcessorLoad()
        self._names: dict[int, str] = {}
        self._looks = 0

    def sensors(self, pace: Pace) -> list[Sensor]:
        """What of it counts for pausing."""
        return [
            Polled("gpus", self.gpu_uses, pace, busy=1.0, idle=5.0),
            Polled("celsius", self.celsius, pace, busy=5.0),
            Polled("others_load", self.others_load, pace, busy=5.0),
            Polled("trainer_memory", self.trainer_memory, pace, busy=2.0, instant=True),
        ]

    def candidates(self) -> list[DeviceStatus]:
        """The devices that may train, by the person's wish: all usable graphics cards, or the one that they chose."""
        found = self._devices.read()
        try:
            best = choose(found, self._wanted())
        except LightworkError:
            return []
        if self._wanted() != "auto" or best.kind is DeviceKind.CPU:
            return [best]
        return [device for device in found if device.usable and device.kind is DeviceKind.GPU]

    def gpu_uses(self) -> tuple[GpuUse, ...]:
        """Others' use of every graphics card that tells. Raises NotAvailableError where none does."""
        cards = [device for device in self._devices.read() if device.kind is DeviceKind.GPU]
        if not cards:
            raise NotAvailableError("there is no graphics card that can be asked")
        ours = {os.getpid(), *self._ours()}
        self._looks += 1
        for card in cards:
            users = self._devices.users(card.id)
            if users and self._training() in [(card.id, process) for process in ours] and not _listed(users, ours):
                # In a container, say: our own trainer would be taken for another program, and pause itself.
                raise NotAvailableError("the driver knows processes by other numbers than this system")
            if users is not None:
                self._told[card.id] = (self._clock(), self._use(card, users, ours))
        # A driver that does not answer once is no evidence that a game has ended.
        recent = self._clock() - _REMEMBERED_SECONDS
        uses = tuple(self._told[card.id][1] for card in cards if self._told.get(card.id, (recent,))[0] > recent)
        if not uses:
            raise NotAvailableError("the graphics card does not tell who uses it")
        return uses

    def _use(self, card: DeviceStatus, users: list[ProcessUse], ours: set[int]) -> GpuUse:
        others = [user for user in users if user.process not in ours]
        loads = [user.load for user in others if user.load is not None]
        known = [user.memory for user in others if user.memory is not None]
        busiest = max(others, key=lambda user: (user.load or 0.0, user.memory or 0), default=None)
        return GpuUse(
            device=card.id,
            load=min(1.0, sum(loads)) if loads or not others else None,
            memory=sum(known) if known or not others else None,
            memory_total=card.memory_total or None,
            program=self._name(busiest.process) if busiest is not None else "",
            processes=tuple(sorted(u.process for u in others if (u.load or 0.0) >= _LOAD_WORTH_NAMING)),
            look=self._looks,
        )

    def _name(self, process: int) -> str:
        if process not in self._names:
            if len(self._names) > 1000:  # a day has many processes
                self._names.clear()
            try:
                self._names[process] = psutil.Process(process).name()
            except psutil.Error:
                return ""
        return self._names[process]

    def celsius(self) -> float:
        """Of the hottest device that may train. Raises NotAvailableError where none tells."""
        told = [device.celsius for device in self.candidates() if device.celsius is not None]
        if not told:
            raise NotAvailableError("the device does not tell its heat")
        return max(told)

    def others_load(self) -> float | None:
        """The share of the processor that other programs use; None at the first reading."""
        return self._load.read({os.getpid(), *self._ours()})

    def trainer_memory(self) -> int | None:
        """Bytes of main memory that ending the trainer would give back; None while there is none."""
        process = self._trainer()
        return None if process is None else own_memory(process) or None

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of the device's memory that the process holds; 0 after its end, None where that cannot be told."""
        return self._devices.held_by(device, process)


def _listed(users: list[ProcessUse], ours: set[int]) -> bool:
    return any(user.process in ours for user in users)
