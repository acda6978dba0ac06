"""The trainer's checkpoints as files: the synced one, which is complete, and the quick one, which builds on it.

Both are safetensors files, replaced as a whole, so that a kill never leaves half of one. The synced one is on the disk
before anything that it holds is announced. The quick one is written when the trainer must end at once: it is not
synced, holds only what differs from the synced one, and names that one by its mark. So a synced checkpoint that is
newer, older or another's voids it without a comparison of clocks or counters, and after a power cut its checksum tells
whether it is whole.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor

from lightwork.codec.weights import Vector
from lightwork.disk.durable import rename_over, sync_file, sync_folder
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol.project import Work
from lightwork.protocol.trainer import Packed
from lightwork.trainer.log import log
from lightwork.trainer.replica import Replica
from lightwork.trainer.tensorfile import GivenUpError, Section, is_whole, read_metadata, read_tensors, write_tensors

VERSION = 1
VECTORS = ("base", "anchor", "residual")
_LOCAL = "local"
_OPTIMIZER = "optimizer/"
# What is not written because it is the same vector.
_ANCHOR_IS_BASE = "base"
# What tells that a file is damaged, or another program's. That it cannot be read now (OSError) tells nothing of it.
_DAMAGE = (ValueError, KeyError, msgspec.DecodeError)


class Counters(msgspec.Struct, kw_only=True):
    """What is counted across restarts."""

    steps: int = 0
    tokens: int = 0
    optimizer_steps: int = 0


class _Notes(msgspec.Struct, frozen=True, kw_only=True):
    checkpoint_version: int
    layout: str
    version: int
    counters: Counters
    work: tuple[Work, ...]
    returned: tuple[Work, ...] = ()
    packed: Packed | None
    mark: str = ""  # of a synced checkpoint; chosen anew for each
    onto: str = ""  # of a quick one: the mark of the synced one that it builds on
    anchor: str = ""
    micro_batch: int = 1


@dataclass(slots=True)
class Checkpoint:
    """All that a trainer needs to go on. Tensors are the live ones when it is written, and copies when it was read."""

    replica: Replica
    local: list[Tensor]  # float32, in pieces that together are the flat vector
    optimizer: dict[str, Tensor]
    counters: Counters
    packed: Packed | None
    micro_batch: int = 1  # sequences at once, as the device proved to be fast enough for

    def local_vector(self) -> Vector:
        """The local weights as one vector in main memory."""
        return torch.cat([piece.reshape(-1).cpu() for piece in self.local]).numpy()


@dataclass(slots=True)
class Found:
    """What was found at a start."""

    state: Checkpoint
    mark: str  # of the synced checkpoint
    synced: frozenset[str]  # the vectors that are as the synced checkpoint has them
    quick: bool  # the quick checkpoint was used
    packed_is_synced: bool  # the synced checkpoint knows of the same packed contribution


def save(file: Path, state: Checkpoint, cancelled: Callable[[], bool] = lambda: False) -> str:
    """Write a complete checkpoint to a draft beside `file`, and sync it. What takes long is done then.

    Returns its mark. Raises DISK_FULL, or GivenUpError when it was cancelled, with the checkpoint before it untouched.
    """
    mark = secrets.token_hex(16)
    with _told_when_full(file):
        _write(draft_of(file), state, frozenset(VECTORS), mark=mark, cancelled=cancelled)
        if cancelled():
            raise GivenUpError
        sync_file(draft_of(file))
    return mark


def commit(file: Path) -> None:
    """Make the draft that `save` wrote the checkpoint. Raises DISK_FULL, with the checkpoint before it untouched.

    Until `confirm`, a power cut may bring back the one before it.
    """
    with _told_when_full(file):
        rename_over(draft_of(file), file)


def confirm(file: Path) -> None:
    """Wait until the disk knows of what `commit` did. Raises DISK_FULL, with the new checkpoint in place."""
    with _told_when_full(file):
        sync_folder(file.parent)


def save_quick(file: Path, state: Checkpoint, changed: frozenset[str], onto: str) -> None:
    """Write what may differ from the synced checkpoint marked `onto`, without waiting for the disk.

    `changed` names the vectors that do. Raises DISK_FULL, with nothing changed.
    """
    with _told_when_full(file):
        _write(draft_of(file), state, changed, onto=onto)
        rename_over(draft_of(file), file)


def draft_of(file: Path) -> Path:
    """Where a file is written before it takes its place."""
    return file.with_name(file.name + ".new")


def _write(
    draft: Path,
    state: Checkpoint,
    vectors: frozenset[str],
    *,
    mark: str = "",
    onto: str = "",
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    replica = state.replica
    shared = replica.anchor is replica.base
    notes = _Notes(
        checkpoint_version=VERSION,
        layout=replica.layout.digest().hex(),
        version=replica.version,
        counters=state.counters,
        work=tuple(replica.work),
        returned=tuple(replica.returned),
        packed=state.packed,
        mark=mark,
        onto=onto,
        anchor=_ANCHOR_IS_BASE if shared else "",
        micro_batch=state.micro_batch,
    )
    sections = [
        Section(name, (replica.layout.size,), [torch.from_numpy(getattr(replica, name))])
        for name in VECTORS
        if name in vectors and not (name == "anchor" and shared)
    ]
    sections.append(Section(_LOCAL, (replica.layout.size,), state.local))
    sections += [Section(_OPTIMIZER + name, tuple(one.shape), [one]) for name, one in sorted(state.optimizer.items())]
    draft.unlink(missing_ok=True)
    write_tensors(draft, sections, {"lightwork": msgspec.json.encode(notes).decode()}, cancelled)


@contextmanager
def _told_when_full(file: Path) -> Iterator[None]:
    # Whatever the reason, there is no room for a checkpoint where one must lie, and only the person can change that.
    try:
        yield
    except GivenUpError:
        draft_of(file).unlink(missing_ok=True)
        raise
    except (OSError, LightworkError) as error:
        draft_of(file).unlink(missing_ok=True)
        raise LightworkError(Trouble.DISK_FULL, str(error)) from None


@contextmanager
def told_when_unreadable() -> Iterator[None]:
    """Turn what the system says of a file that cannot be read now into TRAINER_FAILED: the next trainer tries again.

    A read error, too many open files, or another program's lock passes; what a checkpoint holds would be gone for good.
    """
    try:
        yield
    except OSError as error:
        raise LightworkError(Trouble.TRAINER_FAILED, f"a checkpoint cannot be read now: {error}") from error


def load(file: Path, quick: Path, layout: Layout) -> Found | None:
    """The newer of the two checkpoints that is whole, or None: then training starts from the project's weights.

    A damaged file is set aside. Raises OSError, with nothing changed, if one cannot be read now.
    """
    try:
        synced = _read_notes(file, layout)
        if synced is None:
            return None
        if (found := _load_quick(file, quick, layout, synced)) is not None:
            return found
        return Found(_assemble(layout, synced, read_tensors(file)), synced.mark, frozenset(VECTORS), False, True)
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        log(f"the checkpoint cannot be used: {error}")
        _set_aside(file)
        with suppress(FileNotFoundError):
            _set_aside(quick)  # which builds on it
        return None


def _load_quick(file: Path, quick: Path, layout: Layout, synced: _Notes) -> Found | None:
    try:
        if not is_whole(quick):
            raise ValueError("its checksum is wrong")
        notes = _read_notes(quick, layout)
        if notes is None or not synced.mark or notes.onto != synced.mark:
            log("the quick checkpoint does not belong to the synced one; going on from the latter")
            return None
        tensors = read_tensors(quick)
        missing = [name for name in VECTORS if name not in tensors and not (name == "anchor" and notes.anchor)]
        tensors |= read_tensors(file, [name for name in missing if name != "anchor" or not synced.anchor])
        if "anchor" in missing and synced.anchor:
            tensors["anchor"] = tensors["base"] if "base" in missing else read_tensors(file, ["base"])["base"]
        state = _assemble(layout, notes, tensors)
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        log(f"the quick checkpoint is damaged; going on from the one before it: {error}")
        _set_aside(quick)
        return None
    return Found(state, synced.mark, frozenset(missing), True, notes.packed == synced.packed)


def _set_aside(file: Path) -> None:
    # For whoever wants to know what happened, or to save what can be saved; one is enough, since each is large.
    rename_over(file, file.with_name(file.name + ".damaged"))


def _read_notes(file: Path, layout: Layout) -> _Notes | None:
    notes = msgspec.json.decode(read_metadata(file)["lightwork"], type=_Notes)
    return notes if notes.checkpoint_version == VERSION and notes.layout == layout.digest().hex() else None


def _assemble(layout: Layout, notes: _Notes, tensors: dict[str, Tensor]) -> Checkpoint:
    """Raises ValueError for vectors that are no model's."""
    if notes.anchor:
        tensors["anchor"] = tensors["base"]
    base, anchor, residual, local = vectors = [tensors[name].numpy() for name in (*VECTORS, _LOCAL)]
    if tensors["anchor"] is tensors["base"]:
        anchor = base
    if any(vector.shape != (layout.size,) for vector in vectors) or not np.isfinite(base).all():
        raise ValueError("its vectors are not the model's")
    replica = Replica(layout, notes.version, base, anchor, residual, list(notes.work), list(notes.returned))
    if not all(np.isfinite(vector).all() for vector in vectors):
        local = replica.give_up_progress()  # training went astray just before it was saved
    optimizer = {n.removeprefix(_OPTIMIZER): tensor for n, tensor in tensors.items() if n.startswith(_OPTIMIZER)}
    pieces = [torch.from_numpy(local)]
    return Checkpoint(replica, pieces, optimizer, notes.counters, notes.packed, notes.micro_batch)


def still_whole(packed: Packed | None, folder: Path) -> Packed | None:
    """The packed contribution if its file is still what was packed, under the folder's present path; else None.

    What a kill left of other contributions is deleted: no checkpoint knows of it. Raises OSError if it cannot be read
    now.
    """
    name = f"{packed.digest}.contribution" if packed is not None else ""
    for other in folder.glob("*.contribution*"):
        if other.name != name:
            other.unlink(missing_ok=True)
    if packed is None:
        return None
    file = folder / name
    try:
        whole = hashlib.sha256(file.read_bytes()).hexdigest() == packed.digest
    except FileNotFoundError:
        whole = False
    if not whole:
        log("the packed contribution is gone or damaged; its work is lost")
        return None
    return msgspec.structs.replace(packed, file=str(file))
