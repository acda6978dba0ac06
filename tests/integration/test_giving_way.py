"""A real node on a desktop gives way to each kind of interruption, gives the memory back, and goes on unharmed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from helpers.desktop import Trigger, desktop
from helpers.town import HostProcess, Volunteer, make_project
from lightwork.domain.states import PauseReason, Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control as wire

SETTINGS = """
version = 1
[computing]
low_priority = false
[pausing]
quiet_seconds = 0.5
memory_free_gb = 0
"""

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]


async def until(person: Volunteer, what: str, condition: object, seconds: float = 120.0) -> NodeStatus:
    """Poll without holding this process's loop up, on which the buses' services live."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                status = await asyncio.to_thread(person.status)
                if condition(status):  # type: ignore[operator]
                    return status
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise TimeoutError(f"{what}: {status}") from None


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """A tiny project; the link to join it."""
    make_project(folder)
    host = HostProcess(folder)
    try:
        host.start()
        yield host.link
    finally:
        host.stop()


def trains(status: NodeStatus) -> bool:
    return status.phase is Phase.TRAINING and status.training.process is not None


def gave_back(status: NodeStatus) -> bool:
    given = status.given_back
    return status.phase is Phase.PAUSED and given is not None and given.at >= status.pauses[0].since


async def test_each_interruption_pauses_gives_back_and_is_made_up_for(tmp_path: Path) -> None:
    with hosted(tmp_path / "project") as link:
        await interrupted_by_each(tmp_path / "desk", link)


async def interrupted_by_each(folder: Path, link: str) -> None:
    async with desktop(folder, SETTINGS) as (person, triggers):
        await asyncio.to_thread(person.start)
        await asyncio.to_thread(person.ask, wire.Contribute, link=link)
        for trigger in triggers:
            await interrupted_by(trigger, person)
        lives = sorted(person.log("trainer ended") + person.log("trainer ready"), key=lambda line: float(line["time"]))
        stats = (await asyncio.to_thread(person.ask, wire.AskStats)).stats
    # What a trainer had done when it ended is what the next one begins from: no step is lost.
    saved = None
    for line in lives:
        if line["message"] == "trainer ready":
            assert saved in (None, line["steps"])
        elif line["steps"] is not None:
            saved = line["steps"]
    assert stats is not None
    # Other tests' games may have paused this node as well.
    assert {trigger.reason for trigger in triggers} <= {pause.reason for pause in stats.pauses}
    measured = [pause for pause in stats.pauses if pause.memory and pause.seconds is not None and pause.ended]
    assert len(measured) >= len(triggers)
    assert all(one.state in ("pending", "verified", "sending") for one in stats.contributions)


def holds_memory(process: int) -> bool:
    """A process that has ended holds none, also while nobody has asked for its exit status yet."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def interrupted_by(trigger: Trigger, person: Volunteer) -> None:
    training = await until(person, "to train", trains)
    trainer = training.training.process
    assert trainer is not None
    assert holds_memory(trainer)
    await trigger.begin()
    paused = await until(person, trigger.name, gave_back)
    assert trigger.reason in [pause.reason for pause in paused.pauses]
    assert not holds_memory(trainer)
    await trigger.end()
    await until(person, f"to go on after {trigger.name}", lambda status: status.phase is not Phase.PAUSED)
    await until(person, "to take up where it was", lambda status: status.training.steps >= training.training.steps)
    await until(person, "to train again", trains)


async def test_a_short_pause_may_keep_the_process_but_a_game_may_not(tmp_path: Path) -> None:
    keeping = SETTINGS + "keep_process = true\n"
    with hosted(tmp_path / "project") as link:
        async with desktop(tmp_path / "desk", keeping) as (person, triggers):
            game = next(trigger for trigger in triggers if trigger.reason is PauseReason.GAME)
            await asyncio.to_thread(person.start)
            await asyncio.to_thread(person.ask, wire.Contribute, link=link)
            trainer = (await until(person, "to train", trains)).training.process
            assert trainer is not None
            await asyncio.to_thread(person.ask, wire.Pause)
            await until(person, "to pause", lambda status: status.phase is Phase.PAUSED)
            await asyncio.sleep(1.0)
            held = psutil.Process(trainer).cpu_times()
            await asyncio.sleep(1.0)
            assert sum(psutil.Process(trainer).cpu_times()[:2]) - sum(held[:2]) < 0.3, "no step is taken"
            await asyncio.to_thread(person.ask, wire.Resume)
            again = await until(person, "to train at once", trains)
            assert again.training.process == trainer
            await asyncio.to_thread(person.ask, wire.Pause)
            await game.begin()
            await until(person, "to give all back", gave_back)
            assert not holds_memory(trainer)
            await game.end()


async def test_a_snooze_does_not_end_in_the_middle_of_a_game(tmp_path: Path) -> None:
    async with desktop(tmp_path / "desk", SETTINGS) as (person, triggers):
        game = next(trigger for trigger in triggers if trigger.name.startswith("Steam"))
        await asyncio.to_thread(person.start)
        await asyncio.to_thread(person.ask, wire.Contribute)
        await until(person, "to prepare", lambda status: status.phase is Phase.PREPARING)
        await game.begin()
        await until(person, "to see the game", lambda status: len(status.pauses) == 1)
        # Only now, since a busy computer may take longer than a short snooze to see a game.
        await asyncio.to_thread(person.ask, wire.Pause, seconds=4.0)
        seen = await until(person, "to see both", lambda status: len(status.pauses) == 2)
        assert {pause.cause for pause in seen.pauses} == {"", "Elden Ring"}
        # Within less than the 30 s after which the node looks at the clock in any case.
        alone = await until(person, "the snooze to end", lambda status: len(status.pauses) == 1, seconds=20.0)
        assert alone.phase is Phase.PAUSED
        await game.end()
        await until(person, "to go on", lambda status: status.phase is not Phase.PAUSED)
