"""Which run of the computer this is: a text that changes when the computer starts anew, and not before.

Neither the uptime nor the time of starting will do: the first counts on over Windows' fast start, and the second moves
when the clock is set.
"""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_LINUX = Path("/proc/sys/kernel/random/boot_id")
_UUID_BYTES = 37  # with the end mark

# wtsapi32.h: this server, this session, and which answer.
_HERE, _THIS_SESSION, _SESSION_INFO = None, 0xFFFFFFFF, 24


def boot_id() -> str:
    """Empty where the system does not tell; two empty ones are to be taken for the same run."""
    with suppress(OSError, AttributeError, ValueError):
        if sys.platform == "win32":
            return logon_of(ctypes.WinDLL("wtsapi32"))
        if sys.platform == "darwin":
            return session_of(ctypes.CDLL(None))
        return _LINUX.read_text(encoding="ascii").strip()
    return ""


def session_of(libc: Any) -> str:
    """The name that macOS gives to this run of the computer."""
    size = ctypes.c_size_t(_UUID_BYTES)
    text = ctypes.create_string_buffer(_UUID_BYTES)
    by_name = libc.sysctlbyname
    by_name.restype = ctypes.c_int
    by_name.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    if by_name(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0) != 0:
        raise OSError("sysctlbyname failed")
    return text.value.decode("ascii")


class _SessionInfo(ctypes.Structure):
    """WTSINFOW in wtsapi32.h."""

    _fields_ = (
        ("state", ctypes.c_int32),
        ("session", ctypes.c_uint32),
        ("counters", ctypes.c_uint32 * 6),
        ("station", ctypes.c_uint16 * 32),
        ("domain", ctypes.c_uint16 * 17),
        ("user", ctypes.c_uint16 * 21),
        ("connected", ctypes.c_int64),
        ("disconnected", ctypes.c_int64),
        ("last_input", ctypes.c_int64),
        ("logon", ctypes.c_int64),
        ("now", ctypes.c_int64),
    )


def logon_of(wtsapi32: Any) -> str:
    """When the person logged on to Windows (FILETIME).

    Shutting down usually puts Windows' core to sleep and only logs the person off ("fast start"), so that nothing of
    the core tells one day from the next; to the person it is a restart. Logging off and on again counts as one, too.
    """
    query, free = wtsapi32.WTSQuerySessionInformationW, wtsapi32.WTSFreeMemory
    pointer = ctypes.c_void_p
    query.restype, query.argtypes = ctypes.c_int32, [pointer, ctypes.c_uint32, ctypes.c_int32, pointer, pointer]
    free.restype, free.argtypes = None, [pointer]
    answer, length = pointer(), ctypes.c_uint32()
    if not query(_HERE, _THIS_SESSION, _SESSION_INFO, ctypes.byref(answer), ctypes.byref(length)) or not answer.value:
        raise OSError("WTSQuerySessionInformationW failed")
    try:
        if length.value < ctypes.sizeof(_SessionInfo):
            raise OSError("WTSQuerySessionInformationW answers too little")
        logon: int = _SessionInfo.from_address(answer.value).logon
    finally:
        free(answer)
    return f"logon {logon}"
