"""What all peers but Lightwork share: the practice model, the text, AdamW as Lightwork's own trainer sets it, a clock.

Runs in a peer's environment, which has torch, numpy and msgspec, with Lightwork's sources on PYTHONPATH.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch
from task import BEGIN, ROUND, SNAPSHOT, STEPS, Journal, Task
from torch import Tensor, nn

from lightwork.protocol.manifest import TokenType
from lightwork.protocol.model import GptjModel
from lightwork.trainer.data import LeasedData
from lightwork.trainer.evaluate import loss_of
from lightwork.trainer.models import build

# As in `lightwork/trainer/optimizers.py` and the practice recipe, so that no peer has a worse optimizer than another.
RATE, BETAS, DECAY, CLIP, WARM_UP = 0.003, (0.9, 0.95), 0.1, 1.0, 10

Weights = Mapping[str, Tensor]


def groups(module: nn.Module) -> list[dict[str, Any]]:
    """A module's parameters for `adamw`. Biases and norms are not decayed."""
    every = list(module.parameters())
    return [
        {"params": [one for one in every if one.ndim >= 2], "weight_decay": DECAY},
        {"params": [one for one in every if one.ndim < 2], "weight_decay": 0.0},
    ]


def adamw(parameters: Iterable[dict[str, Any]]) -> torch.optim.AdamW:
    """The inner optimizer."""
    return torch.optim.AdamW(parameters, lr=RATE, betas=BETAS)


class Work:
    """A peer's model and text, and what it reports."""

    def __init__(self, task: Task, number: int, journal: Journal, begun: float) -> None:
        torch.set_num_threads(1)
        self.module: nn.Module = build(msgspec.convert(task.model, GptjModel), task.seed)
        self.steps = 0
        self._journal = journal
        self._task, self._home = task, task.home(number)
        # A peer that comes back reads other places than before.
        seed = (task.seed << 40) + (number << 32) + int(time.time())
        self._data = LeasedData([Path(task.training)], TokenType.UINT8, seed)
        self._begun = begun
        self._snapshot = -1  # the newest one's number
        journal.write(BEGIN)

    def backward(self, module: nn.Module) -> None:
        """Gradients of the next batch's loss, clipped."""
        tokens = torch.from_numpy(self._data.batch(self.steps, self._task.batch, self._task.sequence))
        loss_of(module, tokens).backward()
        nn.utils.clip_grad_norm_(module.parameters(), CLIP)

    def warm_up(self, optimizer: torch.optim.Optimizer) -> None:
        """Set the learning rate of the next step."""
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (self.steps + 1) / WARM_UP)

    def stepped(self, weights: Weights) -> None:
        """A local step is done. `weights` are those that a user would keep now; written to a file if a snapshot is due.

        A snapshot's number says how many times `snapshot_every` seconds had gone by.
        """
        self.steps += 1
        self._journal.write(STEPS, self.steps)
        number = int((time.monotonic() - self._begun) / self._task.snapshot_every)
        if number > self._snapshot:
            self._snapshot = number
            kept = {name: value.detach() for name, value in weights.items()}
            torch.save(kept, self._home / f"weights-{number:04}.pt")
            self._journal.write(SNAPSHOT, number)

    def averaged(self, peers: int) -> None:
        """This peer's work was averaged with that of others, so many in all."""
        self._journal.write(ROUND, peers)

    def own_weights(self) -> Weights:
        """The parameters as they are here."""
        return dict(self.module.named_parameters())
