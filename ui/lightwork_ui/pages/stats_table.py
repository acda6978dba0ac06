"""The table of contributions, with what narrows it down, and the way to each receipt."""

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QModelIndex, QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QMenu, QSizePolicy, QTableView

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.states import ContributionState
from lightwork.protocol.control import Column, ContributionEntry
from lightwork_ui import icons, text
from lightwork_ui.contributions import ContributionTable
from lightwork_ui.model import Model
from lightwork_ui.style.dress import dress_table
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.verdicts import verdict_words
from lightwork_ui.widgets.columns import Flow, stretch
from lightwork_ui.widgets.controls import QuietCombo, link_button
from lightwork_ui.widgets.labels import plain_label, set_text
from lightwork_ui.widgets.panel import Panel, title_label
from lightwork_ui.widgets.rows import RowDelegate

LEAST_HEIGHT = 420
_ROW = 36
_WIDTHS = "stats/columns_1"  # a new number when the columns are others
_LONGEST_SEARCH = 200
# How wide each column begins: room for such a text, and its name.
_SAMPLES = {
    Column.TIME: "00 Nov 00:00 PM",
    Column.PROJECT: "Open Story Model",
    Column.ROUND: "0,000",
    Column.CREDIT: "0.000",
    Column.TOKENS: "0,000,000",
    Column.STEPS: "0,000",
    Column.SIZE: "00.00 MB",
}
_PROJECT = 1  # the index of its column
_REASON, _PADDING = 300, 26


def _sample(column: Column | None) -> str:
    """About the longest that a column will show."""
    if column is Column.VERDICT:  # with room for its sign
        return max((verdict_words(state.value) for state in ContributionState), key=len) + " 0000"
    return _SAMPLES.get(column, "") if column else ""


