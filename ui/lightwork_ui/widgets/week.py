"""The hours of a week as a grid of 7 x 24 cells, painted with the pointer or walked with the arrow keys."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QPoint, QRectF, QSize, Qt, QTime, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lightwork.domain.hours import DAY_MINUTES, WEEK_MINUTES
from lightwork_ui.text import tr
from lightwork_ui.theme import CAPTION, Space, Theme

_ROW, _GAP, _HEAD = 22, 2, 20
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Home: (0, -23),
    Qt.Key.Key_End: (0, 23),
}
Cell = tuple[int, int]  # day (0 is Monday), hour


class Week(QWidget):
    """Emits `painted` when a stroke has ended, with `minutes`, the minutes of the week, changed by it.

    Space and Enter turn a cell; Shift with an arrow carries the state of the cell one leaves on to the next one.
    """

    painted = Signal()

    def __init__(self, theme: Theme, name: str, states: tuple[str, str, str] | None = None) -> None:
        """`states` are the words for an hour that is marked, partly marked, and not; by default, what is allowed."""
        super().__init__()
        self._theme, self._name = theme, name
        self._states = states or (tr("allowed"), tr("partly allowed"), tr("not allowed"))
        self.minutes = [True] * WEEK_MINUTES
        self._at: Cell = (0, 0)
        self._stroke: bool | None = None  # what the pointer paints
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._speak()
        theme.changed.connect(self.update)

    def show_minutes(self, minutes: Sequence[bool]) -> None:
        """Show which minutes of the week (10,080 of them) are allowed."""
        if self.minutes != minutes:
            self.minutes = list(minutes)
            self._speak()
            self.update()

    def share(self, cell: Cell) -> float:
        """How much of an hour is allowed, 0 to 1."""
        begin = cell[0] * DAY_MINUTES + cell[1] * 60
        return sum(self.minutes[begin : begin + 60]) / 60

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Seven rows below the hours."""
        return QSize(480, _HEAD + 7 * _ROW)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Cells of eight pixels."""
        return QSize(round(self._left()) + 24 * 8, _HEAD + 7 * _ROW)

    def box(self, cell: Cell) -> QRectF:
        """Where a cell is painted."""
        width = (self.width() - self._left()) / 24
        return QRectF(self._left() + cell[1] * width, _HEAD + cell[0] * _ROW, width - _GAP, _ROW - _GAP)

    def cell_at(self, position: QPoint) -> Cell:
        """The cell at a place, or the nearest one."""
        width = (self.width() - self._left()) / 24
        day, hour = (position.y() - _HEAD) // _ROW, int((position.x() - self._left()) // width)
        return max(0, min(6, day)), max(0, min(23, hour))

    # --- painting by hand ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A stroke makes every cell what the first one was not."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._at = self.cell_at(event.position().toPoint())
            self._stroke = self.share(self._at) < 1
            self._set(self._at, self._stroke)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """All cells between the last one and this, since a fast pointer jumps."""
        if self._stroke is None:
            return
        end = self.cell_at(event.position().toPoint())
        while self._at != end:
            step = [(to > here) - (to < here) for here, to in zip(self._at, end, strict=True)]
            self._at = (self._at[0] + step[0], self._at[1] + step[1])
            self._set(self._at, self._stroke)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """The stroke is done."""
        if self._stroke is not None and event.button() is Qt.MouseButton.LeftButton:
            self._stroke = None
            self.painted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Walk, turn, or carry on."""
        key = Qt.Key(event.key())
        if key in _STEPS:
            state = self.share(self._at) > 0
            day, hour = self._at[0] + _STEPS[key][0], self._at[1] + _STEPS[key][1]
            self._at = max(0, min(6, day)), max(0, min(23, hour))
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.share(self._at) != state:
                self._set(self._at, state)
                self.painted.emit()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._set(self._at, self.share(self._at) < 1)
            self.painted.emit()
        else:
            super().keyPressEvent(event)
            return
        self._speak()
        self.update()

    def _set(self, cell: Cell, state: bool) -> None:
        begin = cell[0] * DAY_MINUTES + cell[1] * 60
        self.minutes[begin : begin + 60] = [state] * 60
        self.update()

    def _speak(self) -> None:
        """What a screen reader says: where the keyboard is, and what that hour is."""
        day, hour = self._at
        share = self.share(self._at)
        whole, partly, none = self._states
        state = whole if share == 1 else none if share == 0 else partly
        spoken = tr("{name}: {day}, {hour}: {state}").format(
            name=self._name, day=QLocale().standaloneDayName(day + 1), hour=_clock(hour), state=state
        )
        if spoken != self.accessibleName():
            self.setAccessibleName(spoken)

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _days(self) -> list[str]:
        return [QLocale().standaloneDayName(day, QLocale.FormatType.ShortFormat) for day in range(1, 8)]

    def _left(self) -> float:
        metrics = QFontMetricsF(self._theme.font(CAPTION))
        return max(metrics.horizontalAdvance(day) for day in self._days()) + Space.S

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The ring comes."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The ring goes."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Hours above, days at the left, cells, and the ring."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(CAPTION))
        if not self.isEnabled():
            painter.setOpacity(0.45)
        painter.setPen(QColor(colours.muted))
        every = 6 if self.width() < 420 else 3
        for hour in range(0, 24, every):
            left = self.box((0, hour)).left()
            painter.drawText(QRectF(left, 0, every * 30, _HEAD - 4), Qt.AlignmentFlag.AlignVCenter, f"{hour:02}")
        for day, name in enumerate(self._days()):
            place = QRectF(0, self.box((day, 0)).top(), self._left(), _ROW - _GAP)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(Qt.PenStyle.NoPen)
        for day in range(7):
            for hour in range(24):
                self._paint_cell(painter, (day, hour))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.box(self._at).adjusted(-1, -1, 1, 1), 4, 4)

    def _paint_cell(self, painter: QPainter, cell: Cell) -> None:
        """A whole hour, none, or the part of it that is allowed (minutes without a gap are drawn where they lie)."""
        colours, box = self._theme.colours, self.box(cell)
        share = self.share(cell)
        painter.setBrush(QColor(colours.accent if share == 1 else colours.track))
        painter.drawRoundedRect(box, 3, 3)
        if 0 < share < 1:
            begin = cell[0] * DAY_MINUTES + cell[1] * 60
            first = self.minutes[begin : begin + 60].index(True) / 60
            part = QRectF(box.left() + first * box.width(), box.top(), share * box.width(), box.height())
            painter.setBrush(QColor(colours.accent))
            painter.drawRect(part & box)


def _clock(hour: int) -> str:
    return QLocale().toString(QTime(hour, 0), QLocale.FormatType.ShortFormat)
