"""How much traffic a day or a month will have come to at its end, if it goes on as lately. Pure.

The pace is that of the last seven days in which traffic was allowed, hour of the day by hour of the day: a computer
that trains at night is not expected to do so at noon, and days lost to a used-up allowance do not count as calm ones.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

LOOK_BACK = 31 * 86_400.0  # seconds; what is older is another habit
_HOUR = 3600
_ENOUGH = 7 * 24 * _HOUR  # seconds of observation
_LEAST = 300.0  # seconds; less says nothing
_KNOWN = 1800.0  # seconds of one hour of the day; with less of it, the mean of all hours stands for it

HourOfDay = Callable[[int], int]
Spans = Sequence[tuple[float, float]]


def local_hour(hour: int) -> int:
    """The local hour of the day, 0 to 23, of an hour counted since 1970 in UTC (by its middle)."""
    return time.localtime(hour * _HOUR + _HOUR / 2).tm_hour


@dataclass(frozen=True, slots=True)
class Forecast:
    """Bytes at the end, and when (Unix time) the cap will have been reached; None if it will not."""

    total: int
    reached: float | None = None


def pace_of(
    hours: Mapping[int, int], since: float, now: float, stopped: Spans = (), hour_of_day: HourOfDay = local_hour
) -> tuple[float, ...] | None:
    """Bytes in an hour, for each of the 24 local hours of the day; None while too little is known.

    `hours` are bytes by hour since 1970 in UTC, kept from `since` to `now` (Unix times); `stopped` are the spans in
    which an allowance was used up.
    """
    passed, watched = [0.0] * 24, [0.0] * 24
    hour = int(now // _HOUR)
    while hour * _HOUR > since - _HOUR and sum(watched) < _ENOUGH:
        begin, end = max(since, hour * _HOUR), min(now, (hour + 1) * _HOUR)
        seconds = end - begin - sum(max(0.0, min(end, last) - max(begin, first)) for first, last in stopped)
        if seconds > 0:
            at = hour_of_day(hour)
            passed[at] += hours.get(hour, 0)
            watched[at] += seconds
        hour -= 1
    known = sum(watched)
    if known < _LEAST:
        return None
    mean = sum(passed) / known
    return tuple(_HOUR * (passed[at] / watched[at] if watched[at] >= _KNOWN else mean) for at in range(24))


def expect(
    pace: Sequence[float],
    now: float,
    ends: float,
    *,
    used: int,
    cap: int = 0,
    today: int = 0,
    day_cap: int = 0,
    hour_of_day: HourOfDay = local_hour,
) -> Forecast:
    """What `used` bytes will have become when the period `ends`, as if there were no cap, and when that is reached.

    A cap of 0 is none. Of a month, `today` is the present day's part and `day_cap` the bound of each day.
    """
    total, of_day, at, reached = float(used), float(today), now, None
    if 0 < cap <= used:
        return Forecast(used)
    while at < ends:
        hour = int(at // _HOUR)
        end = min(ends, float((hour + 1) * _HOUR))
        if at > now and hour_of_day(hour) == 0:
            of_day = 0.0
        amount = pace[hour_of_day(hour)] * (end - at) / _HOUR
        if day_cap:
            amount = min(amount, max(0.0, day_cap - of_day))
        if reached is None and total < cap <= total + amount:
            reached = at + (end - at) * (cap - total) / amount
        total, of_day, at = total + amount, of_day + amount, end
    return Forecast(round(total), reached)
