"""When the present day and month began and end: by local time, as a person counts them. Times are Unix times."""

import time


def day_began(now: float) -> float:
    """The local midnight before `now`; a day has 23 or 25 hours when the clocks change."""
    return day_span(now)[0]


def day_span(now: float) -> tuple[float, float]:
    """The local midnights before and after `now`."""
    day = time.localtime(now)
    return _midnight(day.tm_year, day.tm_mon, day.tm_mday), _midnight(day.tm_year, day.tm_mon, day.tm_mday + 1)


def month_span(now: float, first: int = 1) -> tuple[float, float]:
    """Begin and end of the month that `now` lies in, if months begin on day `first` (1 to 28), as a contract's may."""
    day = time.localtime(now)
    began = 12 * day.tm_year + day.tm_mon - 1 - (1 if day.tm_mday < first else 0)  # months since the year 0
    return _first_midnight(began, first), _first_midnight(began + 1, first)


def _first_midnight(month: int, first: int) -> float:
    return _midnight(month // 12, month % 12 + 1, first)


def _midnight(year: int, month: int, day: int) -> float:
    # The day may be one more than the month has: mktime knows what is meant.
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
