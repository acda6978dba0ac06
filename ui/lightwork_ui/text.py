"""Words and amounts for people: translation, numbers, bytes, durations, credit, and text that came from elsewhere.

Every function is total: a snapshot comes from another process and may hold any number or text.
"""

import re
from datetime import date, time

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

from lightwork.domain import credit
from lightwork.domain.sentences import Estimate, Sentence, Size

DASH = "—"
_LARGEST = 2**62  # Qt's sizes are 64 bits


def tr(source: str) -> str:
    """The window's own text in the person's language. Call it with a literal: the tests collect these."""
    return QCoreApplication.translate("window", source)


def mark(source: str) -> str:
    """Mark a literal for translation that is looked up later by `tr`."""
    return source


_UNITS = (mark("{number} B"), mark("{number} kB"), mark("{number} MB"), mark("{number} GB"), mark("{number} TB"))


def setting_text(source: str) -> str:
    """A text of the settings' declaration in the person's language."""
    return QCoreApplication.translate("settings", source) if source else ""


_NUMBER_AND_SPACE = re.compile(r"(\d) (?=\w)")


def sentence_text(sentence: Sentence, day: str = "d MMMM") -> str:
    """A sentence of the domain in the person's language. A number stays on one line with the word after it.

    `day` is Qt's format of a day in it.
    """
    finished = sentence.text(
        lambda template: QCoreApplication.translate("sentences", template), show=lambda value: written(value, day)
    )
    return _NUMBER_AND_SPACE.sub("\\1\u00a0", finished).replace(" - ", " – ")


def written(value: object, day: str = "d MMMM") -> object:
    """A value of a sentence as the current locale writes it: bytes, a day, a time of day, a number."""
    if isinstance(value, Estimate):
        return rough_size(value)
    if isinstance(value, Size):
        return size(value)
    if isinstance(value, date):
        return QLocale().toString(QDate(value.year, value.month, value.day), day)
    if isinstance(value, time):
        return QLocale().toString(QTime(value.hour, value.minute), QLocale.FormatType.ShortFormat)
    if isinstance(value, float):
        return number(value, min(3, len(f"{value:.3g}".partition(".")[2])) if abs(value) < 100 else 0)
    return value


def number(value: float, decimals: int = 0) -> str:
    """A number with the marks of the current locale."""
    return QLocale().toString(_bounded(value), "f", decimals)


def significant(value: float) -> str:
    """About three digits: 0.123, 1.23, 12.3, 123."""
    size = abs(_bounded(value))
    if size == 0:
        return number(0)
    return number(value, 3 if size < 0.9995 else 2 if size < 9.995 else 1 if size < 99.95 else 0)


def size(count: float) -> str:
    """Bytes on disk and on the wire, in powers of 1000, with about three digits."""
    scaled, unit = _scaled(count, 1000)
    return tr(unit).format(number=significant(scaled) if unit is not _UNITS[0] else number(scaled))


def rough_size(count: float) -> str:
    """As `size`, with two digits."""
    scaled, unit = _scaled(count, 1000)
    return tr(unit).format(number=number(round(scaled, -1) if scaled >= 99.5 else scaled, 1 if scaled < 9.95 else 0))


def memory(count: float) -> str:
    """Bytes of memory, in powers of 1024, as makers of memory count them."""
    scaled, unit = _scaled(count, 1024)
    return tr(unit).format(number=number(scaled, 1 if unit in _UNITS[3:] else 0))


def speed(bytes_per_second: float) -> str:
    """Bytes in a second."""
    return tr("{size}/s").format(size=size(bytes_per_second))


def percent(share: float) -> str:
    """A share from 0 to 1."""
    return tr("{number} %").format(number=number(share * 100))


def duration(seconds: float) -> str:
    """Seconds below two minutes, then minutes, then hours and minutes."""
    whole = int(max(0, _bounded(seconds)))
    if whole < 120:
        return tr("{seconds} s").format(seconds=number(whole))
    minutes = round(whole / 60)
    if minutes < 120:
        return tr("{minutes} min").format(minutes=number(minutes))
    return tr("{hours} h {minutes} min").format(hours=number(minutes // 60), minutes=number(minutes % 60))


def credits_text(operations: int) -> str:
    """Operations as credits. Work too small to show is not shown as nothing."""
    amount = credit.credits(max(-_LARGEST * 1000, min(_LARGEST * 1000, operations)))
    if 0 < amount < 0.001:
        return tr("under {number}").format(number=number(0.001, 3))
    return significant(amount)


def parameters(count: int) -> str:
    """The size of a model, with the letter that the field uses: 1.1M, 6.1B."""
    value = _bounded(count)
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= unit:
            return number(value / unit, 1) + letter
    return number(value)


def in_fours(sign: str) -> str:
    """Signs of a key in groups of four, as people compare them."""
    return " ".join(sign[at : at + 4] for at in range(0, len(sign), 4))


def _bounded(value: float) -> float:
    return float(max(-_LARGEST, min(_LARGEST, value)))


def _scaled(count: float, base: int) -> tuple[float, str]:
    scaled, power = max(0.0, _bounded(count)), 0
    # What would round up to a whole next unit is shown in that one: 1.00 MB, not 1,000 kB.
    while scaled >= base - 0.5 and power < len(_UNITS) - 1:
        scaled, power = scaled / base, power + 1
    return scaled, _UNITS[power]
