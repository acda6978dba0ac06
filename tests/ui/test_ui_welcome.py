"""The first run: a check, a project, Contribute; two clicks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode
from ui_offers import EVIL, GB, ID, LINK, offer

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import CheckStep, DeviceKind, PauseReason, Phase
from lightwork.domain.status import CreditStatus, DeviceStatus, NodeStatus, ProjectStatus
from lightwork.protocol import control
from lightwork.settings.places import Places
from lightwork_ui import motion
from lightwork_ui.app import Program
from lightwork_ui.onboarding import check
from lightwork_ui.onboarding.check import Row, Standing
from lightwork_ui.onboarding.welcome import Welcome, needs_leading

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise")

CARD = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="Card X", memory_total=12 * GB)
PROCESSOR = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="Processor Y", memory_total=32 * GB)


def report(**other: Any) -> control.CheckReport:
    fields: dict[str, Any] = {
        "device": CARD,
        "driver": "550.54",
        "runtime": "torch 2.13.0",
        "allowed": 6 * GB,
        "parameters": 168_000_000,
        "tokens_per_second": 14_250.0,
        "operations_per_day": 1240 * 10**15,
        "seconds": 21.0,
    }
    return control.CheckReport(**{**fields, **other})


@pytest.fixture
def first(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Program]]:
    """Starts the program for the first time in its life, the node's check unanswered."""
    settings = QSettings(str(home.home / "window.ini"), QSettings.Format.IniFormat)
    settings.remove("window/welcomed")
    settings.sync()
    node.silent.add(control.Check)
    monkeypatch.setattr(motion, "allowed", lambda: False)
    made: list[Program] = []

    def start() -> Program:
        made.append(Program(qapp, home, node.open, tray=False))
        qtbot.addWidget(made[0].window)
        made[0].window.resize(1000, 680)
        made[0].start()
        qtbot.waitUntil(lambda: made[0].model.live)
        return made[0]

    yield start
    for program in made:
        program.link.close()


def welcome_of(program: Program) -> Welcome:
    found = program.window.findChild(Welcome)
    assert found is not None
    return found


def check_id(qtbot: QtBot, node: FakeNode, which: int = 0) -> int:
    def asked() -> list[int]:
        return [message.id for message in node.commands() if isinstance(message, control.Check)]

    qtbot.waitUntil(lambda: len(asked()) > which)
    return asked()[which]


def tell(node: FakeNode, number: int, step: CheckStep, passed: bool | None, detail: str = "") -> None:
    node.write(control.encode(control.Checked(id=number, step=step, passed=passed, detail=detail)))


def sent(node: FakeNode, *kinds: type) -> list[Any]:
    return [message for message in node.commands() if isinstance(message, kinds)]


# --- the way through --------------------------------------------------------------------------------------------------


def test_two_clicks_from_the_first_start_to_contributing(
    qtbot: QtBot, node: FakeNode, first: Any, home: Places
) -> None:
    program = first()
    welcome = welcome_of(program)
    assert program.window.place == "welcome"
    assert not program.window.rail.isVisible()
    number = check_id(qtbot, node)
    qtbot.mouseClick(welcome.go_on, Qt.MouseButton.LeftButton)  # it need not be waited for
    assert welcome.project.practice.isChecked()
    qtbot.mouseClick(welcome.contribute, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: program.window.place == "home")
    assert [message.link for message in sent(node, control.Contribute)] == [None]
    assert [message.asked for message in sent(node, control.Cancel)] == [number]
    # The device is free before training asks for it.
    kinds = [type(message) for message in node.commands()]
    assert kinds.index(control.Cancel) < kinds.index(control.Contribute)
    assert program.window.rail.isVisible()
    assert QSettings(str(home.home / "window.ini"), QSettings.Format.IniFormat).value("window/welcomed", False, bool)


