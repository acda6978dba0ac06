"""How long the window's thread is busy at a stretch, on a walk through everything.

    python tests/benchmarks/bench_window_turns.py [--rounds 3]

Each event that Qt delivers is timed, with all that it brings about, painting included: while it lasts, the window
answers to nobody. The window is real, its node is a plausible one with 100,000 contributions; it runs offscreen unless
QT_QPA_PLATFORM says otherwise. Prints the longest and the 99th percentile of each step of a walk, each the median over
the rounds, since other programs on a computer lengthen them too. The target is 16 ms, a frame at 60 Hz.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("ui", "helpers")]

import plausible  # noqa: E402
from PySide6.QtCore import QEvent, QEventLoop, QObject, QSettings, Qt, QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402
from ui_fake_node import FakeNode  # noqa: E402

from lightwork.settings.places import Places  # noqa: E402
from lightwork_ui.app import Program  # noqa: E402
from lightwork_ui.window import Window  # noqa: E402

TARGET_MS = 16.0


class TimedApplication(QApplication):
    """Times each event that reaches it, with all that its delivery brings about."""

    def __init__(self) -> None:
        super().__init__(["bench"])
        self.turns: list[float] = []
        self.others = 0.0  # seconds of this event that are not the window's
        self._depth = 0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """An event that comes while another is delivered belongs to that one."""
        if self._depth or isinstance(receiver, QEventLoop):
            return super().notify(receiver, event)
        self._depth, self.others, began = 1, 0.0, time.perf_counter()
        try:
            return super().notify(receiver, event)
        finally:
            self._depth = 0
            self.turns.append(1000 * (time.perf_counter() - began - self.others))


class TimedNode(FakeNode):
    """A fake node whose own work does not count as the window's."""

    watch: TimedApplication | None = None

    def _read(self, socket: object) -> None:
        began = time.perf_counter()
        super()._read(socket)  # type: ignore[arg-type]
        if self.watch is not None:
            self.watch.others += time.perf_counter() - began


def work(milliseconds: int) -> None:
    """Let the loop run as it does in the program: `processEvents` alone would never wait."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def walk(app: QApplication, program: Program, node: TimedNode) -> Iterator[tuple[str, Callable[[], None], int]]:
    """Steps: a name, what is done, and how long the window is given for it (ms)."""
    window = program.window
    states = plausible.snapshots(time.time())
    names = list(states)

    def snapshots() -> None:
        for at, name in enumerate(names * 6):
            QTimer.singleShot(at * 40, node, lambda name=name: node.say(states[name]))

    def scroll(page: QWidget, steps: int) -> None:
        bar = page.verticalScrollBar()  # type: ignore[attr-defined]
        for at in range(steps):
            QTimer.singleShot(at * 16, page, lambda at=at: bar.setValue(round(bar.maximum() * (at + 1) / steps)))

    yield "snapshots on Home", snapshots, 40 * 6 * len(names) + 300
    for name in ("projects", "stats", "settings"):
        yield f"open {name}", lambda name=name: window.go(name), 1_500
        page = window.stack.currentWidget()
        assert page is not None
        yield f"scroll {name}", lambda page=page: scroll(page, 60), 1_400
    yield "back to stats", lambda: window.go("stats"), 600
    stats = window.stack.currentWidget()
    view = stats.contributions.view  # type: ignore[union-attr]
    yield "scroll 100,000 rows", lambda: scroll(view, 120), 2_500
    yield "search", lambda: QTest.keyClicks(stats.contributions.search, "story", delay=5), 900  # type: ignore[union-attr]
    yield "resize", lambda: window.resize(900, 600), 400
    yield "join dialog", lambda: window.ask_link(plausible.LINK), 800
    yield "close it", lambda: close_join(window), 300
    yield "change of theme", lambda: program.theme.apply(Qt.ColorScheme.Dark), 800
    window.go("home")


def close_join(window: Window) -> None:
    """Close the dialog, which is there by then."""
    assert window._join is not None
    window._join.close()


def one_round(app: TimedApplication) -> dict[str, tuple[float, float]]:
    """Longest turn and 99th percentile (ms) by step."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        at = Places(Path(folder))
        settings = QSettings(str(at.home / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("window/welcomed", True)
        settings.sync()
        node = TimedNode(at.door)
        node.replies |= plausible.answers()
        node.first_status = plausible.snapshots(time.time())["training"]
        program = Program(app, at, node.open, tray=False)
        watch = node.watch = app
        watch.turns.clear()
        QTimer.singleShot(0, program, program.start)
        work(800)
        found["start"] = _taken(watch)
        for name, act, milliseconds in walk(app, program, node):
            QTimer.singleShot(0, program, act)
            work(milliseconds)
            found[name] = _taken(watch)
        program.link.close()
        node.die()
        program.window.hide()
        program.theme.apply(Qt.ColorScheme.Light)
        program.deleteLater()
        work(50)
    return found


def _taken(watch: TimedApplication) -> tuple[float, float]:
    turns, watch.turns = sorted(watch.turns), []
    return (turns[-1], turns[int(len(turns) * 0.99) - 1 if len(turns) > 1 else 0]) if turns else (0.0, 0.0)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    app = TimedApplication()
    app.setQuitOnLastWindowClosed(False)
    all_rounds = [one_round(app) for _ in range(rounds)]
    print(f"{'step':24}{'longest ms':>12}{'p99 ms':>10}")
    for name in all_rounds[0]:
        longest = statistics.median(one[name][0] for one in all_rounds)
        usual = statistics.median(one[name][1] for one in all_rounds)
        print(f"{name:24}{longest:12.1f}{usual:10.1f}{'' if longest <= TARGET_MS else '   over'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
