"""A module's parameters as one flat float32 vector in main memory, and back."""

import numpy as np
import torch
from torch import nn

from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout


def gather(module: nn.Module, layout: Layout) -> Vector:
    """A copy of the parameters, in layout order."""
    vector = np.empty(layout.size, np.float32)
    tensors = dict(module.named_parameters())
    for name, shape, place in layout.slices():
        # The assignment copies, also where the tensor's memory is numpy's memory.
        vector[place].reshape(shape)[...] = tensors[name].detach().cpu().numpy()
    return vector


def scatter(vector: Vector, module: nn.Module, layout: Layout) -> None:
    """Set the parameters, in place: the optimizer goes on holding the same tensors."""
    tensors = dict(module.named_parameters())
    with torch.no_grad():
        for name, shape, place in layout.slices():
            tensors[name].copy_(torch.from_numpy(np.ascontiguousarray(vector[place]).reshape(shape)))
