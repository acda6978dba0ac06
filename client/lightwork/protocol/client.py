"""A project's host as a volunteer sees it. What it says is believed only where the project's key vouches for it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork import __version__
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import limits
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.documents import (
    Checkpoint,
    Kind,
    Receipt,
    SignedDocument,
    Update,
    open_document,
    project_id,
    public_hex,
    verify,
)
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import FileRef, Manifest, parse_manifest
from lightwork.protocol.partial import PartFile, is_there
from lightwork.protocol.project import (
    LONG_POLL_SECONDS,
    RECEIPTS_A_PAGE,
    AskLease,
    Contribution,
    Join,
    Joined,
    Lease,
    ProjectState,
    Receipts,
    UploadPhase,
    UploadState,
)
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.traffic import Count
from lightwork.protocol.transport import Transport

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")
Progress = Callable[[int], None]

_OFFSET_CORRECTIONS = 8  # in one upload; a host that keeps changing its mind is confused


class ProjectClient:
    """The project wire, from the volunteer's end. Use as an async context.

    Every method raises HOST_UNREACHABLE when the network or the host fails (all 5xx, BUSY too), HOST_CONFUSED for an
    answer that makes no sense, HOST_NEWER for a host that speaks newer versions only, and RefusedError for a refusal.
    """

    def __init__(
        self,
        link: JoinLink,
        key: Ed25519PrivateKey,
        *,
        count: Count,
        timeout: float = 30.0,
        chunk_bytes: int = limits.CHUNK_BYTES,
    ) -> None:
        """`count(sent, received)` is called for every piece of bytes on the sockets. `timeout` is how long, in seconds,
        nothing may happen. `chunk_bytes` is what a broken connection costs an upload at most.
        """
        self._chunk_bytes = min(chunk_bytes, limits.CHUNK_BYTES)
        self.link = link
        self.account = public_hex(key.public_key())
        self._transport = Transport(link, key, count, timeout)

    async def __aenter__(self) -> "ProjectClient":
        await self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    @property
    def host_time(self) -> float:
        """The host's Unix time, as near as it is known."""
        return self._transport.now

    # --- what the project publishes ---------------------------------------------------------------------------------

    async def manifest(self, *, oldest_serial: int = 0) -> Manifest:
        """The manifest, verified and current.

        Raises MANIFEST_TAMPERED, MANIFEST_OLDER (than `oldest_serial`), MANIFEST_EXPIRED, or as `parse_manifest`.
        """
        text = await self._transport.ask("GET", "/manifest", limit=limits.MANIFEST_BYTES)
        document = _decode(text, SignedDocument)
        if project_id(document.key) != self.link.project:
            raise LightworkError(Trouble.MANIFEST_TAMPERED, "the key is not the project's")
        try:
            body = verify(Kind.MANIFEST, document, document.key)
        except LightworkError:
            raise LightworkError(Trouble.MANIFEST_TAMPERED, "the signature does not fit") from None
        manifest = parse_manifest(body)
        if manifest.project != self.link.project:
            raise LightworkError(Trouble.MANIFEST_TAMPERED, "it names another project")
        if manifest.serial < oldest_serial:
            raise LightworkError(Trouble.MANIFEST_OLDER, f"serial {manifest.serial} after {oldest_serial}")
        # By this computer's clock: the host's could be set back to keep an old manifest alive.
        if manifest.expires < time.time():
            raise LightworkError(Trouble.MANIFEST_EXPIRED, f"at {manifest.expires}")
        return manifest

    async def state(self, known: int | None = None, wait: float = LONG_POLL_SECONDS) -> ProjectState:
        """How the project stands. With a `known` revision the host answers once it differs, or after `wait` seconds."""
        query = "" if known is None else f"?known={known}&wait={wait:.3f}"
        patience = 0.0 if known is None else wait
        state = _decode(await self._transport.ask("GET", f"/state{query}", patience=patience), ProjectState)
        if state.project != self.link.project:
            raise LightworkError(Trouble.HOST_CONFUSED, "the state of another project")
        self._transport.learn_clock(state.clock)
        return state

    async def checkpoint(self, manifest: Manifest) -> Checkpoint:
        """The newest whole weights. Raises DOCUMENT_TAMPERED or FILE_PATH."""
        document = _decode(await self._transport.ask("GET", "/checkpoint"), SignedDocument)
        checkpoint = open_document(Kind.CHECKPOINT, document, manifest.host_key, Checkpoint)
        _same_project(checkpoint.project, manifest)
        for file in checkpoint.files:
            file.check()
        return checkpoint

    async def update(self, manifest: Manifest, base: int) -> Update:
        """The step from version `base` to the next. Raises DOCUMENT_TAMPERED or FILE_PATH."""
        document = _decode(await self._transport.ask("GET", f"/updates/{base}"), SignedDocument)
        update = open_document(Kind.UPDATE, document, manifest.host_key, Update)
        _same_project(update.project, manifest)
        if update.base != base:
            raise LightworkError(Trouble.HOST_CONFUSED, f"the update of {update.base} instead of {base}")
        update.file.check()
        return update

    async def download(self, file: FileRef, target: Path, progress: Progress | None = None) -> None:
        """Fetch a file, going on where an earlier attempt ended. `progress` is told how many bytes are there.

        Raises FILE_PATH, FILE_DIGEST (and deletes what came), DISK_FULL, or OSError for a folder that is not writable.
        """
        file.check()
        tell = progress or _nothing
        if await asyncio.to_thread(is_there, target, file):
            tell(file.length)
            return
        part = await asyncio.to_thread(PartFile, target, file)
        try:
            resumed = part.resumed
            await self._fill(part, file, tell)
            if not part.right and resumed:
                # Perhaps the part on this disk was damaged, say by a power cut: fetch it once more from the start.
                await asyncio.to_thread(part.restart)
                await self._fill(part, file, tell)
            if not part.right:
                await asyncio.to_thread(part.discard)
                raise LightworkError(Trouble.FILE_DIGEST, file.path)
            await asyncio.to_thread(part.finish)
        finally:
            await asyncio.to_thread(part.close)

    async def _fill(self, part: PartFile, file: FileRef, tell: Progress) -> None:
        """Bring a part to its length, or as far as the host's answer goes. Raises FILE_DIGEST for endless data."""
        tell(part.size)
        if part.size == file.length:
            return
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        async with self._transport.answer("GET", f"/files/{file.sha256}", headers=headers) as response:
            if part.size and not _continues(response, part.size):
                await asyncio.to_thread(part.restart)
            if response.status == 416:
                return
            async for chunk in response.content.iter_chunked(1 << 18):
                if part.size + len(chunk) > file.length:
                    await asyncio.to_thread(part.discard)
                    raise LightworkError(Trouble.FILE_DIGEST, f"{file.path} is longer than {file.length} bytes")
                await asyncio.to_thread(part.write, chunk)
                tell(part.size)

    # --- what a volunteer does --------------------------------------------------------------------------------------

    async def join(self) -> Joined:
        """Become a volunteer, or be greeted again."""
        joined = await self._post("/join", Join(program=__version__), Joined)
        if joined.account != self.account:
            raise LightworkError(Trouble.HOST_CONFUSED, "it takes this account for another")
        return joined

    async def lease(self, version: int) -> Lease:
        """Data to train on in the round of `version`."""
        return await self._post("/leases", AskLease(version=version), Lease)

    async def announce(self, contribution: Contribution) -> UploadState:
        """Say what will be uploaded; learn how much of it the host has already."""
        state = await self._post("/contributions", contribution, UploadState)
        return _same_upload(state, contribution)

    async def upload(self, contribution: Contribution, file: Path, progress: Progress | None = None) -> UploadState:
        """Announce and send a contribution, from where an earlier attempt ended, until the host has acknowledged it.

        `progress` is told how many bytes the host has. The answer's phase is never RECEIVING.
        """
        tell = progress or _nothing
        state = await self.announce(contribution)
        corrections = _OFFSET_CORRECTIONS
        while state.phase is UploadPhase.RECEIVING:
            offset = state.offset
            tell(offset)
            chunk = await asyncio.to_thread(_read_chunk, file, offset, self._chunk_bytes)
            try:
                state = await self._send_chunk(contribution, offset, chunk)
            except RefusedError as error:
                if error.refusal is not Refusal.OFFSET_WRONG or error.offset is None or not corrections:
                    raise
                corrections -= 1
                state = msgspec.structs.replace(state, offset=min(error.offset, contribution.length))
                continue
            if state.phase is UploadPhase.RECEIVING and state.offset <= offset:
                raise LightworkError(Trouble.HOST_CONFUSED, f"the upload does not get beyond {offset}")
        tell(contribution.length)
        return state

    async def _send_chunk(self, contribution: Contribution, offset: int, chunk: bytes) -> UploadState:
        path = f"/contributions/{contribution.digest}?offset={offset}"
        answer = await self._transport.ask("PATCH", path, body=chunk, signed=True)
        return _same_upload(_decode(answer, UploadState), contribution)

    async def receipts(self, manifest: Manifest, after: int) -> list[tuple[Receipt, bytes]]:
        """All receipts of this account numbered above `after`, each with its document as it is to be kept.

        Raises DOCUMENT_TAMPERED, or HOST_CONFUSED if a number is missing.
        """
        found: list[tuple[Receipt, bytes]] = []
        while True:
            expected = after + len(found)
            text = await self._transport.ask("GET", f"/receipts?after={expected}", signed=True)
            page = _decode(text, Receipts)
            for number, document in enumerate(page, expected + 1):
                receipt = open_document(Kind.RECEIPT, document, manifest.host_key, Receipt)
                _same_project(receipt.project, manifest)
                if receipt.account != self.account or receipt.number != number:
                    raise LightworkError(Trouble.HOST_CONFUSED, f"receipt {receipt.number} instead of {number}")
                found.append((receipt, msgspec.json.encode(document)))
            if len(page) < RECEIPTS_A_PAGE:
                return found

    async def _post(self, path: str, message: msgspec.Struct, answer: type[T]) -> T:
        return _decode(await self._transport.ask("POST", path, body=msgspec.json.encode(message), signed=True), answer)


def _decode(text: bytes, kind: type[T]) -> T:
    try:
        return decode_json(text, kind)
    except msgspec.DecodeError as error:
        raise LightworkError(Trouble.HOST_CONFUSED, str(error)) from None


def _same_project(project: str, manifest: Manifest) -> None:
    if project != manifest.project:
        raise LightworkError(Trouble.DOCUMENT_TAMPERED, "it was signed for another project")


def _same_upload(state: UploadState, contribution: Contribution) -> UploadState:
    if state.digest != contribution.digest or state.offset > contribution.length:
        raise LightworkError(Trouble.HOST_CONFUSED, "the state of another upload")
    return state


def _continues(response: "aiohttp.ClientResponse", start: int) -> bool:
    """True if the answer is the rest that was asked for; a host may also send the whole file again."""
    return response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _read_chunk(file: Path, offset: int, size: int) -> bytes:
    with file.open("rb") as source:
        source.seek(offset)
        return source.read(size)


def _nothing(_: Any) -> None:
    pass
