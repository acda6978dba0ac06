"""AMD graphics cards on Linux, from the amdgpu driver's files in sysfs."""

import time
from collections.abc import Callable
from pathlib import Path

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.clients import DrmClients
from lightwork.hardware.kfd import ComputeMemory
from lightwork.hardware.names import SHARE, amd_name, pci_name
from lightwork.hardware.source import gpu_status
from lightwork.hardware.sysfs import SYSFS, Card, EnergyMeter, cards, driver_of, live, read_number, read_text
from lightwork.hardware.users import ProcessUse, combined

VENDOR = 0x1002
MAKER = "AMD"


class AmdSource:
    """AMD's cards, awake or asleep.

    Their ids are "cuda:N": a torch built for ROCm speaks of its devices so. Which torch is installed, and whether it
    knows this card, is the trainer's to find out.
    """

    name = "amdgpu"

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
        self._names: dict[tuple[int, int], str] = {}
        self._clients = clients or DrmClients()
        self._compute = ComputeMemory(root)
        self._slots: dict[str, str] = {}  # device -> PCI address

    def read(self) -> list[DeviceStatus]:
        """Cards in the order of their PCI addresses, as ROCm counts them."""
        found = {f"cuda:{index}": card for index, card in enumerate(cards(self._root, VENDOR))}
        self._slots = {device: card.slot for device, card in found.items()}
        return [self._status(device, card) for device, card in found.items()]

    def users(self, device: str) -> list[ProcessUse] | None:
        """Who uses a card that was read: by their open files (this person's processes), and by ROCm's count (all)."""
        slot = self._slots.get(device)
        if not slot:
            return None
        by_files, by_compute = self._clients.users(slot), self._compute.users(slot)
        # ROCm's count comes first: of what a process allocates through ROCm, its files need not tell everything.
        return None if by_files is None and not by_compute else combined(by_compute, by_files or ())

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of a card that was read."""
        slot = self._slots.get(device)
        if not slot:
            return None
        return self._compute.held_by(slot, process) or self._clients.held_by(slot, process)

    def driver(self, device: str) -> str:
        """Of a card that was read."""
        slot = self._slots.get(device)
        found = next((card for card in cards(self._root, VENDOR) if card.slot == slot), None)
        return "" if found is None else driver_of(self._root, found)

    def close(self) -> None:
        """Nothing is held."""

    def _status(self, device: str, card: Card) -> DeviceStatus:
        now = live(card, self._meter)
        memory = read_number(card.device / "mem_info_vram_total")
        return gpu_status(
            device,
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
