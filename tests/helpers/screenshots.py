"""Pictures of every page and step: `python tests/helpers/screenshots.py OUTDIR [WIDTH HEIGHT [LANGUAGE SCHEME SCALE]]`.

What is shown is invented but plausible (`plausible.py`), and comes over the real wire. Each look and scale has a
process of its own, since Qt reads them at its start. With `--readme` it takes the README's pictures only, to where they
belong.
"""

import dataclasses
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ui"))

from PySide6.QtCore import QElapsedTimer, QSettings, Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QWidget

sys.path.insert(0, str(Path(__file__).resolve().parent))

import plausible
from ui_fake_node import FakeNode

from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork.settings.places import Places
from lightwork_ui import translation
from lightwork_ui.app import Program

PICTURES = Path(__file__).resolve().parents[2] / "assets" / "lightwork_assets" / "pictures"
README = ("home", "stats")  # the pictures of the README, by their names here


class Studio:
    """One look: a program on a fake node, and pictures of it."""

    def __init__(self, app: QApplication, outdir: Path, ending: str, size: tuple[int, int], home: Path) -> None:
        self._app, self._outdir, self._ending, self._size = app, outdir, ending, size
        self._places = Places(home)
        self.node = FakeNode(self._places.door)
        self.node.replies |= plausible.answers()
        self.states = plausible.snapshots(time.time())

    def program(self, *, welcomed: bool, scheme: Qt.ColorScheme) -> Program:
        """A connected program with its window shown."""
        settings = QSettings(str(self._places.home / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("window/welcomed", welcomed)
        settings.sync()
        self.node.first_status = self.states["training"] if welcomed else NodeStatus(device=plausible.GPU)
        made = Program(self._app, self._places, self.node.open, tray=False)
        made.theme.apply(scheme)
        made.window.resize(*self._size)
        made.start()
        self.wait(lambda: made.model.live)
        return made

    def wait(self, true: Callable[[], bool], patience_ms: int = 5_000) -> None:
        """Let the window work until something holds."""
        clock = QElapsedTimer()
        clock.start()
        while not true() and clock.elapsed() < patience_ms:
            self._app.processEvents()

    def settle(self, milliseconds: int = 400) -> None:
        """Let the window work for a while."""
        self.wait(lambda: False, milliseconds)

    def take(self, widget: QWidget, name: str) -> None:
        """A picture of what is on the screen now."""
        self.settle()
        widget.grab().save(str(self._outdir / f"{name}{self._ending}.png"))


def take_all(studio: Studio, scheme: Qt.ColorScheme) -> None:
    """Every page, state, dialog and step of the first run."""
    program = studio.program(welcomed=True, scheme=scheme)
    window = program.window
    for name, status in studio.states.items():
        studio.node.say(status)
        studio.wait(lambda status=status: program.model.status == status)
        studio.take(window, "home" if name == "training" else f"home-{name}")
    studio.node.say(dataclasses.replace(studio.states["training"], revision=2))
    _pages(studio, program)
    window.ask_link(plausible.LINK)
    assert window._join is not None
    studio.take(window._join, "join")
    window._join.close()
    program.link.close()
    _first_run(studio, scheme)


def _pages(studio: Studio, program: Program) -> None:
    window = program.window
    for name in ("projects", "stats", "settings"):
        window.go(name)
        studio.settle(1_200)
        studio.take(window, name)
    page = window.stack.currentWidget()
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() // 2)
    studio.take(window, "settings-below")
    window.go("stats")
    page = window.stack.currentWidget()
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    studio.take(window, "stats-below")
    window.resize(900, 600)
    studio.take(window, "stats-small")
    window.go("home")
    studio.take(window, "home-small")


def _first_run(studio: Studio, scheme: Qt.ColorScheme) -> None:
    studio.node.silent.add(control.Check)
    program = studio.program(welcomed=False, scheme=scheme)
    window = program.window
    studio.wait(lambda: any(isinstance(one, control.Check) for one in studio.node.received))
    asked = [one.id for one in studio.node.received if isinstance(one, control.Check)][-1]
    for checked in plausible.CHECKED:
        studio.node.write(
            control.encode(control.Checked(id=asked, step=checked.step, passed=checked.passed, detail=checked.detail))
        )
    studio.take(window, "welcome-checking")
    last = plausible.CHECKED[-1].step
    studio.node.write(control.encode(control.Checked(id=asked, step=last, passed=True)))
    studio.node.write(control.encode(control.Reply(id=asked, check=plausible.REPORT)))
    studio.take(window, "welcome-checked")
    window.stack.currentWidget().go_on.click()
    studio.take(window, "welcome-project")
    program.link.close()


def take(outdir: Path, language: str, scheme: str, ending: str, size: tuple[int, int], *, readme: bool) -> None:
    """Take everything in one look. Runs in a process of its own."""
    app = QApplication(["screenshots"])
    if "Inter" in QFontDatabase.families():
        app.setFont(QFont("Inter", 10))
    translators = translation.install(app, language, translation.chosen_locale())
    colours = Qt.ColorScheme.Dark if scheme == "dark" else Qt.ColorScheme.Light
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(app, outdir, ending, size, Path(home))
        if readme:
            program = studio.program(welcomed=True, scheme=colours)
            for name in README:
                program.window.go(name)
                studio.settle(1_500)
                studio.take(program.window, name)
            program.link.close()
        else:
            take_all(studio, colours)
    del translators


def main(arguments: list[str]) -> None:
    """Take every look, or the one that is named after the folder."""
    if arguments == ["--readme"]:
        for scheme, ending in (("light", ""), ("dark", "-dark")):
            _start([str(PICTURES), "1000", "680", "en", scheme, "1", ending, "readme"])
        return
    outdir = Path(arguments[0])
    outdir.mkdir(parents=True, exist_ok=True)
    size = (int(arguments[1]), int(arguments[2])) if len(arguments) >= 3 else (1000, 680)
    if len(arguments) == 8:
        take(outdir, arguments[3], arguments[4], arguments[6], size, readme=arguments[7] == "readme")
        return
    looks = (
        [tuple(arguments[3:6])]
        if len(arguments) == 6
        else itertools.product(("en", "ru"), ("light", "dark"), ("1", "2"))
    )
    for language, scheme, scale in looks:
        ending = f"-{scheme}-{language}-{scale}"
        _start([str(outdir), *map(str, size), language, scheme, scale, ending, "all"])


def _start(arguments: list[str]) -> None:
    surroundings = {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": arguments[5],
        "LIGHTWORK_LANGUAGE": arguments[3],
        "QT_LOGGING_RULES": "*.warning=false",
    }
    subprocess.run([sys.executable, __file__, *arguments], env=os.environ | surroundings, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
