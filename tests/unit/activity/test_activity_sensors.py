"""The sensors that every system has, and how all of them are kept running."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from lightwork.activity.readings import Program, Readings
from lightwork.activity.sensor import NotAvailableError, Pace, Polled, Report
from lightwork.activity.sensors import computer
from lightwork.activity.watch import Watcher
from lightwork.domain.states import Sense


def test_this_computer(tmp_path: Path) -> None:
    assert 0 < computer.disk_free(tmp_path) <= psutil.disk_usage(str(tmp_path)).total
    assert 0 < computer.memory_available() < psutil.virtual_memory().total
    assert 0 <= computer.week_minute() < 7 * 24 * 60


def test_a_folder_that_is_not_there_yet_has_the_space_of_its_disk(tmp_path: Path) -> None:
    assert computer.disk_free(tmp_path / "not" / "yet") > 0


@pytest.mark.parametrize(
    ("when", "minute"),
    [("Mon 00:00", 0), ("Mon 07:30", 450), ("Sun 23:59", 7 * 24 * 60 - 1)],
)
def test_the_minute_of_the_week(when: str, minute: int) -> None:
    assert computer.week_minute(lambda: time.strptime(when, "%a %H:%M")) == minute


@pytest.mark.skipif(sys.platform != "linux", reason="the files are Linux'")
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "this computer has no battery"),
        ({"BAT0/capacity": "80", "BAT0/status": "Discharging"}, True),
        ({"BAT0/capacity": "80", "BAT0/status": "Charging"}, False),
        ({"BAT0/capacity": "99", "BAT0/status": "Not charging", "AC/online": "1"}, False),
        ({"BAT0/capacity": "80", "BAT0/status": "Unknown", "AC0/online": "0"}, True),
        ({"BAT0/capacity": "80", "BAT0/status": "Unknown"}, "the battery does not tell whether it is in use"),
        ({"AC/online": "0"}, "this computer has no battery"),
    ],
)
def test_the_battery_by_the_kernels_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: bool | str
) -> None:
    """psutil reads a recorded folder in place of the kernel's."""
    for name, content in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content + "\n")
    monkeypatch.setattr("psutil._pslinux.POWER_SUPPLY_PATH", str(tmp_path))
    if isinstance(expected, str):
        with pytest.raises(NotAvailableError, match=expected):
            computer.on_battery()
    else:
        assert computer.on_battery() is expected


def test_the_rules_need_no_psutil() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    program = "import sys, lightwork.activity.policy; sys.exit('psutil' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0


# Keeping them all running ---------------------------------------------------------------------------------------


class Scripted:
    """A sensor that does one thing after another."""

    def __init__(self, field: str, *acts: Any) -> None:
        self.field = field
        self.acts = list(acts)

    async def run(self, report: Report) -> None:
        while self.acts:
            act = self.acts.pop(0)
            if isinstance(act, BaseException):
                raise act
            report(act)
            await asyncio.sleep(0)
        await asyncio.Event().wait()


async def watched(*sensors: Any, until: Callable[[Watcher], bool], changes: list[Readings] | None = None) -> Watcher:
    """Run the sensors until something is seen."""
    woken = asyncio.Event()

    def changed() -> None:
        if changes is not None:
            changes.append(watcher.readings)
        woken.set()

    watcher = Watcher(sensors, changed)
    task = asyncio.create_task(watcher.run())
    try:
        async with asyncio.timeout(20):
            while not until(watcher):
                await woken.wait()
                woken.clear()
    finally:
        task.cancel()
        await asyncio.wait([task])
    return watcher


async def test_the_newest_value_of_each_sensor_stands_in_the_readings() -> None:
    games = (Program(name="Doom"),)
    changes: list[Readings] = []
    watcher = await watched(
        Scripted("games", (), (), games, games),
        Scripted("on_battery", False, True),
        until=lambda w: w.readings.games == games and w.readings.on_battery is True,
        changes=changes,
    )
    assert watcher.notes == ()
    assert len(changes) == 4, "an unchanged value is no news"


async def test_a_sensor_that_cannot_work_here_says_why_and_is_no_no(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = await watched(
        Scripted("full_screen", NotAvailableError("there is no X screen")),
        Scripted("games", ()),
        until=lambda w: bool(w.notes) and w.readings.games == (),
    )
    (note,) = watcher.notes
    assert (note.sense, note.note) == (Sense.FULL_SCREEN, "there is no X screen")
    assert watcher.readings.full_screen is None


async def test_a_sensor_that_breaks_hides_nothing_and_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightwork.activity.watch._FIRST_RESTART", 0.01)
    broken: list[Readings] = []
    watcher = await watched(
        Scripted("on_battery", True, OSError("gone"), False),
        Scripted("games", ()),
        until=lambda w: w.readings.on_battery is False,
        changes=broken,
    )
    assert [readings.on_battery for readings in broken if readings.games == ()][-2:] == [None, False]
    assert watcher.notes == ()


async def test_polls_follow_the_pace_and_a_hurry_does_them_at_once() -> None:
    pace, count = Pace(), 0
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read() -> int:
        nonlocal count
        count += 1
        loop.call_soon_threadsafe(asked.set)
        return count

    task = asyncio.create_task(Polled("disk_free", read, pace, busy=0.01, idle=600.0).run(lambda value: None))
    async with asyncio.timeout(20):
        await asked.wait()  # the first is done at once
        asked.clear()
        await asyncio.sleep(0.1)
        assert count == 1, "while idle it is seldom asked"
        pace.hurry()
        await asked.wait()
        pace.busy = True
        pace.hurry()
        while count < 6:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
