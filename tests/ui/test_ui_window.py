"""The window as a whole: closing, the tray, its memory of where it stood, and one instance."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtNetwork import QLocalServer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from ui_fake_node import FakeNode

from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus, Preferences
from lightwork.protocol import control
from lightwork.settings.places import Places
from lightwork_ui import app, instance
from lightwork_ui.app import Program, has_display
from lightwork_ui.tray import Tray

# Two things that Qt's platform without a screen does not have.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise")


def test_without_a_tray_it_says_that_closing_is_safe_until_that_is_read(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode, program: Program
) -> None:
    line = program.window.home.remark
    assert line.isVisible()
    assert line.label.text() == "Closing this window does not stop training."
    line.dismissed.emit()
    with qtbot.waitSignal(qapp.aboutToQuit, raising=False, timeout=100):
        program.window.close()
    assert not any(isinstance(message, control.Quit | control.Stop) for message in node.received)
    later = Program(qapp, home, node.open, tray=False)
    qtbot.addWidget(later.window)
    later.window.show()
    assert not later.window.home.remark.isVisible()
    later.link.close()


def test_geometry_is_remembered(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode, program: Program
) -> None:
    program.window.resize(777, 555)
    program.window.close()
    assert (home.home / "window.ini").is_file()
    later = Program(qapp, home, node.open, tray=False)
    qtbot.addWidget(later.window)
    assert (later.window.width(), later.window.height()) == (777, 555)


def test_a_damaged_memory_of_geometry_is_passed_over(qtbot: QtBot, qapp: QApplication, home: Places) -> None:
    settings = QSettings(str(home.home / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/geometry", "nonsense")
    settings.sync()
    program = Program(qapp, home, lambda: True, tray=False)
    qtbot.addWidget(program.window)
    assert program.window.width() >= 480


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop that shows tray icons; Qt's platform without a screen shows none."""
    monkeypatch.setattr(Tray, "available", staticmethod(lambda: True))


@pytest.mark.usefixtures("panel")
def test_with_a_tray_closing_lets_the_window_go_and_open_brings_it_back(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode
) -> None:
    program = Program(qapp, home, node.open, tray=True)
    program.start()
    qtbot.waitUntil(lambda: program.model.live)
    assert not program.window.home.remark.isVisible()
    program.window.go("stats")
    before = program.window
    program.window.close()
    assert not program.shown
    qtbot.waitUntil(lambda: not isValid(before))
    node.say(NodeStatus(phase=Phase.WAITING))
    qtbot.waitUntil(lambda: program.model.status == NodeStatus(phase=Phase.WAITING))
    program.tray.openAsked.emit()
    qtbot.waitUntil(lambda: program.shown)
    assert program.window.home.hero.sentence.text() == "Waiting."
    program.window.hide()
    program.link.close()


@pytest.mark.usefixtures("panel")
def test_without_an_icon_in_the_tray_closing_ends_the_process(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode
) -> None:
    program = Program(qapp, home, node.open, tray=True)
    program.start()
    asked: list[int] = []
    program.ended.connect(lambda: asked.append(1))
    qtbot.waitUntil(lambda: program.model.live)
    program.window.close()
    assert asked == []
    program.open()
    node.say(NodeStatus(preferences=Preferences(close_to_tray=False)))
    qtbot.waitUntil(lambda: not program.model.status.preferences.close_to_tray)
    program.window.close()
    assert asked == [1]
    program.link.close()


def test_it_can_start_in_the_tray(qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode) -> None:
    program = Program(qapp, home, node.open, tray=True)
    program.start(hidden=True)
    qtbot.waitUntil(lambda: program.model.live)
    assert not program.shown
    program.open_link("lightwork://example.org/" + "a" * 32)
    qtbot.waitUntil(lambda: program.shown and program.window._join is not None)
    program.window._join.close()
    program.window.hide()
    program.link.close()


def test_a_hidden_start_shows_the_window_when_no_tray_comes(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "PANEL_COMES_WITHIN_MS", 50)
    program = Program(qapp, home, node.open, tray=False)
    program.start(hidden=True)
    assert not program.shown
    qtbot.waitUntil(lambda: program.shown)
    program.window.hide()
    program.link.close()


def test_a_link_can_be_dropped(qtbot: QtBot, program: Program) -> None:
    link = "lightwork://example.org/" + "b" * 32
    for text, taken in ((link, True), ("https://example.org", False), (f"{link} and more", False)):
        data = QMimeData()
        data.setText(text)
        enter = QDragEnterEvent(
            QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        enter.ignore()
        QApplication.sendEvent(program.window, enter)
        assert enter.isAccepted() is taken
    assert program.window._join is None


def test_the_rail_gives_way_first(qtbot: QtBot, program: Program) -> None:
    rail = program.window.rail
    assert rail.buttons["stats"].text() == "Stats"
    program.window.resize(640, 480)
    qtbot.waitUntil(lambda: rail.buttons["stats"].text() == "")
    assert rail.buttons["stats"].accessibleName() == "Stats"
    assert "Stats" in rail.buttons["stats"].toolTip()
    program.window.resize(1000, 680)
    qtbot.waitUntil(lambda: rail.buttons["stats"].text() == "Stats")


def test_pages_are_reached_by_number_and_made_once(qtbot: QtBot, program: Program) -> None:
    window = program.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    made = {}
    for key, name in ((Qt.Key.Key_2, "projects"), (Qt.Key.Key_4, "settings"), (Qt.Key.Key_1, "home")):
        qtbot.keyClick(window.windowHandle(), key, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda name=name: window.place == name)
        made[name] = window.stack.currentWidget()
    window.go("projects")
    assert window.stack.currentWidget() is made["projects"]


def test_quit_ends_the_node_too(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    with qtbot.waitSignal(program.link.nodeEnded):
        program.window.quitAsked.emit()
        qtbot.waitUntil(lambda: any(isinstance(message, control.Quit) for message in node.received))
        node.die()
    assert not program.window.isVisible()


def test_shortcuts(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    window = program.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    handle = window.windowHandle()  # shortcuts are a window's, not a widget's
    qtbot.keyClick(handle, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(handle, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window._join is not None)  # Qt shows the press before it acts
    window._join.reject()
    qtbot.waitUntil(lambda: [type(message) for message in node.commands()] == [control.Contribute])
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with qtbot.waitSignal(window.quitAsked):
        qtbot.keyClick(handle, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def test_a_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first = instance.Instance(tmp_path)
    assert first.listening
    from PySide6.QtNetwork import QLocalSocket  # noqa: PLC0415

    second = QLocalSocket()
    with qtbot.waitSignal(first.raiseAsked):
        second.connectToServer(instance.channel(tmp_path))
        second.write(b"raise\n")
    qtbot.waitUntil(lambda: second.bytesAvailable() > 0)
    assert second.readAll().data() == b"raised\n"
    first.close()
    assert not instance.raise_other(tmp_path)


def test_only_an_answer_keeps_a_second_window_from_opening(tmp_path: Path, qapp: QApplication) -> None:
    mute = QLocalServer()
    assert mute.listen(instance.channel(tmp_path))
    assert not instance.raise_other(tmp_path)
    mute.close()


def test_each_home_has_a_channel_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert instance.channel(tmp_path) != instance.channel(tmp_path / "other")
    assert "/" not in instance.channel(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert Path(instance.channel(tmp_path)).parent == tmp_path


@pytest.mark.parametrize(
    ("system", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_where_there_is_a_display(system: str, environment: dict[str, str], expected: bool) -> None:
    assert has_display(system, environment) is expected
