"""A D-Bus daemon for one test, and services on it that answer as the real ones do."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, open_dbus_connection

PROPERTIES = "org.freedesktop.DBus.Properties"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class PrivateBus:
    """A running daemon. It stands in for the session's bus or for the system's."""

    def __init__(self, folder: Path) -> None:
        self.services = folder / "services"  # what it may start, as *.service files
        self.services.mkdir()
        config = folder / "bus.conf"
        # The name of a socket has 108 bytes at most, which a test's own folder may use up.
        self._sockets = tempfile.TemporaryDirectory(prefix="bus-")
        config.write_text(CONFIG.format(folder=self._sockets.name, services=self.services))
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self.address = self._process.stdout.readline().strip()

    def stop(self) -> None:
        """End it, as happens when the person logs out. A second time does nothing."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        self._sockets.cleanup()

    async def connections(self) -> int:
        """How many programs are connected, this question's own left out."""
        connection = await open_dbus_connection(self.address)
        try:
            (names,) = await _ask(connection, message_bus.ListNames())
        finally:
            await connection.close()
        return len([name for name in names if name.startswith(":")]) - 1

    async def emptied(self) -> None:
        """Until the daemon has noticed that nobody is connected any longer."""
        async with asyncio.timeout(60):
            while await self.connections():
                await asyncio.sleep(0.02)


