"""What `links.py` falls back to: relays on the loopback, one for each way from a computer to a host."""

import asyncio
import random
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import Any, TypeVar

from helpers.links import Line, Shape, Traffic

T = TypeVar("T")
_LOOPBACK = "127.0.0.1"
_PIECE = 1400  # bytes that are held back together: about a packet's
# After which TCP sends a lost packet again, at least: RFC 6298 asks for 1 s, Linux takes 0.2 s.
_RESEND_SECONDS = 0.2


class Relays:
    """Computers that are all this one, each with its own relay to each host. Use as a context."""

    shaped = False

    def __init__(self, shapes: Mapping[str, Shape], seed: int = 1) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)
        self._chance = random.Random(seed)
        self._computers = {name: _Relay(shape, self._chance) for name, shape in shapes.items()}
        self._doors: dict[tuple[str, int], int] = {}

    def __enter__(self) -> "Relays":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for computer in self._computers.values():
            self._do(computer.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def inside(self, name: str) -> AbstractContextManager[object]:
        """All of them are here."""
        return nullcontext()

    def address(self, name: str) -> str:
        """All of them have the same."""
        return _LOOPBACK

    def door(self, name: str, host: str, port: int) -> tuple[str, int]:
        """A port of this computer's own that leads there."""
        if (name, port) not in self._doors:
            self._doors[name, port] = self._do(self._computers[name].open(port))
        return _LOOPBACK, self._doors[name, port]

    def cut(self, name: str) -> None:
        """Break its connections, and refuse new ones."""
        self._do(self._computers[name].break_off(True))

    def mend(self, name: str) -> None:
        """Let it connect again."""
        self._do(self._computers[name].break_off(False))

    def shape(self, name: str, shape: Shape) -> None:
        """Another link from now on."""
        self._computers[name].take(shape)

    def traffic(self, name: str) -> Traffic:
        """Payload alone."""
        return Traffic(self._computers[name].sent, self._computers[name].received)

    def _do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)


class _Relay:
    """One computer's link."""

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self._up, self._down = Line(shape.up), Line(shape.down)
        self._shape = shape
        self._chance = chance
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._broken = False
        self.sent = self.received = 0

    def take(self, shape: Shape) -> None:
        self._up.rate, self._down.rate, self._shape = shape.up, shape.down, shape

    async def open(self, port: int) -> int:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._join(reader, writer, port)

        server = await asyncio.start_server(connected, _LOOPBACK, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def break_off(self, broken: bool) -> None:
        self._broken = broken
        if broken:
            for writer in tuple(self._open):
                writer.transport.abort()

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        await self.break_off(True)
        await asyncio.sleep(0.1)  # for the connections' tasks to end

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(_LOOPBACK, port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        if not self._broken:
            ways = [
                asyncio.create_task(self._carry(reader, far_writer, self._up, up=True)),
                asyncio.create_task(self._carry(far_reader, writer, self._down, up=False)),
            ]
            await asyncio.wait(ways)
        self._open -= both
        for one in both:
            one.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, line: Line, *, up: bool) -> None:
        clock = asyncio.get_running_loop().time
        with suppress(OSError):
            while piece := await source.read(_PIECE):
                while (left := line.passes(len(piece), clock())) is None:
                    await asyncio.sleep(0.01)
                stall = _RESEND_SECONDS if self._chance.random() < self._shape.loss else 0.0
                await asyncio.sleep(left + stall - clock())
                self.sent, self.received = self.sent + len(piece) * up, self.received + len(piece) * (not up)
                # The delay holds nothing up but this piece.
                asyncio.get_running_loop().call_later(self._shape.delay, _write, target, piece)
                await asyncio.sleep(0)
                await target.drain()
            await asyncio.sleep(self._shape.delay + 0.01)
            target.write_eof()


def _write(target: asyncio.StreamWriter, piece: bytes) -> None:
    if not target.transport.is_closing():
        target.write(piece)
