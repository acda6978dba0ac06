"""What both architectures are made of: rotary positions and causal attention."""

import torch
from torch import Tensor, nn
from torch.nn import functional

# Standard deviation of fresh weights, as in the published configurations of both architectures.
_INITIAL = 0.02


def angles(positions: int, width: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines of rotary positions (Su et al. 2021, "RoFormer", section 3.4.2).

    Both are (positions, width / 2).
    """
    turns = theta ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
    turned = torch.outer(torch.arange(positions, dtype=torch.float32), turns)
    return turned.cos(), turned.sin()


def turn(first: Tensor, second: Tensor, cosines: Tensor, sines: Tensor) -> tuple[Tensor, Tensor]:
    """Turn each pair of numbers by the angle of its position; which two form a pair is the architecture's choice."""
    return first * cosines - second * sines, second * cosines + first * sines


def heads_of(states: Tensor, heads: int) -> Tensor:
    """(batch, length, heads x width) as (batch, heads, length, width)."""
    return states.unflatten(-1, (heads, -1)).transpose(1, 2)


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention; all are (batch, heads, length, width). Returns (batch, length, heads x width)."""
    mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    return mixed.transpose(1, 2).flatten(2)


def initialise(module: nn.Module) -> None:
    """Fresh weights: normal for matrices, zero for biases, one for norms."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.normal_(part.weight, std=_INITIAL)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
