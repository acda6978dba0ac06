"""From readings to events: which device is meant, and when training moves, pauses or keeps its memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lightwork.activity.readings import GpuUse
from lightwork.activity.reasons import GPU_PATIENCE
from lightwork.activity.sensor import Pace, Report, Sensor
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import DeviceKind, PauseReason, Phase
from lightwork.domain.status import DeviceStatus, Pause
from lightwork.node import events
from lightwork.node.board import Board
from lightwork.node.lookout import Lookout, names, rules_of
from lightwork.node.machine import State
from lightwork.settings import declared
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

GB = 10**9
FIRST = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="first", memory_total=24 * GB)
SECOND = DeviceStatus(id="cuda:1", kind=DeviceKind.GPU, name="second", memory_total=8 * GB)
CPU = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="processor", memory_total=16 * GB)
# Reasons of this very computer must not come into it.
ALONE = Settings().with_value(declared.PAUSING_DISK_FREE_GB, 0.0).with_value(declared.PAUSING_MEMORY_FREE_GB, 0.0)
ALONE = ALONE.with_value(declared.PAUSING_FULL_SCREEN, False).with_value(declared.PAUSING_GAMES, False)
ALONE = ALONE.with_value(declared.PAUSING_ON_BATTERY, False).with_value(declared.PAUSING_QUIET_SECONDS, 0.0)


TRAINING = State(phase=Phase.TRAINING)


class Played:
    """A sensor of the graphics cards that reports what the test plays."""

    field = "gpus"

    def __init__(self) -> None:
        self.values: asyncio.Queue[tuple[GpuUse, ...]] = asyncio.Queue()

    async def run(self, report: Report) -> None:
        while True:
            report(await self.values.get())


@dataclass
class Cards:
    """The devices of a computer."""

    devices: list[DeviceStatus]
    sensor: Played = field(default_factory=Played)

    def sensors(self, pace: Pace) -> list[Sensor]:
        return [self.sensor]

    def candidates(self) -> list[DeviceStatus]:
        return self.devices


@dataclass
class Desk:
    """A lookout at work."""

    lookout: Lookout
    cards: Cards
    emitted: "asyncio.Queue[events.Event]"
    board: Board
    looks: int = 0

    async def play(self, **loads: float) -> None:
        """Two looks that say the same, a second apart."""
        for pause in (GPU_PATIENCE + 0.05, 0.0):
            self.looks += 1
            self.cards.sensor.values.put_nowait(
                tuple(
                    GpuUse(
                        device=name.replace("_", ":"),
                        load=load,
                        memory=0,
                        memory_total=24 * GB,
                        program="game",
                        look=self.looks,
                    )
                    for name, load in loads.items()
                )
            )
            await asyncio.sleep(pause)

    async def next(self, kind: type[Any]) -> Any:
        async with asyncio.timeout(20):
            while True:
                event = await self.emitted.get()
                if isinstance(event, kind):
                    return event


@asynccontextmanager
async def looking(
    home: Path,
    devices: list[DeviceStatus],
    settings: Settings = ALONE,
    *,
    device: str | None = "cuda:0",
    state: State = TRAINING,
) -> AsyncIterator[Desk]:
    emitted: asyncio.Queue[events.Event] = asyncio.Queue()
    cards, board = Cards(devices), Board()
    lookout = Lookout(
        Places(home),
        lambda: settings,
        board,
        cards,  # type: ignore[arg-type]
        state=lambda: state,
        device=lambda: device,
        emit=emitted.put_nowait,
    )
    task = asyncio.create_task(lookout.run())
    try:
        yield Desk(lookout, cards, emitted, board)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_others_on_the_only_card_pause_it_and_their_end_lets_it_go_on(home: Path) -> None:
    async with looking(home, [FIRST]) as desk:
        await desk.play(cuda_0=0.9)
        sensed = await desk.next(events.Sensed)
        assert [(pause.reason, pause.cause) for pause in sensed.pauses] == [(PauseReason.GPU_IN_USE, "game")]
        await desk.play(cuda_0=0.0)
        assert (await desk.next(events.Sensed)).pauses == ()


async def test_with_two_cards_training_moves_to_the_free_one(home: Path) -> None:
    async with looking(home, [FIRST, SECOND], ALONE.with_value(declared.PAUSING_PER_DEVICE, True)) as desk:
        assert (await desk.lookout.choose()).id == "cuda:0", "the larger one, while both are free"
        await desk.play(cuda_0=0.9, cuda_1=0.0)
        await desk.next(events.Rearranged)
        assert (await desk.lookout.choose()).id == "cuda:1"
        await desk.play(cuda_0=0.9, cuda_1=0.9)
        sensed = await desk.next(events.Sensed)
        assert {pause.device for pause in sensed.pauses} == {"cuda:0", "cuda:1"}


async def test_without_the_persons_wish_training_does_not_move(home: Path) -> None:
    async with looking(home, [FIRST, SECOND]) as desk:
        await desk.play(cuda_0=0.9, cuda_1=0.0)
        assert [pause.device for pause in (await desk.next(events.Sensed)).pauses] == ["cuda:0"]
        assert (await desk.lookout.choose()).id == "cuda:0"


async def test_a_card_that_is_free_again_is_worth_another_try(home: Path) -> None:
    failed = State(phase=Phase.TROUBLE)
    async with looking(home, [FIRST, SECOND], state=failed, device=None) as desk:
        await desk.play(cuda_0=0.9)
        await desk.next(events.Rearranged)
        await desk.play(cuda_0=0.0)
        await desk.next(events.Rearranged)


async def test_a_game_pauses_the_processor_too_when_cards_are_told_apart(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = Pause(reason=PauseReason.GAME, cause="Doom", device="cuda:0")
    others = Pause(reason=PauseReason.GPU_IN_USE, device="cuda:1")
    async with looking(home, [CPU], device="cpu") as desk:
        assert await desk.lookout._concerning((playing, others)) == ((playing,), False)


async def test_use_of_a_card_that_does_not_train_is_no_reason(home: Path) -> None:
    async with looking(home, [SECOND], device="cuda:1") as desk:
        await desk.play(cuda_0=0.9, cuda_1=0.0)
        await desk.play(cuda_0=0.9, cuda_1=0.9)
        sensed = await desk.next(events.Sensed)
        assert [pause.device for pause in sensed.pauses] == ["cuda:1"]
    async with looking(home, [CPU], device="cpu") as desk:
        await desk.play(cuda_0=0.9)
        await asyncio.sleep(0.3)
        assert desk.emitted.empty()


async def test_without_any_device_there_is_a_sentence(home: Path) -> None:
    async with looking(home, []) as desk:
        with pytest.raises(LightworkError):
            await desk.lookout.choose()


@pytest.mark.parametrize("keep", [True, False])
async def test_memory_is_kept_only_if_a_person_wants_that(home: Path, keep: bool) -> None:
    async with looking(home, [CPU], ALONE.with_value(declared.PAUSING_KEEP_PROCESS, keep)) as desk:
        assert desk.lookout.may_keep() is keep


async def test_a_card_in_use_never_keeps_its_memory(home: Path) -> None:
    async with looking(home, [FIRST], ALONE.with_value(declared.PAUSING_KEEP_PROCESS, True)) as desk:
        await desk.play(cuda_0=0.9)
        assert (await desk.next(events.Sensed)).keep is False
        assert desk.lookout.may_keep() is False


async def test_what_cannot_be_watched_here_stands_in_the_status(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/none")

    def told(board: Board) -> dict[str, str]:
        return {note.sense: note.note for note in board.status.senses}

    async with looking(home, [CPU]) as desk:
        async with asyncio.timeout(20):
            while not {"full_screen", "game_mode", "metered"} <= set(told(desk.board)):
                await asyncio.sleep(0.05)
        assert told(desk.board)["full_screen"] == "there is no X screen"


@pytest.mark.parametrize(
    ("text", "expected"), [("", ()), (" ; ;", ()), ("blender", ("blender",)), ("a b;  C.exe ;", ("a b", "C.exe"))]
)
def test_lists_of_programs_are_read_as_people_write_them(text: str, expected: tuple[str, ...]) -> None:
    assert names(text) == expected


PLACES: list[tuple[declared.Setting[Any], Any, str, Any]] = [
    (declared.PAUSING_ALWAYS, True, "always", True),
    (declared.PAUSING_GAMES_EVEN_THEN, False, "games_even_then", False),
    (declared.PAUSING_GAMES, False, "games", False),
    (declared.PAUSING_FULL_SCREEN, False, "full_screen", False),
    (declared.PAUSING_GPU_LOAD, 0.5, "gpu_load", 0.5),
    (declared.COMPUTING_MEMORY_SHARE, 0.7, "gpu_memory_share", 0.7),
    (declared.PAUSING_PER_DEVICE, True, "per_device", True),
    (declared.PAUSING_IN_USE_MINUTES, 5.0, "in_use_seconds", 300.0),
    (declared.PAUSING_METERED, False, "metered", False),
    (declared.NETWORK_DAY_GB, 0.5, "data_day", GB // 2),
    (declared.NETWORK_MONTH_GB, 50.0, "data_month", 50 * GB),
    (declared.PAUSING_PROCESSOR_LOAD, 0.5, "processor_load", 0.5),
    (declared.PAUSING_ON_BATTERY, False, "on_battery", False),
    (declared.PAUSING_CELSIUS, 70.0, "celsius", 70.0),
    (declared.PAUSING_DISK_FREE_GB, 3.0, "disk_free_minimum", 3 * GB),
    (declared.PAUSING_MEMORY_FREE_GB, 4.0, "memory_available_minimum", 4 * GB),
    (declared.PAUSING_QUIET_SECONDS, 5.0, "quiet_seconds", 5.0),
]


@pytest.mark.parametrize(("setting", "value", "name", "expected"), PLACES)
def test_each_setting_reaches_its_rule(setting: declared.Setting[Any], value: Any, name: str, expected: Any) -> None:
    default, changed = rules_of(Settings()), rules_of(Settings().with_value(setting, value))
    assert getattr(changed, name) == expected
    assert getattr(default, name) != expected
    others = [f for f in default.__slots__ if f != name]
    assert [getattr(default, f) for f in others] == [getattr(changed, f) for f in others]


def test_hours_reach_their_rule() -> None:
    assert rules_of(Settings().with_value(declared.PAUSING_HOURS, "mon 08:00-09:00")).hours.spans == ((480, 540),)


async def test_a_snooze_is_ended_by_the_clock(home: Path) -> None:
    until = time.time() + 0.3
    snoozed = State(phase=Phase.PAUSED, person=Pause(reason=PauseReason.PERSON, since=0.0, until=until))
    async with looking(home, [CPU], state=snoozed) as desk:
        await desk.next(events.Tick)
        assert time.time() >= until
