"""A switch: a check box by its behaviour and for assistive technology, painted as a knob in a groove."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from lightwork_ui.theme import Theme

_WIDTH, _HEIGHT, _KNOB = 40, 22, 16
_RING = 3.0  # room for the focus ring on each side


class Switch(QCheckBox):
    """On or off. Space and Enter turn it; the knob's place shows the state, not colour alone."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._by_keyboard = False
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The groove and the ring round it."""
        return QSize(round(_WIDTH + 2 * _RING), round(_HEIGHT + 2 * _RING))

    minimumSizeHint = sizeHint  # noqa: N815

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        """All of it, not only where a box would be."""
        return self.rect().contains(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt gives check boxes the space bar only."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The ring is for those who move by keyboard."""
        self._by_keyboard = event.reason() is not Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Under the pointer it looks ready."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """And no more."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Ring, groove, knob."""
        colours, on = self._theme.colours, self.isChecked()
        groove = QRectF(_RING, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(QPen(QColor(colours.accent), 2))
            room = groove.adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(room, room.height() / 2, room.height() / 2)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_hover if self.underMouse() else colours.accent))
        else:
            painter.setPen(QPen(QColor(colours.accent if self.underMouse() else colours.outline), 1.5))
            painter.setBrush(QColor(colours.surface))
            groove.adjust(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(groove, groove.height() / 2, groove.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.on_accent if on else colours.outline))
        right = on == (self.layoutDirection() == Qt.LayoutDirection.LeftToRight)
        middle = _RING + (_WIDTH - _HEIGHT / 2 if right else _HEIGHT / 2)
        radius = _KNOB / 2 if on else _KNOB / 2 - 1
        painter.drawEllipse(QPointF(middle, self.height() / 2), radius, radius)
