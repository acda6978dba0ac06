"""Memory of an idle window with its node.

    python tests/benchmarks/bench_idle.py [--seconds 10]

Starts the window (offscreen unless QT_QPA_PLATFORM says otherwise) with a home folder of its own; the window starts the
node. Prints RSS, PSS (shared pages counted once) and processor time of each over the given seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from lightwork.protocol.control import read_door
from lightwork.settings.places import Places


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        surroundings = {
            "QT_QPA_PLATFORM": "offscreen",
            **os.environ,
            "LIGHTWORK_HOME": folder,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        window = subprocess.Popen([sys.executable, "-m", "lightwork"], env=surroundings)
        node = None
        try:
            node = psutil.Process(_node(Path(folder)))
            _report({"window": psutil.Process(window.pid), "node": node}, seconds)
        finally:
            window.kill()
            window.wait()
            if node is not None:
                node.terminate()
                node.wait(20)
    return 0


def _node(home: Path, patience: float = 30) -> int:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        door = read_door(Places(home).door)
        if door is not None:
            return door.process
        time.sleep(0.1)
    raise TimeoutError("the window started no node")


def _report(processes: dict[str, psutil.Process], seconds: float) -> None:
    time.sleep(3)  # starting is over
    before = {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
    time.sleep(seconds)
    total = [0.0, 0.0]
    print(f"{'process':10}{'RSS MB':>10}{'PSS MB':>10}{'CPU %':>10}")
    for name, process in processes.items():
        memory = process.memory_full_info()
        busy = 100 * (sum(process.cpu_times()[:2]) - before[name]) / seconds
        shared = getattr(memory, "pss", 0) / 1e6
        total[0] += memory.rss / 1e6
        total[1] += shared
        print(f"{name:10}{memory.rss / 1e6:10.1f}{shared:10.1f}{busy:10.2f}")
    print(f"{'together':10}{total[0]:10.1f}{total[1]:10.1f}")


if __name__ == "__main__":
    sys.exit(main())
