"""Which bytes a Range header means; the rest of the routes is in the contract of the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.host.app import span_of


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, (0, 100)),
        ("bytes=0-", (0, 100)),
        ("bytes=0-99", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=40-", (40, 100)),
        ("bytes=40-49", (40, 50)),
        ("bytes=40-4000", (40, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-300", (0, 100)),
        (" bytes=5-6 ", (5, 7)),
        ("bytes=100-", None),
        ("bytes=500-600", None),
        ("bytes=-0", None),
        # not understood, so the whole file
        ("bytes=0-1,5-6", (0, 100)),
        ("bytes=-", (0, 100)),
        ("bytes=6-5", (0, 100)),
        ("bytes=a-b", (0, 100)),
        ("lines=0-1", (0, 100)),
        ("bytes=" + "9" * 30 + "-", (0, 100)),
        ("", (0, 100)),
    ],
)
def test_a_range(header: str | None, span: tuple[int, int] | None) -> None:
    assert span_of(header, 100) == span


@given(st.text("bytes=0123456789-, ", max_size=30), st.integers(1, 10**12))
def test_a_range_is_never_outside_the_file(header: str, length: int) -> None:
    span = span_of(header, length)
    assert span is None or 0 <= span[0] < span[1] <= length
