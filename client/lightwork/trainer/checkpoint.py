"""The trainer's checkpoint: one safetensors file, replaced as a whole, so that a kill never leaves half of one."""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lightwork.codec.weights import Vector
from lightwork.disk.durable import finish_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol.project import Work
from lightwork.protocol.trainer import Packed
from lightwork.trainer.replica import Replica

VERSION = 1
_VECTORS = ("base", "anchor", "residual", "local")
_OPTIMIZER = "optimizer/"


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


@dataclass(slots=True)
class Checkpoint:
    """All that a trainer needs to go on."""

    replica: Replica
    local: Vector
    optimizer: dict[str, Tensor]
    counters: Counters
    packed: Packed | None


def save(file: Path, state: Checkpoint) -> None:
    """Write and sync, then replace. Raises DISK_FULL, with the checkpoint before it untouched."""
    replica = state.replica
    notes = _Notes(
        checkpoint_version=VERSION,
        layout=replica.layout.digest().hex(),
        version=replica.version,
        counters=state.counters,
        work=tuple(replica.work),
        returned=tuple(replica.returned),
        packed=state.packed,
    )
    vectors = (replica.base, replica.anchor, replica.residual, state.local)
    tensors = {name: torch.from_numpy(vector) for name, vector in zip(_VECTORS, vectors, strict=True)}
    tensors |= {_OPTIMIZER + name: tensor for name, tensor in state.optimizer.items()}
    draft = file.with_name(file.name + ".new")
    try:
        save_file(tensors, draft, metadata={"lightwork": msgspec.json.encode(notes).decode()})
        finish_file(draft, file)
    except (OSError, SafetensorError) as error:
        draft.unlink(missing_ok=True)
        raise LightworkError(Trouble.DISK_FULL, str(error)) from None


def load(file: Path, layout: Layout) -> Checkpoint | None:
    """The checkpoint, or None if there is none that can be used: then training starts from the project's weights."""
    try:
        with safe_open(file, framework="pt") as content:
            notes = msgspec.json.decode((content.metadata() or {})["lightwork"], type=_Notes)
            if notes.checkpoint_version != VERSION or notes.layout != layout.digest().hex():
                return None
            base, anchor, residual, local = (content.get_tensor(name).numpy() for name in _VECTORS)
            optimizer = {
                name.removeprefix(_OPTIMIZER): content.get_tensor(name)
                for name in content.keys()  # noqa: SIM118  it is no mapping
                if name.startswith(_OPTIMIZER)
            }
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError, msgspec.DecodeError) as error:
        print(f"the checkpoint cannot be used: {error}", file=sys.stderr)  # noqa: T201  stderr is the log
        return None
    vectors = (base, anchor, residual, local)
    if any(vector.shape != (layout.size,) for vector in vectors) or not np.isfinite(base).all():
        return None
    replica = Replica(layout, notes.version, base, anchor, residual, list(notes.work), list(notes.returned))
    if not all(np.isfinite(vector).all() for vector in vectors):
        local = replica.give_up_progress()  # training went astray just before it was saved
    return Checkpoint(replica, local, optimizer, notes.counters, notes.packed)


def still_whole(packed: Packed | None, folder: Path) -> Packed | None:
    """The packed contribution if its file is still what was packed, under the folder's present path; else None.

    What a kill left of other contributions is deleted: no checkpoint knows of it.
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
    except OSError:
        whole = False
    if not whole:
        print("the packed contribution is gone or damaged; its work is lost", file=sys.stderr)  # noqa: T201
        return None
    return msgspec.structs.replace(packed, file=str(file))
