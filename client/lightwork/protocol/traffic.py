"""Every byte on the wire, counted where it passes: at the sockets, headers and encryption included.

On Linux and macOS asyncio reads and writes through methods of the socket, so a socket that counts is enough; it also
reads no more at once than it is told, so that a limit is kept smoothly. The Windows event loop hands the socket's
handle to the system instead (I/O completion ports); there the loop's proactor counts what each finished operation
moved, 64 KiB at most. The Windows part was tried only against a stand-in of that proactor.
"""

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any, Protocol

_ALL = 1 << 30
_MOST_HELD_BACK = 8 << 20  # where nothing is to be held back any more; a system may give less

Count = Callable[[int, int], None]
"""Called with (bytes sent, bytes received) for every piece that passed."""


class Appetite(Protocol):
    """How greedily a socket receives. Both may change at any time."""

    def read_size(self) -> int:
        """How many bytes it may read at once."""

    def held_back(self) -> int:
        """How many bytes the system may keep for it that it has not read yet; 0 is the system's own choice."""


class CountingSocket(socket.socket):
    """A socket that reports what passes through it. Give `socket_factory` to an aiohttp connector."""

    def __init__(self, family: int, kind: int, protocol: int, count: Count, appetite: Appetite | None = None) -> None:
        super().__init__(family, kind, protocol)
        self.count = count
        self._appetite = appetite
        self._held_back = 0
        self._most()

    def send(self, data: Any, flags: int = 0, /) -> int:
        """As socket.send."""
        sent = super().send(data, flags)
        self.count(sent, 0)
        return sent

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As socket.recv."""
        data = super().recv(min(size, self._most()), flags)
        self.count(0, len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As socket.recv_into."""
        size = nbytes or memoryview(buffer).nbytes
        received = super().recv_into(buffer, min(size, self._most()), flags)
        self.count(0, received)
        return received

    def _most(self) -> int:
        """How much may be read at once. What the sender may be ahead of that is bounded where that has changed."""
        if self._appetite is None:
            return _ALL
        held_back = self._appetite.held_back()
        if held_back != self._held_back:
            self._held_back = held_back
            # Half of it: Linux takes it twice. Once bounded, a system does not choose by itself any more.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, (held_back or _MOST_HELD_BACK) // 2)
        return self._appetite.read_size()

    if sys.platform != "win32":

        def sendmsg(self, buffers: Any, *rest: Any) -> int:
            """As socket.sendmsg, with which newer versions of asyncio write several pieces at once."""
            sent = super().sendmsg(buffers, *rest)
            self.count(sent, 0)
            return sent


def socket_factory(count: Count, appetite: Appetite | None = None) -> Callable[[Any], socket.socket]:
    """A maker of counting sockets, from an entry of `getaddrinfo`."""

    def make(address: Any) -> socket.socket:
        family, kind, protocol = address[:3]
        made = CountingSocket(family, kind, protocol, count, appetite)
        made.setblocking(False)
        return made

    return make


def counting(proactor: type[Any]) -> type[Any]:
    """A Windows proactor that counts for the sockets that want it: a subclass of `asyncio.IocpProactor`.

    Its operations return futures: of bytes (`recv`), or of a number of bytes (`recv_into`, `send`).
    """

    class CountingProactor(proactor):  # type: ignore[misc]  # the base is known on Windows only
        def recv(self, conn: Any, nbytes: int, flags: int = 0) -> Any:
            return _when_done(super().recv(conn, nbytes, flags), conn, lambda data: (0, len(data)))

        def recv_into(self, conn: Any, buf: Any, flags: int = 0) -> Any:
            return _when_done(super().recv_into(conn, buf, flags), conn, lambda size: (0, size))

        def send(self, conn: Any, buf: Any, flags: int = 0) -> Any:
            return _when_done(super().send(conn, buf, flags), conn, lambda size: (size, 0))

    return CountingProactor


def _when_done(future: Any, conn: Any, amounts: Callable[[Any], tuple[int, int]]) -> Any:
    if isinstance(conn, CountingSocket):

        def add(done: Any) -> None:
            if not done.cancelled() and done.exception() is None:
                conn.count(*amounts(done.result()))

        future.add_done_callback(add)
    return future


def new_event_loop() -> asyncio.AbstractEventLoop:
    """An event loop on which `CountingSocket` counts, for `asyncio.Runner(loop_factory=...)`."""
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop(counting(asyncio.IocpProactor)())
    return asyncio.new_event_loop()
