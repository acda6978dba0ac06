"""The state that training works on: weights, momenta, replica, counters and what was packed; changed by commits alone.

Each change first computes what takes long, on copies, and then commits it within `Keeper.changing`. A stop finds the
state as the last commit left it.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from lightwork.codec.weights import Vector, read_weights, weights_digest
from lightwork.disk.durable import finish_file, told_when_full
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.protocol import trainer as wire
from lightwork.trainer.checkpoint import Checkpoint, Counters, still_whole, told_when_unreadable
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import gather, pieces, scatter
from lightwork.trainer.keeper import Keeper
from lightwork.trainer.models import layout_of
from lightwork.trainer.replica import Replica


class State:
    """One trainer's state, and its folder."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.layout = layout_of(engine.module)
        self.counters = Counters()
        self.packed: wire.Packed | None = None
        self._engine = engine
        self._folder = folder
        self._keeper = Keeper(folder, self.layout)
        self._replica: Replica | None = None
        self._aside: Vector | None = None  # the local weights, while others are in the module

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
        self._keeper.save(self._view())

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
            rebase = self._replica.rebase(weights, version, self._local())
            with self._keeper.changing():
                self._set_local(self._replica.commit_rebase(rebase))
        self.save()

    def apply(self, payload: bytes, digest: str) -> None:
        """Step the base to the next version. Raises, with nothing changed, if that is not what the digest says."""
        rebase = self.replica.apply(payload, digest, self._local())
        with self._keeper.changing():
            self._set_local(self.replica.commit_rebase(rebase))

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

    def pack(self, scheme: Scheme, decay: float) -> wire.Packed | None:
        """Pack all progress and save: a contribution that anybody hears of is in the synced checkpoint.

        None if one is packed already, or there is nothing to pack. Raises DISK_FULL.
        """
        replica = self.replica
        if self.packed is not None or not replica.unsent_steps:
            return None
        packing = replica.pack(self._local(), scheme, decay)
        digest = hashlib.sha256(packing.payload).hexdigest()
        file = self._folder / f"{digest}.contribution"
        draft = file.with_name(file.name + ".new")
        with told_when_full(file):
            draft.write_bytes(packing.payload)
        finish_file(draft, file)
        with self._keeper.changing():
            replica.commit_packing(packing)
            self.packed = wire.Packed(
                digest=digest, file=str(file), length=len(packing.payload), base=replica.version, work=packing.work
            )
        self.save()
        return self.packed

    def settle(self, digest: str, outcome: wire.Outcome) -> None:
        """Settle what was packed and save; another digest is settled already. Raises DISK_FULL."""
        packed = self.packed
        if packed is None or packed.digest != digest:
            return
        payload = Path(packed.file).read_bytes() if outcome is not wire.Outcome.TAKEN else b""
        with self._keeper.changing():
            if outcome is not wire.Outcome.TAKEN:
                self.replica.take_back(payload, packed.work if outcome is wire.Outcome.RETURNED else ())
            self.packed = None
        self.save()
        Path(packed.file).unlink(missing_ok=True)

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
