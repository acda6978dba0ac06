"""How a layout is cut up: tensors into segments, segments into blocks. Both sides derive it; no payload states it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from lightwork.domain.layout import Layout
from lightwork.domain.scheme import MAXIMUM_BLOCK, Scheme

# Every segment has its own levels and Rice parameter and is coded by itself, so that temporary memory stays a few times
# 4 MiB however large the tensor; a whole number of blocks of any size fits.
SEGMENT_LENGTH = 256 * MAXIMUM_BLOCK  # 2**20; part of the format, so it cannot change within a version


@dataclass(frozen=True)
class Segment:
    """A stretch of one tensor: `start` and `stop` in the flat vector, and the blocks that it is made of."""

    start: int
    stop: int
    block: int
    keep: int

    @cached_property
    def place(self) -> slice:
        """Where it lies in the flat vector."""
        return slice(self.start, self.stop)

    @cached_property
    def length(self) -> int:
        """Number of values."""
        return self.stop - self.start

    @property
    def blocks(self) -> int:
        """Number of blocks; the last one may be short."""
        return -(-self.length // self.block)

    @cached_property
    def tail(self) -> int:
        """Length of the short last block; 0 where every block is full."""
        return self.length % self.block

    @cached_property
    def tail_keep(self) -> int:
        """How many values of the short last block are kept: the same share as of a full one, rounded up."""
        return -(-self.keep * self.tail // self.block)

    @cached_property
    def kept(self) -> int:
        """How many values are kept in all."""
        return self.length // self.block * self.keep + self.tail_keep

    def block_starts(self) -> NDArray[np.int64]:
        """Where each block begins, counted in values from the segment's start. Shape (blocks,)."""
        return np.arange(self.blocks, dtype=np.int64) * self.block

    def first_kept(self) -> NDArray[np.int64]:
        """Where each block's kept values begin among all kept values of the segment. Shape (blocks,)."""
        return np.arange(self.blocks, dtype=np.int64) * self.keep


@lru_cache(maxsize=8)  # a host reads thousands of payloads of one layout: their segments are worked out once
def segments(layout: Layout, scheme: Scheme) -> tuple[Segment, ...]:
    """The layout's segments in the order of the flat vector; none reaches over the end of a tensor."""
    return tuple(
        Segment(start, min(start + SEGMENT_LENGTH, place.stop), scheme.block, scheme.keep)
        for _, _, place in layout.slices()
        for start in range(place.start, place.stop, SEGMENT_LENGTH)
    )
