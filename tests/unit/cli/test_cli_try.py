"""What a model says is harmless to a terminal."""

import json
import socket
import threading
from pathlib import Path

import pytest

from lightwork.cli.trying import try_out
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import control as wire
from lightwork.settings.places import Places

END = wire.SampleEnd(version=3, tokens=4, seconds=0.5)


def node(home: Path, *answers: wire.Message) -> threading.Thread:
    """One that answers the first command with this."""
    server = socket.create_server(("127.0.0.1", 0))
    wire.write_door(Places(home).door, wire.Door(server.getsockname()[1], "token", 1))

    def serve() -> None:
        connection, _ = server.accept()
        with server, connection, connection.makefile("rb") as lines:
            lines.readline()
            connection.sendall(wire.encode(wire.Welcome(version=1, program="", process=1)))
            lines.readline()
            connection.sendall(b"".join(wire.encode(one) for one in answers))
            lines.readline()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def said(*texts: str) -> list[wire.Said]:
    return [wire.Said(id=1, text=text) for text in texts]


def test_lines_and_tabs_stay_and_escapes_do_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serving = node(tmp_path, *said("a\n\tb", "\x1b[2J\u202e"), wire.Reply(id=1, sample=END))
    try_out(Places(tmp_path), "x", tokens=4, temperature=0.8, as_json=False)
    serving.join(10)
    assert capsys.readouterr().out == "a\n\tb\ufffd[2J\ufffd\n"


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serving = node(tmp_path, *said("a", "\x1bb"), wire.Reply(id=1, sample=END))
    try_out(Places(tmp_path), "x", tokens=4, temperature=0.8, as_json=True)
    serving.join(10)
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"text": "a\x1bb", "version": 3, "tokens": 4, "seconds": 0.5, "cancelled": False}


def test_what_was_said_stays_when_the_end_is_a_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serving = node(tmp_path, *said("abc"), wire.Reply(id=1, trouble=Trouble.MODEL_NOT_HERE, sample=END))
    with pytest.raises(LightworkError):
        try_out(Places(tmp_path), "x", tokens=4, temperature=0.8, as_json=False)
    serving.join(10)
    assert capsys.readouterr().out == "abc\n"
