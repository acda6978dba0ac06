"""Connections that wait, drip, or come in crowds. The rules are told the time; the wrapper meets real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from lightwork.host.guard import Admission, Gate, GuardLimits, Pace, Stage, network_of

LIMITS = GuardLimits()


def test_a_silent_connection_has_ten_seconds() -> None:
    pace = Pace(LIMITS, 100.0)
    assert pace.overdue(110.0) is None
    assert pace.overdue(110.1) == "silent"


def test_a_dripping_head_has_fifteen_from_its_first_byte() -> None:
    pace = Pace(LIMITS, 0.0)
    for second in range(9, 24):
        pace.received(1, float(second))
        assert pace.overdue(float(second)) is None
    assert pace.overdue(24.0) is None
    assert pace.overdue(24.1) == "head"


def test_an_answer_may_take_as_long_as_the_host_needs() -> None:
    pace = Pace(LIMITS, 0.0)
    pace.received(100, 1.0)
    pace.request(1.0)
    assert pace.overdue(10_000.0) is None


def test_a_body_must_come_at_some_pace_after_a_grace() -> None:
    pace = Pace(LIMITS, 0.0)
    pace.received(100, 0.0)
    pace.request(0.0)
    pace.body(0.0)
    assert pace.overdue(10.0) is None
    assert pace.overdue(11.0) == "body"
    pace.received(20 * 1024, 11.0)
    assert pace.overdue(29.9) is None
    assert pace.overdue(31.0) == "body"
    pace.body_read(31.0)
    assert pace.overdue(1000.0) is None


def test_a_kept_connection_may_idle_and_then_ask_again() -> None:
    pace = Pace(LIMITS, 0.0)
    pace.received(100, 0.0)
    pace.request(0.0)
    pace.answered(5.0)
    assert pace.overdue(80.0) is None
    assert pace.overdue(80.1) == "idle"
    pace.received(1, 79.0)
    assert (pace.stage, pace.overdue(94.0), pace.overdue(94.1)) == (Stage.HEAD, None, "head")


def test_an_answer_of_which_nothing_is_taken_ends_but_a_slow_one_does_not() -> None:
    pace = Pace(LIMITS, 0.0)
    pace.received(100, 0.0)
    pace.request(0.0)
    pace.answered(0.0)
    pace.unsent(1_000_000, 0.0)
    for second in range(0, 3000, 100):  # a little every hundred seconds
        pace.unsent(1_000_000 - second, float(second))
        assert pace.overdue(float(second)) is None
    pace.unsent(997_100, 3100.0)
    assert pace.overdue(3200.0) is None
    assert pace.overdue(3201.0) == "stuck"
    pace.unsent(None, 3201.0)
    assert (pace.overdue(3276.0), pace.overdue(3276.1)) == (None, "idle")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", None),
        ("127.1.2.3", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str | None) -> None:
    assert network_of(address) == network


def test_places_are_counted_in_all_and_by_address() -> None:
    admission = Admission(GuardLimits(connections=4, per_address=2))
    assert [admission.admit("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert admission.admit("192.0.2.2")
    assert [admission.admit("127.0.0.1") for _ in range(2)] == [True, False]  # the loopback fills the house, too
    admission.leave("192.0.2.1")
    assert admission.admit("127.0.0.1")
    admission.leave("127.0.0.1")
    assert admission.admit("192.0.2.1")
    assert admission.connections == 4


# --- with real sockets ------------------------------------------------------------------------------------------------


QUICK = GuardLimits(
    first_byte=0.3, head=0.3, body_grace=0.3, body_rate=100_000, stuck=0.5, idle=0.3, sweep=0.05, connections=3
)
Handler = Callable[[Gate, web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def guarded(handler: Handler, limits: GuardLimits = QUICK) -> AsyncIterator[tuple[Gate, int]]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        pace = gate.pace_of(request.protocol)
        assert pace is not None
        pace.request(gate.clock())
        try:
            return await handler(gate, request)
        finally:
            pace.answered(gate.clock())

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    assert runner.server is not None
    gate = Gate(runner.server, limits)
    server = await asyncio.get_running_loop().create_server(gate, "127.0.0.1", 0)
    sweeping = asyncio.create_task(gate.run())
    yield gate, server.sockets[0].getsockname()[1]
    sweeping.cancel()
    server.close()
    await runner.cleanup()


async def hello(gate: Gate, request: web.BaseRequest) -> web.Response:
    return web.Response(text="hello")


async def read_body(gate: Gate, request: web.BaseRequest) -> web.Response:
    pace = gate.pace_of(request.protocol)
    assert pace is not None
    pace.body(gate.clock())
    return web.Response(text=str(len(await request.read())))


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the host ends the connection, in whatever way."""
    content = b""
    try:
        while piece := await reader.read(1 << 16):
            content += piece
    except ConnectionError:
        pass
    return content


async def test_a_silent_connection_is_ended() -> None:
    async with guarded(hello) as (gate, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await rest_of(reader) == b""
        writer.close()
        assert gate.cut == {"silent": 1}
        assert gate.connections == 0


async def test_a_dripping_head_is_ended() -> None:
    async with guarded(hello) as (gate, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ending = asyncio.create_task(rest_of(reader))
        for letter in b"GET / HTTP/1.1\r\nHost: " + b"x" * 1000:
            if ending.done():
                break
            writer.write(bytes([letter]))
            await asyncio.sleep(0.02)
        assert await ending == b""
        writer.close()
        assert gate.cut == {"head": 1}


async def test_a_dripping_body_is_ended() -> None:
    async with guarded(read_body) as (gate, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        ending = asyncio.create_task(rest_of(reader))
        while not ending.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        assert b"200 OK" not in await ending
        writer.close()
        assert gate.cut == {"body": 1}


async def test_an_answer_that_nobody_reads_is_ended() -> None:
    async def much(gate: Gate, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * (1 << 16))

    async with guarded(much) as (gate, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not gate.cut:
            await asyncio.sleep(0.05)
        assert gate.cut == {"stuck": 1}
        writer.transport.abort()


async def test_requests_on_a_kept_connection_are_served_and_idling_is_ended() -> None:
    async with guarded(hello) as (gate, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        assert await rest_of(reader) == b""
        writer.close()
        assert gate.cut == {"idle": 1}


async def test_a_crowd_is_turned_away_and_places_become_free_again() -> None:
    async with guarded(hello, GuardLimits(connections=3)) as (gate, port):
        inside = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in inside:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"hello")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await rest_of(reader) == b""
        writer.close()
        assert gate.cut == {"too_many": 1}
        inside.pop()[1].close()
        while gate.connections == 3:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"hello")
        for _, one in [*inside, (reader, writer)]:
            one.close()
