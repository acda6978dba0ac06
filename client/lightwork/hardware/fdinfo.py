"""What Linux' graphics drivers say of each open DRM file: its memory, and the time that each engine worked for it.

Source: Documentation/gpu/drm-usage-stats.rst of the kernel, and what amdgpu, i915 and xe write of it.
"""

import re
from dataclasses import dataclass, field

_UNITS = {b"": 1, b"B": 1, b"KiB": 2**10, b"MiB": 2**20, b"GiB": 2**30}
# "drm-engine-capacity-video: 2", "drm-resident-vram: 12 KiB"
_LINE = re.compile(
    rb"^drm-(?:(engine-capacity|engine|cycles|total-cycles|resident|memory|total)-)?([^\s:]+):[ \t]*(\S+) ?(\S*)",
    re.MULTILINE,
)
# A card's own memory: amdgpu calls it vram, xe vram0 (by tile), i915 local0. The rest is the computer's.
_OWN_MEMORY = (b"vram", b"local")
# Newest meaning first: what lies there now; the same under its name before Linux 6.5; what was asked for.
_MEMORY_KINDS = (b"resident", b"memory", b"total")
_DRAWING = {b"gfx", b"render", b"rcs"}


@dataclass(frozen=True, slots=True)
class Client:
    """One open DRM file. `number` is the driver's for it: copies of the file in other processes have the same."""

    slot: str  # PCI address of the card, "0000:03:00.0"
    number: int
    memory: int | None = None  # bytes of the card's own
    nanoseconds: dict[bytes, int] = field(default_factory=dict)  # engine -> time that it worked
    cycles: dict[bytes, int] = field(default_factory=dict)  # engine -> the same in clock cycles (xe)
    all_cycles: dict[bytes, int] = field(default_factory=dict)  # engine -> cycles that have passed
    capacities: dict[bytes, int] = field(default_factory=dict)  # engine -> how many there are of it

    @property
    def draws(self) -> bool:
        """Whether the engine that draws has ever worked for it."""
        return any(self.nanoseconds.get(engine) or self.cycles.get(engine) for engine in _DRAWING)


def parse_client(text: bytes) -> Client | None:
    """A client from its fdinfo file; None if the file is no DRM client's or the driver does not count (before 5.19)."""
    slot, number = "", ""
    amounts: dict[bytes, dict[bytes, int]] = {}
    for kind, name, value, unit in _LINE.findall(text):
        if name == b"pdev":
            slot = value.decode(errors="replace")
        elif name == b"client-id":
            number = value.decode(errors="replace")
        elif kind and value.isdigit():
            amounts.setdefault(kind, {})[name] = int(value) * _UNITS.get(unit, 1)
    if not slot or not number.isdecimal():
        return None
    return Client(
        slot,
        int(number),
        _own_memory(amounts),
        amounts.get(b"engine", {}),
        amounts.get(b"cycles", {}),
        amounts.get(b"total-cycles", {}),
        amounts.get(b"engine-capacity", {}),
    )


def _own_memory(amounts: dict[bytes, dict[bytes, int]]) -> int | None:
    sizes: dict[bytes, int] = {}
    for kind in _MEMORY_KINDS:
        for region, size in amounts.get(kind, {}).items():
            if region.startswith(_OWN_MEMORY):
                sizes.setdefault(region, size)
    return sum(sizes.values()) if sizes else None


def busiest_engine(before: Client, after: Client, nanoseconds: float) -> float:
    """Share of the time between two readings, 0..1, in which the engine worked that worked most for this client."""
    shares = [0.0]
    for engine, spent in after.nanoseconds.items():
        whole = nanoseconds * max(after.capacities.get(engine, 1), 1)
        if whole > 0:
            shares.append((spent - before.nanoseconds.get(engine, spent)) / whole)
    for engine, spent in after.cycles.items():
        passed = after.all_cycles.get(engine, 0) - before.all_cycles.get(engine, 0)
        if engine in before.cycles and passed > 0:
            shares.append((spent - before.cycles[engine]) / passed / max(after.capacities.get(engine, 1), 1))
    return min(max(shares), 1.0)
