"""How long the window's thread is busy at a stretch, on a walk through everything.

    python tests/benchmarks/bench_window_turns.py [--rounds 3] [--slow MS]

A turn is one pass of Qt's event loop: while it lasts, the window answers to nobody. The window is real, its node is a
plausible one with 100,000 contributions; it runs offscreen unless QT_QPA_PLATFORM says otherwise. Each round has a
process of its own, so that everything is done for the first time in each. Prints the longest turn and the 99th
percentile of each step of the walk, each the median over the rounds: by the clock, which other programs on the computer
lengthen, and by the thread's own processor time, which they do not. The target is 16 ms, a frame at 60 Hz.

Not counted is what the node in the same process does, and the start up to the first picture: before it there is nothing
that could answer. `--slow` takes one round and lists every turn of at least so many milliseconds with what it called.
"""

import argparse
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("ui", "helpers")]

import plausible  # noqa: E402
from PySide6.QtCore import QEventLoop, QObject, QSettings, Qt, QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog, QWidget  # noqa: E402
from ui_fake_node import FakeNode  # noqa: E402

import lightwork  # noqa: E402
import lightwork_assets  # noqa: E402
import lightwork_ui  # noqa: E402
from lightwork.settings.declared import Page  # noqa: E402
from lightwork.settings.places import Places  # noqa: E402
from lightwork_ui import translation  # noqa: E402
from lightwork_ui.app import Program  # noqa: E402
from lightwork_ui.memory import keep_what_is_loaded  # noqa: E402
from lightwork_ui.window import Window  # noqa: E402

TARGET_MS = 16.0
REST_S = 0.001  # between two turns in which nothing was done


