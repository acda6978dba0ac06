"""Bars, one slot for each period. Of two series the first goes up from the line of zero and the second down."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen

from lightwork_ui.theme import CAPTION, Space, Theme
from lightwork_ui.widgets.chart import EDGE, Chart
from lightwork_ui.widgets.chart_scale import Axis, Slots, axis, labelled

_LINES = 4
_CORNER = 3.0


@dataclass(frozen=True, slots=True)
class _Plan:
    box: QRectF  # of the bars, left to right
    slots: Slots
    labelled: tuple[int, ...]


class Bars(Chart):
    """One or two values for each period, the present one, which is the last, drawn as unfinished."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._values: tuple[tuple[float, ...], ...] = ()
        self._axis = axis(0, 0, _LINES)
        self._ticks: tuple[str, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._kept: _Plan | None = None

    @staticmethod
    def axis_for(values: Sequence[tuple[float, ...]]) -> Axis:
        """The axis on which these values are drawn."""
        up = max((row[0] for row in values), default=0.0)
        down = max((row[1] for row in values if len(row) > 1), default=0.0)
        return axis(-down, up, _LINES)

    def show_bars(
        self, values: Sequence[tuple[float, ...]], labels: Sequence[str], ticks: tuple[str, ...], nothing: str
    ) -> None:
        """Show values (0 or more) with a label for each slot; `ticks` are those of `axis_for`.

        `nothing` stands in their place if it is not empty.
        """
        if (tuple(values), tuple(labels), ticks, nothing) == (self._values, self._labels, self._ticks, self._nothing):
            return
        self._values, self._labels, self._ticks = tuple(values), tuple(labels), ticks
        self._axis, self._nothing = self.axis_for(values), nothing
        if self.index >= self.count():
            self.point_at(-1)
        self.replan()

    def count(self) -> int:
        """The number of periods."""
        return 0 if self._nothing else len(self._values)

    def index_at(self, x: float) -> int:
        """The period at this place."""
        found = self._plan().slots.at(x) if self.count() else None
        return -1 if found is None else found

    def replan(self) -> None:
        """Work out the places anew before the next painting."""
        self._kept = None
        super().replan()

    def _plan(self) -> _Plan:
        if self._kept is None:
            metrics = self.metrics()
            left = max((metrics.horizontalAdvance(tick) for tick in self._ticks), default=0.0) + Space.S + EDGE
            foot = metrics.height() + Space.S + EDGE
            box = QRectF(left, Space.M, max(1.0, self.width() - left - EDGE), self.height() - Space.M - foot)
            slots = Slots(len(self._values), box.left(), box.right())
            widest = max((metrics.horizontalAdvance(label) for label in self._labels), default=0.0)
            self._kept = _Plan(box, slots, labelled(slots.count, slots.width, widest))
        return self._kept

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Lines, bars, labels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._nothing and self._values:
            painter.setFont(self._theme.font(CAPTION))
            self._paint_pointed(painter)
            self.paint_lines(painter, self._axis, self._ticks, self._plan().box)
            for index, row in enumerate(self._values):
                for place, value in enumerate(row):
                    self._paint_bar(painter, index, place, value)
            self._paint_labels(painter)
        self.paint_frame(painter)

    def _paint_pointed(self, painter: QPainter) -> None:
        if 0 <= self.index < len(self._values):
            plan = self._plan()
            middle, width = self.mirrored(plan.slots.middle(self.index)), plan.slots.width
            band = QRectF(middle - width / 2, plan.box.top() - 4, width, plan.box.height() + 8)
            painter.fillRect(band, QColor(self._theme.colours.accent_soft))

    def _paint_bar(self, painter: QPainter, index: int, place: int, value: float) -> None:
        if value <= 0:
            return
        plan, colours = self._plan(), self._theme.colours
        zero = self._axis.position(0, plan.box.top(), plan.box.bottom())
        end = self._axis.position(-value if place else value, plan.box.top(), plan.box.bottom())
        if abs(end - zero) < 2:  # what is there is seen
            end = zero + (2 if place else -2)
        wide = plan.slots.bar()
        left = self.mirrored(plan.slots.middle(index)) - wide / 2
        shape = _rounded(QRectF(left, min(zero, end), wide, abs(end - zero)), up=not place)
        colour = QColor(colours.second if place else colours.accent)
        if index < len(self._values) - 1:
            painter.fillPath(shape, colour)
            return
        # The present period is not over: an outline that is not closed either.
        soft = QColor(colour)
        soft.setAlpha(64)
        painter.fillPath(shape, soft)
        painter.strokePath(shape, QPen(colour, 1.5, Qt.PenStyle.DashLine))

    def _paint_labels(self, painter: QPainter) -> None:
        plan = self._plan()
        painter.setPen(QColor(self._theme.colours.muted))
        y = self.height() - self.metrics().height() / 2 - EDGE
        for index in plan.labelled:
            middle, half = plan.slots.middle(index), self.metrics().horizontalAdvance(self._labels[index]) / 2 + 1
            # The last label may be wider than its slot: it stays within the chart.
            middle = min(middle, self.width() - half - EDGE)
            self.paint_label(painter, self._labels[index], middle, y, Qt.AlignmentFlag.AlignHCenter)


def _rounded(box: QRectF, *, up: bool) -> QPainterPath:
    """A bar of which the far end is rounded and the one at the line of zero is not."""
    corner = min(_CORNER, box.width() / 2, box.height())
    near, far = (box.bottom(), box.top()) if up else (box.top(), box.bottom())
    bend = far + corner if up else far - corner
    path = QPainterPath(QPointF(box.left(), near))
    path.lineTo(box.left(), bend)
    path.quadTo(box.left(), far, box.left() + corner, far)
    path.lineTo(box.right() - corner, far)
    path.quadTo(box.right(), far, box.right(), bend)
    path.lineTo(box.right(), near)
    path.closeSubpath()
    return path
