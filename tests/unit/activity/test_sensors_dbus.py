"""The sensors that listen to D-Bus, on a real daemon with stand-ins for the services."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney.wrappers import DBusErrorResponse

from helpers.private_bus import GameMode, Logind, Mutter, NetworkManager, PrivateBus, private_bus
from helpers.watching import Watching
from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace
from lightwork.activity.sensors import dbus
from lightwork.activity.sensors.game_mode import GameModeSensor, readable
from lightwork.activity.sensors.idle_linux import IdleSensor
from lightwork.activity.sensors.metered_linux import MeteredSensor

NO_DESKTOP = "this desktop does not tell how long it was idle"


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the desktop on which the tests run is seen."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path / "session") as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path / "system") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        yield bus


def brisk() -> Pace:
    pace = Pace()
    pace.busy = True
    return pace


def game(name: str, process: int) -> Program:
    return Program(name=name, source="GameMode", process=process)


# GameMode


@pytest.mark.parametrize(
    ("executable", "name"),
    [
        ("/usr/games/supertuxkart", "supertuxkart"),
        ("C:\\Games\\Elden Ring\\eldenring.exe", "eldenring"),
        ("Z:\\home\\me\\Stray-Win64-Shipping.exe", "Stray"),
        ("/opt/hl2_linux", "hl2"),
        ("/opt/Celeste.bin.x86_64", "Celeste"),
        ("/opt/HollowKnight.x86_64", "HollowKnight"),
        ("/opt/doom64", "doom64"),
        ("/opt/.exe", ".exe"),
        ("", "a game"),
    ],
)
def test_a_game_is_called_by_its_file(executable: str, name: str) -> None:
    assert readable(executable) == name


async def test_games_come_and_go(session: PrivateBus) -> None:
    async with GameMode(session) as daemon, Watching(GameModeSensor()) as watching:
        await watching.until(())
        await daemon.register(41, "/usr/games/supertuxkart")
        await watching.until((game("supertuxkart", 41),))
        await daemon.register(42, "/usr/games/0ad")
        await watching.until((game("supertuxkart", 41), game("0ad", 42)))
        await daemon.unregister(41)
        await watching.until((game("0ad", 42),))
        await daemon.unregister(42)
        await watching.until(())


async def test_a_game_that_ran_before_is_seen(session: PrivateBus) -> None:
    async with GameMode(session) as daemon:
        daemon.add(41, "/usr/games/supertuxkart")
        async with Watching(GameModeSensor()) as watching:
            await watching.until((game("supertuxkart", 41),))


async def test_a_daemon_that_starts_later_and_crashes_is_noticed(session: PrivateBus) -> None:
    async with Watching(GameModeSensor()) as watching:
        await watching.until(())
        async with GameMode(session) as daemon:
            await daemon.register(41, "/usr/games/supertuxkart")
            await watching.until((game("supertuxkart", 41),))
        await watching.until(())
        async with GameMode(session) as daemon:
            daemon.add(43, "/usr/games/0ad")
            await daemon.register(44, "/usr/games/xonotic")
            await watching.until((game("0ad", 43), game("xonotic", 44)))


async def test_a_game_that_ends_while_it_is_asked_for_is_passed_over(session: PrivateBus) -> None:
    async with GameMode(session) as daemon:
        daemon.add(41, "/usr/games/supertuxkart")
        daemon.games[42] = daemon.object_of(42)  # listed, and gone when its name is asked for
        async with Watching(GameModeSensor()) as watching:
            await watching.until((game("supertuxkart", 41),))


async def test_looking_does_not_start_the_daemon(session: PrivateBus, tmp_path: Path) -> None:
    started = tmp_path / "started"
    service = f"[D-BUS Service]\nName={GameMode.name}\nExec=/usr/bin/env touch {started}\n"
    (session.services / "gamemode.service").write_text(service)
    async with Watching(GameModeSensor()) as watching:
        await watching.until(())
    # Had it been started, the answer would have come after its end.
    assert not started.exists()


async def test_a_daemon_that_hangs_is_a_broken_sensor(session: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbus, "ANSWER_SECONDS", 0.5)
    async with GameMode(session) as daemon:
        daemon.silent = True
        async with Watching(GameModeSensor()) as watching:
            assert isinstance(await watching.end(), TimeoutError)


# The bus


async def test_no_session_bus() -> None:
    async with Watching(GameModeSensor()) as watching:
        error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == "there is no session bus"


@pytest.mark.parametrize(
    "address", ["", "autolaunch:", "tcp:host=localhost,port=1", "unix:path=/nonexistent", "nonsense"]
)
async def test_an_address_that_leads_nowhere(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    async with Watching(GameModeSensor()) as watching:
        assert isinstance(await watching.end(), NotAvailableError)


async def test_the_bus_is_found_without_the_variable(
    session: PrivateBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_path = session.address.partition("path=")[2].partition(",")[0]
    (tmp_path / "bus").symlink_to(socket_path)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    async with Watching(GameModeSensor()) as watching:
        await watching.until(())


async def test_a_bus_that_goes_away_ends_the_sensor(session: PrivateBus) -> None:
    async with Watching(GameModeSensor()) as watching:
        await watching.until(())
        session.stop()
        assert isinstance(await watching.end(), ConnectionError)


async def test_a_bus_that_hangs_up_at_the_greeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rude"
    server = await asyncio.start_unix_server(lambda _, writer: writer.close(), path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
    async with server, Watching(GameModeSensor()) as watching:
        assert isinstance(await watching.end(), ConnectionError)


async def test_a_bus_that_says_nothing_can_be_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mute"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
        async with Watching(GameModeSensor()):
            connection, _ = await asyncio.to_thread(server.accept)
        with connection:
            await asyncio.to_thread(_read_all, connection)  # it was closed, else this raises


def _read_all(connection: socket.socket) -> None:
    connection.settimeout(60)
    while connection.recv(1024):
        pass


async def test_a_cancelled_sensor_leaves_no_connection(session: PrivateBus, system: PrivateBus) -> None:
    async with (
        NetworkManager(system, 2),
        Watching(GameModeSensor()) as games,
        Watching(MeteredSensor()) as metered,
    ):
        await games.until(())
        await metered.until(False)
        assert await session.connections() == 1
        assert await system.connections() == 2
    await session.emptied()
    await system.emptied()


# NetworkManager


@pytest.mark.parametrize(("value", "metered"), [(0, None), (1, True), (2, False), (3, True), (4, False), (9, None)])
async def test_what_network_manager_says(system: PrivateBus, value: int, metered: bool | None) -> None:
    async with NetworkManager(system, value), Watching(MeteredSensor()) as watching:
        await watching.until(metered)


async def test_another_network_is_noticed(system: PrivateBus) -> None:
    async with NetworkManager(system, 4) as manager, Watching(MeteredSensor()) as watching:
        await watching.until(False)
        await manager.change(manager.path, manager.name, Metered=("u", 3))
        await watching.until(True)
        await manager.change(manager.path, manager.name, Metered=("u", 0), State=("u", 20))
        await watching.until(None)


async def test_network_manager_is_updated(system: PrivateBus) -> None:
    async with NetworkManager(system, 1) as manager, Watching(MeteredSensor()) as watching:
        await watching.until(True)
        await manager.crash()
        await watching.until(None)
        async with NetworkManager(system, 2):
            await watching.until(False)


async def test_no_network_manager(system: PrivateBus) -> None:
    async with Watching(MeteredSensor()) as watching:
        error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == "NetworkManager does not run"


async def test_no_system_bus() -> None:
    async with Watching(MeteredSensor()) as watching:
        error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == "there is no system bus"


# Idle time


def about(seconds: float) -> Any:
    """At least so much, and hours less than what else may be told."""
    return lambda value: seconds <= value < seconds + 3600


async def test_gnome_is_polled_while_somebody_is_there(session: PrivateBus) -> None:
    pace = brisk()
    async with Mutter(session, 1500) as mutter, Watching(IdleSensor(pace)) as watching:
        await watching.until(1.5)
        mutter.milliseconds = 200
        pace.hurry()
        await watching.until(0.2)
        assert "AddUserActiveWatch" not in mutter.asked


async def test_gnome_tells_of_the_persons_return(session: PrivateBus) -> None:
    pace = Pace()  # that polls seldom: it is not by polling that the return is seen
    async with Mutter(session, 90_000) as mutter, Watching(IdleSensor(pace)) as watching:
        await watching.until(about(90))
        first = watching.reports[-1]
        pace.hurry()
        await watching.until(lambda value: value > first)  # it grows without being asked for
        await mutter.touch()
        await watching.until(0.0)
        mutter.milliseconds = 60_000
        pace.hurry()
        await watching.until(about(60))
        await mutter.touch()
        await watching.until(0.0)


async def test_gnome_comes_before_logind(session: PrivateBus, system: PrivateBus) -> None:
    async with (
        Mutter(session, 1500),
        Logind(system, "wayland", idle=True, seconds=7200) as logind,
        Watching(IdleSensor(brisk())) as watching,
    ):
        await watching.until(1.5)
        assert not logind.asked


@pytest.mark.parametrize("milliseconds", [1500, 90_000])
async def test_gnome_that_crashes_breaks_the_sensor(session: PrivateBus, milliseconds: int) -> None:
    pace = brisk()
    async with Mutter(session, milliseconds) as mutter, Watching(IdleSensor(pace)) as watching:
        await watching.until(about(milliseconds / 1000))
        await mutter.crash()
        pace.hurry()
        assert isinstance(await watching.end(), dbus.AbsentError)


async def test_a_desktop_that_tells_logind(system: PrivateBus) -> None:
    pace = Pace()
    async with Logind(system, "wayland", idle=False, seconds=5) as logind, Watching(IdleSensor(pace)) as watching:
        await watching.until(0.0)
        await logind.hint(idle=True, seconds=7200)
        await watching.until(about(7200))
        first = watching.reports[-1]
        pace.hurry()
        await watching.until(lambda value: value > first)  # it grows without being told
        await logind.hint(idle=False, seconds=0)
        await watching.until(0.0)
        await logind.crash()
        assert isinstance(await watching.end(), dbus.AbsentError)


async def test_a_terminal_is_idle_since_its_last_input(system: PrivateBus) -> None:
    async with Logind(system, "tty", idle=False, seconds=7200) as logind, Watching(IdleSensor(brisk())) as watching:
        await watching.until(about(7200))
        await logind.hint(idle=False, seconds=0)
        await watching.until(about(0))


async def test_a_desktop_that_never_told_logind_is_not_taken_for_a_busy_one(system: PrivateBus) -> None:
    async with Logind(system, "wayland", idle=False, seconds=None), Watching(IdleSensor(brisk())) as watching:
        error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == NO_DESKTOP
    assert not watching.reports


async def test_a_session_that_ends_breaks_the_sensor(system: PrivateBus) -> None:
    async with Logind(system, "tty", idle=False, seconds=7200) as logind, Watching(IdleSensor(brisk())) as watching:
        await watching.until(about(7200))
        logind.properties.clear()
        assert isinstance(await watching.end(), DBusErrorResponse)


async def test_no_session(session: PrivateBus, system: PrivateBus) -> None:
    async with Logind(system, "x11", idle=True, seconds=9) as logind:
        logind.sessions.clear()
        async with Watching(IdleSensor(brisk())) as watching:
            error = await watching.end()
    assert isinstance(error, NotAvailableError)
    assert str(error) == NO_DESKTOP


async def test_leaving_while_the_idle_time_grows(system: PrivateBus) -> None:
    async with Logind(system, "x11", idle=True, seconds=9), Watching(IdleSensor(Pace())) as watching:
        await watching.until(about(9))
    await system.emptied()
