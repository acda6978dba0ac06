"""The DXGI source against a COM library built here by hand: its tables and its structure are laid out independently."""

import ctypes
import struct
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from lightwork.hardware.windows import NOT_FOUND, Adapter, WindowsSource, enumerate_adapters, statuses

GIB = 2**30
METHOD: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
POINTER = ctypes.c_void_p
E_FAIL = ctypes.c_int32(0x80004005).value
UNSUPPORTED = ctypes.c_int32(0x887A0004).value

# Values as recorded by DXGI tools; the flag 2 marks the software adapter that every Windows has.
RADEON = Adapter("AMD Radeon RX 7900 XTX", 0x1002, 25_669_140_480, 0, 0xD3C4, "31.0.21912.14")
RADEON_BUILT_IN = Adapter("AMD Radeon(TM) Graphics", 0x1002, 536_870_912, 0, 0xD3C5)
GEFORCE = Adapter("NVIDIA GeForce RTX 4090", 0x10DE, 25_385_500_672, 0, 0x1_0000_A1B2)
ARC = Adapter("Intel(R) Arc(TM) A770 Graphics", 0x8086, 16_974_348_288, 0, 0xFFFF_FFFF_8000_0001)
UHD = Adapter("Intel(R) UHD Graphics 770", 0x8086, 134_217_728, 0, 0xD3C6)
BASIC = Adapter("Microsoft Basic Render Driver", 0x1414, 0, 2, 0xD3C7)


@dataclass
class FakeDxgi:
    """Looks like the loaded dxgi.dll: one function, whose objects are tables of C functions in memory."""

    adapters: list[Adapter]
    fails: str = ""
    released: list[str] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)  # ctypes objects that C code points to

    def __post_init__(self) -> None:
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p, POINTER)
        self.CreateDXGIFactory1 = prototype(self.create)

    def create(self, interface: bytes, result: int) -> int:
        # A GUID begins with its three numbers in the machine's order; ctypes hands over the text up to a zero byte.
        assert interface == uuid.UUID("770aae78-f26f-4dba-a829-253c83d1b387").bytes_le
        if self.fails == "create":
            return E_FAIL
        enumerate_one = METHOD(ctypes.c_int32, POINTER, ctypes.c_uint32, POINTER)(self.enumerate)
        self.give(result, self.new_object("factory", {12: enumerate_one}))
        return 0

    def enumerate(self, this: int, index: int, result: int) -> int:
        if self.fails == "enumerate":
            return E_FAIL
        if index >= len(self.adapters):
            return NOT_FOUND
        adapter = self.adapters[index]

        def describe(this: int, description: int) -> int:
            if self.fails == "describe":
                return E_FAIL
            # WCHAR[128], 4 x UINT, 3 x SIZE_T, LUID (DWORD, LONG), UINT flags.
            name = adapter.name.encode("utf-16-le")
            luid = adapter.luid.to_bytes(8, "little")
            packed = struct.pack(
                "<256s4I3Q8sI", name, adapter.vendor, 0x1234, 0, 1, adapter.dedicated_memory, 7, 9, luid, adapter.flags
            )
            ctypes.memmove(description, packed, len(packed))
            return 0

        def support(this: int, interface: int, version: int) -> int:
            assert ctypes.string_at(interface, 16) == uuid.UUID("54ec77fa-1377-44e6-8c32-88fd5f44c84c").bytes_le
            if not adapter.driver:
                return UNSUPPORTED
            # LARGE_INTEGER of four 16-bit numbers, the first in its highest bits.
            ctypes.memmove(version, struct.pack("<4H", *map(int, reversed(adapter.driver.split(".")))), 8)
            return 0

        methods = {
            9: METHOD(ctypes.c_int32, POINTER, POINTER, POINTER)(support),
            10: METHOD(ctypes.c_int32, POINTER, POINTER)(describe),
        }
        self.give(result, self.new_object(adapter.name, methods))
        return 0

    def new_object(self, name: str, methods: dict[int, Any]) -> int:
        def release(this: int) -> int:
            self.released.append(name)
            return 0

        table = (POINTER * 14)()
        for place, method in {2: METHOD(ctypes.c_uint32, POINTER)(release), **methods}.items():
            table[place] = ctypes.cast(method, POINTER)
            self.kept.append(method)
        this = POINTER(ctypes.addressof(table))
        self.kept += [table, this]
        return ctypes.addressof(this)

    @staticmethod
    def give(result: int, address: int) -> None:
        ctypes.memmove(result, struct.pack("<Q", address), 8)


def test_adapters_are_read_and_everything_is_released() -> None:
    adapters = [RADEON, GEFORCE, ARC, BASIC]
    dxgi = FakeDxgi(adapters)
    assert list(enumerate_adapters(dxgi)) == adapters
    assert dxgi.released == [adapter.name for adapter in adapters] + ["factory"]


@pytest.mark.parametrize(
    ("fails", "released"),
    [("create", []), ("enumerate", ["factory"]), ("describe", [RADEON.name, "factory"])],
)
def test_a_failing_call_is_an_error_and_releases_what_it_had(fails: str, released: list[str]) -> None:
    dxgi = FakeDxgi([RADEON], fails)
    with pytest.raises(OSError, match="0x80004005"):
        list(enumerate_adapters(dxgi))
    assert dxgi.released == released


def test_devices_of_the_makers_that_no_other_source_covers() -> None:
    devices = statuses([RADEON_BUILT_IN, GEFORCE, UHD, RADEON, ARC, BASIC])
    assert [(d.id, d.maker, d.name, d.usable) for d in devices] == [
        ("cuda:0", "AMD", RADEON_BUILT_IN.name, False),
        ("xpu:0", "Intel", UHD.name, False),
        ("cuda:1", "AMD", RADEON.name, True),
        ("xpu:1", "Intel", ARC.name, True),
    ]
    assert devices[2].memory_total == RADEON.dedicated_memory
    assert all(d.note for d in devices if not d.usable)


def test_a_software_adapter_in_a_makers_name_is_no_device() -> None:
    assert statuses([Adapter("Remote", 0x1002, 8 * GIB, 2)]) == []


@pytest.mark.skipif(hasattr(ctypes, "WinDLL"), reason="on Windows this reads the real adapters")
def test_elsewhere_there_is_nothing_to_read() -> None:
    assert WindowsSource().read() == []


@pytest.mark.skipif(not hasattr(ctypes, "WinDLL"), reason="needs Windows")
def test_the_real_library() -> None:
    assert any(adapter.flags & 2 for adapter in enumerate_adapters(ctypes.WinDLL("dxgi")))  # type: ignore[attr-defined,unused-ignore]
