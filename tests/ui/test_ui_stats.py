"""The Stats page: history, loss curve, receipts, export; and that it asks only while it is seen."""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.states import ContributionState
from lightwork.domain.status import CreditStatus, LossPoint, NodeStatus, ProjectStatus
from lightwork.protocol import control
from lightwork.protocol.control import ExportKind, Period
from lightwork_ui.app import Program
from lightwork_ui.measures import Measure
from lightwork_ui.pages.receipt import ReceiptDialog, fingerprint, shown_document
from lightwork_ui.pages.stats import Stats
from lightwork_ui.widgets.labels import plain_label

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise")
MONDAY = datetime(2026, 11, 2)
CURVE = tuple(LossPoint(version=version, loss=5 - version / 100) for version in range(0, 200, 10))
PROJECT = ProjectStatus(id="p1", link="lightwork://x/p1", name="Open Story Model", version=190, held_out=CURVE)
ENTRIES = (
    control.ProjectEntry(id="p1", link="lightwork://x/p1", name="Open Story Model", chosen=True),
    control.ProjectEntry(id="p2", link="lightwork://x/p2", name="<b>Two</b>\u202e" + "w" * 10_000),
)
DOCUMENT = json.dumps({"body": "{}", "key": "3f9a1c22d07b4e61" * 4, "signature": "ab" * 64})


def history(message: control.AskHistory, amounts: tuple[int, ...] = (0, 2, 5, 1)) -> dict[str, object]:
    entries = tuple(
        control.HistoryEntry(
            start=(MONDAY + timedelta(days=index)).timestamp(),
            end=(MONDAY + timedelta(days=index + 1)).timestamp(),
            verified=amount * 10**15,
            rejected=0,
            tokens=amount * 1_000,
            contributions=amount,
            sent=amount * 1_000_000,
            received=amount * 2_000_000,
            joules=amount * 3.6e6,
            seconds=amount * 60.0,
        )
        for index, amount in enumerate(amounts)
    )
    rounds = () if message.project is None else (11, 12, 20)
    return {
        "history": control.HistoryReport(period=message.period, project=message.project, entries=entries, rounds=rounds)
    }


def contribution(state: str = "verified", **fields: object) -> control.ContributionEntry:
    common: dict[str, object] = {
        "project": "p1", "digest": "d" * 64, "state": state, "reason": "", "base_version": 12, "steps": 96,
        "tokens": 612_000, "operations": 39 * 10**14, "length": 5_000_000, "at": 1.7e9, "receipt": 7,
    }  # fmt: skip
    return control.ContributionEntry(**(common | fields))  # type: ignore[arg-type]


def receipt(**fields: object) -> dict[str, object]:
    common: dict[str, object] = {
        "project": "p1", "name": "Open Story Model", "number": 7, "account": "9c" * 32, "contribution": "d" * 64,
        "round": 12, "steps": 96, "tokens": 612_000, "operations": 39 * 10**14, "verified": True, "reason": "",
        "issued": 1.7e9, "key": "3f9a1c22d07b4e61" * 4, "document": DOCUMENT,
    }  # fmt: skip
    return {"receipt": control.ReceiptEntry(**(common | fields))}  # type: ignore[arg-type]


@pytest.fixture
def ready(node: FakeNode) -> FakeNode:
    node.first_status = NodeStatus(at=1.7e9, project=PROJECT, credits=CreditStatus(receipts=7))
    rows = tuple(contribution(digest=f"{index:064}") for index in range(60))
    node.replies |= {
        control.AskHistory: history,
        control.AskProjects: {"projects": ENTRIES},
        control.AskContributions: {"contributions": control.ContributionPage(total=60, offset=0, rows=rows)},
        control.AskReceipt: receipt(),
        control.AskProject: {"trouble": Trouble.HOST_UNREACHABLE},
        control.Export: {"rows": 1_234},
    }
    return node


@pytest.fixture
def stats(qtbot: QtBot, ready: FakeNode, program: Program) -> Stats:
    program.window.go("stats")
    page = program.window.stack.currentWidget()
    assert isinstance(page, Stats)
    page.again.setInterval(0)
    qtbot.waitUntil(lambda: page.complete and page.history.bars.count() > 0)
    qtbot.waitUntil(lambda: page.projects.count() == 3)
    return page


def asked(node: FakeNode, kind: type) -> list[control.FromClient]:
    return [message for message in node.commands() if isinstance(message, kind)]


