"""What is kept, and when: every change of the state is a commit, and between two commits the state may be saved.

What is saved synced is the state as it is, or a copy of what it was, which another thread writes while changes go on. A
stop, on one more thread, waits for at most one commit, takes the lock for good, and writes the quick checkpoint.
"""

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lightwork.codec.weights import Vector
from lightwork.domain.errors import LightworkError
from lightwork.domain.layout import Layout
from lightwork.trainer import checkpoint as checkpoints
from lightwork.trainer.checkpoint import VECTORS, Checkpoint, Found
from lightwork.trainer.log import log

_SAVE_SECONDS = 30.0
# Saving a large model takes long; it may take up to one part in this many of the time.
_SAVE_SHARE = 20


class Keeper:
    """The checkpoints in a trainer's folder, and whether the state is in one of them."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._file = folder / "checkpoint.safetensors"
        self._quick = folder / "checkpoint.quick.safetensors"
        self._layout = layout
        self._lock = threading.Lock()
        self._saving = threading.Lock()  # one at a time
        self._leaving = threading.Event()
        self._changes = 0  # commits so far
        self._saved = 0  # of which the synced checkpoint knows
        self._torn = False  # a commit failed half-way
        self._mark = ""  # of the synced checkpoint; empty while there is none
        self._vectors: dict[str, weakref.ref[Vector]] = {}  # as the synced checkpoint has them
        self._steps: int | None = None  # that the next trainer would go on from
        self._next_save = time.monotonic() + _SAVE_SECONDS

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Commit one change: weights, momenta, counters and claims that belong together. Keep it short.

        A LightworkError says that nothing was changed. After another exception the state is no longer to be kept.
        """
        with self._lock:
            self._changes += 1
            try:
                yield
            except LightworkError:
                raise
            except BaseException:
                self._torn = True
                raise

    def load(self) -> Found | None:
        """What a trainer before this one left. Raises TRAINER_FAILED, with all as it was, if it cannot be read now."""
        with checkpoints.told_when_unreadable():
            for file in (self._file, self._quick):
                checkpoints.draft_of(file).unlink(missing_ok=True)  # of a kill
            found = checkpoints.load(self._file, self._quick, self._layout)
            if found is None or not found.quick:
                self._quick.unlink(missing_ok=True)
            return found

    def resumed(self, found: Found) -> None:
        """The state is now what was found."""
        with self._lock:
            self._saved = self._changes
            self._remember(found.mark, found.state, found.synced)

    @property
    def changes(self) -> int:
        """How many there have been: the age of a copy of the state."""
        return self._changes

    @property
    def due(self) -> bool:
        """True when it is time for a regular save."""
        return time.monotonic() >= self._next_save

    def save(
        self, state: Checkpoint, changes: int | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Write the synced checkpoint; a quick one is void then.

        From the thread that changes the state: the state itself. From any other: a copy of what it was after so many
        `changes`, whose vectors are the state's own as far as those are never changed but replaced.

        Raises DISK_FULL, or GivenUpError when cancelled or when the process is about to end, with a checkpoint of
        before or of this state.
        """
        with self._saving:
            began = time.monotonic()
            mark = checkpoints.save(self._file, state, lambda: self._leaving.is_set() or cancelled())
            with self._lock:
                checkpoints.commit(self._file)
                # At once: from here on it is this one that a quick checkpoint must build on, whatever fails below.
                self._saved = self._changes if changes is None else changes
                self._remember(mark, state, frozenset(VECTORS))
                checkpoints.confirm(self._file)
                self._quick.unlink(missing_ok=True)  # not before: a power cut could bring back what it builds on
            ended = time.monotonic()
            self._next_save = ended + max(_SAVE_SECONDS, _SAVE_SHARE * (ended - began))

    def leave(self, view: Callable[[], Checkpoint], calm: Callable[[], object] = lambda: None) -> int | None:
        """Save what is unsaved, quickly, and let nothing change any more. Returns the steps that are safe.

        `calm` returns when tensors may be read.
        """
        self._leaving.set()  # a save under way gives up, and leaves the disk to this one
        calm()
        self._lock.acquire()  # for good: the process ends now
        if self._torn:
            log("a change failed half-way; what is on the disk stays as it is")
        # Without a synced checkpoint nothing has been announced, and there is nothing to build on.
        if self._changes != self._saved and self._mark and not self._torn:
            state = view()
            changed = frozenset(name for name in VECTORS if not self._is_synced(name, getattr(state.replica, name)))
            try:
                checkpoints.save_quick(self._quick, state, changed, self._mark)
                self._steps = state.counters.steps
            except LightworkError as error:
                log(f"no quick checkpoint: {error.trouble}: {error.detail}")
        return self._steps

    def _is_synced(self, name: str, vector: Vector) -> bool:
        saved = self._vectors.get(name)
        return saved is not None and saved() is vector

    def _remember(self, mark: str, state: Checkpoint, synced: frozenset[str]) -> None:
        # Weakly: a vector that was replaced must not stay in memory only to be compared.
        self._mark = mark
        self._vectors = {name: weakref.ref(getattr(state.replica, name)) for name in synced}
        self._steps = state.counters.steps
