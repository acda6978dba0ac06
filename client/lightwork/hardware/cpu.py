"""The processor: always there. By psutil; name and power by each system."""

import contextlib
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.processor_load import own_memory
from lightwork.hardware.sysfs import SYSFS, EnergyMeter, read_number, read_text
from lightwork.hardware.users import ProcessUse

PROC = Path("/proc")
# Chips whose temperature is the processor's: Intel, AMD (two drivers), ARM boards (two spellings).
TEMPERATURE_CHIPS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal")
MAKERS = ("Intel", "AMD", "Apple", "Qualcomm", "Ampere")
IDLE_TIMES = ("idle", "iowait")


class CpuSource:
    """One device, "cpu", whose memory is the computer's."""

    name = "processor"

    def __init__(self, sysfs: Path = SYSFS, proc: Path = PROC, clock: Callable[[], float] = time.monotonic) -> None:
        self._sysfs = sysfs
        self._proc = proc
        self._meter = EnergyMeter(clock)
        self._name = ""
        # psutil.cpu_percent keeps its last reading by thread; reads may come from a pool of threads.
        self._times: dict[str, float] = {}

    def read(self) -> list[DeviceStatus]:
        """The processor. Load and power are means since the last read, and None at the first."""
        self._name = self._name or processor_name(self._proc)
        before, self._times = self._times, _busy_counters()
        memory = psutil.virtual_memory()
        return [
            DeviceStatus(
                id="cpu",
                kind=DeviceKind.CPU,
                name=self._name,
                maker=next((maker for maker in MAKERS if maker.lower() in self._name.lower()), ""),
                memory_total=memory.total,
                memory_used=memory.total - memory.available,
                load=busy_share(before, self._times),
                celsius=_celsius(),
                watts=self._watts(),
            )
        ]

    def users(self, device: str) -> list[ProcessUse] | None:
        """Every process uses the processor; how much others use is `ProcessorLoad`'s to say."""
        return None

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of main memory that the end of the process gives back."""
        return own_memory(process)

    def close(self) -> None:
        """Nothing is held."""

    def _watts(self) -> float | None:
        """Of all processor packages, by RAPL, which AMD has too. Most systems let only the administrator read it."""
        packages = sorted((self._sysfs / "class" / "powercap").glob("intel-rapl:[0-9]"))
        watts = [self._meter.watts(path.name, read_number(path / "energy_uj")) for path in packages]
        known = [value for value in watts if value is not None]
        return sum(known) if known else None


def _busy_counters() -> dict[str, float]:
    times = psutil.cpu_times()._asdict()
    # Linux counts guests' time in user time as well.
    return {name: seconds for name, seconds in times.items() if name not in {"guest", "guest_nice"}}


def busy_share(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """Share of all processors' time that was not idle between two readings of seconds by use; None without a span."""
    if not before:
        return None
    spent = {name: max(seconds - before.get(name, 0.0), 0.0) for name, seconds in after.items()}
    total = sum(spent.values())
    if total <= 0:
        return None
    return min(max(1 - sum(spent.get(name, 0.0) for name in IDLE_TIMES) / total, 0.0), 1.0)


def _celsius() -> float | None:
    sensors = getattr(psutil, "sensors_temperatures", None)  # Linux and FreeBSD only
    return None if sensors is None else hottest(sensors())


def hottest(chips: Mapping[str, Sequence[Any]]) -> float | None:
    """The highest reading of the first chip that belongs to the processor; `chips` as psutil gives them."""
    for chip in TEMPERATURE_CHIPS:
        degrees = [
            float(sensor.current) for sensor in chips.get(chip, ()) if sensor.current and 0 < sensor.current < 150
        ]
        if degrees:
            return max(degrees)
    return None


def processor_name(proc: Path = PROC) -> str:
    """What the processor calls itself; its architecture if it does not say."""
    if sys.platform == "win32":
        name = _windows_name()
    elif sys.platform == "darwin":
        name = _apple_name()
    else:
        name = linux_name(read_text(proc / "cpuinfo") or "")
    return " ".join(name.split()) or platform.processor() or platform.machine() or "CPU"


def linux_name(cpuinfo: str) -> str:
    """From /proc/cpuinfo: the model on x86; the board or chip on ARM, whose kernel names no model."""
    for field in ("model name", "Model", "Hardware", "cpu model"):
        found = re.search(rf"^{field}\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
        if found:
            return found[1]
    return ""


def _windows_name() -> str:
    if sys.platform == "win32":  # asked again, so that type checkers elsewhere pass over it
        import winreg  # noqa: PLC0415  Windows only

        place = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    return ""


def _apple_name() -> str:
    from lightwork.hardware.apple import run_tool  # noqa: PLC0415  macOS only

    return run_tool(Path("/usr/sbin/sysctl"), "-n", "machdep.cpu.brand_string").decode(errors="replace")