# --- history ----------------------------------------------------------------------------------------------------------


def test_four_figures_and_the_bars_of_one(qtbot: QtBot, stats: Stats) -> None:
    card = stats.history
    assert {measure: tile.value.text() for measure, tile in card.tiles.items()} == {
        Measure.CREDITS: "8.00",
        Measure.TOKENS: "8.0K",
        Measure.TRAFFIC: "↑ 8.00 MB  ↓ 16.0 MB",
        Measure.ENERGY: "8.00 kWh",
    }
    assert card.readout.text() == "2 Nov – 5 Nov"
    words = card.bars.accessibleName()
    assert "8.00 credits in all" in words
    assert "Wed 4 Nov, 5.00 credits" in words
    card.tiles[Measure.TRAFFIC].click()
    assert "uploaded 8.00 MB" in card.bars.accessibleName()


def test_what_is_pointed_at_is_read_out(stats: Stats) -> None:
    card = stats.history
    height = card.height()
    card.bars.setFocus()
    QTest.keyClick(card.bars, Qt.Key.Key_Left)
    assert card.readout.text() == "Thu 5 Nov, so far: 1.00 credits"
    assert card.bars.accessibleDescription() == card.readout.text()
    QTest.keyClick(card.bars, Qt.Key.Key_Left)
    assert card.readout.text() == "Wed 4 Nov: 5.00 credits"
    card.bars.clearFocus()
    assert card.readout.text() == "2 Nov – 5 Nov"
    assert card.height() == height


def test_the_same_numbers_as_a_table(stats: Stats) -> None:
    card = stats.history
    height = card.sizeHint().height()
    card.choose(Measure.TRAFFIC)
    card.twin.button.click()
    table = card.twin.table
    assert table is not None
    assert table.figures.names == ("Day", "Uploaded", "Downloaded")
    assert table.figures.rows[0] == ("Thu 5 Nov, so far", "1.00 MB", "2.00 MB")
    assert [table.figures.index(1, column).data() for column in range(3)] == ["Wed 4 Nov", "5.00 MB", "10.0 MB"]
    table.selectRow(1)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Wed 4 Nov\t5.00 MB\t10.0 MB"
    card.choose(Measure.CREDITS)
    assert table.figures.rows[0][1] == "1.00"
    assert card.sizeHint().height() == height
    card.twin.button.click()
    assert card.twin.table is None


def test_another_period_is_asked_for(qtbot: QtBot, stats: Stats, ready: FakeNode) -> None:
    stats.history.periods[Period.WEEK].click()
    card = stats.history
    qtbot.waitUntil(lambda: "week of 4 Nov" in card.bars.accessibleName())
    message = asked(ready, control.AskHistory)[-1]
    assert isinstance(message, control.AskHistory)
    assert (message.period, message.count, message.project) == (Period.WEEK, 26, None)
    assert stats.export.period is Period.WEEK


@pytest.mark.parametrize("amounts", [(0, 0), ()])
def test_nothing_done_is_said_in_words(qtbot: QtBot, ready: FakeNode, stats: Stats, amounts: tuple[int, ...]) -> None:
    card = stats.history
    ready.replies[control.AskHistory] = lambda message: history(message, amounts)
    stats.refresh()
    qtbot.waitUntil(lambda: "Press Contribute" in card.bars.nothing)
    assert not card.legend.isVisible()


def test_energy_that_was_not_measured_is_no_zero(qtbot: QtBot, ready: FakeNode, stats: Stats) -> None:
    card = stats.history

    def without(message: control.AskHistory) -> dict[str, object]:
        report = history(message)["history"]
        assert isinstance(report, control.HistoryReport)
        entries = tuple(msgspec.structs.replace(one, joules=0.0) for one in report.entries)
        return {"history": msgspec.structs.replace(report, entries=entries)}

    ready.replies[control.AskHistory] = without
    card.choose(Measure.ENERGY)
    stats.refresh()
    qtbot.waitUntil(lambda: "do not tell" in card.bars.nothing)


# --- projects and the loss curve --------------------------------------------------------------------------------------


