"""Days, weeks and months by local time, also where the clocks change."""

import itertools
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.history.periods import bounds, bounds_since
from lightwork.protocol.control import Period

if not available_timezones():
    pytest.skip("this system has no time zones", allow_module_level=True)

HOUR = 3600
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Pacific/Apia", "America/St_Johns", "Asia/Tehran",
]  # fmt: skip


def at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        ("Europe/Berlin", "2024-03-31T12:00", 23),
        ("Europe/Berlin", "2024-10-27T12:00", 25),
        ("Europe/Berlin", "2024-10-28T12:00", 24),
        ("Australia/Lord_Howe", "2024-04-07T12:00", 24.5),
        ("America/Sao_Paulo", "2018-11-04T12:00", 23),  # the clocks jump at midnight: the day begins at one
        ("America/Havana", "2024-11-03T12:00", 25),  # midnight comes twice: the day begins at the first
        ("Africa/Cairo", "2024-04-26T12:00", 23),
        ("Africa/Cairo", "2024-10-31T12:00", 25),  # 23 o'clock comes twice
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone, noon, hours):
    start, end = bounds(Period.DAY, 1, at(noon, zone), ZoneInfo(zone))
    assert (end - start) / HOUR == hours
    assert datetime.fromtimestamp(start - 1, ZoneInfo(zone)).date() < datetime.fromisoformat(noon).date()
    assert datetime.fromtimestamp(start, ZoneInfo(zone)).date() == datetime.fromisoformat(noon).date()
    assert datetime.fromtimestamp(end, ZoneInfo(zone)).date() > datetime.fromisoformat(noon).date()


def test_a_day_that_was_left_out_is_none():
    found = bounds(Period.DAY, 3, at("2012-01-01T12:00", "Pacific/Apia"), ZoneInfo("Pacific/Apia"))
    days = [datetime.fromtimestamp(one, ZoneInfo("Pacific/Apia")).date().isoformat() for one in found]
    assert days == ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_a_week_begins_on_monday_and_a_month_on_its_first():
    now = at("2024-05-15T08:30", "Europe/Berlin")  # a Wednesday
    weeks, months = (
        [
            datetime.fromtimestamp(one, ZoneInfo("Europe/Berlin")).isoformat()
            for one in bounds(period, 3, now, ZoneInfo("Europe/Berlin"))
        ]
        for period in (Period.WEEK, Period.MONTH)
    )
    assert [one[:16] for one in weeks] == [
        "2024-04-29T00:00",
        "2024-05-06T00:00",
        "2024-05-13T00:00",
        "2024-05-20T00:00",
    ]
    assert [one[:16] for one in months] == [
        "2024-03-01T00:00",
        "2024-04-01T00:00",
        "2024-05-01T00:00",
        "2024-06-01T00:00",
    ]


@given(
    st.sampled_from(list(Period)),
    st.integers(1, 400),
    st.datetimes(datetime(2005, 1, 1), datetime(2036, 1, 1)),
    st.sampled_from(ZONES),
)
def test_periods_follow_each_other_and_the_last_holds_the_present(period, count, moment, name):
    zone, now = ZoneInfo(name), moment.replace(tzinfo=UTC).timestamp()
    found = bounds(period, count, now, zone)
    assert len(found) == count + 1
    assert all(one < other for one, other in itertools.pairwise(found))
    assert found[-2] <= now < found[-1]
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[
        period
    ] * 24 + 2  # St. John's once had double summer time
    assert all(other - one <= longest * HOUR for one, other in itertools.pairwise(found))
    for start in found:
        local = datetime.fromtimestamp(start, zone)
        before = datetime.fromtimestamp(start - 1, zone)
        assert before.date() < local.date()
        assert period is not Period.WEEK or local.weekday() == 0 or name == "Pacific/Apia"
        assert period is not Period.MONTH or local.day == 1


@given(st.sampled_from(list(Period)), st.integers(0, 20_000), st.sampled_from(ZONES))
def test_it_reaches_back_to_the_oldest_but_not_beyond_the_year_2000(period, days, name):
    zone = ZoneInfo(name)
    now = datetime(2024, 6, 5, 12, tzinfo=UTC)
    oldest = (now - timedelta(days=days)).timestamp()
    found = bounds_since(period, oldest, now.timestamp(), zone)
    assert found == bounds(period, len(found) - 1, now.timestamp(), zone)
    reached = found[0] <= oldest
    assert reached or datetime.fromtimestamp(found[0], zone).year in (1999, 2000)
    assert len(found) == 2 or found[1] > oldest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such way to another local time")
def test_the_computers_own_local_time_is_the_default(monkeypatch):
    now = at("2024-03-31T12:00", "America/New_York")
    for name in ("America/New_York", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        assert bounds(Period.DAY, 40, now) == bounds(Period.DAY, 40, now, ZoneInfo(name))
    monkeypatch.undo()
    time.tzset()
