"""The control wire's server: the one door through which window and command line reach the node.

Loopback only; the first line must be `Hello` with the token from the door file. A web page that posts to the port
sends `POST ...`, which is no `Hello`, and is cut off.

A client's commands are carried out one after the other. What takes long and changes nothing runs beside them, and is
cancelled when its client leaves.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from lightwork import __version__
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import NodeStatus
from lightwork.node.board import Board
from lightwork.protocol import control as wire

_HELLO_SECONDS = 5.0
_MOST_CLIENTS = 32

_MOST_BESIDE = 16  # of one client at once
_MOST_WAITING = 64  # commands of one client that are read ahead; the others wait in the socket

# Answered when they are done, each for itself.
_BESIDE = (
    wire.Try,
    wire.Check,
    wire.LookAt,
    wire.AskProject,
    wire.AskHistory,
    wire.AskContributions,
    wire.AskReceipt,
    wire.Export,
    wire.AskDevices,
    wire.AskPrograms,
)
# `Cancel` ends these.
_CANCELLED = (wire.Try, wire.Check)
# Need not wait for the network when a `Join` or `Leave` of the same client does.
_URGENT = (wire.Pause, wire.Resume, wire.Stop, wire.Quit)

Say = Callable[[wire.Message], Awaitable[None]]
Handler = Callable[[wire.Command, Say], Awaitable[wire.Reply]]

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
            _, late = await asyncio.wait(self._tasks, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

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
        self._waiting: asyncio.Queue[wire.Command | None] = asyncio.Queue(_MOST_WAITING)
        self._beside: dict[int, _Beside] = {}

    async def run(self) -> None:
        unsubscribe = self._board.subscribe(self._take)
        snapshots = asyncio.ensure_future(self._send_snapshots())
        in_turn = asyncio.ensure_future(self._answer_in_turn())
        try:
            while line := await self._reader.readline():
                await self._sort(wire.decode_from_client(line))  # nonsense after a good hello ends the connection
        finally:
            unsubscribe()
            snapshots.cancel()
            for one in self._beside.values():
                one.cancel()
            await self._waiting.put(None)
            # What a client has ordered is carried out, also if it did not wait for the answer.
            await asyncio.gather(
                in_turn, snapshots, *(one.task for one in self._beside.values()), return_exceptions=True
            )

    def _take(self, status: NodeStatus) -> None:
        self._newest = status
        self._fresh.set()

    async def _send_snapshots(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if self._newest is not None:
                await self._send(wire.Snapshot(status=self._newest))

    async def _sort(self, command: wire.FromClient) -> None:
        """Answer now, beside or in turn."""
        if isinstance(command, wire.Hello):
            raise ValueError("a second hello")
        if isinstance(command, wire.Cancel):
            one = self._beside.get(command.asked)
            if one is not None and isinstance(one.command, _CANCELLED):
                one.cancel()
            await self._send(wire.Reply(id=command.id))
        elif isinstance(command, _BESIDE):
            await self._begin(command)
        elif isinstance(command, _URGENT) and self._waiting.empty():  # else those before it would come after it
            await self._send(await self._answer(command))
        else:
            await self._waiting.put(command)

    async def _begin(self, command: wire.Command) -> None:
        if command.id in self._beside:
            raise ValueError("an id twice")
        if len(self._beside) >= _MOST_BESIDE:
            await self._send(wire.Reply(id=command.id, trouble=Trouble.BUSY, detail=f"{_MOST_BESIDE} at once"))
            return
        one = self._beside[command.id] = _Beside(command, self._answer(command), self._send)
        one.task.add_done_callback(lambda _: self._beside.pop(command.id))

    async def _answer_in_turn(self) -> None:
        while (command := await self._waiting.get()) is not None:
            reply = await self._answer(command)
            with suppress(ConnectionError):
                await self._send(reply)

    async def _answer(self, command: wire.Command) -> wire.Reply:
        try:
            return await self._handle(command, self._say)
        except LightworkError as error:
            return wire.Reply(id=command.id, trouble=error.trouble, detail=error.detail)
        except Exception:
            log.exception("command failed")
            return wire.Reply(id=command.id, trouble=Trouble.INTERNAL)

    async def _say(self, message: wire.Message) -> None:
        with suppress(ConnectionError):  # a client that has left: its command is about to be cancelled
            await self._send(message)

    async def _send(self, message: wire.Message) -> None:
        async with self._writing:
            self._writer.write(wire.encode(message))
            await self._writer.drain()


class _Beside:
    """A command that is carried out beside the others. Its client gets one reply, also if it is cancelled."""

    def __init__(self, command: wire.Command, answer: Coroutine[Any, Any, wire.Reply], send: Say) -> None:
        self.command = command
        self._answer = asyncio.ensure_future(answer)
        self.task = asyncio.ensure_future(self._reply(send))

    def cancel(self) -> None:
        """End it early."""
        self._answer.cancel()

    async def _reply(self, send: Say) -> None:
        await asyncio.wait([self._answer])
        with suppress(ConnectionError):
            await send(_cancelled(self.command) if self._answer.cancelled() else self._answer.result())


def _cancelled(command: wire.Command) -> wire.Reply:
    """For a handler that had no more to say when it was cancelled."""
    sample = wire.SampleEnd(version=0, tokens=0, seconds=0.0, cancelled=True)
    return wire.Reply(id=command.id, sample=sample if isinstance(command, wire.Try) else None)
