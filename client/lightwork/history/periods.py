"""Days, weeks and months as a person at this computer counts them, in Unix time.

A period begins at the local midnight of its first day, so that a day has 23 or 25 hours when the clocks change. Where
that midnight is skipped by the clocks, the day begins when they jump; where there are two, it begins at the first.
"""

from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time

from lightwork.protocol.control import Period

_EARLIEST = date(2000, 1, 1)  # no ledger is older: dates before it are those of a clock that was never set
_DAY = timedelta(days=1)


def bounds(period: Period, count: int, now: float, zone: tzinfo | None = None) -> list[float]:
    """The starts of the last `count` periods, the oldest first, and the end of the present one: `count` + 1 times.

    `zone` None is the computer's own local time. A day that the clocks left out altogether is none.
    """
    first = _first_day(period, datetime.fromtimestamp(now, zone).date())
    found = [_midnight(first, zone)]
    end = _end(period, first, found[0], zone)
    while len(found) < count:
        first = _first_day(period, first - _DAY)
        start = _midnight(first, zone)
        if start < found[-1]:
            found.append(start)
    return [*reversed(found), end]


def bounds_since(period: Period, oldest: float, now: float, zone: tzinfo | None = None) -> list[float]:
    """As `bounds`, with as many periods as it takes to reach back to `oldest`, but not beyond the year 2000."""
    first = _first_day(period, datetime.fromtimestamp(now, zone).date())
    found = [_midnight(first, zone)]
    end = _end(period, first, found[0], zone)
    while found[-1] > oldest and first > _EARLIEST:
        first = _first_day(period, first - _DAY)
        start = _midnight(first, zone)
        if start < found[-1]:
            found.append(start)
    return [*reversed(found), end]


def _first_day(period: Period, day: date) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)


def _end(period: Period, first: date, start: float, zone: tzinfo | None) -> float:
    """When the next period begins."""
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[period]
    following, end = first, start
    while end <= start:
        following = _first_day(period, following + timedelta(days=longest))
        end = _midnight(following, zone)
    return end


def _midnight(day: date, zone: tzinfo | None) -> float:
    # fold 0, in a gap too: the offset before the jump then gives the instant of the jump (PEP 495)
    return datetime.combine(day, clock_time.min, tzinfo=zone).timestamp()
