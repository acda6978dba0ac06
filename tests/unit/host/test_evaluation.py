"""Held-out loss, measured by a real process that speaks the trainer's wire."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

import helpers
from helpers.tiny_project import HandClock, Tiny, first_weights, make_project, replay
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol.project import ProjectState

TRAINER = Path(next(iter(helpers.__path__))) / "measuring_trainer.py"


@contextlib.asynccontextmanager
async def hosted(root: Path, behaviour: str = "") -> AsyncIterator[Service]:
    """A service that runs."""
    if not (root / "manifest.json").exists():
        await make_project(root, settings=HostSettings(evaluation=True))
    command = [sys.executable, str(TRAINER), str(root / "notes"), behaviour]
    service = await Service.open(root, trainer_command=command, clock=HandClock())
    running = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await service.close()


async def until(service: Service, condition: Callable[[ProjectState], bool]) -> ProjectState:
    state = await service.state(None, 0)
    while not condition(state):
        state = await service.state(state.revision, 20)
    return state


def versions(state: ProjectState) -> list[int]:
    return [point.version for point in state.held_out]


async def test_version_0_first_and_the_last_one_in_the_end(tmp_path: Path) -> None:
    async with hosted(tmp_path) as service:
        ann = await Tiny(service, "ann").join()
        for number in range(5):
            await ann.contribute(number)
            await until(service, lambda state, number=number: state.round.version == number + 1)  # type: ignore[misc]
        state = await until(service, lambda state: versions(state)[-1:] == [5])
        assert versions(state)[0] == 0
        assert versions(state) == sorted(set(versions(state)))
        assert state.held_out[0].loss == pytest.approx(float(np.square(first_weights()).mean()))
        _, weights = await replay(service, tmp_path)
        assert state.held_out[-1].loss == pytest.approx(float(np.square(weights).mean()))
        counters = service.counters()
        assert counters.held_out == state.held_out[-1]
        assert counters.evaluation_behind == 0
    # a restart measures nothing twice, and goes on with what is new
    async with hosted(tmp_path) as service:
        assert (await service.state(None, 0)).held_out == state.held_out
        again = Tiny(service, "ann")
        await again.contribute(99)
        await until(service, lambda state: versions(state)[-1:] == [6])
    notes = (tmp_path / "notes").read_text().splitlines()
    assert len(notes) == len(set(notes)) + 1  # "start" twice
    assert not list((tmp_path / "work" / "weights").iterdir())


async def test_version_0_is_measured_even_if_the_host_was_stopped_before(tmp_path: Path) -> None:
    await make_project(tmp_path, settings=HostSettings(evaluation=False))
    service = await Service.open(tmp_path, clock=HandClock())
    await (await Tiny(service, "ann").join()).contribute(1)
    assert await service.tick()
    await service.close()
    (tmp_path / "host.toml").write_text("evaluation = true\n")
    async with hosted(tmp_path) as service:
        state = await until(service, lambda state: versions(state)[-1:] == [1])
    assert versions(state) == [0, 1]
    assert state.held_out[0].loss == pytest.approx(float(np.square(first_weights()).mean()))


@pytest.mark.parametrize("behaviour", ["dies", "fails"])
async def test_a_trainer_that_fails_is_started_again(
    tmp_path: Path, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightwork.host.evaluation._FIRST_PAUSE", 0.01)
    async with hosted(tmp_path, behaviour) as service:
        state = await until(service, lambda state: versions(state) != [])
    assert versions(state) == [0]


async def test_without_a_runtime_the_host_goes_on_and_says_why_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with hosted(tmp_path, "missing") as service:
            ann = await Tiny(service, "ann").join()
            for number in range(2):
                await ann.contribute(number)
                await until(service, lambda state, number=number: state.round.version == number + 1)  # type: ignore[misc]
            while not caplog.records:
                await asyncio.sleep(0.01)
    assert ["no torch" in record.message for record in caplog.records] == [True]
    assert (tmp_path / "notes").read_text() == "start\n"


async def test_evaluation_can_be_switched_off(tmp_path: Path) -> None:
    await make_project(tmp_path, settings=HostSettings(evaluation=False))
    async with hosted(tmp_path) as service:
        ann = await Tiny(service, "ann").join()
        await ann.contribute(1)
        await until(service, lambda state: state.round.version == 1)
    assert not (tmp_path / "notes").exists()
