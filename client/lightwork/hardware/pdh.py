"""Windows' performance counters, by pdh.dll through ctypes: one query of one counter over all its instances.

Source: pdh.h, pdhmsg.h and winperf.h of the Windows SDK. Text is UTF-16 on every system here, which c_wchar is not.
"""

import ctypes
from typing import Any

MORE_DATA = 0x800007D2  # PDH_MORE_DATA: the buffer is too small, and now its size is known
NO_DATA = 0x800007D5  # PDH_NO_DATA: no instance exists
INVALID_DATA = 0xC0000BC6  # PDH_INVALID_DATA: a rate, of which only one sample was taken
FMT_DOUBLE, FMT_LARGE, FMT_NOCAP100 = 0x200, 0x400, 0x8000
VALID = {0, 1}  # PDH_CSTATUS_VALID_DATA, PDH_CSTATUS_NEW_DATA


class _Value(ctypes.Union):
    _fields_ = (("double", ctypes.c_double), ("large", ctypes.c_longlong))


class _Item(ctypes.Structure):
    """PDH_FMT_COUNTERVALUE_ITEM_W; its name points behind the items, into the same buffer."""

    _fields_ = (("name", ctypes.c_void_p), ("status", ctypes.c_uint32), ("value", _Value))


class CounterQuery:
    r"""A counter by its English path, "\GPU Engine(*)\Utilization Percentage" say.

    Raises OSError with the PDH status for a counter that this Windows does not have (before Windows 10 1709).
    """

    def __init__(self, library: Any, path: str, *, whole: bool = False) -> None:
        """`whole`: the counter counts bytes, and no rate."""
        self._pdh = library
        self._whole = whole
        self._query, self._counter = ctypes.c_void_p(), ctypes.c_void_p()
        _check(_call(library.PdhOpenQueryW, None, None, ctypes.byref(self._query)), "PdhOpenQueryW")
        try:
            text = ctypes.create_string_buffer(path.encode("utf-16-le") + b"\0\0")
            added = _call(library.PdhAddEnglishCounterW, self._query, text, None, ctypes.byref(self._counter))
            _check(added, "PdhAddEnglishCounterW")
        except OSError:
            self.close()
            raise

    def read(self) -> list[tuple[str, float]]:
        """Instances and their values now; of a rate its mean since the last call, and nothing at the first."""
        collected = _call(self._pdh.PdhCollectQueryData, self._query)
        if collected == NO_DATA:
            return []
        _check(collected, "PdhCollectQueryData")
        size, count = ctypes.c_uint32(0), ctypes.c_uint32(0)
        buffer = ctypes.create_string_buffer(0)
        kind = FMT_LARGE if self._whole else FMT_DOUBLE | FMT_NOCAP100
        for _ in range(3):  # instances come between the question for the size and that for the values
            status = self._format(kind, size, count, buffer)
            if status != MORE_DATA:
                break
            buffer = ctypes.create_string_buffer(size.value)
        if status in {NO_DATA, INVALID_DATA}:
            return []
        _check(status, "PdhGetFormattedCounterArrayW")
        items = (_Item * count.value).from_buffer(buffer) if count.value else ()
        start, raw = ctypes.addressof(buffer), bytes(buffer)
        return [
            (_text(raw, (item.name or start) - start), item.value.large if self._whole else item.value.double)
            for item in items
            if item.status in VALID
        ]

    def close(self) -> None:
        """End the query. Doing so twice is fine."""
        query, self._query = self._query, ctypes.c_void_p()
        if query:
            _call(self._pdh.PdhCloseQuery, query)

    def _format(self, kind: int, size: ctypes.c_uint32, count: ctypes.c_uint32, buffer: Any) -> int:
        return _call(
            self._pdh.PdhGetFormattedCounterArrayW,
            self._counter,
            ctypes.c_uint32(kind),
            ctypes.byref(size),
            ctypes.byref(count),
            buffer if size.value else None,
        )


def _text(raw: bytes, start: int) -> str:
    """The UTF-16 text in a buffer from `start` up to its zero."""
    end = start
    while end + 1 < len(raw) and raw[end : end + 2] != b"\0\0":
        end += 2
    return raw[start:end].decode("utf-16-le", errors="replace")


def _call(function: Any, *arguments: Any) -> int:
    """A PDH_STATUS, unsigned as the header writes it."""
    return int(function(*arguments)) & 0xFFFFFFFF


def _check(status: int, call: str) -> None:
    if status:
        raise OSError(f"{call} failed with PDH status {status:#010x}")
