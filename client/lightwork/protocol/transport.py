"""The client's side of HTTP: bounded answers, signed requests, counted and shaped bytes, and every failure as a coded
error.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork import __version__
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import limits
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.links import JoinLink
from lightwork.protocol.project import CONTENT_TYPE, VERSION, Refused
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import Message, sign_request
from lightwork.protocol.shaping import SMALL, Direction, Shaper
from lightwork.protocol.traffic import Count, socket_factory

if TYPE_CHECKING:
    import aiohttp

_SLOWEST_UPLOAD = 4096  # bytes a second that a body gets at least before its request is given up
_LAST_SECOND = 253_402_300_799.0  # of the year 9999
# What is received and not yet read stays this small (bytes), so that whoever reads slowly receives slowly.
_BUFFER = 16 << 10
# A connection without a request. The next round may want it, and a new one costs a handshake of 4 to 6 kB; hosts cut
# silent ones after 75 s.
_KEEP_SECONDS = 65.0


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `GET /versions` on a host's root: the wire's versions that it speaks, and the projects that it has."""

    versions: tuple[int, ...]
    projects: tuple[str, ...] = ()


class Transport:
    """One project's host, asked over kept connections. Use as a context.

    A request's time stands still while it waits for its turn under the person's limits.
    """

    def __init__(self, link: JoinLink, key: Ed25519PrivateKey, count: Count, timeout: float, shaper: Shaper) -> None:
        self._link = link
        self._key = key
        self._count = count
        self._timeout = timeout
        self._shaper = shaper
        self._offset = 0.0
        self._session: aiohttp.ClientSession | None = None

    @property
    def now(self) -> float:
        """The host's Unix time, as near as it is known."""
        return time.time() + self._offset

    def learn_clock(self, host: float) -> None:
        """Take note of the host's Unix time."""
        if not 0 <= host <= _LAST_SECOND:
            raise LightworkError(Trouble.HOST_CONFUSED, "its clock")
        self._offset = host - time.time()

    async def open(self) -> None:
        """Make the session; nothing is connected yet."""
        import aiohttp  # noqa: PLC0415  costs 100 ms, and a node that only shows itself does not need it

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                socket_factory=socket_factory(self._passed, self._shaper), keepalive_timeout=_KEEP_SECONDS
            ),
            read_bufsize=_BUFFER,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout, sock_read=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A proxy that the system names is meant for the outside, never for this very computer.
            trust_env=not self._link.loopback,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": f"lightwork/{__version__}"},
            skip_auto_headers=("Accept",),
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _passed(self, sent: int, received: int) -> None:
        self._count(sent, received)
        self._shaper.charge(sent, received)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        signed: bool = False,
        patience: float = 0.0,
        limit: int = limits.DOCUMENT_BYTES,
        transfer: bool = False,
    ) -> bytes:
        """The whole answer to a request, at most `limit` bytes. `patience` is how long the host may think, in seconds.

        The body of a `transfer` goes out in pieces, each in its turn.
        Raises HOST_UNREACHABLE, HOST_CONFUSED, HOST_NEWER, ALLOWANCE_USED or RefusedError.
        """

        async def once() -> bytes:
            total = self._timeout + patience + len(body or b"") / _SLOWEST_UPLOAD
            try:
                async with asyncio.timeout(total) as deadline:
                    sent = self._in_turns(body, deadline) if body and transfer else None
                    answer = self.answer(method, path, body=body, pieces=sent, signed=signed, patience=patience)
                    async with answer as response:
                        return await self._read(response, limit, deadline)
            except TimeoutError:
                raise LightworkError(Trouble.HOST_UNREACHABLE, "no answer in time") from None

        try:
            return await once()
        except RefusedError as error:
            if error.refusal is not Refusal.SIGNATURE_STALE:
                raise
        # The refusal's own Date header has set our idea of the host's clock right.
        return await once()

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        pieces: AsyncIterator[bytes] | None = None,
        signed: bool = False,
        headers: Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> AsyncIterator["aiohttp.ClientResponse"]:
        """A good (2xx or 416) answer whose body is yet to be read; failures while it is read are translated too.

        `path` stands under the project and is already encoded. `pieces` are those of the body. Raises as `ask`.
        """
        import aiohttp  # noqa: PLC0415
        from yarl import URL  # noqa: PLC0415

        assert self._session is not None, "use the client as a context"
        if self._shaper.exhausted:
            raise LightworkError(Trouble.ALLOWANCE_USED)
        url = self._link.url + path
        sent = {**(headers or {})}
        if body is not None:
            sent["Content-Type"] = CONTENT_TYPE if method == "POST" else "application/octet-stream"
            sent["Content-Length"] = str(len(body))
        if signed:
            sign_request(Message(method, url, sent), body or b"", self._key, self.now)
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeout, sock_read=self._timeout + patience if patience else self._timeout
        )
        data = body if pieces is None else pieces
        try:
            async with self._session.request(
                method, URL(url, encoded=True), data=data, headers=sent, allow_redirects=False, timeout=timeout
            ) as response:
                _bound_reading(response)
                if not (200 <= response.status < 300 or response.status == 416):
                    await self._refuse(response, signed)
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise LightworkError(Trouble.HOST_CONFUSED, "a compressed answer")
                yield response
        except TimeoutError:
            raise LightworkError(Trouble.HOST_UNREACHABLE, "no answer in time") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise LightworkError(Trouble.HOST_UNREACHABLE, _said(error)) from None

    async def transferred(self, response: "aiohttp.ClientResponse") -> AsyncGenerator[bytes, None]:
        """A file's bytes as they come, each piece in its turn."""
        while True:
            await self._shaper.turn(Direction.DOWN, self._shaper.piece(Direction.DOWN), transfer=True)
            chunk = await response.content.readany()  # a read of so many bytes would have as many gathered
            if not chunk:
                return
            yield chunk

    async def _in_turns(self, body: bytes, deadline: asyncio.Timeout) -> AsyncIterator[bytes]:
        at = 0
        while at < len(body):
            size = min(self._shaper.piece(Direction.UP), len(body) - at)
            await self._turn(Direction.UP, size, deadline, transfer=True)
            yield body[at : at + size]
            at += size

    async def _read(
        self, response: "aiohttp.ClientResponse", limit: int, deadline: asyncio.Timeout | None = None
    ) -> bytes:
        content = bytearray()
        while chunk := await response.content.readany():
            content += chunk
            if len(content) > limit:
                raise LightworkError(Trouble.HOST_CONFUSED, f"an answer longer than {limit} bytes")
            if len(content) >= SMALL:
                await self._turn(Direction.DOWN, len(chunk), deadline, transfer=False)
        return bytes(content)

    async def _turn(self, direction: Direction, size: int, deadline: asyncio.Timeout | None, *, transfer: bool) -> None:
        with _standing_still(deadline):
            await self._shaper.turn(direction, size, transfer=transfer)

    async def _refuse(self, response: "aiohttp.ClientResponse", signed: bool) -> NoReturn:
        status = response.status
        if status >= 500:
            # Busy or broken: for a volunteer both mean that the host is not there now and is asked again later.
            raise LightworkError(Trouble.HOST_UNREACHABLE, f"status {status}")
        text = await self._read(response, limits.DOCUMENT_BYTES)
        try:
            refused = decode_json(text, Refused)
        except msgspec.DecodeError:
            if status == 404:
                await self._check_version()
            raise LightworkError(Trouble.HOST_CONFUSED, f"status {status}") from None
        if refused.refusal is Refusal.PROTOCOL_UNSUPPORTED:
            await self._check_version()
            raise LightworkError(Trouble.HOST_NEWER, "the host speaks another version of the protocol")
        if refused.refusal is Refusal.SIGNATURE_STALE and signed:
            with suppress(KeyError, ValueError, TypeError):
                self.learn_clock(parsedate_to_datetime(response.headers["Date"]).timestamp())
        raise RefusedError(refused.refusal, refused.offset)

    async def _check_version(self) -> None:
        """Raise HOST_NEWER if the host says that it speaks newer versions only."""
        assert self._session is not None
        root = self._link.url.removesuffix(f"/v{VERSION}/{self._link.project}")
        async with self._session.get(f"{root}/versions", allow_redirects=False) as response:
            text = await self._read(response, limits.DOCUMENT_BYTES)
        with suppress(msgspec.DecodeError):
            spoken = decode_json(text, Versions).versions
            if spoken and min(spoken) > VERSION:
                raise LightworkError(Trouble.HOST_NEWER, f"versions {spoken[:10]}, this program speaks {VERSION}")


def _bound_reading(response: "aiohttp.ClientResponse") -> None:
    """Have an encrypted connection, too, hold no more than a little that nobody has read."""
    transport = response.connection.transport if response.connection is not None else None
    if (bound := getattr(transport, "set_read_buffer_limits", None)) is not None:
        bound(_BUFFER)


@contextmanager
def _standing_still(deadline: asyncio.Timeout | None) -> Iterator[None]:
    """Whoever waits for a turn is not late. A deadline that stands still already is left alone, as is one that is over:
    the answer may be there before all of the body was wanted.
    """
    when = deadline.when() if deadline is not None else None
    if deadline is None or when is None:
        yield
        return
    now = asyncio.get_running_loop().time
    left = when - now()
    with suppress(RuntimeError):
        deadline.reschedule(None)
    try:
        yield
    finally:
        with suppress(RuntimeError):
            deadline.reschedule(now() + left)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
