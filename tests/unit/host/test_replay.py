"""Updates or a checkpoint: whichever is fewer bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.host.replay import OVERHEAD_BYTES, checkpoint_due, oldest_worth_replaying

SMALL, HALF, LARGE = 9_000, 49_000, 99_000  # with the overhead 10, 50 and 100 kB


@pytest.mark.parametrize(
    ("checkpoint", "updates", "oldest"),
    [
        (50, [], 50),
        (50, [(49, LARGE)], 49),  # just as large: the trainer goes on without loading
        (50, [(49, LARGE + 1)], 50),
        (50, [(49, HALF), (48, HALF), (47, 1)], 48),
        (50, [(49, HALF), (48, HALF + 1)], 49),
        (50, [(base, SMALL) for base in range(49, -1, -1)], 40),
        (5, [(base, SMALL) for base in range(4, -1, -1)], 0),  # all that there are
        (50, [(49, SMALL), (47, SMALL)], 49),  # nobody gets over a gap
        (50, [(48, SMALL)], 50),
        (0, [], 0),
    ],
)
def test_the_oldest_version_that_is_worth_replaying(
    checkpoint: int, updates: list[tuple[int, int]], oldest: int
) -> None:
    assert oldest_worth_replaying(checkpoint, 100_000, updates) == oldest


@given(
    st.lists(st.integers(0, 60_000), min_size=1, max_size=40), st.integers(0, 40), st.integers(0, 300_000), st.data()
)
def test_nobody_downloads_more_than_need_be(
    lengths: list[int], checkpoint: int, checkpoint_bytes: int, data: st.DataObject
) -> None:
    """Against the two sums, counted out for every version."""
    checkpoint = min(checkpoint, len(lengths))
    version = data.draw(st.integers(0, len(lengths)))
    costs = [length + OVERHEAD_BYTES for length in lengths]
    before = [(base, lengths[base]) for base in range(checkpoint - 1, -1, -1)]
    replays = version >= oldest_worth_replaying(checkpoint, checkpoint_bytes, before)
    by_updates = sum(costs[version:])
    by_checkpoint = checkpoint_bytes + sum(costs[checkpoint:])
    assert (by_updates if replays else by_checkpoint) == min(by_updates, by_checkpoint)


@pytest.mark.parametrize(
    ("version", "every", "newest", "update_bytes", "due"),
    [
        (6, 3, 3, 0, True),
        (7, 3, 6, 10**9, False),  # what a team has set is what it gets
        (6, 0, 5, 49_999, False),
        (6, 0, 5, 50_000, True),
        (49, 0, 0, 0, False),
        (50, 0, 0, 0, True),
        (99, 0, 50, 0, False),
        (1, 0, 0, 60_000, True),
    ],
)
def test_when_a_checkpoint_is_due(version: int, every: int, newest: int, update_bytes: int, due: bool) -> None:
    assert checkpoint_due(version, every, newest, 100_000, update_bytes) is due
