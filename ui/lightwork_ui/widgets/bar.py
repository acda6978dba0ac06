"""A bar that shows a share of a whole. It never moves by itself, so it costs nothing while nothing changes."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy

from lightwork_ui.theme import Theme

_STEPS = 1000


class Bar(QProgressBar):
    """A progress bar for assistive technology, painted as two lengths: all that is used, and our part of it."""

    def __init__(self, theme: Theme, name: str, height: int = 8) -> None:
        super().__init__()
        self._theme, self._height = theme, height
        self._part = 0.0
        self.setRange(0, _STEPS)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Low and wide."""
        return QSize(120, self._height)

    minimumSizeHint = sizeHint  # noqa: N815

    def show_share(self, share: float, part: float | None = None) -> None:
        """Fill the bar to `share`; `part` of the whole (all of `share` by default) in the accent colour."""
        share = min(1.0, max(0.0, share))
        part = share if part is None else min(share, max(0.0, part))
        if (round(share * _STEPS), part) != (self.value(), self._part):
            self._part = part
            self.setValue(round(share * _STEPS))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Track, use, our part."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, colour in (
            (1.0, colours.track),
            (self.value() / _STEPS, colours.outline),
            (self._part, colours.accent),
        ):
            if share > 0:
                width = max(float(self._height), self.width() * share)
                left = 0.0 if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else self.width() - width
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(QRectF(left, 0, width, self._height), self._height / 2, self._height / 2)
