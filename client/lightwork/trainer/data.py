"""Training data under a lease: which sequences, in which order. The lease alone decides, so it can be repeated."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lightwork.protocol.manifest import TokenType

Tokens = NDArray[np.int64]


class LeasedData:
    """The token files of one lease, mapped into memory."""

    def __init__(self, files: Sequence[Path], token_type: TokenType, seed: int) -> None:
        self._shards = [open_tokens(file, token_type) for file in files]
        self._seed = seed

    def batch(self, step: int, sequences: int, length: int) -> Tokens:
        """The sequences of the lease's local step number `step`: (sequences, length + 1), for inputs and targets.

        Places are drawn uniformly over all tokens of the lease; the seed is (lease seed, step).
        """
        random = np.random.default_rng([self._seed, step])
        starts_of = np.array([len(shard) - length for shard in self._shards], np.int64)
        ends = np.cumsum(starts_of)
        rows = np.empty((sequences, length + 1), np.int64)
        for row, place in zip(rows, random.integers(0, ends[-1], sequences), strict=True):
            shard = int(np.searchsorted(ends, place, side="right"))
            start = int(place - (ends[shard] - starts_of[shard]))
            row[:] = self._shards[shard][start : start + length + 1]
        return rows


def open_tokens(file: Path, token_type: TokenType) -> NDArray[np.unsignedinteger]:
    """A token file as an array, without reading it into memory."""
    return np.memmap(file, np.dtype(token_type.value).newbyteorder("<"), mode="r")


def windows(file: Path, token_type: TokenType, sequences: int, length: int) -> Iterator[Tokens]:
    """All of a file, in order, as batches of at most `sequences` windows of length + 1 whose targets do not overlap."""
    tokens = open_tokens(file, token_type)
    starts = range(0, len(tokens) - length, length)
    for first in range(0, len(starts), sequences):
        chunk = starts[first : first + sequences]
        yield np.stack([tokens[start : start + length + 1] for start in chunk]).astype(np.int64)
