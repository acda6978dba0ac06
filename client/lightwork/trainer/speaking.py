"""The one text that a trainer goes on with at a time, and what is told of it."""

import time

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.channel import Channel
from lightwork.trainer.engine import Engine
from lightwork.trainer.sample import TURN_SECONDS, Sampling, window_of
from lightwork.trainer.state import State


class Speaking:
    """Begins, continues and ends samplings. The newest one wins: an older one ends for it.

    It speaks with the local weights, the base and what was trained here on top of it: those are in the module anyway,
    and they are the model that this computer trains. After a merge it goes on with the merged ones.
    """

    def __init__(self, channel: Channel, orders: wire.Configure, engine: Engine, state: State) -> None:
        self._channel = channel
        self._orders = orders
        self._engine = engine
        self._state = state
        self._sampling: Sampling | None = None
        self._began = 0.0

    @property
    def under_way(self) -> bool:
        """True while a text is not at its end."""
        return self._sampling is not None

    def obey(self, command: wire.ToTrainer) -> None:
        """Begin or stop a text. Raises TRAINER_FAILED for any other command."""
        match command:
            case wire.Sample():
                self._begin(command)
            case wire.StopSampling():
                if self._sampling is not None and self._sampling.id == command.id:
                    self.end(None)
            case _:
                raise LightworkError(Trouble.TRAINER_FAILED, f"unexpected {type(command).__name__}")

    def _begin(self, orders: wire.Sample) -> None:
        # A text that cannot begin is told as ended.
        self.end(None)
        self._began = time.monotonic()
        if not self._state.there or self._channel.held:
            self._tell_end(orders.id, 0, Trouble.MODEL_NOT_HERE)
            return
        model, state = self._orders.model, self._state
        try:
            self._sampling = Sampling(
                orders,
                self._engine.module,
                layers=model.layers,
                window=window_of(model.positions, self._orders.recipe.sequence),
                vocabulary=model.vocab_size,
                device=self._engine.device,
                weights=lambda: (state.replica.version, state.counters.steps),
            )
        except LightworkError as error:
            self._tell_end(orders.id, 0, error.trouble)

    def turn(self, after: float | None = None) -> float:
        """Take the text a little further, if there is one and nothing forbids it. Returns the seconds that it took.

        `after` a pass of so many seconds the text gets at most half of that, so that training has most of the time.
        """
        sampling = self._sampling
        if sampling is None or self._must_stop():
            return 0.0
        began = time.monotonic()
        text = sampling.turn(self._must_stop, TURN_SECONDS if after is None else min(TURN_SECONDS, after / 2))
        took = time.monotonic() - began
        if text:
            self._channel.send(wire.Sampled(id=sampling.id, text=text, tokens=sampling.said))
        if sampling.over:
            self.end(sampling.trouble)
        return took

    def give_way(self) -> bool:
        """Training needs the memory: end the present text, and say whether there was one."""
        if self._sampling is None:
            return False
        self.end(Trouble.OUT_OF_MEMORY)
        return True

    def end(self, trouble: Trouble | None) -> None:
        """End the present text, if there is one."""
        sampling, self._sampling = self._sampling, None
        if sampling is not None:
            self._tell_end(sampling.id, sampling.said, trouble)

    def _must_stop(self) -> bool:
        return self._channel.ending or self._channel.held

    def _tell_end(self, number: int, tokens: int, trouble: Trouble | None) -> None:
        version = self._state.replica.version if self._state.there else 0
        seconds = time.monotonic() - self._began
        self._channel.send(
            wire.SampleEnded(id=number, version=version, tokens=tokens, seconds=seconds, trouble=trouble)
        )