def test_a_project_filters_everything(qtbot: QtBot, stats: Stats, ready: FakeNode) -> None:
    name = stats.projects.itemText(2)
    assert len(name) <= 62
    assert "\u202e" not in name
    stats.projects.setCurrentIndex(2)
    qtbot.waitUntil(
        lambda: all(
            any(message.project == "p2" for message in asked(ready, kind))  # type: ignore[union-attr]
            for kind in (control.AskHistory, control.AskContributions)
        )
    )
    assert stats.export.project == "p2"
    loss = stats.loss
    # Another project's host is asked, and what it does not answer is said.
    qtbot.waitUntil(lambda: "does not answer" in loss.curve.nothing)
    stats.projects.setCurrentIndex(1)
    qtbot.waitUntil(lambda: loss.curve.count() == len(CURVE))


def test_the_curve_and_your_rounds(qtbot: QtBot, stats: Stats) -> None:
    loss = stats.loss
    qtbot.waitUntil(lambda: sum(mark.count for mark in loss.curve.marks) == 3)
    assert loss.curve.count() == len(CURVE)
    assert "Your rounds: 3" in loss.readout.text()
    loss.curve.setFocus()
    loss.curve.point_at(2)
    assert loss.readout.text() == "Round 20: 4.800. Your rounds since the point before: 3."
    assert loss.curve.accessibleDescription() == loss.readout.text()
    loss.twin.button.click()
    table = loss.twin.table
    assert table is not None
    assert table.figures.rows[-3] == ("20", "4.800", "3")


def test_a_host_may_tell_anything(qtbot: QtBot, stats: Stats, show: Callable[[NodeStatus], None]) -> None:
    loss = stats.loss
    strange = (
        LossPoint(version=9, loss=2.0),
        LossPoint(version=3, loss=1e300),
        LossPoint(version=3, loss=3.0),
        LossPoint(version=2**60, loss=1.0),
        LossPoint(version=-5, loss=1.0),
    )
    show(NodeStatus(revision=2, project=dataclasses.replace(PROJECT, name="<i>x</i>", held_out=strange)))
    qtbot.waitUntil(lambda: loss.curve.count() == 2)
    assert loss.readout.text().startswith("<i>x</i>: 2.000 in round 9")
    show(NodeStatus(revision=3, project=dataclasses.replace(PROJECT, held_out=())))
    qtbot.waitUntil(lambda: "not told" in loss.curve.nothing)
    show(NodeStatus(revision=4))
    qtbot.waitUntil(lambda: "Join a project" in loss.curve.nothing)


# --- when it asks -----------------------------------------------------------------------------------------------------


def test_it_asks_again_only_for_what_may_have_changed(
    qtbot: QtBot, stats: Stats, ready: FakeNode, show: Callable[[NodeStatus], None]
) -> None:
    before = len(asked(ready, control.AskHistory))
    status = ready.first_status
    assert status is not None
    show(dataclasses.replace(status, revision=5, at=9.0))
    qtbot.wait(30)
    assert len(asked(ready, control.AskHistory)) == before
    stats.asked_at = -1e9
    show(dataclasses.replace(status, revision=6, credits=CreditStatus(receipts=8)))
    qtbot.waitUntil(lambda: len(asked(ready, control.AskHistory)) > before)


def test_many_changes_are_one_question(
    qtbot: QtBot, stats: Stats, ready: FakeNode, show: Callable[[NodeStatus], None]
) -> None:
    before = len(asked(ready, control.AskProjects))
    for receipts in range(20, 30):
        show(NodeStatus(revision=receipts, project=PROJECT, credits=CreditStatus(receipts=receipts)))
    qtbot.wait(50)
    assert len(asked(ready, control.AskProjects)) == before  # it has asked just now
    assert stats.again.isActive()


def test_hidden_it_asks_nothing(
    qtbot: QtBot, stats: Stats, ready: FakeNode, program: Program, show: Callable[[NodeStatus], None]
) -> None:
    program.window.go("home")
    stats.asked_at = -1e9
    before = len(ready.commands())
    show(NodeStatus(revision=7, project=PROJECT, credits=CreditStatus(receipts=99)))
    qtbot.wait(50)
    assert len(ready.commands()) == before
    assert not stats.again.isActive()
    program.window.go("stats")
    qtbot.waitUntil(lambda: len(ready.commands()) > before)


