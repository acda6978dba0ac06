"""How fast a device trains: real local steps on random tokens, with weights that nobody keeps."""

import math
import time
from collections.abc import Callable

import numpy as np

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.device import memory_used
from lightwork.trainer.engine import Engine


def measure(
    engine: Engine, orders: wire.Configure, command: wire.Measure, ending: Callable[[], bool]
) -> wire.Measured | None:
    """Warm up, then count the tokens of so many seconds; None once `ending` says so.

    The warm-up begins with a step of one sequence, so that all memory that a step needs has been taken after it, and
    goes on while the micro-batch grows to what the device is fast enough for.

    Raises DEVICE_TOO_SMALL, or OUT_OF_MEMORY if others left no room for a single pass.
    """
    steps = _Steps(engine, orders, ending)
    steps.take(1, math.inf)
    warm = time.monotonic() + command.warmup_seconds
    while time.monotonic() < warm and not ending():
        steps.take(orders.recipe.batch, warm)
    began = time.monotonic()
    end, tokens = began + command.seconds, 0
    while time.monotonic() < end and not ending():
        tokens += steps.take(orders.recipe.batch, end)
    seconds = time.monotonic() - began
    if ending():
        return None
    if command.seconds and not tokens:
        raise LightworkError(Trouble.OUT_OF_MEMORY, f"no pass within {command.seconds:.0f} s")
    return wire.Measured(
        tokens=tokens, seconds=seconds, memory=memory_used(engine.device), micro_batch=engine.micro_batch
    )


class _Steps:
    """Local steps on random tokens."""

    def __init__(self, engine: Engine, orders: wire.Configure, ending: Callable[[], bool]) -> None:
        self._engine = engine
        self._length = orders.recipe.sequence
        self._vocabulary = orders.model.vocab_size
        self._ending = ending
        self._random = np.random.default_rng(0)

    def take(self, sequences: int, until: float) -> int:
        """One step, given up between two passes at `until` (monotonic). Returns the tokens that went through."""
        batch = self._random.integers(0, self._vocabulary, (sequences, self._length + 1))
        left, size = sequences, self._engine.micro_batch

        def between(_seconds: float) -> bool:
            nonlocal left, size
            left -= min(size, left)
            size = self._engine.micro_batch  # it may have grown by this pass
            return self._ending() or (left > 0 and time.monotonic() >= until)

        try:
            if self._engine.gradient(batch, between) is not None:
                self._engine.update()
        except LightworkError as error:
            if error.trouble is not Trouble.OUT_OF_MEMORY:
                raise
            return 0  # the micro-batch is halved, and what was done is done again
        return (sequences - left) * self._length
