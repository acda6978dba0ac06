"""A small curve without axes; its twin in words is the accessible description."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lightwork_ui.theme import Theme

MOST_POINTS = 240  # more would not be seen at this width


def thinned(values: Sequence[float], most: int = MOST_POINTS) -> list[float]:
    """At most `most` finite values, evenly picked, the first and the last among them."""
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) <= most:
        return finite
    return [finite[round(index * (len(finite) - 1) / (most - 1))] for index in range(most)]


class Sparkline(QWidget):
    """Paints values from left to right, the highest at the top."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: list[float] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Small."""
        return QSize(150, 44)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Still readable."""
        return QSize(90, 36)

    def show_values(self, values: Sequence[float], words: str) -> None:
        """Show a curve and describe it in words."""
        kept = thinned(values)
        if kept != self._values:
            self._values = kept
            self.setAccessibleName(words)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """A line, the ground below it, and a dot at the newest value."""
        if len(self._values) < 2:
            return
        accent = QColor(self._theme.colours.accent)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = self._points()
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        ground = QPainterPath(line)
        ground.lineTo(points[-1].x(), self.height())
        ground.lineTo(points[0].x(), self.height())
        ground.closeSubpath()
        fade = QLinearGradient(0, 0, 0, self.height())
        fade.setColorAt(0, QColor(accent.red(), accent.green(), accent.blue(), 60))
        fade.setColorAt(1, QColor(accent.red(), accent.green(), accent.blue(), 0))
        painter.fillPath(ground, fade)
        painter.strokePath(line, QPen(accent, 2))
        painter.setPen(QPen(QColor(self._theme.colours.surface), 2))
        painter.setBrush(accent)
        painter.drawEllipse(points[-1], 4.5, 4.5)

    def _points(self) -> list[QPointF]:
        low, high = min(self._values), max(self._values)
        span = (high - low) or 1.0
        width, height, edge = self.width() - 12, self.height() - 12, 6
        step = width / (len(self._values) - 1)
        return [
            QPointF(edge + index * step, edge + height * (1 - (value - low) / span))
            for index, value in enumerate(self._values)
        ]
