"""This computer's share of the last rounds."""

import pytest

from lightwork.node.share import Share


@pytest.mark.parametrize(
    ("merged", "verified", "expected"),
    [
        ({}, {}, None),
        ({3: 100}, {}, None),
        ({3: 100}, {3: 25}, 0.25),
        ({3: 100, 4: 300}, {3: 100}, 1.0),  # the receipts of round 4 are still to come
        ({3: 100, 4: 300}, {4: 100}, 0.25),  # and none came for round 3: there was no work of ours in it
        ({3: 100}, {2: 50, 3: 10}, 0.1),
        ({3: 0}, {3: 0}, None),
        ({3: 10}, {3: 50}, 1.0),  # a host that talks nonsense
    ],
)
def test_share(merged: dict[int, int], verified: dict[int, int], expected: float | None) -> None:
    share = Share()
    for round_, tokens in verified.items():
        share.verified(round_, tokens)
    for round_, tokens in merged.items():
        share.merged(round_, tokens)
    assert share.value == expected


def test_only_the_last_rounds_are_kept() -> None:
    share = Share()
    for round_ in range(100):
        share.merged(round_, 10)
        share.verified(round_, 10 if round_ < 90 else 5)
    assert share.value == pytest.approx(0.75)
    assert len(share._all) == len(share._own) == 20
