"""Who uses an NVIDIA card, against the stand-in for NVML through the real pynvml."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.nvml_stub import GIB, Card, Driver, Step, User, build, compiler, read

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler")

NOT_SUPPORTED, NO_PERMISSION, FUNCTION_NOT_FOUND, GPU_IS_LOST = 3, 4, 13, 15
USERS = ("users", "cuda:0")
LISTS = tuple(f"nvmlDeviceGet{kind}RunningProcesses" for kind in ("Compute", "Graphics"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("nvml"))


def answers(library: Path, folder: Path, *steps: Step) -> list[Any]:
    """The answer to each step's only question."""
    return [result["answers"][0] for result in read(library, folder, *steps)]


def use(process: int, memory: int | None = GIB, load: float | None = 0.0, graphics: bool = False) -> dict[str, Any]:
    return {"process": process, "memory": memory, "load": load, "graphics": graphics}


def test_each_process_once_with_memory_load_and_whether_it_draws(library: Path, tmp_path: Path) -> None:
    users = (
        User(process=10, memory=6 * GIB, load=93),
        User(process=11, memory=300, load=4, kind="g"),
        User(process=12, memory=500, load=40, kind="cg"),
        User(process=13, memory=-1, load=-1, kind="g"),  # Windows tells no memory; no sample: it computes nothing
        User(process=14, load=77, device=1),
    )
    both = Step(cards=(Card(), Card()), users=users, questions=(USERS, ("users", "cuda:1")))
    (result,) = read(library, tmp_path, both)
    first, second = result["answers"]
    assert sorted(first, key=lambda one: one["process"]) == [
        use(10, 6 * GIB, 0.93),
        use(11, 300, 0.04, graphics=True),
        use(12, 500, 0.4, graphics=True),
        use(13, None, 0.0, graphics=True),
    ]
    assert second == [use(14, load=0.77)]


def test_a_card_that_nobody_uses(library: Path, tmp_path: Path) -> None:
    assert answers(library, tmp_path, Step(cards=(Card(),), questions=(USERS,))) == [[]]


@pytest.mark.parametrize("code", [NOT_SUPPORTED, NO_PERMISSION, FUNCTION_NOT_FOUND])
def test_a_card_that_lists_no_processes_tells_nothing(library: Path, tmp_path: Path, code: int) -> None:
    failures = tuple((f"{name}{version}", code) for name in LISTS for version in ("_v2", "_v3"))
    questions = (USERS, ("held_by", "cuda:0", 10))
    (result,) = read(library, tmp_path, Step(cards=(Card(),), failures=failures, questions=questions))
    assert result["answers"] == [None, None]


def test_an_older_driver_by_the_older_calls(library: Path, tmp_path: Path) -> None:
    failures = tuple((f"{name}_v3", FUNCTION_NOT_FOUND) for name in LISTS)
    users = (User(process=10, load=50), User(process=11, load=-1, kind="g"))
    step = Step(cards=(Card(),), users=users, failures=failures, questions=(USERS,))
    assert answers(library, tmp_path, step) == [[use(10, load=0.5), use(11, graphics=True)]]


def test_without_samples_only_the_load_is_missing(library: Path, tmp_path: Path) -> None:
    failures = (("nvmlDeviceGetProcessUtilization", NOT_SUPPORTED),)
    step = Step(cards=(Card(),), users=(User(process=10),), failures=failures, questions=(USERS,))
    assert answers(library, tmp_path, step) == [[use(10, load=None)]]


def test_a_lost_card_is_an_error(library: Path, tmp_path: Path) -> None:
    failures = (("nvmlDeviceGetComputeRunningProcesses_v3", GPU_IS_LOST),)
    (result,) = read(library, tmp_path, Step(cards=(Card(),), failures=failures, questions=(USERS,)))
    assert result["error"] == "NVMLError_GpuIsLost"


def test_samples_count_once_and_hold_for_two_seconds(library: Path, tmp_path: Path) -> None:
    cards, users = (Card(),), (User(process=10, load=-1),)
    now = 1_001_000_000  # by the reader's clock, in microseconds
    old, dead = (0, 10, now - 9_000_000, 100), (0, 99, now - 150_000, 100)
    unused, spoilt = (0, 0, now, 7), (0, 10, now, 4_000_000)
    first = ((0, 10, now - 200_000, 20), (0, 10, now - 100_000, 60), old, dead, unused, spoilt)

    def step(*samples: tuple[int, int, int, int], advance: float) -> Step:
        return Step(cards=cards, users=users, samples=samples, advance=advance, questions=(USERS,))

    assert answers(
        library,
        tmp_path,
        step(*first, advance=1.0),  # the mean of what is new
        step(*first, advance=1.0),  # nothing is new: the card has not sampled since
        step((0, 10, now - 50_000, 90), advance=0.5),
        step(*first, advance=2.1),  # nothing for so long: it is at rest
    ) == [[use(10, load=0.4)], [use(10, load=0.4)], [use(10, load=0.9)], [use(10, load=0.0)]]


def test_memory_that_one_process_holds(library: Path, tmp_path: Path) -> None:
    users = (User(process=10, memory=6 * GIB), User(process=11, memory=-1), User(process=12, memory=77, kind="cg"))
    questions = tuple(("held_by", "cuda:0", process) for process in (10, 11, 12, 13))
    (result,) = read(library, tmp_path, Step(cards=(Card(),), users=users, questions=questions))
    assert result["answers"] == [6 * GIB, None, 77, 0]


def test_a_holders_memory_is_back_when_it_has_ended(library: Path, tmp_path: Path) -> None:
    """What the tests of the node build upon: the driver frees what a process held, and only at its end."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        holder = User(process=process.pid, memory=6 * GIB, load=80, kind="holder")
        step = Step(cards=(Card(used=GIB),), users=(holder,), questions=(("held_by", "cuda:0", process.pid),))
        (before,) = read(library, tmp_path, step)
        process.kill()
    (after,) = read(library, tmp_path, step)
    assert [(r["answers"], r["devices"][0]["memory_used"]) for r in (before, after)] == [
        ([6 * GIB], 7 * GIB),
        ([0], GIB),
    ]


def test_the_driver_of_a_whole_program_changes_under_it(library: Path, tmp_path: Path) -> None:
    program = """
from lightwork.hardware.devices import Devices
from lightwork.hardware.nvidia import NvidiaSource

devices = Devices([NvidiaSource()])
while input():
    print([device.id for device in devices.read()], devices.users("cuda:0"), flush=True)
"""
    driver = Driver(library, tmp_path)
    command = [sys.executable, "-c", program]
    environment = driver.environment | {"PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, bufsize=1
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        told = []
        for step in (Step(), Step(cards=(Card(),)), Step(cards=(Card(),), users=(User(process=5, load=30),))):
            driver.show(step)
            running.stdin.write("on\n")
            told.append(running.stdout.readline().strip())
        running.stdin.write("\n")
    assert told == [
        "[] None",
        "['cuda:0'] []",
        f"['cuda:0'] [ProcessUse(process=5, memory={GIB}, load=0.3, graphics=False)]",
    ]
