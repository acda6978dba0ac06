"""The table of contributions: fetched in pages, sorted and searched by the node, steady while new rows come."""

import re

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import REASONS
from lightwork.domain.states import ContributionState
from lightwork.protocol import control
from lightwork.protocol.control import Column
from lightwork.protocol.refusals import Refusal
from lightwork_ui.app import Program
from lightwork_ui.contributions import MOST_PAGES, PAGE, WAITING, ContributionTable
from lightwork_ui.pages.receipt import ReceiptDialog
from lightwork_ui.pages.stats_table import ContributionCard
from lightwork_ui.verdicts import SIGNS, reason_words, verdict_words

# Qt's offscreen screen does not know of sizes that a window may have; every real one does.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Ledger:
    """Answers `AskContributions`; row N of the newest first has digest "N counted from the oldest"."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.asked: list[control.AskContributions] = []

    def __call__(self, message: control.AskContributions) -> dict[str, object]:
        self.asked.append(message)
        numbers = range(self.total)[:: -1 if message.descending else 1]
        found = numbers[message.offset : message.offset + message.limit]
        page = control.ContributionPage(
            total=self.total, offset=message.offset, rows=tuple(self.row(number) for number in found)
        )
        return {"contributions": page}

    def row(self, number: int) -> control.ContributionEntry:
        states = list(ContributionState)
        return control.ContributionEntry(
            project="p1",
            digest=f"d{number}",
            state=states[number % 5].value if number >= 5 else "verified",
            reason="round_closed" if number % 5 == 4 else "",
            base_version=number,
            steps=10,
            tokens=1_000_000,
            operations=3 * 10**15,
            length=5_000_000,
            at=1.7e9 + number,
            receipt=number,
        )

    @property
    def offsets(self) -> list[int]:
        return [message.offset for message in self.asked]


@pytest.fixture
def ledger(node: FakeNode) -> Ledger:
    made = Ledger(100_000)
    node.replies[control.AskContributions] = made
    return made


@pytest.fixture
def table(qtbot: QtBot, program: Program, ledger: Ledger) -> ContributionTable:
    made = ContributionTable(program.model, program.theme)
    with qtbot.waitSignal(made.modelReset):
        made.reload()
    return made


def text_at(table: ContributionTable, row: int, column: int = 2) -> str:
    return str(table.index(row, column).data())


def wait_for_row(qtbot: QtBot, table: ContributionTable, row: int, words: str) -> None:
    qtbot.waitUntil(lambda: text_at(table, row) == words)


def test_rows_are_fetched_when_they_are_looked_at(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    assert table.rowCount() == 100_000
    assert text_at(table, 0) == "99,999"
    assert ledger.offsets == [0]
    assert text_at(table, 50_123) == WAITING
    assert table.entry(50_123) is None
    wait_for_row(qtbot, table, 50_123, "49,876")
    assert ledger.offsets == [0, 50_000]
    assert all(message.limit == PAGE for message in ledger.asked)


def test_only_where_the_scroll_bar_rests_is_asked_for(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    for row in range(10_000, 100_000, 1_000):
        text_at(table, row)
    wait_for_row(qtbot, table, 99_000, "999")
    assert len(ledger.asked) <= 1 + 3


def test_the_page_beside_is_fetched_in_advance(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    text_at(table, 100, 0)
    text_at(table, 190, 0)
    qtbot.waitUntil(lambda: ledger.offsets == [0, 200])
    wait_for_row(qtbot, table, 200, "99,799")
    assert len(ledger.asked) == 2


def test_what_nobody_looked_at_for_longest_is_let_go(qtbot: QtBot, table: ContributionTable) -> None:
    for page in range(1, MOST_PAGES + 3):
        wait_for_row(qtbot, table, page * PAGE + 100, f"{99_999 - page * PAGE - 100:,}")
    assert table.entry(100) is None
    assert table.entry(MOST_PAGES * PAGE) is not None


def test_a_query_is_the_nodes_work(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    with qtbot.waitSignal(table.modelReset):
        table.set_query(
            project="p1", state=ContributionState.REJECTED, search="x", order=Column.CREDIT, descending=False
        )
    (message,) = ledger.asked[1:]
    assert (message.project, message.state, message.search) == ("p1", ContributionState.REJECTED, "x")
    assert (message.order, message.descending, message.offset) == (Column.CREDIT, False, 0)
    assert text_at(table, 0) == "0"
    table.set_query(search="x")  # the same is not asked twice
    qtbot.wait(30)
    assert len(ledger.asked) == 2


def test_typing_is_one_question_and_rows_stay_meanwhile(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    with qtbot.waitSignal(table.modelReset):
        for words in ("s", "st", "sto"):
            table.set_query(at_once=False, search=words)
        assert text_at(table, 0) == "99,999"
    assert [message.search for message in ledger.asked] == ["", "sto"]


def test_an_answer_to_an_older_question_passes_by(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    text_at(table, 70_000)
    table.set_query(descending=False)
    qtbot.waitUntil(lambda: text_at(table, 0) == "0")
    wait_for_row(qtbot, table, 70_000, "70,000")


def test_new_rows_wait_and_those_looked_at_keep_their_places(
    qtbot: QtBot, table: ContributionTable, ledger: Ledger
) -> None:
    ledger.total += 3
    with qtbot.waitSignal(table.counted):
        table.refresh()
    qtbot.waitUntil(lambda: ledger.offsets[-1] == 3)  # asked again for the very same rows
    assert (table.total, table.newer) == (100_000, 3)
    assert text_at(table, 0) == "99,999"
    wait_for_row(qtbot, table, 400, "99,599")  # also what is fetched from now on
    with qtbot.waitSignal(table.modelReset):
        table.reload()
    assert (table.total, table.newer, text_at(table, 0)) == (100_003, 0, "100,002")


def test_a_new_verdict_is_shown_in_its_place(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    verdict = [field.order for field in table.fields].index(Column.VERDICT)
    assert text_at(table, 4, verdict) == "Sending"
    before, ledger.row = ledger.row, lambda number: before(number - number % 5 + 2)  # type: ignore[method-assign]
    changed: list[QModelIndex] = []
    table.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    table.refresh()
    qtbot.waitUntil(lambda: text_at(table, 4, verdict) == "Verified")
    assert changed == [0]
    assert table.newer == 0


def test_rows_that_are_gone_go(qtbot: QtBot, table: ContributionTable, ledger: Ledger) -> None:
    ledger.total = 150
    table.refresh()
    qtbot.waitUntil(lambda: table.rowCount() == 150)
    ledger.total = 0
    table.refresh()
    qtbot.waitUntil(lambda: table.rowCount() == 0)


def test_a_node_that_does_not_answer_is_told(
    qtbot: QtBot, table: ContributionTable, node: FakeNode, ledger: Ledger
) -> None:
    node.replies[control.AskContributions] = {"trouble": Trouble.BUSY}
    with qtbot.waitSignal(table.failed) as failed:
        text_at(table, 5_000)
    assert failed.args == [Trouble.BUSY, ""]
    node.replies[control.AskContributions] = ledger
    wait_for_row(qtbot, table, 5_000, "94,999")


def test_rows_that_were_asked_for_in_vain_are_painted_again(
    qtbot: QtBot, table: ContributionTable, node: FakeNode, ledger: Ledger
) -> None:
    node.replies[control.AskContributions] = {"trouble": Trouble.BUSY}
    with qtbot.waitSignal(table.failed):
        text_at(table, 50_000)
    node.replies[control.AskContributions] = ledger
    painted: list[int] = []
    table.dataChanged.connect(lambda first, last: painted.append(last.row() - first.row()))
    table.refresh()
    qtbot.waitUntil(lambda: table.rowCount() - 1 in painted)


def test_fewer_rows_than_were_promised_are_empty(qtbot: QtBot, table: ContributionTable, node: FakeNode) -> None:
    rows = (Ledger(9).row(1),)
    page = control.ContributionPage(total=100_000, offset=0, rows=rows)
    node.replies[control.AskContributions] = {"contributions": page}
    with qtbot.waitSignal(table.modelReset):
        table.reload()
    assert (text_at(table, 0), text_at(table, 1), table.entry(1)) == ("1", "", None)


def test_it_is_a_sound_model_of_qts(qtbot: QtBot, program: Program, ledger: Ledger) -> None:
    ledger.total = 450
    table = ContributionTable(program.model, program.theme)
    QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal, table)
    table.reload()
    qtbot.waitUntil(lambda: table.entry(0) is not None)
    wait_for_row(qtbot, table, 300, "149")
    ledger.total = 420
    table.refresh()
    qtbot.waitUntil(lambda: table.rowCount() == 420)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_reason_in_words(refusal: Refusal) -> None:
    words = reason_words(refusal.value)
    assert re.fullmatch(r"[A-Z].+\.", words)
    assert words != refusal.value


def test_no_reason_is_left_over() -> None:
    assert set(REASONS) == set(Refusal)
    assert reason_words("") == ""
    assert reason_words("<b>\u202enew") == "<b>new"


@pytest.mark.parametrize("state", ContributionState)
def test_every_verdict_has_words_and_a_sign_of_its_own(state: ContributionState) -> None:
    assert verdict_words(state.value) != state.value
    assert list(SIGNS.values()).count(SIGNS[state]) == 1


def test_a_verdict_of_a_newer_node_is_shown_as_it_is() -> None:
    assert verdict_words("split") == "split"


# --- the card ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def card(qtbot: QtBot, program: Program, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> ContributionCard:
    file = tmp_path_factory.mktemp("settings") / "w.ini"
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    made = ContributionCard(program.model, program.theme, settings)
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.show()
    made.rows.refresh()
    qtbot.waitUntil(lambda: made.rows.known)
    return made


def test_how_many_and_what_is_new(qtbot: QtBot, card: ContributionCard, ledger: Ledger) -> None:
    assert card.count.text() == "Contributions: 100,000"
    card.view.verticalScrollBar().setValue(5_000)
    card.view.setCurrentIndex(card.rows.index(150, 0))
    kept = card.view.verticalScrollBar().value(), card.view.currentIndex().row()
    ledger.total += 2
    card.rows.refresh()
    qtbot.waitUntil(card.newer.isVisible)
    assert "2" in card.newer.text()
    assert (card.view.verticalScrollBar().value(), card.view.currentIndex().row()) == kept
    card.newer.click()
    qtbot.waitUntil(lambda: card.count.text() == "Contributions: 100,002")
    assert (card.newer.isVisible(), card.view.verticalScrollBar().value()) == (False, 0)


def test_at_the_top_new_rows_come_in_by_themselves(qtbot: QtBot, card: ContributionCard, ledger: Ledger) -> None:
    ledger.total += 1
    card.rows.refresh()
    qtbot.waitUntil(lambda: text_at(card.rows, 0) == "100,000")


def test_a_click_on_a_column_sorts(qtbot: QtBot, card: ContributionCard, ledger: Ledger) -> None:
    header = card.view.horizontalHeader()
    orders = [field.order for field in card.rows.fields]
    card.sort_by(orders.index(Column.CREDIT))
    card.sort_by(orders.index(Column.CREDIT))
    card.sort_by(orders.index(Column.PROJECT))
    card.sort_by(orders.index(None))  # the node cannot sort by reasons
    qtbot.waitUntil(lambda: len(ledger.asked) >= 4)
    assert [(one.order, one.descending) for one in ledger.asked[1:]] == [
        (Column.CREDIT, True),
        (Column.CREDIT, False),
        (Column.PROJECT, False),
    ]
    assert header.sortIndicatorSection() == orders.index(Column.PROJECT)
    assert header.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder


def test_search_and_verdict(qtbot: QtBot, card: ContributionCard, ledger: Ledger) -> None:
    QTest.keyClicks(card.search, " story ")
    qtbot.waitUntil(lambda: ledger.asked[-1].search == "story")
    card.verdict.setCurrentIndex(card.verdict.findData(ContributionState.REJECTED))
    qtbot.waitUntil(lambda: ledger.asked[-1].state is ContributionState.REJECTED)
    ledger.total = 0
    card.search.setText("none such")
    qtbot.waitUntil(lambda: card.view.nothing.text() == "Nothing matches.")


def test_enter_opens_the_receipt_and_copying_copies_the_digest(
    qtbot: QtBot, card: ContributionCard, program: Program
) -> None:
    card.view.setCurrentIndex(card.rows.index(2, 0))
    QTest.keyClick(card.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "d99997"
    menu = card.menu_for(card.rows.index(3, 0))
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == "d99996"
    menu.close()
    QTest.keyClick(card.view, Qt.Key.Key_Return)
    dialogs = card.findChildren(ReceiptDialog)
    assert len(dialogs) == 1
    dialogs[0].reject()


def test_a_row_that_is_not_here_cannot_be_opened(card: ContributionCard) -> None:
    menu = card.menu_for(card.rows.index(60_000, 0))
    assert [action.isEnabled() for action in menu.actions()[:2]] == [False, False]
    menu.close()


def test_the_menu_sorts_too(qtbot: QtBot, card: ContributionCard, ledger: Ledger) -> None:
    menu = card.menu_for(QModelIndex())
    orders = menu.actions()[3].menu()
    assert len(orders.actions()) == len(Column)
    orders.actions()[-1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: ledger.asked[-1].order is Column.SIZE)


def test_widths_are_remembered(qtbot: QtBot, card: ContributionCard, program: Program) -> None:
    card.view.horizontalHeader().resizeSection(2, 222)
    card.rest()
    again = ContributionCard(program.model, program.theme, card._settings)
    qtbot.addWidget(again)
    assert again.view.columnWidth(2) == 222


def test_a_column_that_says_the_same_in_every_row_is_left_out(card: ContributionCard) -> None:
    card.show_projects({"p1": "One"})
    assert card.view.isColumnHidden(1)
    card.show_projects({"p1": "One", "p2": "<i>Two</i>"})
    assert not card.view.isColumnHidden(1)
    assert text_at(card.rows, 0, 1) == "One"
    card.show_project("p2")
    assert card.view.isColumnHidden(1)


def test_all_rows_can_be_painted_in_both_directions_and_themes(
    qtbot: QtBot, card: ContributionCard, program: Program
) -> None:
    card.view.selectionModel().select(card.rows.index(1, 0), QItemSelectionModel.SelectionFlag.Select)
    seen = set()
    for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
        for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
            program.theme.apply(scheme)
            card.setLayoutDirection(direction)
            seen.add(hash(card.view.grab().toImage().constBits().tobytes()))
    assert len(seen) == 4


def test_a_failure_is_told_in_words(qtbot: QtBot, card: ContributionCard, node: FakeNode, ledger: Ledger) -> None:
    node.replies[control.AskContributions] = {"trouble": Trouble.BUSY}
    card.rows.reload()
    qtbot.waitUntil(lambda: "at once" in card.count.text())
    node.replies[control.AskContributions] = ledger
    card.rows.refresh()
    qtbot.waitUntil(lambda: card.count.text() == "Contributions: 100,000")
