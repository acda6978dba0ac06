"""A node that was killed goes on by itself, a person's pause outlasts it, and what a person ended stays ended."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.town import HostProcess, Volunteer, environment, make_project, undisturbed, wait_until
from lightwork.domain.sentences import describe
from lightwork.domain.states import Phase
from lightwork.protocol import control as wire

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("going-on")
    make_project(folder / "project")
    made = HostProcess(folder / "project")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def person(home: Path) -> Iterator[Volunteer]:
    made = Volunteer(home)
    yield made
    made.stop()


def trains(person: Volunteer) -> bool:
    return person.trainer is not None and person.status().phase is Phase.TRAINING


def test_a_killed_node_goes_on_and_a_pause_outlasts_it(host: HostProcess, person: Volunteer) -> None:
    person.start()
    person.ask(wire.Contribute, link=host.link)
    wait_until(lambda: trains(person), 90, "training")
    person.kill()
    person.start()
    wait_until(lambda: trains(person), 90, "training again, without being asked")
    assert person.status().project is not None

    person.ask(wire.Pause, until_restart=True)
    wait_until(lambda: person.status().phase is Phase.PAUSED, 20, "the pause")
    person.kill()
    person.start()
    status = person.status()
    assert status.phase is Phase.PAUSED
    assert describe(status, status.at).text() == "Paused by you, until this computer restarts."
    assert person.trainer is None

    # The computer has been restarted: its runs have other names.
    person.stop()
    intent = json.loads(person.places.intent.read_text())
    assert intent["link"] == host.link
    person.places.intent.write_text(json.dumps(intent | {"pause": intent["pause"] | {"boot": "the run before"}}))
    person.start()
    wait_until(lambda: trains(person), 90, "training after the restart")

    # A person quits: then it is off until they press Contribute.
    person.ask(wire.Quit)
    assert person.process is not None
    person.process.wait(20)
    person.start()
    assert person.status().phase is Phase.OFF
    assert person.trainer is None


def paused_intent(person: Volunteer, link: str) -> bytes:
    undisturbed(person.home)
    pause = {"since": 1.0, "until": None, "boot": None}
    person.places.intent.write_text(json.dumps({"version": 1, "link": link, "rounds": None, "pause": pause}))
    return person.places.intent.read_bytes()


def test_no_trainer_starts_while_a_pause_holds(host: HostProcess, person: Volunteer) -> None:
    paused_intent(person, host.link)
    person.start()
    assert person.status().phase is Phase.PAUSED
    phases = [entry["event"] for entry in person.log("phase paused")]
    assert phases == ["Recalled"]
    assert not person.log("phase preparing")
    person.ask(wire.Resume)
    wait_until(lambda: trains(person), 90, "training")
    person.ask(wire.Stop)
    wait_until(lambda: person.status().phase is Phase.OFF, 20, "the end")
    assert not person.places.intent.exists()


def test_without_the_setting_it_stays_off(person: Volunteer) -> None:
    paused_intent(person, "lightwork://localhost/" + "a" * 32)
    settings = person.places.settings
    settings.write_text(settings.read_text() + "[general]\ngo_on = false\n")
    person.start()
    assert person.status().phase is Phase.OFF
    assert not person.places.intent.exists()


@pytest.mark.parametrize("kept", [True, False])
def test_contributing_in_a_terminal_leaves_no_intent_behind(host: HostProcess, person: Volunteer, kept: bool) -> None:
    undisturbed(person.home)
    before = paused_intent(person, host.link) if kept else None
    command = [sys.executable, "-m", "lightwork", "contribute", "--project", host.link, "--rounds", "1", "--json"]
    done = subprocess.run(
        command, env=environment(person.home), capture_output=True, text=True, timeout=180, check=True
    )
    assert json.loads(done.stdout)["rounds"] == 1
    assert person.places.intent.exists() is kept
    if before is not None:
        assert person.places.intent.read_bytes() == before
