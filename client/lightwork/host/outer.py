"""The outer step: the averaged pseudo-gradient becomes an update that host and volunteers apply alike.

Stochastic gradient descent with Nesterov momentum (Douillard et al. 2023, "DiLoCo"), in the form of torch.optim.SGD:
m <- mu m + g, step = rate (g + mu m). The step is sent compressed; what compression leaves out is owed and goes into
the next step (error feedback, Karimireddy et al. 2019).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lightwork.codec import encode
from lightwork.codec.weights import weights_digest
from lightwork.domain.layout import Layout
from lightwork.protocol.manifest import Recipe

Vector = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class OuterState:
    """What the host remembers between rounds, each of shape (layout.size,). `momentum` is None where there is none."""

    weights: Vector
    residual: Vector
    momentum: Vector | None

    @classmethod
    def beginning(cls, weights: Vector, recipe: Recipe) -> "OuterState":
        """The state of version 0."""
        zeros = np.zeros_like(weights)
        return cls(weights, zeros, zeros if recipe.outer_momentum else None)


@dataclass(frozen=True, eq=False)
class OuterStep:
    """An update's payload, the state after it, and the digest of its weights."""

    payload: bytes
    state: OuterState
    digest: str


def outer_step(state: OuterState, gradient: Vector, recipe: Recipe, layout: Layout) -> OuterStep:
    """Take one step against `gradient`, shape (layout.size,). `state` is left as it is.

    A step that would lead to numbers that are not finite is not taken: a version without change is published instead,
    and what is owed and the momentum are forgotten. ValueError never leaves this function for a finite state.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        step, momentum = _descend(state, gradient, recipe)
        if np.isfinite(step).all():
            encoded = encode(step, layout, recipe.down)
            # exactly what volunteers compute: their digests must equal ours
            weights = np.subtract(state.weights, encoded.decoded, dtype=np.float32)
            if np.isfinite(weights).all():
                residual = np.subtract(step, encoded.decoded, dtype=np.float32)
                return OuterStep(encoded.payload, OuterState(weights, residual, momentum), weights_digest(weights))
    nothing = encode(np.zeros(layout.size, np.float32), layout, recipe.down)
    weights = np.subtract(state.weights, nothing.decoded, dtype=np.float32)
    return OuterStep(nothing.payload, OuterState.beginning(weights, recipe), weights_digest(weights))


def _descend(state: OuterState, gradient: Vector, recipe: Recipe) -> tuple[Vector, Vector | None]:
    """The step with what is owed, and the new momentum."""
    rate, mu = np.float32(recipe.outer_learning_rate), np.float32(recipe.outer_momentum)
    if state.momentum is None:
        return rate * gradient + state.residual, None
    momentum = mu * state.momentum + gradient
    return rate * (gradient + mu * momentum) + state.residual, momentum
