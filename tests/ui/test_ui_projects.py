"""The Projects page: cards from what the node and the hosts say, switching, leaving, and hosts that are away."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode
from ui_offers import EVIL, ID, OTHER, PRACTICE, entry, fit, offer, practice, progress

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import DeviceKind, Phase, Stage
from lightwork.domain.status import DeviceStatus, NodeStatus
from lightwork.protocol import control
from lightwork_ui.app import Program
from lightwork_ui.pages.project_card import ProjectTile
from lightwork_ui.pages.projects import MOST_AT_ONCE, Projects
from lightwork_ui.standing import standing
from lightwork_ui.text import DASH
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.lines import Lines

pytestmark = pytest.mark.qt_log_ignore("does not support raise", "propagateSizeHints")  # nor has this platform these

Open = Callable[[], Projects]
TRAINING = NodeStatus(phase=Phase.TRAINING, project=progress())


class Hosts:
    """What each project's host answers; a `Trouble` for one that does not."""

    def __init__(self) -> None:
        self.answers: dict[str | None, Any] = {
            None: practice(),
            ID: offer(joined=True),
            OTHER: Trouble.HOST_UNREACHABLE,
        }

    def __call__(self, message: control.LookAt) -> dict[str, object]:
        answer = self.answers[message.link and message.link.rpartition("/")[2]]
        return {"trouble": answer} if isinstance(answer, Trouble) else {"offer": answer}


@pytest.fixture
def hosts(node: FakeNode) -> Hosts:
    """Two projects were joined, the first one is chosen."""
    made = Hosts()
    node.replies[control.LookAt] = made
    join(node, entry(chosen=True, verified=5 * 10**15), entry(OTHER, name="Other"))
    return made


def join(node: FakeNode, *entries: control.ProjectEntry) -> None:
    node.replies[control.AskProjects] = {"projects": entries}


@pytest.fixture
def opened(qtbot: QtBot, program: Program, hosts: Hosts) -> Open:
    """Open the page and wait until the hosts of all its cards have answered."""

    def opener() -> Projects:
        program.window.go("projects")
        page = program.window.stack.currentWidget()
        assert isinstance(page, Projects)
        qtbot.waitUntil(lambda: page.complete and page._entries is not None and bool(page._shown))
        # The window is small: what is not seen is not asked.
        program.window.resize(1000, 1400)
        program.window.activateWindow()
        qtbot.waitUntil(program.window.isActiveWindow)
        qtbot.waitUntil(lambda: all(tile.offer or tile.trouble for tile in page.tiles.values()))
        return page

    return opener


def sent(node: FakeNode, *kinds: type) -> list[Any]:
    return [message for message in node.commands() if isinstance(message, kinds)]


def values(tile: ProjectTile) -> list[str]:
    return [stat.value.text() for stat in tile.stats]


def test_cards(opened: Open) -> None:
    page = opened()
    assert list(page.tiles) == ["", ID, OTHER]
    tile = page.tiles[ID]
    assert tile.name.text() == tile.accessibleName() == "Open Story Model"
    assert tile.team.text() == "by Story Collective  ·  train.example.org"
    assert tile.summary.text() == "Short stories"
    assert tile.model.text() == "Llama  ·  1.1B parameters"
    assert values(tile) == ["412", "2.867", "37", "5.00"]
    assert "2.867 in round 412" in tile.curve.accessibleName()
    assert tile.foot.fit.needs.text() == "Needs 5.1 of your 8 GB"
    assert tile.foot.fit.verdict.text() == "Fits"
    assert tile.pill.text() == "Chosen"
    assert tile.property("chosen")
    assert not page.tiles[OTHER].pill.isVisible()
    assert page.practice.pill.text() == "Practice"
    assert not page.practice.foot.leave.isVisible()
    assert not page.invitation.isVisible()
    spoken = {button.accessibleName() for button in tile.findChildren(QPushButton)}
    assert {"Contribute to this: Open Story Model", "Try it…: Open Story Model"} <= spoken


def test_the_device_that_trains_is_the_one_that_counts(
    qtbot: QtBot, opened: Open, hosts: Hosts, program: Program, show: Callable[[NodeStatus], None]
) -> None:
    device = DeviceStatus(id="cuda:1", kind=DeviceKind.GPU, name="Small")
    show(NodeStatus(device=device))
    hosts.answers[ID] = offer(fits=(fit(), fit("cuda:1", 3, 2, 4, name="Small card")))
    tile = opened().tiles[ID]
    assert tile.foot.fit.verdict.text() == "Does not fit"
    assert tile.foot.note.text() == "Training may use 2.0 GB of Small card. Settings, Computing can allow more."
    assert tile.foot.note.text() in tile.foot.fit.bar.accessibleDescription()


