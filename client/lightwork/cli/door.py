"""The command line's end of the control wire: blocking, since a command has nothing else to do."""

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import NodeStatus
from lightwork.processes.group import own_group
from lightwork.protocol import control as wire
from lightwork.settings.places import Places

C = TypeVar("C", bound=wire.Message)

# By string, as the window does: command line and node meet on the wire only.
NODE_MODULE = "lightwork.node"

_CONNECT_SECONDS = 3.0
_START_SECONDS = 30.0


class NodeDoor:
    """A connection to the running node. Use as a context."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._numbers = itertools.count(1)
        self.status = NodeStatus()

    @classmethod
    def open(cls, places: Places) -> "NodeDoor":
        """Connect and greet. Raises NODE_AWAY or NODE_NEWER."""
        door = wire.read_door(places.door)
        if door is None:
            raise LightworkError(Trouble.NODE_AWAY)
        try:
            connection = socket.create_connection(("127.0.0.1", door.port), _CONNECT_SECONDS)
        except OSError:
            raise LightworkError(Trouble.NODE_AWAY) from None
        opened = cls(connection)
        try:
            opened._send(wire.Hello(token=door.token, client="command line"))
            if not isinstance(opened._receive(), wire.Welcome):
                raise LightworkError(Trouble.NODE_AWAY)
        except LightworkError:
            connection.close()
            raise
        connection.settimeout(None)
        return opened

    def __enter__(self) -> "NodeDoor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._connection.close()

    def ask(
        self, command: type[C], *, heard: Callable[[wire.FromNode], None] = lambda _: None, **values: object
    ) -> wire.Reply:
        """Send a command and wait for its reply. Raises the trouble that the node answers with.

        `heard` is called with whatever comes before the reply.
        """
        number = next(self._numbers)
        self._send(command(id=number, **values))
        while True:
            message = self._receive()
            if isinstance(message, wire.Reply) and message.id == number:
                if message.trouble is not None:
                    raise LightworkError(message.trouble, message.detail)
                return message
            heard(message)

    def next_status(self) -> NodeStatus:
        """Wait for the next snapshot. Raises NODE_AWAY when the node ends."""
        while True:
            if isinstance(self._receive(), wire.Snapshot):
                return self.status

    def _send(self, message: wire.Message) -> None:
        try:
            self._connection.sendall(wire.encode(message))
        except OSError:
            raise LightworkError(Trouble.NODE_AWAY) from None

    def _receive(self) -> wire.FromNode:
        try:
            line = self._lines.readline(wire.LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise LightworkError(Trouble.NODE_AWAY)
            message = wire.decode_from_node(line)
        except (OSError, msgspec.DecodeError):
            raise LightworkError(Trouble.NODE_AWAY) from None
        if isinstance(message, wire.Snapshot):
            self.status = message.status
        return message


def node_command() -> list[str]:
    """How to start a node. A frozen program is its own interpreter and is told so by its first argument."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--node"]
    return [sys.executable, "-m", NODE_MODULE]


class OwnNode:
    """A node that lives as long as the command that started it: its stdin is ours, and it ends with that."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @classmethod
    def start(cls, places: Places) -> "tuple[OwnNode | None, NodeDoor]":
        """Connect to the running node, or start one. Raises what a node says when it cannot start."""
        try:
            return None, NodeDoor.open(places)
        except LightworkError as error:
            if error.trouble is not Trouble.NODE_AWAY:
                raise
        process = subprocess.Popen(
            [*node_command(), "--end-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **own_group(),  # Ctrl-C is ours to handle
        )
        own = cls(process)
        return own, own._wait(places)

    def _wait(self, places: Places) -> NodeDoor:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                assert self._process.stderr is not None
                said = self._process.stderr.read().decode(errors="replace").strip()
                raise LightworkError(_reason(self._process.returncode), said)
            try:
                return NodeDoor.open(places)
            except LightworkError:
                time.sleep(0.05)
        self._process.kill()
        raise LightworkError(Trouble.NODE_AWAY, "it did not start in time")

    def end(self) -> None:
        """End it as it ends by itself: its stdin ends. Then make sure."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _reason(status: int) -> Trouble:
    return {3: Trouble.NODE_RUNNING, 4: Trouble.SETTINGS_INVALID}.get(status, Trouble.INTERNAL)
