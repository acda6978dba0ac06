"""Routes, and nothing else: bytes to messages, messages to the service, and refusals back as JSON with their status."""

import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware
from multidict import CIMultiDict

from lightwork.domain.errors import LightworkError
from lightwork.host.guard import Gate
from lightwork.host.metrics import Metrics
from lightwork.protocol import limits
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.project import (
    CONTENT_TYPE,
    LONG_POLL_SECONDS,
    VERSION,
    AskLease,
    Contribution,
    Join,
    Refused,
    UploadPhase,
)
from lightwork.protocol.refusals import Refusal, RefusedError, http_status
from lightwork.protocol.requests import Message, verify_request

if TYPE_CHECKING:
    from lightwork.host.service import BlobFile, Service

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# The longest signed message, a contribution of 16 leases, is about 2 kB; EAGER_BYTES may follow it.
MESSAGE_BYTES = 1 << 16

_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
_OTHER_VERSION = re.compile(r"/v\d+(/|$)")
_DIGEST = "{sha256:[0-9a-f]{64}}"
_GONE = 499  # in the counts: whoever asked has hung up (nginx's number for it)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Edge:
    """The handlers of one service."""

    def __init__(self, service: "Service", gate: Gate, metrics: Metrics) -> None:
        self._service = service
        self._gate = gate
        self._metrics = metrics

    def application(self) -> web.Application:
        """The aiohttp application. Serve it with `auto_decompress=False`, or a small body becomes a huge one."""
        app = web.Application(middlewares=[self._middleware])
        app.on_response_prepare.append(_spare)
        root = f"/v{VERSION}/{self._service.manifest.project}"
        app.add_routes(
            [
                web.get("/versions", self._versions, allow_head=False),
                web.get("/metrics", self._show_metrics, allow_head=False),
                web.get(f"{root}/manifest", self._manifest, allow_head=False),
                web.get(f"{root}/state", self._state, allow_head=False),
                web.get(f"{root}/checkpoint", self._checkpoint, allow_head=False),
                web.get(f"{root}/updates/{{base:\\d{{1,15}}}}", self._update, allow_head=False),
                web.get(f"{root}/files/{_DIGEST}", self._file, allow_head=False),
                web.post(f"{root}/join", self._join),
                web.post(f"{root}/leases", self._lease),
                web.post(f"{root}/contributions", self._announce),
                web.patch(f"{root}/contributions/{_DIGEST}", self._receive),
                web.get(f"{root}/receipts", self._receipts, allow_head=False),
            ]
        )
        return app

    # --- errors, pace, numbers --------------------------------------------------------------------------------------

    @property
    def _middleware(self) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            pace = self._gate.pace_of(request.protocol)
            if pace is not None:
                pace.request(self._gate.clock())
            try:
                response = await self._answer(request, handler)
            finally:
                if pace is not None:
                    pace.answered(self._gate.clock())
            self._metrics.request(_route(request), response.status)
            return response

        return middleware

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:
            if isinstance(error, ConnectionError) and _is_gone(request):
                # There is nobody to answer; raised, it would be logged as a fault of the host's.
                return web.Response(status=_GONE)
            return self._explain(request, error)

    def _explain(self, request: web.Request, error: Exception) -> web.Response:
        match error:
            case RefusedError():
                return self._refuse(error.refusal, offset=error.offset)
            case msgspec.DecodeError() | web.RequestPayloadError():
                return self._refuse(Refusal.MALFORMED)
            case web.HTTPNotFound():
                return self._refuse(self._why_not_found(request.path))
            case web.HTTPException():
                return self._refuse(Refusal.MALFORMED, status=error.status)
            case LightworkError():
                _log.error("%s %s: %s", request.method, _route(request), error)
                return self._refuse(Refusal.BUSY)
        _log.error("%s %s", request.method, _route(request), exc_info=error)
        return self._refuse(Refusal.INTERNAL)

    def _why_not_found(self, path: str) -> Refusal:
        project = f"/v{VERSION}/{self._service.manifest.project}"
        if path == project or path.startswith(f"{project}/"):
            return Refusal.NOT_FOUND
        if path.startswith(f"/v{VERSION}/"):
            return Refusal.PROJECT_UNKNOWN
        return Refusal.PROTOCOL_UNSUPPORTED if _OTHER_VERSION.match(path) else Refusal.NOT_FOUND

    def _refuse(self, refusal: Refusal, *, status: int | None = None, offset: int | None = None) -> web.Response:
        self._metrics.refused(refusal)
        return _json(Refused(refusal=refusal, offset=offset), status=status or http_status(refusal))

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _versions(self, request: web.Request) -> web.Response:
        return _json({"versions": [VERSION], "projects": [self._service.manifest.project]})

    async def _show_metrics(self, request: web.Request) -> web.Response:
        if not _from_here(request):
            raise RefusedError(Refusal.NOT_FOUND)
        return web.Response(body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _manifest(self, request: web.Request) -> web.Response:
        if "known" in request.query and _number(request, "known") == self._service.manifest.serial:
            return web.Response(status=204)
        return _json(self._service.manifest_document)

    async def _state(self, request: web.Request) -> web.Response:
        known = _number(request, "known") if "known" in request.query else None
        try:
            wait = float(request.query.get("wait", LONG_POLL_SECONDS))
        except ValueError:
            raise RefusedError(Refusal.MALFORMED) from None
        if not 0 <= wait <= 3600:
            raise RefusedError(Refusal.MALFORMED)
        version = _number(request, "version") if "version" in request.query else None
        loss = _number(request, "loss") if "loss" in request.query else -1
        wait = 0.0 if known is None else min(wait, LONG_POLL_SECONDS)
        return _json(await self._service.state(known, wait, version=version, loss=loss))

    async def _checkpoint(self, request: web.Request) -> web.Response:
        return _json(await self._service.checkpoint())

    async def _update(self, request: web.Request) -> web.Response:
        return _json(await self._service.update(int(request.match_info["base"])))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        digest = request.match_info["sha256"]
        # What is named by its digest never changes, so any mark will do.
        etag = '"1"'
        headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
        blob = await self._service.file(digest)
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        asked = request.headers.get("Range") if request.headers.get("If-Range", etag) == etag else None
        span = span_of(asked, blob.length)
        if span is None:
            response = self._refuse(Refusal.MALFORMED, status=416)
            response.headers["Content-Range"] = f"bytes */{blob.length}"
            return response
        start, end = span
        whole = asked is None or (start, end) == (0, blob.length)
        if not whole:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.length}"
        return await _stream(
            request, blob, start, end, web.StreamResponse(status=200 if whole else 206, headers=headers)
        )

    # --- signed -----------------------------------------------------------------------------------------------------

    async def _join(self, request: web.Request) -> web.Response:
        account, body = await self._signed(request)
        return _json(await self._service.join(account, _decode(body, Join)))

    async def _lease(self, request: web.Request) -> web.Response:
        account, body = await self._signed(request)
        return _json(await self._service.lease(account, _decode(body, AskLease)))

    async def _announce(self, request: web.Request) -> web.Response:
        account, body = await self._signed(request)
        line, _, first = body.partition(b"\n")
        message = _decode(line, Contribution)
        state = await self._service.announce(account, message)
        if first and state.phase is UploadPhase.RECEIVING and state.offset == 0:
            state = await self._service.receive(account, message.digest, 0, first)
        return _json(state)

    async def _receive(self, request: web.Request) -> web.Response:
        account, chunk = await self._signed(request, limits.CHUNK_BYTES)
        offset = _number(request, "offset")
        return _json(await self._service.receive(account, request.match_info["sha256"], offset, chunk))

    async def _receipts(self, request: web.Request) -> web.Response:
        account, _ = await self._signed(request, 0)
        return _json(await self._service.receipts(account, _number(request, "after")))

    async def _signed(self, request: web.Request, limit: int = MESSAGE_BYTES) -> tuple[str, bytes]:
        """The account that signed, and the body that it signed; the request can never be made again."""
        body = await self._body(request, limit)
        # Scheme and authority are not covered, so any will do.
        message = Message(request.method, f"http://host{request.raw_path}", CIMultiDict(request.headers))
        by = verify_request(message, body)
        await self._service.admit(by)
        return by.account, body

    async def _body(self, request: web.Request, limit: int) -> bytes:
        """The whole body, counted by hand: aiohttp's own bound does not hold for streams."""
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise RefusedError(Refusal.ENCODED)
        if request.content_length is not None and request.content_length > limit:
            raise RefusedError(Refusal.TOO_LARGE)
        pace = self._gate.pace_of(request.protocol)
        if pace is not None:
            pace.body(self._gate.clock())
        content = bytearray()
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > limit:
                raise RefusedError(Refusal.TOO_LARGE)
        if pace is not None:
            pace.body_read(self._gate.clock())
        return bytes(content)


