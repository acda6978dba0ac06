"""Intel graphics cards on Linux, from the i915 and xe drivers' files in sysfs."""

import time
from collections.abc import Callable
from pathlib import Path

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.clients import DrmClients
from lightwork.hardware.names import SHARE, pci_name
from lightwork.hardware.source import gpu_status
from lightwork.hardware.sysfs import (
    SYSFS,
    Card,
    EnergyMeter,
    cards,
    driver_of,
    first_number,
    live,
    read_number,
    read_text,
)
from lightwork.hardware.users import ProcessUse

VENDOR = 0x8086
MAKER = "Intel"
BUILT_IN_SLOT = "0000:00:02.0"  # where every Intel processor has its own graphics
PREFETCHABLE_MEMORY = 0x2200  # IORESOURCE_MEM | IORESOURCE_PREFETCH, include/linux/ioport.h
SMALLEST_RESIZED_BAR = 2**30  # without resizable BAR it is a window of 256 MiB, whatever the card holds


class IntelSource:
    """Intel's cards, "xpu:N" to torch. Their drivers publish heat and energy, but neither load nor memory in use.

    Graphics built into the processor are listed as unusable, and not counted: torch lists cards with their own
    memory first.
    """

    name = "i915/xe"

    def __init__(
        self,
        root: Path = SYSFS,
        share: Path = SHARE,
        clock: Callable[[], float] = time.monotonic,
        clients: DrmClients | None = None,
    ) -> None:
        self._root = root
        self._share = share
        self._meter = EnergyMeter(clock)
        self._names: dict[int, str] = {}
        self._clients = clients or DrmClients()
        self._slots: dict[str, str] = {}  # device -> PCI address

    def read(self) -> list[DeviceStatus]:
        """Cards with their own memory by PCI address, then the graphics of the processor."""
        ordered = sorted(cards(self._root, VENDOR), key=lambda card: card.slot == BUILT_IN_SLOT)
        self._slots = {f"xpu:{index}": card.slot for index, card in enumerate(ordered)}
        return [self._status(index, card) for index, card in enumerate(ordered)]

    def users(self, device: str) -> list[ProcessUse] | None:
        """Who uses a card that was read, among this person's processes."""
        slot = self._slots.get(device)
        return self._clients.users(slot) if slot else None

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of a card that was read."""
        slot = self._slots.get(device)
        return self._clients.held_by(slot, process) if slot else None

    def driver(self, device: str) -> str:
        """Of a card that was read."""
        slot = self._slots.get(device)
        found = next((card for card in cards(self._root, VENDOR) if card.slot == slot), None)
        return "" if found is None else driver_of(self._root, found)

    def close(self) -> None:
        """Nothing is held."""

    def _status(self, index: int, card: Card) -> DeviceStatus:
        now = live(card, self._meter)
        built_in = card.slot == BUILT_IN_SLOT
        return gpu_status(
            f"xpu:{index}",
            name=self._name(card),
            maker=MAKER,
            memory_total=None if built_in else memory_total(card),
            memory_used=now.memory_used,
            load=now.load,
            celsius=now.celsius,
            watts=now.watts,
            note="It is part of the processor and has no memory of its own." if built_in else "",
        )

    def _name(self, card: Card) -> str:
        if card.model not in self._names:
            found = pci_name(self._share, VENDOR, card.model)
            self._names[card.model] = f"Intel {found}" if found else f"Intel graphics {card.model:04x}"
        return self._names[card.model]


def memory_total(card: Card) -> int | None:
    """Bytes on a card; None if nothing tells.

    xe publishes the memory of each tile and Intel's own build of i915 that of the card. The kernel's i915 publishes
    nothing; then the card's window into memory, with resizable BAR as large as the memory, says it.
    """
    tiles = [read_number(path) for path in sorted(card.device.glob("tile*/physical_vram_size_bytes"))]
    return (
        sum(size for size in tiles if size)
        or first_number(folder / "lmem_total_bytes" for folder in (card.folder, card.device))
        or largest_window(read_text(card.device / "resource") or "")
    )


def largest_window(resource: str) -> int | None:
    """Bytes of the largest prefetchable memory region in a PCI device's `resource` file: start, end, flags a line."""
    sizes = []
    for line in resource.splitlines():
        fields = line.split()
        if len(fields) == 3:
            start, end, flags = (int(field, 16) for field in fields)
            if flags & PREFETCHABLE_MEMORY == PREFETCHABLE_MEMORY and end > start:
                sizes.append(end - start + 1)
    largest = max(sizes, default=0)
    return largest if largest >= SMALLEST_RESIZED_BAR else None