def test_a_host_that_is_away_is_a_quiet_line_and_can_be_asked_again(qtbot: QtBot, opened: Open, hosts: Hosts) -> None:
    page = opened()
    away = page.tiles[OTHER]
    assert away.name.text() == "Other"
    assert away.foot.note.text() == "Its host does not answer just now."
    assert values(away) == [DASH, DASH, DASH, "0"]
    hosts.answers[OTHER] = offer(OTHER, name="Other again")
    away.foot.again.click()
    qtbot.waitUntil(lambda: away.name.text() == "Other again")
    assert not away.foot.again.isVisible()
    hosts.answers[OTHER] = Trouble.MANIFEST_EXPIRED
    page._ask_host(away)
    qtbot.waitUntil(lambda: away.foot.note.text() == TROUBLES[Trouble.MANIFEST_EXPIRED])
    assert away.name.text() == "Other again"  # what was known stays
    assert values(away)[:3] == ["412", "2.867", DASH]


def test_only_what_is_seen_is_asked_and_not_too_much_at_once(
    qtbot: QtBot, node: FakeNode, hosts: Hosts, program: Program
) -> None:
    many = [f"{number:032d}" for number in range(30)]
    hosts.answers.update({project: offer(project) for project in many})
    join(node, *(entry(project, chosen=project == many[0]) for project in many))
    node.silent.add(control.LookAt)
    program.window.resize(1000, 1400)
    program.window.go("projects")
    page = program.window.stack.currentWidget()
    qtbot.waitUntil(lambda: len(sent(node, control.LookAt)) == MOST_AT_ONCE)
    node.silent.clear()
    for message in sent(node, control.LookAt):
        node.write(control.encode(control.Reply(id=message.id, **hosts(message))))
    qtbot.waitUntil(lambda: len(page.tiles) == 31 and page.tiles[many[5]].offer is not None)
    qtbot.waitUntil(lambda: not any(tile.asking for tile in page.tiles.values()))
    assert page.tiles[many[20]].offer is None
    assert page.practice.offer is None
    bar = page.verticalScrollBar()

    def at_the_end() -> bool:
        bar.setValue(bar.maximum())  # which grows until all cards have their places
        return page.practice.offer is not None

    qtbot.waitUntil(at_the_end)
    assert page.tiles[many[15]].offer is None


def test_hidden_it_asks_nothing_and_seen_again_it_asks_anew(
    qtbot: QtBot, node: FakeNode, hosts: Hosts, opened: Open, show: Callable[[NodeStatus], None]
) -> None:
    page = opened()
    page.window().go("home")
    before = len(node.commands())
    for revision in range(3):
        show(dataclasses.replace(TRAINING, revision=revision, process=revision))
    qtbot.wait(50)
    assert len(node.commands()) == before
    hosts.answers[ID] = offer(fits=(fit(needed=7),))  # less memory is allowed meanwhile
    page.window().go("projects")
    qtbot.waitUntil(lambda: page.tiles[ID].foot.fit.verdict.text() == "Does not fit")


def test_contributing_switches(qtbot: QtBot, node: FakeNode, opened: Open, program: Program) -> None:
    page = opened()
    page.tiles[ID].foot.work.click()
    page.tiles[ID].foot.work.click()  # twice is once
    qtbot.waitUntil(lambda: program.window.place == "home")
    change, contribute = sent(node, control.Change, control.Contribute)
    assert (change.key, change.value) == ("general.project", entry().link)
    assert contribute.link == entry().link
    program.window.go("projects")
    page.practice.foot.work.click()
    qtbot.waitUntil(lambda: len(sent(node, control.Contribute)) == 2)
    assert (sent(node, control.Change)[1].value, sent(node, control.Contribute)[1].link) == ("", None)


@pytest.mark.parametrize("failing", [control.Change, control.Contribute])
def test_a_switch_that_fails_says_so(
    qtbot: QtBot, node: FakeNode, opened: Open, program: Program, failing: type
) -> None:
    tile = opened().tiles[ID]
    node.replies[failing] = {"trouble": Trouble.SETTINGS_INVALID}
    tile.foot.work.click()
    assert tile.foot.note.text() == "Starting…"
    qtbot.waitUntil(lambda: tile.foot.note.text() == TROUBLES[Trouble.SETTINGS_INVALID])
    assert program.window.place == "projects"
    assert len(sent(node, control.Contribute)) == (failing is control.Contribute)
    node.replies[failing] = {}
    tile.foot.work.click()
    qtbot.waitUntil(lambda: program.window.place == "home")


