"""NVIDIA's cards, by NVML through nvidia-ml-py, wherever NVIDIA's driver has put that library."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.nvidia_users import NvidiaUsers, memory_of
from lightwork.hardware.source import Board, ProcessCounters, gpu_status
from lightwork.hardware.users import ProcessUse, combined

MAKER = "NVIDIA"
LIBRARY = "libnvidia-ml.so.1"
# Opening NVML may start nvidia-modprobe; a computer without a driver is not asked at every poll.
ABSENT_RETRY_SECONDS = 60.0


class NvidiaSource:
    """NVIDIA's cards, "cuda:N" to torch. A value that one card does not tell (NVMLError) is None.

    NVML counts by PCI address; CUDA does so only with CUDA_DEVICE_ORDER=PCI_BUS_ID in its environment and without
    CUDA_VISIBLE_DEVICES, so a trainer that is to use one of these ids must be started that way.
    """

    name = "NVML"

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        counters: ProcessCounters | None = None,
    ) -> None:
        """`counters`: Windows' own, for what NVML does not tell there."""
        self._clock = clock
        self._nvml: Any = None  # the module, once it is initialised; it carries no types
        self._not_before = 0.0
        self._users = NvidiaUsers(clock, wall)
        self._counters = counters

    def read(self) -> list[DeviceStatus]:
        """Every card that the driver counts, also one that has stopped answering. Raises NVMLError, see `Devices`."""
        nvml = self._opened()
        if nvml is None:
            return []
        try:
            return [_status(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
        except nvml.NVMLError:
            self.close()  # a driver was updated or unloaded, say: the next read starts over
            raise

    def users(self, device: str) -> list[ProcessUse] | None:
        """Who computes and who draws on a card; see `NvidiaUsers`. Raises NVMLError."""
        nvml = self._opened()
        if nvml is None:
            return None
        handle = nvml.nvmlDeviceGetHandleByIndex(_index(device))
        uses = self._users.read(nvml, handle, device)
        if uses is None or self._counters is None:
            return uses
        return combined(uses, self._counters.users(MAKER, nvml.nvmlDeviceGetName(handle)) or ())

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of the card that the process holds. Raises NVMLError."""
        nvml = self._opened()
        if nvml is None:
            return None
        handle = nvml.nvmlDeviceGetHandleByIndex(_index(device))
        held = memory_of(nvml, handle, process)
        if held is None and self._counters is not None:
            held = self._counters.held_by(MAKER, nvml.nvmlDeviceGetName(handle), process)
        return held

    def driver(self, device: str) -> str:
        """One driver drives all cards: "560.35.03". Raises NVMLError."""
        nvml = self._opened()
        return "" if nvml is None else str(nvml.nvmlSystemGetDriverVersion())

    def board(self, device: str) -> Board | None:
        """The card's power limit; None if it has none that could be set. Raises NVMLError for a card that is gone."""
        nvml = self._opened()
        if nvml is None:
            return None
        handle = nvml.nvmlDeviceGetHandleByIndex(_index(device))
        try:
            lowest, highest = nvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)
            limit = nvml.nvmlDeviceGetPowerManagementLimit(handle)
            return Board(nvml.nvmlDeviceGetUUID(handle), limit, lowest, highest)
        except (nvml.NVMLError_NotSupported, nvml.NVMLError_NoPermission, nvml.NVMLError_FunctionNotFound):
            return None

    def set_power(self, device: str, milliwatts: int) -> bool:
        """Set the card's limit. False if this process may not, or the card cannot. Raises NVMLError else."""
        nvml = self._opened()
        if nvml is None:
            return False
        handle = nvml.nvmlDeviceGetHandleByIndex(_index(device))
        try:
            nvml.nvmlDeviceSetPowerManagementLimit(handle, milliwatts)
        except (
            nvml.NVMLError_NotSupported,
            nvml.NVMLError_NoPermission,
            nvml.NVMLError_FunctionNotFound,
            nvml.NVMLError_InvalidArgument,
        ):
            return False
        return True

    def close(self) -> None:
        """Let go of the driver, so that it can be unloaded or updated."""
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            with contextlib.suppress(nvml.NVMLError):  # it may have gone already
                nvml.nvmlShutdown()

    def _opened(self) -> Any:
        if self._nvml is None and self._clock() >= self._not_before:
            if not library_present():
                self._not_before = self._clock() + ABSENT_RETRY_SECONDS
                return None
            import pynvml  # noqa: PLC0415  25 ms and 3.5 MB that a computer without NVIDIA does not pay

            try:
                pynvml.nvmlInit()
            except pynvml.NVMLError as error:
                if error.value in {
                    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND,
                    pynvml.NVML_ERROR_DRIVER_NOT_LOADED,
                    pynvml.NVML_ERROR_GPU_NOT_FOUND,
                    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,  # too old to have nvmlInitWithFlags
                }:
                    self._not_before = self._clock() + ABSENT_RETRY_SECONDS
                    return None
                raise
            self._nvml = pynvml
        return self._nvml


def library_present() -> bool:
    """Whether there is an NVML to load, at the places where nvidia-ml-py looks for it."""
    if sys.platform == "win32":
        system = Path(os.environ.get("WINDIR", "C:/Windows"))
        programs = Path(os.environ.get("ProgramFiles", "C:/Program Files"))  # noqa: SIM112  its name on Windows
        places = (system / "System32" / "nvml.dll", programs / "NVIDIA Corporation" / "NVSMI" / "nvml.dll")
        present = any(place.exists() for place in places)
    else:
        try:
            present = bool(ctypes.CDLL(LIBRARY)._handle)
        except OSError:
            present = False
    return present


def _index(device: str) -> int:
    return int(device.partition(":")[2])


def _status(nvml: Any, index: int) -> DeviceStatus:
    device = f"cuda:{index}"
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
    except nvml.NVMLError as error:
        return gpu_status(
            device, name="NVIDIA graphics card", maker=MAKER, memory_total=None, note=f"It does not answer: {error}."
        )
    card = _Card(nvml, handle)
    total, used = card.memory()
    return gpu_status(
        device,
        name=card.ask(nvml.nvmlDeviceGetName) or "NVIDIA graphics card",
        maker=MAKER,
        memory_total=total,
        memory_used=used,
        load=card.load(),
        celsius=card.celsius(),
        watts=card.watts(),
        note=f"It does not answer: {card.lost}." if card.lost else "",
    )


class _Card:
    """Questions to one card. `lost` says why it can no longer compute, after a question has shown it."""

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml = nvml
        self._handle = handle
        self.lost = ""

    def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """The answer, or None where the card or the driver has none."""
        try:
            return question(self._handle, *arguments)
        except self._nvml.NVMLError as error:
            self._notice(error)
            return None

    def _notice(self, error: Any) -> None:
        if error.value in {self._nvml.NVML_ERROR_GPU_IS_LOST, self._nvml.NVML_ERROR_RESET_REQUIRED}:
            self.lost = str(error)

    def memory(self) -> tuple[int | None, int | None]:
        """Bytes, total and used."""
        try:
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle)
        except self._nvml.NVMLError_NotSupported:
            # Chips that share the computer's memory (GB10, Jetson) have none of their own to report.
            shared = psutil.virtual_memory()
            return shared.total, shared.total - shared.available
        except self._nvml.NVMLError as error:
            self._notice(error)
            return None, None
        return int(memory.total), int(memory.used)

    def load(self) -> float | None:
        """Share of the last sample period (a sixth of a second to a second) in which a kernel ran, 0..1."""
        rates = self.ask(self._nvml.nvmlDeviceGetUtilizationRates)
        return None if rates is None else rates.gpu / 100

    def celsius(self) -> float | None:
        """Of the chip. NVML is to lose the plain call, and older drivers lack its successor: whichever there is."""
        for name in ("nvmlDeviceGetTemperature", "nvmlDeviceGetTemperatureV"):
            question = getattr(self._nvml, name, None)
            degrees = question and self.ask(question, self._nvml.NVML_TEMPERATURE_GPU)
            if degrees is not None:
                return float(degrees)
        return None

    def watts(self) -> float | None:
        """Of the whole board; NVML counts milliwatts."""
        milliwatts = self.ask(self._nvml.nvmlDeviceGetPowerUsage)
        return None if milliwatts is None else milliwatts / 1000
