"""Hosts that misbehave: raw answers by path, and a cable that breaks."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


def answer(body: bytes = b"", status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP answer; `length` is what it claims, if not the truth."""
    claimed = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {claimed}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def tiny_host(answers: dict[str, bytes], endless: bytes = b"") -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve raw answers by the end of the path, else 404. After an answer, `endless` is repeated for ever.

    Yields the port and the heads of all requests.
    """
    heads: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head)
            path = head.split(b" ")[1].decode()
            found = next((text for end, text in answers.items() if path.partition("?")[0].endswith(end)), None)
            writer.write(found if found is not None else answer(b"no", "404 Not Found"))
            while endless and found is not None:
                writer.write(endless)
                await writer.drain()
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


@asynccontextmanager
async def breaking_cable(port: int, seed: int, most: int, breaks: int) -> AsyncIterator[int]:
    """A relay to that port whose first `breaks` connections break after a random number (up to `most`) of bytes."""
    chance = random.Random(seed)
    left = [breaks]

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, budget: list[int]) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(1 << 12):
                target.write(piece[: budget[0]])
                await target.drain()
                budget[0] -= len(piece)
                if budget[0] <= 0:
                    break
        target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left[0] -= 1
        budget = [chance.randint(1, most) if left[0] >= 0 else 1 << 60]
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        both = [
            asyncio.create_task(carry(reader, far_writer, budget)),
            asyncio.create_task(carry(far_reader, writer, budget)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        writer.transport.abort()
        far_writer.transport.abort()
        await asyncio.wait(both)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
