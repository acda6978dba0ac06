"""A configured trainer: carries out commands, and takes local steps under a lease at the pace that was asked for."""

import time
from collections import deque
from pathlib import Path

from filelock import FileLock, Timeout

from lightwork.codec.weights import weights_digest, write_weights
from lightwork.disk.durable import finish_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.channel import Channel
from lightwork.trainer.device import memory_used, open_device, runtime
from lightwork.trainer.duty import Duty
from lightwork.trainer.engine import Engine
from lightwork.trainer.evaluate import held_out_loss
from lightwork.trainer.exchange import Exchange
from lightwork.trainer.flat import gather
from lightwork.trainer.lease import LeaseProgress
from lightwork.trainer.measure import measure
from lightwork.trainer.memory import plan
from lightwork.trainer.models import build
from lightwork.trainer.pace import Pace
from lightwork.trainer.schedule import Schedule
from lightwork.trainer.speaking import Speaking
from lightwork.trainer.state import State
from lightwork.trainer.times import Times

_PROGRESS_SECONDS = 0.5
# A trainer that was told to end may still be writing its last checkpoint when the next one starts.
_LOCK_SECONDS = 30.0
# Another program that fills the memory is seldom done sooner.
_SQUEEZED_SECONDS = 1.0
# What must find the state as the command before it has left it.
_IN_TURN = (
    wire.Initialise,
    wire.Load,
    wire.Apply,
    wire.Follow,
    wire.Train,
    wire.Contribute,
    wire.Settle,
    wire.Save,
    wire.Evaluate,
    wire.Measure,
)


