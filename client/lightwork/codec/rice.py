"""Where the kept values lie: gaps between neighbours in Rice's code, unary quotients apart from binary remainders.

A gap g is coded with parameter k as the quotient g >> k in unary (so many zeros, then a one) and the remainder in k
bits (Golomb 1966, doi:10.1109/TIT.1966.1053907; Rice 1979, JPL Publication 79-22). Quotients and remainders are streams
of their own, so that reading them takes a few operations on whole arrays. With 64 of 4096 kept at random a position
costs about 7.5 bits; the entropy bound is log2(C(4096, 64)) / 64 = 7.36.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lightwork.codec.bits import MAXIMUM_WIDTH, pack, packed_length, unpack
from lightwork.codec.segments import Segment

PARAMETERS = range(MAXIMUM_WIDTH)  # a gap is below 4096 = 2**12, so a parameter of 12 never pays


class Positions(NamedTuple):
    """A segment's kept positions as they are sent."""

    parameter: int
    quotients: bytes
    remainders: bytes


def longest_quotients(segment: Segment, parameter: int) -> int:
    """Most bytes that the quotients can take: a block's gaps sum to at most its length less what it keeps."""
    full = segment.length // segment.block
    zeros = full * ((segment.block - segment.keep) >> parameter) + ((segment.tail - segment.tail_keep) >> parameter)
    return packed_length(segment.kept + zeros, 1)


def longest(segment: Segment) -> int:
    """Most bytes that `encode_positions` makes of quotients and remainders together."""
    return min(longest_quotients(segment, k) + packed_length(segment.kept, k) for k in PARAMETERS)


def encode_positions(positions: NDArray[np.int64], segment: Segment) -> Positions:
    """The kept positions, shape (segment.kept,), with the parameter that makes them shortest."""
    gaps = np.diff(positions, prepend=-1) - 1
    first = segment.first_kept()
    gaps[first] = positions[first] - segment.block_starts()
    counts = np.bincount(gaps, minlength=segment.block)
    sizes = np.arange(len(counts))
    zeros = [int(counts @ (sizes >> k)) for k in PARAMETERS]
    # Whole bytes decide, as in `longest`, which is an upper bound only if the two count alike.
    parameter = min(PARAMETERS, key=lambda k: packed_length(len(gaps) + zeros[k], 1) + packed_length(len(gaps), k))
    unary = np.zeros(len(gaps) + zeros[parameter], np.uint8)
    unary[np.cumsum((gaps >> parameter) + 1) - 1] = 1
    remainders = (gaps & ((1 << parameter) - 1)).astype(np.uint16)
    return Positions(parameter, np.packbits(unary, bitorder="little").tobytes(), pack(remainders, parameter))


def decode_positions(
    parameter: int, quotients: NDArray[np.uint8], remainders: NDArray[np.uint8], segment: Segment
) -> NDArray[np.int64]:
    """The kept positions, ascending, each inside its block. ValueError if the streams do not say just that.

    The caller has bounded the length of `quotients` by `longest_quotients`, so a gap cannot overflow.
    """
    ends = np.flatnonzero(np.unpackbits(quotients, bitorder="little").view(np.bool_))
    if len(ends) != segment.kept or packed_length(int(ends[-1]) + 1, 1) != len(quotients):
        raise ValueError("the wrong number of positions")
    steps = ends.copy()  # of quotients for now; of positions, gap plus one, below
    steps[1:] -= ends[:-1] + 1
    steps <<= parameter
    steps += unpack(remainders, parameter, segment.kept)
    steps += 1
    first, starts = segment.first_kept(), segment.block_starts()
    travelled = np.cumsum(steps)
    shifts = starts - 1 - (travelled[first] - steps[first])
    positions: NDArray[np.int64] = travelled + np.repeat(shifts, segment.keep)[: segment.kept]
    last = positions[np.minimum(first + segment.keep, segment.kept) - 1]
    if np.any(last >= np.minimum(starts + segment.block, segment.length)):
        raise ValueError("a position outside its block")
    return positions
