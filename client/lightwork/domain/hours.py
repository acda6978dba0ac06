"""Hours of the week in which training is allowed, as a person writes them:

    mon-fri 22:00-07:00; sat-sun 00:00-24:00

A span that ends before it begins goes over midnight into the next day. Empty text allows every hour. Pure.
"""

import re
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES

_ENTRY = re.compile(
    r"(?P<first>[a-z]{3})(?:\s*-\s*(?P<last>[a-z]{3}))?\s+(?P<from>\d{1,2}:\d{2})\s*-\s*(?P<to>\d{1,2}:\d{2})"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """Allowed spans: half-open, in minutes since Monday 00:00 local time. No span at all means always."""

    spans: tuple[tuple[int, int], ...] = ()

    def allow(self, minute: int) -> bool:
        """Whether this minute of the week is allowed."""
        return not self.spans or any(_inside(span, minute % WEEK_MINUTES) for span in self.spans)

    def next_allowed(self, minute: int) -> int | None:
        """The minute of the week at which it is next allowed, which may be this one; None if it always is."""
        if not self.spans:
            return None
        minute %= WEEK_MINUTES
        if self.allow(minute):
            return minute
        return min((span[0] for span in self.spans), key=lambda start: (start - minute) % WEEK_MINUTES)


def parse_hours(text: str) -> Hours:
    """Hours as a person writes them. Raises ValueError with a sentence that names the part that was not understood."""
    spans: list[tuple[int, int]] = []
    for part in text.lower().split(";"):
        if part.strip():
            spans += _spans(part.strip())
    return Hours(tuple(spans))


def clock_text(minute: int) -> str:
    """The time of day of a minute of the week: "07:00"."""
    return f"{minute % DAY_MINUTES // 60:02}:{minute % 60:02}"


def _spans(part: str) -> list[tuple[int, int]]:
    match = _ENTRY.fullmatch(part)
    if match is None:
        raise ValueError(f'"{part}" is not like "mon-fri 22:00-07:00"')
    first, last = _day(match["first"]), _day(match["last"] or match["first"])
    begin, end = _minute(match["from"]), _minute(match["to"])
    if begin == DAY_MINUTES:
        raise ValueError(f'"{match["from"]}" begins no span')
    length = (end - begin) % DAY_MINUTES or DAY_MINUTES
    days = [(first + offset) % 7 for offset in range((last - first) % 7 + 1)]
    return [(day * DAY_MINUTES + begin, day * DAY_MINUTES + begin + length) for day in days]


def _day(word: str) -> int:
    if word not in DAYS:
        raise ValueError(f'"{word}" is no day; days are {", ".join(DAYS)}')
    return DAYS.index(word)


def _minute(word: str) -> int:
    hours, minutes = (int(number) for number in word.split(":"))
    if minutes > 59 or hours * 60 + minutes > DAY_MINUTES:
        raise ValueError(f'"{word}" is no time of day')
    return hours * 60 + minutes


def _inside(span: tuple[int, int], minute: int) -> bool:
    # A span over the end of Sunday goes on at the week's beginning.
    return span[0] <= minute < span[1] or minute < span[1] - WEEK_MINUTES
