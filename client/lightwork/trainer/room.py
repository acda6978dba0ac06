"""Memory for a copy of the state, with all its pages there already.

A system finds a process's new pages when they are first written to, at a tenth of the speed at which memory is copied:
that is for another thread than the one that trains.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from lightwork.codec.weights import Vector


class Room:
    """For local weights, and for momenta of these shapes."""

    def __init__(self, size: int, shapes: Mapping[str, torch.Size]) -> None:
        self.local: Vector = np.empty(size, np.float32)
        self.local[:] = 0.0
        # By numpy, with one thread: torch would start a second team of threads, which stays.
        self._momenta = {name: torch.from_numpy(np.full(shape, 0.0, np.float32)) for name, shape in shapes.items()}

    def take(self, momenta: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Copies of these, in this memory as far as they fit."""
        copies = {}
        for name, one in momenta.items():
            place = self._momenta.get(name)
            fits = place is not None and place.shape == one.shape  # the first ones may have come meanwhile
            copies[name] = place.copy_(one) if fits and place is not None else one.to("cpu", copy=True)
        return copies
