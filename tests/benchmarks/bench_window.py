"""Our window beside two that people know: BOINC Manager and Transmission, on the same X server.

    python tests/benchmarks/bench_window.py [--starts 7] [--seconds 60]

Needs Xvfb, and for the peers Debian's boinc-manager and transmission-qt; `trayer` gives the server a tray. Each program
has a fresh home folder. Prints, for each: the median time from its start to its mapped window over some starts (the
first is not counted: it fills the disk's cache), RSS and PSS of its process with the window open and with the icon in
the tray only, and the processor time of everything that it started, over some seconds of rest.

Ours is counted as two processes, as the person's computer has them: the window, and the node that it starts.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QSettings
from Xlib import X
from Xlib.display import Display
from Xlib.error import XError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.x_screen import XScreen

SMALLEST_WINDOW = 200  # pixels; what is smaller is an icon or a helper window
SETTLES_WITHIN_S = 6.0


@dataclass(frozen=True)
class Peer:
    """A program: how it is started with its window, and with its icon in the tray only."""

    name: str
    window: Sequence[str]
    tray: Sequence[str]


OURS = Peer("Lightwork", (sys.executable, "-m", "lightwork"), (sys.executable, "-m", "lightwork", "--tray"))
PEERS = (
    OURS,
    Peer("BOINC Manager", ("boincmgr", "-nd", "-m"), ("boincmgr", "-nd", "-m", "-a")),
    Peer("Transmission", ("transmission-qt",), ("transmission-qt", "--minimized")),
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    screen = XScreen()
    tray = None
    try:
        if shutil.which("trayer"):
            tray = subprocess.Popen(["trayer"], env=os.environ | {"DISPLAY": screen.name}, stderr=subprocess.DEVNULL)
            time.sleep(1)
        heads = f"{'start s':>9}{'open RSS':>10}{'PSS MB':>9}{'tray RSS':>10}{'PSS MB':>9}{'idle CPU %':>12}"
        print(f"{'program':16}{heads}")
        for peer in PEERS:
            if shutil.which(peer.window[0]):
                print(_line(peer, screen, arguments.starts, arguments.seconds, tray is not None), flush=True)
            else:
                print(f"{peer.name:16}not installed")
    finally:
        if tray is not None:
            tray.kill()
            tray.wait()
        screen.stop()
    return 0


def _line(peer: Peer, screen: XScreen, starts: int, seconds: float, has_tray: bool) -> str:
    times = [_start_time(peer, screen) for _ in range(starts + 1)][1:]
    with _running(peer, peer.window, screen) as process:
        _wait_for_window(screen, time.monotonic() + 30)
        time.sleep(SETTLES_WITHIN_S)
        opened = process.memory_full_info()
        idle = _busy(process, seconds)
    hidden = None
    if has_tray:
        with _running(peer, peer.tray, screen) as process:
            time.sleep(2 * SETTLES_WITHIN_S)
            hidden = process.memory_full_info()
    shown = f"{hidden.rss / 1e6:10.1f}{hidden.pss / 1e6:9.1f}" if hidden else f"{'-':>10}{'-':>9}"
    start = statistics.median(times)
    return f"{peer.name:16}{start:9.2f}{opened.rss / 1e6:10.1f}{opened.pss / 1e6:9.1f}{shown}{idle:12.2f}"


def _start_time(peer: Peer, screen: XScreen) -> float:
    began = time.monotonic()
    with _running(peer, peer.window, screen):
        return _wait_for_window(screen, began + 30) - began


@contextmanager
def _running(peer: Peer, command: Sequence[str], screen: XScreen) -> Iterator[psutil.Process]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        if peer is OURS:
            # Home is measured; the first run would begin to try out the computer.
            settings = QSettings(str(Path(home, "lightwork", "window.ini")), QSettings.Format.IniFormat)
            settings.setValue("window/welcomed", True)
            settings.sync()
        process = subprocess.Popen(
            command,
            env=_surroundings(home, screen.name),
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            for one in _all_of(home):
                with suppress(psutil.Error):
                    one.kill()
            process.kill()
            process.wait()


def _surroundings(home: str, display: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return kept | {
        "DISPLAY": display,
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_DATA_HOME": f"{home}/data",
        "LIGHTWORK_HOME": f"{home}/lightwork",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "BENCH_HOME": home,
    }


def _all_of(home: str) -> list[psutil.Process]:
    """Everything that was started with this home folder, whosever child it is by now."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("BENCH_HOME") == home:
                found.append(process)
    return found


def _wait_for_window(screen: XScreen, deadline: float) -> float:
    display = Display(screen.name)
    try:
        while time.monotonic() < deadline:
            if any(_is_window(child) for child in display.screen().root.query_tree().children):
                return time.monotonic()
            time.sleep(0.005)
    finally:
        display.close()
    raise TimeoutError("no window")


def _is_window(window: object) -> bool:
    try:
        area = window.get_geometry()  # type: ignore[attr-defined]
        if min(area.width, area.height) < SMALLEST_WINDOW:
            return False
        return bool(window.get_attributes().map_state == X.IsViewable)  # type: ignore[attr-defined]
    except XError:  # it is gone again
        return False


def _busy(process: psutil.Process, seconds: float) -> float:
    """Per cent of one core, over everything that shares the process's home folder."""
    home = process.environ()["BENCH_HOME"]
    before = _time_of(home)
    time.sleep(seconds)
    return 100 * (_time_of(home) - before) / seconds


def _time_of(home: str) -> float:
    total = 0.0
    for process in _all_of(home):
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:2])
    return total


if __name__ == "__main__":
    sys.exit(main())
