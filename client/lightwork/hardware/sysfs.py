"""Reading graphics cards from Linux' sysfs; AMD and Intel share it.

Sources: Documentation/gpu/amdgpu and Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon of the kernel.
"""

import platform
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys")
CARD = re.compile(r"card\d+$")  # not "card0-DP-1", which is a connector


@dataclass(frozen=True, slots=True)
class Card:
    """One graphics card: its DRM folder, its PCI folder and what identifies it."""

    folder: Path  # .../class/drm/cardN
    device: Path  # .../class/drm/cardN/device
    vendor: int
    model: int
    revision: int
    slot: str  # PCI address, "0000:03:00.0"

    @property
    def asleep(self) -> bool:
        """Whether the driver has switched the card off. Asking it for heat or load would wake it up."""
        return read_text(self.device / "power" / "runtime_status") == "suspended"


@dataclass(frozen=True, slots=True)
class Live:
    """How a card is doing: bytes, 0..1, degrees Celsius, watts; None for what it does not tell."""

    memory_used: int | None = None
    load: float | None = None
    celsius: float | None = None
    watts: float | None = None


def driver_of(root: Path, card: Card) -> str:
    """The driver's name with its version: its own if it was installed by itself, else that of the kernel it is of."""
    found = re.search(r"^DRIVER=(\S+)$", read_text(card.device / "uevent") or "", re.MULTILINE)
    if found is None:
        return ""
    version = read_text(root / "module" / found[1] / "version") or platform.release()
    return f"{found[1]} {version}"


class EnergyMeter:
    """Watts from counters of microjoules: the mean since the last reading, None at the first and after a wrap."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[float, int]] = {}

    def watts(self, key: str, microjoules: int | None) -> float | None:
        """Mean power of the counter named `key` since it was last given here."""
        if microjoules is None:
            self._last.pop(key, None)
            return None
        now = self._clock()
        before = self._last.get(key)
        self._last[key] = (now, microjoules)
        if before is None or now <= before[0] or microjoules < before[1]:
            return None
        return (microjoules - before[1]) / 1e6 / (now - before[0])


def cards(root: Path, vendor: int) -> list[Card]:
    """Cards of one PCI vendor, by PCI address: the makers' runtimes count them in that order."""
    folder = root / "class" / "drm"
    try:
        entries = [entry for entry in folder.iterdir() if CARD.match(entry.name)]
    except OSError:
        return []
    found = [card for entry in entries if (card := _card(entry)) and card.vendor == vendor]
    return sorted(found, key=lambda card: (card.slot, card.folder.name))


def _card(folder: Path) -> Card | None:
    device = folder / "device"
    vendor, model = read_number(device / "vendor"), read_number(device / "device")
    if vendor is None or model is None:  # a virtual display, say
        return None
    slot = re.search(r"^PCI_SLOT_NAME=(.+)$", read_text(device / "uevent") or "", re.MULTILINE)
    return Card(folder, device, vendor, model, read_number(device / "revision") or 0, slot[1] if slot else "")


def live(card: Card, meter: EnergyMeter) -> Live:
    """Live values of a card that is awake; nothing of one that sleeps."""
    if card.asleep:
        return Live()
    percent = read_number(card.device / "gpu_busy_percent")
    # temp1 is amdgpu's edge sensor and i915's only one; xe has the package's as temp2.
    millidegrees = _hwmon(card, "temp1_input", "temp2_input")
    microwatts = _hwmon(card, "power1_average", "power1_input")
    # Intel's drivers publish energy instead of power; xe has the card's as energy1 and the package's as energy2.
    joules = meter.watts(card.slot or card.folder.name, _hwmon(card, "energy1_input", "energy2_input"))
    return Live(
        memory_used=read_number(card.device / "mem_info_vram_used"),
        load=None if percent is None else min(max(percent / 100, 0.0), 1.0),
        celsius=None if millidegrees is None else millidegrees / 1000,
        watts=joules if microwatts is None else microwatts / 1e6,
    )


def _hwmon(card: Card, *names: str) -> int | None:
    folders = sorted((card.device / "hwmon").glob("hwmon*"))
    return first_number(folder / name for name in names for folder in folders)


def first_number(paths: Iterable[Path]) -> int | None:
    """The first of these files that holds a number."""
    return next((number for path in paths if (number := read_number(path)) is not None), None)


def read_number(path: Path) -> int | None:
    """A file's whole number, decimal or 0x-hexadecimal; None if it is missing, unreadable or something else."""
    text = read_text(path)
    try:
        return None if text is None else int(text, 0)
    except ValueError:
        return None


def read_text(path: Path) -> str | None:
    """A file's text without white space around it; None if it cannot be read, as when a driver answers EBUSY."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
