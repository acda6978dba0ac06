"""Hours of the week in which training is allowed, as a person writes them:

    mon-fri 22:00-07:00; sat-sun 00:00-24:00

A span that ends before it begins goes over midnight into the next day. Empty text allows every hour. Pure.
"""

import re
from collections.abc import Sequence
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


def write_hours(allowed: Sequence[bool]) -> str:
    """The shortest text in which these minutes of the week (10,080 of them) are allowed; every minute is no text.

    Raises ValueError if there is none: a week in which training is never allowed cannot be written.
    """
    if not any(allowed):
        raise ValueError("at least one hour has to be allowed")
    if all(allowed):
        return ""
    days: dict[tuple[int, int], list[int]] = {}
    for begin, length in _pieces(allowed):
        day, minute = divmod(begin, DAY_MINUTES)
        days.setdefault((minute, length), []).append(day)
    parts = []
    for (minute, length), found in days.items():
        end = minute + length
        until = "24:00" if end == DAY_MINUTES else clock_text(end)
        parts += [(day, minute, f"{names} {clock_text(minute)}-{until}") for day, names in _day_spans(found)]
    return "; ".join(text for _, _, text in sorted(parts))


def minutes_of(hours: Hours) -> list[bool]:
    """Whether each minute of the week is allowed."""
    if not hours.spans:
        return [True] * WEEK_MINUTES
    allowed = [False] * WEEK_MINUTES
    for begin, end in hours.spans:
        allowed[begin : min(end, WEEK_MINUTES)] = [True] * (min(end, WEEK_MINUTES) - begin)
        over = max(0, end - WEEK_MINUTES)
        allowed[:over] = [True] * over
    return allowed


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


def _pieces(allowed: Sequence[bool]) -> list[tuple[int, int]]:
    """Begin and length of stretches that together are what is allowed, each short enough for one entry.

    A night stays whole; a stretch of more than a day is cut at midnight.
    """
    begins = [minute for minute in range(WEEK_MINUTES) if allowed[minute] and not allowed[minute - 1]]
    pieces = []
    for begin in begins:
        length = 1
        while allowed[(begin + length) % WEEK_MINUTES]:
            length += 1
        while length > DAY_MINUTES:
            piece = DAY_MINUTES - begin % DAY_MINUTES
            pieces.append((begin, piece))
            begin, length = (begin + piece) % WEEK_MINUTES, length - piece  # noqa: PLW2901
        pieces.append((begin, length))
    return sorted(pieces)


def _day_spans(days: Sequence[int]) -> list[tuple[int, str]]:
    """Days (ascending) with neighbours drawn together: the first day and the name, such as "mon-wed" or "sun"."""
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return [(span[0], "-".join(dict.fromkeys((DAYS[span[0]], DAYS[span[-1]])))) for span in spans]


def _inside(span: tuple[int, int], minute: int) -> bool:
    # A span over the end of Sunday goes on at the week's beginning.
    return span[0] <= minute < span[1] or minute < span[1] - WEEK_MINUTES
