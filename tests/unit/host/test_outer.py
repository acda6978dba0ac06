"""The outer step against torch's formula written out and against its plain form, and what compression owes."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.tiny_project import LAYOUT, RECIPE, first_weights
from lightwork.codec import decode, encode
from lightwork.codec.weights import Vector, weights_digest
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.outer import MOMENTUM, RESIDUAL, WEIGHTS, OuterStep, outer_step, state_vectors
from lightwork.protocol.manifest import Recipe

LONG = Layout((("block", (61, 8)), ("head", ((1 << 20) + 70_001,)), ("norm", (3,))))  # four segments


@dataclass
class Shelf:
    """States in memory, by the name of the vector; it keeps only what was written to the end."""

    state: dict[str, Vector]
    written: dict[str, "Pieces"] = field(default_factory=dict)

    @contextlib.contextmanager
    def keep(self) -> Iterator[dict[str, "Pieces"]]:
        pieces = {name: Pieces() for name in self.state}
        yield pieces
        self.written = pieces

    def step(self, gradient: Vector, recipe: Recipe, layout: Layout = LAYOUT) -> OuterStep:
        """Take a step from the state; the state after it takes its place."""
        owed = {name: Pieces([vector]) for name, vector in self.state.items() if name != WEIGHTS}
        step = outer_step(self.state[WEIGHTS], gradient.copy(), owed=owed, keep=self.keep, recipe=recipe, layout=layout)
        self.state = {name: np.concatenate(pieces.pieces) for name, pieces in self.written.items()}
        assert np.array_equal(step.weights, self.state[WEIGHTS])
        return step


class Pieces:
    """A vector that is read and written piece by piece."""

    def __init__(self, pieces: list[Vector] | None = None) -> None:
        self.pieces = pieces or []

    def read(self, count: int) -> Vector:
        piece, self.pieces[0] = np.split(self.pieces[0], [count])
        assert len(piece) == count
        return piece

    def write(self, piece: Vector) -> None:
        self.pieces.append(piece.copy())


def beginning(recipe: Recipe, weights: Vector | None = None) -> Shelf:
    weights = first_weights() if weights is None else weights
    zeros = np.zeros_like(weights)
    return Shelf({name: weights if name == WEIGHTS else zeros for name in state_vectors(recipe)})


def gradient(seed: int, layout: Layout = LAYOUT) -> Vector:
    return np.random.default_rng(seed).normal(0, 0.01, layout.size).astype(np.float32)


def plain_step(state: dict[str, Vector], gradient: Vector, recipe: Recipe, layout: Layout) -> dict[str, Vector | bytes]:
    """The same on whole vectors; the payload stands under its own name."""
    rate, mu = np.float32(recipe.outer_learning_rate), np.float32(recipe.outer_momentum)
    after: dict[str, Vector | bytes] = {}
    if MOMENTUM in state:
        after[MOMENTUM] = momentum = mu * state[MOMENTUM] + gradient
        step = rate * (gradient + mu * momentum) + state[RESIDUAL]
    else:
        step = rate * gradient + state[RESIDUAL]
    encoded = encode(step, layout, recipe.down)
    after["payload"] = encoded.payload
    after[RESIDUAL] = step - encoded.decoded
    after[WEIGHTS] = state[WEIGHTS] - encoded.decoded
    return after


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_nothing_of_a_step_is_lost(momentum: float) -> None:
    """Weights plus what is owed are where plain, uncompressed descent would be."""
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=0.5, outer_momentum=momentum)
    shelf = beginning(recipe)
    plain, velocity = first_weights().astype(np.float64), np.zeros(LAYOUT.size)
    for seed in range(5):
        before = shelf.state[WEIGHTS]
        step = shelf.step(gradient(seed), recipe)
        velocity = momentum * velocity + gradient(seed)
        plain -= 0.5 * (gradient(seed) + momentum * velocity)
        applied = np.subtract(before, decode(step.payload, LAYOUT), dtype=np.float32)
        assert weights_digest(applied) == weights_digest(step.weights)
        np.testing.assert_allclose(shelf.state[WEIGHTS] - shelf.state[RESIDUAL].astype(np.float64), plain, atol=1e-6)
    assert shelf.state[RESIDUAL].any()
    assert (MOMENTUM in shelf.state) == (momentum > 0)


RECIPES = st.builds(
    lambda rate, momentum, down: msgspec.structs.replace(
        RECIPE, outer_learning_rate=rate, outer_momentum=momentum, down=down
    ),
    st.floats(0, 10),
    st.sampled_from([0.0, 0.9]),
    st.sampled_from([Scheme(), Scheme(bits=1), Scheme(keep=64, bits=4), Scheme(block=64, keep=40)]),
)


@given(
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([1e-30, 1e-3, 1.0, 1e20]),
    recipe=RECIPES,
    layout=st.sampled_from([LAYOUT, LONG]),
)
@settings(deadline=None, max_examples=20)
def test_segment_by_segment_it_is_the_plain_step_to_the_last_bit(
    seed: int, scale: float, recipe: Recipe, layout: Layout
) -> None:
    shelf = beginning(recipe, gradient(seed + 1, layout))
    for number in range(2):
        slope = gradient(seed + number, layout) * np.float32(scale)
        slope[::7] = -0.0
        wanted = plain_step(shelf.state, slope, recipe, layout)
        assert shelf.step(slope, recipe, layout).payload == wanted.pop("payload")
        assert shelf.state.keys() == wanted.keys()
        for name, vector in shelf.state.items():
            assert vector.tobytes() == wanted[name].tobytes()  # type: ignore[union-attr]


def test_the_state_before_is_left_as_it_is() -> None:
    recipe = msgspec.structs.replace(RECIPE, outer_momentum=0.9)
    shelf = beginning(recipe)
    shelf.step(gradient(1), recipe)
    before = shelf.state
    copies = {name: vector.copy() for name, vector in before.items()}
    shelf.step(gradient(2), recipe)
    for name, vector in before.items():
        assert np.array_equal(vector, copies[name])


def test_a_step_that_cannot_be_kept_leaves_the_weights_and_raises() -> None:
    class FullError(Exception):
        pass

    class Full(Pieces):
        def write(self, piece: Vector) -> None:
            raise FullError

    @contextlib.contextmanager
    def keep() -> Iterator[dict[str, Pieces]]:
        yield {WEIGHTS: Pieces(), RESIDUAL: Full()}

    weights, owed = first_weights(), {RESIDUAL: Pieces([np.zeros(LAYOUT.size, np.float32)])}
    with pytest.raises(FullError):
        outer_step(weights, gradient(1), owed=owed, keep=keep, recipe=RECIPE, layout=LAYOUT)
    assert np.array_equal(weights, first_weights())


@pytest.mark.parametrize("place", [3, 488, LAYOUT.size - 1])  # in the first segment, and in the second
@pytest.mark.parametrize("value", [np.inf, np.nan, 3e38])
def test_a_step_that_is_not_finite_is_not_taken(value: float, place: int) -> None:
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=10.0, outer_momentum=0.9)
    shelf = beginning(recipe)
    shelf.step(gradient(1), recipe)
    before = shelf.state[WEIGHTS]
    bad = gradient(2)
    bad[place] = value
    step = shelf.step(bad, recipe)
    assert step.weights.tobytes() == before.tobytes()
    assert not decode(step.payload, LAYOUT).any()
    assert shelf.state[WEIGHTS].tobytes() == before.tobytes()
    assert not shelf.state[RESIDUAL].any()
    assert not shelf.state[MOMENTUM].any()


def test_weights_that_would_not_be_finite_are_not_reached() -> None:
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=1.0, down=Scheme(bits=1))
    weights = np.full(LAYOUT.size, -3e38, np.float32)
    shelf = beginning(recipe, weights)
    step = shelf.step(np.full(LAYOUT.size, 1e38, np.float32), recipe)
    assert np.array_equal(step.weights, weights)
    assert not decode(step.payload, LAYOUT).any()