def test_by_keyboard_alone(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    welcome = welcome_of(program)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.waitUntil(welcome.go_on.hasFocus)
    qtbot.keyClick(welcome.go_on, Qt.Key.Key_Return)
    qtbot.waitUntil(welcome.contribute.hasFocus)
    qtbot.keyClick(welcome.contribute, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.window.place == "home")


def test_not_now(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    check_id(qtbot, node)
    welcome_of(program).later.click()
    qtbot.waitUntil(lambda: program.window.place == "home")
    qtbot.waitUntil(lambda: len(sent(node, control.Cancel)) == 1)
    assert sent(node, control.Contribute, control.Join) == []


def test_back(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    assert not welcome.back.isVisible()
    welcome.go_on.click()
    assert welcome.contribute.isVisible()
    welcome.back.click()
    assert welcome.go_on.isVisible()
    assert not welcome.contribute.isVisible()


def test_a_refusal_is_said_and_can_be_tried_again(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    welcome = welcome_of(program)
    welcome.go_on.click()
    node.replies[control.Contribute] = {"trouble": Trouble.PRACTICE_FAILED}
    welcome.contribute.click()
    assert not welcome.contribute.isEnabled()
    shown = TROUBLES[Trouble.PRACTICE_FAILED]
    qtbot.waitUntil(lambda: welcome.said.text() == shown)
    assert program.window.place == "welcome"
    node.replies.clear()
    qtbot.waitUntil(welcome.contribute.isEnabled)
    welcome.contribute.click()
    qtbot.waitUntil(lambda: program.window.place == "home")


@pytest.mark.parametrize(
    ("status", "led"),
    [
        (NodeStatus(), True),
        (NodeStatus(project=ProjectStatus(id="p", link="l")), False),
        (NodeStatus(credits=CreditStatus(receipts=1)), False),
        (NodeStatus(credits=CreditStatus(pending=1)), False),
        (NodeStatus(phase=Phase.TRAINING), False),
        (NodeStatus(phase=Phase.PAUSED), False),
    ],
)
def test_who_is_led(status: NodeStatus, led: bool) -> None:
    assert needs_leading(status) is led


def test_who_has_contributed_by_command_line_is_not_led(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    node.first_status = NodeStatus(credits=CreditStatus(receipts=3))
    program = first()
    qtbot.waitUntil(lambda: program.window.place == "home")
    assert sent(node, control.Check) == []


def test_nor_if_that_is_known_before_the_window_is_made(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    node.say(NodeStatus(phase=Phase.TRAINING))
    qtbot.waitUntil(lambda: program.model.status.phase is Phase.TRAINING)
    later = Welcome(program.model, program.theme)
    qtbot.addWidget(later)
    with qtbot.waitSignal(later.finished):  # after whoever made it listens
        pass


# --- the check --------------------------------------------------------------------------------------------------------


def test_the_check_is_followed_step_by_step(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    card, number = welcome.check, check_id(qtbot, node)
    height = card.height()
    assert "Nothing is sent anywhere" in card.result.text()
    assert card.second.isActive()
    tell(node, number, CheckStep.DEVICE, None)
    tell(node, number, CheckStep.DEVICE, True, "<b>Card X</b>, driver 550.54")
    tell(node, number, CheckStep.RUNTIME, None)
    lines = card.lines
    qtbot.waitUntil(lambda: lines[CheckStep.DEVICE].detail.text() == "<b>Card X</b>, driver 550.54")
    assert lines[CheckStep.DEVICE].detail.textFormat() is Qt.TextFormat.PlainText
    assert lines[CheckStep.DEVICE].accessibleName().startswith("Graphics card and driver: fine.")
    qtbot.waitUntil(lambda: "being tried out" in lines[CheckStep.RUNTIME].accessibleName())
    assert "not yet" in lines[CheckStep.SPEED].accessibleName()
    before = card.bar.value()
    for step in (CheckStep.RUNTIME, CheckStep.MEMORY, CheckStep.SPEED):
        tell(node, number, step, True)
    node.write(control.encode(control.Reply(id=number, check=report())))
    qtbot.waitUntil(lambda: card.result.text() == "About 1,240 credits a day on an otherwise idle computer.")
    assert lines[CheckStep.MEMORY].detail.text() == "Training may use 6.0 GB"
    assert lines[CheckStep.SPEED].detail.text() == "14,250 tokens/s with a model of 168.0M parameters"
    assert card.bar.value() == 1000 > before
    assert not card.second.isActive()
    assert card.height() == height


def test_somebody_elses_check_is_not_ours(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    number = check_id(qtbot, node)
    welcome._model.streamed.emit(control.Checked(id=number + 99, step=CheckStep.SPEED, passed=False))
    assert welcome.run.rows[CheckStep.SPEED].standing is Standing.WAITING


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("runtime_missing", TROUBLES[Trouble.RUNTIME_MISSING]),
        (PauseReason.GAME.value, "Paused: a game is running."),
        ("odd\u202e\nthing", "odd thing"),
        ("", "Could not be tried out now."),
    ],
)
def test_why_a_step_failed(detail: str, words: str) -> None:
    assert check.failure_words(detail) == words


def rows(**standings: Standing) -> dict[CheckStep, Row]:
    made = {step: Row(check.step_title(step)) for step in CheckStep}
    for name, standing in standings.items():
        detail = f"{name} failed." if standing is Standing.FAILED else ""
        made[CheckStep(name)] = Row(name, standing, detail)
    return made


ALL_THE_SAME = "You can go on all the same."
PER_DAY = "credits a day on an otherwise idle computer."


@pytest.mark.parametrize(
    ("found", "failed", "expected"),
    [
        (report(), "", f"About 1,240 {PER_DAY}"),
        (
            report(device=PROCESSOR, operations_per_day=2 * 10**15),
            "device",
            f"No graphics card here can train: the processor will do. About 2.00 {PER_DAY}",
        ),
        (report(device=PROCESSOR, operations_per_day=None), "device runtime", f"runtime failed. {ALL_THE_SAME}"),
        (report(operations_per_day=None), "", f"How fast it trains could not be found out now. {ALL_THE_SAME}"),
        (report(device=None, operations_per_day=None), "device", f"device failed. {ALL_THE_SAME}"),
        (None, "", f"The check did not end. {ALL_THE_SAME}"),
    ],
)
def test_what_it_means(found: control.CheckReport | None, failed: str, expected: str) -> None:
    assert check.meaning(found, rows(**dict.fromkeys(failed.split(), Standing.FAILED))) == expected


def test_progress_only_grows() -> None:
    story = [
        (rows(), 0.0),
        (rows(device=Standing.RUNNING), 0.5),
        (rows(device=Standing.RUNNING), 30.0),
        (rows(device=Standing.PASSED), 0.0),
        (rows(device=Standing.PASSED, runtime=Standing.RUNNING), 0.0),
        (rows(device=Standing.PASSED, runtime=Standing.RUNNING), 3.0),
        (rows(device=Standing.PASSED, runtime=Standing.RUNNING), 6.0),
        (rows(device=Standing.PASSED, runtime=Standing.RUNNING), 60.0),
        (rows(device=Standing.PASSED, runtime=Standing.FAILED), 0.0),
        (rows(**{step.value: Standing.PASSED for step in CheckStep}), 0.0),
    ]
    shares = [check.progress(*one)[0] for one in story]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(0 <= check.progress(*one)[1] <= 60 for one in story)
    assert check.progress(story[7][0], -5.0) == check.progress(story[4][0], 0.0)


def test_a_node_that_ends_again_and_again_is_not_checked_for_ever(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    check_id(qtbot, node)
    node.die()  # as it happens
    for restart in range(1, check.MOST_RESTARTS):  # what the link answers then, without its growing patience
        number = check_id(qtbot, node, restart)
        welcome._model._link.replyReceived.emit(control.Reply(id=number, trouble=Trouble.NODE_AWAY))
    number = check_id(qtbot, node, check.MOST_RESTARTS)
    welcome._model._link.replyReceived.emit(control.Reply(id=number, trouble=Trouble.NODE_AWAY))
    assert welcome.run.over
    welcome.run.begin()
    assert len(sent(node, control.Check)) == check.MOST_RESTARTS + 1
    assert TROUBLES[Trouble.NODE_AWAY] in welcome.check.result.text()
    assert welcome.go_on.isEnabled()


def test_without_a_node_its_sentence_stands_there(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    welcome = welcome_of(program)
    welcome.go_on.click()
    node.silent.clear()
    node.server.close()
    node.die()
    qtbot.waitUntil(lambda: "ended" in welcome.said.text())
    assert not welcome.contribute.isEnabled()
    qtbot.waitUntil(lambda: program.model.live)
    qtbot.waitUntil(welcome.contribute.isEnabled)
    assert welcome.said.text() == ""


# --- the project ------------------------------------------------------------------------------------------------------


def test_a_link_is_looked_at_before_it_is_joined(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    program = first()
    welcome = welcome_of(program)
    welcome.go_on.click()
    height = welcome.project.height()
    node.replies[control.LookAt] = {"offer": offer(name=EVIL)}
    qtbot.keyClicks(welcome.project.line, LINK)
    assert welcome.project.by_link.isChecked()
    assert not welcome.project.practice.isChecked()
    assert not welcome.contribute.isEnabled()
    qtbot.waitUntil(welcome.contribute.isEnabled)
    assert welcome.project.found.text().startswith("<b>Best</b> xxx")
    assert welcome.project.found.textFormat() is Qt.TextFormat.PlainText
    facts = welcome.project.facts.text()
    assert "Needs 5.1 of your 8 GB" in facts
    assert ID[:4] + " " + ID[4:8] in facts
    assert len(sent(node, control.LookAt)) == 1
    assert sent(node, control.Join, control.Contribute) == []
    assert welcome.project.height() == height
    welcome.contribute.click()
    qtbot.waitUntil(lambda: program.window.place == "home")
    assert [(type(one), one.link) for one in sent(node, control.Join, control.Contribute)] == [
        (control.Join, LINK),
        (control.Contribute, LINK),
    ]


def test_a_link_that_leads_nowhere(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    welcome.go_on.click()
    node.replies[control.LookAt] = {"trouble": Trouble.LINK_INVALID, "detail": "<i>x</i>"}
    welcome.project.line.setText("http://example.org")
    qtbot.keyClick(welcome.project.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: welcome.project.facts.text() == f"{TROUBLES[Trouble.LINK_INVALID]}\n<i>x</i>")
    assert welcome.project.facts.textFormat() is Qt.TextFormat.PlainText
    assert not welcome.contribute.isEnabled()
    welcome.project.choose(practice=True)
    assert welcome.contribute.isEnabled()


def test_an_answer_about_another_link_is_passed_over(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    welcome.go_on.click()
    node.silent.add(control.LookAt)
    welcome.project.line.setText(LINK)
    welcome.project._look()
    qtbot.waitUntil(lambda: len(sent(node, control.LookAt)) == 1)
    old = sent(node, control.LookAt)[0].id
    welcome.project.line.setText(LINK + "x")
    with qtbot.waitSignal(welcome._model._link.replyReceived):
        node.write(control.encode(control.Reply(id=old, offer=offer())))
    assert welcome.project.offer is None
    assert not welcome.contribute.isEnabled()


def test_a_link_can_be_dropped(qtbot: QtBot, node: FakeNode, first: Any) -> None:
    welcome = welcome_of(first())
    welcome.go_on.click()
    node.replies[control.LookAt] = {"offer": offer()}
    data = QMimeData()
    data.setText(LINK)
    drop = QDropEvent(
        QPointF(QPoint(5, 5)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    welcome.project.dropEvent(drop)
    qtbot.waitUntil(welcome.contribute.isEnabled)
    assert welcome.project.link == LINK


# --- how it lies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(480, 360), (900, 600), (3840, 2160)])
def test_the_next_step_is_in_sight_at_every_size(qtbot: QtBot, first: Any, size: tuple[int, int]) -> None:
    program = first()
    welcome = welcome_of(program)
    program.window.resize(*size)
    qtbot.waitUntil(lambda: program.window.width() == size[0] and welcome.width() == size[0])
    for button in (welcome.go_on, welcome.contribute):
        inside = welcome.rect().contains(button.geometry().translated(button.parentWidget().pos()))
        assert inside
        assert button.width() <= size[0] / 2
        welcome.go_on.click()


def test_everything_has_a_name(qtbot: QtBot, first: Any) -> None:
    welcome = welcome_of(first())
    assert welcome.accessibleName()
    for button in welcome.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
    assert welcome.project.line.accessibleName() == "Project link"
    assert welcome.check.bar.accessibleName()


def test_a_clicked_link_goes_on_in_the_first_run(
    qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode
) -> None:
    settings = QSettings(str(home.home / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/welcomed", False)
    settings.sync()
    node.replies[control.LookAt] = {"offer": offer()}
    node.silent.add(control.Check)
    program = Program(qapp, home, node.open, tray=False)
    program.start(link=LINK)
    qtbot.waitUntil(lambda: program.shown)
    welcome = program.window.stack.currentWidget()
    assert isinstance(welcome, Welcome)
    assert program.window._join is None
    assert welcome.project.line.text() == LINK
    qtbot.waitUntil(lambda: welcome.project.offer is not None)
    assert welcome.contribute.isEnabled()
    program.link.close()
    program.window.hide()
