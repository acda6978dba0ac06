"""When traffic has to stop under an allowance."""

import pytest

from lightwork.domain.allowance import stops_at


@pytest.mark.parametrize(
    ("cap", "stop"),
    [
        (10**6, 995_000),
        (100 * 10**6, 99_500_000),
        (400 * 10**6, 398_000_000),
        (50 * 10**9, 49_998_000_000),
        (10**14, 10**14 - 2_000_000),
        (1, 1),
    ],
)
def test_a_small_reserve_is_left(cap: int, stop: int) -> None:
    assert stops_at(cap) == stop
    assert 0.99 * cap <= stop <= cap
