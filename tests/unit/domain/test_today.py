"""Days and months are counted by local time."""

import time
from collections.abc import Iterator

import pytest

from lightwork.domain.today import day_began, day_span, month_span

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows takes its time zone from the system only")


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (1_795_561_200, 0),  # 2026-11-25 00:00 in Berlin, 23:00 the day before by UTC
        (1_795_561_200 + 3_599, 3_599 / 3600),
        (1_795_561_200 + 86_399, 86_399 / 3600),
        (1_774_738_800 + 22 * 3600, 22),  # 2026-03-29 the clocks go forward: a day of 23 hours
    ],
)
def test_a_day_begins_at_local_midnight(berlin: None, now: int, hours: float) -> None:
    assert (now - day_began(now)) / 3600 == pytest.approx(hours)


def at(text: str) -> float:
    """Unix time of a local date and hour."""
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


@pytest.mark.parametrize(
    ("now", "began", "ends", "hours"),
    [
        ("2026-11-25 13:00", "2026-11-25", "2026-11-26", 24),
        ("2026-11-25 00:00", "2026-11-25", "2026-11-26", 24),
        ("2026-11-30 23:59", "2026-11-30", "2026-12-01", 24),
        ("2026-12-31 12:00", "2026-12-31", "2027-01-01", 24),
        ("2026-03-29 12:00", "2026-03-29", "2026-03-30", 23),
        ("2026-10-25 12:00", "2026-10-25", "2026-10-26", 25),
    ],
)
def test_a_day_ends_at_the_next_midnight(berlin: None, now: str, began: str, ends: str, hours: int) -> None:
    span = day_span(at(now))
    assert span == (at(f"{began} 00:00"), at(f"{ends} 00:00"))
    assert span[1] - span[0] == 3600 * hours


@pytest.mark.parametrize(
    ("now", "first", "began", "ends"),
    [
        ("2026-11-25 13:00", 1, "2026-11-01", "2026-12-01"),
        ("2026-12-31 23:59", 1, "2026-12-01", "2027-01-01"),
        ("2027-01-01 00:00", 1, "2027-01-01", "2027-02-01"),
        ("2026-11-14 23:59", 15, "2026-10-15", "2026-11-15"),
        ("2026-11-15 00:00", 15, "2026-11-15", "2026-12-15"),
        ("2027-01-05 12:00", 15, "2026-12-15", "2027-01-15"),
        ("2026-12-20 12:00", 15, "2026-12-15", "2027-01-15"),
        ("2028-02-29 12:00", 28, "2028-02-28", "2028-03-28"),
        ("2027-03-01 12:00", 28, "2027-02-28", "2027-03-28"),
    ],
)
def test_a_month_begins_on_the_day_of_the_contract(berlin: None, now: str, first: int, began: str, ends: str) -> None:
    assert month_span(at(now), first) == (at(f"{began} 00:00"), at(f"{ends} 00:00"))


def test_months_follow_one_another_without_gap_or_overlap(berlin: None) -> None:
    for first in range(1, 29):
        now = at("2026-01-01 12:00")
        for _ in range(26):
            began, ends = month_span(now, first)
            assert began <= now < ends
            assert month_span(ends - 1, first) == (began, ends)
            assert month_span(ends, first)[0] == ends
            now = ends