def test_without_a_node_it_says_so_and_asks_when_there_is_one(qtbot: QtBot, ready: FakeNode, program: Program) -> None:
    ready.die()
    qtbot.waitUntil(lambda: not program.model.live)
    program.window.go("stats")
    page = program.window.stack.currentWidget()
    assert isinstance(page, Stats)
    qtbot.waitUntil(lambda: page.complete and "not running" in page.history.bars.nothing)
    page.again.setInterval(0)
    page.asked_at = -1e9
    ready.open()
    qtbot.waitUntil(lambda: page.history.bars.count() == 4, timeout=10_000)


def test_left_while_it_is_made_it_is_made_on_the_next_visit(qtbot: QtBot, ready: FakeNode, program: Program) -> None:
    program.window.go("stats")
    page = program.window.stack.currentWidget()
    assert isinstance(page, Stats)
    program.window.go("home")
    qtbot.wait(30)
    assert not page.complete
    program.window.go("stats")
    qtbot.waitUntil(lambda: page.complete)


def test_the_wheel_at_the_end_of_the_table_turns_the_page(qtbot: QtBot, stats: Stats) -> None:
    card = stats.contributions
    qtbot.waitUntil(lambda: card.rows.total == 60)
    stats.verticalScrollBar().setValue(0)
    bar = card.view.verticalScrollBar()

    def taken(turn: int) -> bool:
        middle = QPointF(card.view.viewport().rect().center())
        event = QWheelEvent(
            middle, card.view.viewport().mapToGlobal(middle), QPoint(), QPoint(0, turn),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(card.view.viewport(), event)
        return event.isAccepted()

    assert taken(-120)
    assert bar.value() > 0
    bar.setValue(bar.maximum())
    assert not taken(-120)  # Qt passes on to the page what the table has not taken
    assert taken(120)


def test_a_choice_is_not_turned_by_the_wheel(stats: Stats) -> None:
    middle = QPointF(5, 5)
    event = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(stats.projects, event)
    assert stats.project is None


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def dialog(qtbot: QtBot, ready: FakeNode, program: Program) -> Callable[[control.ContributionEntry], ReceiptDialog]:
    def make(entry: control.ContributionEntry) -> ReceiptDialog:
        made = ReceiptDialog(program.model, program.theme, entry, "Open Story Model", program.window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.open()
        return made

    return make


Opener = Callable[[control.ContributionEntry], ReceiptDialog]


def fields_of(dialog: ReceiptDialog) -> list[str]:
    labels = dialog.findChildren(type(plain_label("value")))
    return [label.accessibleName() for label in labels if label.accessibleName()]


def test_a_receipt_that_is_well_signed(qtbot: QtBot, dialog: Opener, tmp_path: Path) -> None:
    shown = dialog(contribution())
    qtbot.waitUntil(lambda: shown.verdict.property("role") == "good")
    assert shown.verdict.text() == "Signature checked: signed by 3f9a 1c22 d07b 4e61 3f9a 1c22 of Open Story Model."
    qtbot.waitUntil(lambda: "Receipt: 7" in fields_of(shown))
    assert {"Verdict: Verified", "Credits: 3.90", f"Digest: {'d' * 64}"} <= set(fields_of(shown))
    assert shown.document.toPlainText() == DOCUMENT
    shown.copy.click()
    assert QGuiApplication.clipboard().text() == DOCUMENT
    file = tmp_path / "receipt.json"
    shown.write(str(file))
    assert file.read_text(encoding="utf-8") == DOCUMENT
    shown.write(str(tmp_path / "no such folder" / "receipt.json"))
    assert "cannot be written" in shown.verdict.text()


def test_a_receipt_that_nobody_signed(qtbot: QtBot, ready: FakeNode, dialog: Opener) -> None:
    ready.replies[control.AskReceipt] = receipt(
        complaint=Trouble.DOCUMENT_TAMPERED, verified=False, reason="norm_too_large", document='"\u202eevil"'
    )
    shown = dialog(contribution("rejected"))
    qtbot.waitUntil(lambda: shown.verdict.property("role") == "error")
    assert "did not sign" in shown.verdict.text()
    assert "Reason: It is far larger than training could make it." in fields_of(shown)
    assert shown.document.toPlainText() == '"\\u202eevil"'
    shown.copy.click()
    assert QGuiApplication.clipboard().text() == '"\u202eevil"'  # what was signed, sign for sign


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ContributionState.SENDING, "still being sent"),
        (ContributionState.PENDING, "has not judged it yet"),
        (ContributionState.RETURNED, "was not taken"),
    ],
)
def test_there_is_no_receipt_yet(ready: FakeNode, dialog: Opener, state: ContributionState, words: str) -> None:
    shown = dialog(contribution(state.value, receipt=None))
    assert words in shown.verdict.text()
    assert not shown.copy.isEnabled()
    assert not asked(ready, control.AskReceipt)


