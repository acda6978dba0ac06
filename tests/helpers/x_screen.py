"""An X server without a screen for one test, programs on it, and a window manager's word about them."""

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from Xlib import X, Xatom, Xutil
from Xlib.display import Display
from Xlib.error import ConnectionClosedError
from Xlib.protocol import event

WIDTH, HEIGHT = 1280, 720
FULL = (0, 0, WIDTH, HEIGHT)
SMALL = (100, 100, 400, 300)


class XScreen:
    """A running Xvfb."""

    def __init__(self) -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-ac"]
        self._process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        self.name = f":{number}"

    def stop(self) -> None:
        """End it, as happens when the person logs out. A second time does nothing."""
        self._process.kill()
        self._process.wait()


@contextmanager
def x_screen() -> Iterator[XScreen]:
    """Start a server and end it. Skips the test where it isn't installed."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    screen = XScreen()
    try:
        yield screen
    finally:
        screen.stop()


@contextmanager
def client(screen: XScreen) -> Iterator[Display]:
    """A program's connection. Its end, however it comes, destroys the windows."""
    display = Display(screen.name)
    try:
        yield display
    finally:
        with suppress(ConnectionClosedError):
            display.close()


def open_window(display: Display, area: tuple[int, int, int, int], name: str = "Quake", **options: Any) -> Any:
    """A window as games open it, mapped. Options are those of XCreateWindow."""
    screen = display.screen()
    window = screen.root.create_window(*area, 0, screen.root_depth, event_mask=X.StructureNotifyMask, **options)
    window.set_wm_class(name.lower(), name)
    window.set_wm_name(f"{name} - level 1")
    # As games do that want a place of their own; window managers otherwise choose one.
    window.set_wm_normal_hints(flags=Xutil.PPosition | Xutil.PSize, min_width=area[2], min_height=area[3])
    set_numbers(display, window, "_NET_WM_PID", Xatom.CARDINAL, os.getppid())
    window.map()
    display.sync()
    return window


def set_numbers(display: Display, window: Any, name: str, kind: int, *values: int) -> None:
    window.change_property(display.intern_atom(name), kind, 32, list(values))


def ask_full_screen(display: Display, window: Any, wanted: bool) -> None:
    """Ask the window manager, as EWMH says."""
    root = display.screen().root
    data = [int(wanted), display.intern_atom("_NET_WM_STATE_FULLSCREEN"), 0, 1, 0]
    message = event.ClientMessage(window=window, client_type=display.intern_atom("_NET_WM_STATE"), data=(32, data))
    root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
    display.sync()


class Manager:
    """Stands in for a window manager: keeps the properties that EWMH demands of one, on its own connection."""

    def __init__(self, screen: XScreen) -> None:
        self.display = Display(screen.name)
        self.root = self.display.screen().root
        self.check = self.root.create_window(-1, -1, 1, 1, 0, 0, X.InputOnly, X.CopyFromParent)
        # In the order of the real ones: the root first, whose event comes before the window says the same.
        for window in (self.root, self.check):
            self._set(window, "_NET_SUPPORTING_WM_CHECK", Xatom.WINDOW, self.check.id)
        self.show_desktop(0)
        self._clients: list[int] = []
        self._list()

    def crash(self) -> None:
        """End without tidying up: the root window keeps its properties. A second time does nothing."""
        with suppress(ConnectionClosedError):
            self.display.close()

    def manage(self, window: Any, *states: str, desktop: int = 0) -> None:
        """List a window, its state first."""
        self.state(window, *states)
        self.move(window, desktop)
        self._clients.append(window.id)
        self._list()

    def forget(self, window: Any) -> None:
        self._clients.remove(window.id)
        self._list()

    def state(self, window: Any, *states: str) -> None:
        """For instance "FULLSCREEN", "HIDDEN"."""
        atoms = [self.display.intern_atom(f"_NET_WM_STATE_{state}") for state in states]
        self._set(self._own(window), "_NET_WM_STATE", Xatom.ATOM, *atoms)

    def move(self, window: Any, desktop: int) -> None:
        self._set(self._own(window), "_NET_WM_DESKTOP", Xatom.CARDINAL, desktop)

    def show_desktop(self, desktop: int) -> None:
        self._set(self.root, "_NET_CURRENT_DESKTOP", Xatom.CARDINAL, desktop)

    def _own(self, window: Any) -> Any:
        return self.display.create_resource_object("window", window.id)

    def _list(self) -> None:
        self._set(self.root, "_NET_CLIENT_LIST", Xatom.WINDOW, *self._clients)

    def _set(self, window: Any, name: str, kind: int, *values: int) -> None:
        set_numbers(self.display, window, name, kind, *values)
        self.display.sync()


@contextmanager
def manager(screen: XScreen) -> Iterator[Manager]:
    """The stand-in."""
    running = Manager(screen)
    try:
        yield running
    finally:
        running.crash()


@contextmanager
def real_manager(screen: XScreen, *command: str) -> Iterator[None]:
    """A real window manager, ready to manage. Skips the test where it isn't installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    with client(screen) as display:
        root = display.screen().root
        root.change_attributes(event_mask=X.PropertyChangeMask)
        environment = {**os.environ, "DISPLAY": screen.name}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        try:
            client_list = display.intern_atom("_NET_CLIENT_LIST")
            while root.get_full_property(client_list, Xatom.WINDOW) is None:
                assert process.poll() is None, f"{command[0]} did not start"
                select.select([display], [], [], 0.1)
                display.pending_events()
            yield
        finally:
            process.kill()
            process.wait()
