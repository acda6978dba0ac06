"""Vector -> payload -> vector. A payload is read in full, and refused if need be, before it changes anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lightwork.codec.bits import Number, check, look_up, pack, total
from lightwork.codec.format import CodedSegment, PayloadError, Section, assemble, dissect
from lightwork.codec.quantise import code_values, quantise
from lightwork.codec.rice import decode_positions, encode_positions
from lightwork.codec.segments import Segment, segments
from lightwork.codec.select import largest, magnitude_bits
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme


@dataclass(frozen=True, eq=False)
class Encoded:
    """A payload, and what it decodes to (float32, shape (layout.size,), to the last bit): the rest is the residual."""

    payload: bytes
    decoded: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Content:
    """What one segment of a sound payload says: values for each code, codes still packed, positions (None: all)."""

    segment: Segment
    values: NDArray[np.float32]
    bits: int
    packed: NDArray[np.uint8]
    positions: NDArray[np.uint32] | None

    def look_up(self, table: NDArray[Number]) -> NDArray[Number]:
        """The table's entry for every kept value, shape (segment.kept,). Cannot fail: `_read` has checked the codes."""
        return look_up(self.packed, self.bits, self.segment.kept, table)

    def total(self, table: NDArray[np.float64]) -> float:
        """The sum of `look_up(table)`."""
        return total(self.packed, self.bits, self.segment.kept, table)


class Encoder:
    """Makes a payload segment by segment, so that the vector need never be whole in memory.

    `segments` says which values each segment holds; `add` is called once for each, in their order.
    """

    def __init__(self, layout: Layout, scheme: Scheme) -> None:
        self.segments = segments(layout, scheme)
        self._layout = layout
        self._scheme = scheme
        self._coded: list[CodedSegment] = []

    def add(self, values: NDArray[np.float32], decoded: NDArray[np.float32]) -> None:
        """Code the next segment's values, and write what they decode to into `decoded`; both of shape (length,).

        ValueError if a value is infinite or not a number, or there are too few or too many; nothing has changed then.
        """
        if len(self._coded) == len(self.segments):
            raise ValueError(f"all {len(self.segments)} segments have been added")
        segment = self.segments[len(self._coded)]
        if values.shape != (segment.length,):
            raise ValueError(f"expected a segment of {segment.length} values, got shape {values.shape}")
        self._coded.append(_encode_segment(np.ascontiguousarray(values), segment, self._scheme, decoded))

    def payload(self) -> bytes:
        """The payload, once every segment was added. ValueError before."""
        if len(self._coded) < len(self.segments):
            raise ValueError(f"only {len(self._coded)} of {len(self.segments)} segments were added")
        return assemble(self._layout, self._scheme, self._coded)


def encode(vector: NDArray[np.float32], layout: Layout, scheme: Scheme) -> Encoded:
    """The payload of a flat vector in the layout's order, shape (layout.size,).

    ValueError if the vector has another type or shape, or holds a value that is infinite or not a number.
    """
    if vector.dtype != np.float32 or vector.shape != (layout.size,):
        raise ValueError(f"expected {layout.size} float32 values, got {vector.dtype} of shape {vector.shape}")
    decoded = np.empty(layout.size, np.float32)
    encoder = Encoder(layout, scheme)
    for segment in encoder.segments:
        encoder.add(vector[segment.place], decoded[segment.place])
    return Encoded(encoder.payload(), decoded)


def decode(payload: bytes, layout: Layout) -> NDArray[np.float32]:
    """The flat vector, shape (layout.size,), with zeros where nothing was sent. PayloadError if the payload is bad."""
    contents = list(_read(payload, layout))
    vector = np.zeros(layout.size, np.float32)
    for content in contents:
        piece = vector[content.segment.place]
        if content.positions is None:
            piece[:] = content.look_up(content.values)
        else:
            piece[content.positions] = content.look_up(content.values)
    return vector


def accumulate(payload: bytes, layout: Layout, into: NDArray[np.float32 | np.float64], weight: float) -> None:
    """Add `weight` times what the payload decodes to, product and sum in the precision of `into`.

    `into`, shape (layout.size,), is unchanged if PayloadError is raised. A stranger's levels may be as large as
    float32 goes: bound `norm` times `weight` first, or sums may become infinite. ValueError if `into` has another shape
    or type, or the weight is not finite in that type.
    """
    if into.dtype not in (np.float32, np.float64) or into.shape != (layout.size,):
        raise ValueError(f"expected {layout.size} float32 or float64 values, got {into.dtype} of shape {into.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        factor = into.dtype.type(weight)
        if not np.isfinite(factor):
            raise ValueError(f"the weight must be finite in {into.dtype}, not {weight}")
        for content in list(_read(payload, layout)):
            piece = into[content.segment.place]
            values = content.values.astype(into.dtype) * factor
            if content.positions is None:
                piece += content.look_up(values)
            else:  # `add.at` makes one pass over memory where `+=` with an index makes two
                np.add.at(piece, content.positions.astype(np.intp), content.look_up(values))


def norm(payload: bytes, layout: Layout) -> float:
    """Euclidean norm of what the payload decodes to. PayloadError if the payload is bad."""
    return sqrt(sum(content.total(np.square(content.values, dtype=np.float64)) for content in _read(payload, layout)))


def _encode_segment(
    values: NDArray[np.float32], segment: Segment, scheme: Scheme, decoded: NDArray[np.float32]
) -> CodedSegment:
    """The coded segment; what it decodes to is written to `decoded`."""
    magnitudes = magnitude_bits(values)
    if scheme.dense:
        levels, codes = quantise(values, scheme.bits)
        decoded[:] = np.take(code_values(levels), codes)
        return CodedSegment(levels, None, pack(codes, scheme.bits))
    positions = largest(magnitudes, segment)
    levels, codes = quantise(values[positions], scheme.bits)
    decoded[:] = 0.0
    decoded[positions] = code_values(levels)[codes]
    return CodedSegment(levels, encode_positions(positions, segment), pack(codes, scheme.bits))


def _read(payload: bytes, layout: Layout) -> Iterator[_Content]:
    """The payload's segments, each checked in full. Positions take 4 bytes for each value that is kept."""
    scheme, sections = dissect(payload, layout)
    try:
        for section in sections:
            yield _read_section(section, scheme)
    except ValueError as error:
        raise PayloadError(str(error)) from None


def _read_section(section: Section, scheme: Scheme) -> _Content:
    """ValueError if codes or positions are not as `encode` writes them."""
    segment = section.segment
    check(section.codes, scheme.bits, segment.kept)
    positions = None
    if not scheme.dense:
        found = decode_positions(section.parameter, section.quotients, section.remainders, segment)
        positions = found.astype(np.uint32)
    return _Content(segment, code_values(section.levels), scheme.bits, section.codes, positions)