@pytest.mark.parametrize(
    ("trouble", "words"), [(Trouble.RECEIPT_UNKNOWN, "no receipt"), (Trouble.NODE_AWAY, "not running")]
)
def test_a_receipt_that_cannot_be_had(
    qtbot: QtBot, ready: FakeNode, dialog: Opener, trouble: Trouble, words: str
) -> None:
    ready.replies[control.AskReceipt] = {"trouble": trouble}
    shown = dialog(contribution())
    qtbot.waitUntil(lambda: words in shown.verdict.text())


def test_saving_asks_where(qtbot: QtBot, dialog: Opener, tmp_path: Path) -> None:
    shown = dialog(contribution())
    qtbot.waitUntil(shown.save.isEnabled)
    shown.save.click()
    (files,) = shown.findChildren(QFileDialog)
    assert Path(files.selectedFiles()[0]).name == "lightwork-receipt-7.json"
    files.fileSelected.emit(str(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_text() == DOCUMENT
    files.reject()


def test_keys_in_groups() -> None:
    assert fingerprint("0123456789abcdef" * 4) == "0123 4567 89ab cdef 0123 4567"
    assert fingerprint("") == ""
    assert len(shown_document("x" * 10**6)) == 20_000


# --- export -----------------------------------------------------------------------------------------------------------


def test_export_asks_where_and_tells_what_came_of_it(
    qtbot: QtBot, stats: Stats, ready: FakeNode, tmp_path: Path
) -> None:
    dialog = stats.export.ask_where(ExportKind.HISTORY)
    assert not dialog.isHidden()  # and the window goes on
    name = Path(dialog.selectedFiles()[0]).name
    assert name.startswith("lightwork-history-20")
    assert name.endswith(".csv")
    dialog.fileSelected.emit(str(tmp_path / "a.csv"))
    dialog.reject()
    qtbot.waitUntil(lambda: stats.export.outcome.label.text() == "Rows written to a.csv: 1,234")
    (message,) = asked(ready, control.Export)
    assert isinstance(message, control.Export)
    assert (message.what, message.file, message.period) == (ExportKind.HISTORY, str(tmp_path / "a.csv"), Period.DAY)
    assert stats.export.outcome.show_folder.isVisibleTo(stats)


def test_an_export_that_fails_is_told_in_words(qtbot: QtBot, stats: Stats, ready: FakeNode) -> None:
    ready.replies[control.Export] = {"trouble": Trouble.FILE_REFUSED, "detail": "/x: <b>read-only</b>"}
    stats.export.write(ExportKind.RECEIPTS, "/x")
    outcome = stats.export.outcome
    qtbot.waitUntil(lambda: "cannot be written" in outcome.label.text())
    assert "<b>read-only</b>" in outcome.label.text()
    assert outcome.label.textFormat() is Qt.TextFormat.PlainText
    assert not outcome.show_folder.isVisibleTo(stats)
    assert stats.export.isEnabled()


def test_the_menu_names_the_period(stats: Stats) -> None:
    menu = stats.export.menu()
    stats.export.period = Period.MONTH
    menu.aboutToShow.emit()
    assert [action.text().replace("&", "") for action in menu.actions()] == [
        "Contributions…",
        "Receipts…",
        "History by month…",
    ]


# --- everybody --------------------------------------------------------------------------------------------------------


def test_everything_can_be_reached_and_has_a_name(stats: Stats) -> None:
    for widget in stats.findChildren(QWidget):
        if not widget.isVisibleTo(stats) or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        if widget.objectName().startswith("qt_"):
            continue  # Qt's own parts of a control
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget


@pytest.mark.parametrize(("width", "height"), [(480, 360), (900, 600), (3840, 2160)])
def test_it_fits(qtbot: QtBot, stats: Stats, program: Program, width: int, height: int) -> None:
    program.window.resize(width, height)
    qtbot.waitUntil(lambda: program.window.width() == width)
    qtbot.wait(20)
    content = stats.widget()
    assert content.width() <= stats.viewport().width()
    for part in (stats.history, stats.loss, stats.contributions):
        assert part is not None
        assert part.minimumSizeHint().width() <= part.width()
