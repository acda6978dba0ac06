"""The icon in the tray: its shape, its one sentence, its menu, and what it costs."""

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import CreditStatus, NodeStatus, Pause, ProjectStatus
from lightwork.protocol import control
from lightwork_ui import icons, tray
from lightwork_ui.app import Program
from lightwork_ui.tray import Tray, TrayWatch

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise")

NOW = 1_800_000_000.0
PROJECT = ProjectStatus(id="p", link="l", version=412, round_seconds_left=48.0)


@pytest.fixture
def shown(program: Program) -> Tray:
    return Tray(program.model, program)


def test_it_shows_the_state_and_acts(qtbot: QtBot, node: FakeNode, shown: Tray) -> None:
    icon = shown.icon.icon().cacheKey()
    assert shown.action.text() == "Contribute"
    assert not any(action.isVisible() for action in shown.pauses)
    node.say(NodeStatus(phase=Phase.TRAINING))
    qtbot.waitUntil(lambda: shown.action.text() == "Pause")
    assert shown.icon.icon().cacheKey() != icon
    assert shown.icon.toolTip() == "Lightwork\nTraining – round 0."
    for action in (shown.action, *shown.pauses):
        action.trigger()
    qtbot.waitUntil(lambda: len(node.commands()) == 4)
    sent = [message for message in node.commands() if isinstance(message, control.Pause)]
    assert [(message.seconds, message.until_restart) for message in sent] == [
        (None, False),
        (3600.0, False),
        (10_800.0, False),
        (None, True),
    ]
    node.say(NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON),)))
    qtbot.waitUntil(lambda: shown.action.text() == "Resume")
    assert not any(action.isVisible() for action in shown.pauses)
    with qtbot.waitSignal(shown.openAsked):
        shown.open.trigger()
    with qtbot.waitSignal(shown.quitAsked):
        shown.leave.trigger()


def test_two_lines_inform(qtbot: QtBot, node: FakeNode, shown: Tray) -> None:
    game = Pause(reason=PauseReason.GAME, cause="Might & Magic", source="Steam")
    earned = CreditStatus(verified_today=74_300_000_000_000_000)
    node.say(NodeStatus(phase=Phase.PAUSED, pauses=(game,), credits=earned))
    qtbot.waitUntil(lambda: shown.doing.text() == "Paused: Might && Magic is running (Steam).")
    assert shown.icon.toolTip() == "Lightwork\nPaused: Might & Magic is running (Steam)."
    assert shown.earned.text() == "Credits today: 74.3"
    assert shown.menu.actions()[:2] == [shown.doing, shown.earned]
    assert not shown.doing.isEnabled()
    assert not shown.earned.isEnabled()
    assert not shown.action.isEnabled()  # a game is not ended here


def test_without_a_node(qtbot: QtBot, node: FakeNode, program: Program, shown: Tray) -> None:
    node.server.close()
    node.open = lambda: True  # type: ignore[method-assign]
    node.die()
    qtbot.waitUntil(lambda: not program.model.live)
    assert shown.doing.text().startswith("Lightwork's background process ended.")
    assert not shown.action.isEnabled()


def test_nothing_is_sent_to_the_panel_while_nothing_changes(
    qtbot: QtBot, node: FakeNode, program: Program, shown: Tray
) -> None:
    node.say(NodeStatus(phase=Phase.TRAINING, project=PROJECT, at=NOW))
    qtbot.waitUntil(lambda: shown.icon.toolTip() == "Lightwork\nTraining – round 412.")
    changes: list[object] = []
    for action in shown.menu.actions():
        action.changed.connect(lambda: changes.append(1))
    key = shown.icon.icon().cacheKey()
    for second in range(1, 6):
        left = ProjectStatus(id="p", link="l", version=412, round_seconds_left=48.0 - second)
        status = NodeStatus(phase=Phase.TRAINING, project=left, at=NOW + second, revision=second)
        node.say(status)
        qtbot.waitUntil(lambda status=status: program.model.status == status)
    assert changes == []
    assert shown.icon.icon().cacheKey() == key


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (NodeStatus(phase=Phase.TRAINING, project=PROJECT), "Training – round\u00a0412."),
        (NodeStatus(phase=Phase.TROUBLE, trouble=Trouble.DISK_FULL), "The disk is full."),
        (NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=NOW + 40), "Waiting: the project does not"),
        (NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON),)), "Paused by you."),
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON, until=NOW + 60),)),
            "Paused by you until ",
        ),
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON, until=1e300),)),
            "Paused by you until ",
        ),
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.GAME, until=NOW + 38),)),
            "Paused: all is quiet again. Training resumes in a moment.",
        ),
        (
            NodeStatus(
                phase=Phase.PAUSED,
                pauses=(
                    Pause(reason=PauseReason.GAME, until=NOW + 38),
                    Pause(reason=PauseReason.ON_BATTERY),
                ),
            ),
            "Paused: this computer runs on battery.",
        ),
    ],
)
def test_the_sentence_stays_true_while_nobody_looks(status: NodeStatus, expected: str) -> None:
    words = tray.steady_sentence(status, NOW)
    assert words.replace("\u00a0", " ").startswith(expected.replace("\u00a0", " "))
    assert tray.steady_sentence(status, NOW + 20) == words


