"""Trying a computer out, with a trainer that is a real process and only says what it is told to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from helpers.checked_trainer import SECONDS, TOKENS, command
from lightwork.domain.credit import training_operations
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import CheckStep, DeviceKind, PauseReason
from lightwork.domain.status import DeviceStatus, NodeStatus, Pause, ProjectStatus, TrainingStatus
from lightwork.hardware.processor_load import ProcessorLoad
from lightwork.host import practice
from lightwork.node import trial
from lightwork.node.checking import Checking
from lightwork.protocol import control as wire
from lightwork.protocol.memory import bytes_needed
from lightwork.settings.declared import COMPUTING_DEVICE, COMPUTING_DUTY, COMPUTING_QUIET
from lightwork.settings.places import Places
from lightwork.settings.store import Settings
from lightwork.trainer.memory import plan

GB = 10**9
CPU = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="Processor", memory_total=8 * GB)
GPU = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="Card", memory_total=16 * GB)
OLD = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="Card", note="It is too old.", usable=False)
STEPS = list(CheckStep)
GAME = Pause(reason=PauseReason.GAME, cause="Chess")


class Devices:
    """This computer's devices, as the test has them."""

    def __init__(self, *found: DeviceStatus) -> None:
        self.found = list(found)

    def read(self) -> list[DeviceStatus]:
        return self.found

    def driver(self, device: str) -> str:
        return "560.35" if device.startswith("cuda") else ""


@dataclass
class Computer:
    """A computer with a node that checks it, and what was said."""

    folder: Path
    devices: tuple[DeviceStatus, ...] = (CPU,)
    behaviour: str = ""
    settings: Settings = field(default_factory=Settings)
    status: NodeStatus = field(default_factory=NodeStatus)
    session: bool = False
    pauses: tuple[Pause, ...] = ()
    said: list[wire.Checked] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    changes: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.checking = Checking(
            Places(self.folder / "home"),
            Devices(*self.devices),  # type: ignore[arg-type]
            settings=lambda: self.settings,
            status=lambda: self.status,
            idle=lambda: not self.session,
            pauses=lambda: self.pauses,
            changed=lambda: self.changes.append(self.checking.running),
            trainer=command(self.folder / "notes", self.behaviour),
        )

    async def say(self, message: wire.Message) -> None:
        assert isinstance(message, wire.Checked)
        assert message.id == 5
        self.said.append(message)
        self.heard.set()

    async def check(self) -> wire.CheckReport:
        return await self.checking.check(5, self.say)

    async def until(self, step: CheckStep, passed: bool | None) -> int:
        """Wait until this was said; the trainer's process."""
        while not any((one.step, one.passed) == (step, passed) for one in self.said):
            self.heard.clear()
            await self.heard.wait()
        return self.checking.process or 0

    @property
    def outcome(self) -> list[tuple[CheckStep, bool, str]]:
        return [(one.step, one.passed, one.detail) for one in self.said if one.passed is not None]

    @property
    def notes(self) -> list[str]:
        file = self.folder / "notes"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def left(self) -> list[str]:
        return [str(path) for path in (self.folder / "home").rglob("*")]


@pytest.fixture
def computer(tmp_path: Path) -> Callable[..., Computer]:
    return lambda **values: Computer(tmp_path, **values)


async def test_a_processor_from_beginning_to_end(computer: Callable[..., Computer]) -> None:
    one = computer()
    report = await one.check()
    assert [(said.step, said.passed) for said in one.said] == [(step, how) for step in STEPS for how in (None, True)]
    assert [detail for _, _, detail in one.outcome] == ["Processor", "torch 0.1", "4.0 GB", "10.3 GFLOPS"]
    assert one.notes == ["start", f"cpu {4 * GB} {practice.MODEL.parameters}", "measure 0", "measure 10"]
    speed = TOKENS / SECONDS
    assert (report.device, report.driver, report.runtime) == (CPU, "", "torch 0.1, Python 3")
    assert (report.allowed, report.parameters, report.tokens_per_second) == (4 * GB, practice.MODEL.parameters, speed)
    assert report.operations_per_day == training_operations(practice.MODEL.parameters, round(speed * 86_400))
    assert 0 < report.seconds < 60
    assert one.left == []
    assert one.changes == [True, False]


