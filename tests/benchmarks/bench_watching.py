"""What watching costs while nothing happens.

A real node on a desktop of its own (an X screen with some windows, D-Bus services, this computer's own processes).
Processor time over some minutes, in per cent of one core:

    off          not contributing: sensors listen, polls are seldom
    every second all sensors at the pace that they have during training, without a trainer

    python tests/benchmarks/bench_watching.py [--seconds 120]
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.desktop import desktop
from helpers.town import environment
from helpers.x_screen import SMALL, client, open_window

# Everything that the node watches, at full pace, in a process of its own.
WATCHER = """
import asyncio, sys
from pathlib import Path
from lightwork.activity import catalogue
from lightwork.activity.policy import PolicyState, decide
from lightwork.activity.reasons import Rules
from lightwork.activity.sensor import Pace
from lightwork.activity.watch import Watcher
from lightwork.hardware.devices import Devices
from lightwork.node.device_watch import DeviceWatch
import time

async def main():
    pace, idle = Pace(), Pace()
    pace.busy = True
    state, changed = PolicyState(), asyncio.Event()
    devices = DeviceWatch(Devices(), tuple, lambda: "auto")
    sensors = catalogue.sensors(
        Path(sys.argv[1]), pace, idle, own_games=tuple, never_games=tuple
    )
    watcher = Watcher([*sensors, *devices.sensors(pace)], changed.set)
    task = asyncio.create_task(watcher.run())
    while True:
        await changed.wait()
        changed.clear()
        state = decide(state, watcher.readings, Rules(), time.time())

asyncio.run(main())
"""


async def spent(process: int, seconds: float) -> float:
    """Per cent of one core that it used meanwhile."""
    watched = psutil.Process(process)
    before, began = watched.cpu_times(), time.monotonic()
    await asyncio.sleep(seconds)
    after = watched.cpu_times()
    used = after.user + after.system - before.user - before.system
    return 100 * used / (time.monotonic() - began)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        async with desktop(Path(folder) / "desk", "version = 1\n") as (person, _):
            person.start()
            surroundings = {**environment(person.home), **person.environment}
            command = [sys.executable, "-c", WATCHER, folder]
            with (
                client_of(person.environment["DISPLAY"]) as windows,
                subprocess.Popen(command, env=surroundings) as watcher,
            ):
                before = windows()
                await asyncio.sleep(10)  # the first look of everything
                assert person.process is not None
                off, full = await asyncio.gather(spent(person.process.pid, seconds), spent(watcher.pid, seconds))
                opened = windows() - before
                memory = psutil.Process(person.process.pid).memory_info().rss / 2**20
                watcher.kill()
    print(f"processes on this computer    {len(psutil.pids()):6}")
    print(f"node, not contributing        {off:6.3f} % of one core, {memory:.0f} MB")
    print(f"all sensors, every second     {full:6.3f} % of one core")
    print(f"windows opened                {opened:6}")


class client_of:  # noqa: N801  used as a function
    """Some windows on that screen; gives a function that counts all windows there are."""

    def __init__(self, name: str) -> None:
        self._client = client(type("Named", (), {"name": name})())

    def __enter__(self) -> "object":
        display = self._client.__enter__()
        for _ in range(5):
            open_window(display, SMALL)
        return lambda: len(display.screen().root.query_tree().children)

    def __exit__(self, *details: object) -> None:
        self._client.__exit__(*details)  # type: ignore[arg-type]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", "")
    asyncio.run(main())
