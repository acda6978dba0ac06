"""When the present day began: by local time, as a person counts days."""

import time


def day_began(now: float) -> float:
    """The local midnight (Unix time) before `now`; a day has 23 or 25 hours when the clocks change."""
    day = time.localtime(now)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))
