"""Who uses a graphics device: one record a process, whatever source tells of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """One process on one device. None: the device does not tell, or (load) not before the next reading."""

    process: int
    memory: int | None = None  # bytes of the device that it holds
    load: float | None = None  # 0..1: share of the time in which its busiest engine worked for it
    graphics: bool = False  # whether it draws; a process that only computes does not


def combined(first: Iterable[ProcessUse], second: Iterable[ProcessUse]) -> list[ProcessUse]:
    """Both tellers' processes, each once: what the first leaves open is the second's to say."""
    uses = {use.process: use for use in first}
    for use in second:
        known = uses.get(use.process)
        uses[use.process] = use if known is None else _filled(known, use)
    return list(uses.values())


def _filled(known: ProcessUse, other: ProcessUse) -> ProcessUse:
    return replace(
        known,
        memory=other.memory if known.memory is None else known.memory,
        # A teller that samples may call "no sample" nothing: the larger load is the one that was seen.
        load=max((load for load in (known.load, other.load) if load is not None), default=None),
        graphics=known.graphics or other.graphics,
    )