@dataclass(frozen=True)
class Moment:
    """The clock and the thread's processor time, in seconds."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.thread_time)


class TimedNode(FakeNode):
    """A fake node that knows how long it has worked itself."""

    wall = cpu = 0.0

    def _read(self, socket: object) -> None:
        began = Moment()
        super()._read(socket)  # type: ignore[arg-type]
        self._add(began)

    def write(self, line: bytes) -> None:
        began = Moment()
        super().write(line)
        self._add(began)

    def _add(self, began: Moment) -> None:
        ended = Moment()
        self.wall += ended.wall - began.wall
        self.cpu += ended.cpu - began.cpu


class Turns:
    """Runs the event loop a turn at a time. `taken` are (wall, cpu) in milliseconds."""

    def __init__(self, node: TimedNode, slow: float | None) -> None:
        self._node, self._slow, self._loop = node, slow, QEventLoop()
        self.taken: list[tuple[float, float]] = []

    def work(self, milliseconds: float) -> None:
        """Let the window work for so long."""
        ends = time.perf_counter() + milliseconds / 1000
        while time.perf_counter() < ends:
            if not self._turn():
                time.sleep(REST_S)

    def _turn(self) -> bool:
        """One turn; whether anything was done in it."""
        profile = cProfile.Profile(time.thread_time) if self._slow is not None else None
        began, node = Moment(), (self._node.wall, self._node.cpu)
        if profile is not None:
            profile.enable()
        busy = self._loop.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        if profile is not None:
            profile.disable()
        ended = Moment()
        wall = 1000 * (ended.wall - began.wall - (self._node.wall - node[0]))
        cpu = 1000 * (ended.cpu - began.cpu - (self._node.cpu - node[1]))
        self.taken.append((wall, cpu))
        if profile is not None and self._slow is not None and cpu >= self._slow:
            print(f"--- {cpu:.1f} ms", flush=True)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(22)
        return busy

    def longest(self) -> tuple[float, float, float]:
        """Of the turns since the last call: the longest by the clock, by processor time, and its 99th percentile."""
        turns, self.taken = self.taken, []
        cpu = sorted(one for _, one in turns)
        busy = [one for one in cpu if one > 0.1] or [0.0]
        return max(wall for wall, _ in turns), cpu[-1], busy[int(len(busy) * 0.99)]


Step = tuple[str, Callable[[], object], int]


def walk(program: Program, node: TimedNode) -> Iterator[Step]:
    """Steps: a name, what is done, and how long the window is given for it (ms)."""
    yield from _on_pages(program, node)
    yield from _in_dialogs(program, node)
    for name in ("settings", "projects", "stats", "home"):
        yield f"({name})", lambda name=name: program.window.go(name), 900
        yield f"theme on {name}", lambda: _other_theme(program), 900
    yield "close and open", lambda: _reopen(program), 1_500


def _on_pages(program: Program, node: TimedNode) -> Iterator[Step]:
    window, states = program.window, plausible.snapshots(time.time())

    def snapshots() -> None:
        _one_by_one(node, 40, [lambda state=state: node.say(state) for state in list(states.values()) * 4])

    saying = 40 * 4 * len(states) + 300
    yield "snapshots on Home", snapshots, saying
    for name in ("projects", "stats", "settings"):
        yield f"open {name}", lambda name=name: window.go(name), 1_500
        page = _page(window)
        yield f"scroll {name}", lambda page=page: _scroll(page, 60), 1_400
        yield f"snapshots on {name}", snapshots, saying
    yield "search settings", lambda: _type(page.search, "game"), 1_200
    yield "and clear it", page.search.clear, 500
    yield "back to stats", lambda: window.go("stats"), 600
    stats = _page(window)
    yield "scroll 100,000 rows", lambda: _scroll(stats.contributions.view, 120), 2_500
    yield "search rows", lambda: _type(stats.contributions.search, "story"), 1_200
    for name in ("stats", "settings", "projects", "home"):
        yield f"({name})", lambda name=name: window.go(name), 600
        yield f"resize {name}", lambda: _resize(window), 900


def _in_dialogs(program: Program, node: TimedNode) -> Iterator[Step]:
    window = program.window
    close = lambda: [dialog.close() for dialog in window.findChildren(QDialog)]  # noqa: E731
    yield "join dialog", lambda: window.ask_link(plausible.LINK), 800
    yield "(close it)", close, 300
    yield "(settings)", lambda: window.go("settings"), 600
    settings = _page(window)
    yield "show more settings", settings.sections[Page.PAUSING].more.click, 600
    yield "show the week", settings.rows["pausing.hours"].field.toggle.click, 600
    yield "choose a program", settings.rows["pausing.programs"].field.pick.click, 800
    yield "(close it)", close, 300
    yield "(stats)", lambda: window.go("stats"), 900
    stats = _page(window)
    yield "figures of a chart", stats.history.twin.button.click, 600
    yield "another chart", lambda: [stats.history.twin.button.click(), [*stats.history.tiles.values()][2].click()], 600
    yield "receipt", lambda: stats.contributions.view.activated.emit(stats.contributions.rows.index(3, 0)), 800
    yield "(close it)", close, 300
    yield "(projects)", lambda: [window.go("projects"), node.say(plausible.snapshots(time.time())["training"])], 900
    yield "try it", _page(window).tiles[plausible.STORY].foot.attempt.click, 800
    yield "(close it)", close, 300


def _page(window: Window) -> Any:  # whichever it is
    page = window.stack.currentWidget()
    assert page is not None
    return page


def _scroll(page: QWidget, steps: int) -> None:
    bar = page.verticalScrollBar()  # type: ignore[attr-defined]
    _one_by_one(page, 16, [lambda at=at: bar.setValue(round(bar.maximum() * at / steps)) for at in range(1, steps + 1)])


def _type(line: QWidget, words: str) -> None:
    _one_by_one(line, 120, [lambda letter=letter: QTest.keyClick(line, letter) for letter in words])


def _resize(window: Window) -> None:
    """As a person who drags its corner."""
    sizes = [(1120 - 11 * at, 720 - 6 * at) for at in (*range(19), 0)]
    _one_by_one(window, 20, [lambda size=size: window.resize(*size) for size in sizes])


def _one_by_one(owner: QObject, milliseconds: int, acts: Sequence[Callable[[], object]]) -> None:
    """Each some time after the one before: what a person does is not done twice in one turn because a turn was long."""

    def act(at: int) -> None:
        acts[at]()
        if at + 1 < len(acts):
            QTimer.singleShot(milliseconds, owner, lambda: act(at + 1))

    act(0)


def _other_theme(program: Program) -> None:
    dark = program.theme.dark
    program.theme.apply(Qt.ColorScheme.Light if dark else Qt.ColorScheme.Dark)


def _reopen(program: Program) -> None:
    """Close the window as one does who has a tray, and open it again."""
    program.window.close()
    program._let_window_go()
    QTimer.singleShot(300, program, program.open)


def one_round(slow: float | None) -> dict[str, tuple[float, float, float]]:
    """What `Turns.longest` says, by step."""
    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    translators = translation.install(app, translation.chosen_language(), translation.chosen_locale())
    found: dict[str, tuple[float, float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        at = Places(Path(folder))
        settings = QSettings(str(at.home / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("window/welcomed", True)
        settings.sync()
        node = TimedNode(at.door)
        node.replies |= plausible.answers()
        node.first_status = plausible.snapshots(time.time())["training"]
        program = Program(app, at, node.open, tray=False)
        program.ended.disconnect(app.quit)
        turns = Turns(node, slow)
        keep_what_is_loaded()
        program.start()
        while not turns.taken:
            turns._turn()
        turns.taken.clear()
        turns.work(2_500)
        found["after the first picture"] = turns.longest()
        for name, act, milliseconds in walk(program, node):
            if slow is not None:
                print(f"===== {name}", flush=True)
            QTimer.singleShot(0, program, act)
            turns.work(milliseconds)
            longest = turns.longest()
            found[name] = max(longest, found.get(name, longest))
        program.link.close()
        node.die()
    del translators
    return found


def _rounds(count: int, compiled: str) -> list[dict[str, tuple[float, float, float]]]:
    """Rounds in fresh processes. The program's modules are compiled before, as those of an installed program are."""
    surroundings = os.environ | {"QT_LOGGING_RULES": "*.warning=false", "PYTHONPYCACHEPREFIX": compiled}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    packages = [str(Path(package.__file__).parent) for package in (lightwork, lightwork_ui, lightwork_assets)]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *packages], check=True, env=surroundings)
    command = [sys.executable, __file__, "--one"]
    outputs = (
        subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings).stdout
        for _ in range(count)
    )
    return [json.loads(output) for output in outputs]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow", type=float, metavar="MS")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one or arguments.slow is not None:
        print(json.dumps(one_round(arguments.slow)))
        return 0
    with tempfile.TemporaryDirectory() as compiled:
        rounds = _rounds(arguments.rounds, compiled)
    print(f"{'step':26}{'longest: wall ms':>18}{'cpu ms':>9}{'p99 cpu':>9}")
    for name in rounds[0]:
        wall, cpu, usual = (statistics.median(one[name][at] for one in rounds) for at in range(3))
        print(f"{name:26}{wall:18.1f}{cpu:9.1f}{usual:9.1f}{'' if cpu <= TARGET_MS else '   over'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
