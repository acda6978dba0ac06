"""The text twin of a chart: the very numbers, in a table that a screen reader can read and a person can copy from."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from lightwork_ui.style.dress import dress_table

_NONE = QModelIndex()
_ROW = 30


class Figures(QAbstractTableModel):
    """Rows of finished texts. The first column is words, the others are numbers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.rows: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
        """Show other rows, if they are others."""
        if (tuple(names), tuple(rows)) == (self.names, self.rows):
            return
        self.beginResetModel()
        self.names, self.rows = tuple(names), tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NONE) -> int:  # noqa: N802  Qt's name
        """One for each value."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NONE) -> int:  # noqa: N802
        """One for each series, and one for what it is of."""
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()][index.column()]
        return _align(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """The names."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.names):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.names[section]
        return _align(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class FiguresView(QTableView):
    """Shows figures as high as the chart that they stand for. Ctrl+C copies the row."""

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.figures = Figures(self)
        self.setModel(self.figures)
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        dress_table(self, "inner")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(max(_ROW, self.fontMetrics().height() + 12))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """A table copies one cell by itself, which is half of what one wants."""
        model, row = self.model(), self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.Copy) and row >= 0:
            cells = (str(model.index(row, column).data()) for column in range(model.columnCount()))
            QGuiApplication.clipboard().setText("\t".join(cells))
            return
        super().keyPressEvent(event)


def _align(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
