"""The table of contributions: the node has the rows, sorts, filters and searches; the window holds what is looked at.

Rows are fetched in pages when a view asks for them. What is still under way reads "…", and pages that nobody looked at
for longest are let go. While a person looks, rows keep their places: newer contributions are counted (`newer`), and
shown when asked for.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QIcon

from lightwork.domain.errors import Trouble
from lightwork.domain.states import ContributionState
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork.protocol.control import Column, ContributionEntry
from lightwork_ui import icons, periods, text
from lightwork_ui.model import Model
from lightwork_ui.text import DASH, tr
from lightwork_ui.theme import Theme
from lightwork_ui.verdicts import SIGNS, reason_words, state_of, verdict_colour, verdict_words

PAGE = 200  # rows
MOST_PAGES = 20
MOST_ASKED = 4  # pages under way at once
SETTLE_MS = 30  # while a scroll bar is dragged, only where it rests is worth asking for
TYPED_MS = 250
_NEAR = 50  # rows from the end of a page at which the next one is fetched too
WAITING = "…"

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Query:
    """What is shown, and in which order."""

    project: str | None = None
    state: ContributionState | None = None
    search: str = ""
    order: Column = Column.TIME
    descending: bool = True

    @property
    def newest_first(self) -> bool:
        """Whether what is new comes before all others, so that it only moves them."""
        return self.order is Column.TIME and self.descending and self.state is None and not self.search


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, its text, and what the node calls it if it can be sorted by."""

    name: Callable[[], str]
    words: Callable[[ContributionEntry], str]
    order: Column | None = None
    number: bool = False


