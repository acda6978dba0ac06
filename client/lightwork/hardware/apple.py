"""Apple's graphics: system_profiler names them, ioreg tells their load. They share the computer's memory."""

import json
import logging
import platform
import plistlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import psutil

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.source import gpu_status

TOOLS = Path("/usr/sbin")
MAKER = "Apple"
TOOL_SECONDS = 20.0  # system_profiler takes half a second, and several on a computer that has just started
LOAD_SECONDS = 5.0  # starting a process to learn the load at every poll would itself be load

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Graphics:
    """One adapter in system_profiler's report."""

    name: str
    cores: int | None


class AppleSource:
    """The graphics of an Apple chip, "mps" to torch. Heat and power are told to the administrator only.

    An Intel Mac's adapters are passed over: torch has ended its builds for those.
    """

    name = "system_profiler"

    def __init__(self, tools: Path = TOOLS, clock: Callable[[], float] = time.monotonic) -> None:
        self._tools = tools
        self._clock = clock
        self._graphics: list[Graphics] | None = None  # they are part of the chip: read once
        self._load: float | None = None
        self._load_until = 0.0

    def read(self) -> list[DeviceStatus]:
        """At most one device. Raises ValueError if system_profiler prints something else than its report."""
        if self._graphics is None:
            report = run_tool(self._tools / "system_profiler", "SPDisplaysDataType", "-json")
            if not report:
                return []
            self._graphics = parse_displays(report)
        if not self._graphics:
            return []
        if self._clock() >= self._load_until:
            self._load = parse_load(run_tool(self._tools / "ioreg", "-r", "-d", "1", "-c", "IOAccelerator", "-a"))
            self._load_until = self._clock() + LOAD_SECONDS
        chip = self._graphics[0]
        memory = psutil.virtual_memory()
        return [
            gpu_status(
                "mps",
                name=f"{chip.name} ({chip.cores} cores)" if chip.cores else chip.name,
                maker=MAKER,
                memory_total=memory.total,
                memory_used=memory.total - memory.available,
                load=self._load,
            )
        ]

    def users(self, device: str) -> None:
        """Which process uses the graphics, macOS tells no program."""

    def held_by(self, device: str, process: int) -> None:
        """Not told either: memory that the graphics use is the computer's, in accounts of the kernel's own."""

    def driver(self, device: str) -> str:
        """It is a part of the system."""
        version = platform.mac_ver()[0]
        return f"macOS {version}" if version else ""

    def close(self) -> None:
        """Nothing is held."""


def parse_displays(report: bytes) -> list[Graphics]:
    """Apple's own adapters in `system_profiler SPDisplaysDataType -json`. Raises ValueError if it is no such report."""
    document = json.loads(report)
    adapters = document.get("SPDisplaysDataType") if isinstance(document, dict) else None
    if not isinstance(adapters, list):
        raise ValueError("system_profiler's report has no SPDisplaysDataType")
    return [
        Graphics(str(adapter.get("sppci_model") or adapter.get("_name") or "Apple graphics"), _cores(adapter))
        for adapter in adapters
        if isinstance(adapter, dict) and adapter.get("spdisplays_vendor") == "sppci_vendor_Apple"
    ]


def _cores(adapter: dict[str, Any]) -> int | None:
    cores = str(adapter.get("sppci_cores", ""))
    return int(cores) if cores.isdecimal() else None


def parse_load(report: bytes) -> float | None:
    """Load, 0..1, in the property list of `ioreg -c IOAccelerator -a`; None if it does not tell."""
    try:
        accelerators = plistlib.loads(report)
    except (ValueError, ExpatError, plistlib.InvalidFileException):  # no output at all, where there is no accelerator
        return None
    for accelerator in accelerators if isinstance(accelerators, list) else []:
        statistics = accelerator.get("PerformanceStatistics") if isinstance(accelerator, dict) else None
        percent = statistics.get("Device Utilization %") if isinstance(statistics, dict) else None
        if isinstance(percent, int):
            return min(max(percent / 100, 0.0), 1.0)
    return None


def run_tool(program: Path, *arguments: str) -> bytes:
    """What one of the system's tools prints; nothing if it is missing, fails or takes too long."""
    try:
        done = subprocess.run(
            [str(program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=TOOL_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.info("%s: %r", program.name, error)
        return b""
    return done.stdout
