"""Choosing among the programs that run, for rules about programs."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui.model import Model
from lightwork_ui.pages.settings_changes import refusal_text
from lightwork_ui.style.dress import dress_table
from lightwork_ui.text import number, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import plain_label, set_text
from lightwork_ui.widgets.search_line import SearchLine

Index = QModelIndex | QPersistentModelIndex
_NAME, _PROCESSES = 0, 1


class ProgramTable(QAbstractTableModel):
    """Programs with their names and how many processes each has; sought by name and path."""

    SEARCHED = Qt.ItemDataRole.UserRole

    def __init__(self) -> None:
        super().__init__()
        self.programs: tuple[control.ProgramEntry, ...] = ()

    def show_programs(self, programs: Sequence[control.ProgramEntry]) -> None:
        """Show these, by name."""
        self.beginResetModel()
        self.programs = tuple(sorted(programs, key=lambda program: program.name.casefold()))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802  Qt's signature
        """One for each program."""
        return 0 if parent.isValid() else len(self.programs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Name, processes."""
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, path as the tooltip, alignment."""
        program = self.programs[index.row()]
        if role == self.SEARCHED:
            return f"{program.name} {program.path}"
        if role == Qt.ItemDataRole.DisplayRole:
            return untrusted(program.name, 80) if index.column() == _NAME else number(program.processes)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == _PROCESSES:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Program"), tr("Processes"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == _PROCESSES else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class ProgramsDialog(QDialog):
    """Asks the node which programs run; emits `chosen` with the names of those that a person picked."""

    chosen = Signal(object)  # list[str]

    def __init__(self, model: Model, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = SearchLine(theme, tr("Search programs"))
        self.remark = plain_label("muted", tr("Looking at what runs…"))
        self.remark.setWordWrap(True)
        self.programs = ProgramTable()
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.programs)
        self._found.setFilterRole(ProgramTable.SEARCHED)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = QTableView()
        self.take = QPushButton(tr("Add"))
        self.take.setDefault(True)
        self._cancel = QPushButton(tr("Cancel"))
        self._cancel.setAutoDefault(False)
        self._dress_table()
        self._arrange(title)
        self.search.textChanged.connect(self._filter)
        self.search.left.connect(self._go_on)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        self.table.doubleClicked.connect(lambda _index: self._take())
        self.take.clicked.connect(self._take)
        self._cancel.clicked.connect(self.reject)
        self._allow()
        self._asked = True
        model.ask(control.AskPrograms, self._show, self)

    def _dress_table(self) -> None:
        self.table.setModel(self._found)
        self.table.setAccessibleName(tr("Programs that run"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        dress_table(self.table)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(34)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_PROCESSES, QHeaderView.ResizeMode.ResizeToContents)

    def _arrange(self, title: str) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.remark, 1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        column.setSpacing(Space.M)
        heading = plain_label("title", title)
        heading.setWordWrap(True)
        column.addWidget(heading)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        self.setMinimumSize(360, 300)
        self.resize(460, 480)

    def _show(self, reply: control.Reply) -> None:
        self._asked = False
        self.programs.show_programs(reply.programs or ())
        self._filter(self.search.text())
        if reply.trouble is not None:
            set_text(self.remark, refusal_text(reply))

    def _filter(self, words: str) -> None:
        self._found.setFilterFixedString(words.strip())
        nothing = not self._found.rowCount()
        if not self._asked:
            set_text(self.remark, tr("No such program runs now.") if nothing else "")
        if words and not nothing:
            self.table.selectRow(0)
        self._allow()

    def _go_on(self) -> None:
        """From the line to the table; with one program left, Enter takes it at once."""
        if self._found.rowCount() == 1:
            self._take()
        elif self._found.rowCount():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.table.selectionModel().hasSelection():
                self.table.selectRow(0)

    def _names(self) -> list[str]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        found = [self._found.mapToSource(self._found.index(row, 0)).row() for row in rows]
        return [self.programs.programs[row].name for row in found]

    def _allow(self) -> None:
        self.take.setEnabled(bool(self._names()))

    def _take(self) -> None:
        if names := self._names():
            self.chosen.emit(names)
            self.accept()
