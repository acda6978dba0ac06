"""The trainer's life: carry out commands, and train in between.

Commands are taken between two local steps, so that packing, merging and saving see whole steps only. A stop is seen
between two micro-batches.
"""

import hashlib
import sys
import time
import traceback
from pathlib import Path

from filelock import FileLock, Timeout

from lightwork.codec.weights import Vector, read_weights, weights_digest, write_weights
from lightwork.disk.durable import finish_file, told_when_full
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer import checkpoint as checkpoints
from lightwork.trainer.channel import Channel
from lightwork.trainer.checkpoint import Checkpoint, Counters, still_whole
from lightwork.trainer.data import LeasedData
from lightwork.trainer.device import memory_used, open_device, runtime
from lightwork.trainer.engine import Engine
from lightwork.trainer.evaluate import held_out_loss
from lightwork.trainer.flat import gather, scatter
from lightwork.trainer.memory import plan
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.pace import Pace
from lightwork.trainer.replica import Replica

_PROGRESS_SECONDS = 0.5
_SAVE_SECONDS = 30.0
# Saving a large model takes long; it may take up to one part in this many of the time.
_SAVE_SHARE = 20
# A trainer that was told to end may still be writing its last checkpoint when the next one starts.
_LOCK_SECONDS = 30.0


class Session:
    """One trainer process."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._configured: _Training | None = None

    def run(self) -> int:
        """Until `Stop` or the end of stdin. The exit status: 0, or 1 after a fatal failure."""
        try:
            while True:
                busy = self._configured is not None and self._configured.can_train
                command = self._channel.receive(wait=not busy)
                if isinstance(command, wire.Stop):
                    return self._stop()
                if command is not None:
                    self._obey(command)
                elif self._configured is not None:
                    self._configured.train()
        except LightworkError as error:
            self._channel.send(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=True))
        except Exception as error:  # the supervisor must hear of every end
            traceback.print_exc(file=sys.stderr)
            self._channel.send(wire.Failed(trouble=Trouble.TRAINER_FAILED, detail=repr(error)[:500], fatal=True))
        return 1

    def _stop(self) -> int:
        steps = 0
        if self._configured is not None:
            steps = self._configured.close()
        self._channel.send(wire.Stopped(steps=steps))
        return 0

    def _obey(self, command: wire.ToTrainer) -> None:
        if isinstance(command, wire.Configure):
            self._configured = _Training(self._channel, command)
            return
        if self._configured is None:
            raise LightworkError(Trouble.TRAINER_FAILED, "a command came before Configure")
        self._configured.obey(command)


class _Training:
    """A configured trainer: model, replica and what is under way."""

    def __init__(self, channel: Channel, orders: wire.Configure) -> None:
        if orders.version != wire.VERSION:
            raise LightworkError(Trouble.TRAINER_FAILED, f"trainer wire {orders.version}")
        self._channel = channel
        self._orders = orders
        self._folder = Path(orders.folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self._folder)
        device = open_device(orders.device, orders.threads)
        memory = plan(orders.model, orders.recipe, orders.memory, on_cpu=device.type == "cpu")
        module = build(orders.model)
        self._layout = layout_of(module)
        self._engine = Engine(module, orders.recipe, device, memory.micro_batch)
        self._replica: Replica | None = None
        self._counters = Counters()
        self._packed: wire.Packed | None = None
        self._lease: wire.Train | None = None
        self._data: LeasedData | None = None
        self._lease_steps = 0
        self._loss: float | None = None
        self._pace = Pace()
        self._next_progress = 0.0
        self._next_save = time.monotonic() + _SAVE_SECONDS
        saved = checkpoints.load(self._checkpoint, self._layout)
        channel.send(
            wire.Started(
                version=wire.VERSION,
                device=str(device),
                runtime=runtime(),
                parameters=self._layout.size,
                micro_batch=memory.micro_batch,
                has_weights=saved is not None,
            )
        )
        if saved is not None:
            self._resume(saved)

    @property
    def can_train(self) -> bool:
        """True while there are weights and a lease with tokens left."""
        return self._data is not None and self._replica is not None

    @property
    def _checkpoint(self) -> Path:
        return self._folder / "checkpoint.safetensors"

    def obey(self, command: wire.ToTrainer) -> None:
        """Carry out one command. Troubles that spoil nothing are reported; the rest is the caller's."""
        match command:
            case wire.Initialise():
                self._initialise(command)
            case wire.Load():
                self._load(command)
            case wire.Apply():
                self._apply(command)
            case wire.Train():
                self._take_lease(command)
            case wire.Contribute():
                self._pack()
            case wire.Settle():
                self._settle(command)
            case wire.Save():
                self._save()
                self._channel.send(wire.Saved(steps=self._counters.steps))
            case wire.Evaluate():
                self._evaluate(command)
            case _:
                raise LightworkError(Trouble.TRAINER_FAILED, f"unexpected {type(command).__name__}")

    def close(self) -> int:
        """Save, and return the number of steps."""
        if self._replica is not None:
            self._save()
        self._lock.release()
        return self._counters.steps

    # --- weights ------------------------------------------------------------------------------------------------------

    def _initialise(self, command: wire.Initialise) -> None:
        module = build(self._orders.model, command.seed)
        file = Path(command.file)
        draft = file.with_name(file.name + ".new")
        write_weights(draft, gather(module, self._layout), self._layout)
        finish_file(draft, file)
        self._channel.send(wire.Initialised(file=command.file))

    def _load(self, command: wire.Load) -> None:
        weights = read_weights([Path(file) for file in command.files], self._layout)
        if weights_digest(weights) != command.digest:
            raise LightworkError(Trouble.WEIGHTS_INVALID, "the digest is not the announced one")
        if self._replica is None:
            self._replica = Replica.fresh(self._layout, command.version, weights)
            self._set_local(weights)
        else:
            self._set_local(self._replica.replace_base(weights, command.version, self._local()))
        self._save()
        self._announce_ready()

    def _resume(self, saved: Checkpoint) -> None:
        self._replica = saved.replica
        self._counters = saved.counters
        self._packed = still_whole(saved.packed, self._folder)
        self._set_local(saved.local)
        self._engine.optimizer.load(saved.optimizer, saved.counters.optimizer_steps)
        self._announce_ready()

    def _announce_ready(self) -> None:
        replica = self._state
        self._channel.send(
            wire.Ready(
                base=replica.version,
                digest=weights_digest(replica.base),
                steps=self._counters.steps,
                tokens=self._counters.tokens,
                unsent_steps=replica.unsent_steps,
                packed=self._packed,
            )
        )

    def _apply(self, command: wire.Apply) -> None:
        replica = self._state
        if command.base < replica.version:  # applied already; asking twice does no harm
            self._channel.send(wire.Updated(base=replica.version, digest=weights_digest(replica.base)))
            return
        if command.base > replica.version:
            raise LightworkError(Trouble.TRAINER_FAILED, f"update of {command.base} at version {replica.version}")
        try:
            self._set_local(replica.apply(Path(command.file).read_bytes(), command.digest, self._local()))
        except LightworkError as error:  # nothing has changed; the supervisor sends other weights
            self._channel.send(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=False))
            return
        self._channel.send(wire.Updated(base=replica.version, digest=command.digest))

    @property
    def _state(self) -> Replica:
        if self._replica is None:
            raise LightworkError(Trouble.TRAINER_FAILED, "a command came before there were weights")
        return self._replica

    def _local(self) -> Vector:
        return gather(self._engine.module, self._layout)

    def _set_local(self, vector: Vector) -> None:
        scatter(vector, self._engine.module, self._layout)

    # --- contributions ------------------------------------------------------------------------------------------------

    def _pack(self) -> None:
        """Pack, save, and only then announce: a contribution that anybody has heard of is in the checkpoint."""
        replica = self._state
        if self._packed is not None or not replica.unsent_steps:
            self._channel.send(wire.Empty())
            return
        recipe = self._orders.recipe
        payload, work = replica.pack(self._local(), recipe.up, recipe.residual_decay)
        digest = hashlib.sha256(payload).hexdigest()
        file = self._folder / f"{digest}.contribution"
        draft = file.with_name(file.name + ".new")
        with told_when_full(file):
            draft.write_bytes(payload)
        finish_file(draft, file)
        self._packed = wire.Packed(digest=digest, file=str(file), length=len(payload), base=replica.version, work=work)
        self._end_lease()  # its tokens are claimed now; more work belongs to the next lease
        self._save()
        self._channel.send(self._packed)

    def _settle(self, command: wire.Settle) -> None:
        packed = self._packed
        if packed is not None and packed.digest == command.digest:
            if command.outcome is not wire.Outcome.TAKEN:
                work = packed.work if command.outcome is wire.Outcome.RETURNED else ()
                self._state.take_back(Path(packed.file).read_bytes(), work)
            self._packed = None
            self._save()
            Path(packed.file).unlink(missing_ok=True)
        self._channel.send(wire.Settled(digest=command.digest))

    # --- training -----------------------------------------------------------------------------------------------------

    def _take_lease(self, command: wire.Train) -> None:
        recipe, replica = self._orders.recipe, self._state
        self._data = LeasedData([Path(shard) for shard in command.shards], self._orders.token_type, command.seed)
        self._lease = command
        self._lease_steps = replica.tokens_under(command.lease) // (recipe.batch * recipe.sequence)
        self._pace.restart(time.monotonic())
        self._end_lease_if_used()

    @property
    def _lease_left(self) -> int:
        tokens = self._orders.recipe.batch * self._orders.recipe.sequence
        return self._lease.max_tokens - self._lease_steps * tokens if self._lease is not None else 0

    def _end_lease_if_used(self) -> None:
        if self._lease is not None and self._lease_left < self._orders.recipe.batch * self._orders.recipe.sequence:
            lease = self._lease.lease
            self._end_lease()
            self._channel.send(wire.LeaseUsed(lease=lease, unsent_steps=self._state.unsent_steps))

    def _end_lease(self) -> None:
        self._lease, self._data, self._lease_steps = None, None, 0

    def train(self) -> None:
        """One local step, with its bookkeeping."""
        assert self._data is not None
        assert self._lease is not None
        recipe = self._orders.recipe
        batch = self._data.batch(self._lease_steps, recipe.batch, recipe.sequence)
        try:
            loss = self._engine.step(batch, self._channel.ending.is_set)
        except LightworkError as error:
            self._recover(error)
            return
        if loss is None:
            return
        tokens = recipe.batch * recipe.sequence
        self._lease_steps += 1
        self._counters.steps += 1
        self._counters.tokens += tokens
        self._state.add_work(self._lease.lease, tokens)
        self._loss = loss if self._loss is None else 0.9 * self._loss + 0.1 * loss
        now = time.monotonic()
        self._pace.add(tokens, now)
        self._report(now)
        self._end_lease_if_used()
        if now >= self._next_save:
            self._save()

    def _recover(self, error: LightworkError) -> None:
        if error.trouble is Trouble.LOSS_NOT_FINITE:
            self._set_local(self._state.give_up_progress())
            self._engine.optimizer.reset()
            self._loss = None
        elif error.trouble is not Trouble.OUT_OF_MEMORY:
            raise error
        self._channel.send(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=False))
        if error.trouble is Trouble.LOSS_NOT_FINITE:
            self._lease_steps += 1  # the same batch from the same weights would go astray again
            self._end_lease_if_used()

    def _report(self, now: float) -> None:
        if now < self._next_progress or self._loss is None or self._lease is None:
            return
        self._next_progress = now + _PROGRESS_SECONDS
        replica = self._state
        self._channel.send(
            wire.Progress(
                base=replica.version,
                steps=self._counters.steps,
                tokens=self._counters.tokens,
                unsent_steps=replica.unsent_steps,
                loss=self._loss,
                tokens_per_second=self._pace.tokens_per_second,
                memory=memory_used(self._engine.device),
                micro_batch=self._engine.micro_batch,
                lease=self._lease.lease,
                lease_tokens_left=self._lease_left,
            )
        )

    def _save(self) -> None:
        began = time.monotonic()
        self._counters.optimizer_steps = self._engine.optimizer.steps
        state = Checkpoint(self._state, self._local(), self._engine.optimizer.state(), self._counters, self._packed)
        checkpoints.save(self._checkpoint, state)
        ended = time.monotonic()
        self._next_save = ended + max(_SAVE_SECONDS, _SAVE_SHARE * (ended - began))

    def _evaluate(self, command: wire.Evaluate) -> None:
        replica = self._state
        local = self._local()
        self._set_local(replica.base)
        loss, tokens = held_out_loss(
            self._engine.module,
            [Path(file) for file in command.files],
            self._orders.token_type,
            self._orders.recipe.sequence,
            self._engine.device,
        )
        self._set_local(local)
        self._pace.restart(time.monotonic())
        self._channel.send(wire.Evaluated(base=replica.version, loss=loss, tokens=tokens))


def _lock(folder: Path) -> FileLock:
    lock = FileLock(folder / "trainer.lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise LightworkError(Trouble.TRAINER_FAILED, "another trainer holds this project's folder") from None
    return lock
