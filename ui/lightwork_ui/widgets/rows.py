"""Cells of a long table, painted past Qt's roles and options, which take several times as long while one scrolls."""

from typing import Protocol

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lightwork_ui.theme import Space, Theme

SIDE = 13  # pixels at both sides of a cell
_ICON = 16
_MOST_KEPT = 4_000  # texts that were shortened
_FLAGS = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
# As plain numbers: this is worked out for each cell of each painting.
_LEFT = (Qt.AlignmentFlag.AlignLeft | _FLAGS).value | Qt.TextFlag.TextSingleLine.value
_RIGHT = (Qt.AlignmentFlag.AlignRight | _FLAGS).value | Qt.TextFlag.TextSingleLine.value
_SELECTED = QStyle.StateFlag.State_Selected
_FORWARD = Qt.LayoutDirection.LeftToRight


class Cells(Protocol):
    """Where the delegate gets a cell from, past the roles of Qt's models."""

    def cell(self, row: int, column: int) -> tuple[str, bool, QIcon | None]:
        """Its text, whether that is a number, and its icon."""


class RowDelegate(QStyledItemDelegate):
    """One line of text, an icon before it if there is one, a hairline below. A mirrored table is mirrored here too."""

    def __init__(self, theme: Theme, cells: Cells, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._cells = theme, cells
        self._elided: dict[tuple[str, int], str] = {}
        self._metrics = QFontMetrics(theme.font(1.0))
        self._take_colours()
        theme.changed.connect(self._take_colours)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, line, icon, text."""
        box: QRect = option.rect
        left, top, width, height = box.left(), box.top(), box.width(), box.height()
        if option.state & _SELECTED:
            painter.fillRect(box, self._chosen)
        painter.fillRect(left, top + height - 1, width, 1, self._line)
        words, number, icon = self._cells.cell(index.row(), index.column())
        if not words:
            return
        forward = option.direction == _FORWARD
        left, width = left + SIDE, width - 2 * SIDE
        if icon is not None:
            icon.paint(painter, left if forward else left + width - _ICON, top + (height - _ICON) // 2, _ICON, _ICON)
            left, width = left + (_ICON + Space.S if forward else 0), width - _ICON - Space.S
        painter.setPen(self._ink)
        painter.drawText(left, top, width, height, _RIGHT if number == forward else _LEFT, self._fitting(words, width))

    def _take_colours(self) -> None:
        colours = self._theme.colours
        self._ink, self._line = QColor(colours.text), QColor(colours.border)
        self._chosen = QColor(colours.accent_soft)
        self._metrics = QFontMetrics(self._theme.font(1.0))
        self._elided.clear()

    def _fitting(self, words: str, width: int) -> str:
        found = self._elided.get((words, width))
        if found is None:
            if len(self._elided) > _MOST_KEPT:
                self._elided.clear()
            found = self._metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
            self._elided[words, width] = found
        return found