def span_of(header: str | None, length: int) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, as (start, end); None if there are no such bytes (416).

    Ranges that this host does not do (several, other units) stand for the whole file, as RFC 9110 allows.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return 0, length
    first, last = match.groups()
    if not first:
        start, end = max(0, length - int(last)), length
    else:
        start, end = int(first), min(length, int(last) + 1 if last else length)
        if last and int(last) < int(first):
            return 0, length  # not a valid range, so it is as if there was none
    return (start, end) if start < end else None


async def _stream(
    request: web.Request, blob: "BlobFile", start: int, end: int, response: web.StreamResponse
) -> web.StreamResponse:
    response.content_type = "application/octet-stream"
    response.content_length = end - start
    await response.prepare(request)
    try:
        async for piece in blob.read(start, end):
            await response.write(piece)
        await response.write_eof()
    except Exception as error:
        if isinstance(error, ConnectionError) and _is_gone(request):
            raise
        # The head is out already: the only honest end is a broken connection.
        _log.exception("%s broke off", _route(request))
        if request.transport is not None:
            request.transport.abort()
    return response


def _is_gone(request: web.Request) -> bool:
    """Whoever asked has hung up."""
    return request.transport is None or request.transport.is_closing()


async def _spare(request: web.Request, response: web.StreamResponse) -> None:
    """Leave out what no volunteer reads: which server this is, with each answer."""
    response.headers.popall("Server", None)


def _json(message: object, status: int = 200) -> web.Response:
    return web.Response(body=_encoder.encode(message), status=status, content_type=CONTENT_TYPE)


def _decode(body: bytes, kind: type[T]) -> T:
    return decode_json(body, kind)


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise RefusedError(Refusal.MALFORMED)
    return int(text)


def _route(request: web.Request) -> str:
    """The pattern of a path, without the project, so that there are few of them."""
    resource = request.match_info.route.resource
    return (
        "other" if resource is None else resource.canonical.rpartition(f"/v{VERSION}/")[2].partition("/")[2] or "root"
    )


def _from_here(request: web.Request) -> bool:
    """True for a request from this computer, unless it was passed on by a proxy here."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