async def test_a_day_has_the_rests_that_the_person_wants(computer: Callable[..., Computer]) -> None:
    whole = (await computer().check()).operations_per_day
    part = (await computer(settings=Settings().with_value(COMPUTING_DUTY, 0.25)).check()).operations_per_day
    quiet = (await computer(settings=Settings().with_value(COMPUTING_QUIET, True)).check()).operations_per_day
    assert whole is not None
    assert (part, quiet) == (whole // 4, whole // 2)


async def test_a_graphics_card_trains_a_larger_model(computer: Callable[..., Computer]) -> None:
    one = computer(devices=(GPU, CPU))
    report = await one.check()
    assert one.outcome[0] == (CheckStep.DEVICE, True, "Card, driver 560.35")
    assert (report.device, report.driver) == (GPU, "560.35")
    assert report.parameters > 20 * practice.MODEL.parameters
    assert one.notes[1] == f"cuda:0 {8 * GB} {report.parameters}"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("missing", [(CheckStep.RUNTIME, False, "runtime_missing")]),
        ("small", [(CheckStep.RUNTIME, True, ""), (CheckStep.MEMORY, False, "device_too_small")]),
        ("full", [(CheckStep.RUNTIME, True, "torch 0.1"), (CheckStep.MEMORY, False, "device_too_small")]),
        ("dies", [(CheckStep.RUNTIME, True, "torch 0.1"), (CheckStep.MEMORY, False, "trainer_failed")]),
    ],
)
async def test_what_goes_wrong_is_its_steps_answer(
    computer: Callable[..., Computer], behaviour: str, outcome: list[tuple[CheckStep, bool, str]]
) -> None:
    one = computer(behaviour=behaviour)
    report = await one.check()
    assert one.outcome == [(CheckStep.DEVICE, True, "Processor"), *outcome]
    assert (report.device, report.tokens_per_second, report.operations_per_day) == (CPU, None, None)
    assert one.left == []
    assert one.checking.process is None


async def test_without_a_program_to_start_the_runtime_is_missing(computer: Callable[..., Computer]) -> None:
    one = computer()
    one.checking._trainer = ["/nowhere/python"]
    await one.check()
    assert one.outcome[1:] == [(CheckStep.RUNTIME, False, "runtime_missing")]


@pytest.mark.parametrize(("others", "detail"), [(0.9, "processor_busy"), (0.1, ""), (None, "")])
async def test_time_that_runs_out_ends_it(
    computer: Callable[..., Computer], monkeypatch: pytest.MonkeyPatch, others: float | None, detail: str
) -> None:
    monkeypatch.setattr(trial, "_TRAINER_SECONDS", 0.6)
    monkeypatch.setattr(ProcessorLoad, "read", lambda _self, _ours: others)
    one = computer(behaviour="hangs")
    report = await one.check()
    assert one.outcome[-1][1:] == (False, detail)
    assert report.tokens_per_second is None
    assert one.left == []


async def test_a_card_that_the_runtime_cannot_use_is_told_and_the_processor_tried(
    computer: Callable[..., Computer],
) -> None:
    one = computer(devices=(GPU, CPU), behaviour="lost")
    report = await one.check()
    assert one.outcome == [
        (CheckStep.DEVICE, True, "Card, driver 560.35"),
        (CheckStep.RUNTIME, False, "device_lost"),
        (CheckStep.MEMORY, True, "4.0 GB"),
        (CheckStep.SPEED, True, "10.3 GFLOPS"),
    ]
    assert (report.device, report.driver, report.allowed) == (CPU, "", 4 * GB)
    assert [line.split()[0] for line in one.notes] == ["start", "cuda:0", "start", "cpu", "measure", "measure"]


@pytest.mark.parametrize(
    ("devices", "wanted", "passed", "detail"),
    [
        ((OLD, CPU), "auto", True, "Processor; Card: It is too old."),
        ((OLD, CPU), "cuda:0", False, "device_lost"),
        ((CPU,), "cuda:3", False, "device_lost"),
        ((GPU, CPU), "cpu", True, "Processor"),
    ],
)
async def test_the_processor_in_a_cards_place(
    computer: Callable[..., Computer], devices: tuple[DeviceStatus, ...], wanted: str, passed: bool, detail: str
) -> None:
    one = computer(devices=devices, settings=Settings().with_value(COMPUTING_DEVICE, wanted))
    report = await one.check()
    assert one.outcome[0] == (CheckStep.DEVICE, passed, detail)
    assert report.device == CPU
    assert report.tokens_per_second is not None


async def test_no_device_at_all(computer: Callable[..., Computer]) -> None:
    one = computer(devices=(OLD,))
    assert (await one.check()).device is None
    assert one.outcome == [(CheckStep.DEVICE, False, "device_lost")]
    assert one.notes == []


# --- giving way -------------------------------------------------------------------------------------------------------


async def test_while_a_game_runs_nothing_is_started(computer: Callable[..., Computer]) -> None:
    one = computer(pauses=(GAME,))
    report = await one.check()
    assert one.outcome == [(CheckStep.DEVICE, True, "Processor"), (CheckStep.RUNTIME, False, "game")]
    assert (report.device, report.tokens_per_second) == (CPU, None)
    assert one.notes == []
    one.pauses = (Pause(reason=PauseReason.METERED),)  # nothing is sent
    assert (await one.check()).tokens_per_second is not None


