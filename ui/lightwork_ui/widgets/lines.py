"""A few lines of text from elsewhere, always as high as if all were full, so that nothing moves when they fill."""

import html
import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy

from lightwork_ui.style.dress import dress

_TOOLTIP = 600  # characters; a tooltip must not cover the screen


class Lines(QLabel):
    """Up to `count` lines, the last of which ends in an ellipsis where there is more; the tooltip then shows more."""

    def __init__(self, role: str, count: int) -> None:
        super().__init__()
        self._count = count
        self.setTextFormat(Qt.TextFormat.PlainText)
        dress(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As high as all lines."""
        return QSize(200, self.fontMetrics().lineSpacing() * self._count)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As narrow as it has to be."""
        return QSize(40, self.sizeHint().height())

    def setText(self, text: str) -> None:  # noqa: N802
        """Show another text."""
        super().setText(text)
        self._update_tooltip()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Other lines."""
        super().resizeEvent(event)
        self._update_tooltip()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        for at, words in enumerate(self.shown()):
            layout = QTextLayout(words, self.font())
            layout.setTextOption(self._option())
            layout.beginLayout()
            layout.createLine().setLineWidth(max(1, self.width()))
            layout.endLayout()
            layout.draw(painter, QPointF(0, at * self.fontMetrics().lineSpacing()))

    def shown(self) -> list[str]:
        """The lines as they are painted."""
        text, width = self.text(), max(1, self.width())
        layout = QTextLayout(text, self.font())
        layout.setTextOption(self._option())
        layout.beginLayout()
        lines: list[str] = []
        while len(lines) < self._count and (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            start, end = line.textStart(), line.textStart() + line.textLength()
            last = len(lines) == self._count - 1
            rest = text[start:] if last else text[start:end]
            elide = Qt.TextElideMode.ElideRight
            lines.append(self.fontMetrics().elidedText(rest, elide, width) if last else rest)
        layout.endLayout()
        return lines

    def _option(self) -> QTextOption:
        option = QTextOption(self.alignment())
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        return option

    def _update_tooltip(self) -> None:
        # Cheap beforehand: most texts are short, and a tooltip is looked at rarely.
        room = self._count * max(1, self.width())
        wide = self.fontMetrics().horizontalAdvance(self.text()) > math.floor(room * 0.9)
        tip = f"<p>{html.escape(self.text()[:_TOOLTIP])}</p>" if wide else ""
        if tip != self.toolTip():
            self.setToolTip(tip)