class Training:
    """What `Configure` makes."""

    def __init__(self, channel: Channel, orders: wire.Configure) -> None:
        if orders.version != wire.VERSION:
            raise LightworkError(Trouble.TRAINER_FAILED, f"trainer wire {orders.version}")
        self._channel = channel
        self._orders = orders
        self.times = Times()
        folder = Path(orders.folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        device = open_device(orders.device, orders.threads, orders.memory)
        memory = plan(orders.model, orders.recipe, orders.memory, on_cpu=device.type == "cpu")
        self._engine = Engine(build(orders.model), orders.recipe, device, memory.micro_batch)
        self._state = State(self._engine, folder)
        self._exchange = Exchange(channel, self._state, orders.recipe, self.times)
        self._waiting: deque[wire.ToTrainer] = deque()
        self._lease: LeaseProgress | None = None
        self._loss: float | None = None
        self._schedule = Schedule(orders.recipe)
        self._pace = Pace()
        self._duty = Duty()
        self._speaking = Speaking(channel, orders, self._engine, self._state)
        self._engine.give_way = self._speaking.give_way
        self._next_progress = 0.0
        resumed = self._state.resume()
        channel.at_stop = lambda: self._state.leave(channel.wait_until_parked)
        channel.send(
            wire.Started(
                version=wire.VERSION,
                device=str(device),
                runtime=runtime(),
                parameters=self._state.layout.size,
                micro_batch=memory.micro_batch,
                has_weights=resumed,
            )
        )
        if resumed:
            self._announce_ready()

    @property
    def has_work(self) -> bool:
        """True while there is something to do between two commands."""
        return self.can_train or self._speaking.under_way

    @property
    def can_train(self) -> bool:
        """True while there are weights and a lease with tokens left."""
        return self._lease is not None

    def collect(self) -> None:
        """Finish what was done beside the steps, and the commands that waited for it."""
        self._exchange.collect()
        while self._waiting and not self._must_wait(self._waiting[0]):
            self._carry_out(self._waiting.popleft())

    def obey(self, command: wire.ToTrainer) -> None:
        """Carry out one command, or let it wait for its turn. Troubles that spoil nothing are reported; the rest is the
        caller's.
        """
        if isinstance(command, _IN_TURN) and (self._waiting or self._must_wait(command)):
            self._waiting.append(command)
        else:
            self._carry_out(command)

    def _must_wait(self, command: wire.ToTrainer) -> bool:
        return self._exchange.sealing if isinstance(command, wire.Train) else self._exchange.busy

    def _carry_out(self, command: wire.ToTrainer) -> None:
        match command:
            case wire.Load():
                self._exchange.finish()
                self._state.load([Path(file) for file in command.files], command.digest, command.version)
                self._announce_ready()
            case wire.Apply():
                self._exchange.apply(command)
            case wire.Follow():
                self._schedule.follow(command.plan, self._state.counters.steps, self._state.replica.steps_ahead)
                self._exchange.scheme = command.plan.up
            case wire.Train():
                self._take_lease(command)
            case wire.Contribute():
                self._exchange.contribute(sealed=self._end_lease)
            case wire.Settle():
                self._exchange.settle(command)
            case wire.Save():
                with self.times.on("saving"):
                    self._exchange.save()
                self._channel.send(wire.Saved(steps=self._state.counters.steps))
            case wire.Initialise() | wire.Evaluate() | wire.Measure():
                self._serve(command)
            case wire.Hold():
                self._speaking.end(Trouble.MODEL_NOT_HERE)
                self._channel.send(wire.Held(steps=self._state.counters.steps))
            case wire.GoOn():
                self._pace.restart(time.monotonic())
            case _:
                self._speaking.obey(command)

    # --- weights ------------------------------------------------------------------------------------------------------

    def _serve(self, command: wire.Initialise | wire.Evaluate | wire.Measure) -> None:
        """What is done for a host, or for a computer that is being tried out."""
        match command:
            case wire.Initialise():
                self._initialise(command)
            case wire.Evaluate():
                self._evaluate(command)
            case wire.Measure():
                self._measure(command)

    def _initialise(self, command: wire.Initialise) -> None:
        module = build(self._orders.model, command.seed)
        file = Path(command.file)
        draft = file.with_name(file.name + ".new")
        write_weights(draft, gather(module, self._state.layout), self._state.layout)
        finish_file(draft, file)
        self._channel.send(wire.Initialised(file=command.file))

    def _announce_ready(self) -> None:
        replica, counters = self._state.replica, self._state.counters
        self._channel.send(
            wire.Ready(
                base=replica.version,
                digest=weights_digest(replica.base),
                steps=counters.steps,
                tokens=counters.tokens,
                unsent_steps=replica.unsent_steps,
                packed=self._state.packed,
            )
        )

    def _evaluate(self, command: wire.Evaluate) -> None:
        files = [Path(file) for file in command.files]
        orders = self._orders
        with self._state.base_in_module():
            result = held_out_loss(
                self._engine.module,
                files,
                orders.token_type,
                orders.recipe.sequence,
                self._engine.device,
                ending=lambda: self._channel.ending,
            )
        if result is None:
            return
        loss, tokens = result
        self._pace.restart(time.monotonic())
        self._channel.send(wire.Evaluated(base=self._state.replica.version, loss=loss, tokens=tokens))

    def _measure(self, command: wire.Measure) -> None:
        if self._state.there:
            raise LightworkError(Trouble.TRAINER_FAILED, "measuring would spoil the weights")
        measured = measure(self._engine, self._orders, command, lambda: self._channel.ending)
        if measured is not None:
            self._channel.send(measured)

    # --- leases -------------------------------------------------------------------------------------------------------

    def _take_lease(self, command: wire.Train) -> None:
        trained = self._state.replica.tokens_under(command.lease)
        self._lease = LeaseProgress(command, self._orders.recipe, self._orders.token_type, trained)
        self._pace.restart(time.monotonic())
        self._end_lease_if_used()

    def _end_lease(self) -> None:
        self._lease = None  # its tokens are claimed now; more work belongs to the next lease

    def _end_lease_if_used(self) -> None:
        if self._lease is not None and self._lease.used:
            name, self._lease = self._lease.name, None
            self._channel.send(wire.LeaseUsed(lease=name, unsent_steps=self._state.replica.unsent_steps))

    # --- training -----------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """One local step, or the next words of a text if there is nothing to train on."""
        if self.can_train:
            with self.times.on("steps"):
                self.train()
        else:
            self._rest_after(self._speaking.turn())

    def train(self) -> None:
        """One local step, with its bookkeeping and the rest that it earns."""
        lease = self._lease
        assert lease is not None
        try:
            loss = self._engine.gradient(lease.batch(), self._between_passes)
            if loss is None or self._interrupted:
                self._engine.optimizer.clear()
                return
            self._engine.optimizer.share = self._schedule.rate(self._state.counters.steps)
            began = time.monotonic()
            self._state.step(lease.name, lease.tokens_a_step)
            took = time.monotonic() - began
        except LightworkError as error:
            self._recover(error)
            return
        lease.advance()
        self._loss = loss if self._loss is None else 0.9 * self._loss + 0.1 * loss
        now = time.monotonic()
        self._pace.add(lease.tokens_a_step, now)
        self._report(now)
        self._end_lease_if_used()
        self._exchange.save_if_due()
        self._rest_after(took)

    @property
    def _interrupted(self) -> bool:
        return self._channel.ending or self._channel.held

    def _between_passes(self, seconds: float) -> bool:
        self._rest_after(seconds + self._speaking.turn(after=seconds))
        return self._interrupted

    def _rest_after(self, seconds: float) -> None:
        """Rest as the duty cycle asks, but never while a command waits: what is owed is rested later."""
        self._duty.set(self._channel.share)
        self._duty.worked(seconds)
        while self._duty.owed > 0 and not self._channel.calls:
            with self.times.on("resting"):
                self._duty.rested(self._channel.rest(self._duty.owed))
            self._duty.set(self._channel.share)

    def _recover(self, error: LightworkError) -> None:
        if error.trouble is Trouble.LOSS_NOT_FINITE:
            self._exchange.finish()  # what is packed now was sound; the rest goes
            self._state.give_up_progress()
            self._loss = None
        elif error.trouble is not Trouble.OUT_OF_MEMORY:
            raise error
        self._channel.send(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=False))
        if error.trouble is Trouble.OUT_OF_MEMORY and self._engine.micro_batch == 1:
            self._channel.rest(_SQUEEZED_SECONDS)
        if error.trouble is Trouble.LOSS_NOT_FINITE and self._lease is not None:
            self._lease.advance()  # the same batch from the same weights would go astray again
            self._end_lease_if_used()

    def _report(self, now: float) -> None:
        if now < self._next_progress or self._loss is None or self._lease is None:
            return
        self._next_progress = now + _PROGRESS_SECONDS
        replica, counters = self._state.replica, self._state.counters
        self._channel.send(
            wire.Progress(
                base=replica.version,
                steps=counters.steps,
                tokens=counters.tokens,
                unsent_steps=replica.unsent_steps,
                loss=self._loss,
                tokens_per_second=self._pace.tokens_per_second,
                memory=memory_used(self._engine.device),
                micro_batch=self._engine.micro_batch,
                lease=self._lease.name,
                lease_tokens_left=self._lease.left,
                spent=self.times.spent(),
            )
        )


def _lock(folder: Path) -> FileLock:
    lock = FileLock(folder / "trainer.lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise LightworkError(Trouble.TRAINER_FAILED, "another trainer holds this project's folder") from None
    return lock
