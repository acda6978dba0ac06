"""What is worth a notification, and that it is told once."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import PauseReason, Phase
from lightwork.domain.status import CreditStatus, NodeStatus, Pause, Preferences, ProjectStatus
from lightwork_ui import news, notify
from lightwork_ui.app import Program
from lightwork_ui.news import DAY, Memory, Notification
from lightwork_ui.notify import Notifier

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise")

NOW = 1_800_000_000.0
CREDIT = 10**15
OFF = NodeStatus()
TRAINING, PREPARING = NodeStatus(phase=Phase.TRAINING), NodeStatus(phase=Phase.PREPARING)
GAMING = (Pause(reason=PauseReason.GAME, cause="Elden Ring"),)


def trouble(which: Trouble, **other: object) -> NodeStatus:
    return NodeStatus(phase=Phase.TROUBLE, trouble=which, **other)


def earned(amount: float, **other: object) -> NodeStatus:
    return NodeStatus(credits=CreditStatus(verified=int(amount * CREDIT)), **other)


class Story:
    """Snapshots one after another, and what was told of each."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = Memory(begun=True) if memory is None else memory
        self.before: NodeStatus | None = None

    def at(self, seconds: float, status: NodeStatus, *, seen: bool = False) -> Notification | None:
        found, self.memory = news.decide(self.before, status, self.memory, NOW + seconds, seen=seen)
        self.before = status
        return found

    def restart(self) -> None:
        """The window's process ends, and another one begins."""
        self.memory, self.before = Memory.read(self.memory.kept()), None


# --- troubles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", sorted(news.NEEDS_PERSON))
def test_what_only_a_person_can_end_is_told_at_once_and_once_a_day(which: Trouble) -> None:
    story = Story()
    found = story.at(0, trouble(which))
    assert found is not None
    assert found.urgent
    assert found.body == TROUBLES[which]
    assert found.page == ("projects" if which in news.GONE else "home")
    assert story.at(1, trouble(which)) is None
    assert story.at(DAY - 10, trouble(which)) is None
    assert story.at(DAY + 10, trouble(which)) is not None


@pytest.mark.parametrize("which", sorted(set(Trouble) - news.NEEDS_PERSON))
def test_what_may_end_by_itself_is_told_when_it_lasts(which: Trouble) -> None:
    story = Story()
    told = [seconds for seconds in range(0, 400, 30) if story.at(seconds, trouble(which)) is not None]
    assert told == [120]
    assert not news.waits(story.memory)


@pytest.mark.parametrize(
    ("between", "told"),
    [(PREPARING, True), (TRAINING, False), (OFF, False), (trouble(Trouble.OUT_OF_MEMORY), False)],
    ids=["a try in between", "success", "stopped", "another trouble"],
)
def test_what_ends_a_trouble(between: NodeStatus, told: bool) -> None:
    story, found = Story(), []
    for seconds in range(0, 200, 40):
        found.append(story.at(seconds, trouble(Trouble.HOST_UNREACHABLE)))
        found.append(story.at(seconds + 20, between))
    assert any(found) is told


def test_a_flapping_trouble_is_told_once_a_day() -> None:
    story = Story()
    shown = []
    for step in range(200):
        status = TRAINING if step % 2 else trouble(Trouble.DISK_FULL)
        shown.append(story.at(step * 60.0, status))
    assert len([one for one in shown if one]) == 1


def test_a_trouble_at_the_very_first_look_is_told() -> None:
    assert Story(Memory()).at(0, trouble(Trouble.RUNTIME_MISSING)) is not None


def test_each_trouble_has_a_day_of_its_own() -> None:
    story = Story()
    assert story.at(0, trouble(Trouble.DISK_FULL)) is not None
    assert story.at(5, trouble(Trouble.IDENTITY_LOCKED)) is not None
    assert story.at(9, trouble(Trouble.DISK_FULL)) is None


def test_while_the_window_is_seen_it_shows_troubles_itself() -> None:
    story = Story()
    assert story.at(0, trouble(Trouble.DISK_FULL), seen=True) is None
    assert story.at(1, trouble(Trouble.DISK_FULL)) is not None  # and it has been put away


def test_nobody_is_interrupted_in_a_game() -> None:
    story = Story()
    assert story.at(0, trouble(Trouble.DISK_FULL, pauses=GAMING)) is None
    assert story.at(1, replace(earned(200), pauses=GAMING)) is None
    assert story.at(60, trouble(Trouble.DISK_FULL)) is not None
    assert story.at(61, earned(200)) is not None


