"""What a history tells: four measures, each with its numbers, its words and its axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from lightwork.domain import credit
from lightwork.protocol.control import HistoryEntry
from lightwork_ui import text
from lightwork_ui.text import mark, tr
from lightwork_ui.widgets.chart_scale import Axis, decimals

JOULES_PER_KWH = 3_600_000
_BYTES = (mark("{number} B"), mark("{number} kB"), mark("{number} MB"), mark("{number} GB"), mark("{number} TB"))
_COUNTS = ("{number}", "{number}K", "{number}M", "{number}B", "{number}T")


class Measure(Enum):
    """What the bars show."""

    CREDITS = "credits"
    TOKENS = "tokens"
    TRAFFIC = "traffic"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of bars: its name, its value of a period, and such a value in words."""

    name: str
    value: Callable[[HistoryEntry], float]
    words: Callable[[float], str]


def measure_name(measure: Measure) -> str:
    """In the person's language."""
    return {
        Measure.CREDITS: tr("Credits"),
        Measure.TOKENS: tr("Tokens"),
        Measure.TRAFFIC: tr("Traffic"),
        Measure.ENERGY: tr("Energy"),
    }[measure]


def series(measure: Measure) -> tuple[Series, ...]:
    """The rows of bars. Of two, the first goes up from the line of zero and the second down."""
    if measure is Measure.CREDITS:
        return (Series(tr("Credits"), lambda one: one.verified, lambda value: text.credits_text(int(value))),)
    if measure is Measure.TOKENS:
        return (Series(tr("Tokens"), lambda one: one.tokens, text.number),)
    if measure is Measure.ENERGY:
        return (Series(tr("Energy"), lambda one: finite(one.joules), energy),)
    return (
        Series(tr("Uploaded"), lambda one: one.sent, text.size),
        Series(tr("Downloaded"), lambda one: one.received, text.size),
    )


def totals(measure: Measure, entries: Sequence[HistoryEntry]) -> tuple[float, ...]:
    """The sum of each series."""
    return tuple(sum(one.value(entry) for entry in entries) for one in series(measure))


def figure(measure: Measure, entries: Sequence[HistoryEntry]) -> str:
    """The sums as large figures, short enough for a tile."""
    sums = totals(measure, entries)
    if measure is Measure.TRAFFIC:
        return tr("↑ {sent}  ↓ {received}").format(sent=text.size(sums[0]), received=text.size(sums[1]))
    if measure is Measure.TOKENS:
        return text.parameters(int(sums[0]))
    return series(measure)[0].words(sums[0])


def spoken(measure: Measure, values: Sequence[float]) -> str:
    """Values of all series in words: "1.23 credits", "Uploaded 1 MB, downloaded 3 MB"."""
    shown = [one.words(value) for one, value in zip(series(measure), values, strict=True)]
    if measure is Measure.CREDITS:
        return tr("{amount} credits").format(amount=shown[0])
    if measure is Measure.TOKENS:
        return tr("{amount} tokens").format(amount=shown[0])
    if measure is Measure.TRAFFIC:
        return tr("uploaded {sent}, downloaded {received}").format(sent=shown[0], received=shown[1])
    return shown[0]


def energy(joules: float) -> str:
    """In kilowatt-hours."""
    return tr("{number} kWh").format(number=text.significant(joules / JOULES_PER_KWH))


def finite(value: float) -> float:
    """A number that can be drawn; the node is another process and may send any."""
    return value if math.isfinite(value) else 0.0


def axis_unit(measure: Measure) -> float:
    """What one is on the axis, so that its lines stand at round numbers of it."""
    if measure is Measure.CREDITS:
        return float(credit.OPERATIONS_PER_CREDIT)
    return float(JOULES_PER_KWH) if measure is Measure.ENERGY else 1.0


def tick_words(measure: Measure, axis: Axis) -> tuple[str, ...]:
    """The labels of an axis in its unit, all with the same decimals, and one unit for all."""
    power = 0
    if measure in (Measure.TOKENS, Measure.TRAFFIC):
        largest = max(abs(axis.low), abs(axis.high))
        power = min(4, max(0, math.floor(math.log10(max(1.0, largest)) / 3 + 1e-9)))
    unit = _BYTES[power] if measure is Measure.TRAFFIC else _COUNTS[power]
    unit = tr(unit) if measure is Measure.TRAFFIC else unit
    scale = 1000.0**power
    places = decimals(axis.step / scale)
    return tuple(
        unit.format(number=text.number(abs(tick) / scale, places)) if tick else text.number(0) for tick in axis.ticks
    )
