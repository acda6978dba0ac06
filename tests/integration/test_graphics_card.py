"""A node on a computer with a graphics card (a stand-in for NVIDIA's driver, by the real NVML interface)."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import nvml_stub
from helpers.nvml_stub import GIB, Card, Driver, Step, User
from helpers.town import Volunteer, wait_until
from lightwork.domain.states import PauseReason, Phase, Sense
from lightwork.protocol import control as wire

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(nvml_stub.compiler() is None, reason="there is no C compiler to build the stand-in with"),
]

SETTINGS = """
version = 1
[pausing]
quiet_seconds = 1.0
full_screen = false
games = false
"""
CARD = Card(total=8 * GIB, used=2 * GIB)


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    library = tmp_path / "driver"
    library.mkdir()
    return Driver(nvml_stub.build(library), tmp_path, Step(cards=(CARD,)))


@pytest.fixture
def person(tmp_path: Path, driver: Driver) -> Iterator[Volunteer]:
    volunteer = Volunteer(tmp_path / "home", environment=driver.environment)
    volunteer.home.mkdir()
    volunteer.places.settings.write_text(SETTINGS)
    volunteer.start()
    yield volunteer
    volunteer.stop()


@pytest.fixture
def other() -> Iterator[int]:
    """A program that is not Lightwork's."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


def reasons(person: Volunteer) -> list[tuple[PauseReason, str, str]]:
    return [(pause.reason, pause.cause, pause.device) for pause in person.status().pauses]


def test_another_program_on_the_card_pauses_and_its_end_lets_it_go_on(
    person: Volunteer, driver: Driver, other: int
) -> None:
    driver.show(Step(cards=(CARD,), users=(User(process=other, memory=3 * GIB, load=60),)))
    person.ask(wire.Contribute)  # every poll is done now, and again a second later
    wait_until(lambda: reasons(person) == [(PauseReason.GPU_IN_USE, "sleep", "cuda:0")], 60, "the pause")
    assert person.status().phase is Phase.PAUSED
    assert Sense.GPUS not in [note.sense for note in person.status().senses]
    driver.show(Step(cards=(CARD,), users=(User(process=other, memory=GIB, load=2),)))
    wait_until(lambda: not reasons(person), 60, "it to go on")


def test_a_program_that_only_holds_memory_that_is_not_needed_is_no_reason(
    person: Volunteer, driver: Driver, other: int
) -> None:
    driver.show(Step(cards=(CARD,), users=(User(process=other, memory=3 * GIB, load=0),)))
    person.ask(wire.Pause)
    person.ask(wire.Contribute)
    time.sleep(3)
    assert reasons(person) == []
    driver.show(Step(cards=(CARD,), users=(User(process=other, memory=5 * GIB, load=0),)))
    wait_until(lambda: [reason for reason, _, _ in reasons(person)] == [PauseReason.GPU_IN_USE], 60, "the pause")


def test_a_hot_card_pauses(person: Volunteer, driver: Driver) -> None:
    driver.show(Step(cards=(Card(total=8 * GIB, celsius=97),)))
    person.ask(wire.Contribute)
    wait_until(lambda: reasons(person) == [(PauseReason.TOO_HOT, "97 °C", "")], 60, "the pause")
    assert os.getpid() != person.status().process