class ContributionTable(QAbstractTableModel):
    """Rows of `Query`. Views ask for what they show, and nothing else is fetched but the pages beside it."""

    counted = Signal()  # `total` or `newer` has changed
    failed = Signal(object, str)  # Trouble or None when all is well again, detail

    def __init__(self, model: Model, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._theme = model, theme
        self.query = Query()
        self.total = 0  # rows of this table
        self.newer = 0  # rows that have come since
        self.known = False  # whether the node has answered for this query
        self._pages: OrderedDict[int, tuple[ContributionEntry, ...]] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._asked: set[int] = set()
        self._failing = False
        self._names: dict[str, str] = {}
        self._texts: dict[int, tuple[str, ...]] = {}  # of rows, so that they are not written out at every painting
        self._signs: dict[ContributionState | None, QIcon] = {}
        self._generation = 0
        self.fields = self._fields()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._fetch)
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self.reload)
        theme.changed.connect(self._repaint)

    # --- what is asked for --------------------------------------------------------------------------------------------

    def set_query(self, *, at_once: bool = True, **changes: Any) -> None:
        """Show something else. The rows that are there stay until the node has answered."""
        query = replace(self.query, **changes)
        if query == self.query:
            return
        self.query = query
        if at_once:
            self.reload()
        else:
            self._typed.start()

    def reload(self) -> None:
        """Ask anew, from the first row on."""
        self._typed.stop()
        self._generation += 1
        self._wanted.clear()
        self._asked.clear()
        self._ask(0, self._began)

    def refresh(self) -> None:
        """Something was sent or judged: ask again for what is looked at; it stays until the answer is here."""
        if not self.known:
            self.reload()
            return
        newest = list(self._pages)[-2:]
        for page in [page for page in self._pages if page not in newest]:
            del self._pages[page]
        self._texts.clear()
        for page in newest or [0]:
            self._ask(page, self._took)

    def rest(self) -> None:
        """Nobody looks: nothing is asked for."""
        self._settle.stop()
        self._typed.stop()
        self._wanted.clear()
        self._generation += 1
        self._asked.clear()

    def show_names(self, names: Mapping[str, str]) -> None:
        """The names of projects by their ids."""
        if names != self._names:
            self._names = dict(names)
            self._repaint()

    @property
    def names_known(self) -> int:
        """How many projects have a name here."""
        return len(self._names)

    def project_name(self, project: str) -> str:
        """As it is shown: the name, or the first signs of the id of a project that is not known here any more."""
        return untrusted(self._names.get(project) or project[:12], 120)

    def entry(self, row: int) -> ContributionEntry | None:
        """A row, or None while it is not here."""
        rows = self._pages.get(row // PAGE, ())
        return rows[row % PAGE] if row >= 0 and row % PAGE < len(rows) else None

    # --- what a view asks for -----------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NONE) -> int:  # noqa: N802  Qt's name
        """All rows, fetched or not."""
        return 0 if parent.isValid() else self.total

    def columnCount(self, parent: Index = _NONE) -> int:  # noqa: N802
        """The fields."""
        return 0 if parent.isValid() else len(self.fields)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.fields):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.fields[section].name()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _NUMBERS if self.fields[section].number else _WORDS
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment, and the verdict's sign."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _NUMBERS if self.fields[index.column()].number else _WORDS
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column())[0]
        return self.cell(index.row(), index.column())[2] if role == Qt.ItemDataRole.DecorationRole else None

    def cell(self, row: int, column: int) -> tuple[str, bool, QIcon | None]:
        """A cell's text, whether it is a number, and its sign. What is not here is fetched."""
        texts = self._texts.get(row)
        if texts is None:
            entry = self.entry(row)
            if entry is None:
                if row // PAGE in self._pages:  # the node had fewer rows than it said
                    return "", False, None
                self._want(row // PAGE)
                return WAITING, self.fields[column].number, None
            texts = self._texts[row] = tuple(field.words(entry) for field in self.fields)
        if column == 0:
            self._looked_at(*divmod(row, PAGE))
        field = self.fields[column]
        sign = self._sign(self._pages[row // PAGE][row % PAGE].state) if field.order is Column.VERDICT else None
        return texts[column], field.number, sign

    # --- fetching -----------------------------------------------------------------------------------------------------

    def _looked_at(self, page: int, row: int) -> None:
        self._pages.move_to_end(page)
        beside = page - 1 if row < _NEAR else page + 1 if row >= PAGE - _NEAR else page
        if beside != page and 0 <= beside * PAGE < self.total and beside not in self._pages:
            self._want(beside)

    def _want(self, page: int) -> None:
        if page not in self._asked:
            self._wanted[page] = None
            self._wanted.move_to_end(page)
            if not self._settle.isActive():
                self._settle.start()

    def _fetch(self) -> None:
        # What a view shows lies on two pages at most, and it has asked for those last.
        while len(self._wanted) > 3:
            self._wanted.popitem(last=False)
        while self._wanted and len(self._asked) < MOST_ASKED:
            page, _ = self._wanted.popitem()
            self._ask(page, self._took)

    def _ask(self, page: int, then: Callable[[int, int, control.ContributionPage], None]) -> None:
        generation, query = self._generation, self.query
        shift = self.newer if query.newest_first and then != self._began else 0

        def take(reply: control.Reply) -> None:
            if generation != self._generation:
                return
            self._asked.discard(page)
            if reply.trouble is not None or reply.contributions is None:
                self._failing = True
                self.failed.emit(reply.trouble or Trouble.INTERNAL, reply.detail)
                return
            self.failed.emit(None, "")
            then(page, shift, reply.contributions)
            self._paint_again()
            if self._wanted:
                self._settle.start()

        self._asked.add(page)
        self._model.ask(
            control.AskContributions,
            take,
            self,
            project=query.project,
            state=query.state,
            search=query.search,
            order=query.order,
            descending=query.descending,
            offset=page * PAGE + shift,
            limit=PAGE,
        )

    def _paint_again(self) -> None:
        """What was asked for in vain is asked for again, by being painted."""
        if self._failing and self.rowCount() > 0:
            self._failing = False
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def _began(self, _page: int, _shift: int, answer: control.ContributionPage) -> None:
        """The first page of a new query: only now the old rows go."""
        self.beginResetModel()
        self._pages.clear()
        self.total, self.newer, self.known = max(0, answer.total), 0, True
        self._pages[0] = answer.rows[:PAGE]
        self._texts.clear()
        self.endResetModel()
        self.counted.emit()

    def _took(self, page: int, shift: int, answer: control.ContributionPage) -> None:
        if answer.total != self.total + self.newer:
            self._grew(answer.total - self.total - self.newer)
        if self.query.newest_first and shift != self.newer:
            self._ask(page, self._took)  # the rows asked for had moved on when the node looked
            return
        rows = answer.rows[: max(0, min(PAGE, self.total - page * PAGE))]
        if self._pages.get(page) == rows or not rows:
            return
        self._pages[page] = rows
        self._texts.clear()
        self._pages.move_to_end(page)
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        first = page * PAGE
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(rows) - 1, len(self.fields) - 1))

    def _grew(self, more: int) -> None:
        """The node has more rows, or fewer, than the table: new ones wait, and of those that are gone the end goes."""
        self.newer += more
        if self.newer < 0:
            left = max(0, self.total + self.newer)
            self.beginRemoveRows(QModelIndex(), left, self.total - 1)
            self.total, self.newer = left, 0
            self.endRemoveRows()
            self._texts.clear()
        self.counted.emit()

    # --- how it looks -------------------------------------------------------------------------------------------------

    def _fields(self) -> tuple[Field, ...]:
        # What a person looks for stands first: a narrow window shows no more.
        return (
            Field(lambda: tr("Time"), lambda one: periods.moment(one.at), Column.TIME),
            Field(lambda: tr("Project"), lambda one: self.project_name(one.project), Column.PROJECT),
            Field(lambda: tr("Round"), lambda one: text.number(one.base_version), Column.ROUND, number=True),
            Field(lambda: tr("Credits"), lambda one: text.credits_text(one.operations), Column.CREDIT, number=True),
            Field(lambda: tr("Verdict"), lambda one: verdict_words(one.state), Column.VERDICT),
            Field(lambda: tr("Reason"), lambda one: reason_words(one.reason)),
            Field(lambda: tr("Tokens"), lambda one: text.number(one.tokens), Column.TOKENS, number=True),
            Field(lambda: tr("Steps"), lambda one: text.number(one.steps), Column.STEPS, number=True),
            Field(lambda: tr("Size"), lambda one: text.size(one.length), Column.SIZE, number=True),
            Field(
                lambda: tr("Receipt"),
                lambda one: DASH if one.receipt is None else text.number(one.receipt),
                number=True,
            ),
        )

    def _sign(self, name: str) -> QIcon:
        state = state_of(name)
        if state not in self._signs:
            drawing = SIGNS[state] if state else "notice"
            self._signs[state] = icons.icon(drawing, verdict_colour(state, self._theme.colours), (16, 32))
        return self._signs[state]

    def _repaint(self) -> None:
        self._signs.clear()
        self._texts.clear()
        if self.total:
            self.dataChanged.emit(self.index(0, 0), self.index(self.total - 1, len(self.fields) - 1))
