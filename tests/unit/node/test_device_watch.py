"""Who else uses a graphics card, as pausing takes it."""

import os
import subprocess
import sys

import pytest

from lightwork.activity.sensor import NotAvailableError
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.devices import Devices
from lightwork.hardware.users import ProcessUse
from lightwork.node.device_watch import DeviceWatch

GB = 10**9
CARD = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="card", memory_total=8 * GB, celsius=71.0)
CPU = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="processor", memory_total=16 * GB)
TRAINER, GAME, DESKTOP = 900_001, 900_002, 900_003


class Driver:
    """A source of devices, and who uses them."""

    name = "driver"

    def __init__(self, *devices: DeviceStatus, users: list[ProcessUse] | None = None) -> None:
        self.devices = list(devices)
        self.list = users

    def read(self) -> list[DeviceStatus]:
        return self.devices

    def users(self, device: str) -> list[ProcessUse] | None:
        return self.list

    def held_by(self, device: str, process: int) -> int | None:
        return None

    def close(self) -> None:
        pass


def watch(driver: Driver, **arguments: object) -> DeviceWatch:
    return DeviceWatch(Devices([driver]), lambda: [TRAINER], lambda: "auto", **arguments)  # type: ignore[arg-type]


def test_our_own_use_is_nobodys_need_and_others_add_up() -> None:
    users = [
        ProcessUse(TRAINER, memory=4 * GB, load=0.9),
        ProcessUse(os.getpid(), memory=GB, load=0.1),
        ProcessUse(GAME, memory=2 * GB, load=0.3),
        ProcessUse(DESKTOP, memory=GB, load=0.02),
    ]
    (use,) = watch(Driver(CARD, CPU, users=users)).gpu_uses()
    assert (use.device, use.load, use.memory, use.memory_total) == ("cuda:0", pytest.approx(0.32), 3 * GB, 8 * GB)
    assert use.processes == (GAME,)


@pytest.mark.parametrize(
    ("users", "load", "memory"),
    [
        ([], 0.0, 0),  # nobody uses it
        ([ProcessUse(GAME, memory=None, load=0.5)], 0.5, None),  # Windows tells no memory
        ([ProcessUse(GAME, memory=GB, load=None)], None, GB),
        ([ProcessUse(GAME, load=0.7), ProcessUse(DESKTOP, load=0.7)], 1.0, None),
    ],
)
def test_what_is_not_told_is_not_invented(users: list[ProcessUse], load: float | None, memory: int | None) -> None:
    (use,) = watch(Driver(CARD, users=users)).gpu_uses()
    assert (use.load, use.memory) == (load, memory)


@pytest.mark.parametrize(
    ("driver", "why"),
    [
        (Driver(CPU, users=[]), "there is no graphics card"),
        (Driver(CARD, users=None), "does not tell who uses it"),
    ],
)
def test_without_a_card_that_tells_it_is_said_so(driver: Driver, why: str) -> None:
    with pytest.raises(NotAvailableError, match=why):
        watch(driver).gpu_uses()


def test_a_driver_that_does_not_answer_once_does_not_end_a_game() -> None:
    now = 0.0
    driver = Driver(CARD, users=[ProcessUse(GAME, load=0.8)])
    seen = watch(driver, clock=lambda: now)
    before = seen.gpu_uses()
    driver.list, now = None, 50.0
    assert seen.gpu_uses() == before
    now = 120.0
    with pytest.raises(NotAvailableError):
        seen.gpu_uses()


def test_where_processes_have_other_numbers_our_own_trainer_is_not_taken_for_a_game() -> None:
    host_number = ProcessUse(4711, memory=4 * GB, load=0.9)
    known = watch(Driver(CARD, users=[host_number]), training=lambda: ("cuda:0", TRAINER))
    with pytest.raises(NotAvailableError, match="other numbers"):
        known.gpu_uses()
    assert watch(Driver(CARD, users=[host_number]), training=lambda: ("cuda:1", TRAINER)).gpu_uses()


@pytest.mark.parametrize(
    ("devices", "wanted", "expected"),
    [
        ([CARD, CPU], "auto", ["cuda:0"]),
        ([CPU], "auto", ["cpu"]),
        ([CARD, CPU], "cpu", ["cpu"]),
        ([CARD, CPU], "cuda:7", []),
    ],
)
def test_the_candidates_are_what_the_person_wants(
    devices: list[DeviceStatus], wanted: str, expected: list[str]
) -> None:
    seen = DeviceWatch(Devices([Driver(*devices)]), tuple, lambda: wanted)
    assert [device.id for device in seen.candidates()] == expected


def test_heat_is_that_of_the_hottest_candidate() -> None:
    hotter = DeviceStatus(id="cuda:1", kind=DeviceKind.GPU, name="b", memory_total=8 * GB, celsius=80.0)
    assert watch(Driver(CARD, hotter, CPU)).celsius() == 80.0
    with pytest.raises(NotAvailableError):
        watch(Driver(CPU)).celsius()


def test_the_trainers_memory_is_what_it_alone_keeps() -> None:
    size = 64 * 2**20
    program = f"block = b'x' * {size}; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        pid: int | None = process.pid
        seen = watch(Driver(CPU), trainer=lambda: pid)
        held = seen.trainer_memory()
        process.communicate(b"\n")
    assert held is not None
    assert size <= held < 4 * size
    assert seen.trainer_memory() is None  # it has ended
    pid = None
    assert seen.trainer_memory() is None
