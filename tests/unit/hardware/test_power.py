"""Power limits: the rules on a board made here, and the whole of it against the stand-in for NVML."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.nvml_stub import Card, Driver, Step, build, compiler
from lightwork.hardware.power import PowerLimits
from lightwork.hardware.source import Board

NO_PERMISSION = 4


class OneBoard:
    """A source with one card, 100 to 450 W, that keeps limits in steps of half a watt."""

    def __init__(self, limit: int = 350_000) -> None:
        self.limit = limit
        self.permitted = True
        self.absent = False
        self.set: list[int] = []

    def board(self, device: str) -> Board | None:
        return None if self.absent else Board("GPU-1", self.limit, 100_000, 450_000)

    def set_power(self, device: str, milliwatts: int) -> bool:
        assert 100_000 <= milliwatts <= 450_000
        if self.permitted:
            self.limit = milliwatts // 500 * 500
            self.set.append(self.limit)
        return self.permitted


@pytest.mark.parametrize(
    ("watts", "holds"),
    [
        (250, 250.0),
        (250.3, 250.0),  # the board rounds
        (20, 100.0),
        (9000, 350.0),  # no more than there was
        (None, 350.0),
    ],
)
def test_a_limit_within_bounds_and_back(tmp_path: Path, watts: float | None, holds: float) -> None:
    board, limits = OneBoard(), PowerLimits(tmp_path / "deep" / "power.json")
    assert limits.limit(board, "cuda:0", watts) == holds
    assert limits.left == (holds != 350.0)
    assert limits.limit(board, "cuda:0", None) == 350.0
    assert board.limit == 350_000
    assert not limits.left


def test_what_was_there_before_is_kept_over_several_changes(tmp_path: Path) -> None:
    board, limits = OneBoard(), PowerLimits(tmp_path / "power.json")
    for watts in (250, 300, 200):
        assert limits.limit(board, "cuda:0", watts) == watts
    assert limits.limit(board, "cuda:0", 350) == 350.0
    assert not limits.left


def test_a_killed_process_limit_is_taken_back_at_the_next_start(tmp_path: Path) -> None:
    board = OneBoard()
    PowerLimits(tmp_path / "power.json").limit(board, "cuda:0", 250)
    after = PowerLimits(tmp_path / "power.json")
    assert after.left
    assert after.limit(board, "cuda:0", None) == 350.0
    assert not PowerLimits(tmp_path / "power.json").left


def test_the_earlier_limit_is_on_disk_before_anything_changes(tmp_path: Path) -> None:
    file = tmp_path / "power.json"

    class Watching(OneBoard):
        def set_power(self, device: str, milliwatts: int) -> bool:
            if milliwatts != self.limit:
                assert PowerLimits(file).left
            return super().set_power(device, milliwatts)

    assert PowerLimits(file).limit(Watching(), "cuda:0", 250) == 250.0


def test_a_limit_that_somebody_else_set_since_is_left_alone(tmp_path: Path) -> None:
    board, limits = OneBoard(), PowerLimits(tmp_path / "power.json")
    limits.limit(board, "cuda:0", 250)
    board.limit = 200_000
    assert limits.limit(board, "cuda:0", None) == 200.0
    assert not limits.left
    # Nor is his raised by a limit of ours that would permit more.
    assert limits.limit(board, "cuda:0", 250) == 200.0
    assert limits.limit(board, "cuda:0", 150) == 150.0
    assert limits.limit(board, "cuda:0", None) == 200.0


def test_without_permission_nothing_changes_and_nothing_is_written(tmp_path: Path) -> None:
    board, limits = OneBoard(), PowerLimits(tmp_path / "power.json")
    board.permitted = False
    assert limits.limit(board, "cuda:0", 250) is None
    assert board.limit == 350_000
    assert list(tmp_path.iterdir()) == []


def test_a_card_without_a_limit(tmp_path: Path) -> None:
    board, limits = OneBoard(), PowerLimits(tmp_path / "power.json")
    board.absent = True
    assert limits.limit(board, "cuda:0", 250) is None


def test_what_cannot_be_noted_down_is_not_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    board, limits = OneBoard(), PowerLimits(tmp_path / "file" / "power.json")
    assert limits.limit(board, "cuda:0", 250) is None
    assert board.limit == 350_000


@pytest.mark.parametrize("content", [b"", b"{", b'{"boards": {"GPU-1": {"before": "x"}}}', b"[]"])
def test_a_spoilt_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "power.json"
    file.write_bytes(content)
    assert not PowerLimits(file).left
    assert PowerLimits(file).limit(OneBoard(), "cuda:0", 250) == 250.0


PROGRAM = """
import os, sys
from pathlib import Path
from lightwork.hardware.devices import Devices
from lightwork.hardware.nvidia import NvidiaSource

devices = Devices([NvidiaSource()], limits=Path(sys.argv[1]))
devices.restore_power()
print([devices.limit_power(device, watts) for device, watts in (("cuda:0", 200.0), ("cuda:1", 90.0), ("cuda:2", 50.0))])
sys.stdout.flush()
os._exit(9)
"""


def start(driver: Driver, file: Path) -> str:
    """What the program says that holds on three cards before it is killed."""
    environment = driver.environment | {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", PROGRAM, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


CARDS = (Card(limits=(350_000, 100_000, 450_000)), Card(limits=(320_000, 120_000, 400_000)), Card())


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
def test_limits_through_nvml(tmp_path: Path) -> None:
    driver, file = Driver(build(tmp_path), tmp_path, Step(cards=CARDS)), tmp_path / "power.json"
    assert start(driver, file) == "[200.0, 120.0, None]"
    ours = [(0, 350_000), (0, 200_000), (1, 320_000), (1, 120_000)]
    assert driver.limits == ours
    # The killed process' limits are taken back, then set again.
    assert start(driver, file) == "[200.0, 120.0, None]"
    assert driver.limits == [*ours, (0, 200_000), (0, 350_000), (1, 120_000), (1, 320_000), *ours]


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
def test_limits_that_only_the_administrator_may_set(tmp_path: Path) -> None:
    refused = Step(cards=CARDS, failures=(("nvmlDeviceSetPowerManagementLimit", NO_PERMISSION),))
    driver = Driver(build(tmp_path), tmp_path, refused)
    assert start(driver, tmp_path / "power.json") == "[None, None, None]"
    assert driver.limits == []
