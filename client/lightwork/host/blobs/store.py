"""Blobs by key. What `put` has acknowledged survives a power cut.

Keys are relative paths with `/`. `files/SHA256` holds what volunteers may fetch.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from lightwork.disk.durable import told_when_full
from lightwork.host.blobs.local import LocalWriter

READ_BYTES = 1 << 20  # a piece of a stream
_MULTIPART_BYTES = 8 << 20
_MISSING = (NotFoundError, FileNotFoundError)  # remote stores raise the one, the local store the other


def file_key(sha256: str) -> str:
    """The key of a file that volunteers may fetch."""
    return f"files/{sha256}"


class Reading:
    """A blob that a worker thread reads from front to back. Raises FileNotFoundError if there is none."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key
        try:
            self.length = int(obstore.head(store, key)["size"])
        except _MISSING:
            raise FileNotFoundError(key) from None
        self.left = self.length

    def read(self, size: int) -> memoryview:
        """The next `size` bytes, or what is left. Raises FileNotFoundError if the blob has gone."""
        start = self.length - self.left
        size = min(size, self.left)
        if not size:
            return memoryview(b"")
        try:
            content = memoryview(obstore.get_range(self._store, self._key, start=start, length=size))
        except _MISSING:
            raise FileNotFoundError(self._key) from None
        self.left -= size
        return content


class Blobs:
    """A store. Faults of a remote one raise obstore's errors; a full local disk raises DISK_FULL."""

    def __init__(self, store: ObjectStore, local: LocalWriter | None = None) -> None:
        self._store = store
        self._local = local

    @classmethod
    def open(cls, url: str) -> "Blobs":
        """The store at a URL: `file:///folder` (made if need be), `memory:///`, `s3://bucket/path`, ..."""
        parts = urlsplit(url)
        if parts.scheme != "file":
            return cls(from_url(url))
        folder = Path(url2pathname(parts.path))
        local = LocalWriter(folder)
        return cls(LocalStore(folder), local)

    async def put(self, key: str, content: bytes | memoryview) -> None:
        """Store `content`, in place of what the key held, if it held anything: all of it or, after a crash, nothing."""
        if self._local is not None:
            await asyncio.to_thread(self._local.write, key, content)
        else:
            await obstore.put_async(self._store, key, bytes(content))

    async def put_file(self, key: str, path: Path) -> None:
        """Store a local file's content, as `put` does; in pieces, so that it need not fit into memory."""
        if self._local is not None:
            await asyncio.to_thread(self._local.copy, key, path)
        else:
            await obstore.put_async(self._store, key, path, chunk_size=_MULTIPART_BYTES)

    async def put_pieces(self, key: str, pieces: Iterable[bytes | memoryview], scratch: Path) -> None:
        """Store the pieces one behind the other, as `put` does; see `writing`."""

        def write() -> None:
            with self.writing(key, scratch) as file:
                file.writelines(pieces)

        await asyncio.to_thread(write)

    @contextmanager
    def writing(self, key: str, scratch: Path) -> Iterator[BinaryIO]:
        """A file that becomes the blob, as `put` makes it, when the block ends; not at all if it raises.

        For worker threads. What is on its way to a remote store is kept in the folder `scratch`.
        """
        if self._local is not None:
            with self._local.writing(key) as file:
                yield file
            return
        with told_when_full(scratch), tempfile.TemporaryFile(dir=scratch) as draft:
            yield draft
            draft.seek(0)
            obstore.put(self._store, key, draft, chunk_size=_MULTIPART_BYTES)

    def reading(self, key: str) -> Reading:
        """A blob to be read piece by piece in a worker thread. Raises FileNotFoundError."""
        return Reading(self._store, key)

    async def add_file(self, path: Path) -> tuple[str, int]:
        """Store a local file for volunteers under its digest: (SHA-256, length). What is there already stays."""
        sha256, length = await self.digest(path)
        if await self.length(file_key(sha256)) != length:
            await self.put_file(file_key(sha256), path)
        elif self._local is not None:
            await asyncio.to_thread(self._local.settle, file_key(sha256))
        return sha256, length

    async def digest(self, path: Path) -> tuple[str, int]:
        """SHA-256 and length of a local file."""
        return await asyncio.to_thread(_digest, path)

    async def length(self, key: str) -> int | None:
        """Bytes under the key; None if there are none."""
        try:
            found = await obstore.head_async(self._store, key)
        except _MISSING:
            return None
        return int(found["size"])

    async def get(self, key: str) -> bytes | None:
        """All bytes under the key; None if there are none."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except _MISSING:
            return None

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in pieces of READ_BYTES at most.

        Raises FileNotFoundError.
        """
        for place in range(start, end, READ_BYTES):
            try:
                piece = await obstore.get_range_async(self._store, key, start=place, end=min(place + READ_BYTES, end))
            except _MISSING:
                raise FileNotFoundError(key) from None
            yield bytes(piece)

    async def keys(self, prefix: str) -> list[str]:
        """All keys below a prefix, which is a whole part of a path, such as `parts/ACCOUNT`."""
        found: list[str] = []
        async for page in obstore.list(self._store, prefix):
            found += [str(item["path"]) for item in page]
        return found

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete blobs; those that are not there are passed over."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except _MISSING:
                continue

    async def delete_below(self, folder: str) -> None:
        """Delete all blobs whose keys begin with `folder` and a slash; on a disk the folder itself goes, too."""
        await self.delete(await self.keys(folder))
        if self._local is not None:
            await asyncio.to_thread(self._local.forget_folder, folder)

    async def fetch(self, key: str, path: Path, length: int) -> None:
        """Copy a blob to a local file, whole or not at all, without waiting for the disk. Raises FileNotFoundError."""
        part = path.with_name(path.name + ".part")
        with part.open("wb") as out:
            async for piece in self.read(key, 0, length):
                out.write(piece)
        part.replace(path)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        return digest.hexdigest(), source.tell()
