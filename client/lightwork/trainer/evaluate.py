"""Held-out loss."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from lightwork.protocol.manifest import TokenType
from lightwork.trainer.data import windows

_SEQUENCES = 16  # at once; evaluation keeps no activations, so this is small beside training


def loss_of(module: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy (nats per token) of (sequences, length + 1) tokens, each predicted from those before it."""
    logits = module(tokens[:, :-1])
    return functional.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())


def held_out_loss(
    module: nn.Module,
    files: Sequence[Path],
    token_type: TokenType,
    length: int,
    device: torch.device,
    *,
    ending: Callable[[], bool] = lambda: False,
) -> tuple[float, int] | None:
    """Mean loss over the files, and the number of tokens predicted; None once `ending` says so."""
    module.eval()
    total, count = 0.0, 0
    for file in files:
        for batch in windows(file, token_type, _SEQUENCES, length):
            if ending():
                return None
            predicted = batch.shape[0] * length
            with torch.no_grad():
                total += float(loss_of(module, torch.from_numpy(batch).to(device))) * predicted
            count += predicted
    module.train()
    return total / max(1, count), count
