"""The control wire's server: the one door through which window and command line reach the node.

Loopback only; the first line must be `Hello` with the token from the door file. A web page that posts to the port
sends `POST ...`, which is no `Hello`, and is cut off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec

from lightwork import __version__
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import NodeStatus
from lightwork.node.board import Board
from lightwork.protocol import control as wire

_HELLO_SECONDS = 5.0
_MOST_CLIENTS = 32

Handler = Callable[[wire.Command], Awaitable[wire.Reply]]

log = logging.getLogger(__name__)


class ControlServer:
    """Listens on a free port of the loopback."""

    def __init__(self, board: Board, handle: Handler, process: int) -> None:
        self._board = board
        self._handle = handle
        self._token = wire.new_token()
        self._process = process
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> wire.Door:
        """Begin to listen; the door is the caller's to publish."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=wire.LONGEST_LINE)
        port = self._server.sockets[0].getsockname()[1]
        return wire.Door(port=port, token=self._token, process=self._process)

    async def close(self) -> None:
        """Stop listening and cut all clients off."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()  # its reader sees the end, and its task returns
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if len(self._writers) <= _MOST_CLIENTS and await self._greet(reader, writer):
                await _Client(self._board, self._handle, reader, writer).run()
        except (ConnectionError, TimeoutError, ValueError):
            pass  # a client that left, or talks nonsense
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with asyncio.timeout(_HELLO_SECONDS):
            line = await reader.readline()
        try:
            hello = wire.decode_from_client(line)
        except msgspec.DecodeError:
            return False
        door = wire.Door(port=0, token=self._token, process=self._process)
        if not isinstance(hello, wire.Hello) or not door.admits(hello.token):
            return False
        welcome = wire.Welcome(version=wire.VERSION, program=__version__, process=self._process)
        writer.write(wire.encode(welcome))
        await writer.drain()
        return True


class _Client:
    """One admitted client. A slow one misses snapshots, never holds the node up."""

    def __init__(
        self, board: Board, handle: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._board = board
        self._handle = handle
        self._reader = reader
        self._writer = writer
        self._newest: NodeStatus | None = None
        self._fresh = asyncio.Event()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        unsubscribe = self._board.subscribe(self._take)
        snapshots = asyncio.ensure_future(self._send_snapshots())
        try:
            while line := await self._reader.readline():
                await self._send(await self._answer(line))
        finally:
            unsubscribe()
            snapshots.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await snapshots

    def _take(self, status: NodeStatus) -> None:
        self._newest = status
        self._fresh.set()

    async def _send_snapshots(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if self._newest is not None:
                await self._send(wire.Snapshot(status=self._newest))

    async def _answer(self, line: bytes) -> wire.Reply:
        command = wire.decode_from_client(line)  # nonsense after a good hello ends the connection
        if isinstance(command, wire.Hello):
            raise ValueError("a second hello")
        try:
            return await self._handle(command)
        except LightworkError as error:
            return wire.Reply(id=command.id, trouble=error.trouble, detail=error.detail)
        except Exception:
            log.exception("command failed")
            return wire.Reply(id=command.id, trouble=Trouble.INTERNAL)

    async def _send(self, message: wire.Message) -> None:
        async with self._writing:
            self._writer.write(wire.encode(message))
            await self._writer.drain()
