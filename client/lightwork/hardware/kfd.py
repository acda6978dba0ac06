"""AMD's compute driver: the card's memory that each computing process holds, whoever runs it.

What torch allocates through ROCm is counted here, exactly and by process, in files that everybody may read.
Source: drivers/gpu/drm/amd/amdkfd/kfd_process.c and kfd_topology.c of the kernel.
"""

import os
from pathlib import Path

from lightwork.hardware.sysfs import read_number, read_text
from lightwork.hardware.users import ProcessUse


class ComputeMemory:
    """Device memory of ROCm's processes."""

    def __init__(self, sysfs: Path) -> None:
        self._root = sysfs / "class" / "kfd" / "kfd"
        self._numbers: dict[str, int] | None = None  # PCI address -> the driver's number for the card

    def users(self, slot: str) -> list[ProcessUse]:
        """Processes with memory on the card at this PCI address. Load is not told."""
        try:
            processes = [int(name) for name in os.listdir(self._root / "proc") if name.isdecimal()]  # noqa: PTH208
        except OSError:
            return []
        uses = [ProcessUse(process, self.held_by(slot, process)) for process in processes]
        return [use for use in uses if use.memory]

    def held_by(self, slot: str, process: int) -> int:
        """Bytes of the card that the process holds by way of ROCm."""
        number = self._number(slot)
        return 0 if number is None else read_number(self._root / "proc" / str(process) / f"vram_{number}") or 0

    def _number(self, slot: str) -> int | None:
        if self._numbers is None or slot not in self._numbers:
            nodes = sorted((self._root / "topology" / "nodes").glob("*"))
            self._numbers = {
                address(read_text(node / "properties") or ""): number
                for node in nodes
                if (number := read_number(node / "gpu_id"))  # 0: a processor
            }
        return self._numbers.get(slot)


def address(properties: str) -> str:
    """PCI address from a node's properties: `location_id` is bus << 8 | device << 3 | function."""
    values = dict(line.split(maxsplit=1) for line in properties.splitlines() if " " in line.strip())
    place, domain = int(values.get("location_id", 0)), int(values.get("domain", 0))
    return f"{domain:04x}:{place >> 8:02x}:{place >> 3 & 31:02x}.{place & 7}"
