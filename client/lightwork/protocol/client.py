"""A project's host as a volunteer sees it. What it says is believed only where the project's key vouches for it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

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
from lightwork.protocol.partial import PartFile, is_there, open_part
from lightwork.protocol.project import (
    CLOSING_PATIENCE,
    LONG_POLL_SECONDS,
    LOSSES_SHOWN,
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
from lightwork.protocol.shaping import Shaper
from lightwork.protocol.traffic import Count
from lightwork.protocol.transport import Transport

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")
Progress = Callable[[int], None]


class Shelf(Protocol):
    """Where a manifest's document is kept from one connection to the next."""

    def read(self) -> bytes | None:
        """What was kept, if anything can be read."""
        ...

    def write(self, document: bytes) -> None:
        """Keep it, or not."""
        ...


# While the host closes a round, which may take minutes: between two questions, though it waits long before it answers;
# and in all.
_CLOSING_SECONDS, _LONGEST_CLOSING = 1.0, 1800.0
_OFFSET_CORRECTIONS = 8  # in one upload; a host that keeps changing its mind is confused


class ProjectClient:
    """The project wire, from the volunteer's end. Use as an async context.

    Every method raises HOST_UNREACHABLE when the network or the host fails (all 5xx, BUSY too), HOST_CONFUSED for an
    answer that makes no sense, HOST_NEWER for a host that speaks newer versions only, ALLOWANCE_USED when the person's
    data allowance is used up, and RefusedError for a refusal.
    """

    def __init__(
        self,
        link: JoinLink,
        key: Ed25519PrivateKey,
        *,
        count: Count,
        timeout: float = 30.0,
        chunk_bytes: int = limits.CHUNK_BYTES,
        shaper: Shaper | None = None,
    ) -> None:
        """`count(sent, received)` is called for every piece of bytes on the sockets. `timeout` is how long, in seconds,
        nothing may happen. `chunk_bytes` is what a broken connection costs an upload at most. `shaper` keeps the
        person's limits; without one there are none.
        """
        self._shaper = shaper or Shaper()
        self._chunk_bytes = min(chunk_bytes, limits.CHUNK_BYTES)
        self.link = link
        self.account = public_hex(key.public_key())
        self._transport = Transport(link, key, count, timeout, self._shaper)

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

    async def manifest(self, *, oldest_serial: int = 0, shelf: Shelf | None = None) -> Manifest:
        """The manifest, verified and current. One that is on the `shelf` already is not sent again.

        Raises MANIFEST_TAMPERED, MANIFEST_OLDER (than `oldest_serial`), MANIFEST_EXPIRED, or as `parse_manifest`.
        """
        kept = None if shelf is None else await asyncio.to_thread(shelf.read)
        try:
            known = None if kept is None else self._read_manifest(kept, oldest_serial)
        except LightworkError:
            known = None  # whatever became of it on this disk, the host has another
        query = "" if known is None else f"?known={known.serial}"
        text = await self._transport.ask("GET", f"/manifest{query}", limit=limits.MANIFEST_BYTES)
        if known is not None and not text:
            return known
        manifest = self._read_manifest(text, oldest_serial)
        if shelf is not None:
            await asyncio.to_thread(shelf.write, text)
        return manifest

    def _read_manifest(self, text: bytes, oldest_serial: int) -> Manifest:
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

    async def state(self, known: ProjectState | None = None, wait: float = LONG_POLL_SECONDS) -> ProjectState:
        """How the project stands. With what is `known`, the host answers once there is news, or after `wait` seconds.

        The answer has what was known beside the news: `held_out` are all losses, `update` is the newest, if told.
        """
        query, patience = "", 0.0
        if known is not None:
            newest = known.held_out[-1].version if known.held_out else None
            losses = "" if newest is None else f"&loss={newest}"
            query = f"?known={known.revision}&wait={wait:g}&version={known.round.version}{losses}"
            patience = wait
        state = _decode(await self._transport.ask("GET", f"/state{query}", patience=patience), ProjectState)
        if state.project != self.link.project:
            raise LightworkError(Trouble.HOST_CONFUSED, "the state of another project")
        if not state.oldest_update <= state.checkpoint <= state.round.version:
            raise LightworkError(Trouble.HOST_CONFUSED, "its versions do not lead to one another")
        self._transport.learn_clock(state.clock)
        return state if known is None else _with_known(state, known)

    async def checkpoint(self, manifest: Manifest) -> Checkpoint:
        """The newest whole weights. Raises DOCUMENT_TAMPERED or FILE_PATH."""
        document = _decode(await self._transport.ask("GET", "/checkpoint"), SignedDocument)
        checkpoint = open_document(Kind.CHECKPOINT, document, manifest.host_key, Checkpoint)
        _same_project(checkpoint.project, manifest)
        for file in checkpoint.files:
            file.check()
        return checkpoint

    async def update(self, manifest: Manifest, base: int, document: SignedDocument | None = None) -> Update:
        """The step from version `base` to the next; with its document, if that is here already.

        Raises DOCUMENT_TAMPERED or FILE_PATH.
        """
        if document is None:
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
        part = await open_part(target, file)
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
        while part.size < file.length:
            # No more is asked for than may come: what a host has sent cannot be taken back.
            asked = min(file.length - part.size, await self._shaper.some())
            end = part.size + asked
            await self._fill_to(end, part, file, tell)
            if part.size < end:
                return

    async def _fill_to(self, end: int, part: PartFile, file: FileRef, tell: Progress) -> None:
        headers = {}
        if part.size or end < file.length:
            headers["Range"] = f"bytes={part.size}-" + (str(end - 1) if end < file.length else "")
        async with self._transport.answer("GET", f"/files/{file.sha256}", headers=headers) as response:
            if part.size and not _continues(response, part.size):
                await asyncio.to_thread(part.restart)
            if response.status == 416:
                return
            async with aclosing(self._transport.transferred(response)) as chunks:
                async for chunk in chunks:
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

    async def announce(self, contribution: Contribution, content: bytes = b"") -> UploadState:
        """Say what will be uploaded, or upload it at once if it is small; learn how much of it the host has now."""
        body = msgspec.json.encode(contribution) + (b"\n" + content if content else b"")
        answer = await self._transport.ask(
            "POST", "/contributions", body=body, signed=True, transfer=bool(content), patience=CLOSING_PATIENCE
        )
        return _same_upload(_decode(answer, UploadState), contribution)

    async def upload(self, contribution: Contribution, file: Path, progress: Progress | None = None) -> UploadState:
        """Announce and send a contribution, from where an earlier attempt ended, until the host has acknowledged it.

        `progress` is told how many bytes the host has. The answer's phase is never RECEIVING. What the host has lost or
        given up meanwhile is announced once more: it begins anew, or is refused by the reason's own name.
        """
        try:
            return await self._upload(contribution, file, progress or _nothing)
        except RefusedError as error:
            if error.refusal is not Refusal.NOT_FOUND:
                raise
        return await self._upload(contribution, file, progress or _nothing)

    async def _upload(self, contribution: Contribution, file: Path, tell: Progress) -> UploadState:
        first = b""
        if contribution.length <= min(limits.EAGER_BYTES, self._shaper.chunk(self._chunk_bytes)):
            first = await asyncio.to_thread(_read_chunk, file, 0, contribution.length)
        state = await self.announce(contribution, first)
        corrections, complete = _OFFSET_CORRECTIONS, None
        while state.phase is UploadPhase.RECEIVING:
            offset = state.offset
            tell(offset)
            chunk = await asyncio.to_thread(_read_chunk, file, offset, self._shaper.chunk(self._chunk_bytes))
            try:
                state = await self._send_chunk(contribution, offset, chunk)
            except RefusedError as error:
                if error.refusal is not Refusal.OFFSET_WRONG or error.offset is None or not corrections:
                    raise
                corrections -= 1
                state = msgspec.structs.replace(state, offset=min(error.offset, contribution.length))
                continue
            if state.phase is UploadPhase.RECEIVING and state.offset <= offset:
                complete = complete or time.monotonic()
                waits = state.offset == contribution.length and time.monotonic() - complete < _LONGEST_CLOSING
                if not waits:
                    raise LightworkError(Trouble.HOST_CONFUSED, f"the upload does not get beyond {offset}")
                await asyncio.sleep(_CLOSING_SECONDS)  # a round is being closed; it is acknowledged after that
        tell(contribution.length)
        return state

    async def _send_chunk(self, contribution: Contribution, offset: int, chunk: bytes) -> UploadState:
        path = f"/contributions/{contribution.digest}?offset={offset}"
        last = offset + len(chunk) == contribution.length
        patience = CLOSING_PATIENCE if last else 0.0
        answer = await self._transport.ask("PATCH", path, body=chunk, signed=True, transfer=True, patience=patience)
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


def _with_known(state: ProjectState, known: ProjectState) -> ProjectState:
    """What the host has not repeated is put back."""
    update = known.update if state.update is None and state.round.version == known.round.version else state.update
    held_out = (known.held_out + state.held_out)[-LOSSES_SHOWN:]
    return msgspec.structs.replace(state, held_out=held_out, update=update)


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
