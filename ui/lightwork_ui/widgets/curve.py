"""A curve over rounds, with marks on the rounds in which this computer's work is."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF

from lightwork_ui import text
from lightwork_ui.theme import CAPTION, Space, Theme
from lightwork_ui.widgets.chart import EDGE, Chart
from lightwork_ui.widgets.chart_scale import Axis, Mark, axis, between, decimals, merged, nearest

_LINES = 4
_MARK = 5.0  # half of a mark's width
_APART = 11.0  # pixels between marks
_LABEL_ROOM = 72  # pixels for each label below


def diamond(x: float, y: float, half: float = _MARK) -> QPolygonF:
    """The shape of a mark."""
    return QPolygonF([QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)])


@dataclass(frozen=True, slots=True)
class _Plan:
    box: QRectF
    across: Axis  # rounds; its lines may lie outside of those that are shown
    up: Axis
    places: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    line: QPainterPath
    stretches: tuple[QPainterPath, ...]  # where one mark stands for several rounds, how far they reach
    diamonds: tuple[QPolygonF, ...]


class Curve(Chart):
    """Values over ascending whole numbers (rounds); some rounds marked."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._points: tuple[tuple[int, float], ...] = ()
        self._rounds: tuple[int, ...] = ()
        self._kept: _Plan | None = None

    def show_curve(self, points: Sequence[tuple[int, float]], rounds: Sequence[int], nothing: str) -> None:
        """Show points (ascending) and marks (ascending). `nothing` stands in their place if it is not empty."""
        if (tuple(points), tuple(rounds), nothing) == (self._points, self._rounds, self._nothing):
            return
        self._points, self._rounds, self._nothing = tuple(points), tuple(rounds), nothing
        if self.index >= self.count():
            self.point_at(-1)
        self.replan()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks as they are drawn."""
        return self._plan().marks if self.count() else ()

    def count(self) -> int:
        """The number of points."""
        return 0 if self._nothing else len(self._points)

    def index_at(self, x: float) -> int:
        """The point nearest to this place."""
        if not self.count():
            return -1
        found = nearest([place for place, _ in self._plan().places], x)
        return -1 if found is None else found

    def replan(self) -> None:
        """Work out the places anew before the next painting."""
        self._kept = None
        super().replan()

    def _plan(self) -> _Plan:
        if self._kept is None:
            self._kept = self._planned()
        return self._kept

    def _planned(self) -> _Plan:
        losses = [loss for _, loss in self._points]
        up = axis(min(losses), max(losses), _LINES)
        metrics = self.metrics()
        left = max(metrics.horizontalAdvance(words) for words in _words(up)) + Space.S + EDGE
        box = QRectF(left, Space.M, max(1.0, self.width() - left - Space.S - EDGE), 1.0)
        box.setBottom(self.height() - metrics.height() - Space.S - EDGE)
        first, last = self._points[0][0], self._points[-1][0]
        across = axis(first, max(first + 1, last), max(1, int(box.width() / _LABEL_ROOM)))
        scale = box.width() / max(1, last - first)

        def x(at: int) -> float:
            return box.left() + (at - first) * scale

        places = tuple((x(at), up.position(loss, box.top(), box.bottom())) for at, loss in self._points)
        inside = [one for one in self._rounds if first <= one <= last]
        marks = merged(inside, [x(one) for one in inside], _APART)
        return _Plan(
            box,
            across,
            up,
            places,
            marks,
            self._path(places),
            tuple(self._path(_stretch(places, x(one.first), x(one.last))) for one in marks if one.first < one.last),
            tuple(diamond(self.mirrored(mark.x), between(places, mark.x)) for mark in marks),
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Lines, the curve, marks on it, what is pointed at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.count():
            plan = self._plan()
            painter.setFont(self._theme.font(CAPTION))
            self.paint_lines(painter, plan.up, _words(plan.up), plan.box)
            self._paint_rounds(painter, plan)
            self._paint_curve(painter, plan)
            self._paint_pointed(painter, plan)
        self.paint_frame(painter)

    def _paint_rounds(self, painter: QPainter, plan: _Plan) -> None:
        first, last = self._points[0][0], self._points[-1][0]
        painter.setPen(QColor(self._theme.colours.muted))
        y = self.height() - self.metrics().height() / 2 - EDGE
        for tick in plan.across.ticks:
            if not first <= tick <= last or tick != round(tick):
                continue
            words = text.number(tick)
            half = self.metrics().horizontalAdvance(words) / 2 + 1
            x = plan.box.left() + (tick - first) * plan.box.width() / max(1, last - first)
            self.paint_label(painter, words, min(x, self.width() - half - EDGE), y, Qt.AlignmentFlag.AlignHCenter)

    def _paint_curve(self, painter: QPainter, plan: _Plan) -> None:
        colours = self._theme.colours
        pen = QPen(QColor(colours.accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(plan.line, pen)
        if len(plan.places) == 1:
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(self._place(plan.places[0]), 3, 3)
        soft = QColor(colours.second)
        soft.setAlpha(110)
        reach = QPen(soft, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
        for stretch in plan.stretches:
            painter.strokePath(stretch, reach)
        painter.setPen(QPen(QColor(colours.surface), 1.5))
        painter.setBrush(QColor(colours.second))
        for shape in plan.diamonds:
            painter.drawPolygon(shape)

    def _paint_pointed(self, painter: QPainter, plan: _Plan) -> None:
        if not 0 <= self.index < len(plan.places):
            return
        colours, place = self._theme.colours, self._place(plan.places[self.index])
        painter.setPen(QPen(QColor(colours.outline), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(place.x(), plan.box.top()), QPointF(place.x(), plan.box.bottom()))
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(place, 5, 5)

    def _path(self, places: Sequence[tuple[float, float]]) -> QPainterPath:
        path = QPainterPath(self._place(places[0]))
        for place in places[1:]:
            path.lineTo(self._place(place))
        return path

    def _place(self, place: tuple[float, float]) -> QPointF:
        return QPointF(self.mirrored(place[0]), place[1])


def _stretch(places: Sequence[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    """The part of a line through `places` from one x to another."""
    inner = places[bisect_right(places, (start, math.inf)) : bisect_left(places, (end, -math.inf))]
    return [(start, between(places, start)), *inner, (end, between(places, end))]


def _words(up: Axis) -> tuple[str, ...]:
    places = decimals(up.step)
    return tuple(text.number(tick, places) for tick in up.ticks)