def test_the_one_that_is_worked_for_leads_home(
    qtbot: QtBot, node: FakeNode, opened: Open, program: Program, show: Callable[[NodeStatus], None]
) -> None:
    page = opened()
    show(dataclasses.replace(TRAINING, project=progress(version=413, online=2)))
    tile = page.tiles[ID]
    assert tile.pill.text() == "Contributing"
    assert values(tile)[0] == "413"  # this computer's own snapshot is newer
    tile.foot.work.click()
    assert program.window.place == "home"
    assert not sent(node, control.Contribute)


def test_trying_it(qtbot: QtBot, opened: Open, program: Program, show: Callable[[NodeStatus], None]) -> None:
    page = opened()
    attempt = page.tiles[ID].foot.attempt
    assert not attempt.isEnabled()
    assert attempt.toolTip() == page.tiles[ID].foot.note.text() == "You can try its model while you contribute to it."
    show(TRAINING)
    assert attempt.isEnabled()
    assert attempt.toolTip() == ""
    attempt.click()
    dialog = page.trying
    assert dialog is not None
    attempt.click()
    assert page.trying is dialog
    program.window.hide()  # as it does when it is closed to the tray
    qtbot.waitUntil(lambda: page.trying is None)


@pytest.mark.parametrize(
    ("phase", "project", "here", "why"),
    [
        (Phase.TRAINING, ID, True, ""),
        (Phase.WAITING, ID, True, ""),
        (Phase.PREPARING, ID, False, "being loaded"),
        (Phase.PAUSED, ID, False, "paused"),
        (Phase.TROUBLE, ID, False, "went wrong"),
        (Phase.OFF, ID, False, "while you contribute"),
        (Phase.TRAINING, OTHER, False, "while you contribute"),
        (Phase.TRAINING, "", False, "while you contribute"),
    ],
)
def test_where_the_model_is(phase: Phase, project: str, here: bool, why: str) -> None:
    found = standing(NodeStatus(phase=phase, project=progress()), project, chosen=False, live=True)
    assert found.here is here
    assert why in found.why_not_here
    assert not standing(NodeStatus(phase=phase, project=progress()), project, chosen=False, live=False).here


def test_leaving_asks_in_place_and_changes_nothing_by_itself(
    qtbot: QtBot, node: FakeNode, opened: Open, program: Program
) -> None:
    page = opened()
    tile, height = page.tiles[ID], page.tiles[ID].height()
    tile.foot.leave.click()
    assert tile.foot.question.text().startswith("Leave Open Story Model? Its files here, up to 21.0 GB, are deleted.")
    assert tile.height() == height
    qtbot.waitUntil(tile.foot.stay.hasFocus)
    qtbot.keyClick(tile.foot.stay, Qt.Key.Key_Space)
    assert tile.foot.currentIndex() == 0
    assert tile.foot.leave.hasFocus()
    assert not sent(node, control.Leave)
    tile.foot.leave.click()
    join(node, entry(OTHER, name="Other"))
    tile.foot.really.click()
    assert tile.foot.really.text() == "Leaving…"
    qtbot.waitUntil(lambda: ID not in page.tiles)
    assert sent(node, control.Leave)[0].project == ID
    assert page.join_button.hasFocus()
    join(node)
    page.tiles[OTHER].foot.really.click()
    qtbot.waitUntil(page.invitation.isVisible)


def test_leaving_that_fails_and_a_node_that_goes_away_meanwhile(
    qtbot: QtBot, node: FakeNode, opened: Open, program: Program
) -> None:
    tile = opened().tiles[ID]
    node.replies[control.Leave] = {"trouble": Trouble.BUSY}
    tile.foot.leave.click()
    tile.foot.really.click()
    qtbot.waitUntil(lambda: tile.foot.note.text() == TROUBLES[Trouble.BUSY])
    assert tile.foot.currentIndex() == 0
    node.silent.add(control.Leave)
    tile.foot.leave.click()
    tile.foot.really.click()
    qtbot.waitUntil(lambda: len(sent(node, control.Leave)) == 2)
    node.die()
    qtbot.waitUntil(lambda: tile.foot.note.text() == TROUBLES[Trouble.NODE_AWAY])
    assert tile.foot.really.isEnabled()


def test_a_node_that_goes_away_while_hosts_are_asked_is_asked_again_when_it_is_back(
    qtbot: QtBot, node: FakeNode, hosts: Hosts, program: Program
) -> None:
    node.silent.add(control.LookAt)
    program.window.resize(1000, 1400)
    program.window.go("projects")
    page = program.window.stack.currentWidget()
    qtbot.waitUntil(lambda: len(sent(node, control.LookAt)) == MOST_AT_ONCE)
    node.die()
    qtbot.waitUntil(lambda: page.tiles[ID].trouble is Trouble.NODE_AWAY)
    assert not page.tiles[ID].foot.attempt.isEnabled()
    node.silent.clear()
    qtbot.waitUntil(lambda: page.tiles[ID].offer is not None, timeout=8000)


