"""Windows' counters of who uses the graphics cards, against a pdh.dll made here: its buffers are laid out by hand."""

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from lightwork.hardware.pdh import CounterQuery
from lightwork.hardware.users import ProcessUse
from lightwork.hardware.windows import Adapter
from lightwork.hardware.windows_users import (
    ENGINES,
    FRESH_SECONDS,
    MEMORY,
    AdapterCounters,
    Instance,
    adapter_of,
    parse_instance,
)

GIB = 2**30
RADEON = Adapter("AMD Radeon RX 7900 XTX", 0x1002, 24 * GIB, 0, 0xD3C4)
GEFORCE = Adapter("NVIDIA GeForce RTX 4090", 0x10DE, 24 * GIB, 0, 0x1_0000_A1B2)
TWIN = Adapter("NVIDIA GeForce RTX 4090", 0x10DE, 24 * GIB, 0, 0xA1B3)
BASIC = Adapter("Microsoft Basic Render Driver", 0x1414, 0, 2, 0xD3C7)

NO_COUNTER, NO_DATA, INVALID_DATA, MORE_DATA = 0xC0000BB9, 0x800007D5, 0xC0000BC6, 0x800007D2
CSTATUS_NO_INSTANCE = 0x800007D1

Values = list[tuple[str, float, int]]  # instance, value, status


def engine(process: int, adapter: str, number: int, kind: str) -> str:
    return f"pid_{process}_luid_{adapter}_phys_0_eng_{number}_engtype_{kind}"


ON_RADEON, ON_GEFORCE = "0x00000000_0x0000D3C4", "0x00000001_0x0000A1B2"


@dataclass
class FakePdh:
    """Looks like the loaded pdh.dll: functions of C, which write into the caller's memory."""

    values: dict[str, Values] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    collect: int = 0
    grows: bool = False  # an instance more between the question for the size and that for the values
    open: set[int] = field(default_factory=set)
    paths: dict[int, str] = field(default_factory=dict)
    samples: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pointer, number = ctypes.c_void_p, ctypes.c_uint32

        def made(function: Callable[..., int], *kinds: Any) -> Any:
            return ctypes.CFUNCTYPE(number, *kinds)(function)

        self.PdhOpenQueryW = made(self.open_query, pointer, pointer, pointer)
        self.PdhAddEnglishCounterW = made(self.add_counter, pointer, pointer, pointer, pointer)
        self.PdhCollectQueryData = made(self.collect_data, pointer)
        self.PdhGetFormattedCounterArrayW = made(self.format_array, pointer, number, pointer, pointer, pointer)
        self.PdhCloseQuery = made(self.close_query, pointer)

    def open_query(self, source: int | None, user: int | None, query: int) -> int:
        assert source is None
        handle = 100 + len(self.paths) + len(self.open)
        self.open.add(handle)
        ctypes.memmove(query, struct.pack("<Q", handle), 8)
        return 0

    def add_counter(self, query: int, path: int, user: int | None, counter: int) -> int:
        text = b""
        while not text.endswith(b"\0\0") or len(text) % 2:
            text = ctypes.string_at(path, len(text) + 1)
        name = text[:-2].decode("utf-16-le")
        if name in self.missing:
            return NO_COUNTER
        self.paths[query] = name
        ctypes.memmove(counter, struct.pack("<Q", query + 1000), 8)
        return 0

    def collect_data(self, query: int) -> int:
        assert query in self.open
        self.samples[query] = self.samples.get(query, 0) + 1
        return self.collect

    def format_array(self, counter: int, kind: int, size: int, count: int, buffer: int | None) -> int:
        query = counter - 1000
        whole = self.paths[query] == MEMORY
        assert kind == (0x400 if whole else 0x8200)
        if not whole and self.samples[query] < 2:
            return INVALID_DATA
        values = self.values.get(self.paths[query], [])
        if self.grows and buffer is not None:
            self.grows = False
            values.append((engine(77, ON_RADEON, 0, "3D"), 5.0, 0))
        if not values:
            return NO_DATA
        names = [name.encode("utf-16-le") + b"\0\0" for name, _, _ in values]
        needed = 24 * len(values) + sum(map(len, names))
        room = ctypes.c_uint32.from_address(size)
        ctypes.c_uint32.from_address(count).value = len(values)
        if buffer is None or room.value < needed:
            room.value = needed
            return MORE_DATA
        at, items = 24 * len(values), b""
        for (_, value, status), name in zip(values, names, strict=True):
            items += struct.pack("<QI4x", buffer + at, status) + struct.pack("<q" if whole else "<d", value)
            at += len(name)
        ctypes.memmove(buffer, items + b"".join(names), needed)
        return 0

    def close_query(self, query: int) -> int:
        self.open.remove(query)
        return 0


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        (engine(1234, "0x00000000_0x0000D3C4", 0, "3D"), Instance(1234, 0xD3C4, "0", "3D")),
        (engine(4, "0x00000001_0x0000A1B2", 11, "Compute_0"), Instance(4, 0x1_0000_A1B2, "11", "Compute_0")),
        ("pid_1234_luid_0x0_0xABCD_phys_0_eng_3_engtype_VideoDecode#1", Instance(1234, 0xABCD, "3", "VideoDecode")),
        ("pid_1234_luid_0xFFFFFFFF_0x80000001_phys_0", Instance(1234, 0xFFFF_FFFF_8000_0001)),
        (engine(1, "0x0_0x1", 0, ""), Instance(1, 1, "0")),
        ("luid_0x00000000_0x0000D3C4_phys_0", None),
        ("_Total", None),
        ("", None),
    ],
)
def test_instance_names(name: str, instance: Instance | None) -> None:
    assert parse_instance(name) == instance


