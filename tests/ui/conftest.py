"""A window without a screen, and a node for it."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LIGHTWORK_LANGUAGE"] = "en"

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.status import NodeStatus
from lightwork.settings.places import Places
from lightwork_ui import translation
from lightwork_ui.app import Program
from lightwork_ui.theme import Theme


@pytest.fixture
def home(home: Path) -> Places:
    """The test's home folder, as the window knows it after its first run."""
    at = Places(home)
    settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/welcomed", True)
    settings.sync()
    return at


@pytest.fixture
def node(qapp: QApplication, home: Places) -> Iterator[FakeNode]:
    fake = FakeNode(home.door)
    yield fake
    fake.die()


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode) -> Iterator[Program]:
    """The whole window at 1000x680, after its first run, connected to a node that trains nothing."""
    node.open()  # it runs already: the window need not look for it again and again
    made = Program(qapp, home, node.open, tray=False)
    qtbot.addWidget(made.window)
    made.window.resize(1000, 680)
    made.start()
    qtbot.waitUntil(lambda: made.model.live)
    yield made
    made.link.close()
    made.theme.deleteLater()
    made.deleteLater()


@pytest.fixture
def show(qtbot: QtBot, node: FakeNode, program: Program) -> Callable[[NodeStatus], None]:
    """Send a snapshot and wait until it is on the screen."""

    def sender(status: NodeStatus) -> None:
        node.say(status)
        qtbot.waitUntil(lambda: program.model.status == status)

    return sender


@pytest.fixture
def russian(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    translators = translation.install(qapp, "ru", QLocale("ru"))
    yield
    for translator in translators:
        qapp.removeTranslator(translator)
    QLocale.setDefault(before)


def _things(qapp: QApplication) -> list[QObject]:
    return [one for one in qapp.children() if isinstance(one, Program | Theme)]


def _let_go() -> None:
    for _ in range(2):  # what goes may let others go
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Windows of one test do not live on: each would be restyled with every theme that a later test makes."""
    windows, things = QApplication.topLevelWidgets(), _things(qapp)
    yield
    new = [one for one in _things(qapp) if one not in things]
    for thing in new:
        if isinstance(thing, Program):
            thing.link.close()
        thing.deleteLater()
    _let_go()
    left = [one for one in QApplication.topLevelWidgets() if one not in windows]
    for widget in left:
        widget.hide()
        widget.deleteLater()
    if new or left:
        _let_go()


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)
