"""The sensors on this computer."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from lightwork.activity.reasons import REASONS
from lightwork.activity.sensors import read


def test_this_computer(tmp_path: Path) -> None:
    readings = read(tmp_path)
    assert readings.on_battery in {None, True, False}
    total = psutil.disk_usage(str(tmp_path)).total
    assert readings.disk_free is not None
    assert 0 < readings.disk_free <= total
    assert readings.memory_available is not None
    assert 0 < readings.memory_available < psutil.virtual_memory().total
    assert readings.trainer_memory is None


def test_a_folder_that_is_not_there_yet_has_the_space_of_its_disk(tmp_path: Path) -> None:
    free = read(tmp_path / "not" / "yet").disk_free
    assert free is not None
    assert free > 0


def test_the_trainers_memory_is_what_it_alone_keeps() -> None:
    size = 64 * 2**20
    program = f"block = b'x' * {size}; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        held = read(Path(), process.pid).trainer_memory
        process.communicate(b"\n")
    assert held is not None
    assert size <= held < 4 * size
    assert read(Path(), process.pid).trainer_memory is None  # it has ended


def test_a_sensor_that_fails_tells_nothing_and_hides_nothing(tmp_path: Path) -> None:
    readings = read(tmp_path / ("x" * 5000), trainer=2**30)  # a name that no file system takes, a process that is none
    assert readings.disk_free is None
    assert readings.trainer_memory is None
    assert readings.memory_available is not None


def test_the_rules_need_no_psutil() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    program = "import sys, lightwork.activity.policy; sys.exit('psutil' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
    assert REASONS
