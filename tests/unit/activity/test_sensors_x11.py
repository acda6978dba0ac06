"""The sensors that ask an X server, on a real one, and the rule by which a window is found to cover a screen."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib import X, Xatom
from Xlib.error import ConnectionClosedError
from Xlib.ext import xtest

from helpers.watching import Watching
from helpers.x_screen import (
    FULL,
    SMALL,
    XScreen,
    ask_full_screen,
    client,
    manager,
    open_window,
    real_manager,
    set_numbers,
    x_screen,
)
from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace
from lightwork.activity.sensors import x11
from lightwork.activity.sensors.full_screen_x11 import Area, FullScreenX11Sensor, Window, is_ours, managed, unmanaged
from lightwork.activity.sensors.idle_linux import IdleSensor

FULL_STATE = frozenset({"_NET_WM_STATE_FULLSCREEN"})
HIDDEN = frozenset({"_NET_WM_STATE_FULLSCREEN", "_NET_WM_STATE_HIDDEN"})
LEFT, RIGHT = Area(0, 0, 1920, 1080), Area(1920, 0, 2560, 1440)
QUAKE = (Program(name="Quake", process=os.getppid()),)


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the desktop on which the tests run is seen."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[XScreen]:
    with x_screen() as running:
        monkeypatch.setenv("DISPLAY", running.name)
        yield running


# The rule


@pytest.mark.parametrize(
    ("window", "counts"),
    [
        (Window(states=FULL_STATE, desktop=1), True),
        (Window(states=FULL_STATE, desktop=0xFFFFFFFF), True),
        (Window(states=FULL_STATE), True),
        (Window(states=FULL_STATE, desktop=0), False),
        (Window(states=HIDDEN, desktop=1), False),
        (Window(desktop=1), False),
        (Window(desktop=1, area=LEFT), False),
        (Window(states=frozenset({"_NET_WM_STATE_MAXIMIZED_VERT", "_NET_WM_STATE_MAXIMIZED_HORZ"}), desktop=1), False),
        (Window(states=FULL_STATE, types=frozenset({"_NET_WM_WINDOW_TYPE_NORMAL"}), desktop=1), True),
        (Window(states=FULL_STATE, types=frozenset({"_NET_WM_WINDOW_TYPE_DESKTOP"}), desktop=1), False),
        (Window(states=FULL_STATE, types=frozenset({"_NET_WM_WINDOW_TYPE_DOCK"}), desktop=1), False),
        (Window(states=FULL_STATE, override_redirect=True, desktop=1), False),
        (Window(states=FULL_STATE, ours=True, desktop=1), False),
        (Window(states=FULL_STATE, wm_class="Lightwork", desktop=1), False),
    ],
)
def test_what_covers_a_screen_by_a_window_managers_word(window: Window, counts: bool) -> None:
    assert bool(managed([window], 1)) is counts


def test_without_a_current_desktop_every_desktop_counts() -> None:
    assert managed([Window(states=FULL_STATE, desktop=3)], None)


@pytest.mark.parametrize(
    ("window", "counts"),
    [
        (Window(area=LEFT), True),
        (Window(area=RIGHT), True),
        (Window(area=Area(-2, -2, 1930, 1090)), True),
        (Window(area=Area(0, 0, 4480, 1440)), True),
        (Window(area=Area(0, 0, 1920, 1079)), False),
        (Window(area=Area(1, 0, 1920, 1080)), False),
        (Window(area=Area(100, 0, 1920, 1080)), False),
        (Window(), False),
        (Window(area=LEFT, viewable=False), False),
        (Window(area=LEFT, override_redirect=True), True),
        (Window(area=LEFT, types=frozenset({"_NET_WM_WINDOW_TYPE_DESKTOP"})), False),
        (Window(area=LEFT, ours=True), False),
        (Window(area=LEFT, wm_class="lightwork"), False),
    ],
)
def test_what_covers_a_screen_without_a_window_manager(window: Window, counts: bool) -> None:
    assert bool(unmanaged([window], [LEFT, RIGHT])) is counts


@pytest.mark.parametrize(
    ("wm_class", "title", "name"),
    [
        ("Firefox", "My diary", "Firefox"),
        ("steam_app_1245620", "ELDEN RING", "ELDEN RING"),
        ("steam_app_1245620", "", "steam_app_1245620"),
        ("stray.exe", "Stray", "Stray"),
        ("", "glxgears", "glxgears"),
        ("", "", "a program"),
    ],
)
def test_what_a_window_is_called(wm_class: str, title: str, name: str) -> None:
    (program,) = managed([Window(wm_class=wm_class, title=title, states=FULL_STATE, process=7)], 0)
    assert program == Program(name=name, process=7)


def test_a_program_is_named_once() -> None:
    window = Window(wm_class="Quake", process=7, states=FULL_STATE)
    assert managed([window, window], 0) == (Program(name="Quake", process=7),)


def test_which_processes_are_ours() -> None:
    assert is_ours(os.getpid())
    assert not is_ours(os.getppid())
    assert not is_ours(2**31 - 1)
    assert not is_ours(-1)


# Without a window manager


async def test_a_window_over_the_whole_screen_is_seen_and_its_end_too(screen: XScreen) -> None:
    with client(screen) as display:
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            window = open_window(display, FULL)
            await watching.until(QUAKE)
            window.configure(width=640)
            display.flush()
            await watching.until(())
            window.configure(width=FULL[2])
            display.flush()
            await watching.until(QUAKE)
            window.unmap()
            display.flush()
            await watching.until(())
            window.map()
            display.flush()
            await watching.until(QUAKE)
            display.close()  # the program is killed
            await watching.until(())


async def test_small_and_invisible_windows_are_passed_over(screen: XScreen) -> None:
    with client(screen) as display:
        open_window(display, SMALL, "Editor")
        open_window(display, FULL, "Catcher", window_class=X.InputOnly, visual=X.CopyFromParent)
        own = open_window(display, FULL, "Player")
        set_numbers(display, own, "_NET_WM_PID", Xatom.CARDINAL, os.getpid())
        display.sync()
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            open_window(display, FULL)
            await watching.until(QUAKE)
    assert set(watching.reports) == {(), QUAKE}


async def test_windows_that_vanish_while_they_are_asked_do_no_harm(screen: XScreen) -> None:
    with client(screen) as display:
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            for _ in range(300):
                open_window(display, FULL, "Flicker").destroy()
            open_window(display, FULL)
            await watching.until(QUAKE)


# With a window manager


async def test_a_window_managers_word_is_followed(screen: XScreen) -> None:
    with client(screen) as display, manager(screen) as desk:
        window = open_window(display, FULL)
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())  # it covers the screen, but nobody calls it full-screen
            desk.manage(window, "FULLSCREEN")
            await watching.until(QUAKE)
            desk.show_desktop(1)
            await watching.until(())
            desk.move(window, 1)
            await watching.until(QUAKE)
            desk.state(window, "FULLSCREEN", "HIDDEN")
            await watching.until(())
            desk.state(window, "FULLSCREEN")
            await watching.until(QUAKE)
            desk.state(window)
            await watching.until(())
            desk.state(window, "FULLSCREEN")
            await watching.until(QUAKE)
            window.destroy()
            display.flush()
            desk.forget(window)
            await watching.until(())


async def test_a_full_screen_window_from_before_is_seen(screen: XScreen) -> None:
    with client(screen) as display, manager(screen) as desk:
        desk.manage(open_window(display, SMALL, "Editor"))
        desk.manage(open_window(display, SMALL), "FULLSCREEN")
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(QUAKE)


async def test_a_listed_window_that_is_gone_does_no_harm(screen: XScreen) -> None:
    with client(screen) as display, manager(screen) as desk:
        gone = open_window(display, FULL, "Gone")
        gone.destroy()
        display.sync()
        desk.manage(open_window(display, SMALL), "FULLSCREEN")
        desk._clients.insert(0, gone.id)
        desk._list()
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(QUAKE)


async def test_a_screen_locker_is_no_reason(screen: XScreen) -> None:
    with client(screen) as display, manager(screen) as desk:
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            open_window(display, FULL, "Locker", override_redirect=True)
            desk.manage(open_window(display, SMALL), "FULLSCREEN")
            await watching.until(QUAKE)


async def test_a_window_manager_comes_and_crashes(screen: XScreen) -> None:
    with client(screen) as display:
        window = open_window(display, FULL)
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(QUAKE)
            with manager(screen) as desk:
                await watching.until(())
                desk.manage(window, "FULLSCREEN")
                await watching.until(QUAKE)
                desk.state(window)
                await watching.until(())
            await watching.until(QUAKE)
            with manager(screen) as desk:
                await watching.until(())
                desk.manage(window, "FULLSCREEN")
                await watching.until(QUAKE)


async def test_a_real_window_manager(screen: XScreen) -> None:
    with real_manager(screen, "openbox", "--sm-disable"), client(screen) as display:
        window = open_window(display, SMALL)
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            ask_full_screen(display, window, wanted=True)
            await watching.until(QUAKE)
            ask_full_screen(display, window, wanted=False)
            await watching.until(())
            ask_full_screen(display, window, wanted=True)
            await watching.until(QUAKE)
            display.close()
            await watching.until(())


# The server


async def test_no_screen() -> None:
    async with Watching(FullScreenX11Sensor()) as watching:
        error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == "there is no X screen"


@pytest.mark.parametrize("name", [":997", "nonsense", "localhost:997"])
async def test_a_screen_that_nobody_serves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", name)
    async with Watching(FullScreenX11Sensor()) as watching:
        assert isinstance(await watching.end(), NotAvailableError)


async def test_a_server_that_dies_ends_the_sensor(screen: XScreen) -> None:
    async with Watching(FullScreenX11Sensor()) as watching:
        await watching.until(())
        screen.stop()
        assert isinstance(await watching.end(), ConnectionClosedError)


async def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x11, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("DISPLAY", f"tcp/127.0.0.1:{server.getsockname()[1] - 6000}")
        async with Watching(FullScreenX11Sensor()) as watching:
            assert isinstance(await watching.end(), TimeoutError)


async def test_a_sensor_can_be_cancelled_while_the_server_is_grabbed(screen: XScreen) -> None:
    with client(screen) as display:
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            window = open_window(display, SMALL)
            await watching.until(())
            window.configure(x=0)
            display.grab_server()  # from now on nobody else is answered
            display.sync()
            await asyncio.sleep(0.5)  # so that it most likely waits for an answer
        display.ungrab_server()


async def test_a_cancelled_sensor_leaves_no_connection(screen: XScreen) -> None:
    with client(screen) as display:
        before = len(display.res_query_clients().clients)
        async with Watching(FullScreenX11Sensor()) as watching:
            await watching.until(())
            assert len(display.res_query_clients().clients) == before + 1
        while len(display.res_query_clients().clients) > before:
            pass


# Idle time


async def test_a_key_ends_the_idle_time(screen: XScreen) -> None:
    pace = Pace()
    pace.busy = True
    with client(screen) as display:
        async with Watching(IdleSensor(pace)) as watching:
            await watching.until(lambda seconds: seconds >= 0)
            await asyncio.sleep(1)
            pace.hurry()
            await watching.until(lambda seconds: seconds >= 1)
            longest = watching.reports[-1]
            xtest.fake_input(display, X.KeyPress, 38)
            xtest.fake_input(display, X.KeyRelease, 38)
            display.sync()
            pace.hurry()
            await watching.until(lambda seconds: seconds < longest)


async def test_under_wayland_the_x_server_is_not_asked(screen: XScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    async with Watching(IdleSensor(Pace())) as watching:
        assert isinstance(await watching.end(), NotAvailableError)
    assert not watching.reports


async def test_a_server_that_dies_ends_the_idle_time_too(screen: XScreen) -> None:
    pace = Pace()
    pace.busy = True
    async with Watching(IdleSensor(pace)) as watching:
        await watching.until(lambda seconds: seconds >= 0)
        screen.stop()
        pace.hurry()
        assert isinstance(await watching.end(), ConnectionClosedError)