@pytest.mark.parametrize("jump", [-3600.0, -400 * DAY, 400 * DAY], ids=["hour back", "year back", "year on"])
def test_a_clock_that_is_set_neither_repeats_much_nor_silences(jump: float) -> None:
    story = Story()
    assert story.at(0, trouble(Trouble.DISK_FULL)) is not None
    again = [story.at(jump + step, trouble(Trouble.DISK_FULL)) for step in range(0, 600, 30)]
    assert len([one for one in again if one]) == (0 if abs(jump) < DAY else 1)
    assert story.at(jump + 2 * DAY, trouble(Trouble.DISK_FULL)) is not None


def test_sleep_does_not_make_a_trouble_last() -> None:
    story = Story()
    assert story.at(0, trouble(Trouble.HOST_UNREACHABLE)) is None
    assert story.at(8 * 3600, trouble(Trouble.HOST_UNREACHABLE)) is None
    assert story.at(8 * 3600 + 30, trouble(Trouble.HOST_UNREACHABLE)) is None
    assert news.waits(story.memory)


def test_a_project_that_is_gone_is_named_harmlessly() -> None:
    project = ProjectStatus(id="p", link="l", name="<b>Best</b>\u202e\n" + "x" * 500)
    found = Story().at(0, trouble(Trouble.MANIFEST_EXPIRED, project=project))
    assert found is not None
    assert found.title.startswith("<b>Best</b> xxx")
    assert len(found.title) < 90
    assert "\u202e" not in found.title


# --- credits ----------------------------------------------------------------------------------------------------------


def test_the_first_credit_is_told_once_in_a_life() -> None:
    story = Story()
    assert story.at(0, OFF) is None
    found = story.at(1, earned(0.000001))
    assert found is not None
    assert (found.page, found.urgent) == ("stats", False)
    assert story.at(2, earned(1)) is None
    story.restart()
    assert story.at(3, earned(2)) is None


def test_what_was_earned_before_the_first_look_is_no_news() -> None:
    story = Story(Memory())
    assert story.at(0, earned(5_000)) is None
    assert story.at(2 * DAY, earned(9_999)) is None
    assert story.at(3 * DAY, earned(10_000)) is not None


def test_a_first_credit_that_came_while_no_window_ran_is_told_then() -> None:
    story = Story(Memory())
    story.at(0, OFF)
    story.restart()
    assert story.at(100, earned(1)) is not None


@pytest.mark.parametrize(
    ("days_and_credits", "told"),
    [
        ([(0, 99), (1, 100), (1.1, 101)], {1: "100"}),
        ([(0, 100), (0.5, 1_000), (0.9, 1_001), (1.01, 1_002)], {0: "100", 1.01: "1,000"}),
        ([(0, 20_000), (5, 99_999)], {0: "10,000"}),  # the highest of several, and no lower one later
        ([(0, 100), (1, 50), (3, 100)], {0: "100"}),  # a record that was restored
    ],
)
def test_milestones(days_and_credits: list[tuple[float, float]], told: dict[float, str]) -> None:
    story = Story(Memory(begun=True, first_credit=True))
    found = {}
    for day, amount in days_and_credits:
        one = story.at(day * DAY, earned(amount))
        if one is not None:
            found[day] = one.title.removesuffix(" credits")
        story.restart()
    assert found == told


def test_switched_off_nothing_is_told_and_nothing_is_saved_up() -> None:
    story, off = Story(), Preferences(notifications=False)
    assert story.at(0, earned(150, preferences=off)) is None
    assert story.at(1, trouble(Trouble.DISK_FULL, preferences=off)) is None
    assert story.at(2, earned(160)) is None  # switched on: the credit is old news,
    assert story.at(3, trouble(Trouble.DISK_FULL)) is not None  # the trouble is not


# --- memory -----------------------------------------------------------------------------------------------------------


def test_memory_outlasts_a_restart() -> None:
    story = Story(Memory(begun=True, first_credit=True))
    assert story.at(0, earned(150)) is not None
    assert story.at(1, trouble(Trouble.DISK_FULL)) is not None
    story.restart()
    assert story.at(2, trouble(Trouble.DISK_FULL)) is None
    assert story.memory.milestone_at == NOW
    assert Memory.read(Memory(begun=True).kept()) == Memory(begun=True)


