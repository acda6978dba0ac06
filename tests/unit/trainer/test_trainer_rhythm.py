"""The rules of pace: duty cycle and micro-batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.trainer.duty import Duty
from lightwork.trainer.microbatch import LONGEST_SECONDS, MicroBatch


@pytest.mark.parametrize(("share", "rest"), [(1.0, 0.0), (0.5, 1.0), (0.25, 3.0), (0.2, 4.0), (0.05, 19.0)])
def test_rest_makes_the_share(share: float, rest: float) -> None:
    duty = Duty(share)
    duty.worked(1.0)
    assert duty.owed == pytest.approx(rest)


@pytest.mark.parametrize(
    ("before", "after", "owed"), [(0.5, 1.0, 0.0), (0.5, 0.25, 3.0), (0.25, 0.5, 1.0), (1.0, 0.5, 0.0), (0.5, 0.5, 1.0)]
)
def test_a_new_share_holds_for_what_is_owed_already(before: float, after: float, owed: float) -> None:
    duty = Duty(before)
    duty.worked(1.0)
    duty.set(after)
    assert duty.owed == pytest.approx(owed)


def test_oversleeping_is_no_credit() -> None:
    duty = Duty(0.5)
    duty.worked(1.0)
    duty.rested(0.25)
    assert duty.owed == pytest.approx(0.75)
    duty.rested(5.0)
    duty.worked(1.0)
    assert duty.owed == pytest.approx(1.0)


@given(st.lists(st.floats(0.001, 2.0), min_size=1, max_size=50), st.floats(0.05, 1.0), st.integers(1, 7))
def test_over_time_the_share_is_kept_however_rest_is_cut(works: list[float], share: float, cuts: int) -> None:
    duty, worked, rested = Duty(share), 0.0, 0.0
    for work in works:
        duty.worked(work)
        worked += work
        for _ in range(cuts):
            nap = duty.owed / 2
            duty.rested(nap)
            rested += nap
    rested += duty.owed
    assert worked / (worked + rested) == pytest.approx(share)


def test_two_slow_passes_bring_the_size_down_at_once() -> None:
    micro = MicroBatch(64, start=64)
    micro.took(64, 16 * LONGEST_SECONDS)
    assert micro.size == 64  # one may be an accident
    micro.took(64, 20 * LONGEST_SECONDS)
    assert micro.size == 4


@pytest.mark.parametrize(
    ("size", "passes", "expected"),
    [
        (8, [0.1] * 20, 8),  # short enough, and no room for twice as many
        (8, [0.01] * 20, 8),  # never above what memory has room for
        (8, [9.0, 0.1] * 10, 8),  # every other one slow: an accident
        (1, [5.0] * 5, 1),  # never below 1
        (8, [0.16, 0.16], 4),
        (3, [0.16, 0.16], 1),
    ],
)
def test_the_size_follows_the_passes(size: int, passes: list[float], expected: int) -> None:
    micro = MicroBatch(size, start=size)
    for seconds in passes:
        micro.took(size, seconds)
    assert micro.size == expected


def test_it_starts_small_so_that_no_first_pass_is_long() -> None:
    micro = MicroBatch(48)
    sizes, longest = [], 0.0
    for _ in range(20):
        sizes.append(micro.size)
        longest = max(longest, micro.size * 0.01)
        micro.took(micro.size, micro.size * 0.01)
    assert list(dict.fromkeys(sizes)) == [1, 2, 4, 8]
    assert longest < LONGEST_SECONDS


@pytest.mark.parametrize(("remembered", "size"), [(1, 1), (4, 4), (8, 8), (64, 8), (0, 1)])
def test_a_resumed_one_starts_where_the_one_before_was(remembered: int, size: int) -> None:
    micro = MicroBatch(8)
    micro.start_at(remembered)
    assert micro.size == size


def test_it_grows_again_when_the_computer_is_free_and_ignores_a_batchs_rest() -> None:
    micro = MicroBatch(8, start=8)
    for _ in range(2):
        micro.took(8, 0.5)
    assert micro.size == 2
    for _ in range(10):
        micro.took(1, 0.001)
    assert micro.size == 2
    for _ in range(10):
        micro.took(micro.size, 0.02)
    assert micro.size == 8


def test_what_memory_has_no_room_for_is_not_tried_again() -> None:
    micro = MicroBatch(8, start=8)
    assert micro.shrink()
    for _ in range(10):
        micro.took(micro.size, 0.001)
    assert micro.size == 4
    assert micro.shrink()
    assert micro.shrink()
    assert not micro.shrink()


@given(st.integers(1, 64), st.floats(0.0005, 0.4))
def test_a_steady_device_settles_on_one_size(most: int, seconds_each: float) -> None:
    micro = MicroBatch(most)
    sizes = []
    for _ in range(60):
        micro.took(micro.size, seconds_each * micro.size)
        sizes.append(micro.size)
    assert len(set(sizes[-10:])) == 1
    assert sizes[-1] == 1 or sizes[-1] * seconds_each <= LONGEST_SECONDS
