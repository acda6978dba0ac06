"""The client's side of HTTP: bounded answers, signed requests, counted bytes, and every failure as a coded error."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
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
from lightwork.protocol.traffic import Count, socket_factory

if TYPE_CHECKING:
    import aiohttp

_SLOWEST_UPLOAD = 4096  # bytes a second that a body gets at least before its request is given up
_LAST_SECOND = 253_402_300_799.0  # of the year 9999


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `GET /versions` on a host's root: the wire's versions that it speaks, and the projects that it has."""

    versions: tuple[int, ...]
    projects: tuple[str, ...] = ()


class Transport:
    """One project's host, asked over kept connections. Use as a context."""

    def __init__(self, link: JoinLink, key: Ed25519PrivateKey, count: Count, timeout: float) -> None:
        self._link = link
        self._key = key
        self._count = count
        self._timeout = timeout
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
            connector=aiohttp.TCPConnector(socket_factory=socket_factory(self._count)),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout, sock_read=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A proxy that the system names is meant for the outside, never for this very computer.
            trust_env=not self._link.loopback,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": f"lightwork/{__version__}"},
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        signed: bool = False,
        patience: float = 0.0,
        limit: int = limits.DOCUMENT_BYTES,
    ) -> bytes:
        """The whole answer to a request, at most `limit` bytes. `patience` is how long the host may think, in seconds.

        Raises HOST_UNREACHABLE, HOST_CONFUSED, HOST_NEWER or RefusedError.
        """

        async def once() -> bytes:
            total = self._timeout + patience + len(body or b"") / _SLOWEST_UPLOAD
            async with self.answer(method, path, body=body, signed=signed, total=total, patience=patience) as response:
                return await _read(response, limit)

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
        signed: bool = False,
        headers: Mapping[str, str] | None = None,
        total: float | None = None,
        patience: float = 0.0,
    ) -> AsyncIterator["aiohttp.ClientResponse"]:
        """A good (2xx or 416) answer whose body is yet to be read; failures while it is read are translated too.

        `path` stands under the project and is already encoded. Raises as `ask`.
        """
        import aiohttp  # noqa: PLC0415
        from yarl import URL  # noqa: PLC0415

        assert self._session is not None, "use the client as a context"
        url = self._link.url + path
        sent = {**(headers or {})}
        if body is not None:
            sent["Content-Type"] = CONTENT_TYPE if method == "POST" else "application/octet-stream"
        if signed:
            sign_request(Message(method, url, sent), body or b"", self._key, self.now)
        timeout = aiohttp.ClientTimeout(
            total=total, sock_connect=self._timeout, sock_read=self._timeout + patience if patience else self._timeout
        )
        try:
            async with self._session.request(
                method, URL(url, encoded=True), data=body, headers=sent, allow_redirects=False, timeout=timeout
            ) as response:
                if not (200 <= response.status < 300 or response.status == 416):
                    await self._refuse(response, signed)
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise LightworkError(Trouble.HOST_CONFUSED, "a compressed answer")
                yield response
        except TimeoutError:
            raise LightworkError(Trouble.HOST_UNREACHABLE, "no answer in time") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise LightworkError(Trouble.HOST_UNREACHABLE, _said(error)) from None

    async def _refuse(self, response: "aiohttp.ClientResponse", signed: bool) -> NoReturn:
        status = response.status
        if status >= 500:
            # Busy or broken: for a volunteer both mean that the host is not there now and is asked again later.
            raise LightworkError(Trouble.HOST_UNREACHABLE, f"status {status}")
        text = await _read(response, limits.DOCUMENT_BYTES)
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
            text = await _read(response, limits.DOCUMENT_BYTES)
        with suppress(msgspec.DecodeError):
            spoken = decode_json(text, Versions).versions
            if spoken and min(spoken) > VERSION:
                raise LightworkError(Trouble.HOST_NEWER, f"versions {spoken[:10]}, this program speaks {VERSION}")


async def _read(response: "aiohttp.ClientResponse", limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > limit:
            raise LightworkError(Trouble.HOST_CONFUSED, f"an answer longer than {limit} bytes")
    return bytes(content)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
