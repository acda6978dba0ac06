"""The payload's format, version 1: how its parts lie, and the checks that need no decoding. All numbers little-endian.

    header     4 bytes "LWPG", version (1), bits (1), block (2), keep (2), first 16 bytes of the layout's digest
    table      one entry a segment: 2**(bits-1) levels (4 each, float32), length of quotients (4), Rice parameter (1)
    streams    segment by segment: quotients, remainders, codes; the dense form has only codes
    checksum   CRC-32 of everything before it (4)

`segments` says how tensors are cut up and `rice` how positions are coded; quotients, remainders and codes are packed as
in `bits`. What follows from the layout and the scheme (segments, counts, the other lengths) is derived and never
read, so a payload cannot lie about it. The checksum finds accidents, not forgeries: everything is checked as if there
were none.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightwork.codec.bits import packed_length
from lightwork.codec.quantise import level_count
from lightwork.codec.rice import PARAMETERS, Positions, longest, longest_quotients
from lightwork.codec.segments import Segment, segments
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme

_MAGIC = b"LWPG"
_VERSION = 1
_DIGEST_LENGTH = 16
_HEADER = struct.Struct(f"<4sBBHH{_DIGEST_LENGTH}s")
_CHECKSUM = struct.Struct("<I")


class PayloadError(LightworkError):
    """A payload that is damaged, made for another layout, or forged. `detail` says what is wrong with it."""

    def __init__(self, detail: str) -> None:
        super().__init__(Trouble.PAYLOAD_INVALID, detail)


@dataclass(frozen=True, slots=True)
class CodedSegment:
    """A segment as it is written: its levels, its positions (None in the dense form) and its packed codes."""

    levels: NDArray[np.float32]
    positions: Positions | None
    codes: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """A segment as it is found in a payload: views into it, of lengths that have been checked."""

    segment: Segment
    levels: NDArray[np.float32]
    parameter: int
    quotients: NDArray[np.uint8]
    remainders: NDArray[np.uint8]
    codes: NDArray[np.uint8]


def assemble(layout: Layout, scheme: Scheme, coded: list[CodedSegment]) -> bytes:
    """The payload of a vector's coded segments, which are in the order of `segments(layout, scheme)`."""
    table = np.zeros(len(coded), _entry(scheme))
    streams: list[bytes] = []
    for entry, part in zip(table, coded, strict=True):
        entry["levels"] = part.levels
        if part.positions is not None:
            entry["parameter"] = part.positions.parameter
            entry["quotients"] = len(part.positions.quotients)
            streams += [part.positions.quotients, part.positions.remainders]
        streams.append(part.codes)
    digest = layout.digest()[:_DIGEST_LENGTH]
    header = _HEADER.pack(_MAGIC, _VERSION, scheme.bits, scheme.block, scheme.keep, digest)
    return _sealed([header, table.tobytes(), *streams])


def scheme_of(payload: bytes) -> Scheme:
    """The scheme that a payload was made with; PayloadError if it is damaged or of another format."""
    return _open(payload)[0]


def dissect(payload: bytes, layout: Layout) -> tuple[Scheme, list[Section]]:
    """The payload's sections, one a segment; PayloadError unless every length, level and parameter can be right.

    Allocates in proportion to the number of segments only.
    """
    scheme, digest = _open(payload)
    if digest != layout.digest()[:_DIGEST_LENGTH]:
        raise PayloadError("made for another layout")
    pieces = segments(layout, scheme)
    table = _read_table(payload, scheme, len(pieces))
    levels = np.ascontiguousarray(table["levels"]).astype(np.float32, copy=False)
    parameters: list[int] = table["parameter"].tolist()
    quotients: list[int] = table["quotients"].tolist()
    sections = []
    streams = np.frombuffer(payload, np.uint8)[_HEADER.size + table.nbytes : -_CHECKSUM.size]
    for piece, own, parameter, length in zip(pieces, levels, parameters, quotients, strict=True):
        parts, streams = _split(streams, _lengths(piece, scheme, parameter, length))
        sections.append(Section(piece, own, parameter, *parts))
    if len(streams):
        raise PayloadError("longer than its contents")
    return scheme, sections


