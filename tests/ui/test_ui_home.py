"""Home, from the node's snapshot to the screen and from a click to the node."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES, pause_sentence
from lightwork.domain.states import DeviceKind, PauseReason, Phase, Stage
from lightwork.domain.status import (
    CreditStatus,
    DataUse,
    DeviceStatus,
    EnergyStatus,
    LossPoint,
    NetworkStatus,
    NodeStatus,
    Notice,
    Pause,
    Progress,
    ProjectStatus,
    TrainingStatus,
)
from lightwork.protocol import control
from lightwork.settings.declared import ALL
from lightwork.settings.places import Places
from lightwork_ui import mending
from lightwork_ui.app import Program
from lightwork_ui.pages.cards import Card, energy_text
from lightwork_ui.text import DASH, sentence_text

pytestmark = pytest.mark.qt_log_ignore("does not support raise")  # nor has the platform without a screen

Show = Callable[[NodeStatus], None]

PROJECT = ProjectStatus(
    id="p",
    link="lightwork://h/p",
    name="Tales",
    summary="Short stories",
    version=12,
    online=3,
    parameters=1_130_000,
    share=0.25,
    held_out=(LossPoint(version=0, loss=5.55), LossPoint(version=12, loss=3.25)),
)
DEVICE = DeviceStatus(
    id="cuda:0",
    kind=DeviceKind.GPU,
    name="Card X",
    memory_total=8 * 2**30,
    memory_used=4 * 2**30,
    load=0.5,
    celsius=61,
    watts=150,
)


def values(card: Card) -> list[str]:
    return [stat.value.text() for stat in card.stats]


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())


def test_the_snapshot_is_shown(program: Program, show: Show) -> None:
    show(
        NodeStatus(
            phase=Phase.TRAINING,
            project=PROJECT,
            device=DEVICE,
            training=TrainingStatus(tokens_per_second=1234.4, memory_used=2 * 2**30, process=1),
            network=NetworkStatus(
                sent_per_second=1500, received_per_second=2_500_000, sent_today=10**9, received_today=5
            ),
            credits=CreditStatus(verified=5 * 10**15, pending=10**13, rejected=0, verified_today=10**15),
        )
    )
    home = program.window.home
    assert home.hero.sentence.text() == "Training – round 12."
    assert home.hero.button.text() == "Pause"
    assert values(home.project) == ["3.250", "12", "3", "25 %"]
    assert {"Tales", "Short stories"} <= set(words(home.project))
    assert "Practice" not in words(home.project)
    assert values(home.computer) == ["50 %", "150 W", "61 °C", "1,234"]
    assert {"Card X", "Memory: 4.0 GB of 8.0 GB", "training: 2.0 GB"} <= set(words(home.computer))
    assert values(home.network) == ["1.00 GB", "5 B"]
    assert {"1.50 kB/s", "2.50 MB/s"} <= set(words(home.network))
    assert values(home.credits) == ["5.00", "0.010", "0"]
    assert "1.00 today" in words(home.credits)


DECEMBER = datetime(2026, 12, 1).timestamp()
USED = DataUse(used=31_240_000_000, cap=50 * 10**9, ends=DECEMBER, expected=43_800_000_000)


@pytest.mark.parametrize(
    ("network", "shown", "share"),
    [
        ({"month": USED}, {"This month: 31.2 of 50 GB", "about 44 GB by 1 Dec"}, (0.876, 0.625)),
        (
            {"month": replace(USED, reached=datetime(2026, 11, 24, 8).timestamp(), expected=62 * 10**9)},
            {"This month: 31.2 of 50 GB", "lasts until about 24 Nov"},
            (1.0, 0.625),
        ),
        (
            {"month": replace(USED, used=49_999_000_000)},
            {"This month: 50 of 50 GB", "begins anew on 1 Dec"},
            (1.0, 1.0),
        ),
        # Without an allowance there is no bar.
        ({"month": replace(USED, cap=0)}, {"This month: 31.2 GB", "about 44 GB by 1 Dec"}, None),
        ({"month": replace(USED, cap=0, expected=None)}, {"This month: 31.2 GB"}, None),
        # The allowance of the day is the nearer one.
        (
            {
                "month": USED,
                "day": DataUse(used=450_000_000, cap=500_000_000, ends=DECEMBER, expected=480_000_000),
            },
            {"Today: 0.45 of 0.5 GB", "about 480 MB by midnight"},
            (0.96, 0.9),
        ),
        ({"month": USED, "upload_limit": 500_000}, {"limited to ↑ 500 kB/s"}, (0.876, 0.625)),
        (
            {"upload_limit": 500_000, "download_limit": 2_000_000},
            {"limited to ↑ 500 kB/s  ↓ 2.00 MB/s"},
            None,
        ),
        ({}, set(), None),  # an older node
    ],
)
def test_what_is_allowed_and_what_will_come_of_it(
    program: Program, show: Show, network: dict[str, Any], shown: set[str], share: tuple[float, float] | None
) -> None:
    at = datetime(2026, 11, 20, 12).timestamp()
    program.link.statusChanged.emit(NodeStatus(at=at, phase=Phase.TRAINING, network=NetworkStatus(**network)))
    card = program.window.home.network
    said = {label.replace("\u00a0", " ") for label in words(card)}
    assert shown <= said
    assert card._bar.isVisible() == (share is not None)
    if share is not None:
        assert (card._bar.value() / 1000, card._bar._part) == pytest.approx(share, abs=0.001)
        assert card._bar.accessibleDescription()


@pytest.mark.parametrize(
    ("pause", "sentence"),
    [
        (Pause(reason=PauseReason.DATA_DAY, cause="0.5 GB"), "Paused: today's data allowance is used up."),
        (
            Pause(reason=PauseReason.DATA_DAY, cause="0.5 GB", ends=DECEMBER),
            "Paused until midnight: today's data allowance of 0.5 GB is used up.",
        ),
        (
            Pause(reason=PauseReason.DATA_MONTH, cause="50 GB", ends=DECEMBER),
            "Paused until 1 December: this month's data allowance of 50 GB is used up.",
        ),
        (
            Pause(reason=PauseReason.DATA_MONTH, cause="nonsense", ends=1e300),
            "Paused: this month's data allowance is used up.",
        ),
    ],
)
def test_a_used_up_allowance_has_its_sentence(program: Program, show: Show, pause: Pause, sentence: str) -> None:
    show(NodeStatus(phase=Phase.PAUSED, pauses=(pause,)))
    assert program.window.home.hero.sentence.text().replace("\u00a0", " ") == sentence


@pytest.mark.usefixtures("russian")
def test_a_used_up_allowance_in_russian() -> None:
    pause = Pause(reason=PauseReason.DATA_MONTH, cause="0.5 GB", ends=DECEMBER)
    shown = sentence_text(pause_sentence(pause)).replace("\u00a0", " ")
    assert shown == "Пауза до 1 декабря: месячный лимит трафика (0,5 ГБ) исчерпан."


def test_what_is_not_told_is_a_dash_and_not_zero(program: Program, show: Show) -> None:
    show(NodeStatus(device=DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="A processor", memory_total=2**33)))
    home = program.window.home
    assert values(home.computer) == [DASH] * 4
    assert values(home.project) == [DASH] * 4
    assert home.computer.stats[1].value.accessibleName() == "Power: not reported"
    assert "Memory: 8.0 GB" in words(home.computer)


@pytest.mark.parametrize(
    "case",
    [
        (NodeStatus(phase=Phase.OFF), "Contribute", control.Contribute),
        (NodeStatus(phase=Phase.PREPARING, stage=Stage.DATA), "Pause", control.Pause),
        (NodeStatus(phase=Phase.TRAINING), "Pause", control.Pause),
        (NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY), "Pause", control.Pause),
        (NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON),)), "Resume", control.Resume),
        (NodeStatus(phase=Phase.TROUBLE, trouble=Trouble.IDENTITY_LOCKED), "Try again", control.Contribute),
    ],
)
def test_the_big_button_says_and_does_what_helps(
    qtbot: QtBot, node: FakeNode, program: Program, show: Show, case: tuple[NodeStatus, str, type]
) -> None:
    status, label, command = case
    show(status)
    button = program.window.home.hero.button
    assert button.accessibleName() == button.text() == label
    click(qtbot, button)
    qtbot.waitUntil(lambda: len(node.commands()) == 1)
    assert isinstance(node.commands()[0], command)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_the_big_button_is_pressed_by_keys(qtbot: QtBot, node: FakeNode, program: Program, key: Qt.Key) -> None:
    qtbot.keyClick(program.window.home.hero.button, key)
    qtbot.waitUntil(lambda: [type(message) for message in node.commands()] == [control.Contribute])


def test_corners_beside_the_disc_are_not_the_button(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    qtbot.mouseClick(program.window.home.hero.button, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    click(qtbot, program.window.home.hero.button)
    qtbot.waitUntil(lambda: len(node.commands()) == 1)


def test_stop_and_pauses_that_end(qtbot: QtBot, node: FakeNode, program: Program, show: Show) -> None:
    hero = program.window.home.hero
    assert not hero.stop.isVisible()
    assert not hero.pause_for.isVisible()
    show(NodeStatus(phase=Phase.TRAINING))
    click(qtbot, hero.stop)
    for action in hero.pause_for.menu().actions():
        action.trigger()
    qtbot.waitUntil(lambda: len(node.commands()) == 4)
    stop, one, three, restart = node.commands()
    assert isinstance(stop, control.Stop)
    assert (one.seconds, three.seconds, restart.seconds) == (3600.0, 10800.0, None)
    assert (one.until_restart, restart.until_restart) == (False, True)


def test_a_pause_by_the_computer_offers_nothing_but_stop(
    qtbot: QtBot, node: FakeNode, program: Program, show: Show
) -> None:
    show(
        NodeStatus(
            phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.ON_BATTERY), Pause(reason=PauseReason.LOW_DISK))
        )
    )
    hero = program.window.home.hero
    assert hero.button.text() == "Paused"
    assert hero.sentence.text() == "Paused: this computer runs on battery."
    assert hero.hint.text() == "Paused: the disk is nearly full."
    click(qtbot, hero.button)
    click(qtbot, hero.stop)
    qtbot.waitUntil(lambda: len(node.commands()) >= 1)
    assert [type(message) for message in node.commands()] == [control.Stop]


def test_every_trouble_shows_its_sentence(program: Program, show: Show) -> None:
    hero = program.window.home.hero
    for trouble in Trouble:
        show(NodeStatus(phase=Phase.TROUBLE, trouble=trouble, detail=f"code {trouble}"))
        assert hero.sentence.text() == TROUBLES[trouble]
        assert hero.hint.text() == f"code {trouble}"
        assert hero.button.accessibleDescription() == TROUBLES[trouble]
        assert hero.button.text() == "Try again"


def test_preparing_shows_bytes_speed_and_time(program: Program, show: Show) -> None:
    hero = program.window.home.hero
    progress = Progress(done=25_000_000, total=100_000_000, bytes_per_second=5_000_000)
    show(NodeStatus(phase=Phase.PREPARING, stage=Stage.MODEL, progress=progress))
    assert hero.bar.isVisible()
    assert hero.bar.value() == 250
    assert hero.amounts.text() == "25.0 MB of 100 MB  ·  5.00 MB/s  ·  15 s left"
    show(NodeStatus(phase=Phase.PREPARING, stage=Stage.MODEL, progress=Progress(done=25_000_000)))
    assert not hero.bar.isVisible()
    assert hero.amounts.text() == "25.0 MB"
    show(NodeStatus(phase=Phase.TRAINING))
    assert not hero.amounts.isVisible()


def test_a_notice_leads_to_what_mends_it(qtbot: QtBot, program: Program, show: Show) -> None:
    line = program.window.home.notice
    show(NodeStatus(notices=(Notice(trouble=Trouble.TRAINER_FAILED),)))
    assert not line.mend.isVisible()
    show(NodeStatus(revision=1, notices=(Notice(trouble=Trouble.UPLOAD_TOO_SLOW),)))
    assert line.mend.isVisible()
    with qtbot.waitSignal(program.window.home.wanted) as wanted:
        click(qtbot, line.mend)
    assert wanted.args == ["settings", "network.upload_limit"]


def test_the_newest_notice_can_be_put_away(qtbot: QtBot, program: Program, show: Show) -> None:
    line = program.window.home.notice
    assert not line.isVisible()
    first = Notice(trouble=Trouble.TRAINER_FAILED, at=time.time())
    show(NodeStatus(notices=(first,)))
    assert line.isVisible()
    assert line.label.text().endswith(TROUBLES[Trouble.TRAINER_FAILED])
    click(qtbot, line._away)
    show(NodeStatus(revision=1, notices=(first,)))
    assert not line.isVisible()
    show(NodeStatus(notices=(first, Notice(trouble=Trouble.OUT_OF_MEMORY))))
    assert line.label.text() == TROUBLES[Trouble.OUT_OF_MEMORY]
    assert line.isVisible()


def test_a_lost_node_is_told_without_a_dialog_and_found_again(
    qtbot: QtBot, node: FakeNode, program: Program, show: Show
) -> None:
    show(NodeStatus(phase=Phase.TRAINING, project=PROJECT, device=DEVICE, network=NetworkStatus(sent_per_second=5)))
    home = program.window.home
    node.first_status = None
    node.die()
    qtbot.waitUntil(lambda: "background process ended" in home.hero.sentence.text())
    assert home.hero.button.text() == "Starting"
    assert values(home.computer)[:3] == [DASH] * 3  # figures of now are not true any more
    assert values(home.project)[0] == "3.250"
    assert not home.hero.stop.isVisible()
    node.first_status = NodeStatus(phase=Phase.WAITING, revision=9)
    qtbot.waitUntil(lambda: home.hero.sentence.text() == "Waiting.", timeout=8000)


@pytest.mark.qt_log_ignore("openDocument")  # there is no file manager here
def test_a_node_that_does_not_start_says_why(qtbot: QtBot, qapp: QApplication, home: Places) -> None:
    tries: list[int] = []
    program = Program(qapp, home, lambda: bool(tries.append(1)), tray=False)
    qtbot.addWidget(program.window)
    program.start()
    hero = program.window.home.hero
    assert hero.sentence.text() == "Lightwork is not running."
    assert "did not start" in hero.hint.text()
    assert not hero.mend.isVisible()
    click(qtbot, hero.button)
    assert len(tries) == 2
    control.write_failure(home.door, Trouble.SETTINGS_INVALID, time.time())
    click(qtbot, hero.button)
    qtbot.waitUntil(lambda: hero.sentence.text() == TROUBLES[Trouble.SETTINGS_INVALID])
    assert hero.mend.text() == "Open the folder"
    with qtbot.waitSignal(program.window.home.folder):
        click(qtbot, hero.mend)
    program.link.close()


@pytest.mark.parametrize(
    "case",
    [
        (Trouble.MANIFEST_TAMPERED, "projects", "Choose another project"),
        (Trouble.DEVICE_TOO_SMALL, "settings", "Allow more memory"),
    ],
)
def test_one_button_mends_what_is_wrong(
    qtbot: QtBot, program: Program, show: Show, case: tuple[Trouble, str, str]
) -> None:
    trouble, page, label = case
    show(NodeStatus(phase=Phase.TROUBLE, trouble=trouble))
    hero = program.window.home.hero
    assert hero.mend.text() == label
    click(qtbot, hero.mend)
    assert program.window.place == page
    assert program.window.rail.buttons[page].isChecked()


def test_a_missing_runtime_offers_its_command(qtbot: QtBot, program: Program, show: Show) -> None:
    show(NodeStatus(phase=Phase.TROUBLE, trouble=Trouble.RUNTIME_MISSING))
    click(qtbot, program.window.home.hero.mend)
    assert QApplication.clipboard().text() == "python3 installer run"
    assert program.window.home.remark.isVisible()


def test_a_pause_by_a_rule_leads_to_the_rule(qtbot: QtBot, program: Program, show: Show) -> None:
    show(NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.ON_BATTERY),)))
    hero = program.window.home.hero
    assert hero.mend.text() == "Change this rule"
    click(qtbot, hero.mend)
    assert program.window.place == "settings"
    show(NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON),)))
    assert not hero.mend.isVisible()


def test_every_rule_is_a_setting_and_every_reason_but_the_person_has_one() -> None:
    assert set(mending.RULES) == set(PauseReason) - {PauseReason.PERSON}
    keys = {setting.key for setting in ALL}
    assert set(mending.RULES.values()) <= keys
    parts = [mend.target.partition("/")[2] for mend in mending.MENDS.values() if mend.way is mending.Way.PAGE]
    assert {part for part in parts if part} <= keys


def test_preparing_can_be_cancelled(qtbot: QtBot, node: FakeNode, program: Program, show: Show) -> None:
    hero = program.window.home.hero
    show(NodeStatus(phase=Phase.PREPARING, stage=Stage.MODEL))
    assert hero.stop.text() == "Cancel"
    click(qtbot, hero.stop)
    qtbot.waitUntil(lambda: [type(message) for message in node.commands()] == [control.Stop])
    show(NodeStatus(phase=Phase.TRAINING))
    assert (hero.stop.text(), hero.stop.shortcut().toString()) == ("Stop", "Alt+S")


HOSTILE = [
    "<img src=file:///etc/passwd><b>bold</b>",
    "<a href='http://x'>" + "A" * 10_000,
    "\u202egnp.exe \u2066\u200f\u05d0\u05d1" * 50,
    "line\nline\r\n\x00\x1b[31mred",
    "{0.__class__} {name} %s &amp; &x",
    "\ud83d",
    "W" * 10_000,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_only_text(program: Program, name: str, qtbot: QtBot) -> None:
    window = program.window
    program.link.statusChanged.emit(  # not all of these would pass the wire; the window must not rely on it
        NodeStatus(
            phase=Phase.TROUBLE,
            trouble=Trouble.REFUSED,
            detail=name,
            project=ProjectStatus(id=name, link=name, name=name, summary=name, version=10**300),
            device=DeviceStatus(
                id=name, kind=DeviceKind.CPU, name=name, memory_total=1, memory_used=10**30, load=1e300
            ),
            credits=CreditStatus(verified=10**400, pending=-5),
            network=NetworkStatus(
                sent_per_second=1e300,
                sent_today=10**40,
                upload_limit=10**40,
                month=DataUse(used=10**400, cap=10**300, ends=1e300, expected=10**400, reached=-1e300),
                day=DataUse(used=-1, cap=10**300, ends=-1e300, expected=-(10**400)),
            ),
            notices=(Notice(trouble=Trouble.REFUSED, detail=name, at=1e300),),
        )
    )
    qtbot.waitUntil(lambda: window.home.hero.button.text() == "Try again")
    assert window.size().width() == 1000
    assert window.home.widget().width() <= window.home.viewport().width()
    for label in window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text()
        assert len(label.text()) < 600
        assert not set(label.text()) & set("\u202e\u2066\u200f\x00\x1b\n\r")
        assert "<img" not in label.toolTip()
    window.grab()
    program.link.statusChanged.emit(NodeStatus(phase=Phase.OFF, project=ProjectStatus(id="p", link="l", name=name)))
    assert window.home.hero.button.text() == "Contribute"


class PaintCounter(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_an_equal_snapshot_paints_nothing(qtbot: QtBot, program: Program, show: Show) -> None:
    status = NodeStatus(phase=Phase.TRAINING, project=PROJECT, device=DEVICE)
    show(status)
    qtbot.wait(100)
    counter = PaintCounter()
    for widget in (program.window, *program.window.findChildren(QWidget)):
        widget.installEventFilter(counter)
    program.link.statusChanged.emit(NodeStatus(phase=Phase.TRAINING, project=PROJECT, device=DEVICE, revision=5))
    qtbot.wait(100)
    assert counter.count == 0


def test_hidden_it_does_not_draw_or_tick(qtbot: QtBot, program: Program, show: Show) -> None:
    home = program.window.home
    show(NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=time.time() + 100))
    assert home._second.isActive()
    program.window.hide()
    assert not home._second.isActive()
    show(NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=time.time() + 50))
    assert not home._second.isActive()
    assert "Next try in\u00a0" not in home.hero.sentence.text() or "100" in home.hero.sentence.text()
    program.window.show()
    assert "50" in home.hero.sentence.text()


def test_minimised_it_does_not_draw_or_tick(qtbot: QtBot, program: Program, show: Show) -> None:
    home = program.window.home
    show(NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=time.time() + 100))
    program.window.showMinimized()
    qtbot.waitUntil(lambda: not home._second.isActive())
    show(NodeStatus(phase=Phase.TRAINING))
    assert home.hero.button.accessibleDescription() != "Training – round 0."
    program.window.bring_forward()
    qtbot.waitUntil(lambda: home.hero.sentence.text() == "Training – round 0.")


def test_a_countdown_goes_on_between_snapshots(qtbot: QtBot, program: Program, show: Show) -> None:
    show(NodeStatus(phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=time.time() + 100))
    first = program.window.home.hero.sentence.text()
    qtbot.waitUntil(lambda: program.window.home.hero.sentence.text() != first)


def test_every_control_is_reached_by_tab_and_has_a_name(qtbot: QtBot, program: Program, show: Show) -> None:
    show(NodeStatus(phase=Phase.TRAINING))
    window = program.window
    window.activateWindow()
    hero = window.home.hero
    hero.button.setFocus()
    reached = []
    for _ in range(6):
        focused = window.focusWidget()
        assert focused is not None
        reached.append(focused)
        assert focused.accessibleName() or focused.text()
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    away, rail = window.home.remark._away, window.rail
    assert reached == [hero.button, hero.pause_for, hero.stop, away, rail.buttons["home"], rail.more]
    rail.buttons["home"].setFocus()
    for name in ("projects", "stats", "settings"):  # arrows walk along the rail, as in every group of choices
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        assert window.focusWidget() is rail.buttons[name]
    for button in window.home.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text() or not button.isVisibleTo(window)


def test_the_big_button_keeps_the_keyboard_while_it_waits(qtbot: QtBot, node: FakeNode, program: Program) -> None:
    program.window.home.hero.button.setFocus()
    node.first_status = None
    node.die()
    qtbot.waitUntil(lambda: program.window.home.hero.button.text() == "Starting")
    assert program.window.focusWidget() is program.window.home.hero.button


@pytest.mark.parametrize(("size", "columns"), [((480, 360), 1), ((640, 480), 1), ((1000, 680), 2), ((3840, 2160), 2)])
def test_any_size_is_laid_out(qtbot: QtBot, program: Program, show: Show, size: tuple[int, int], columns: int) -> None:
    width, height = size
    show(NodeStatus(phase=Phase.TRAINING, project=PROJECT, device=DEVICE))
    program.window.resize(width, height)
    qtbot.wait(50)
    home = program.window.home
    cards = (home.project, home.computer, home.network, home.credits)
    assert len({card.x() for card in cards}) == columns
    assert len({card.width() for card in cards}) <= 2
    right = max(card.mapTo(program.window, QPoint(card.width(), 0)).x() for card in cards)
    assert right <= width
    assert not home.horizontalScrollBar().isVisible()
    if height >= 680:
        assert not home.verticalScrollBar().isVisible()


@pytest.mark.parametrize(
    ("energy", "words"),
    [
        (EnergyStatus(), ""),
        (EnergyStatus(watts=182.0, kwh_per_day=4.368), "at this rate 4.37 kWh a day"),
        (EnergyStatus(kwh_today=0.84, duty=0.5), "today 0.840 kWh  ·  computing 50 % of the time"),
        (
            EnergyStatus(
                watts=182.0,
                kwh_today=0.84,
                kwh_per_day=4.37,
                money_today=0.27,
                money_per_day=1.4,
                currency="EUR\n\u202e",
                grams_co2_today=319.0,
            ),
            "today 0.840 kWh  ·  0.27\u00a0EUR  ·  0.319 kg CO₂  ·  at this rate 1.40\u00a0EUR a day",
        ),
    ],
)
def test_the_cost_line_says_what_is_known(qtbot: QtBot, energy: EnergyStatus, words: str) -> None:
    assert energy_text(energy) == words
