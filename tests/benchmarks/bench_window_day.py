"""A day of snapshots in a window, and what that does to its memory.

    python tests/benchmarks/bench_window_day.py [--hours 24]

A node in the same process says something new for every second of the simulated day, over the real wire, as fast as the
window takes it: training, rounds, pauses by games, troubles, notices. Every ten minutes the window is sent to another
page; once an hour it is closed to the tray and opened again. Prints RSS by the simulated hour, and how much it grew
from the end of the first hour to the end of the day. Offscreen, unless QT_QPA_PLATFORM says otherwise.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("ui", "helpers")]

import psutil  # noqa: E402
from PySide6.QtCore import QElapsedTimer, QSettings  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402
from ui_fake_node import FakeNode  # noqa: E402

from lightwork.domain.errors import Trouble  # noqa: E402
from lightwork.domain.states import DeviceKind, PauseReason, Phase  # noqa: E402
from lightwork.domain.status import (  # noqa: E402
    CreditStatus,
    DeviceStatus,
    LossPoint,
    NetworkStatus,
    NodeStatus,
    Notice,
    Pause,
    ProjectStatus,
    TrainingStatus,
)
from lightwork.settings.places import Places  # noqa: E402
from lightwork_ui.app import Program  # noqa: E402
from lightwork_ui.memory import give_back_memory  # noqa: E402

PAGES = ("home", "projects", "stats", "settings")


def status_at(second: int) -> NodeStatus:
    """What the node says in this second of the day. Rounds take a minute, a game is played for 5 minutes an hour."""
    minute, hour = second // 60, second // 3600
    playing = 40 <= minute % 60 < 45
    broken = minute % 180 == 100
    phase = Phase.PAUSED if playing else Phase.TROUBLE if broken else Phase.TRAINING
    held_out = tuple(LossPoint(version=n, loss=5.5 - n / 1000) for n in range(max(0, minute - 199), minute + 1))
    return NodeStatus(
        revision=second,
        at=time.time(),
        phase=phase,
        pauses=(Pause(reason=PauseReason.GAME, cause=f"Game {hour}", source="Steam", since=time.time()),)
        if playing
        else (),
        trouble=Trouble.HOST_CONFUSED if broken else None,
        notices=(Notice(trouble=Trouble.TRAINER_FAILED, at=time.time()),) if minute % 60 == 50 else (),
        project=ProjectStatus(
            id="p" * 32,
            link="lightwork://example.org/" + "p" * 32,
            name="Open Story Model",
            version=minute,
            round_seconds_left=60.0 - second % 60,
            online=30 + minute % 7,
            parameters=1_130_000_000,
            held_out=held_out,
        ),
        device=DeviceStatus(
            id="cuda:0",
            kind=DeviceKind.GPU,
            name="Card",
            memory_total=12 << 30,
            memory_used=(6 << 30) + second * 1000,
            load=0.9 + (second % 10) / 100,
            celsius=60.0 + second % 9,
            watts=150.0 + second % 40,
        ),
        training=TrainingStatus(tokens_per_second=9000.0 + second % 777, loss=2.5, memory_used=5 << 30, process=99),
        network=NetworkStatus(sent_per_second=float(second % 9999), sent_today=second * 100, received_today=second),
        credits=CreditStatus(verified=second * 10**12, verified_today=second * 10**12, receipts=minute),
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=24)
    hours = parser.parse_args().hours
    app = QApplication(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        at = Places(Path(folder))
        settings = QSettings(str(at.home / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("window/welcomed", True)
        settings.sync()
        node = FakeNode(at.door)
        program = Program(app, at, node.open, tray=True)
        program.start()
        _until(app, lambda: program.model.live)
        print(f"{'hour':>6}{'RSS MB':>9}")
        seen = [_hour(app, program, node, hour) for hour in range(hours)]
        print(f"grown after the first hour: {seen[-1] - seen[0]:.1f} MB, in {hours * 3600:,} snapshots")
        program.link.close()
        node.die()
    return 0


def _hour(app: QApplication, program: Program, node: FakeNode, hour: int) -> float:
    for second in range(hour * 3600, (hour + 1) * 3600):
        if second % 600 == 0:
            program.window.go(PAGES[second // 600 % len(PAGES)])
        if second % 3600 == 1800:
            program.window.close()
        if second % 3600 == 1860:
            program.open()
        status = status_at(second)
        node.say(status)
        # The fake node keeps what it is asked, which is its own memory and not the window's.
        node.received.clear()
        _until(app, lambda status=status: program.model.status == status)
    give_back_memory()
    used = float(psutil.Process().memory_info().rss) / 1e6
    print(f"{hour + 1:6}{used:9.1f}", flush=True)
    return used


def _until(app: QApplication, true: object, patience_ms: int = 10_000) -> None:
    clock = QElapsedTimer()
    clock.start()
    while not true():  # type: ignore[operator]
        app.processEvents()
        if clock.elapsed() > patience_ms:
            raise TimeoutError("the window does not follow")


if __name__ == "__main__":
    sys.exit(main())
