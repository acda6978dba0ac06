"""The settings page, from the declaration to the node and back."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt, QTime
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.hours import minutes_of, parse_hours, write_hours
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import DeviceKind, Sense
from lightwork.domain.status import DeviceStatus, NodeStatus, ProjectStatus, SenseNote
from lightwork.protocol import control
from lightwork.settings import declared
from lightwork.settings.declared import ALL, Kind, Page
from lightwork_ui.app import Program
from lightwork_ui.link import Link
from lightwork_ui.model import Model
from lightwork_ui.pages.programs import ProgramsDialog
from lightwork_ui.pages.settings import Settings
from lightwork_ui.pages.settings_changes import Changes
from lightwork_ui.pages.settings_rows import make_row
from lightwork_ui.text import number
from lightwork_ui.theme import Theme
from lightwork_ui.widgets import field as fields
from lightwork_ui.widgets import wide_fields
from lightwork_ui.widgets.chips import names_in
from lightwork_ui.widgets.field import value_text
from lightwork_ui.widgets.number_box import NumberBox
from lightwork_ui.widgets.setting_row import SettingRow
from lightwork_ui.widgets.switch import Switch

pytestmark = pytest.mark.qt_log_ignore(
    "does not support (raise|propagateSizeHints)"
)  # nor has the platform without a screen

Show = Callable[[NodeStatus], None]
CARD = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="Card X")
OLD = DeviceStatus(id="cuda:1", kind=DeviceKind.GPU, name="Card Old", usable=False)


def entries(**values: object) -> dict[str, object]:
    """A reply with all settings; `pausing__games=False` differs from the default."""
    wanted = {key.replace("__", "."): value for key, value in values.items()}
    rows = [control.SettingEntry(key=s.key, value=wanted.get(s.key, s.default), default=s.default) for s in ALL]
    return {"settings": tuple(rows)}


def open_page(qtbot: QtBot, node: FakeNode, program: Program, **values: object) -> Settings:
    node.replies[control.AskSettings] = entries(**values)
    node.replies[control.AskDevices] = {"devices": (CARD, OLD)}
    program.window.show()
    program.window.activateWindow()
    program.window.go("settings")
    page = program.window.stack.currentWidget()
    assert isinstance(page, Settings)
    qtbot.waitUntil(lambda: page.complete and len(page.changes.values) == len(ALL))
    return page


@dataclass
class Bench:
    """A page alone, and the node that it speaks to. Built once for all tests here, as building takes its time."""

    node: FakeNode
    link: Link
    page: Settings


@pytest.fixture(scope="module")
def bench(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    node = FakeNode(tmp_path_factory.mktemp("bench") / "node.json")
    theme, link = Theme(qapp), Link(node.door, node.open)
    page = Settings(Model(link, parent=link), theme)
    window = QStackedWidget()  # of which other pages take the place
    window.addWidget(page)
    window.resize(860, 680)
    window.show()
    link.open()
    # All of it, popups too, is there before the first test begins: what a test adds is let go at its end.
    for _ in range(1000):
        if page.complete and node.sockets:
            break
        QTest.qWait(10)
    assert page.complete
    yield Bench(node, link, page)
    link.close()
    node.die()
    window.deleteLater()
    theme.deleteLater()


@pytest.fixture
def host(qtbot: QtBot, bench: Bench) -> FakeNode:
    """The page's node, as if nobody had asked it anything."""
    qtbot.waitUntil(lambda: bool(bench.node.sockets))
    bench.node.replies = {control.AskSettings: entries(), control.AskDevices: {"devices": (CARD, OLD)}}
    bench.node.received.clear()
    bench.node.say(NodeStatus())
    return bench.node


@pytest.fixture
def page(qtbot: QtBot, host: FakeNode, bench: Bench) -> Iterator[Settings]:
    """The page with all defaults, in view, at its top."""
    page = bench.page
    page.search.clear()
    page.changes.read()
    fill(qtbot, host, page)
    page.verticalScrollBar().setValue(0)
    page.anchors.mark(0)
    page.search.setFocus()
    for row in page.rows.values():
        row.complain("")
    hours_field(page).toggle.setChecked(False)
    for section in page.sections.values():
        if section.more is not None:
            section.more.setChecked(False)
    host.received.clear()
    yield page
    page.hide()


def fill(qtbot: QtBot, host: FakeNode, page: Settings, **values: object) -> Settings:
    """Let the node have these values, all else at its default, and look at the page again."""
    host.replies[control.AskSettings] = entries(**values)
    wanted = {entry.key: entry.value for entry in host.replies[control.AskSettings]["settings"]}  # type: ignore[attr-defined]
    page.hide()
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    qtbot.waitUntil(lambda: page.complete and page.changes.values == wanted)
    qtbot.waitUntil(lambda: {key: row.value for key, row in page.rows.items()} == wanted)
    return page


