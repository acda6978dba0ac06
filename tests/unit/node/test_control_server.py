"""The control server: what is answered in turn, what beside, and what becomes of it when somebody leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.node.board import Board
from lightwork.node.control import ControlServer, Say
from lightwork.protocol import control as wire


class Handler:
    """Commands that end when the test says so; `order` is in which they began and ended."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.gates: dict[int, asyncio.Event] = {}

    def gate(self, number: int) -> asyncio.Event:
        return self.gates.setdefault(number, asyncio.Event())

    async def __call__(self, command: wire.Command, say: Say) -> wire.Reply:
        name = f"{type(command).__name__}{command.id}"
        self.order.append(f"+{name}")
        try:
            if isinstance(command, wire.Try | wire.Check | wire.LookAt | wire.Join):
                await self.gate(command.id).wait()
            if isinstance(command, wire.Try):
                await say(wire.Said(id=command.id, text="a"))
                await asyncio.sleep(0 if command.tokens < 2000 else 60)
            if isinstance(command, wire.Leave):
                raise LightworkError(Trouble.PROJECT_UNKNOWN, "which?")
            if isinstance(command, wire.AskDevices):
                raise ZeroDivisionError
        finally:
            self.order.append(f"-{name}")
        return wire.Reply(id=command.id)

    async def until(self, mark: str) -> None:
        async with asyncio.timeout(10):
            while mark not in self.order:
                await asyncio.sleep(0.005)


class Visitor:
    """A client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *messages: wire.Message) -> None:
        self.writer.writelines(wire.encode(one) for one in messages)

    async def hear(self) -> wire.FromNode:
        """The next message that is no snapshot."""
        async with asyncio.timeout(10):
            while True:
                message = wire.decode_from_node(await self.reader.readline())
                if not isinstance(message, wire.Snapshot):
                    return message

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            while line := await self.reader.readline():
                if not line:
                    break
        return True


Serve = Callable[[], "asyncio.Task[None]"]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[ControlServer, Visitor]]:
    server = ControlServer(Board(), handler, process=1)
    door = await server.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    visitor = Visitor(reader, writer)
    visitor.send(wire.Hello(token=door.token))
    assert isinstance(await visitor.hear(), wire.Welcome)
    try:
        yield server, visitor
    finally:
        writer.close()
        await server.close()


async def test_what_takes_long_holds_nothing_up_and_each_gets_its_reply() -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(wire.Try(id=1, prompt=""), wire.LookAt(id=2), wire.Check(id=3), wire.AskStats(id=4))
        assert await visitor.hear() == wire.Reply(id=4)
        handler.gate(3).set()
        assert await visitor.hear() == wire.Reply(id=3)
        handler.gate(1).set()
        assert await visitor.hear() == wire.Said(id=1, text="a")
        assert await visitor.hear() == wire.Reply(id=1)
        handler.gate(2).set()
        assert await visitor.hear() == wire.Reply(id=2)


async def test_other_commands_keep_their_order() -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(wire.Join(id=1, link=""), wire.Contribute(id=2), wire.Pause(id=3), wire.AskStats(id=4))
        await handler.until("+Join1")
        await asyncio.sleep(0.02)
        assert handler.order == ["+Join1"]  # a pause overtakes nothing that waits, or a contribute would end it
        handler.gate(1).set()
        assert [await visitor.hear() for _ in range(4)] == [wire.Reply(id=number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("urgent", [wire.Pause(id=2), wire.Resume(id=2), wire.Stop(id=2), wire.Quit(id=2)])
async def test_a_pause_does_not_wait_for_a_host_that_does_not_answer(urgent: wire.Command) -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(wire.Join(id=1, link=""))
        await handler.until("+Join1")
        visitor.send(urgent)
        assert await visitor.hear() == wire.Reply(id=2)
        handler.gate(1).set()
        assert await visitor.hear() == wire.Reply(id=1)


async def test_cancelling() -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(wire.Try(id=1, prompt=""), wire.Cancel(id=2, asked=1))  # before it has begun, even
        assert {(await visitor.hear()).id for _ in range(2)} == {1, 2}  # type: ignore[union-attr]
        visitor.send(wire.Try(id=3, prompt=""), wire.Check(id=4), wire.LookAt(id=5))
        await handler.until("+LookAt5")
        visitor.send(wire.Cancel(id=6, asked=3))
        replies = {one.id: one for one in [await visitor.hear(), await visitor.hear()] if isinstance(one, wire.Reply)}
        assert replies[6] == wire.Reply(id=6)
        assert replies[3].sample is not None
        assert replies[3].sample.cancelled
        visitor.send(wire.Cancel(id=7, asked=4))
        assert {await visitor.hear(), await visitor.hear()} == {wire.Reply(id=7), wire.Reply(id=4)}
        visitor.send(wire.Cancel(id=8, asked=3), wire.Cancel(id=9, asked=5), wire.Cancel(id=10, asked=99))
        assert [await visitor.hear() for _ in range(3)] == [wire.Reply(id=number) for number in (8, 9, 10)]
        assert "-LookAt5" not in handler.order  # only what is said to be cancelled is


async def test_at_most_some_at_once_and_no_id_twice() -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(*(wire.Check(id=number) for number in range(17)))
        refusal = await visitor.hear()
        assert isinstance(refusal, wire.Reply)
        assert (refusal.id, refusal.trouble) == (16, Trouble.BUSY)
        handler.gate(0).set()
        assert await visitor.hear() == wire.Reply(id=0)
        visitor.send(wire.Check(id=1))
        assert await visitor.ended()


async def test_who_leaves_has_their_orders_carried_out_and_their_questions_dropped() -> None:
    handler = Handler()
    async with serving(handler) as (_, visitor):
        visitor.send(wire.Check(id=1), wire.Join(id=2, link=""), wire.Contribute(id=3))
        await handler.until("+Join2")
        visitor.writer.close()
        await handler.until("-Check1")
        handler.gate(2).set()
        await handler.until("-Contribute3")


async def test_the_end_of_the_node_ends_everything() -> None:
    handler = Handler()
    async with serving(handler) as (server, visitor):
        visitor.send(wire.Try(id=1, prompt=""), wire.Join(id=2, link=""))
        await handler.until("+Join2")
        async with asyncio.timeout(5):
            await server.close()
        assert {"-Try1", "-Join2"} <= set(handler.order)
        assert await visitor.ended()


async def test_troubles_and_faults_are_told(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Handler()) as (_, visitor):
        visitor.send(wire.Leave(id=1), wire.AskDevices(id=2))
        assert await visitor.hear() == wire.Reply(id=1, trouble=Trouble.PROJECT_UNKNOWN, detail="which?")
        assert await visitor.hear() == wire.Reply(id=2, trouble=Trouble.INTERNAL)
    assert "ZeroDivisionError" in caplog.text


async def test_nonsense_ends_the_connection() -> None:
    async with serving(Handler()) as (_, visitor):
        visitor.writer.write(b"{}\n")
        assert await visitor.ended()
