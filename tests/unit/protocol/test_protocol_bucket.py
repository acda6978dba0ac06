"""The token bucket: tables by hand, and never more than rate x time + burst in whatever order things happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.protocol.bucket import BURST_SECONDS, LARGEST_PIECE, LATE_SECONDS, SMALLEST_PIECE, Bucket

RATE = 100_000.0
BURST = RATE * BURST_SECONDS


@pytest.mark.parametrize(
    ("rate", "piece", "burst"),
    [
        (0.0, LARGEST_PIECE, LARGEST_PIECE),
        (1_000.0, SMALLEST_PIECE, SMALLEST_PIECE),  # a piece must be able to pass
        (500_000.0, 10_000, 25_000.0),
        (100_000_000.0, LARGEST_PIECE, 5_000_000.0),
    ],
)
def test_pieces_and_bursts_follow_the_rate(rate: float, piece: int, burst: float) -> None:
    bucket = Bucket(rate)
    assert (bucket.piece, bucket.burst) == (piece, burst)


@pytest.mark.parametrize(
    ("at", "size", "borrow", "expected"),
    [
        (0.0, 5_000, 0.0, 0.05),  # it begins empty
        (0.05, 5_000, 0.0, 0.0),
        (9.0, 5_000, 0.0, 0.0),  # full
        (9.0, 5_001, 0.0, 0.0),  # more than a burst counts as a burst
        (9.0, 10**9, 0.0, 0.0),
        (0.0, 5_000, 5_000.0, 0.0),
        (0.0, 5_000, 4_000.0, 0.01),
        (-5.0, 5_000, 0.0, 0.05),  # a clock that goes back
    ],
)
def test_how_long_to_wait(at: float, size: int, borrow: float, expected: float) -> None:
    assert Bucket(RATE).wait(size, at, borrow) == pytest.approx(expected)


def test_what_passed_unasked_is_waited_for_by_the_next() -> None:
    bucket = Bucket(RATE)
    bucket.spend(100_000, 0.0)
    assert bucket.wait(1_000, 0.0) == pytest.approx(1.01)
    assert bucket.wait(1_000, 1.0) == pytest.approx(0.01)
    assert bucket.wait(1_000, 1.01) == 0.0


def test_whoever_is_woken_up_late_loses_nothing_and_who_comes_late_finds_a_burst() -> None:
    late, calm = Bucket(RATE), Bucket(RATE)
    assert late.wait(5_000, 0.0) == pytest.approx(0.05)
    for bucket, full in ((late, 30_000), (calm, BURST)):
        bucket.spend(0, 0.3)  # a quarter of a second later than it was told
        bucket.spend(int(full), 0.3)
        assert bucket.wait(1_000, 0.3) == pytest.approx(0.01)
    sleeping = Bucket(RATE)
    sleeping.wait(5_000, 0.0)
    sleeping.spend(int(RATE * LATE_SECONDS), 60.0)
    assert sleeping.wait(1_000, 60.0) == pytest.approx(0.01), "but not for ever"


def test_no_limit_is_no_wait_and_leaves_no_debt() -> None:
    bucket = Bucket()
    bucket.spend(10**12, 0.0)
    assert bucket.wait(10**9, 0.0) == 0.0
    bucket.set_rate(RATE, 5.0)
    assert bucket.wait(1_000, 5.0) == pytest.approx(0.01), "a new limit begins with nothing, and owes nothing"
    bucket.spend(50_000, 5.0)
    bucket.set_rate(10 * RATE, 5.0)
    assert bucket.wait(1_000, 5.0) == pytest.approx(0.051), "what is owed stays owed"
    bucket.set_rate(0.0, 5.0)
    assert bucket.wait(1_000, 5.0) == 0.0


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1e-4, 0.003, 0.02, 0.1, 2.0, -1.0]),  # seconds that pass
        st.integers(1, 300_000),  # bytes that somebody wants to send
        st.sampled_from([0.0, 4_096.0, 16_384.0]),  # and may borrow
    ),
    max_size=60,
)


def check_every_stretch(passed: list[tuple[float, int]], rate: float, most: float) -> None:
    """Not only from the beginning on."""
    for first, (began, _) in enumerate(passed):
        total = 0
        for at, size in passed[first:]:
            total += size
            assert total <= rate * (at - began) + most + 1e-3 * len(passed)


@given(st.sampled_from([500.0, 12_500.0, 1e6, 1e8]), STEPS)
def test_never_more_passes_than_rate_and_burst_allow(rate: float, steps: list[tuple[float, int, float]]) -> None:
    """Each piece is as large as a burst at most. Some are late, or give up, or come when nobody has waited."""
    bucket, now, latest, borrowed = Bucket(rate), 0.0, 0.0, 0.0
    passed: list[tuple[float, int]] = []
    for seconds, wanted, borrow in steps:
        now += seconds
        latest = max(latest, now)
        size = min(wanted, int(bucket.burst))
        if bucket.wait(size, now, borrow) == 0.0:
            bucket.spend(size, now)
            passed.append((latest, size))
            borrowed = max(borrowed, borrow)
    check_every_stretch(passed, rate, max(bucket.burst, rate * LATE_SECONDS) + borrowed)


@given(st.sampled_from([500.0, 12_500.0, 1e6, 1e8]), STEPS)
def test_a_burst_is_all_that_whoever_is_on_time_may_have(rate: float, steps: list[tuple[float, int, float]]) -> None:
    bucket, now = Bucket(rate), 0.0
    passed: list[tuple[float, int]] = []
    for seconds, wanted, _ in steps:
        now += max(0.0, seconds)
        size = min(wanted, int(bucket.burst))
        now += bucket.wait(size, now)
        bucket.wait(size, now)
        bucket.spend(size, now)
        passed.append((now, size))
    check_every_stretch(passed, rate, bucket.burst)


@given(st.sampled_from([500.0, 12_500.0, 1e6, 1e8]), STEPS)
def test_whoever_waits_as_long_as_told_may_pass(rate: float, steps: list[tuple[float, int, float]]) -> None:
    """And in the long run the whole rate is used: nothing is lost by waiting."""
    bucket, now, total = Bucket(rate), 0.0, 0
    for _, wanted, _ in steps:
        size = min(wanted, int(bucket.burst))
        now += bucket.wait(size, now)
        assert bucket.wait(size, now) == 0.0
        bucket.spend(size, now)
        total += size
    assert total == pytest.approx(rate * now, rel=1e-6, abs=1.0)
