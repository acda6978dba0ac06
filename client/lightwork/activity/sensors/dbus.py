"""A connection to D-Bus for a sensor: it reads, it listens, and it starts no service by looking.

One task uses a connection, so nothing runs in the background: a signal that arrives while an answer is awaited is only
remembered. Sensors read anew whatever has changed, hence what a signal says is never looked at.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, MessageType, Properties, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus import get_bus
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from lightwork.activity.sensor import NotAvailableError

Which = Literal["session", "system"]

ANSWER_SECONDS = 10.0  # a bus or a service that takes longer hangs; the sensor is then started anew
PROPERTIES = "org.freedesktop.DBus.Properties"
# What is said of a service that does not run: by dbus-daemon, by dbus-broker, and when it ends with our call in hand.
ABSENT = {
    f"org.freedesktop.DBus.Error.{name}" for name in ("NameHasNoOwner", "ServiceUnknown", "NoReply", "Disconnected")
}


class AbsentError(Exception):
    """The service that was asked does not run."""


class Bus:
    """An open connection. Its methods raise ConnectionError when the bus goes away, TimeoutError when it hangs."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._signalled = False

    async def call(self, address: DBusAddress, method: str, signature: str | None = None, *body: Any) -> Any:
        """The tuple that the method returns. Raises AbsentError, or DBusErrorResponse if the service refuses."""
        return await self._ask(new_method_call(address, method, signature, body))

    async def get(self, address: DBusAddress, name: str) -> Any:
        """The value of one property. Raises as `call` does."""
        (_, value), *_ = await self._ask(Properties(address).get(name))
        return value

    async def listen(self, address: DBusAddress) -> None:
        """From now on `changed` tells of the signals of this interface, and of the service's coming and going."""
        await self._match(address, address.interface)

    async def listen_to_properties(self, address: DBusAddress) -> None:
        """From now on `changed` tells of changed properties, and of the service's coming and going."""
        await self._match(address, PROPERTIES, f",arg0='{address.interface}'")

    async def changed(self) -> None:
        """Until there has been a signal since the last call."""
        while not self._signalled:
            self._notice(await self._receive())
        while (message := self._connection.parser.get_next_message()) is not None:  # those of the same burst
            self._notice(message)
        self._signalled = False

    async def _match(self, address: DBusAddress, interface: str, more: str = "") -> None:
        bus, service = "org.freedesktop.DBus", address.bus_name
        for rule in (
            f"type='signal',sender='{bus}',interface='{bus}',member='NameOwnerChanged',arg0='{service}'",
            f"type='signal',sender='{service}',path='{address.object_path}',interface='{interface}'{more}",
        ):
            await self._ask(message_bus.AddMatch(rule))

    async def _ask(self, message: Message) -> Any:
        message.header.flags |= MessageFlag.no_auto_start
        serial = next(self._connection.outgoing_serial)
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._connection.send(message, serial=serial)
            while True:
                answer = await self._receive()
                if answer.header.fields.get(HeaderFields.reply_serial) == serial:
                    break
                self._notice(answer)
        try:
            return unwrap_msg(answer)
        except DBusErrorResponse as error:
            if error.name in ABSENT:
                raise AbsentError(message.header.fields[HeaderFields.destination]) from None
            raise

    async def _receive(self) -> Message:
        try:
            return await self._connection.receive()
        except EOFError:
            raise ConnectionResetError("the bus has ended the connection") from None

    def _notice(self, message: Message) -> None:
        fields = message.header.fields
        # The bus greets with NameAcquired, unasked.
        if message.header.message_type == MessageType.signal and fields.get(HeaderFields.member) != "NameAcquired":
            self._signalled = True


@asynccontextmanager
async def open_bus(which: Which) -> AsyncIterator[Bus]:
    """A connection that is closed at the end. Raises NotAvailableError if this computer has no such bus."""
    path = _path(which)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError, PermissionError):
        raise NotAvailableError(f"there is no {which} bus") from None
    try:
        connection = DBusConnection(reader, writer)
        async with asyncio.timeout(ANSWER_SECONDS):
            await _authenticate(connection)
        bus = Bus(connection)
        await bus.call(message_bus, "Hello")
        yield bus
    finally:
        writer.close()
        with suppress(OSError):  # the other side may have closed it first
            await writer.wait_closed()


def _path(which: Which) -> str:
    """The socket's path; an abstract one begins with a zero byte. Raises NotAvailableError."""
    try:
        return str(get_bus(which.upper()))
    except (KeyError, ValueError, RuntimeError):  # not set, malformed, or a transport that is none of ours
        # Where systemd looks too: a program that it did not start itself may lack the variable.
        home = os.environ.get("XDG_RUNTIME_DIR")
        if which == "session" and home and (path := Path(home) / "bus").exists():
            return str(path)
        raise NotAvailableError(f"there is no {which} bus") from None


async def _authenticate(connection: DBusConnection) -> None:
    """Say who we are, as the D-Bus specification's "Authentication Protocol" wants it. Raises ValueError if refused."""
    authenticator = Authenticator()
    for data in authenticator:
        connection.writer.write(data)
        await connection.writer.drain()
        answer = await connection.reader.read(1024)
        if not answer:
            raise ConnectionResetError("the bus has ended the connection")
        authenticator.feed(answer)
    connection.writer.write(BEGIN)
    await connection.writer.drain()