def test_an_invitation_where_nothing_was_joined(
    qtbot: QtBot, node: FakeNode, hosts: Hosts, program: Program, opened: Open
) -> None:
    join(node)
    page = opened()
    assert page.practice.pill.text() == "Chosen"
    assert page.invitation.isVisible()
    assert not page.invitation.look.isEnabled()
    qtbot.keyClicks(page.invitation.line, f" {entry().link} ")
    qtbot.keyClick(page.invitation.line, Qt.Key.Key_Return)
    dialog = program.window._join
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    dialog.reject()


def test_a_link_is_pasted_onto_the_page(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    QGuiApplication.clipboard().setText("no link")
    with qtbot.assertNotEmitted(page.join):
        qtbot.keyClick(page.tiles[ID].foot.leave, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QGuiApplication.clipboard().setText(entry().link)
    with qtbot.waitSignal(page.join) as emitted:
        qtbot.keyClick(page.tiles[ID].foot.leave, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert emitted.args == [entry().link]
    page.window()._join.reject()


def test_the_practice_project_has_one_card_only(qtbot: QtBot, node: FakeNode, opened: Open) -> None:
    link = f"lightwork://127.0.0.1:4000/{PRACTICE}"
    join(node, entry(PRACTICE, link=link, name="Practice", verified=2 * 10**15), entry(chosen=True))
    page = opened()
    assert list(page.tiles) == ["", ID]
    assert values(page.practice)[3] == "2.00"


@pytest.mark.parametrize("answer", [practice(), Trouble.PRACTICE_FAILED])
def test_a_host_on_this_computer_that_is_not_practice_has_its_card(
    qtbot: QtBot, node: FakeNode, hosts: Hosts, opened: Open, answer: Any
) -> None:
    hosts.answers[None] = answer
    join(node, entry(link=f"lightwork://localhost:9/{ID}"))
    page = opened()
    qtbot.waitUntil(lambda: ID in page.tiles)


def test_it_goes_to_a_project(qtbot: QtBot, opened: Open, program: Program) -> None:
    page = opened()
    page.go(OTHER)
    qtbot.waitUntil(page.tiles[OTHER].foot.work.hasFocus)
    page.go("unknown")


def test_hostile_text_is_harmless(qtbot: QtBot, node: FakeNode, hosts: Hosts, opened: Open, program: Program) -> None:
    join(node, entry(name=EVIL, summary=EVIL, chosen=True))
    hosts.answers[ID] = offer(name=EVIL, team=EVIL, summary=EVIL, architecture=EVIL, fits=(fit(needed=9, name=EVIL),))
    page = opened()
    tile = page.tiles[ID]
    assert tile.name.text().startswith("<b>Best</b> xxx")
    for label in tile.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert len(label.text()) < 2_500
        assert "\u202e" not in label.text()
        assert "<b>" not in label.toolTip()
    assert tile.width() < program.window.width() / 2
    tile.foot.leave.click()
    page.grab()


def test_lines_end_in_an_ellipsis(qtbot: QtBot, program: Program) -> None:
    lines = Lines("muted", 2)
    qtbot.addWidget(lines)
    lines.resize(200, lines.sizeHint().height())
    lines.setText("short")
    assert (lines.shown(), lines.toolTip()) == (["short"], "")
    lines.setText("word & <i> " * 100)
    first, second = lines.shown()
    assert first.startswith("word")
    assert second.endswith("…")
    assert "&lt;i&gt;" in lines.toolTip()
    lines.setText("שלום " * 100)
    assert lines.shown()[1].endswith("…")
    lines.grab()


def test_a_card_keeps_its_height_in_every_state(qtbot: QtBot, qapp: Any) -> None:
    tile = ProjectTile(Theme(qapp), entry())
    qtbot.addWidget(tile)
    tile.resize(400, 360)
    height = tile.sizeHint().height()
    tile.show_trouble(Trouble.HOST_UNREACHABLE)
    heights = {height, tile.sizeHint().height()}
    tile.show_offer(offer(summary=EVIL), "")
    heights.add(tile.sizeHint().height())
    tile.show_standing(standing(TRAINING, ID, chosen=True, live=True))
    heights.add(tile.sizeHint().height())
    assert len(heights) == 1


def test_a_waiting_node_has_the_model_too() -> None:
    status = NodeStatus(phase=Phase.WAITING, stage=Stage.ROUND, project=progress())
    assert standing(status, ID, chosen=True, live=True).here
