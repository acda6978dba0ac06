"""A window without a screen, and a node for it."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LIGHTWORK_LANGUAGE"] = "en"

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_fake_node import FakeNode

from lightwork.domain.status import NodeStatus
from lightwork.settings.places import Places
from lightwork_ui import translation
from lightwork_ui.app import Program


@pytest.fixture
def home(home: Path) -> Places:
    """The test's home folder, as the window knows it."""
    return Places(home)


@pytest.fixture
def node(qapp: QApplication, home: Places) -> Iterator[FakeNode]:
    fake = FakeNode(home.door)
    yield fake
    fake.die()


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, home: Places, node: FakeNode) -> Iterator[Program]:
    """The whole window at 1000x680, connected to a node that trains nothing."""
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


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)
