"""Trying a computer out and looking at a project: real node, real trainer, real host."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from helpers.town import HostProcess, Volunteer, environment, make_project, wait_until
from helpers.trainer_process import orders, trainer, with_weights
from lightwork.cli.door import NodeDoor
from lightwork.domain.errors import Trouble
from lightwork.domain.states import CheckStep
from lightwork.protocol import control as wire
from lightwork.protocol import trainer as wire_to_trainer
from lightwork.protocol.manifest import Recipe
from lightwork.protocol.memory import bytes_needed
from lightwork.protocol.model import GptjModel

pytestmark = pytest.mark.processes

# As `helpers.town` makes it.
MODEL = GptjModel(vocab_size=256, n_positions=32, n_embd=32, n_layer=2, n_head=2, rotary_dim=8)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("town")
    make_project(folder / "project")
    served = HostProcess(folder / "project")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Volunteer]:
    one = Volunteer(tmp_path / "home")
    one.start()
    yield one
    one.stop()


class Asking:
    """A `Check` on a connection of its own."""

    def __init__(self, person: Volunteer) -> None:
        self.door = NodeDoor.open(person.places)
        self.said: list[wire.Checked] = []
        self.reply: wire.Reply | None = None
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        with self.door:
            self.reply = self.door.ask(wire.Check, heard=self._hear)

    def _hear(self, message: wire.FromNode) -> None:
        if isinstance(message, wire.Checked):
            self.said.append(message)

    def began(self, step: CheckStep) -> bool:
        return any(one.step is step for one in self.said)

    def report(self) -> wire.CheckReport | None:
        self._thread.join(90)
        assert self.reply is not None
        return self.reply.check


def trainers(person: Volunteer) -> list[int]:
    assert person.process is not None
    found = []
    for child in psutil.Process(person.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # it has just ended, or is a zombie for a moment
            if "lightwork.trainer" in child.cmdline():
                found.append(child.pid)
    return found


def test_a_check_shows_this_computers_speed_and_leaves_nothing(person: Volunteer) -> None:
    before = sorted(person.home.rglob("*"))
    asking = Asking(person)
    wait_until(lambda: asking.began(CheckStep.MEMORY), 60, "the trainer")
    (trainer,) = trainers(person)
    assert psutil.Process(trainer).nice() > 0
    report = asking.report()
    assert report is not None
    assert [one.step for one in asking.said if one.passed] == list(CheckStep)
    assert report.device is not None
    assert report.runtime.startswith("torch ")
    assert report.tokens_per_second is not None
    assert report.tokens_per_second > 10
    assert 0 < report.seconds < 60
    assert trainers(person) == []
    assert [path for path in sorted(person.home.rglob("*")) if not path.name.startswith("ledger")] == [
        path for path in before if not path.name.startswith("ledger")
    ]


def test_a_check_gives_way_to_contributing_and_then_tells_its_speed(person: Volunteer, host: HostProcess) -> None:
    asking = Asking(person)
    wait_until(lambda: asking.began(CheckStep.SPEED), 60, "the trainer")
    (trainer,) = trainers(person)
    offer = person.ask(wire.LookAt, link=host.link).offer
    assert offer is not None
    assert not offer.joined
    assert person.ask(wire.AskProjects).projects == ()

    person.ask(wire.Contribute, link=host.link)
    report = asking.report()
    assert report is not None
    assert report.tokens_per_second is None
    assert not psutil.pid_exists(trainer)
    wait_until(lambda: person.status().training.tokens_per_second > 0, 60, "training")
    assert len(trainers(person)) == 1
    told = person.ask(wire.Check).check
    assert told is not None
    assert told.parameters == MODEL.parameters
    assert told.tokens_per_second is not None
    assert len(trainers(person)) == 1

    # What was expected of the project, beside what it came to.
    wait_until(lambda: person.status().credits.receipts > 0, 60, "a receipt")
    stats = person.ask(wire.AskStats).stats
    assert stats is not None
    assert offer.up_bytes == pytest.approx(stats.contributions[0].length, rel=0.1)
    project = person.places.project(offer.id)
    assert sum(path.stat().st_size for path in project.rglob("*") if path.is_file()) < offer.disk_bytes
    again = person.ask(wire.LookAt, link=host.link).offer
    assert again is not None
    assert again.joined
    needed = bytes_needed(MODEL, Recipe(sequence=32, batch=4), 1, on_cpu=True)
    assert [(one.needed, one.fits) for one in again.fits if one.device == "cpu"] == [(needed, True)]


def test_a_check_whose_client_leaves_ends(person: Volunteer) -> None:
    with NodeDoor.open(person.places) as door:
        door._send(wire.Check(id=1))
        wait_until(lambda: trainers(person), 30, "the trainer")
        door._send(wire.Cancel(id=2, asked=1))
        wait_until(lambda: not trainers(person), 10, "its end")
        door._send(wire.Check(id=3))
        wait_until(lambda: trainers(person), 30, "the trainer")
    wait_until(lambda: not trainers(person), 10, "its end")
    assert person.answers()
    wait_until(lambda: not (person.home / "check").exists(), 10, "its folder to go")


async def test_measuring_never_touches_a_projects_weights(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await drive.send(orders(tmp_path), wire_to_trainer.Measure(seconds=0.2))
        measured = await drive.until(wire_to_trainer.Measured)
        assert measured.tokens > 0
        await drive.process.stop(patience=20)
    assert [path.name for path in (tmp_path / "trainer").iterdir()] in ([], ["trainer.lock"])
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(wire_to_trainer.Measure(seconds=0.2))
        failed = await drive.until(wire_to_trainer.Failed)
        assert (failed.trouble, failed.fatal) == (Trouble.TRAINER_FAILED, True)


def test_looking_and_checking_on_the_command_line(person: Volunteer, host: HostProcess) -> None:
    def run(*words: str) -> str:
        command = [sys.executable, "-m", "lightwork", *words]
        done = subprocess.run(
            command, env=environment(person.home), capture_output=True, text=True, check=True, timeout=90
        )
        return done.stdout

    assert "cpu        fits: needs" in run("look", host.link)
    offer = json.loads(run("look", host.link, "--json"))
    assert (offer["name"], offer["parameters"]) == ("Test town", MODEL.parameters)
    person.ask(wire.Contribute, link=host.link)
    wait_until(lambda: person.status().training.tokens_per_second > 0, 60, "training")
    assert json.loads(run("check", "--json"))["parameters"] == MODEL.parameters
