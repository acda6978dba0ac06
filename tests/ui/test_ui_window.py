"""The window as a whole: joining, closing, the tray, its memory of where it stood, and one instance."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QLocalServer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork.settings.places import Places
from lightwork_ui import instance
from lightwork_ui.app import Program, has_display
from lightwork_ui.tray import Tray

# Two things that Qt's platform without a screen does not have.
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise")


def test_joining(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    program.window.join.click()
    dialog = program.window._join
    assert dialog is not None
    assert not dialog.join.isEnabled()
    qtbot.keyClicks(dialog.line, "  lightwork://example.org/p ")
    node.replies[control.Join] = {"trouble": Trouble.HOST_UNREACHABLE, "detail": "<b>timed out</b>\nx"}
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert not dialog.join.isEnabled()
    qtbot.waitUntil(lambda: TROUBLES[Trouble.HOST_UNREACHABLE] in dialog.reply.text())
    assert dialog.reply.text().endswith("\n<b>timed out</b> x")
    assert dialog.reply.textFormat() is Qt.TextFormat.PlainText
    assert node.commands()[-1].link == "lightwork://example.org/p"
    node.replies[control.Join] = {}
    with qtbot.waitSignal(dialog.destroyed):
        dialog.join.click()
    assert program.window._join is None


def test_a_link_in_the_clipboard_is_offered(qtbot: QtBot, program: Program) -> None:
    QGuiApplication.clipboard().setText(" lightwork://example.org/q\n")
    program.window.ask_link()
    assert program.window._join.line.text() == "lightwork://example.org/q"
    program.window.ask_link()  # a second time it is the same dialog
    with qtbot.waitSignal(program.window._join.destroyed):
        program.window._join.reject()
    QGuiApplication.clipboard().setText("a password")
    program.window.ask_link()
    assert program.window._join.line.text() == ""


def test_joining_without_a_node_is_answered(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    program.window.ask_link()
    dialog = program.window._join
    dialog.line.setText("lightwork://example.org/p")
    node.server.close()
    for socket in node.sockets:
        socket.readyRead.disconnect()
    dialog.join.click()
    node.die()
    qtbot.waitUntil(lambda: dialog.reply.text() == TROUBLES[Trouble.NODE_AWAY])
    assert dialog.join.isEnabled()


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


def test_the_tray_shows_the_state_and_acts(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    tray = Tray(program.model, program.window)
    icon = tray.icon.icon().cacheKey()
    assert tray.action.text() == "Contribute"
    assert not tray.pause.isVisible()
    node.say(NodeStatus(phase=Phase.TRAINING))
    qtbot.waitUntil(lambda: tray.action.text() == "Pause")
    assert tray.icon.icon().cacheKey() != icon
    assert tray.icon.toolTip().startswith("Lightwork\nTraining")
    tray.action.trigger()
    tray.pause.trigger()
    qtbot.waitUntil(lambda: len(node.commands()) == 2)
    assert [message.seconds for message in node.commands()] == [None, 3600.0]
    with qtbot.waitSignal(tray.openAsked):
        tray.menu.actions()[0].trigger()
    with qtbot.waitSignal(tray.quitAsked):
        tray.menu.actions()[-1].trigger()


def test_with_a_tray_closing_hides_and_open_brings_back(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode
) -> None:
    program = Program(qapp, home, node.open, tray=True)
    qtbot.addWidget(program.window)
    program.start()
    qtbot.waitUntil(lambda: program.model.live)
    assert not program.window.home.remark.isVisible()
    program.window.close()
    assert not program.window.isVisible()
    node.say(NodeStatus(phase=Phase.WAITING))
    qtbot.waitUntil(lambda: program.tray.action.text() == "Pause")
    program.tray.openAsked.emit()
    assert program.window.isVisible()
    assert program.window.home.hero.sentence.text() == "Waiting."
    program.link.close()


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
