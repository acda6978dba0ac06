"""Unsigned numbers of a fixed width, packed without gaps: the first number takes the lowest bits of the first byte."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.float64)

MAXIMUM_WIDTH = 12
_BYTE = 8
_MANY = 2048  # bytes: below this, a table of sums is not worth making
_GROUP = 8  # eight numbers of `width` bits fill exactly `width` bytes, whatever the width


def packed_length(count: int, width: int) -> int:
    """Bytes that `count` numbers of `width` bits take."""
    return (count * width + 7) // 8


def pack(numbers: NDArray[np.integer[Any]], width: int) -> bytes:
    """The numbers, shape (n,), each at least 0 and below 2**width, in `packed_length(n, width)` bytes.

    Unused bits are zero. Above 8 bits the low bytes of all numbers come first, and the remaining high bits follow as a
    stream of their own.
    """
    if width > _BYTE:
        low = (numbers & 0xFF).astype(np.uint8)
        return low.tobytes() + pack(numbers >> _BYTE, width - _BYTE)
    if width == 0:
        return b""
    groups = -(-len(numbers) // _GROUP)
    padded = np.zeros((groups, _GROUP), np.uint64)
    padded.reshape(-1)[: len(numbers)] = numbers
    padded <<= _shifts(width)
    words = np.bitwise_or.reduce(padded, axis=1).astype("<u8", copy=False)
    octets = words.view(np.uint8).reshape(groups, 8)[:, :width]
    return bytes(octets.tobytes()[: packed_length(len(numbers), width)])


def check(data: NDArray[np.uint8], width: int, count: int) -> None:
    """ValueError unless `data` has the length of `count` numbers of `width` bits, and its unused bits are zero.

    So every sequence of numbers has just one packed form.
    """
    if len(data) != packed_length(count, width):
        raise ValueError("packed numbers of the wrong length")
    unused = len(data) * 8 - count * width
    if unused and int(data[-1]) >> (8 - unused):
        raise ValueError("unused bits that are set")


def unpack(data: NDArray[np.uint8], width: int, count: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """`count` numbers of `width` bits, shape (count,): uint8 up to 8 bits, else uint16. ValueError as `check` says."""
    if width > _BYTE:
        numbers = unpack(data[count:], width - _BYTE, count).astype(np.uint16)
        numbers <<= _BYTE
        numbers |= data[:count]
        return numbers
    check(data, width, count)
    if width == 0:
        return np.zeros(count, np.uint8)
    if width == _BYTE:
        return data
    if width in _TABLES:  # 1, 2 and 4 bits divide a byte: one look-up a byte is several times faster
        return np.take(_TABLES[width], data, axis=0).reshape(-1)[:count]
    groups = -(-count // _GROUP)
    padded = np.zeros(groups * width, np.uint8)
    padded[: len(data)] = data
    words = np.zeros((groups, 8), np.uint8)
    words[:, :width] = padded.reshape(groups, width)
    split = (words.view("<u8") >> _shifts(width)) & np.uint64((1 << width) - 1)
    return split.astype(np.uint8).reshape(-1)[:count]


def look_up(data: NDArray[np.uint8], width: int, count: int, table: NDArray[Number]) -> NDArray[Number]:
    """`table[unpack(data, width, count)]` for a table of 2**width entries. ValueError as `check` says."""
    if width not in _TABLES:
        return np.take(table, unpack(data, width, count))
    check(data, width, count)
    return np.take(table[_TABLES[width]], data, axis=0).reshape(-1)[:count]


def total(data: NDArray[np.uint8], width: int, count: int, table: NDArray[np.float64]) -> float:
    """The sum of `look_up(data, width, count, table)`, in another order of addition. ValueError as `check` says."""
    if width not in _TABLES or len(data) < _MANY:
        return float(look_up(data, width, count, table).sum())
    check(data, width, count)
    whole, rest = divmod(count, _BYTE // width)  # one look-up gives the sum for all numbers of a byte
    sums = np.take(table[_TABLES[width]].sum(axis=1), data[:whole])
    return float(sums.sum() + look_up(data[whole:], width, rest, table).sum())


def _shifts(width: int) -> NDArray[np.uint64]:
    return np.arange(_GROUP, dtype=np.uint64) * np.uint64(width)


def _table(width: int) -> NDArray[np.uint8]:
    """Shape (256, 8 // width): the numbers that each byte holds."""
    shifts = np.arange(0, 8, width, dtype=np.uint16)
    return ((np.arange(256, dtype=np.uint16)[:, None] >> shifts) & ((1 << width) - 1)).astype(np.uint8)


_TABLES = {width: _table(width) for width in (1, 2, 4)}