def maximum_length(layout: Layout, scheme: Scheme) -> int:
    """Bytes of the longest payload that `encode` can make of any vector of this layout under this scheme."""
    longest_streams = 0
    pieces = 0
    for piece in segments(layout, scheme):
        pieces += 1
        longest_streams += packed_length(piece.kept, scheme.bits) + (0 if scheme.dense else longest(piece))
    return _HEADER.size + pieces * _entry(scheme).itemsize + longest_streams + _CHECKSUM.size


def _sealed(pieces: list[bytes]) -> bytes:
    """The pieces with a checksum behind them, put together once: a payload may be large."""
    checksum = 0
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
    return b"".join([*pieces, _CHECKSUM.pack(checksum)])


def _open(payload: bytes) -> tuple[Scheme, bytes]:
    """The scheme and the layout's digest from the header of a payload whose checksum holds."""
    if len(payload) < _HEADER.size + _CHECKSUM.size:
        raise PayloadError("too short")
    magic, version, bits, block, keep, digest = _HEADER.unpack_from(payload)
    if magic != _MAGIC:
        raise PayloadError("not a payload")
    if version != _VERSION:
        raise PayloadError(f"of version {version}, while this program reads version {_VERSION}")
    content = memoryview(payload)[: -_CHECKSUM.size]
    if _CHECKSUM.unpack_from(payload, len(content)) != (zlib.crc32(content),):
        raise PayloadError("the checksum does not hold")
    try:
        return Scheme(block=block, keep=keep, bits=bits), digest
    except ValueError as error:
        raise PayloadError(str(error)) from None


def _entry(scheme: Scheme) -> np.dtype[Any]:
    """The table's entry for one segment, without padding. In the dense form the last two fields are zero."""
    return np.dtype([("levels", "<f4", (level_count(scheme.bits),)), ("quotients", "<u4"), ("parameter", "u1")])


def _read_table(payload: bytes, scheme: Scheme, count: int) -> NDArray[Any]:
    """The table's entries, shape (count,), with levels and parameters checked."""
    entry = _entry(scheme)
    if len(payload) < _HEADER.size + count * entry.itemsize + _CHECKSUM.size:
        raise PayloadError("too short for its table")
    table = np.frombuffer(payload, entry, count, _HEADER.size)
    levels = table["levels"]
    if not np.all(np.isfinite(levels)):
        raise PayloadError("a level that is infinite or not a number")
    if np.any(np.signbit(levels)) or np.any(levels[:, 1:] < levels[:, :-1]):
        raise PayloadError("levels that are negative or do not ascend")
    if table["parameter"].max(initial=0) >= len(PARAMETERS):
        raise PayloadError("a Rice parameter that is too large")
    if scheme.dense and (table["parameter"].any() or table["quotients"].any()):
        raise PayloadError("positions in a dense payload")
    return table


def _lengths(piece: Segment, scheme: Scheme, parameter: int, quotients: int) -> tuple[int, int, int]:
    """Bytes of a section's quotients, remainders and codes."""
    codes = packed_length(piece.kept, scheme.bits)
    if scheme.dense:
        return 0, 0, codes
    if quotients > longest_quotients(piece, parameter):
        raise PayloadError("more positions than fit")
    return quotients, packed_length(piece.kept, parameter), codes


def _split(streams: NDArray[np.uint8], lengths: Iterable[int]) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Views of the given lengths from the front of the streams, and what remains."""
    parts = []
    for length in lengths:
        if length > len(streams):
            raise PayloadError("shorter than its contents")
        parts.append(streams[:length])
        streams = streams[length:]
    return parts, streams
