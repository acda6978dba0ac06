"""What both architectures are made of: rotary positions, causal attention, and a memory for going on with a text."""

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
    """Causal attention; all are (batch, heads, length, width). Returns (batch, length, heads x width).

    With fewer queries than keys, the queries are the last positions.
    """
    new, all_ = queries.shape[2], keys.shape[2]
    if new in (1, all_):
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=new > 1)
    else:
        seen = torch.ones(new, all_, dtype=torch.bool, device=queries.device).tril(all_ - new)
        mixed = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
    return mixed.transpose(1, 2).flatten(2)


class Past:
    """Keys and values of one layer for the tokens so far, so that a next token costs one position only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._filled = 0
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add those of the next tokens, (batch, heads, length, width); returns all so far."""
        if self._keys is None or self._values is None:
            shape = (*keys.shape[:2], self._most, keys.shape[3])
            self._keys, self._values = keys.new_empty(shape), values.new_empty(shape)
        end = self._filled + keys.shape[2]
        self._keys[:, :, self._filled : end], self._values[:, :, self._filled : end] = keys, values
        self._filled = end
        return self._keys[:, :, :end], self._values[:, :, :end]

    def forget(self) -> None:
        """Begin anew, in the same memory."""
        self._filled = 0


class Cache:
    """What a model keeps of a text that it goes on with: at most `most` tokens, of which `filled` are there."""

    def __init__(self, layers: int, most: int) -> None:
        self.layers = [Past(most) for _ in range(layers)]
        self.most = most
        self.filled = 0

    def forget(self) -> None:
        """Begin anew, in the same memory."""
        self.filled = 0
        for past in self.layers:
            past.forget()


def initialise(module: nn.Module) -> None:
    """Fresh weights: normal for matrices, zero for biases, one for norms."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.normal_(part.weight, std=_INITIAL)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
