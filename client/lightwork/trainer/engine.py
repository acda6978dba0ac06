"""One local step at a time: micro-batches, gradient, optimizer, and what happens when memory runs out."""

import math
from collections.abc import Callable
from typing import NoReturn

import torch
from torch import nn

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import Recipe
from lightwork.trainer.data import Tokens
from lightwork.trainer.evaluate import loss_of
from lightwork.trainer.optimizers import InnerOptimizer

# What torch raises when a device's memory, or the computer's, is used up.
_OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError)


class Engine:
    """A model with its optimizer on a device."""

    def __init__(self, module: nn.Module, recipe: Recipe, device: torch.device, micro_batch: int) -> None:
        self.module = module.to(device)
        self.device = device
        self.micro_batch = micro_batch
        self.optimizer = InnerOptimizer(self.module, recipe)
        self._recipe = recipe

    def step(self, batch: Tokens, give_up: Callable[[], bool]) -> float | None:
        """One local step on (sequences, length + 1) tokens: its mean loss, or None if `give_up` came true between two
        micro-batches (nothing has changed then).

        Raises LOSS_NOT_FINITE, and OUT_OF_MEMORY after halving the micro-batch (nothing has changed; try again), or
        DEVICE_TOO_SMALL if it cannot be halved.
        """
        try:
            loss = self._gradient(batch, give_up)
            if loss is None:
                self.optimizer.clear()
                return None
            if not math.isfinite(loss):
                self.optimizer.clear()
                raise LightworkError(Trouble.LOSS_NOT_FINITE, f"loss {loss}")
            self.optimizer.step()  # the first one allocates the momenta, and may find no room for them
        except _OUT_OF_MEMORY as error:
            self._shrink(str(error))
        return loss

    def _gradient(self, batch: Tokens, give_up: Callable[[], bool]) -> float | None:
        total = 0.0
        for first in range(0, len(batch), self.micro_batch):
            if give_up():
                return None
            part = batch[first : first + self.micro_batch]
            share = len(part) / len(batch)
            loss = loss_of(self.module, torch.from_numpy(part).to(self.device)) * share
            loss.backward()
            total += loss.item()
        return total

    def _shrink(self, detail: str) -> NoReturn:
        self.optimizer.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.micro_batch == 1:
            raise LightworkError(Trouble.DEVICE_TOO_SMALL, detail) from None
        self.micro_batch //= 2
        raise LightworkError(Trouble.OUT_OF_MEMORY, f"micro-batch is now {self.micro_batch}") from None
