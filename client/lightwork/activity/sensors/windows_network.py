"""Windows: is the network paid by volume? Its network list manager tells, by COM through ctypes."""

import ctypes
import uuid
from collections.abc import Callable
from typing import Any

from lightwork.activity.sensor import NotAvailableError

# netlistmgr.h of the Windows SDK: the class, the interface INetworkCostManager, and places in its table of methods.
NETWORK_LIST_MANAGER = uuid.UUID("dcb00c01-570f-4a9b-8d69-199fdba5723b").bytes_le
NETWORK_COST_MANAGER = uuid.UUID("dcb00008-570f-4a9b-8d69-199fdba5723b").bytes_le
RELEASE, GET_COST = 2, 3

# NLM_CONNECTION_COST: a fixed plan, one by volume, over its limit, abroad. Unrestricted is 1.
UNKNOWN = 0
METERED = 0x2 | 0x4 | 0x10000 | 0x40000

MULTITHREADED = 0  # COINIT_MULTITHREADED
ALL_SERVERS = 0x17  # CLSCTX_ALL
CHANGED_MODE = ctypes.c_int32(0x80010106).value  # RPC_E_CHANGED_MODE: the thread has COM already, in another mode

# COM methods are stdcall, which 64-bit Windows and everything else do not tell from C's convention.
_METHOD: Callable[..., Any] = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)


def is_metered(cost: int) -> bool | None:
    """What the flags of NLM_CONNECTION_COST say; None if Windows does not know."""
    return None if cost == UNKNOWN else bool(cost & METERED)


def read_metered(ole32: Any) -> bool | None:
    """Ask about the connection to the internet. Raises NotAvailableError if this Windows has no such manager."""
    start = ole32.CoInitializeEx
    start.restype, start.argtypes = ctypes.c_int32, [ctypes.c_void_p, ctypes.c_uint32]
    started = start(None, MULTITHREADED)
    if started < 0 and started != CHANGED_MODE:
        raise OSError(f"CoInitializeEx failed with HRESULT {started & 0xFFFFFFFF:#010x}")
    try:
        return is_metered(_cost(ole32))
    finally:
        if started >= 0:  # also if the thread had it already: each success is counted
            ole32.CoUninitialize.restype = None
            ole32.CoUninitialize()


def _cost(ole32: Any) -> int:
    create = ole32.CoCreateInstance
    create.restype = ctypes.c_int32
    create.argtypes = [
        ctypes.c_char_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)
    ]  # fmt: skip
    manager = ctypes.c_void_p()
    if create(NETWORK_LIST_MANAGER, None, ALL_SERVERS, NETWORK_COST_MANAGER, ctypes.byref(manager)) < 0 or not manager:
        raise NotAvailableError("this Windows does not tell what the network costs")
    try:
        cost = ctypes.c_uint32()
        result = _method(manager, GET_COST, ctypes.POINTER(ctypes.c_uint32), ctypes.c_void_p)(
            manager, ctypes.byref(cost), None
        )
        if result < 0:
            raise OSError(f"GetCost failed with HRESULT {result & 0xFFFFFFFF:#010x}")
        return cost.value
    finally:
        _method(manager, RELEASE)(manager)


def _method(this: ctypes.c_void_p, place: int, *arguments: Any) -> Any:
    """A COM method: an object's first word points to the table of its methods."""
    table = ctypes.cast(this, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    return _METHOD(ctypes.c_int32, ctypes.c_void_p, *arguments)(table[place])
