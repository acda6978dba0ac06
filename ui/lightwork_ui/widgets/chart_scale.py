"""Where things stand in a chart: axes with round numbers, slots for bars, labels that do not touch, marks that merge.

Pure geometry in device-independent pixels, left to right; a chart that is read from right to left mirrors it.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_MANTISSAS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high`, whole multiples of `step`, where its lines stand."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """The values of the lines, ascending."""
        first, last = round(self.low / self.step), round(self.high / self.step)
        return tuple(index * self.step for index in range(first, last + 1))

    def position(self, value: float, top: float, bottom: float) -> float:
        """The height at which a value is drawn, held within the axis: low at `bottom`, high at `top`."""
        share = (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)
        return bottom + (top - bottom) * share


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that divides `span` into at most `most` parts."""
    least = max(span, 1e-300) / max(1, most)
    power = 10.0 ** math.floor(math.log10(least))
    return next(mantissa * power for mantissa in _MANTISSAS if mantissa * power >= least * (1 - 1e-9))


def axis(low: float, high: float, most: int) -> Axis:
    """An axis round all of `low` to `high` with at most about `most` + 1 lines. Where nothing is, it goes to 1."""
    low, high = (value if math.isfinite(value) else 0.0 for value in (low, high))
    if high <= low:
        # One value alone is drawn in the middle, and none at the foot of an axis that means nothing.
        low, high = (0.0, 1.0) if high == low == 0 else (high - abs(high) * 0.05, high + abs(high) * 0.05)
    step = nice_step(high - low, most)
    return Axis(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)


def decimals(step: float) -> int:
    """How many decimals it takes to write multiples of `step`: 0 for 5, 1 for 0.2, 2 for 0.05."""
    return min(9, max(0, -math.floor(math.log10(step) + 1e-9)))


@dataclass(frozen=True, slots=True)
class Slots:
    """`count` equal slots between `left` and `right`, one for each period."""

    count: int
    left: float
    right: float

    @property
    def width(self) -> float:
        """Of one slot."""
        return (self.right - self.left) / max(1, self.count)

    def middle(self, index: int) -> float:
        """Of the slot with this index."""
        return self.left + (index + 0.5) * self.width

    def at(self, x: float) -> int | None:
        """The slot at a place, or None outside."""
        if not self.count or not self.left <= x < self.right:
            return None
        return min(self.count - 1, int((x - self.left) / self.width))

    def bar(self, widest: float = 44.0) -> float:
        """How wide a bar is: most of its slot, with a gap that is seen, and never a beam."""
        return max(1.0, min(widest, self.width * 0.72, self.width - 2))


def labelled(count: int, slot: float, widest: float, gap: float = 14.0) -> tuple[int, ...]:
    """Which slots get a label so that none touches another: the last one, and evenly back from it."""
    if count <= 0 or slot <= 0:
        return ()
    stride = max(1, math.ceil((widest + gap) / slot))
    return tuple(range((count - 1) % stride, count, stride))


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark for the rounds from `first` to `last` of which `count` are marked."""

    x: float
    first: int
    last: int
    count: int


def merged(rounds: Sequence[int], xs: Sequence[float], apart: float) -> tuple[Mark, ...]:
    """Marks at least `apart` pixels from each other; rounds (ascending) that would be closer share one."""
    marks: list[Mark] = []
    start = 0
    for index in range(1, len(rounds) + 1):
        if index == len(rounds) or xs[index] - xs[start] >= apart:
            middle = (xs[start] + xs[index - 1]) / 2
            marks.append(Mark(middle, rounds[start], rounds[index - 1], index - start))
            start = index
    return tuple(marks)


def nearest(xs: Sequence[float], x: float) -> int | None:
    """The index of the value nearest to `x` of ascending ones; None of none."""
    if not xs:
        return None
    after = bisect_left(xs, x)
    if after == 0:
        return 0
    if after == len(xs):
        return len(xs) - 1
    return after if xs[after] - x < x - xs[after - 1] else after - 1


def between(points: Sequence[tuple[float, float]], x: float) -> float:
    """The height of a line through `points` (ascending in x) at `x`; beyond its ends that of the end."""
    after = bisect_left(points, x, key=lambda point: point[0])
    if after == 0:
        return points[0][1]
    if after == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[after - 1], points[after]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
