"""A version's vectors in the store, read and written piece by piece: of all of them only the weights are in memory.

A new state is written beside the old one, so whatever goes wrong on the way leaves the old one as it is. All this is
for worker threads.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lightwork.codec.weights import Vector, little_endian
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.host.blobs import Blobs
from lightwork.host.outer import WEIGHTS, OuterStep, outer_step, state_vectors
from lightwork.host.records.versions import StateRow
from lightwork.protocol.manifest import Recipe

_PIECE = 1 << 20  # numbers that are read or written at a time


class VectorReader:
    """A vector in the store, from front to back. Raises WEIGHTS_INVALID if it is not what was written."""

    def __init__(self, blobs: Blobs, row: StateRow, name: str, size: int) -> None:
        self._name = f"{name} of version {row.version}"
        self._digest = row.digests[name]
        self._hash = hashlib.sha256()
        self._ahead = np.empty(0, np.float32)
        try:
            self._blob = blobs.reading(f"{row.place}/{name}")
        except FileNotFoundError:
            raise self._invalid("gone from the store") from None
        if self._blob.length != 4 * size:
            raise self._invalid(f"{self._blob.length} bytes long, not {4 * size}")

    def read(self, count: int) -> Vector:
        """The next `count` numbers, shape (count,)."""
        piece = np.empty(count, np.float32)
        filled = 0
        while filled < count:
            if not len(self._ahead):
                self._ahead = self._fetch()
            some = self._ahead[: count - filled]
            piece[filled : filled + len(some)] = some
            self._ahead = self._ahead[len(some) :]
            filled += len(some)
        return piece

    def finish(self) -> None:
        """Read what is left, and compare the digest."""
        while self._blob.left:
            self._fetch()
        if self._hash.hexdigest() != self._digest:
            raise self._invalid("damaged")

    def _fetch(self) -> Vector:
        content = self._blob.read(4 * _PIECE)
        self._hash.update(content)
        return np.frombuffer(content, "<f4").astype(np.float32, copy=False)

    def _invalid(self, why: str) -> LightworkError:
        return LightworkError(Trouble.WEIGHTS_INVALID, f"{self._name} is {why}")


class VectorWriter:
    """A vector on its way into the store."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, piece: Vector) -> None:
        """Append these numbers."""
        content = little_endian(piece)
        self._hash.update(content)
        self._file.write(content)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what was written."""
        return self._hash.hexdigest()


class _Zeros:
    """What is owed before anything was."""

    def read(self, count: int) -> Vector:
        return np.zeros(count, np.float32)

    def finish(self) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class StateStore:
    """Where a project's states are. `scratch` is a folder for drafts, which only a remote store needs."""

    blobs: Blobs
    scratch: Path
    recipe: Recipe
    layout: Layout

    def begin(self, weights: Vector, place: str) -> StateRow:
        """Write the state of version 0 below the key `place`. Raises DISK_FULL."""
        with self._writing(place) as writers:
            for start in range(0, self.layout.size, _PIECE):
                piece = weights[start : start + _PIECE]
                for name, writer in writers.items():
                    writer.write(piece if name == WEIGHTS else np.zeros_like(piece))
        return _row(0, place, writers)

    def step(self, weights: Vector, gradient: Vector, old: StateRow, place: str) -> tuple[OuterStep, StateRow]:
        """Take the outer step from the state `old`, whose weights are `weights`, and write the new one below `place`.

        `gradient` is used up, see `outer_step`. Raises DISK_FULL, WEIGHTS_INVALID (the old state is damaged), and what
        the store raises; there is no new state then.
        """
        owed = self._owed(old)
        written: dict[str, VectorWriter] = {}

        @contextlib.contextmanager
        def keep() -> Iterator[dict[str, VectorWriter]]:
            with self._writing(place) as writers:
                yield writers
                for source in owed.values():
                    source.finish()
            written.update(writers)

        step = outer_step(weights, gradient, owed=owed, keep=keep, recipe=self.recipe, layout=self.layout)
        return step, _row(old.version + 1, place, written)

    def read_weights(self, row: StateRow) -> Vector:
        """The weights, once all vectors of the state are checked. Raises WEIGHTS_INVALID."""
        readers = {name: self._reader(row, name) for name in row.digests}
        weights = readers[WEIGHTS].read(self.layout.size)
        for reader in readers.values():
            reader.finish()
        return weights

    def _reader(self, row: StateRow, name: str) -> VectorReader:
        return VectorReader(self.blobs, row, name, self.layout.size)

    def _owed(self, row: StateRow) -> dict[str, VectorReader | _Zeros]:
        # A recipe of a newer manifest may have begun or ended momentum.
        names = [name for name in state_vectors(self.recipe) if name != WEIGHTS]
        return {name: self._reader(row, name) if name in row.digests else _Zeros() for name in names}

    @contextlib.contextmanager
    def _writing(self, place: str) -> Iterator[dict[str, VectorWriter]]:
        with contextlib.ExitStack() as files:
            yield {
                name: VectorWriter(files.enter_context(self.blobs.writing(f"{place}/{name}", self.scratch)))
                for name in state_vectors(self.recipe)
            }


def _row(version: int, place: str, writers: dict[str, VectorWriter]) -> StateRow:
    return StateRow(version, place, {name: writer.digest for name, writer in writers.items()})