@pytest.mark.parametrize(
    "kept", [None, 7, "", "{", "[]", '"x"', '{"told": 5}', '{"told": {"a": "b"}}', '{"at": []}', '{"milestone": 1e999}']
)
def test_a_damaged_memory_is_as_good_as_none(kept: object) -> None:
    assert Memory.read(kept) == Memory()
    assert Memory.read(kept).milestone_at == -math.inf


# --- showing ----------------------------------------------------------------------------------------------------------


class Icon(QSystemTrayIcon):
    """An icon that keeps what it was told to show."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shown: list[tuple[str, str]] = []

    def showMessage(self, title: str, body: str, *_: object) -> None:
        self.shown.append((title, body))


class LateTray(QObject):
    """As much of a tray as a notifier uses."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.icon = Icon(self)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "told.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", staticmethod(lambda: True))


@pytest.mark.usefixtures("messages")
def test_a_click_opens_the_page_that_it_is_about(
    qtbot: QtBot, node: FakeNode, program: Program, settings: QSettings
) -> None:
    program.window.hide()
    tray = LateTray(program)
    notifier = Notifier(program.model, tray, settings)  # type: ignore[arg-type]
    node.say(OFF)
    node.say(trouble(Trouble.MANIFEST_EXPIRED))
    qtbot.waitUntil(lambda: len(tray.icon.shown) == 1)
    with qtbot.waitSignal(notifier.openAsked) as asked:
        tray.icon.messageClicked.emit()
    assert asked.args == ["projects"]
    node.say(trouble(Trouble.MANIFEST_EXPIRED, detail="again"))
    qtbot.waitUntil(lambda: program.model.status.detail == "again")
    assert len(tray.icon.shown) == 1


@pytest.mark.usefixtures("messages")
def test_a_lasting_trouble_is_looked_at_again_without_a_snapshot(
    qtbot: QtBot, node: FakeNode, program: Program, settings: QSettings
) -> None:
    program.window.hide()
    tray, clock = LateTray(program), [NOW]
    notifier = Notifier(program.model, None, settings, clock=lambda: clock[0])
    notifier.use(tray)  # type: ignore[arg-type]
    assert not notifier.again.isActive()
    node.say(trouble(Trouble.HOST_UNREACHABLE))
    qtbot.waitUntil(notifier.again.isActive)
    for _ in range(4):
        assert tray.icon.shown == []
        clock[0] += 30
        notifier.again.timeout.emit()
    assert tray.icon.shown == [("Lightwork needs you", TROUBLES[Trouble.HOST_UNREACHABLE])]
    assert not notifier.again.isActive()


@pytest.mark.usefixtures("messages")
def test_a_node_that_is_started_again_is_no_news(
    qtbot: QtBot, node: FakeNode, program: Program, settings: QSettings
) -> None:
    program.window.hide()
    tray = LateTray(program)
    notifier = Notifier(program.model, tray, settings)  # type: ignore[arg-type]
    node.die()
    qtbot.waitUntil(lambda: not program.model.live)
    notifier.look()
    qtbot.waitUntil(lambda: program.model.live)
    assert tray.icon.shown == []


@pytest.mark.usefixtures("messages")
def test_the_tray_is_explained_once(
    qtbot: QtBot, node: FakeNode, program: Program, settings: QSettings, tmp_path: Path
) -> None:
    assert not Notifier(program.model, None, settings).explain_tray()  # there is none
    tray = LateTray(program)
    notifier = Notifier(program.model, tray, settings)  # type: ignore[arg-type]
    node.say(NodeStatus(preferences=Preferences(notifications=False)))
    qtbot.waitUntil(lambda: not program.model.status.preferences.notifications)
    assert not notifier.explain_tray()
    node.say(OFF)
    qtbot.waitUntil(lambda: program.model.status.preferences.notifications)
    assert notifier.explain_tray()
    assert not notifier.explain_tray()
    settings.sync()
    later = QSettings(str(tmp_path / "told.ini"), QSettings.Format.IniFormat)
    assert not Notifier(program.model, tray, later).explain_tray()  # type: ignore[arg-type]
    assert [title for title, _ in tray.icon.shown] == ["Lightwork stays in the tray"]


def test_without_a_tray_the_window_asks_for_attention(
    qtbot: QtBot, node: FakeNode, program: Program, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerted: list[object] = []
    monkeypatch.setattr(QApplication, "alert", staticmethod(alerted.append))
    program.window.showMinimized()
    assert not notify.window_seen()
    Notifier(program.model, None, settings)
    node.say(OFF)
    node.say(trouble(Trouble.DISK_FULL))
    qtbot.waitUntil(lambda: program.window in alerted)
