"""The whole way of a newcomer, with the real node, the real trainer and the practice project."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from helpers.town import undisturbed
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol.control import read_door
from lightwork.settings.places import Places
from lightwork_ui import launch
from lightwork_ui.app import Program
from lightwork_ui.onboarding.welcome import Welcome
from lightwork_ui.pages.stats import Stats

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400), pytest.mark.qt_log_ignore("does not support raise")]

SOON, LATER = 30_000, 200_000  # ms; a busy computer of two cores


@pytest.fixture
def newcomer(qtbot: QtBot, qapp: QApplication, home: Places) -> Iterator[Program]:
    """The program at its very first start; its node is started as a person's is."""
    settings = QSettings(str(home.home / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/welcomed", False)
    settings.sync()
    undisturbed(home.home)
    program = Program(qapp, home, lambda: launch.start_detached(launch.node_command(), home.home), tray=False)
    program.start()
    yield program
    if read_door(home.door) is not None:
        with qtbot.waitSignal(program.link.nodeEnded, timeout=SOON, raising=False):
            program.link.quit_node()
    program.link.close()
    program.window.hide()


def status(program: Program) -> NodeStatus:
    assert program.model.status is not None
    return program.model.status


def test_from_the_first_start_to_the_first_credit_and_on(qtbot: QtBot, home: Places, newcomer: Program) -> None:
    window, clicks = newcomer.window, []
    welcome = window.stack.currentWidget()
    assert isinstance(welcome, Welcome)
    qtbot.waitUntil(lambda: newcomer.model.live, timeout=SOON)
    for button in (welcome.go_on, welcome.contribute):  # two clicks from the first start to contributing
        qtbot.waitUntil(button.isEnabled, timeout=SOON)
        button.click()
        clicks.append(button)
    qtbot.waitUntil(lambda: window.place == "home", timeout=SOON)
    assert len(clicks) == 2

    qtbot.waitUntil(lambda: status(newcomer).phase is Phase.TRAINING, timeout=LATER)
    qtbot.waitUntil(lambda: status(newcomer).credits.verified > 0, timeout=LATER)
    hero = window.home.hero
    assert hero.button.text() == "Pause"
    assert window.home.credits.stats[0].value.text() != "0"

    hero.button.click()
    qtbot.waitUntil(lambda: status(newcomer).phase is Phase.PAUSED, timeout=SOON)
    qtbot.waitUntil(lambda: hero.button.text() == "Resume")
    assert hero.sentence.text() == "Paused by you."
    hero.button.click()
    qtbot.waitUntil(lambda: status(newcomer).phase is Phase.TRAINING, timeout=LATER)

    window.go("stats")
    page = window.stack.currentWidget()
    assert isinstance(page, Stats)
    qtbot.waitUntil(lambda: page.complete and page.contributions.rows.rowCount() > 0, timeout=SOON)

    with qtbot.waitSignal(newcomer.ended, timeout=SOON):
        window.quitAsked.emit()
    assert read_door(home.door) is None
