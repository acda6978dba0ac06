"""One local step in two halves: the gradient, micro-batch by micro-batch, and the optimizer's update.

Only the update changes weights and momenta. Until then a step can be given up without a trace.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import Recipe
from lightwork.trainer.data import Tokens
from lightwork.trainer.evaluate import loss_of
from lightwork.trainer.microbatch import MicroBatch
from lightwork.trainer.optimizers import InnerOptimizer

# What torch raises when a device's memory, or the computer's, is used up.
_OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError)


class Engine:
    """A model with its optimizer on a device."""

    def __init__(self, module: nn.Module, recipe: Recipe, device: torch.device, micro_batch: int) -> None:
        self.module = module.to(device)
        self.device = device
        self.optimizer = InnerOptimizer(self.module, recipe)
        self._micro_batch = MicroBatch(micro_batch)
        self._recipe = recipe
        self._has_stepped = False
        self.give_way: Callable[[], bool] = lambda: False  # lets go of other things on the device, if there are any

    @property
    def micro_batch(self) -> int:
        """Sequences that go through the model at once."""
        return self._micro_batch.size

    def start_at(self, micro_batch: int) -> None:
        """Begin with the micro-batch of a trainer before this one.

        The same batch cut in the same way gives the same sums to the last bit.
        """
        self._micro_batch.start_at(micro_batch)

    def gradient(self, batch: Tokens, between: Callable[[float], bool]) -> float | None:
        """Add up the gradient of (sequences, length + 1) tokens: their mean loss, or None for a step given up.

        `between` is called after each micro-batch with the seconds that it took; the step is given up when it says so.

        Raises LOSS_NOT_FINITE, and OUT_OF_MEMORY after halving the micro-batch (try again). Where it cannot be halved,
        it raises OUT_OF_MEMORY after a step that had room (another program takes it now: try later), and else
        DEVICE_TOO_SMALL. No gradient is left then.
        """
        total, first = 0.0, 0
        with self._when_memory_is_full():
            while first < len(batch):
                part = batch[first : first + self.micro_batch]
                first += len(part)
                began = time.monotonic()
                total += self._add_gradient(part, len(part) / len(batch))
                seconds = time.monotonic() - began
                self._micro_batch.took(len(part), seconds)
                if between(seconds):
                    self.optimizer.clear()
                    return None
        if not math.isfinite(total):
            self.optimizer.clear()
            raise LightworkError(Trouble.LOSS_NOT_FINITE, f"loss {total}")
        return total

    def update(self) -> None:
        """Let the optimizer take the step. Raises what `gradient` does, with nothing changed."""
        with self._when_memory_is_full():  # the first step allocates the momenta, and may find no room for them
            self.optimizer.step()
        self._has_stepped = True

    def _add_gradient(self, part: Tokens, share: float) -> float:
        loss = loss_of(self.module, torch.from_numpy(part).to(self.device)) * share
        loss.backward()
        return loss.item()  # waits for the device, so that the time taken is the whole pass's

    @contextmanager
    def _when_memory_is_full(self) -> Iterator[None]:
        try:
            yield
        except _OUT_OF_MEMORY as error:
            self.optimizer.clear()
            gave_way = self.give_way()  # what a text has taken is no reason for smaller steps, for good
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            if gave_way:
                raise LightworkError(Trouble.OUT_OF_MEMORY, "a text had taken some of it") from None
            if not self._micro_batch.shrink():
                if self._has_stepped:
                    raise LightworkError(Trouble.OUT_OF_MEMORY, "there was room before") from None
                raise LightworkError(Trouble.DEVICE_TOO_SMALL, str(error)) from None
            raise LightworkError(Trouble.OUT_OF_MEMORY, f"micro-batch is now {self.micro_batch}") from None
