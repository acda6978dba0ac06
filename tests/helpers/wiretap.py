"""A relay between volunteers and a host that counts what passes, by kind of request, heads apart from bodies.

It reads HTTP/1.1 as it goes by: a request begins with the first byte that is sent after an answer (or at all), so each
connection carries one at a time, as aiohttp's client does. TLS would hide all of that; the relay is for plain hosts.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

FILES = "GET files"
_END = b"\r\n\r\n"
_NAMES = re.compile(r"/v1/[^/]+/(?P<first>[a-z]+)(?P<rest>/[^? ]*)?")


@dataclass(slots=True)
class Sum:
    """Requests of one kind, and their bytes."""

    requests: int = 0
    head_up: int = 0
    body_up: int = 0
    head_down: int = 0
    body_down: int = 0

    @property
    def up(self) -> int:
        """Bytes to the host."""
        return self.head_up + self.body_up

    @property
    def down(self) -> int:
        """Bytes from it."""
        return self.head_down + self.body_down

    def __add__(self, other: "Sum") -> "Sum":
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Sum(*(mine + theirs for mine, theirs in pairs))


@dataclass
class Wiretap:
    """What has passed, by kind of request, and how many connections it took."""

    port: int = 0
    sums: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    connections: int = 0

    def forget(self) -> None:
        """Begin to count anew. What is under way counts where it began."""
        self.sums = defaultdict(Sum)
        self.connections = 0

    def total(self, *kinds: str) -> Sum:
        """All kinds, or those that begin like these."""
        return sum((one for kind, one in self.sums.items() if not kinds or kind.startswith(kinds)), Sum())

    def named(self, files: Mapping[str, str]) -> dict[str, Sum]:
        """The sums, with files (by digest, as a path names them) put together by what they are."""
        found: dict[str, Sum] = defaultdict(Sum)
        for kind, one in self.sums.items():
            request, _, digest = kind.rpartition(" ")
            found[f"{request} ({files.get(digest, 'other')})" if request == FILES else kind] += one
        return found

    @staticmethod
    def kind_of(head: bytes) -> str:
        """What a request is for, by its first line; a file with its digest."""
        method, _, rest = head.partition(b"\r\n")[0].decode("ascii", "replace").partition(" ")
        found = _NAMES.match(rest)
        if found is None:
            return f"{method} {rest.partition(' ')[0].partition('?')[0]}"
        if found["first"] == "files":
            return f"{FILES} {(found['rest'] or '')[1:]}"
        return f"{method} {found['first']}"


class _Exchange:
    """One connection's requests, one after the other."""

    def __init__(self, tap: Wiretap) -> None:
        self._tap = tap
        self._sum = Sum()
        self._head: bytearray | None = None  # of the request or answer that is passing; None: its body is
        self._answering = True  # so that the first byte that is sent begins a request

    def sent(self, piece: bytes) -> None:
        if self._answering:
            self._answering, self._head = False, bytearray()
        _, body = self._split(piece)
        if self._head is not None and self._head.endswith(_END):
            self._sum = self._tap.sums[self._tap.kind_of(self._head)]
            self._sum.requests += 1
            self._sum.head_up += len(self._head)
            self._head = None
        self._sum.body_up += body

    def received(self, piece: bytes) -> None:
        if not self._answering:
            self._answering, self._head = True, bytearray()
        head, body = self._split(piece)
        self._sum.head_down += head
        self._sum.body_down += body
        if self._head is not None and self._head.endswith(_END):
            self._head = None

    def _split(self, piece: bytes) -> tuple[int, int]:
        """Bytes of this piece that belong to the head, and to the body."""
        if self._head is None:
            return 0, len(piece)
        before = len(self._head)
        self._head += piece
        end = self._head.find(_END)
        if end < 0:
            return len(piece), 0
        body = len(self._head) - end - len(_END)
        del self._head[end + len(_END) :]
        return len(self._head) - before, body


@asynccontextmanager
async def wiretap(port: int, tap: Wiretap | None = None) -> AsyncIterator[Wiretap]:
    """Relay to that port of this computer while the context lasts; connect to `Wiretap.port` instead."""
    tap = tap or Wiretap()
    open_ones: set[asyncio.StreamWriter] = set()

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, count: Callable[[bytes], None]) -> None:
        with suppress(OSError):
            while piece := await source.read(1 << 16):
                count(piece)
                target.write(piece)
                await target.drain()
        target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()
            return
        exchange = _Exchange(tap)
        tap.connections += 1
        both = {writer, far_writer}
        open_ones.update(both)
        await asyncio.gather(carry(reader, far_writer, exchange.sent), carry(far_reader, writer, exchange.received))
        open_ones.difference_update(both)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for one in tuple(open_ones):
            one.transport.abort()
        await asyncio.sleep(0.05)  # for their tasks to end
