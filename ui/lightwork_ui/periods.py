"""Periods of a history in words, by the computer's local time."""

import math

from PySide6.QtCore import QDate, QDateTime, QLocale

from lightwork.protocol.control import Period
from lightwork_ui.text import tr

_LATEST = 2**40  # seconds; Qt's calendar goes further, and no ledger does

# How far each period looks back: a month of days, half a year of weeks, a year of months.
COUNTS = {Period.DAY: 30, Period.WEEK: 26, Period.MONTH: 12}


def local(at: float) -> QDateTime:
    """Unix time as local time. Any number will do."""
    return QDateTime.fromSecsSinceEpoch(int(max(0.0, min(float(_LATEST), at))) if math.isfinite(at) else 0)


def axis_label(period: Period, start: float) -> str:
    """As short as is clear below an axis: "Mon 17", "3 Nov", "Nov"."""
    day = local(start).date()
    if period is Period.MONTH:
        return _month(day, QLocale.FormatType.ShortFormat) if day.month() != 1 else str(day.year())
    return QLocale().toString(day, "ddd d" if period is Period.DAY else "d MMM")


def title(period: Period, start: float) -> str:
    """One period in full: "Mon 17 Nov", "week of 3 Nov", "November 2026"."""
    day = local(start).date()
    if period is Period.MONTH:
        return f"{_month(day, QLocale.FormatType.LongFormat)} {day.year()}"
    if period is Period.WEEK:
        return tr("week of {day}").format(day=QLocale().toString(day, "d MMM"))
    return QLocale().toString(day, "ddd d MMM")


def span(start: float, end: float) -> str:
    """From a day to another, both included: "26 Oct – 24 Nov"; `end` is the instant after the last."""
    first, last = local(start).date(), local(end - 1).date()
    form = "d MMM" if first.year() == last.year() else "d MMM yyyy"
    return f"{QLocale().toString(first, form)} – {QLocale().toString(last, form)}"


def moment(at: float) -> str:
    """Day and time for tables: "24 Nov 21:46"; with the year if it is not this one."""
    when, locale = local(at), QLocale()
    this_year = when.date().year() == QDate.currentDate().year()
    day = locale.toString(when.date(), "d MMM" if this_year else "d MMM yyyy")
    return f"{day} {locale.toString(when.time(), QLocale.FormatType.ShortFormat)}"


def today() -> str:
    """The day as file names have it: 2026-11-24."""
    return QDate.currentDate().toString("yyyy-MM-dd")


def _month(day: QDate, form: QLocale.FormatType) -> str:
    return QLocale().standaloneMonthName(day.month(), form)
