"""A module's parameters as one flat float32 vector in main memory, and back."""

import numpy as np
import torch
from torch import Tensor, nn

from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout

_AT_ONCE = 1 << 20  # numbers: two pieces of them fit a processor's cache, and a graphics card hardly notices them


def pieces(module: nn.Module, layout: Layout) -> list[Tensor]:
    """The parameters themselves, in layout order, wherever they lie: the flat vector without a copy."""
    tensors = dict(module.named_parameters())
    return [tensors[name].detach() for name, _, _ in layout.slices()]


def gather(module: nn.Module, layout: Layout) -> Vector:
    """A copy of the parameters, in layout order."""
    return gather_into(np.empty(layout.size, np.float32), module, layout)


def gather_into(vector: Vector, module: nn.Module, layout: Layout) -> Vector:
    """The same, into memory that is there."""
    for tensor, (_, shape, place) in zip(pieces(module, layout), layout.slices(), strict=True):
        # The assignment copies, also where the tensor's memory is numpy's memory.
        vector[place].reshape(shape)[...] = tensor.cpu().numpy()
    return vector


def scatter(vector: Vector, module: nn.Module, layout: Layout) -> None:
    """Set the parameters, in place: the optimizer goes on holding the same tensors."""
    with torch.no_grad():
        for tensor, (_, shape, place) in zip(pieces(module, layout), layout.slices(), strict=True):
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(vector[place]).reshape(shape)))


class Shift:
    """Moves a module's parameters along with what they are relative to, in place and without a vector between.

    On a graphics card it holds its few megabytes from the start: to ask for them half-way through a change could fail
    there, while another program fills the card.
    """

    def __init__(self, module: nn.Module, layout: Layout) -> None:
        self._tensors = pieces(module, layout)
        self._places = [place for _, _, place in layout.slices()]
        largest = min(_AT_ONCE, max(tensor.numel() for tensor in self._tensors))
        device = self._tensors[0].device
        self._room = None if device.type == "cpu" else torch.empty(largest, device=device)

    def move(self, away: Vector, onto: Vector) -> None:
        """Set the parameters to onto + (parameters - away)."""
        with torch.no_grad():
            for tensor, place in zip(self._tensors, self._places, strict=True):
                flat = tensor.view(-1)
                for start in range(0, flat.numel(), _AT_ONCE):
                    part = flat[start : start + _AT_ONCE]
                    here = slice(place.start + start, place.start + start + part.numel())
                    part.sub_(self._there(away[here]))
                    part.add_(self._there(onto[here]))

    def _there(self, values: Vector) -> Tensor:
        tensor = torch.from_numpy(values)
        return tensor if self._room is None else self._room[: len(values)].copy_(tensor)
