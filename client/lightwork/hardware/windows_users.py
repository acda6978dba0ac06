"""Who uses a graphics card on Windows, of any maker: the counters that the Task Manager shows."""

import ctypes
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lightwork.hardware.pdh import CounterQuery
from lightwork.hardware.users import ProcessUse, combined
from lightwork.hardware.windows import MAKERS, SOFTWARE_ADAPTER, Adapter, system_adapters

ENGINES = r"\GPU Engine(*)\Utilization Percentage"
MEMORY = r"\GPU Process Memory(*)\Dedicated Usage"
REREAD_SECONDS = 60.0  # the list of adapters
FRESH_SECONDS = 0.5  # one collection serves all cards of a poll; a rate over a shorter time would be noise
NVIDIA = 0x10DE

# "pid_1234_luid_0x00000000_0x0000ABCD_phys_0_eng_0_engtype_3D"; memory's ends with phys.
_INSTANCE = re.compile(
    r"pid_(\d+)_luid_0x([0-9a-f]+)_0x([0-9a-f]+)_phys_\d+(?:_eng_(\d+)_engtype_([^#]*))?", re.IGNORECASE
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Instance:
    """What a counter's instance name says."""

    process: int
    adapter: int  # LUID: the adapter's number until Windows starts again
    engine: str = ""  # "0", "1", ...; empty for memory
    kind: str = ""  # "3D", "Compute_0", "Copy", "VideoDecode", ...


def parse_instance(name: str) -> Instance | None:
    """An instance of the GPU counters; None for any other name."""
    found = _INSTANCE.match(name)
    if found is None:
        return None
    process, high, low, engine, kind = found.groups()
    return Instance(int(process), int(high, 16) << 32 | int(low, 16), engine or "", kind or "")


def uses_by_engine(values: Iterable[tuple[str, float]], adapter: int) -> list[ProcessUse]:
    """Loads on one adapter from percents by engine. A process whose 3D engine works is one that draws."""
    uses: dict[int, ProcessUse] = {}
    for name, percent in values:
        instance = parse_instance(name)
        if instance is not None and instance.adapter == adapter:
            before = uses.get(instance.process, ProcessUse(instance.process, load=0.0))
            uses[instance.process] = ProcessUse(
                instance.process,
                load=max(before.load or 0.0, min(percent / 100, 1.0)),
                graphics=before.graphics or (instance.kind.upper() == "3D" and percent > 0),
            )
    return list(uses.values())


def memory_by_process(values: Iterable[tuple[str, float]], adapter: int) -> dict[int, int]:
    """Bytes of one adapter's own memory by process."""
    memory: dict[int, int] = {}
    for name, size in values:
        instance = parse_instance(name)
        if instance is not None and instance.adapter == adapter:
            memory[instance.process] = memory.get(instance.process, 0) + int(size)
    return memory


def adapter_of(adapters: Iterable[Adapter], maker: str, name: str) -> int | None:
    """LUID of a maker's card by its name; None if there is none, or several that nothing tells apart."""
    makers = {vendor: known for vendor, (known, _) in MAKERS.items()} | {NVIDIA: "NVIDIA"}
    found = {
        adapter.luid
        for adapter in adapters
        if makers.get(adapter.vendor) == maker and adapter.name == name and not adapter.flags & SOFTWARE_ADAPTER
    }
    return found.pop() if len(found) == 1 else None


class AdapterCounters:
    """Processes by adapter. Raises OSError if a counter that was there fails; without counters it tells nothing."""

    def __init__(
        self,
        library: Any = None,
        adapters: Callable[[], list[Adapter]] = system_adapters,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`library`: pdh.dll; the system's by itself."""
        self._library = library
        self._list_adapters = adapters
        self._clock = clock
        self._adapters: list[Adapter] = []
        self._reread_at = 0.0
        self._queries: tuple[CounterQuery, CounterQuery] | None = None
        self._absent = False
        self._collected_at = float("-inf")
        self._loads: list[tuple[str, float]] = []

    def users(self, maker: str, name: str) -> list[ProcessUse] | None:
        """Who uses a card; None if this Windows does not count. Loads come from the second call on."""
        adapter, queries = self._find(maker, name), self._opened()
        if adapter is None or queries is None:
            return None
        engines, memory = queries
        if self._clock() - self._collected_at >= FRESH_SECONDS:
            self._loads = engines.read()
            self._collected_at = self._clock()
        held = memory_by_process(memory.read(), adapter)
        return combined(
            (ProcessUse(process, size) for process, size in held.items()), uses_by_engine(self._loads, adapter)
        )

    def held_by(self, maker: str, name: str, process: int) -> int | None:
        """Bytes of a card's own memory that a process holds; 0 if it is not on the card."""
        adapter, queries = self._find(maker, name), self._opened()
        if adapter is None or queries is None:
            return None
        return memory_by_process(queries[1].read(), adapter).get(process, 0)

    def close(self) -> None:
        """End the queries. The next question opens them again."""
        queries, self._queries = self._queries, None
        for query in queries or ():
            query.close()

    def _find(self, maker: str, name: str) -> int | None:
        if self._clock() >= self._reread_at:
            self._adapters = self._list_adapters()
            self._reread_at = self._clock() + REREAD_SECONDS
        return adapter_of(self._adapters, maker, name)

    def _opened(self) -> tuple[CounterQuery, CounterQuery] | None:
        if self._queries is None and not self._absent:
            library = self._library
            if sys.platform == "win32" and library is None:
                library = ctypes.WinDLL("pdh")
            self._absent = library is None
            if library is not None:
                self._queries = self._open(library)
        return self._queries

    def _open(self, library: Any) -> tuple[CounterQuery, CounterQuery] | None:
        try:
            engines = CounterQuery(library, ENGINES)
            try:
                return engines, CounterQuery(library, MEMORY, whole=True)
            except OSError:
                engines.close()
                raise
        except OSError as error:
            log.info("this Windows does not count who uses the graphics cards: %s", error)
            self._absent = True
            return None
