"""AMD's and Intel's graphics on Windows, by DXGI through ctypes. NVIDIA's are NVML's business on every system."""

import ctypes
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lightwork.domain.status import DeviceStatus
from lightwork.hardware.source import ProcessCounters, gpu_status
from lightwork.hardware.users import ProcessUse

# PCI vendor -> maker, and torch's name for its devices (an AMD card is "cuda" to a torch built for ROCm).
MAKERS = {0x1002: ("AMD", "cuda"), 0x8086: ("Intel", "xpu")}
REREAD_SECONDS = 60.0  # a driver update or an external card changes the list, nothing else does
SOFTWARE_ADAPTER = 2  # DXGI_ADAPTER_FLAG_SOFTWARE

# dxgi.h, dxgi.idl of the Windows SDK: interface id of IDXGIFactory1, and places of methods in the tables of
# IUnknown, IDXGIFactory1 and IDXGIAdapter1.
FACTORY1 = bytes.fromhex("78ae0a776ff2ba4da829253c83d1b387")
RELEASE, ENUM_ADAPTERS1, GET_DESC1, CHECK_INTERFACE_SUPPORT = 2, 12, 10, 9
# IDXGIDevice: the interface for which an adapter tells the version of its driver.
DEVICE = bytes.fromhex("fa77ec547713e6448c3288fd5f44c84c")
NOT_FOUND = ctypes.c_int32(0x887A0002).value  # DXGI_ERROR_NOT_FOUND: the index is past the last adapter

# COM methods are stdcall, which 64-bit Windows and everything else do not tell from C's convention.
_METHOD: Callable[..., Any] = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)


@dataclass(frozen=True, slots=True)
class Adapter:
    """One DXGI adapter: what it is called, PCI vendor, bytes of its own memory, DXGI_ADAPTER_FLAG bits, its LUID (a
    number that is its own until Windows starts again) and its driver's version.
    """

    name: str
    vendor: int
    dedicated_memory: int
    flags: int
    luid: int = 0
    driver: str = ""


class WindowsSource:
    """AMD's and Intel's adapters. DXGI tells what they are; of live values it knows only this process's share.

    Who uses them is the business of Windows' counters, given as `counters`.
    """

    name = "DXGI"

    def __init__(self, clock: Callable[[], float] = time.monotonic, counters: ProcessCounters | None = None) -> None:
        self._clock = clock
        self._counters = counters
        self._devices: list[DeviceStatus] = []
        self._drivers: dict[str, str] = {}
        self._reread_at = 0.0

    def read(self) -> list[DeviceStatus]:
        """The adapters, each maker's counted by itself in DXGI's order. Raises OSError if DXGI fails."""
        if self._clock() >= self._reread_at:
            adapters = [adapter for adapter in system_adapters() if _ours(adapter)]
            self._devices = statuses(adapters)
            self._drivers = {device.id: adapter.driver for device, adapter in zip(self._devices, adapters, strict=True)}
            self._reread_at = self._clock() + REREAD_SECONDS
        return self._devices

    def users(self, device: str) -> list[ProcessUse] | None:
        """Who uses an adapter that was read. Raises OSError if Windows' counters fail."""
        known = self._named(device)
        return None if known is None or self._counters is None else self._counters.users(known.maker, known.name)

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of an adapter that was read. Raises OSError if Windows' counters fail."""
        known = self._named(device)
        if known is None or self._counters is None:
            return None
        return self._counters.held_by(known.maker, known.name, process)

    def driver(self, device: str) -> str:
        """Of an adapter that was read: "31.0.21912.14"."""
        return self._drivers.get(device, "")

    def close(self) -> None:
        """Nothing is held between reads but the counters' queries."""
        if self._counters is not None:
            self._counters.close()

    def _named(self, device: str) -> DeviceStatus | None:
        return next((known for known in self._devices if known.id == device), None)


