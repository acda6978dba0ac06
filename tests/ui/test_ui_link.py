"""The door between window and node: finding, starting, losing and distrusting a node."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid
from ui_fake_node import FakeNode

from lightwork.domain.errors import Trouble
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork.settings.places import Places
from lightwork_ui import launch
from lightwork_ui.link import Connection, Link

MakeLink = Callable[..., Link]


@pytest.fixture
def make_link(qapp: QApplication, home: Places, node: FakeNode):
    made: list[Link] = []

    def make(start: Callable[[], bool] = node.open) -> Link:
        made.append(Link(home.door, start))
        return made[-1]

    yield make
    for link in made:
        if isValid(link):
            link.close()


def connect(qtbot: QtBot, link: Link) -> None:
    link.open()
    qtbot.waitUntil(lambda: link.state is Connection.CONNECTED)


def test_a_running_node_is_greeted_with_its_token_and_none_is_started(
    qtbot: QtBot, node: FakeNode, make_link: MakeLink
) -> None:
    node.open()
    link = make_link(lambda: pytest.fail("a node runs already"))
    with qtbot.waitSignal(link.statusChanged) as got:
        link.open()
    assert got.args == [NodeStatus()]
    assert node.received == [control.Hello(token=node.token, client="window")]
    assert link.state is Connection.CONNECTED


def test_without_a_door_a_node_is_started_once(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    starts = []
    link = make_link(lambda: bool(starts.append(1)) or True)
    link.open()
    qtbot.wait(500)
    assert starts == [1]
    assert link.state is Connection.STARTING
    node.open()
    qtbot.waitUntil(lambda: link.state is Connection.CONNECTED)


def test_a_dead_door_starts_a_node(qtbot: QtBot, home: Places, node: FakeNode, make_link: MakeLink) -> None:
    node.open()
    node.die()
    assert home.door.exists()
    connect(qtbot, make_link())


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"port": "x"}', b'{"port":70000,"token":"","process":1,"version":1}']
)
def test_a_door_that_makes_no_sense_is_as_good_as_none(
    qtbot: QtBot, home: Places, make_link: MakeLink, content: bytes
) -> None:
    home.home.mkdir(exist_ok=True)
    home.door.write_bytes(content)
    connect(qtbot, make_link())


def test_a_newer_door_is_left_alone_until_it_goes(
    qtbot: QtBot, home: Places, node: FakeNode, make_link: MakeLink
) -> None:
    home.home.mkdir(exist_ok=True)
    home.door.write_text(json.dumps({"port": 1, "token": "t", "process": 1, "version": control.VERSION + 1}))
    starts = []
    link = make_link(lambda: bool(starts.append(1)) or node.open())
    link.open()
    assert (link.state, starts) == (Connection.NEWER, [])
    home.door.unlink()
    qtbot.waitUntil(lambda: link.state is Connection.CONNECTED)


def test_a_welcome_of_a_newer_wire_is_not_believed(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    node.welcome = control.encode(control.Welcome(version=control.VERSION + 1, program="x", process=1))
    node.open()
    link = make_link(lambda: pytest.fail("a node runs already"))
    link.statusChanged.connect(lambda _status: pytest.fail("its snapshots may mean something else"))
    link.open()
    qtbot.waitUntil(lambda: link.state is Connection.NEWER)
    qtbot.wait(300)


def test_a_node_that_cannot_be_started_is_told_and_tried_again(
    qtbot: QtBot, make_link: MakeLink, node: FakeNode
) -> None:
    able = []
    link = make_link(lambda: node.open() if able else False)
    link.open()
    assert link.state is Connection.AWAY
    assert 0 < link.seconds_to_next_try <= 2
    able.append(1)
    qtbot.waitUntil(lambda: link.state is Connection.CONNECTED, timeout=8000)


def test_a_person_need_not_wait_for_the_next_try(qtbot: QtBot, make_link: MakeLink, node: FakeNode) -> None:
    tries = []
    link = make_link(lambda: bool(tries.append(1)))
    link.open()
    link.try_now()
    assert len(tries) == 2


def test_a_death_is_noticed_and_the_node_started_again(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    states: list[Connection] = []
    link.connectionChanged.connect(states.append)
    node.die()
    qtbot.waitUntil(lambda: states == [Connection.RESTARTING, Connection.CONNECTED])


def test_a_node_that_dies_again_and_again_is_started_ever_more_slowly(
    qtbot: QtBot, node: FakeNode, make_link: MakeLink
) -> None:
    starts = []
    link = make_link(lambda: bool(starts.append(1)) or node.open())
    connect(qtbot, link)
    node.die()
    qtbot.waitUntil(lambda: len(starts) == 2 and link.state is Connection.CONNECTED)
    node.die()
    qtbot.waitUntil(lambda: link.state is Connection.RESTARTING)
    assert link.seconds_to_next_try > 2


def test_a_command_gets_its_own_reply(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    node.replies[control.Join] = {"trouble": Trouble.LINK_INVALID, "detail": "no"}
    replies: list[control.Reply] = []
    link.replyReceived.connect(replies.append)
    first, second = link.send(control.Pause, seconds=5.0), link.send(control.Join, link="x")
    qtbot.waitUntil(lambda: len(replies) == 2)
    assert node.commands() == [control.Pause(id=first, seconds=5.0), control.Join(id=second, link="x")]
    assert replies == [control.Reply(id=first), control.Reply(id=second, trouble=Trouble.LINK_INVALID, detail="no")]


def test_a_reply_that_nobody_waits_for_is_passed_over(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    link.replyReceived.connect(lambda _reply: pytest.fail("not asked for"))
    node.write(control.encode(control.Reply(id=77)))
    node.say(NodeStatus(revision=2))
    qtbot.waitSignal(link.statusChanged).wait()


def test_at_the_very_end_commands_pass_by(qtbot: QtBot, make_link: MakeLink) -> None:
    link = make_link()
    link.close()
    delete(link)
    assert link.send(control.Stop) == 1


def test_commands_for_a_node_that_does_not_come_are_answered(qtbot: QtBot, make_link: MakeLink) -> None:
    link = make_link(lambda: False)
    replies: list[control.Reply] = []
    link.replyReceived.connect(replies.append)
    lost = link.send(control.Stop)
    assert replies == []  # never from within send: the caller does not know the id yet
    link.open()
    qtbot.waitUntil(lambda: replies == [control.Reply(id=lost, trouble=Trouble.NODE_AWAY)])
    later = link.send(control.Stop)
    qtbot.waitUntil(lambda: replies[1:] == [control.Reply(id=later, trouble=Trouble.NODE_AWAY)])


def test_commands_without_a_node_are_answered_all_the_same(qtbot: QtBot, make_link: MakeLink, node: FakeNode) -> None:
    link = make_link()
    replies: list[control.Reply] = []
    link.replyReceived.connect(replies.append)
    early = link.send(control.Stop)  # as a clicked link does, which starts the program
    connect(qtbot, link)
    qtbot.waitUntil(lambda: replies == [control.Reply(id=early)])
    node.server.pauseAccepting()
    unanswered = link.send(control.Stop)
    node.die()
    qtbot.waitUntil(lambda: len(replies) == 2)
    assert replies[1] == control.Reply(id=unanswered, trouble=Trouble.NODE_AWAY)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b'{"type":"snapshot"}\n',
        b'{"type":"snapshot","status":{"phase":"dancing"}}\n',
        b'{"type":"snapshot","status":{"revision":' + b"9" * 5000 + b"}}\n",
        b'{"type":"snapshot","status":{"at":1e999}}\n',
        b'{"type":"surprise"}\n',
        b'{"type":"reply","id":"x"}\n',
    ],
)
def test_a_line_that_is_no_message_is_passed_over(
    qtbot: QtBot, node: FakeNode, make_link: MakeLink, line: bytes
) -> None:
    link = make_link()
    connect(qtbot, link)
    with qtbot.waitSignal(link.statusChanged, check_params_cb=lambda status: status.revision == 5):
        node.write(line)
        node.say(NodeStatus(revision=5))
    assert link.state is Connection.CONNECTED


def test_a_message_in_pieces_and_several_at_once(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    seen: list[int] = []
    link.statusChanged.connect(lambda status: seen.append(status.revision))
    line = control.encode(control.Snapshot(status=NodeStatus(revision=6)))
    node.write(line[:20])
    qtbot.wait(50)
    node.write(line[20:])
    qtbot.waitUntil(lambda: 6 in seen)
    node.write(b"".join(control.encode(control.Snapshot(status=NodeStatus(revision=r))) for r in range(7, 30)))
    qtbot.waitUntil(lambda: 29 in seen)
    assert seen == sorted(seen)


def test_a_long_message_within_the_bound_arrives(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    long = NodeStatus(revision=8, detail="x" * (control.LONGEST_LINE - 2000))
    with qtbot.waitSignal(link.statusChanged) as got:
        node.say(long)
    assert got.args == [long]


def test_an_endless_line_ends_the_connection(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    with qtbot.waitSignal(link.connectionChanged) as got:
        node.write(b"x" * (control.LONGEST_LINE + 100_000))
    assert got.args == [Connection.RESTARTING]
    qtbot.waitUntil(lambda: link.state is Connection.CONNECTED)  # the node lives, so it is simply greeted again


def test_who_does_not_welcome_is_no_node(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    node.welcome = b"HTTP/1.1 400 Bad Request\r\n"
    node.open()
    starts = []
    link = make_link(lambda: bool(starts.append(1)) or True)
    link.statusChanged.connect(lambda _status: pytest.fail("not greeted"))
    link.open()
    qtbot.waitUntil(lambda: starts == [1])
    assert link.state is Connection.STARTING


def test_quit_asks_the_node_and_starts_none(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link()
    connect(qtbot, link)
    with qtbot.waitSignal(link.nodeEnded):
        link.quit_node()
        qtbot.waitUntil(lambda: any(isinstance(message, control.Quit) for message in node.received))
        node.die()
    qtbot.wait(400)
    assert not node.server.isListening()


def test_quit_without_a_node_is_done_at_once(qtbot: QtBot, make_link: MakeLink) -> None:
    link = make_link(lambda: False)
    with qtbot.waitSignal(link.nodeEnded):
        link.quit_node()


def test_quit_reaches_a_node_that_is_just_starting(qtbot: QtBot, node: FakeNode, make_link: MakeLink) -> None:
    link = make_link(lambda: True)
    link.open()
    link.quit_node()
    node.open()
    qtbot.waitUntil(lambda: any(isinstance(message, control.Quit) for message in node.received))


def test_the_node_is_started_without_a_console_on_windows(tmp_path: Path) -> None:
    for name in ("python.exe", "pythonw.exe"):
        (tmp_path / name).touch()
    console, quiet = str(tmp_path / "python.exe"), str(tmp_path / "pythonw.exe")
    assert launch.node_command(console, "win32") == [quiet, "-m", "lightwork.node"]
    assert launch.node_command(console, "linux") == [console, "-m", "lightwork.node"]
    (tmp_path / "pythonw.exe").unlink()
    assert launch.node_command(console, "win32")[0] == console


def test_a_program_that_is_not_there_cannot_be_started(qapp: QApplication, tmp_path: Path) -> None:
    assert not launch.start_detached([str(tmp_path / "nothing")], tmp_path)


@pytest.mark.processes
def test_a_real_process_is_started_lost_started_again_and_ended(qtbot: QtBot, home: Places) -> None:
    command = [sys.executable, str(Path(__file__).with_name("ui_tiny_node.py"))]
    link = Link(home.door, lambda: launch.start_detached(command, home.home))
    seen: list[NodeStatus] = []
    link.statusChanged.connect(seen.append)
    link.open()
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=30_000)
    assert seen[0].phase is Phase.WAITING
    assert seen[0].process != os.getpid()
    os.kill(seen[0].process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=30_000)
    assert seen[1].process != seen[0].process
    with qtbot.waitSignal(link.nodeEnded, timeout=30_000):
        link.quit_node()
    link.close()
