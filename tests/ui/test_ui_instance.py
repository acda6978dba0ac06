"""One window per home: a later start raises it and hands over its link; whatever else calls does no harm."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lightwork_ui import instance
from lightwork_ui.instance import CALLER_MS, LONGEST_CALL, Instance, channel, raise_other

LINK = "lightwork://example.org/" + "a" * 32
CALL = "import sys; from pathlib import Path; from lightwork_ui.instance import raise_other; \
print(raise_other(Path(sys.argv[1]), sys.argv[2]))"


class Heard:
    """A window that listens, and what it has heard."""

    def __init__(self, home: Path) -> None:
        self.instance = Instance(home)
        assert self.instance.listening
        self.all: list[str] = []
        self.instance.raiseAsked.connect(lambda: self.all.append(""))
        self.instance.linkGiven.connect(self.all.append)


@pytest.fixture
def heard(qapp: QApplication, tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path)
    yield made
    made.instance.close()
    made.instance.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def call(qtbot: QtBot, home: Path, said: bytes) -> QLocalSocket:
    socket = QLocalSocket()
    socket.connectToServer(channel(home))
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.ConnectedState)
    socket.write(said)
    socket.flush()
    return socket


def ended(socket: QLocalSocket) -> bool:
    return socket.state() == QLocalSocket.LocalSocketState.UnconnectedState


@pytest.mark.processes
@pytest.mark.parametrize(
    ("link", "expected"),
    [("", [""]), (LINK, ["", LINK]), ("https://example.org", [""]), ("lightwork:\nraise", [""])],
    ids=["no link", "a link", "another link", "a line of its own"],
)
def test_a_later_start_hands_over_its_link(
    qtbot: QtBot, heard: Heard, tmp_path: Path, link: str, expected: list[str]
) -> None:
    command = [sys.executable, "-c", CALL, str(tmp_path), link]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as later:
        qtbot.waitUntil(lambda: later.poll() is not None, timeout=30_000)
        assert later.stdout is not None
        assert later.stdout.read() == "True\n"
    assert heard.all == expected


def test_several_callers_are_heard_each(qtbot: QtBot, heard: Heard, tmp_path: Path) -> None:
    links = [f"{LINK}?{number}" for number in range(5)]
    callers = [call(qtbot, tmp_path, b"raise\nlink " + link.encode() + b"\n") for link in links]
    qtbot.waitUntil(lambda: all(caller.bytesAvailable() == len(b"raised\ntaken\n") for caller in callers))
    assert sorted(heard.all) == ["", "", "", "", "", *links]


def test_what_comes_in_pieces_is_put_together(qtbot: QtBot, heard: Heard, tmp_path: Path) -> None:
    caller = call(qtbot, tmp_path, b"")
    for byte in b"raise\nlink " + LINK.encode() + b"\n":
        caller.write(bytes([byte]))
        caller.flush()
        QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: heard.all == ["", LINK])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", []),
        (b"\x00\xff\xfe\n\n\n", []),
        (b"link \xff\xff\n", []),
        (b"link lightwork:\xe2\x80\xaex\n", []),
        (b"link lightwork:" + b"x" * 5000 + b"\n", []),
        (b"raised\n", []),
        (b"something newer\nraise\n", [""]),
        (b"link " + LINK.encode() + b"\n", [LINK]),
    ],
)
def test_garbage_is_passed_over(qtbot: QtBot, heard: Heard, tmp_path: Path, said: bytes, expected: list[str]) -> None:
    odd = call(qtbot, tmp_path, said)
    good = call(qtbot, tmp_path, b"raise\n")
    qtbot.waitUntil(lambda: good.bytesAvailable() > 0 and len(heard.all) > len(expected))
    assert sorted(heard.all) == sorted([*expected, ""])
    odd.abort()


def test_who_is_gone_already_harms_nobody(qtbot: QtBot, heard: Heard, tmp_path: Path) -> None:
    for _ in range(3):
        call(qtbot, tmp_path, b"raise\nraise\nlink " + LINK.encode() + b"\n").abort()
    good = call(qtbot, tmp_path, b"raise\n")
    qtbot.waitUntil(lambda: good.bytesAvailable() > 0)
    qtbot.waitUntil(lambda: len(heard.instance.findChildren(QLocalSocket)) == 1)


@pytest.mark.parametrize("line", [b"x" * 1000, b"x" * 999 + b"\n"], ids=["one line", "many lines"])
def test_who_says_too_much_is_cut_off(qtbot: QtBot, heard: Heard, tmp_path: Path, line: bytes) -> None:
    caller = call(qtbot, tmp_path, b"")
    with qtbot.waitSignal(caller.disconnected):
        for _ in range(LONGEST_CALL // len(line) + 1):
            caller.write(line)
        caller.flush()
    assert heard.all == []
    good = call(qtbot, tmp_path, b"raise\n")
    qtbot.waitUntil(lambda: good.bytesAvailable() > 0)


def test_who_says_nothing_is_cut_off(
    qtbot: QtBot, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CALLER_MS < 60_000
    monkeypatch.setattr(instance, "CALLER_MS", 50)
    caller = call(qtbot, tmp_path, b"rai")
    qtbot.waitUntil(lambda: ended(caller))
    assert heard.all == []


def test_callers_are_forgotten(qtbot: QtBot, heard: Heard, tmp_path: Path) -> None:
    callers = [call(qtbot, tmp_path, b"raise\n") for _ in range(3)]
    qtbot.waitUntil(lambda: len(heard.all) == 3)
    assert len(heard.instance.findChildren(QLocalSocket)) == 3
    for caller in callers:
        caller.abort()
    qtbot.waitUntil(lambda: heard.instance.findChildren(QLocalSocket) == [])


def test_an_older_window_comes_forward_without_the_link(qtbot: QtBot, tmp_path: Path) -> None:
    # As the first version answered: it read six bytes, and took nothing else.
    server = QLocalServer()
    assert server.listen(channel(tmp_path))
    command = [sys.executable, "-c", CALL, str(tmp_path), LINK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as later:
        qtbot.waitUntil(server.hasPendingConnections, timeout=30_000)
        socket = server.nextPendingConnection()
        qtbot.waitUntil(lambda: socket.bytesAvailable() >= 6)
        assert socket.read(6).data() == b"raise\n"
        socket.write(b"raised\n")
        socket.flush()
        qtbot.waitUntil(lambda: later.poll() is not None, timeout=30_000)
        assert later.stdout is not None
        assert later.stdout.read() == "True\n"
    server.close()


@pytest.mark.parametrize("answer", [b"", b"RAISED\n", b"rai", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_is_no_window_keeps_nobody_from_one(
    qtbot: QtBot, tmp_path: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = QLocalServer()
    assert server.listen(channel(tmp_path))
    command = [sys.executable, "-c", CALL, str(tmp_path), LINK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as later:
        qtbot.waitUntil(server.hasPendingConnections, timeout=30_000)
        socket = server.nextPendingConnection()
        socket.write(answer)
        socket.flush()
        qtbot.waitUntil(lambda: later.poll() is not None, timeout=30_000)
        assert later.stdout is not None
        assert later.stdout.read() == "False\n"
    server.close()


def test_nobody_there(qapp: QApplication, tmp_path: Path) -> None:
    assert not raise_other(tmp_path, LINK)
