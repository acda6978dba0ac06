"""Which values of a segment are kept: the largest by magnitude of every block."""

import numpy as np
from numpy.typing import NDArray

from lightwork.codec.segments import Segment

_MAGNITUDE = np.int32(0x7FFFFFFF)
_INFINITY = 0x7F800000


def magnitude_bits(values: NDArray[np.float32]) -> NDArray[np.int32]:
    """The values' magnitudes as IEEE 754 bit patterns, which order as the magnitudes do and compare faster.

    ValueError if a value is infinite or not a number.
    """
    bits = values.view(np.int32) & _MAGNITUDE
    if bits.max(initial=0) >= _INFINITY:
        raise ValueError("the vector holds a value that is infinite or not a number")
    return bits


def largest(magnitudes: NDArray[np.int32], segment: Segment) -> NDArray[np.int64]:
    """Ascending positions in the segment, shape (segment.kept,), of each block's largest; of equals the first."""
    full = segment.length - segment.tail
    kept = np.empty(segment.length, np.bool_)
    if full:
        blocks = magnitudes[:full].reshape(-1, segment.block)
        kept[:full] = _largest_of_rows(blocks, segment.keep).reshape(-1)
    if segment.tail:
        kept[full:] = _largest_of_rows(magnitudes[None, full:], segment.tail_keep)[0]
    return np.flatnonzero(kept)


def _largest_of_rows(rows: NDArray[np.int32], keep: int) -> NDArray[np.bool_]:
    """Mask of the rows' shape, true at exactly `keep` places a row."""
    place = rows.shape[1] - keep
    least = np.partition(rows, place, axis=1)[:, place, None]
    mask = rows >= least
    if np.count_nonzero(mask) == keep * len(rows):
        return mask
    tied = np.flatnonzero(np.count_nonzero(mask, axis=1) > keep)
    larger = rows[tied] > least[tied]
    equal = rows[tied] == least[tied]
    room = keep - np.count_nonzero(larger, axis=1)
    mask[tied] = larger | (equal & (np.cumsum(equal, axis=1, dtype=np.int32) <= room[:, None]))
    return mask