@contextmanager
def private_bus(folder: Path) -> Iterator[PrivateBus]:
    """Start a daemon and end it. Skips the test where it isn't installed."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    folder.mkdir()
    bus = PrivateBus(folder)
    try:
        yield bus
    finally:
        bus.stop()


async def _ask(connection: DBusConnection, message: Message) -> Any:
    serial = next(connection.outgoing_serial)
    await connection.send(message, serial=serial)
    while (answer := await connection.receive()).header.fields.get(HeaderFields.reply_serial) != serial:
        pass
    assert answer.header.message_type == MessageType.method_return, answer.body
    return answer.body


class Service:
    """A service with properties and methods. Used as a context; leaving it is as abrupt as a crash."""

    name: str

    def __init__(self, bus: PrivateBus) -> None:
        self._bus = bus
        self.asked: list[str] = []  # the methods that were called
        self.silent = False  # hangs: answers nothing
        self.properties: dict[tuple[str, str], dict[str, tuple[str, Any]]] = {}  # of (path, interface)

    async def __aenter__(self) -> Self:
        self._connection = await open_dbus_connection(self._bus.address)
        assert await _ask(self._connection, message_bus.RequestName(self.name)) == (1,)
        self._serving = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crash()

    async def crash(self) -> None:
        """Lose the name without a word. A second time does nothing."""
        self._serving.cancel()
        await asyncio.wait([self._serving])
        with suppress(OSError):
            await self._connection.close()

    async def change(self, path: str, interface: str, **values: tuple[str, Any]) -> None:
        """Set properties, given as (signature, value), and tell of them."""
        self.properties[path, interface].update(values)
        await self.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", (interface, values, []))

    async def signal(
        self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...], *, to: str = ""
    ) -> None:
        """Tell everybody who listens, or one connection."""
        address = DBusAddress(path, bus_name=self.name, interface=interface)
        message = new_signal(address, member, signature, body)
        if to:
            message.header.fields[HeaderFields.destination] = to
        await self._connection.send(message)

    def method(self, message: Message) -> tuple[str, tuple[Any, ...]] | None:
        """Signature and body of the answer; None: no such method."""
        return None

    async def _serve(self) -> None:
        while True:
            message = await self._connection.receive()
            if message.header.message_type == MessageType.method_call and not self.silent:
                await self._connection.send(self._answer(message))

    def _answer(self, message: Message) -> Message:
        fields = message.header.fields
        path, member = fields[HeaderFields.path], fields[HeaderFields.member]
        self.asked.append(member)
        if fields.get(HeaderFields.interface) == PROPERTIES and member == "Get":
            interface, name = message.body
            if (path, interface) not in self.properties:
                return new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "s", (path,))
            return new_method_return(message, "v", (self.properties[path, interface][name],))
        if (found := self.method(message)) is None:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", (member,))
        return new_method_return(message, *found)


class GameMode(Service):
    """Feral's daemon, as its daemon/gamemode-dbus.c speaks."""

    name = "com.feralinteractive.GameMode"
    path = "/com/feralinteractive/GameMode"
    game_interface = "com.feralinteractive.GameMode.Game"

    def __init__(self, bus: PrivateBus) -> None:
        super().__init__(bus)
        self.games: dict[int, str] = {}

    def object_of(self, process: int) -> str:
        return f"{self.path}/Games/{process}"

    def add(self, process: int, executable: str) -> None:
        """A game that has been there before anybody listened."""
        self.games[process] = self.object_of(process)
        self.properties[self.object_of(process), self.game_interface] = {
            "ProcessId": ("i", process),
            "Requester": ("i", process),
            "Executable": ("s", executable),
            "Timestamp": ("t", 1),
        }

    async def register(self, process: int, executable: str) -> None:
        self.add(process, executable)
        await self._tell("GameRegistered", process)

    async def unregister(self, process: int) -> None:
        path = self.games.pop(process)
        del self.properties[path, self.game_interface]
        await self._tell("GameUnregistered", process)

    async def _tell(self, what: str, process: int) -> None:
        await self.signal(self.path, self.name, what, "io", (process, self.object_of(process)))
        await self.signal(self.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", (self.name, {}, ["ClientCount"]))

    def method(self, message: Message) -> tuple[str, tuple[Any, ...]] | None:
        fields = message.header.fields
        if (fields[HeaderFields.path], fields[HeaderFields.member]) == (self.path, "ListGames"):
            return "a(io)", (list(self.games.items()),)
        return None


class NetworkManager(Service):
    name = "org.freedesktop.NetworkManager"
    path = "/org/freedesktop/NetworkManager"

    def __init__(self, bus: PrivateBus, metered: int) -> None:
        super().__init__(bus)
        self.properties[self.path, self.name] = {"Metered": ("u", metered), "State": ("u", 70)}


class Logind(Service):
    """systemd's logind with one session. Of a desktop that never told it answers "not idle", since zero."""

    name = "org.freedesktop.login1"
    session = "/org/freedesktop/login1/session/_32"
    session_interface = "org.freedesktop.login1.Session"

    def __init__(self, bus: PrivateBus, kind: str, *, idle: bool, seconds: float | None) -> None:
        super().__init__(bus)
        self.sessions = {"auto": self.session}
        self.properties[self.session, self.session_interface] = {"Type": ("s", kind), **self._hint(idle, seconds)}

    @staticmethod
    def _hint(idle: bool, seconds: float | None) -> dict[str, tuple[str, Any]]:
        ago = None if seconds is None else int(seconds * 1e6)
        return {
            "IdleHint": ("b", idle),
            "IdleSinceHint": ("t", 0 if ago is None else time.time_ns() // 1000 - ago),
            "IdleSinceHintMonotonic": ("t", 0 if ago is None else time.monotonic_ns() // 1000 - ago),
        }

    async def hint(self, idle: bool, seconds: float) -> None:
        """The desktop tells, now; logind's signal carries no values but names."""
        self.properties[self.session, self.session_interface].update(self._hint(idle, seconds))
        names = ["IdleHint", "IdleSinceHint", "IdleSinceHintMonotonic"]
        body: tuple[Any, ...] = (self.session_interface, {}, names)
        await self.signal(self.session, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def method(self, message: Message) -> tuple[str, tuple[Any, ...]] | None:
        if message.header.fields[HeaderFields.member] == "GetSession" and message.body[0] in self.sessions:
            return "o", (self.sessions[message.body[0]],)
        return None


class Mutter(Service):
    """GNOME's idle monitor, with watches that fire once, to whoever asked."""

    name = "org.gnome.Mutter.IdleMonitor"
    path = "/org/gnome/Mutter/IdleMonitor/Core"

    def __init__(self, bus: PrivateBus, milliseconds: int) -> None:
        super().__init__(bus)
        self.milliseconds = milliseconds
        self._watches: list[tuple[int, str]] = []

    async def touch(self) -> None:
        """The person moves the mouse."""
        self.milliseconds = 0
        fired, self._watches = self._watches, []
        for watch, owner in fired:
            await self.signal(self.path, self.name, "WatchFired", "u", (watch,), to=owner)

    def method(self, message: Message) -> tuple[str, tuple[Any, ...]] | None:
        if message.header.fields[HeaderFields.path] != self.path:
            return None
        match message.header.fields[HeaderFields.member]:
            case "GetIdletime":
                return "t", (self.milliseconds,)
            case "AddUserActiveWatch":
                watch = len(self.asked)
                self._watches.append((watch, message.header.fields[HeaderFields.sender]))
                return "u", (watch,)
        return None