@pytest.fixture
def show(qtbot: QtBot, host: FakeNode, bench: Bench) -> Show:
    """Send a snapshot and wait until it is on the page."""

    def sender(status: NodeStatus) -> None:
        host.say(status)
        qtbot.waitUntil(lambda: bench.page._model.status == status)

    return sender


@pytest.fixture
def changes(qtbot: QtBot, host: FakeNode) -> Callable[[int], list[tuple[str, object]]]:
    """Wait for so many changes, and give all that the node was asked for."""

    def wait(count: int) -> list[tuple[str, object]]:
        def found() -> list[tuple[str, object]]:
            return [(m.key, m.value) for m in host.commands() if isinstance(m, control.Change)]

        qtbot.waitUntil(lambda: len(found()) >= count)
        return found()

    return wait


Asked = Callable[[int], list[tuple[str, object]]]


def control_of(page: Settings, setting: declared.Setting[Any]) -> Any:
    row = page.rows[setting.key]
    page.sections[setting.page].expand()
    return row.field.focus


def press(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(widget, key)


# --- the declaration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.key)
def test_every_setting_has_a_control_of_its_kind(qtbot: QtBot, qapp: QApplication, setting: Any) -> None:
    theme = Theme(qapp)
    row = make_row(setting, theme, pick_programs=lambda _field: None, choose_project=lambda: None)
    qtbot.addWidget(row)
    expected = {
        Kind.SHARE: fields.NumberField,
        Kind.PROGRAMS: wide_fields.ProgramsField,
        Kind.HOURS: wide_fields.HoursField,
        Kind.DEVICE: wide_fields.DeviceField,
        Kind.PROJECT: fields.LinkField,
        Kind.PLAIN: fields.ChoiceField if setting.choices else fields.PLAIN[setting.type],
    }
    assert type(row.field) is expected[setting.kind]
    assert row.label.text() == setting.label
    assert row.help.text() == setting.help
    assert setting.zero == "" or setting.minimum == 0
    theme.deleteLater()


def test_all_settings_stand_on_the_page_under_their_section(page: Settings) -> None:
    assert set(page.rows) == {setting.key for setting in ALL}
    assert list(page.sections) == list(Page)
    for key, row in page.rows.items():
        assert page.sections[row.field.setting.page].isAncestorOf(row), key
    places = [section.mapTo(page, QPoint(0, 0)).y() for section in page.sections.values()]
    assert places == sorted(places)
    assert [button.text() for button in page.anchors.buttons] == [part.value for part in Page]


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        (declared.PAUSING_GAMES, True, "on"),
        (declared.PAUSING_HOURS, "", "empty"),
        (declared.PAUSING_HOURS, "mon 00:00-01:00", "mon 00:00-01:00"),
        (declared.COMPUTING_WATTS, 0.0, "no limit"),
        (declared.COMPUTING_WATTS, 150.0, "150\u00a0W"),
        (declared.COMPUTING_MEMORY_SHARE, 0.5, "50 %"),
        (declared.PAUSING_DISK_FREE_GB, 2.5, "2.50\u00a0GB"),
    ],
)
def test_values_in_words(setting: Any, value: Any, text: str) -> None:
    assert value_text(setting, value) == text


# --- each kind of control ---------------------------------------------------------------------------------------------