def test_a_time_of_another_day_has_its_date() -> None:
    form = QLocale.FormatType.ShortFormat
    assert tray._time_text(NOW, NOW) != tray._time_text(NOW, NOW + 3 * 86_400)
    assert QLocale().toString(tray.QDateTime.fromSecsSinceEpoch(int(NOW)).date(), form) in tray._time_text(NOW, 0)


def test_a_line_of_the_menu_is_short() -> None:
    assert tray.menu_line("x" * 500) == "x" * (tray.LONGEST_LINE - 1) + "…"
    assert tray.menu_line("A & B") == "A && B"


REASON = QSystemTrayIcon.ActivationReason


@pytest.mark.parametrize(
    ("system", "reason", "opens"),
    [
        ("win32", REASON.Trigger, True),
        ("win32", REASON.DoubleClick, True),
        ("win32", REASON.Context, False),
        ("linux", REASON.Trigger, True),
        ("linux", REASON.MiddleClick, False),
        ("darwin", REASON.Trigger, False),
        ("darwin", REASON.DoubleClick, False),
    ],
)
def test_what_a_click_does(system: str, reason: QSystemTrayIcon.ActivationReason, opens: bool) -> None:
    assert tray.opens_window(system, reason) is opens


def test_mac_colours_the_icon_itself(qapp: QApplication) -> None:
    assert tray.state_icon(Phase.TRAINING, "darwin").isMask()
    assert not tray.state_icon(Phase.TRAINING, "linux").isMask()
    image = tray.state_icon(Phase.PAUSED, "darwin").pixmap(22, 22).toImage()
    inked = [image.pixelColor(x, y) for x in range(22) for y in range(22) if image.pixelColor(x, y).alpha() > 250]
    assert {colour.name() for colour in inked} == {"#000000"}


@pytest.mark.parametrize("size", [16, 22, 24, 32])
def test_shapes_are_told_apart_at_every_size(qapp: QApplication, size: int) -> None:
    """By their shape alone: a tenth of the larger one's ink, at the least, is where the other has none."""

    def ink(phase: Phase) -> list[int]:
        image = icons.pixmap(f"state-{phase}", "#000000", size).toImage().convertToFormat(QImage.Format.Format_Alpha8)
        return [image.pixelColor(x, y).alpha() for x in range(size) for y in range(size)]

    drawn = {phase: ink(phase) for phase in Phase}
    for one in Phase:
        assert sum(drawn[one]) / 255 > 0.15 * size * size  # enough of it to be seen
        for other in Phase:
            if one is not other:
                apart = sum(abs(a - b) for a, b in zip(drawn[one], drawn[other], strict=True))
                assert apart > 0.4 * max(sum(drawn[one]), sum(drawn[other])), (one, other)


def test_a_tray_that_comes_later_is_found(
    qtbot: QtBot, qapp: QApplication, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [False]
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: there[0]))
    watch = TrayWatch(program)
    watch.start()
    waits = []
    for _ in range(3):
        waits.append(watch.timer.interval())
        watch.timer.timeout.emit()
    there[0] = True
    with qtbot.waitSignal(watch.appeared):
        watch.timer.timeout.emit()
    watch.timer.stop()
    assert waits == [1000, 2000, 3000]


def test_it_does_not_look_for_a_tray_for_ever(qtbot: QtBot, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    watch = TrayWatch(program)
    watch.start()
    looks = 0
    while watch.timer.isActive():
        looks += 1
        watch.timer.stop()
        watch.timer.timeout.emit()
    assert looks == len(tray.LOOKS)
    assert 50 <= sum(tray.LOOKS) <= 70
