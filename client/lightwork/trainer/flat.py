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


def shift(module: nn.Module, layout: Layout, away: Vector, onto: Vector) -> None:
    """Set the parameters to onto + (parameters - away), in place and without a vector between."""
    with torch.no_grad():
        for tensor, (_, _, place) in zip(pieces(module, layout), layout.slices(), strict=True):
            flat = tensor.view(-1)
            for start in range(0, flat.numel(), _AT_ONCE):
                part = flat[start : start + _AT_ONCE]
                here = slice(place.start + start, place.start + start + part.numel())
                part.sub_(torch.from_numpy(away[here]).to(part.device))
                part.add_(torch.from_numpy(onto[here]).to(part.device))
