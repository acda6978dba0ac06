"""Counted bytes are the bytes on the wire, all of them: compared with what stood at the other end of the cable."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lightwork.protocol.traffic import CountingSocket, counting, new_event_loop, socket_factory

BODY = bytes(range(256)) * 3000


class Meter:
    """Bytes, as (sent, received) of the client."""

    def __init__(self) -> None:
        self.sent = self.received = 0

    def count(self, sent: int, received: int) -> None:
        self.sent += sent
        self.received += received

    @property
    def both(self) -> tuple[int, int]:
        return self.sent, self.received


@asynccontextmanager
async def cable(port: int) -> AsyncIterator[tuple[int, Meter]]:
    """A relay to that port which counts what really passes."""
    meter = Meter()
    passing: set[asyncio.Task[None]] = set()

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, up: bool) -> None:
        while piece := await source.read(1 << 16):
            meter.count(*((len(piece), 0) if up else (0, len(piece))))
            target.write(piece)
            await target.drain()
        target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        both = [carry(reader, far_writer, True), carry(far_reader, writer, False)]
        tasks = [asyncio.create_task(one) for one in both]
        passing.update(tasks)
        await asyncio.wait(tasks)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], meter
        await asyncio.wait(passing)


async def echo(request: aiohttp.web.Request) -> aiohttp.web.Response:
    return aiohttp.web.Response(body=await request.read())


@asynccontextmanager
async def server(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    app = aiohttp.web.Application(client_max_size=1 << 24)
    app.router.add_post("/", echo)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize("encrypted", [False, True])
async def test_headers_bodies_and_encryption_are_counted_to_the_byte(tmp_path: Path, encrypted: bool) -> None:
    ours = Meter()
    context = certificate(tmp_path) if encrypted else None
    async with server(context) as port, cable(port) as (near, theirs):
        connector = aiohttp.TCPConnector(socket_factory=socket_factory(ours.count), ssl=False)
        async with aiohttp.ClientSession(connector=connector) as session:
            for body in (b"", b"x", BODY):
                async with session.post(f"{'https' if encrypted else 'http'}://127.0.0.1:{near}/", data=body) as answer:
                    assert await answer.read() == body
        # Closing an encrypted connection says goodbye; the cable has ended when both ends are closed.
    assert ours.both == theirs.both
    assert min(ours.both) > len(BODY)


async def test_streams_that_gather_their_pieces_are_counted() -> None:
    ours = Meter()
    async with server() as port, cable(port) as (near, theirs):
        made = socket_factory(ours.count)((socket.AF_INET, socket.SOCK_STREAM, 0, "", ()))
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", near))
        reader, writer = await asyncio.open_connection(sock=made)
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (2 * len(BODY))
        writer.writelines([head, BODY, BODY])
        assert len(await reader.read()) > 2 * len(BODY)
        writer.close()
        await writer.wait_closed()
    assert ours.both == theirs.both


@dataclass
class Appetite:
    """What a socket is told, as the test chooses."""

    size: int = 1 << 20
    behind: int = 0

    def read_size(self) -> int:
        return self.size

    def held_back(self) -> int:
        return self.behind


def test_a_socket_reads_no_more_at_once_than_it_is_told() -> None:
    ours, appetite, buffer = Meter(), Appetite(size=7), bytearray(50)
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = CountingSocket(socket.AF_INET, socket.SOCK_STREAM, 0, ours.count, appetite)
        with made:
            made.connect(server.getsockname())
            with server.accept()[0] as far:
                far.sendall(bytes(1000))
                assert len(made.recv(1000)) == 7
                assert len(made.recv(5)) == 5
                assert made.recv_into(buffer) == 7
                assert made.recv_into(buffer, 3) == 3
                appetite.size = 1 << 20
                assert made.recv_into(buffer) == 50
    assert ours.both == (0, 72)


def test_what_a_sender_may_be_ahead_follows_the_limit() -> None:
    appetite = Appetite(behind=64 << 10)
    made = socket_factory(Meter().count, appetite)((socket.AF_INET, socket.SOCK_STREAM, 0, "", ()))
    with made:
        small = made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert small <= 64 << 10
        appetite.behind = 0
        with suppress(OSError):  # it is not connected
            made.recv(1)
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > small
    with socket_factory(Meter().count, Appetite())((socket.AF_INET, socket.SOCK_STREAM, 0, "", ())) as free:
        assert free.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > small, "without a limit the system chooses"


class StandInProactor:
    """What asyncio's Windows loop asks of a proactor, with futures that the test completes."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[Any]] = []

    def _begin(self) -> asyncio.Future[Any]:
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]

    def recv(self, conn: Any, nbytes: int, flags: int = 0) -> asyncio.Future[Any]:
        return self._begin()

    def recv_into(self, conn: Any, buf: Any, flags: int = 0) -> asyncio.Future[Any]:
        return self._begin()

    def send(self, conn: Any, buf: Any, flags: int = 0) -> asyncio.Future[Any]:
        return self._begin()


async def test_a_proactor_counts_what_its_finished_operations_moved() -> None:
    ours = Meter()
    with CountingSocket(socket.AF_INET, socket.SOCK_STREAM, 0, ours.count) as mine, socket.socket() as other:
        proactor = counting(StandInProactor)()
        for conn in (mine, other):
            for begin, result in ((proactor.recv(conn, 9), b"12345"), (proactor.recv_into(conn, b""), 20)):
                begin.set_result(result)
            proactor.send(conn, b"xyz").set_result(3)
        proactor.send(mine, b"lost").set_exception(ConnectionResetError())
        proactor.recv(mine, 9).cancel()
        await asyncio.gather(*proactor.asked, return_exceptions=True)
    assert ours.both == (3, 25)


def test_a_loop_for_counting_runs() -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert runner.run(asyncio.sleep(0, 5)) == 5