def test_a_counters_values() -> None:
    pdh = FakePdh({ENGINES: [("a", 12.5, 0), ("gone", 99.0, CSTATUS_NO_INSTANCE), ("ünï", 150.0, 1)]})
    query = CounterQuery(pdh, ENGINES)
    assert query.read() == []  # a rate needs two samples
    assert query.read() == [("a", 12.5), ("ünï", 150.0)]
    pdh.values.clear()
    assert query.read() == []
    query.close()
    query.close()
    assert not pdh.open


def test_an_instance_that_comes_while_one_asks() -> None:
    pdh = FakePdh({ENGINES: [("a", 1.0, 0)]}, grows=True)
    query = CounterQuery(pdh, ENGINES)
    query.read()
    assert [value for _, value in query.read()] == [1.0, 5.0]


def test_failing_calls() -> None:
    pdh = FakePdh(missing=(MEMORY,))
    with pytest.raises(OSError, match="PdhAddEnglishCounterW failed with PDH status 0xc0000bb9"):
        CounterQuery(pdh, MEMORY, whole=True)
    assert not pdh.open
    query = CounterQuery(pdh, ENGINES)
    pdh.collect = 0xC0000BBB
    with pytest.raises(OSError, match="PdhCollectQueryData failed"):
        query.read()
    pdh.collect = NO_DATA
    assert query.read() == []


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def counters(pdh: FakePdh | None, *adapters: Adapter) -> tuple[AdapterCounters, Clock]:
    clock = Clock()
    return AdapterCounters(pdh, lambda: list(adapters), clock), clock


def test_who_uses_each_card() -> None:
    pdh = FakePdh(
        {
            ENGINES: [
                (engine(10, ON_RADEON, 0, "3D"), 12.0, 0),
                (engine(10, ON_RADEON, 1, "3D"), 70.0, 0),
                (engine(10, ON_RADEON, 2, "Copy"), 3.0, 0),
                (engine(11, ON_RADEON, 0, "3D"), 0.0, 0),
                (engine(11, ON_RADEON, 5, "Compute_0"), 140.0, 0),
                (engine(10, ON_GEFORCE, 0, "3D"), 1.0, 0),
            ],
            MEMORY: [
                (f"pid_10_luid_{ON_RADEON}_phys_0", 3 * GIB, 0),
                (f"pid_12_luid_{ON_RADEON}_phys_0", 5, 0),
                (f"pid_10_luid_{ON_GEFORCE}_phys_0", 7 * GIB, 0),
            ],
        }
    )
    counted, clock = counters(pdh, RADEON, GEFORCE, BASIC)
    assert counted.users("AMD", RADEON.name) == [ProcessUse(10, 3 * GIB), ProcessUse(12, 5)]
    clock.now += FRESH_SECONDS
    assert counted.users("AMD", RADEON.name) == [
        ProcessUse(10, 3 * GIB, 0.7, graphics=True),
        ProcessUse(12, 5),
        ProcessUse(11, None, 1.0),
    ]
    # The other card of the same poll: from the same collection, over the same time.
    assert counted.users("NVIDIA", GEFORCE.name) == [ProcessUse(10, 7 * GIB, 0.01, graphics=True)]
    assert sorted(pdh.samples.values()) == [2, 3]
    assert [counted.held_by("NVIDIA", GEFORCE.name, process) for process in (10, 99)] == [7 * GIB, 0]
    counted.close()
    counted.close()
    assert not pdh.open
    assert counted.held_by("AMD", RADEON.name, 12) == 5


@pytest.mark.parametrize("missing", [ENGINES, MEMORY])
def test_a_windows_that_does_not_count(missing: str) -> None:
    pdh = FakePdh(missing=(missing,))
    counted, _ = counters(pdh, RADEON)
    assert counted.users("AMD", RADEON.name) is None
    assert counted.held_by("AMD", RADEON.name, 10) is None
    assert not pdh.open


def test_without_a_library_nothing_is_told() -> None:
    if hasattr(ctypes, "WinDLL"):
        pytest.skip("Windows has it")
    counted, _ = counters(None, RADEON)
    assert counted.users("AMD", RADEON.name) is None


@pytest.mark.parametrize(
    ("adapters", "maker", "name", "luid"),
    [
        ([RADEON, GEFORCE], "NVIDIA", GEFORCE.name, GEFORCE.luid),
        ([RADEON, GEFORCE], "AMD", GEFORCE.name, None),
        ([RADEON], "NVIDIA", GEFORCE.name, None),
        ([GEFORCE, TWIN], "NVIDIA", GEFORCE.name, None),  # nothing says which of them is cuda:0
        ([GEFORCE, GEFORCE], "NVIDIA", GEFORCE.name, GEFORCE.luid),  # listed once for each screen by some drivers
        ([Adapter("Remote", 0x1002, 0, 2, 5)], "AMD", "Remote", None),
    ],
)
def test_which_adapter_a_card_is(adapters: list[Adapter], maker: str, name: str, luid: int | None) -> None:
    assert adapter_of(adapters, maker, name) == luid


@pytest.mark.skipif(not hasattr(ctypes, "WinDLL"), reason="needs Windows")
def test_the_real_library() -> None:
    counted = AdapterCounters()
    counted.users("NVIDIA", "none")
    counted.close()
