"""Every message of every wire survives the way, and what is no message is refused."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.any_message import messages_of
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control, project, trainer
from lightwork.protocol.documents import Checkpoint, Receipt, SignedDocument, Update

EASY = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], max_examples=60, deadline=None
)


@EASY
@given(messages_of(trainer.ToTrainer))
def test_to_trainer(message: Any) -> None:
    line = trainer.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert trainer.decode_to_trainer(line) == message


@EASY
@given(messages_of(trainer.FromTrainer))
def test_from_trainer(message: Any) -> None:
    line = trainer.encode(message)
    assert line.count(b"\n") == 1
    assert trainer.decode_from_trainer(line) == message


@EASY
@given(messages_of(control.FromClient))
def test_from_client(message: Any) -> None:
    line = control.encode(message)
    assert line.count(b"\n") == 1
    assert control.decode_from_client(line) == message


@EASY
@given(messages_of(control.FromNode))
def test_from_node(message: Any) -> None:
    line = control.encode(message)
    assert line.count(b"\n") == 1
    assert control.decode_from_node(line) == message


WIRE = [
    project.Refused,
    project.Join,
    project.Joined,
    project.AskLease,
    project.Lease,
    project.Contribution,
    project.UploadState,
    project.ProjectState,
    SignedDocument,
    Update,
    Checkpoint,
    Receipt,
]


@pytest.mark.parametrize("kind", WIRE, ids=lambda kind: kind.__name__)
def test_the_project_wire(kind: type[Any]) -> None:
    @EASY
    @given(messages_of(kind))
    def travels(message: Any) -> None:
        assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message

    travels()


def test_a_contribution_adds_up_its_leases() -> None:
    work = (project.Work(lease="a", steps=2, tokens=5), project.Work(lease="b", steps=3, tokens=7))
    contribution = project.Contribution(digest="a" * 64, length=1, base=0, work=work)
    assert (contribution.steps, contribution.tokens) == (5, 12)


BAD_LINES = [b"", b"\n", b"{}", b"[]", b"nonsense", b'{"type":"unheard"}', b'{"type":"stop","more":1}', b"\xff"]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_line_that_is_no_message_is_refused(line: bytes) -> None:
    for decode in (trainer.decode_to_trainer, trainer.decode_from_trainer, control.decode_from_node):
        with pytest.raises(msgspec.DecodeError):
            decode(line)


@pytest.mark.parametrize("line", [*BAD_LINES[:6], b"GET / HTTP/1.1", b'{"type":"pause"}', b'{"type":"pause","id":"1"}'])
def test_a_client_that_talks_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        control.decode_from_client(line)


def test_a_newer_peer_may_say_more_on_the_control_wire() -> None:
    assert control.decode_from_client(b'{"type":"stop","id":4,"news":[1]}') == control.Stop(id=4)


def test_a_snapshot_of_nothing_is_small() -> None:
    assert len(control.encode(control.Snapshot(status=NodeStatus()))) < 4000


def test_the_door_is_for_its_owner_and_for_the_right_token(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "node.json"
    assert control.read_door(path) is None
    door = control.Door(port=5, token=control.new_token(), process=os.getpid())
    control.write_door(path, control.Door(port=4, token="old", process=1))
    control.write_door(path, door)
    assert control.read_door(path) == door
    assert door.admits(door.token)
    assert not door.admits(door.token[:-1])
    assert not door.admits("")
    assert list(path.parent.iterdir()) == [path]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_door_is_no_door(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "node.json"
    path.write_bytes(content)
    assert control.read_door(path) is None


def test_a_newer_node_is_named(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    control.write_door(path, control.Door(port=5, token="t", process=1, version=control.VERSION + 1))
    with pytest.raises(LightworkError) as caught:
        control.read_door(path)
    assert caught.value.trouble is Trouble.NODE_NEWER