@pytest.mark.parametrize("behaviour", ["hangs", "deaf"])
@pytest.mark.parametrize("why", ["game", "session", "cancelled", "cancelled again"])
async def test_whatever_ends_it_early_ends_its_trainer(
    computer: Callable[..., Computer], behaviour: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_END_SECONDS", 0.4)
    one = computer(behaviour=behaviour)
    asked = asyncio.create_task(one.check())
    process = await one.until(CheckStep.SPEED, None)
    assert psutil.pid_exists(process)
    assert one.checking.training == ("cpu", process)
    if why == "game":
        one.checking.paused((Pause(reason=PauseReason.METERED),))
        one.checking.paused((GAME,))
        one.checking.paused((GAME,))
    elif why == "session":
        await one.checking.end()
        assert not psutil.pid_exists(process)
        assert one.left == []
    else:
        asked.cancel()
        if why == "cancelled again":
            await asyncio.sleep(0.05)
            asked.cancel()
    if why.startswith("cancelled"):
        with pytest.raises(asyncio.CancelledError):
            await asked
    else:
        report = await asked
        assert report.runtime == "torch 0.1, Python 3"
        assert report.tokens_per_second is None
        assert one.outcome[-1] == (CheckStep.SPEED, False, "game" if why == "game" else "")
    assert not psutil.pid_exists(process)
    assert one.left == []
    assert (one.checking.running, one.checking.process) == (False, None)
    one.checking.paused((GAME,))  # and later reasons are nothing to it
    await one.checking.end()


async def test_while_a_session_runs_its_speed_is_told_and_no_trainer_started(
    computer: Callable[..., Computer],
) -> None:
    training = TrainingStatus(device="cuda:0", tokens_per_second=500.0, process=77)
    project = ProjectStatus(id="p", link="l", parameters=10**8)
    one = computer(
        devices=(GPU, CPU), session=True, status=NodeStatus(training=training, project=project), pauses=(GAME,)
    )
    report = await one.check()
    assert one.outcome == [
        (CheckStep.DEVICE, True, "Card, driver 560.35"),
        (CheckStep.RUNTIME, True, ""),
        (CheckStep.MEMORY, True, "8.0 GB"),
        (CheckStep.SPEED, True, "300.0 GFLOPS"),
    ]
    assert (report.parameters, report.tokens_per_second) == (10**8, 500.0)
    assert report.operations_per_day == training_operations(10**8, 500 * 86_400)
    one.status = NodeStatus(project=project)  # it has not begun to train yet
    one.said.clear()
    assert (await one.check()).operations_per_day is None
    assert [how for _, how, _ in one.outcome] == [True, False, True, False]
    assert one.notes == []


async def test_two_checks_take_turns_and_the_second_sees_the_session(computer: Callable[..., Computer]) -> None:
    one = computer(behaviour="hangs")
    first = asyncio.create_task(one.check())
    await one.until(CheckStep.SPEED, None)
    second = asyncio.create_task(one.check())
    await asyncio.sleep(0)
    one.session = True
    await one.checking.end()
    assert (await first).tokens_per_second is None
    assert (await second).tokens_per_second is None
    assert one.notes.count("start") == 1


async def test_what_a_killed_node_has_left_goes_with_the_next_check(computer: Callable[..., Computer]) -> None:
    one = computer()
    left = one.folder / "home" / "check" / "trainer"
    left.mkdir(parents=True)
    (left / "old").write_bytes(b"x")
    assert (await one.check()).tokens_per_second is not None
    assert one.left == []


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_processor_is_tried_with_the_practice_projects_model() -> None:
    assert trial.SMALL == practice.MODEL
    model, recipe = trial.model_for(DeviceKind.CPU, 100 * GB)
    assert model == practice.MODEL
    assert (recipe.sequence, recipe.batch, recipe.optimizer) == (
        practice.RECIPE.sequence,
        practice.RECIPE.batch,
        practice.RECIPE.optimizer,
    )


@pytest.mark.parametrize(("allowed", "millions"), [(12, 168), (6, 98), (3, 34), (1.5, 7), (0.5, 1)])
def test_a_cards_model_grows_with_its_memory_and_always_fits(allowed: float, millions: int) -> None:
    size = int(allowed * GB)
    model, recipe = trial.model_for(DeviceKind.GPU, size)
    assert round(model.parameters / 1e6) == millions
    planned = plan(model, recipe, size, on_cpu=False)
    assert planned.micro_batch >= min(8, recipe.batch)
    assert bytes_needed(model, recipe, 1, on_cpu=False) < size


def test_a_card_that_is_far_too_small_is_told_by_the_trainer() -> None:
    model, recipe = trial.model_for(DeviceKind.GPU, 1 << 20)
    with pytest.raises(LightworkError) as caught:
        plan(model, recipe, 1 << 20, on_cpu=False)
    assert caught.value.trouble is Trouble.DEVICE_TOO_SMALL
