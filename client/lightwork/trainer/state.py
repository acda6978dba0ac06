"""The state that training works on: weights, momenta, replica, counters and what was packed; changed by commits alone.

Each change first computes what takes long, on copies, and then commits it within `Keeper.changing`. A stop finds the
state as the last commit left it.

The main thread makes `Copy`s of it between two steps. Packing, settling and whatever else changes more than steps do is
one thread's business, one after another; saving a copy may go on beside it, and steps beside both.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import torch

from lightwork.codec.weights import Vector, read_weights, weights_digest
from lightwork.disk.durable import finish_file, told_when_full
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.protocol import trainer as wire
from lightwork.trainer.checkpoint import Checkpoint, Counters, still_whole, told_when_unreadable
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import Shift, gather, gather_into, pieces, scatter
from lightwork.trainer.keeper import Keeper
from lightwork.trainer.models import layout_of
from lightwork.trainer.replica import Replica
from lightwork.trainer.room import Room


@dataclass(frozen=True, slots=True)
class Copy:
    """The state as it was after so many changes; `settled` are the files of contributions that it knows no more."""

    state: Checkpoint
    changes: int
    settled: tuple[Path, ...]

    @property
    def local(self) -> Vector:
        """The local weights as they were."""
        weights: Vector = self.state.local[0].numpy()
        return weights


class State:
    """One trainer's state, and its folder."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.layout = layout_of(engine.module)
        self.counters = Counters()
        self.packed: wire.Packed | None = None
        self._engine = engine
        self._folder = folder
        self._keeper = Keeper(folder, self.layout)
        self._shift = Shift(engine.module, self.layout)
        self._replica: Replica | None = None
        # A contribution that counts in a later round than that of these weights, and which. A restart forgets it: then
        # what it holds leaves the local weights until the update that has it.
        self._taken: tuple[bytes, int] | None = None
        self._aside: Vector | None = None  # the local weights, while others are in the module
        self._settled: set[Path] = set()  # contributions that the synced checkpoint may still name
        self._files = threading.Lock()  # for what is in the set above

    @property
    def there(self) -> bool:
        """True once there are weights."""
        return self._replica is not None

    @property
    def replica(self) -> Replica:
        """Raises TRAINER_FAILED while there are no weights."""
        if self._replica is None:
            raise LightworkError(Trouble.TRAINER_FAILED, "a command came before there were weights")
        return self._replica

    @property
    def save_is_due(self) -> bool:
        """True when it is time for a regular save."""
        return self._keeper.due

    def save(self) -> None:
        """Write the synced checkpoint. Raises DISK_FULL, or GivenUpError when the process is about to end."""
        with self._files:
            settled = tuple(self._settled)
        self._keeper.save(self._view())
        self._forget(settled)

    def room(self) -> Callable[[], Room]:
        """What makes room for a copy; any thread may call it."""
        size, shapes = self.layout.size, {name: one.shape for name, one in self._engine.optimizer.state().items()}
        return lambda: Room(size, shapes)

    def copy(self, room: Room) -> Copy:
        """The state as it is now, in memory of its own as far as it changes."""
        engine = self._engine
        local = torch.from_numpy(gather_into(room.local, engine.module, self.layout))
        momenta = room.take(engine.optimizer.state())
        counters = msgspec.structs.replace(self.counters)
        state = Checkpoint(self.replica.frozen(), [local], momenta, counters, self.packed, engine.micro_batch)
        with self._files:
            return Copy(state, self._keeper.changes, tuple(self._settled))

    def save_copy(self, copy: Copy, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Write a copy as the synced checkpoint. Raises as `save`, and GivenUpError when cancelled."""
        self._keeper.save(copy.state, copy.changes, cancelled)
        self._forget(copy.settled)

    def _forget(self, settled: tuple[Path, ...]) -> None:
        for file in settled:
            with self._files:
                if file in self._settled:  # else the very same bytes have been packed again
                    file.unlink(missing_ok=True)
                    self._settled.discard(file)

    def leave(self, until_parked: Callable[[], object]) -> int | None:
        """Make safe what is unsaved, and let nothing change any more. Returns the steps that are safe. Any thread.

        `until_parked` returns when the main thread uses the device no more.
        """
        # Metal allows one thread at a time: reading tensors while another encodes a pass may abort the process
        # (pytorch/pytorch issue 197805).
        alone = self._engine.device.type == "mps"
        return self._keeper.leave(self._view, until_parked if alone else lambda: None)

    def resume(self) -> bool:
        """Take up what a trainer before this one left. False if there is nothing.

        Raises TRAINER_FAILED if it cannot be read now.
        """
        found = self._keeper.load()
        if found is None:
            return False
        saved = found.state
        self._replica, self.counters, self.packed = saved.replica, saved.counters, saved.packed
        self._set_local(saved.local_vector())
        self._engine.optimizer.load(saved.optimizer, saved.counters.optimizer_steps)
        self._engine.start_at(saved.micro_batch)
        self._keeper.resumed(found)
        if not found.packed_is_synced or not found.mark:
            # Nobody may hear of a contribution, or lose its file, on the word of a checkpoint that may not last. And a
            # checkpoint without a mark was written before there were quick ones: none can build on it.
            self.save()
        with told_when_unreadable():
            self.packed = still_whole(self.packed, self._folder)
        return True

    # --- weights ------------------------------------------------------------------------------------------------------

    def load(self, files: list[Path], digest: str, version: int) -> None:
        """Take these weights as the base, and save. Raises WEIGHTS_INVALID, DISK_FULL."""
        weights = read_weights(files, self.layout)
        if weights_digest(weights) != digest:
            raise LightworkError(Trouble.WEIGHTS_INVALID, "the digest is not the announced one")
        if self._replica is None:
            fresh = Replica.fresh(self.layout, version, weights)
            with self._keeper.changing():
                self._replica = fresh
                self._set_local(weights)
        else:
            self.merge(weights, version)
        self.save()

    def merge(self, base: Vector, version: int, anchor: Vector | None = None) -> None:
        """Go over to another base, with the local progress. `anchor` as `Replica.go_over` has it."""
        if anchor is None:
            anchor = self.replica.anchor_on(base, self.on_its_way(version))
        with self._keeper.changing():
            before = self.replica.anchor
            self.replica.go_over(base, version, anchor)
            self._shift.move(before, self.replica.anchor)
        if self._taken is not None and version > self._taken[1]:
            self._taken = None  # these weights have it

    @contextmanager
    def base_in_module(self) -> Iterator[None]:
        """The base instead of the local weights in the module, to evaluate it."""
        local = self._local()
        with self._keeper.changing():
            self._aside = local
            self._set_local(self.replica.base)
        try:
            yield
        finally:
            with self._keeper.changing():
                self._set_local(local)
                self._aside = None

    # --- steps --------------------------------------------------------------------------------------------------------

    def step(self, lease: str, tokens: int) -> None:
        """Let the optimizer take a step, and count it, as one commit. Raises what `Engine.update` does."""
        with self._keeper.changing():
            self._engine.update()
            self._count(lease, tokens)

    def _count(self, lease: str, tokens: int) -> None:
        self.counters.steps += 1
        self.counters.tokens += tokens
        self.counters.optimizer_steps = self._engine.optimizer.steps
        self.replica.add_work(lease, tokens)

    def give_up_progress(self) -> None:
        """Go back to the base, and forget the momenta that led astray."""
        with self._keeper.changing():
            self._set_local(self.replica.give_up_progress())
            self._engine.optimizer.reset()
            self.counters.optimizer_steps = 0

    # --- contributions ------------------------------------------------------------------------------------------------

    @property
    def can_pack(self) -> bool:
        """False if a contribution is packed already, or there is nothing to pack."""
        return self.packed is None and self.replica.unsent_steps > 0

    def on_its_way(self, version: int) -> bytes | None:
        """The payload of a contribution that is not in the weights of that version: one that is not settled, or was
        taken by a round that they come before. The thread that settles asks, or none does meanwhile.
        """
        if self.packed is not None:
            return Path(self.packed.file).read_bytes()
        return self._taken[0] if self._taken is not None and version <= self._taken[1] else None

    def pack(self, copy: Copy, scheme: Scheme, decay: float) -> Copy:
        """Pack all progress of a copy, and commit that. Raises DISK_FULL, or LOSS_NOT_FINITE if it went astray.

        Returns what the copy has become. Nobody may hear of the contribution before that is saved: a trainer that goes
        on from an older checkpoint would send the same progress again.
        """
        if not np.isfinite(copy.local).all():
            raise LightworkError(Trouble.LOSS_NOT_FINITE, "weights")
        replica = copy.state.replica
        packing = replica.pack(copy.local, scheme, decay)
        digest = hashlib.sha256(packing.payload).hexdigest()
        file = self._folder / f"{digest}.contribution"
        draft = file.with_name(file.name + ".new")
        with told_when_full(file):
            draft.write_bytes(packing.payload)
        with self._files:
            finish_file(draft, file)
            self._settled.discard(file)
        packed = wire.Packed(
            digest=digest, file=str(file), length=len(packing.payload), base=replica.version, work=packing.work
        )
        with self._keeper.changing():
            self.replica.commit_packing(packing)
            self.packed = packed
        replica.commit_packing(packing)
        return replace(copy, state=replace(copy.state, packed=packed), changes=copy.changes + 1)

    def settle(self, digest: str, outcome: wire.Outcome, round_: int | None = None) -> None:
        """Settle what was packed; another digest is settled already. `round_` as `wire.Settle` has it.

        That needs no save: a trainer that goes on from a checkpoint of before announces the contribution again, and
        hears the same of it again. Until there is another its file stays.
        """
        packed = self.packed
        if packed is None or packed.digest != digest:
            return
        after = self.replica.frozen()
        if round_ is not None and round_ > after.version:  # the next update does not have it
            self._taken = Path(packed.file).read_bytes(), round_
        if outcome is not wire.Outcome.TAKEN:
            work = packed.work if outcome is wire.Outcome.RETURNED else ()
            after.take_back(Path(packed.file).read_bytes(), work)
        with self._keeper.changing():
            self.replica.residual, self.replica.returned = after.residual, after.returned
            self.packed = None
        with self._files:
            self._settled.add(Path(packed.file))

    # --- the module's weights -----------------------------------------------------------------------------------------

    def _local(self) -> Vector:
        return gather(self._engine.module, self.layout)

    def _set_local(self, vector: Vector) -> None:
        scatter(vector, self._engine.module, self.layout)

    def _view(self) -> Checkpoint:
        aside = self._aside
        local = pieces(self._engine.module, self.layout) if aside is None else [torch.from_numpy(aside)]
        engine = self._engine
        return Checkpoint(self.replica, local, engine.optimizer.state(), self.counters, self.packed, engine.micro_batch)
