"""A module's parameters as one flat float32 vector in main memory, and back."""

import numpy as np
import torch
from torch import Tensor, nn

from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout


def pieces(module: nn.Module, layout: Layout) -> list[Tensor]:
    """The parameters themselves, in layout order, wherever they lie: the flat vector without a copy."""
    tensors = dict(module.named_parameters())
    return [tensors[name].detach() for name, _, _ in layout.slices()]


def gather(module: nn.Module, layout: Layout) -> Vector:
    """A copy of the parameters, in layout order."""
    vector = np.empty(layout.size, np.float32)
    for tensor, (_, shape, place) in zip(pieces(module, layout), layout.slices(), strict=True):
        # The assignment copies, also where the tensor's memory is numpy's memory.
        vector[place].reshape(shape)[...] = tensor.cpu().numpy()
    return vector


def scatter(vector: Vector, module: nn.Module, layout: Layout) -> None:
    """Set the parameters, in place: the optimizer goes on holding the same tensors."""
    with torch.no_grad():
        for tensor, (_, shape, place) in zip(pieces(module, layout), layout.slices(), strict=True):
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(vector[place]).reshape(shape)))