def test_a_switch_is_a_check_box_that_changes_at_once(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    switch = control_of(page, declared.PAUSING_GAMES)
    assert isinstance(switch, Switch)
    assert QAccessible.queryAccessibleInterface(switch).role() == QAccessible.Role.CheckBox
    assert switch.isChecked()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    switch.setFocus()
    press(qtbot, switch, Qt.Key.Key_Space, Qt.Key.Key_Return)
    assert changes(3) == [("pausing.games", False), ("pausing.games", True), ("pausing.games", False)]


def test_a_number_is_sent_after_a_rest(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    box = control_of(page, declared.PAUSING_IN_USE_MINUTES)
    assert box.text() == "off"
    box.setFocus()
    press(qtbot, box, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up)
    assert box.text() == "3\u00a0min"
    assert changes(1) == [("pausing.in_use_minutes", 3.0)]


def test_a_share_is_typed_in_percent(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    box = control_of(page, declared.COMPUTING_MEMORY_SHARE)
    assert box.text() == "50\u00a0%"
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "72.5")
    qtbot.wait(fields.REST_MS + 50)
    assert page.rows["computing.memory_share"].field.unsent
    press(qtbot, box, Qt.Key.Key_Return)
    assert changes(1) == [("computing.memory_share", 0.725)]
    press(qtbot, box, Qt.Key.Key_Up)
    assert box.text() == "75\u00a0%"


def test_a_whole_number_stays_whole_and_within_its_bounds(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    box = control_of(page, declared.COMPUTING_THREADS)
    assert (box.text(), box.maximum()) == ("automatic", 256)
    box.setValue(12)
    ((key, value),) = changes(1)
    assert (key, value) == ("computing.threads", 12)
    assert isinstance(value, int)


def test_numbers_show_no_digits_that_mean_nothing(qtbot: QtBot) -> None:
    box = NumberBox(0, 1000, 0.01, whole=False)
    qtbot.addWidget(box)
    for value, text in ((0.0, "0"), (0.3, "0.3"), (1.2345, "1.2345"), (2.0, "2"), (999.99, "999.99")):
        box.setValue(value)
        assert box.text() == text == number(value, len(text.partition(".")[2]))


def test_the_wheel_scrolls_the_page_and_changes_nothing(page: Settings) -> None:
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    for setting in (declared.PAUSING_IN_USE_MINUTES, declared.COMPUTING_DEVICE):
        box = control_of(page, setting)
        event.accept()
        box.wheelEvent(event)
        assert not event.isAccepted()


def test_a_choice(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp)
    setting = declared.Setting(
        key="a.b", type=str, default="s", choices=("s", "m"), label="Size", help="", page=Page.GENERAL
    )
    row = make_row(setting, theme, pick_programs=lambda _field: None, choose_project=lambda: None)
    qtbot.addWidget(row)
    row.show_value("m")
    box = row.field.focus
    assert isinstance(box, QComboBox)
    assert box.currentText() == "m"
    got: list[object] = []
    row.changed.connect(got.append)
    box.setFocus()
    press(qtbot, box, Qt.Key.Key_Up)
    assert got == ["s"]
    theme.deleteLater()


def test_a_text_is_sent_when_it_is_finished(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    line = control_of(page, declared.COST_CURRENCY)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, " CHF ")
    press(qtbot, line, Qt.Key.Key_Return)
    assert changes(1) == [("cost.currency", "CHF")]
    qtbot.keyClicks(line, "x")
    press(qtbot, line, Qt.Key.Key_Escape, Qt.Key.Key_Tab)
    assert line.text() == "CHF"
    assert len(changes(1)) == 1


def test_devices_by_name(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    box = control_of(page, declared.COMPUTING_DEVICE)
    qtbot.waitUntil(lambda: box.count() == 2)
    assert [box.itemText(index) for index in range(2)] == ["Automatic", "Card X"]
    box.setFocus()
    press(qtbot, box, Qt.Key.Key_Down)
    assert changes(1) == [("computing.device", "cuda:0")]
    field = page.rows["computing.device"].field
    field.show_value("cuda:7")
    assert box.currentText() == "cuda:7 (not found)"
    field.show_devices((CARD, replace(CARD, id="cuda:2")))
    assert [box.itemText(index) for index in range(3)] == ["Automatic", "Card X (cuda:0)", "Card X (cuda:2)"]


def test_programs_as_chips(qtbot: QtBot, host: FakeNode, page: Settings, changes: Asked) -> None:
    fill(qtbot, host, page, pausing__programs="blender; Obs & Co")
    field = page.rows["pausing.programs"].field
    assert isinstance(field, wide_fields.ProgramsField)
    assert [chip.accessibleName() for chip in field.chips.buttons] == ["Remove blender", "Remove Obs & Co"]
    line = field.chips.line
    line.setFocus()
    qtbot.keyClicks(line, "steam; BLENDER")
    press(qtbot, line, Qt.Key.Key_Return)
    assert changes(1) == [("pausing.programs", "blender; Obs & Co; steam")]
    field.chips.buttons[0].setFocus()
    press(qtbot, field.chips.buttons[0], Qt.Key.Key_Space)
    assert changes(2)[1] == ("pausing.programs", "Obs & Co; steam")
    assert field.chips.buttons[0].hasFocus()


@given(st.text(max_size=60))
def test_names_are_kept_once(text: str) -> None:
    found = names_in(text)
    assert len({name.casefold() for name in found}) == len(found)
    assert names_in("; ".join(found)) == found


def test_a_running_program_is_picked(qtbot: QtBot, host: FakeNode, page: Settings, changes: Asked) -> None:
    running = [("firefox", 12), ("Elden <b>Ring</b>", 1), ("steam", 7)]
    host.replies[control.AskPrograms] = {
        "programs": tuple(control.ProgramEntry(name=n, path=f"/x/{n}", processes=c) for n, c in running)
    }
    field = page.rows["pausing.programs"].field
    assert isinstance(field, wide_fields.ProgramsField)
    qtbot.mouseClick(field.pick, Qt.MouseButton.LeftButton)
    dialog = page.window().findChild(ProgramsDialog)
    qtbot.waitUntil(lambda: dialog.table.model().rowCount() == 3)
    assert not dialog.take.isEnabled()
    qtbot.keyClicks(dialog.search, "ELD")
    assert dialog.table.model().rowCount() == 1
    assert dialog.take.isEnabled()
    qtbot.keyClicks(dialog.search, "zz")
    assert dialog.remark.text() == "No such program runs now."
    assert not dialog.take.isEnabled()
    press(qtbot, dialog.search, Qt.Key.Key_Escape)
    qtbot.keyClicks(dialog.search, "eld")
    press(qtbot, dialog.search, Qt.Key.Key_Return)
    assert changes(1) == [("pausing.programs", "Elden <b>Ring</b>")]
    qtbot.waitUntil(lambda: page.window().findChild(ProgramsDialog) is None)


def test_without_an_answer_the_list_says_why(qtbot: QtBot, host: FakeNode, page: Settings) -> None:
    host.replies[control.AskPrograms] = {"trouble": Trouble.BUSY}
    field = page.rows["pausing.programs"].field
    assert isinstance(field, wide_fields.ProgramsField)
    field.pick.click()
    dialog = page.window().findChild(ProgramsDialog)
    qtbot.waitUntil(lambda: dialog.remark.text() == TROUBLES[Trouble.BUSY])
    dialog.reject()


def clock(hour: int) -> str:
    return QLocale().toString(QTime(hour, 0), QLocale.FormatType.ShortFormat)


# --- hours ------------------------------------------------------------------------------------------------------------


def hours_field(page: Settings) -> wide_fields.HoursField:
    field = page.rows["pausing.hours"].field
    assert isinstance(field, wide_fields.HoursField)
    return field


def test_hours_as_text(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    field, row = hours_field(page), page.rows["pausing.hours"]
    field.line.setFocus()
    qtbot.keyClicks(field.line, "mon 9-5")
    press(qtbot, field.line, Qt.Key.Key_Return)
    assert row.problem.isVisible()
    assert '"mon 9-5"' in row.problem.text()
    field.line.setText("mon 09:00-17:00")
    press(qtbot, field.line, Qt.Key.Key_Return)
    assert not row.problem.isVisible()
    assert changes(1) == [("pausing.hours", "mon 09:00-17:00")]


def test_hours_painted_with_the_pointer(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    field = hours_field(page)
    field.toggle.setChecked(True)
    qtbot.waitUntil(lambda: field.week.width() > 300)
    week = field.week

    def middle(day: int, hour: int) -> QPoint:
        return week.box((day, hour)).center().toPoint()

    qtbot.mousePress(week, Qt.MouseButton.LeftButton, pos=middle(0, 9))
    qtbot.mouseMove(week, middle(4, 9))
    qtbot.mouseMove(week, middle(4, 12))
    qtbot.mouseRelease(week, Qt.MouseButton.LeftButton, pos=middle(4, 12))
    ((_, text),) = changes(1)
    hours = parse_hours(str(text))
    assert not any(hours.allow(day * 1440 + 9 * 60) for day in range(5))
    assert not hours.allow(4 * 1440 + 12 * 60)
    assert hours.allow(4 * 1440 + 13 * 60)
    assert hours.allow(0)
    assert field.line.text() == text


def test_hours_by_keyboard(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    field = hours_field(page)
    field.toggle.setFocus()
    press(qtbot, field.toggle, Qt.Key.Key_Space, Qt.Key.Key_Tab)
    week = field.week
    assert week.hasFocus()
    press(qtbot, week, *[Qt.Key.Key_Up] * 6, Qt.Key.Key_Home)
    assert week.accessibleName() == f"Hours: Monday, {clock(0)}: allowed"
    press(qtbot, week, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Space)
    assert week.accessibleName() == f"Hours: Tuesday, {clock(23)}: not allowed"
    qtbot.keyClick(week, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    text = changes(2)[1][1]
    assert text == "mon 00:00-24:00; tue 00:00-22:00; wed-sun 00:00-24:00"
    press(qtbot, week, Qt.Key.Key_Tab)
    assert not week.hasFocus()


def test_the_last_hour_cannot_be_taken_away(qtbot: QtBot, host: FakeNode, page: Settings) -> None:
    fill(qtbot, host, page, pausing__hours="mon 00:00-01:00")
    field = hours_field(page)
    field.toggle.setChecked(True)
    press(qtbot, field.week, *[Qt.Key.Key_Up] * 6, Qt.Key.Key_Home, Qt.Key.Key_Space)
    assert "One hour at least" in page.rows["pausing.hours"].problem.text()
    assert field.week.share((0, 0)) == 1
    assert not [m for m in host.commands() if isinstance(m, control.Change)]


def test_hours_of_the_speed_limits_are_no_hours_of_training(qtbot: QtBot, host: FakeNode, page: Settings) -> None:
    fill(qtbot, host, page, network__limit_hours="mon 00:00-01:00")
    more, field = page.sections[Page.NETWORK].more, page.rows["network.limit_hours"].field
    assert more is not None
    assert isinstance(field, wide_fields.HoursField)
    more.setChecked(True)
    field.toggle.setChecked(True)
    press(qtbot, field.week, *[Qt.Key.Key_Up] * 6, Qt.Key.Key_Home)
    assert field.week.accessibleName() == f"Hours of the speed limits: Monday, {clock(0)}: limited"
    press(qtbot, field.week, Qt.Key.Key_Space)
    assert "set both speeds to no limit" in page.rows["network.limit_hours"].problem.text()
    press(qtbot, field.week, Qt.Key.Key_Down)
    assert field.week.accessibleName().endswith("not limited")
    field.toggle.setChecked(False)


def test_boxes_of_a_section_stand_in_line(page: Settings) -> None:
    page.sections[Page.NETWORK].expand()
    boxes = [page.rows[s.key].field.focus for s in ALL if s.page is Page.NETWORK and s.type is not str]
    assert len({box.width() for box in boxes}) == 1


@given(st.integers(1, 2**336 - 1))
def test_painted_hours_read_back_as_they_were(halves: int) -> None:
    minutes = [bool(halves >> half & 1) for half in range(336) for _ in range(30)]
    assert minutes_of(parse_hours(write_hours(minutes))) == minutes


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("mon-sun 00:00-24:00", ""),
        ("mon-fri 22:00-07:00", "mon-fri 22:00-07:00"),
        ("sun 23:30-00:30", "sun 23:30-00:30"),
        ("sat 00:00-24:00; sun 00:00-24:00", "sat-sun 00:00-24:00"),
        ("mon 08:00-08:00", "mon 08:00-08:00"),
        ("fri 22:00-24:00; sat 00:00-24:00; sun 00:00-05:00", "fri 22:00-24:00; sat 00:00-24:00; sun 00:00-05:00"),
    ],
)
def test_hours_are_written_as_people_do(text: str, written: str) -> None:
    assert write_hours(minutes_of(parse_hours(text))) == written


def test_no_hour_at_all_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_hours([False] * 10080)


# --- the node's answers -----------------------------------------------------------------------------------------------


def test_a_refusal_puts_the_value_back_and_says_why(qtbot: QtBot, host: FakeNode, page: Settings) -> None:
    host.replies[control.Change] = {"trouble": Trouble.DESKTOP_REFUSED, "detail": "line\n\u202ebroken"}
    row, switch = page.rows["general.open_links"], control_of(page, declared.GENERAL_OPEN_LINKS)
    switch.click()
    assert switch.isChecked()  # until the node has answered
    qtbot.waitUntil(lambda: not switch.isChecked())
    assert row.problem.isVisible()
    assert row.problem.text() == f"{TROUBLES[Trouble.DESKTOP_REFUSED]} (line broken)"
    host.replies.clear()
    switch.click()
    assert not row.problem.isVisible()
    qtbot.waitUntil(lambda: page.changes.values["general.open_links"] is True)
    assert switch.isChecked()


def test_of_several_changes_the_last_answer_counts(qapp: QApplication) -> None:
    asked: list[Callable[[control.Reply], None]] = []

    class Asked:
        def ask(self, _command: object, then: Callable[[control.Reply], None], *_: object, **_fields: object) -> int:
            asked.append(then)
            return len(asked)

    changes = Changes(Asked(), qapp)  # type: ignore[arg-type]
    shown: list[object] = []
    changes.holds.connect(lambda _key, value: shown.append(value))
    changes.refused.connect(lambda _key, value, why: shown.append((value, why)))
    changes.values["pausing.quiet_seconds"] = 45.0
    changes.change("pausing.quiet_seconds", 50.0)
    changes.change("pausing.quiet_seconds", 55.0)
    asked[0](control.Reply(id=1, trouble=Trouble.BUSY))
    assert shown == [50.0, 55.0]  # what was wanted last is still under way
    asked[1](control.Reply(id=2, trouble=Trouble.BUSY))
    assert shown[2:] == [(45.0, TROUBLES[Trouble.BUSY])]
    changes.change("pausing.quiet_seconds", 60.0)
    changes.change("pausing.quiet_seconds", 65.0)
    asked[2](control.Reply(id=3))
    asked[3](control.Reply(id=4, trouble=Trouble.BUSY))
    assert shown[5:] == [(60.0, TROUBLES[Trouble.BUSY])]
    changes.deleteLater()


def test_what_was_changed_elsewhere_shows_when_the_page_is_looked_at_again(
    qtbot: QtBot, host: FakeNode, page: Settings
) -> None:
    switch = control_of(page, declared.PAUSING_GAMES)
    page.hide()
    host.replies[control.AskSettings] = entries(pausing__games=False)
    assert switch.isChecked()
    page.show()
    qtbot.waitUntil(lambda: not switch.isChecked())


def test_leaving_the_page_loses_nothing(qtbot: QtBot, page: Settings, changes: Asked) -> None:
    box = control_of(page, declared.PAUSING_IN_USE_MINUTES)
    press(qtbot, box, Qt.Key.Key_Up)
    page.hide()
    assert changes(1) == [("pausing.in_use_minutes", 1.0)]
    page.changes._model.tell(control.AskSettings)
    qtbot.wait(fields.REST_MS + 50)
    assert len(changes(1)) == 1


def test_without_a_node_it_says_so_and_comes_back(
    qtbot: QtBot, node: FakeNode, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(qtbot, node, program)
    switch = control_of(page, declared.PAUSING_GAMES)
    switch.setFocus()
    monkeypatch.setattr(program.link, "_launch", lambda: False)  # it stays away
    node.die()
    qtbot.waitUntil(lambda: not switch.isEnabled())
    assert page.foot.isVisible()
    assert page.foot.label.text().endswith("Settings can be changed when it runs.")
    assert page.search.hasFocus()
    node.open()
    program.link.try_now()
    qtbot.waitUntil(switch.isEnabled, timeout=10_000)
    assert not page.foot.isVisible()


def test_opened_without_a_node_it_waits(
    qtbot: QtBot, node: FakeNode, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.link, "_launch", lambda: False)
    node.replies[control.AskSettings] = entries(pausing__games=False)
    node.die()
    qtbot.waitUntil(lambda: not program.model.live)
    program.window.go("settings", "pausing.hours")
    page = program.window.stack.currentWidget()
    assert isinstance(page, Settings)
    qtbot.waitUntil(lambda: page.complete)
    assert page.foot.isVisible()
    node.open()
    program.link.try_now()
    qtbot.waitUntil(lambda: page.changes.values.get("pausing.games") is False, timeout=10_000)
    assert not control_of(page, declared.PAUSING_GAMES).isChecked()


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_the_default_can_be_restored_and_nothing_moves(
    qtbot: QtBot, host: FakeNode, page: Settings, changes: Asked
) -> None:
    fill(qtbot, host, page, computing__memory_share=0.7)
    row = page.rows["computing.memory_share"]
    assert row.undo.isVisible()
    assert row.undo.accessibleName() == "Restore the default"
    assert row.undo.accessibleDescription() == "Share of memory: 50 %"
    before = row.field.widget.geometry()
    qtbot.mouseClick(row.undo, Qt.MouseButton.LeftButton)
    assert changes(1) == [("computing.memory_share", None)]
    assert not row.undo.isVisible()
    assert row.field.focus.hasFocus()
    assert row.field.widget.geometry() == before
    assert row.field.focus.text() == "50\u00a0%"  # type: ignore[attr-defined]


def test_all_defaults_and_back(qtbot: QtBot, host: FakeNode, page: Settings, changes: Asked) -> None:
    changed = {"pausing.games": False, "computing.threads": 4, "general.project": "lightwork://h/p"}
    fill(qtbot, host, page, **{key.replace(".", "__"): value for key, value in changed.items()})
    qtbot.mouseClick(page.restore_all, Qt.MouseButton.LeftButton)
    assert dict(changes(2)) == {"pausing.games": None, "computing.threads": None}  # the project stays
    assert page.foot.label.text() == "All defaults restored."
    assert not page.restore_all.isEnabled()
    qtbot.mouseClick(page.foot.button, Qt.MouseButton.LeftButton)
    assert changes(4)[2:] == [("computing.threads", 4), ("pausing.games", False)]
    assert not page.foot.isVisible()
    assert page.restore_all.isEnabled()
    assert not control_of(page, declared.PAUSING_GAMES).isChecked()


def test_undo_leaves_alone_what_was_changed_since(qtbot: QtBot, host: FakeNode, page: Settings, changes: Asked) -> None:
    fill(qtbot, host, page, pausing__games=False, pausing__metered=False)
    page.restore_all.click()
    changes(2)
    control_of(page, declared.PAUSING_GAMES).click()
    page.foot.button.click()
    assert changes(4)[2:] == [("pausing.games", False), ("pausing.metered", False)]
    page.restore_all.click()
    page.hide()
    assert not page.changes.restored  # it was closed


# --- finding ----------------------------------------------------------------------------------------------------------


def found(page: Settings) -> set[str]:
    return {key for key, row in page.rows.items() if not row.isHidden() and row.isVisibleTo(page)}


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("hotspot", {"pausing.metered"}),
        ("METERED network", {"pausing.metered"}),
        ("computing.duty", {"computing.duty"}),
        ("patience", {"network.host_timeout_seconds"}),
        ("network", {"pausing.metered", *(one.key for one in ALL if one.page is Page.NETWORK)}),
        ("allowance", {"pausing.always", "network.day_gb", "network.month_gb"}),
        ("upload", {"network.upload_limit"}),
        ("keyring", set()),
    ],
)
def test_search(page: Settings, words: str, keys: set[str]) -> None:
    page.search.setText(words)
    assert found(page) == keys


def test_search_finds_what_is_said_besides(page: Settings) -> None:
    page.search.setText("public key")
    assert page.account.isVisible()
    assert not page.sections[Page.GENERAL].isVisible()


@pytest.mark.usefixtures("russian")
def test_search_in_the_persons_language_and_in_english(
    qtbot: QtBot, node: FakeNode, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightwork_ui.pages import settings_rows  # noqa: PLC0415

    monkeypatch.setattr(settings_rows, "setting_text", {"Quiet mode": "Тихий режим"}.get)
    words = settings_rows.words_of
    monkeypatch.setattr(settings_rows, "words_of", lambda s: words(s) if s.key == "computing.quiet" else "")
    monkeypatch.setattr(settings_rows, "setting_text", lambda text: {"Quiet mode": "Тихий режим"}.get(text, text))
    page = open_page(qtbot, node, program)
    for typed in ("тихий", "quiet", "ТИХИЙ quiet"):
        page.search.setText(typed)
        assert found(page) == {"computing.quiet"}


def test_nothing_found_and_the_way_back(qtbot: QtBot, page: Settings) -> None:
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    qtbot.keyClicks(page.search, "xyzzy")
    assert page.nothing.isVisible()
    assert "xyzzy" in page.nothing_label.text()
    press(qtbot, page.search, Qt.Key.Key_Down)
    assert page.show_all.hasFocus()
    press(qtbot, page.show_all, Qt.Key.Key_Space)
    assert page.search.text() == ""
    assert not page.nothing.isVisible()
    qtbot.keyClicks(page.search, "hotspot")
    press(qtbot, page.search, Qt.Key.Key_Return)
    assert control_of(page, declared.PAUSING_METERED).hasFocus()
    page.search.setFocus()
    press(qtbot, page.search, Qt.Key.Key_Escape)
    assert len(found(page)) > 15


def test_rare_settings_show_when_asked_for_or_changed(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    page = open_page(qtbot, node, program, pausing__keep_process=True)
    assert not page.rows["computing.threads"].isVisible()
    qtbot.waitUntil(page.rows["pausing.keep_process"].isVisible)
    more = page.sections[Page.COMPUTING].more
    assert more is not None
    assert more.text() == f"Show {sum(s.advanced for s in ALL if s.page is Page.COMPUTING)} more"
    more.click()
    assert page.rows["computing.threads"].isVisible()
    assert more.text() == "Show less"


# --- going there ------------------------------------------------------------------------------------------------------


def in_view(page: Settings, widget: QWidget) -> bool:
    top = widget.mapTo(page.viewport(), QPoint(0, 0)).y()
    return 0 <= top < page.viewport().height() and not widget.visibleRegion().isEmpty()


@pytest.mark.parametrize("key", ["computing.duty", "pausing.hours"])
def test_go_to_a_setting(qtbot: QtBot, node: FakeNode, program: Program, key: str) -> None:
    node.replies[control.AskSettings] = entries()
    program.window.show()
    program.window.activateWindow()
    program.window.go("settings", key)
    page = program.window.stack.currentWidget()
    assert isinstance(page, Settings)
    qtbot.waitUntil(lambda: key in page.rows and page.rows[key].field.focus.hasFocus())
    qtbot.waitUntil(lambda: in_view(page, page.rows[key].field.focus))
    page.search.setText("zzz")
    page.go("pausing.games")
    qtbot.waitUntil(page.rows["pausing.games"].field.focus.hasFocus)
    assert page.search.text() == ""


@pytest.mark.parametrize("part", list(Page))
def test_go_to_a_section(qtbot: QtBot, page: Settings, part: Page) -> None:
    page.go(part.value)
    index = list(Page).index(part)
    section = page.sections[part]
    qtbot.waitUntil(lambda: section.hasFocus() or section.isAncestorOf(page.focusWidget()))
    assert page.anchors.buttons[index].isChecked()
    assert in_view(page, section.title)


def test_go_to_what_is_not_there_does_nothing(qtbot: QtBot, page: Settings) -> None:
    page.go("no.such")
    qtbot.wait(20)
    assert page.verticalScrollBar().value() == 0


def test_the_mark_follows_the_page(qtbot: QtBot, page: Settings) -> None:
    bar = page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500)
    bar.setValue(bar.maximum())
    assert page.anchors.buttons[-1].isChecked()
    assert page.edge.isVisible()
    bar.setValue(0)
    assert page.anchors.buttons[0].isChecked()
    qtbot.mouseClick(page.anchors.buttons[2], Qt.MouseButton.LeftButton)
    assert bar.value() > 0
    assert page.anchors.buttons[2].isChecked()


def test_the_project_is_chosen_elsewhere(qtbot: QtBot, page: Settings, show: Show) -> None:
    show(NodeStatus(project=ProjectStatus(id="p", link="l", name="Tales <b>\u202e")))
    row = page.rows["general.project"]
    qtbot.waitUntil(lambda: row.help.text() == "Tales <b>")
    with qtbot.waitSignal(page.projects):
        qtbot.mouseClick(row.field.focus, Qt.MouseButton.LeftButton)
    assert not row.undo.isVisible()


# --- account and privacy ----------------------------------------------------------------------------------------------


def test_the_account_and_where_its_key_lies(qtbot: QtBot, page: Settings, show: Show) -> None:
    assert not page.account.copy_key.isEnabled()
    show(NodeStatus(account="ab" * 32, account_encrypted=True))
    assert "keyring" in page.account.place.text()
    assert "not encrypted" not in page.account.place.text()
    page.account.copy_key.click()
    assert QApplication.clipboard().text() == "ab" * 32
    assert page.account.copy_key.text() == "Copied"
    show(NodeStatus(account="ab" * 32, account_encrypted=False))
    assert "not encrypted" in page.account.place.text()


def test_senses_that_do_not_work_here(page: Settings, show: Show) -> None:
    show(NodeStatus())
    assert page.senses.text.text().startswith("Nothing")
    show(NodeStatus(senses=(SenseNote(sense=Sense.GAME_MODE, note="no\n\u202eservice"),)))
    assert page.senses.text.text() == "GameMode: not watched, or not fully (no service)"


# --- everybody can use it ---------------------------------------------------------------------------------------------


def test_every_control_has_a_name_and_is_reached_by_tab(qtbot: QtBot, page: Settings) -> None:
    for section in page.sections.values():
        section.expand()
    hours_field(page).toggle.setChecked(True)
    qtbot.wait(50)
    takers = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not isinstance(widget.parent(), QComboBox | NumberBox)
    ]
    assert len(takers) > len(ALL)
    for widget in takers:
        spoken = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert spoken, widget
    page.search.setFocus()
    reached: list[QWidget | None] = []
    for _ in range(len(takers)):
        focused = QApplication.focusWidget()
        assert isinstance(focused, QWidget)
        reached.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    inside = [widget for widget in dict.fromkeys(reached) if widget in takers]
    # Of segments, Tab reaches the one that is marked; arrows walk to the others.
    missed = {w for w in takers if w not in inside and w not in page.anchors.buttons}
    assert not missed
    places = [w.mapTo(page.widget(), QPoint(0, 0)).y() for w in inside if page.widget().isAncestorOf(w)]
    assert all(later >= earlier - 40 for earlier, later in itertools.pairwise(places))


def test_small_and_large_windows(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    page = open_page(qtbot, node, program)
    for section in page.sections.values():
        section.expand()
    hours_field(page).toggle.setChecked(True)
    for size in ((480, 360), (900, 600), (1000, 680), (3840, 2160)):
        program.window.resize(*size)
        qtbot.waitUntil(lambda size=size: program.window.width() == size[0])  # type: ignore[misc]
        qtbot.waitUntil(lambda: page.widget().width() <= page.viewport().width())
        assert program.window.width() == size[0]
        assert page.anchors.box.isVisible() == (size[0] == 480)
        for row in page.rows.values():
            control_box = row.field.widget.geometry()
            assert row.rect().contains(control_box), (size, row.label.text())
    program.theme.apply(Qt.ColorScheme.Dark)
    program.window.grab()
    program.theme.apply(Qt.ColorScheme.Light)


def test_an_equal_snapshot_changes_nothing(page: Settings, show: Show) -> None:
    show(NodeStatus(revision=1))
    before = [child.text() for child in page.findChildren(QAbstractButton)]
    texts = [line.text() for line in page.findChildren(QLineEdit)]
    show(NodeStatus(revision=2))
    assert [child.text() for child in page.findChildren(QAbstractButton)] == before
    assert [line.text() for line in page.findChildren(QLineEdit)] == texts
    assert all(isinstance(row, SettingRow) for row in page.rows.values())
