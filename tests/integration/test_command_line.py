"""The command line as a person uses it: real commands against a real node, host and trainer."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from helpers.town import HostProcess, Volunteer, environment, make_project, undisturbed, wait_until
from lightwork.cli.exits import Exit
from lightwork.domain.credit import credits as in_credits
from lightwork.domain.credit import training_operations
from lightwork.protocol import control as wire

pytestmark = pytest.mark.processes


def run(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    undisturbed(home)
    return subprocess.run(
        [sys.executable, "-m", "lightwork", *words],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("town")
    make_project(folder / "project")
    served = HostProcess(folder / "project")
    served.start()
    yield served
    served.stop()


def test_contribute_for_some_rounds_ends_by_itself_with_one_line_of_json(tmp_path: Path, host: HostProcess) -> None:
    done = run(tmp_path, "contribute", "--project", host.link, "--rounds", "3", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    summary: dict[str, Any] = json.loads(line)
    assert summary["rounds"] == 3
    assert summary["held_out_loss_last"] < summary["held_out_loss_first"] < 5.75  # others may have been here before
    assert summary["operations_verified"] == training_operations(summary["parameters"], summary["tokens"])
    assert summary["credits_verified"] == in_credits(summary["operations_verified"])
    assert summary["bytes_sent"] > 0
    assert summary["bytes_received"] > 0
    assert "Training" in done.stderr
    stats = json.loads(run(tmp_path, "stats", "--json").stdout)
    assert stats["verified"] == summary["operations_verified"]
    assert stats["receipts"] == 3
    assert stats["sent"] >= summary["bytes_sent"]
    assert [project["link"] for project in json.loads(run(tmp_path, "projects", "--json").stdout)] == [host.link]


def test_a_day_with_the_commands(tmp_path: Path, host: HostProcess) -> None:
    person = Volunteer(tmp_path)
    person.start()
    try:
        assert json.loads(run(tmp_path, "status", "--json").stdout)["phase"] == "off"
        assert "cpu" in run(tmp_path, "devices").stdout
        assert run(tmp_path, "join", host.link).returncode == 0
        assert json.loads(run(tmp_path, "projects", "--json").stdout)[0]["chosen"]
        person.ask(wire.Contribute)
        wait_until(lambda: person.status().phase == "training", 60, "training")
        trainer = person.trainer
        assert trainer is not None
        assert run(tmp_path, "pause", "--for", "1h", "--json").stdout == '{"done":true}\n'
        wait_until(lambda: person.trainer is None, 10, "the trainer to give its memory back")
        assert "Paused by you, for 60 more minutes." in run(tmp_path, "status").stdout
        steps = person.status().training.steps
        assert run(tmp_path, "resume").returncode == 0
        wait_until(lambda: person.status().training.steps > steps, 60, "training to go on from where it was")
        assert len(person.log("loaded")) == 1  # resumed from the trainer's own checkpoint, not downloaded again
        assert run(tmp_path, "stop").returncode == 0
        wait_until(lambda: person.status().phase == "off", 20, "the stop")
        assert run(tmp_path, "leave").returncode == 0
        assert json.loads(run(tmp_path, "projects", "--json").stdout) == []
        assert not (tmp_path / "projects" / host.link.rpartition("/")[2]).exists()
        assert run(tmp_path, "quit").returncode == 0
        assert person.process is not None
        person.process.wait(20)
        assert not (tmp_path / "node.json").exists()
    finally:
        person.stop()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("status",), Exit.UNREACHABLE, "Lightwork is not running."),
        (("pause", "--for", "soon"), Exit.USAGE, "is not a duration"),
        (("join", "https://example.org"), Exit.REFUSED, "That is not a join link."),
        (("join", "lightwork://127.0.0.1:1/" + "a" * 32), Exit.UNREACHABLE, "does not answer"),
        (("leave", "nothing"), Exit.REFUSED, "There is no such project here."),
        (("contribute", "--rounds", "0"), Exit.USAGE, "--rounds"),
        (("host", "serve", "nowhere"), Exit.REFUSED, "There is no such project here."),
    ],
)
def test_refusals_have_a_sentence_and_a_code(tmp_path: Path, words: tuple[str, ...], code: Exit, sentence: str) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr


def test_a_mistake_in_the_settings_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('version = 1\n[computing]\nthreads = "many"\n')
    done = run(tmp_path, "contribute")
    assert done.returncode == Exit.REFUSED
    assert "The settings file has a mistake." in done.stderr
    assert "computing.threads" in done.stderr


def test_one_node_for_each_home(tmp_path: Path) -> None:
    person = Volunteer(tmp_path)
    person.start()
    try:
        second = subprocess.run(
            [sys.executable, "-m", "lightwork.node"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert second.returncode == 3
        assert "already running" in second.stderr
        assert person.answers()
    finally:
        person.stop()


def test_a_damaged_ledger_is_set_aside_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 1000)
    person = Volunteer(tmp_path)
    person.start()
    try:
        (notice,) = person.status().notices
        assert notice.trouble == "ledger_set_aside"
        assert Path(notice.detail).read_bytes().startswith(b"this is no database")
    finally:
        person.stop()


def test_the_port_of_another_program_is_named(tmp_path: Path, host: HostProcess) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(tmp_path, "host", "serve", str(host.folder), "--port", str(taken.getsockname()[1]))
    assert done.returncode == Exit.REFUSED
    assert "hosted by another" in done.stderr or "in use" in done.stderr


@pytest.mark.parametrize(
    "first_line",
    [
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n{}\n",
        wire.encode(wire.Hello(token="guessed")),
        wire.encode(wire.Quit(id=1)),
        b"\xff\xfe\n",
        b"x" * (wire.LONGEST_LINE + 10) + b"\n",
    ],
    ids=["web page", "wrong token", "no hello", "noise", "endless line"],
)
def test_the_door_admits_nobody_without_the_token(tmp_path: Path, first_line: bytes) -> None:
    person = Volunteer(tmp_path)
    person.start()
    try:
        door = wire.read_door(person.places.door)
        assert door is not None
        with socket.create_connection(("127.0.0.1", door.port), 10) as stranger:
            try:
                stranger.sendall(first_line)
                assert stranger.recv(1 << 16) == b""
            except ConnectionResetError:
                pass
        assert person.answers()
        assert msgspec.json.encode(person.status())
    finally:
        person.stop()
