"""The outer step: the averaged pseudo-gradient becomes an update that host and volunteers apply alike.

Stochastic gradient descent with Nesterov momentum (Douillard et al. 2023, "DiLoCo"), in the form of torch.optim.SGD:
m <- mu m + g, step = rate (g + mu m). The step is sent compressed; what compression leaves out is owed and goes into
the next step (error feedback, Karimireddy et al. 2019).

Everything is done segment by segment. Of the state only the weights are in memory; what is owed and the momentum come
from where they are kept, and the state after the step goes there, while the old one stays as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lightwork.codec import Encoder
from lightwork.codec.segments import SEGMENT_LENGTH, Segment
from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout
from lightwork.protocol.manifest import Recipe

WEIGHTS, RESIDUAL, MOMENTUM = "weights", "residual", "momentum"


class Source(Protocol):
    """A vector that is read once, from front to back."""

    def read(self, count: int) -> Vector:
        """The next `count` numbers."""


class Sink(Protocol):
    """A vector that is written once, from front to back."""

    def write(self, piece: Vector) -> None:
        """Append these numbers."""


Sources = Mapping[str, Source]
Sinks = Mapping[str, Sink]
# Begins to keep a state: what was written counts when the block ends, and not at all if it raises.
Keep = Callable[[], AbstractContextManager[Sinks]]


@dataclass(frozen=True, eq=False)
class OuterStep:
    """An update's payload, and the weights that it leads to."""

    payload: bytes
    weights: Vector


class _NotFiniteError(Exception):
    """The step leads to numbers that are not finite."""


def state_vectors(recipe: Recipe) -> tuple[str, ...]:
    """What a host remembers between rounds, each of shape (layout.size,)."""
    return (WEIGHTS, RESIDUAL, MOMENTUM) if recipe.outer_momentum else (WEIGHTS, RESIDUAL)


def outer_step(
    weights: Vector, gradient: Vector, *, owed: Sources, keep: Keep, recipe: Recipe, layout: Layout
) -> OuterStep:
    """Take one step from `weights` against `gradient`, both of shape (layout.size,).

    `owed` holds the residual and, where the recipe has momentum, the momentum. `gradient` is used up: the new weights
    take its place, so that no further vector is needed. Nothing else that is there before is changed.

    A step that would lead to numbers that are not finite is not taken: a version without change is published instead,
    and what is owed and the momentum are forgotten. ValueError never leaves this function for a finite state.
    """
    encoder = Encoder(layout, recipe.down)
    try:
        with keep() as sinks:
            return _take(weights, gradient, encoder, _descents(encoder.segments, gradient, owed, recipe), sinks)
    except _NotFiniteError:
        encoder = Encoder(layout, recipe.down)
        with keep() as sinks:
            return _take(weights, gradient, encoder, _rests(encoder.segments, recipe), sinks)


def _take(
    weights: Vector, into: Vector, encoder: Encoder, steps: Iterator[tuple[Vector, Vector | None]], sinks: Sinks
) -> OuterStep:
    """Code each segment's step, and write the state after it; the weights also into `into`."""
    buffer = np.empty(SEGMENT_LENGTH, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for segment, (step, momentum) in zip(encoder.segments, steps, strict=True):
            _check_finite(step)
            decoded = buffer[: segment.length]
            encoder.add(step, decoded)
            # exactly what volunteers compute: their digests must equal ours
            moved = np.subtract(weights[segment.place], decoded, out=into[segment.place])
            _check_finite(moved)
            sinks[WEIGHTS].write(moved)
            sinks[RESIDUAL].write(np.subtract(step, decoded, out=decoded))
            if momentum is not None:
                sinks[MOMENTUM].write(momentum)
    return OuterStep(encoder.payload(), into)


def _descents(
    segments: tuple[Segment, ...], gradient: Vector, owed: Sources, recipe: Recipe
) -> Iterator[tuple[Vector, Vector | None]]:
    """Each segment's step with what is owed, and its new momentum."""
    rate, mu = np.float32(recipe.outer_learning_rate), np.float32(recipe.outer_momentum)
    for segment in segments:
        slope, residual = gradient[segment.place], owed[RESIDUAL].read(segment.length)
        if not recipe.outer_momentum:
            yield rate * slope + residual, None
        else:
            momentum = mu * owed[MOMENTUM].read(segment.length) + slope
            yield rate * (slope + mu * momentum) + residual, momentum


def _rests(segments: tuple[Segment, ...], recipe: Recipe) -> Iterator[tuple[Vector, Vector | None]]:
    """A step of nothing, with nothing owed and no momentum."""
    for segment in segments:
        zeros = np.zeros(segment.length, np.float32)
        yield zeros, zeros if recipe.outer_momentum else None


def _check_finite(numbers: Vector) -> None:
    if not np.isfinite(numbers).all():
        raise _NotFiniteError
