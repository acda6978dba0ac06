"""Whether anything may move: what each system says, asked as it is asked there."""

import asyncio
import ctypes
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from helpers.private_bus import PrivateBus, Service, private_bus
from lightwork_ui import motion
from lightwork_ui.portal import Portal


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((), True), ((None, None), True), ((True, None), True), ((True, False), False), ((None, False), False)],
)
def test_motion_is_welcome_unless_somebody_says_no(answers: tuple[bool | None, ...], expected: bool) -> None:
    assert motion.decide(answers) is expected


class User32:
    """SystemParametersInfoW as winuser.h declares it."""

    def __init__(self, welcome: bool, *, works: bool = True) -> None:
        self.welcome, self.works = welcome, works

    def SystemParametersInfoW(self, action: int, parameter: int, out: Any, flags: int) -> int:
        assert (action, parameter, flags) == (0x1042, 0, 0)
        if self.works:
            ctypes.cast(out, ctypes.POINTER(ctypes.c_int32)).contents.value = int(self.welcome)
        return int(self.works)


@pytest.mark.parametrize(
    ("library", "expected"), [(User32(True), True), (User32(False), False), (User32(True, works=False), None)]
)
def test_windows(library: User32, expected: bool | None) -> None:
    assert motion.windows_says(library) is expected


class ObjectiveC:
    """The runtime: classes and selectors are addresses, and one function sends every message."""

    def __init__(self, reduced: bool, *, there: bool = True) -> None:
        self.reduced, self.there = reduced, there
        self.names = [b"", b"NSWorkspace", b"sharedWorkspace", b"accessibilityDisplayShouldReduceMotion"]

    def __getitem__(self, name: str) -> Any:
        bodies = {"objc_getClass": self._class, "sel_registerName": self.names.index, "objc_msgSend": self._send}

        class Function:
            restype: Any = ctypes.c_int
            argtypes: Any = None

            def __call__(self, *arguments: Any) -> Any:
                assert len(arguments) == len(self.argtypes)
                result = bodies[name](*arguments)
                assert (self.restype is ctypes.c_bool) is isinstance(result, bool)
                return result

        return Function()

    def _class(self, name: bytes) -> int | None:
        return self.names.index(name) if self.there else None

    def _send(self, receiver: int, selector: int) -> Any:
        return 77 if (receiver, selector) == (1, 2) else self.reduced if (receiver, selector) == (77, 3) else None


@pytest.mark.parametrize(
    ("library", "expected"),
    [(ObjectiveC(True), False), (ObjectiveC(False), True), (ObjectiveC(True, there=False), None)],
)
def test_mac(library: ObjectiveC, expected: bool | None) -> None:
    assert motion.mac_says(library) is expected


class SettingsPortal(Service):
    """xdg-desktop-portal: `Read` wraps its answer twice, and has an error for what a desktop does not tell."""

    name = "org.freedesktop.portal.Desktop"

    def __init__(self, bus: PrivateBus, said: dict[tuple[str, str], tuple[str, Any]]) -> None:
        super().__init__(bus)
        self.said = said

    def method(self, message: Any) -> tuple[str, tuple[Any, ...]] | None:
        found = self.said.get(tuple(message.body))
        return None if found is None else ("v", (("v", found),))


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    with private_bus(tmp_path / "bus") as made:
        yield made


@pytest.fixture
def desktop(bus: PrivateBus) -> Iterator[Callable[[dict[tuple[str, str], tuple[str, Any]]], SettingsPortal]]:
    """Puts a portal onto the bus, in a thread of its own since Qt's loop has this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made: list[SettingsPortal] = []

    def start(said: dict[tuple[str, str], tuple[str, Any]]) -> SettingsPortal:
        made.append(SettingsPortal(bus, said))
        return asyncio.run_coroutine_threadsafe(made[0].__aenter__(), loop).result(10)

    yield start
    for portal in made:
        asyncio.run_coroutine_threadsafe(portal.crash(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


APPEARANCE, GNOME, KDE = motion.PORTAL_QUESTIONS


@pytest.fixture
def asked(bus: PrivateBus, qtbot: QtBot) -> Iterator[Callable[[], Portal]]:
    """A portal's answers, by way of the private bus."""
    connection = QDBusConnection.connectToBus(bus.address, "portal-test")
    assert connection.isConnected()

    def ask() -> Portal:
        portal = Portal(motion.PORTAL_QUESTIONS, connection)
        portal.ask()
        portal.ask()  # while the first is under way
        assert not portal.answered
        qtbot.waitUntil(lambda: portal.answered)
        return portal

    yield ask
    QCoreApplication.processEvents()
    QDBusConnection.disconnectFromBus("portal-test")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({APPEARANCE: ("u", 1)}, False),
        ({APPEARANCE: ("u", 0), GNOME: ("b", True)}, True),
        ({GNOME: ("b", False)}, False),
        ({KDE: ("d", 0.0)}, False),
        ({KDE: ("s", "0.5")}, True),
        ({KDE: ("s", "fast")}, True),
        ({}, True),
    ],
)
def test_linux_desktops(desktop: Any, asked: Any, said: dict[tuple[str, str], tuple[str, Any]], expected: bool) -> None:
    service = desktop(said)
    portal = asked()
    assert motion.decide(portal.answers.values()) is expected
    assert service.asked == ["Read"] * 3


def test_a_desktop_without_a_portal_says_nothing(asked: Any) -> None:
    assert set(asked().answers.values()) == {None}


def test_nothing_moves_before_it_is_known_that_it_may(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = Portal({})
    monkeypatch.setattr(motion, "_portals", [portal])
    monkeypatch.setattr(motion.sys, "platform", "linux")
    assert motion.allowed()
    portal._questions = motion.PORTAL_QUESTIONS
    monkeypatch.setattr(portal, "ask", lambda: None)
    assert not motion.allowed()


def test_a_fade_ends_and_leaves_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    monkeypatch.setattr(motion, "allowed", lambda: False)
    motion.fade_in(widget)
    assert widget.graphicsEffect() is None
    monkeypatch.setattr(motion, "allowed", lambda: True)
    widget.show()
    motion.fade_in(widget)
    assert 0 < widget.graphicsEffect().opacity() < 1
    motion.fade_in(widget)  # again, while it moves
    qtbot.waitUntil(lambda: widget.graphicsEffect() is None)
    assert motion.FADE_MS <= 200
