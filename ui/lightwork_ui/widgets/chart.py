"""What all charts have in common: a value can be pointed at, with the mouse or with the arrow keys, and is told."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lightwork_ui.theme import CAPTION, Space, Theme
from lightwork_ui.widgets.chart_scale import Axis

HEIGHT = 236
EDGE = 6  # room round everything, for the ring of the keyboard's focus


def announce(widget: QWidget, words: str) -> None:
    """Tell assistive technology, at once, what has changed on a control that has the keyboard."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # noqa: PLC0415  their many names load slowly

    widget.setAccessibleDescription(words)
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


class Chart(QWidget):
    """Paints values side by side. `pointed` tells the index of the one that is pointed at, -1 for none.

    Its size never depends on its values, and what they are is told elsewhere: nothing moves while one looks.
    """

    pointed = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._index, self._by_keyboard = -1, False
        self._nothing = ""
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.replan)

    # What a chart has to say of itself.

    def count(self) -> int:
        """How many values can be pointed at."""
        raise NotImplementedError

    def index_at(self, x: float) -> int:
        """The value at this place, left to right; -1 for none."""
        raise NotImplementedError

    def replan(self) -> None:
        """Colours, size or values have changed: what was worked out from them is void."""
        self.update()

    @property
    def index(self) -> int:
        """What is pointed at, -1 for nothing."""
        return self._index

    @property
    def nothing(self) -> str:
        """The words that stand in place of a chart of nothing; empty if there is something."""
        return self._nothing

    def point_at(self, index: int) -> None:
        """Point at a value."""
        if index != self._index:
            self._index = index
            self.pointed.emit(index)
            self.update()

    # --- from the person ----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """The value under the mouse."""
        self._by_keyboard = False
        self.point_at(self.index_at(self.mirrored(event.position().x())))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Nothing is pointed at any more, unless the keyboard does."""
        super().leaveEvent(event)
        if not self._by_keyboard:
            self.point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrow keys walk over the values, Home and End go to the ends, Escape lets go."""
        last, forward = self.count() - 1, 1 if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else -1
        key, index = event.key(), self._index
        if last < 0:
            super().keyPressEvent(event)
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = forward if key == Qt.Key.Key_Right else -forward
            index = last if index < 0 else min(last, max(0, index + step))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            index = 0 if key == Qt.Key.Key_Home else last
        elif key == Qt.Key.Key_Escape and index >= 0:
            index = -1
        else:
            super().keyPressEvent(event)
            return
        self._by_keyboard = index >= 0
        self.point_at(index)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Without the keyboard nothing stays pointed at."""
        super().focusOutEvent(event)
        if self._by_keyboard:
            self._by_keyboard = False
            self.point_at(-1)
        self.update()

    # --- size and painting --------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        """Wide and not high."""
        return QSize(480, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Still readable."""
        return QSize(160, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another size, other places."""
        super().resizeEvent(event)
        self.replan()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Read from the other side, it is drawn from there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.replan()

    def mirrored(self, x: float) -> float:
        """From left to right to the direction of reading, and back."""
        return self.width() - x if self.isRightToLeft() else x

    def metrics(self) -> QFontMetricsF:
        """Of the labels' font."""
        return QFontMetricsF(self._theme.font(CAPTION))

    def paint_label(self, painter: QPainter, words: str, x: float, y: float, align: Qt.AlignmentFlag) -> None:
        """A label whose middle is at height `y`; `x` is its left, right or middle, by `align`, before mirroring."""
        width, height = self.metrics().horizontalAdvance(words) + 2, self.metrics().height()
        left = {Qt.AlignmentFlag.AlignLeft: x, Qt.AlignmentFlag.AlignRight: x - width}.get(align, x - width / 2)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = self.width() - left - width
        painter.drawText(QRectF(left, y - height / 2, width, height), Qt.AlignmentFlag.AlignCenter, words)

    def paint_lines(self, painter: QPainter, axis: Axis, words: tuple[str, ...], box: QRectF) -> None:
        """The axis' lines across the chart, with their values before them."""
        colours = self._theme.colours
        for tick, shown in zip(axis.ticks, words, strict=True):
            y = round(axis.position(tick, box.top(), box.bottom())) + 0.5
            ends = self.mirrored(box.left()), self.mirrored(box.right())
            painter.setPen(QPen(QColor(colours.outline if tick == 0 else colours.border), 1))
            painter.drawLine(QPointF(ends[0], y), QPointF(ends[1], y))
            painter.setPen(QColor(colours.muted))
            self.paint_label(painter, shown, box.left() - Space.S, y, Qt.AlignmentFlag.AlignRight)

    def paint_frame(self, painter: QPainter) -> None:
        """What stands for a chart of nothing, and the ring of the keyboard's focus."""
        colours = self._theme.colours
        if self._nothing:
            painter.setFont(self._theme.font(1.0))
            painter.setPen(QColor(colours.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(24, 24, -24, -24), flags, self._nothing)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
