"""Weights, clipping and the sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tiny_project import LAYOUT, payload_of
from lightwork.codec import PayloadError, decode, norm
from lightwork.host.aggregate import Average, Part, shares


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([], []),
        ([Part(10, 3.0)], [1.0]),
        ([Part(10, 1.0), Part(30, 1.0)], [0.25, 0.75]),
        ([Part(1, 1.0), Part(1, 1.0), Part(2, 10.0)], [0.25, 0.25, 0.05]),
        ([Part(1, 1.0), Part(1, 3.0)], [0.5, 0.5 * 2 / 3]),
        ([Part(1, 0.0), Part(1, 0.0), Part(1, 5.0)], [1 / 3, 1 / 3, 0.0]),
    ],
)
def test_shares(parts: list[Part], wanted: list[float]) -> None:
    assert shares(parts) == pytest.approx(wanted)


@given(st.lists(st.builds(Part, st.integers(1, 10**9), st.just(0.0) | st.floats(1e-100, 1e6)), min_size=1))
def test_no_contribution_pulls_harder_than_the_median(parts: list[Part]) -> None:
    found = shares(parts)
    total = sum(part.tokens for part in parts)
    median = float(np.median([part.norm for part in parts]))
    for part, share in zip(parts, found, strict=True):
        assert 0 <= share * part.norm <= part.tokens / total * median * (1 + 1e-9)
    assert sum(found) <= 1 + 1e-9


def test_the_average_is_the_sum_of_share_times_contribution() -> None:
    payloads = [payload_of(seed, scale) for seed, scale in ((1, 0.01), (2, 0.02), (3, 5.0))]
    parts = [Part(tokens, norm(payload, LAYOUT)) for tokens, payload in zip((10, 20, 30), payloads, strict=True)]
    average = Average(LAYOUT)
    for payload, share in zip(payloads, shares(parts), strict=True):
        average.add(payload, share)
    clip = [1.0, 1.0, parts[1].norm / parts[2].norm]
    wanted = sum(
        part.tokens / 60 * factor * decode(payload, LAYOUT).astype(np.float64)
        for part, factor, payload in zip(parts, clip, payloads, strict=True)
    )
    np.testing.assert_allclose(average.result(), wanted, rtol=1e-5, atol=1e-8)


def test_what_cannot_be_added_leaves_its_weight_to_the_others() -> None:
    average = Average(LAYOUT)
    average.add(payload_of(1), 0.25)
    with pytest.raises(PayloadError):
        average.add(payload_of(2)[:-1], 0.75)
    average.miss(0.75)
    np.testing.assert_allclose(average.result(), decode(payload_of(1), LAYOUT), rtol=1e-6)


def test_without_any_contribution_the_average_is_nothing() -> None:
    average = Average(LAYOUT)
    average.miss(0.75)
    average.miss(0.25)
    assert not average.result().any()
