"""The outer step against torch's formula written out, and what compression owes."""

import msgspec
import numpy as np
import pytest

from helpers.tiny_project import LAYOUT, RECIPE, first_weights
from lightwork.codec import decode
from lightwork.codec.weights import Vector, weights_digest
from lightwork.host.outer import OuterState, outer_step


def gradient(seed: int) -> Vector:
    return np.random.default_rng(seed).normal(0, 0.01, LAYOUT.size).astype(np.float32)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_nothing_of_a_step_is_lost(momentum: float) -> None:
    """Weights plus what is owed are where plain, uncompressed descent would be."""
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=0.5, outer_momentum=momentum)
    state = OuterState.beginning(first_weights(), recipe)
    plain, velocity = first_weights().astype(np.float64), np.zeros(LAYOUT.size)
    for seed in range(5):
        step = outer_step(state, gradient(seed), recipe, LAYOUT)
        velocity = momentum * velocity + gradient(seed)
        plain -= 0.5 * (gradient(seed) + momentum * velocity)
        applied = np.subtract(state.weights, decode(step.payload, LAYOUT), dtype=np.float32)
        assert weights_digest(applied) == step.digest == weights_digest(step.state.weights)
        state = step.state
        np.testing.assert_allclose(state.weights - state.residual.astype(np.float64), plain, atol=1e-6)
    assert state.residual.any()
    assert (state.momentum is not None) == (momentum > 0)


def test_the_state_before_is_left_as_it_is() -> None:
    state = OuterState.beginning(first_weights(), RECIPE)
    outer_step(state, gradient(1), RECIPE, LAYOUT)
    assert np.array_equal(state.weights, first_weights())
    assert not state.residual.any()


@pytest.mark.parametrize("value", [np.inf, np.nan, 3e38])
def test_a_step_that_is_not_finite_is_not_taken(value: float) -> None:
    recipe = msgspec.structs.replace(RECIPE, outer_learning_rate=10.0, outer_momentum=0.9)
    state = OuterState.beginning(first_weights(), recipe)
    state = outer_step(state, gradient(1), recipe, LAYOUT).state
    bad = gradient(2)
    bad[3] = value
    step = outer_step(state, bad, recipe, LAYOUT)
    assert np.array_equal(step.state.weights, state.weights)
    assert not decode(step.payload, LAYOUT).any()
    assert step.digest == weights_digest(state.weights)
    assert step.state.momentum is not None
    assert not step.state.momentum.any()