def statuses(adapters: list[Adapter]) -> list[DeviceStatus]:
    """Devices of the makers that no other source covers."""
    counted: dict[int, int] = {}
    devices = []
    for adapter in adapters:
        if _ours(adapter):
            maker, torch_type = MAKERS[adapter.vendor]
            index = counted.get(adapter.vendor, 0)
            counted[adapter.vendor] = index + 1
            devices.append(
                gpu_status(
                    f"{torch_type}:{index}", name=adapter.name, maker=maker, memory_total=adapter.dedicated_memory
                )
            )
    return devices


def _ours(adapter: Adapter) -> bool:
    return adapter.vendor in MAKERS and not adapter.flags & SOFTWARE_ADAPTER


def system_adapters() -> list[Adapter]:
    """Adapters by DXGI; none on another system than Windows. Raises OSError if DXGI fails."""
    found: list[Adapter] = []
    if sys.platform == "win32":
        found += enumerate_adapters(ctypes.WinDLL("dxgi"))
    return found


class _Description(ctypes.Structure):
    """DXGI_ADAPTER_DESC1. Text is UTF-16 on every system here, which c_wchar is not."""

    _fields_ = (
        ("description", ctypes.c_uint16 * 128),
        ("vendor", ctypes.c_uint32),
        ("device", ctypes.c_uint32),
        ("subsystem", ctypes.c_uint32),
        ("revision", ctypes.c_uint32),
        ("dedicated_video_memory", ctypes.c_size_t),
        ("dedicated_system_memory", ctypes.c_size_t),
        ("shared_system_memory", ctypes.c_size_t),
        ("luid", ctypes.c_uint32 * 2),
        ("flags", ctypes.c_uint32),
    )


def enumerate_adapters(dxgi: Any) -> Iterator[Adapter]:
    """Every adapter that the library tells of, in its order. Raises OSError with the HRESULT if a call fails."""
    create = dxgi.CreateDXGIFactory1
    create.restype = ctypes.c_int32
    create.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
    factory = ctypes.c_void_p()
    _check(create(FACTORY1, ctypes.byref(factory)), "CreateDXGIFactory1")
    try:
        for index in range(64):
            adapter = ctypes.c_void_p()
            result = _call(factory, ENUM_ADAPTERS1, index, ctypes.byref(adapter))
            if result == NOT_FOUND:
                return
            _check(result, "EnumAdapters1")
            try:
                yield _describe(adapter)
            finally:
                _call(adapter, RELEASE)
    finally:
        _call(factory, RELEASE)


def _describe(adapter: ctypes.c_void_p) -> Adapter:
    description = _Description()
    _check(_call(adapter, GET_DESC1, ctypes.byref(description)), "GetDesc1")
    text = bytes(description.description).decode("utf-16-le", errors="replace").partition("\0")[0]
    low, high = description.luid
    return Adapter(
        text.strip(),
        description.vendor,
        description.dedicated_video_memory,
        description.flags,
        high << 32 | low,
        _driver(adapter),
    )


def _driver(adapter: ctypes.c_void_p) -> str:
    """The driver's version, four numbers of 16 bits; empty for an adapter without one, such as the software one."""
    version = ctypes.c_uint64()
    if _call(adapter, CHECK_INTERFACE_SUPPORT, DEVICE, ctypes.byref(version)) < 0:
        return ""
    return ".".join(str(version.value >> shift & 0xFFFF) for shift in (48, 32, 16, 0))


def _call(this: ctypes.c_void_p, place: int, *arguments: Any) -> int:
    """Call a COM method: an object's first word points to the table of its methods.

    Arguments are pointers or small integers; either fills one register or stack slot of a pointer's size.
    """
    table = ctypes.cast(this, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    method = _METHOD(ctypes.c_int32, ctypes.c_void_p, *(ctypes.c_void_p for _ in arguments))
    return int(method(table[place])(this, *arguments))


def _check(result: int, call: str) -> None:
    if result < 0:
        raise OSError(f"{call} failed with HRESULT {result & 0xFFFFFFFF:#010x}")
