"""The one large control: a lamp that shows the state by its outline and says what pressing it does."""

import math

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from lightwork.domain.states import Phase
from lightwork_ui import icons
from lightwork_ui.theme import ACTION, Theme

SIDE = 184
_RADIUS = 68.0
_RING = 82.0


class StateButton(QAbstractButton):
    """A round button. Enter and Space press it; what it stands for is told by `show_state`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._phase, self._glyph, self._share = Phase.OFF, "play", 0.0
        self._by_keyboard = False
        self._ready = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Room for the rays."""
        return QSize(SIDE, SIDE)

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        """Only the disc, not the corners round it."""
        return math.hypot(position.x() - SIDE / 2, position.y() - SIDE / 2) <= _RING

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The focus ring is for those who move by keyboard; after a click it would only be noise."""
        reason = Qt.FocusReason
        if event.reason() in (reason.TabFocusReason, reason.BacktabFocusReason, reason.ShortcutFocusReason):
            self._by_keyboard = True
        elif event.reason() is reason.MouseFocusReason:
            self._by_keyboard = False
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt gives buttons the space bar only."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def show_state(self, phase: Phase, glyph: str, label: str, share: float, *, ready: bool) -> None:
        """Draw a phase; `share` (0 to 1) is how far preparing has come.

        A button that is not ready looks so, but keeps the keyboard: a disabled one would pass it on to another control.
        """
        share = round(min(1.0, max(0.0, share)), 3)
        if (phase, glyph, share, ready) != (self._phase, self._glyph, self._share, self._ready):
            self._phase, self._glyph, self._share, self._ready = phase, glyph, share, ready
            self.setCursor(Qt.CursorShape.PointingHandCursor if ready else Qt.CursorShape.ArrowCursor)
            self.update()
        if self.text() != label:
            self.setText(label)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Ring, disc, glyph, label and, where it has the keyboard, the focus ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(SIDE / 2, SIDE / 2)
        self._paint_ring(painter)
        ink = self._paint_disc(painter)
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(QPointF(-20, -38), icons.pixmap(self._glyph, ink, 40, ratio))
        painter.setPen(QColor(ink))
        painter.setFont(self._fitting_font())
        painter.drawText(QRectF(-_RADIUS + 6, 8, 2 * _RADIUS - 12, 30), Qt.AlignmentFlag.AlignCenter, self._label())

    def _label(self) -> str:
        return self.text().replace("&", "")

    def _fitting_font(self) -> QFont:
        """The label's font, smaller for a long word of another language."""
        font = self._theme.font(ACTION, QFont.Weight.DemiBold)
        room, needed = 2 * _RADIUS - 32, QFontMetricsF(font).horizontalAdvance(self._label())
        if needed > room:
            font.setPointSizeF(font.pointSizeF() * room / needed)
        return font

    def _paint_disc(self, painter: QPainter) -> str:
        """The disc; returns the colour of what stands on it."""
        colours = self._theme.colours
        active = self._ready and (self.underMouse() or self.isDown())
        filled = self._phase is Phase.OFF
        if filled:
            fill, ink = colours.accent_hover if active else colours.accent, colours.on_accent
        else:
            fill = colours.accent_soft if active or self._phase is Phase.TRAINING else colours.surface
            ink = colours.text if self._ready else colours.muted
        edge = Qt.PenStyle.NoPen if filled else QPen(QColor(colours.border), 1)
        painter.setPen(edge)
        painter.setBrush(QColor(fill))
        painter.drawEllipse(QPointF(0, 0), _RADIUS, _RADIUS)
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(QPen(QColor(colours.on_accent if filled else colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(0, 0), _RADIUS - 5, _RADIUS - 5)
        return ink

    def _paint_ring(self, painter: QPainter) -> None:
        colours = self._theme.colours
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(-76, -76, 152, 152)

        def arc(colour: str, start: float, span: float) -> None:
            painter.setPen(QPen(QColor(colour), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(box, round(start * 16), round(span * 16))

        if self._phase is Phase.PREPARING:
            arc(colours.track, 0, 360)
            arc(colours.accent, 90, -360 * (self._share or 0.08))
        elif self._phase is Phase.TRAINING:
            arc(colours.accent, 0, 360)
            self._paint_rays(painter, colours.accent)
        elif self._phase is Phase.PAUSED:
            arc(colours.amber, 112, 136)
            arc(colours.amber, -68, 136)
        elif self._phase is Phase.WAITING:
            for step in range(16):
                arc(colours.accent, step * 22.5, 6)
        elif self._phase is Phase.TROUBLE:
            arc(colours.danger, 115, 310)

    def _paint_rays(self, painter: QPainter, colour: str) -> None:
        painter.setPen(QPen(QColor(colour), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for step in range(16):
            angle = math.radians(step * 22.5)
            x, y = math.cos(angle), math.sin(angle)
            painter.drawLine(QPointF(x * 84, y * 84), QPointF(x * 88, y * 88))
