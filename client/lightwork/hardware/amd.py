"""AMD graphics cards on Linux, from the amdgpu driver's files in sysfs."""

import time
from collections.abc import Callable
from pathlib import Path

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.names import SHARE, amd_name, pci_name
from lightwork.hardware.source import gpu_status
from lightwork.hardware.sysfs import SYSFS, Card, EnergyMeter, cards, live, read_number, read_text

VENDOR = 0x1002
MAKER = "AMD"


class AmdSource:
    """AMD's cards, awake or asleep.

    Their ids are "cuda:N": a torch built for ROCm speaks of its devices so. Which torch is installed, and whether it
    knows this card, is the trainer's to find out.
    """

    name = "amdgpu"

    def __init__(self, root: Path = SYSFS, share: Path = SHARE, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._share = share
        self._meter = EnergyMeter(clock)
        self._names: dict[tuple[int, int], str] = {}

    def read(self) -> list[DeviceStatus]:
        """Cards in the order of their PCI addresses, as ROCm counts them."""
        return [self._status(index, card) for index, card in enumerate(cards(self._root, VENDOR))]

    def close(self) -> None:
        """Nothing is held."""

    def _status(self, index: int, card: Card) -> DeviceStatus:
        now = live(card, self._meter)
        memory = read_number(card.device / "mem_info_vram_total")
        return gpu_status(
            f"cuda:{index}",
            name=self._name(card),
            maker=MAKER,
            memory_total=memory,
            memory_used=now.memory_used,
            load=now.load,
            celsius=now.celsius,
            watts=now.watts,
            # Only amdgpu publishes its memory, and only amdgpu can compute: older cards run on the radeon driver.
            note="" if memory is not None else "The amdgpu driver does not drive it.",
        )

    def _name(self, card: Card) -> str:
        key = (card.model, card.revision)
        if key not in self._names:
            self._names[key] = (
                read_text(card.device / "product_name")  # workstation and server cards only
                or amd_name(self._share, *key)
                or pci_name(self._share, VENDOR, card.model)
                or f"AMD graphics {card.model:04x}"
            )
        return self._names[key]