class ContributionView(QTableView):
    """Rows of fixed height. Enter and a double click open the receipt, Ctrl+C copies the digest."""

    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        # Above the rows, which are not there then. (To paint it would ask Qt for the viewport, and that makes PySide
        # load every kind of widget: 25 ms at once.)
        self.nothing = plain_label("muted")
        self.nothing.setParent(self)
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(tr("Contributions"))
        dress_table(self, "inner")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(max(_ROW, self.fontMetrics().height() + 16))
        columns.setSectionsClickable(True)
        columns.setSortIndicatorShown(True)
        columns.setHighlightSections(False)
        columns.setStretchLastSection(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Copying copies what a person can do something with."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """What stands for no rows is in the middle."""
        super().resizeEvent(event)
        self.nothing.setGeometry(self.rect().adjusted(Space.XL, _ROW, -Space.XL, -Space.XL))


class ContributionCard(Panel):
    """Search, verdict, the table, and a line that tells how many rows there are and whether new ones have come."""

    def __init__(self, model: Model, theme: Theme, settings: QSettings | None = None) -> None:
        super().__init__(tr("Contributions"))
        self._model, self._theme, self._settings = model, theme, settings
        self.rows = ContributionTable(model, theme, self)
        self.view = ContributionView()
        self.search = QLineEdit()
        self.verdict = QuietCombo(tr("Verdict"))
        self.count = plain_label("muted")
        self.newer = link_button("")
        self._arrange()
        self._size_columns()
        self.rows.counted.connect(self._tell)
        self.rows.modelReset.connect(self._tell)
        self.rows.failed.connect(self._failed)
        self.search.textChanged.connect(lambda words: self.rows.set_query(at_once=False, search=words.strip()))
        self.search.returnPressed.connect(self.rows.reload)
        self.verdict.currentIndexChanged.connect(lambda _at: self.rows.set_query(state=self.verdict.currentData()))
        self.newer.clicked.connect(self.show_newer)
        self.view.activated.connect(self._open)
        self.view.copied.connect(lambda: self._copy(self._current()))
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.horizontalHeader().sectionClicked.connect(self.sort_by)
        theme.changed.connect(self._tint)
        self._tell()

    def _arrange(self) -> None:
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(tr("Search contributions by project, digest, verdict or reason"))
        self.search.setMaxLength(_LONGEST_SEARCH)
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(self.search.fontMetrics().averageCharWidth() * 28)
        self.search.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._sign = self.search.addAction(icons.icon("search", "#888"), QLineEdit.ActionPosition.LeadingPosition)
        self._tint()
        self.verdict.addItem(tr("All verdicts"), None)
        for state in ContributionState:
            self.verdict.addItem(verdict_words(state), state)
        self.newer.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.head.addWidget(title_label(tr("Contributions")))
        self.head.addWidget(stretch())
        self.head.addWidget(self.search)
        self.head.addWidget(self.verdict)
        self.view.setModel(self.rows)
        self.view.setItemDelegate(RowDelegate(self._theme, self.rows, self.view))
        foot = Flow(Space.L)
        foot.addWidget(self.count)
        foot.addWidget(stretch())
        foot.addWidget(self.newer)
        self.body.addWidget(self.view, 1)
        self.body.addLayout(foot)
        # It keeps its place while it has nothing to say.
        policy = self.newer.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.newer.setSizePolicy(policy)
        self.newer.hide()

    def _size_columns(self) -> None:
        header = self.view.horizontalHeader()
        kept = self._settings.value(_WIDTHS) if self._settings is not None else None
        if not isinstance(kept, QByteArray) or not header.restoreState(kept):
            metrics = self.view.fontMetrics()
            for column, field in enumerate(self.rows.fields):
                sample = _sample(field.order)
                wide = max(metrics.horizontalAdvance(sample), metrics.horizontalAdvance(field.name()) + 18) + _PADDING
                header.resizeSection(column, wide if field.order else _REASON)
        self._show_order()

    # --- from the page ------------------------------------------------------------------------------------------------

    def show_projects(self, names: Mapping[str, str]) -> None:
        """The names of projects by their ids. A column that would say the same in every row is left out."""
        self.rows.show_names(names)
        self.view.setColumnHidden(_PROJECT, len(names) < 2 or self.rows.query.project is not None)

    def show_project(self, project: str | None) -> None:
        """Only the contributions to this project; None: to all."""
        self.rows.set_query(project=project)
        self.view.setColumnHidden(_PROJECT, self.rows.names_known < 2 or project is not None)

    def rest(self) -> None:
        """Nobody looks."""
        self.rows.rest()
        if self._settings is not None:
            self._settings.setValue(_WIDTHS, self.view.horizontalHeader().saveState())

    # --- from the person ----------------------------------------------------------------------------------------------

    def sort_by(self, column: int) -> None:
        """Sort by a column; once more, the other way round. A column that the node cannot sort by changes nothing."""
        order, query = self.rows.fields[column].order, self.rows.query
        if order is not None:
            # Words begin with A, amounts and times with the largest.
            first = order not in (Column.PROJECT, Column.VERDICT)
            self.rows.set_query(order=order, descending=not query.descending if order is query.order else first)
        self._show_order()

    def show_newer(self) -> None:
        """Show what has come since."""
        self.rows.reload()
        self.view.scrollToTop()

    def _show_order(self) -> None:
        query = self.rows.query
        column = next(at for at, field in enumerate(self.rows.fields) if field.order is query.order)
        order = Qt.SortOrder.DescendingOrder if query.descending else Qt.SortOrder.AscendingOrder
        header = self.view.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(column, order)
        header.blockSignals(False)

    def _current(self) -> ContributionEntry | None:
        return self.rows.entry(self.view.currentIndex().row())

    def _open(self, index: QModelIndex) -> None:
        self._open_entry(self.rows.entry(index.row()))

    def _open_entry(self, entry: ContributionEntry | None) -> None:
        if entry is not None:
            from lightwork_ui.pages.receipt import ReceiptDialog  # noqa: PLC0415  most visits open none

            name = self.rows.project_name(entry.project)
            ReceiptDialog(self._model, self._theme, entry, name, self.window()).open()

    def _copy(self, entry: ContributionEntry | None) -> None:
        if entry is not None:
            QGuiApplication.clipboard().setText(entry.digest)

    def _show_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if not index.isValid():
            index = self.view.currentIndex()
            at = self.view.visualRect(index).center()
        below = QPoint(self.view.frameWidth(), self.view.horizontalHeader().height())
        self.menu_for(index).popup(self.view.mapToGlobal(at + below))

    def menu_for(self, index: QModelIndex) -> QMenu:
        """What can be done with a row, and with the table."""
        menu, entry = QMenu(self.view), self.rows.entry(index.row()) if index.isValid() else None
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        verify, copy = menu.addAction(tr("&Verify receipt")), menu.addAction(tr("&Copy digest"))
        verify.triggered.connect(lambda: self._open_entry(entry))  # the row may be another's by then
        copy.triggered.connect(lambda: self._copy(entry))
        for action in (verify, copy):
            action.setEnabled(entry is not None)
        menu.addSeparator()
        orders = menu.addMenu(tr("&Sort by"))
        for column, field in enumerate(self.rows.fields):
            if field.order is not None:
                action = orders.addAction(field.name())
                action.setCheckable(True)
                action.setChecked(field.order is self.rows.query.order)
                action.triggered.connect(lambda _checked, column=column: self.sort_by(column))
        return menu

    # --- what is told -------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        rows = self.rows
        filtered = bool(rows.query.search or rows.query.state or rows.query.project)
        words = tr("Nothing matches.") if filtered else tr("Contributions are listed here once sent.")
        set_text(self.view.nothing, words if rows.known and not rows.total else "")
        set_text(self.count, tr("Contributions: {number}").format(number=text.number(rows.total)) if rows.known else "")
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.view.setHorizontalScrollBarPolicy(needed if rows.total else off)
        self.newer.setVisible(rows.newer > 0)
        if rows.newer > 0:
            words = tr("New contributions: {number}. Show").format(number=text.number(rows.newer))
            if self.newer.text() != words:
                self.newer.setText(words)
            if self._at_the_top:
                self.show_newer()

    @property
    def _at_the_top(self) -> bool:
        """Whether what is new may come in by itself: nothing is chosen, and the newest rows are looked at."""
        quiet = not self.view.selectionModel().hasSelection() and not self.view.underMouse()
        return quiet and self.rows.query.newest_first and self.view.verticalScrollBar().value() == 0

    def _failed(self, trouble: Trouble | None, _detail: str) -> None:
        if trouble is None:
            self._tell()
            return
        words = sentence_text(trouble_sentence(trouble))
        set_text(self.count, words)
        if not self.rows.total:
            set_text(self.view.nothing, words)

    def _tint(self) -> None:
        self._sign.setIcon(icons.icon("search", self._theme.colours.muted, (16, 32)))
