"""Hours of the week as a person writes them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.hours import DAYS, WEEK_MINUTES, Hours, clock_text, parse_hours


def at(day: str, clock: str) -> int:
    hours, minutes = clock.split(":")
    return DAYS.index(day) * 1440 + int(hours) * 60 + int(minutes)


NIGHTS = "mon-fri 22:00-07:00; sat-sun 00:00-24:00"


@pytest.mark.parametrize(
    ("text", "day", "clock", "allowed"),
    [
        ("", "wed", "12:00", True),
        ("  ; ", "wed", "12:00", True),
        (NIGHTS, "mon", "06:59", False),  # Sunday ended at midnight; Monday's night begins at 22
        (NIGHTS, "mon", "21:59", False),
        (NIGHTS, "mon", "22:00", True),
        (NIGHTS, "tue", "06:59", True),
        (NIGHTS, "tue", "07:00", False),
        (NIGHTS, "sat", "06:59", True),
        (NIGHTS, "sun", "23:59", True),
        ("sun 22:00-07:00", "mon", "06:59", True),  # over the end of the week
        ("sun 22:00-07:00", "mon", "07:00", False),
        ("fri-mon 12:00-13:00", "sun", "12:30", True),
        ("fri-mon 12:00-13:00", "tue", "12:30", False),
        ("WED 9:00 - 10:00", "wed", "09:00", True),
        ("wed 09:00-10:00", "wed", "10:00", False),
        ("wed 00:00-00:00", "wed", "13:00", True),  # a whole day
    ],
)
def test_what_is_allowed(text: str, day: str, clock: str, allowed: bool) -> None:
    assert parse_hours(text).allow(at(day, clock)) is allowed


@pytest.mark.parametrize(
    ("text", "day", "clock", "begins"),
    [
        (NIGHTS, "mon", "12:00", ("mon", "22:00")),
        (NIGHTS, "mon", "23:00", ("mon", "23:00")),
        ("mon 08:00-09:00", "tue", "00:00", ("mon", "08:00")),
        ("mon 08:00-09:00; wed 10:00-11:00", "tue", "00:00", ("wed", "10:00")),
    ],
)
def test_when_it_is_next_allowed(text: str, day: str, clock: str, begins: tuple[str, str]) -> None:
    assert parse_hours(text).next_allowed(at(day, clock)) == at(*begins)
    assert clock_text(at(*begins)) == begins[1]


def test_no_hours_at_all_are_every_hour() -> None:
    assert Hours().next_allowed(5) is None


SPANS = st.builds(
    lambda day, begin, end: f"{DAYS[day]} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}",
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(0, 1440),
)


@given(st.lists(SPANS, min_size=1, max_size=4), st.integers(0, WEEK_MINUTES - 1))
def test_the_next_allowed_minute_is_allowed_and_none_before_it_is(spans: list[str], minute: int) -> None:
    hours = parse_hours("; ".join(spans))
    begins = hours.next_allowed(minute)
    assert begins is not None
    assert hours.allow(begins)
    passed = (begins - minute) % WEEK_MINUTES
    assert not any(hours.allow(minute + offset) for offset in range(0, passed, 7))
    assert passed == 0 or not hours.allow(minute + passed - 1)


@given(st.text(max_size=40))
def test_any_other_text_is_understood_or_refused_with_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert all(begin < end <= begin + 1440 for begin, end in parse_hours(text).spans)
