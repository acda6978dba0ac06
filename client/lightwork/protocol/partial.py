"""A file that is being downloaded: `NAME.part` until all of it is there and right, then NAME, whole.

Blocking, but for `open_part`; the caller runs these in a thread.
"""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from lightwork.disk.durable import FULL, rename_over, sync_folder, told_when_full
from lightwork.protocol.manifest import FileRef

_PIECE = 1 << 20


def is_there(target: Path, file: FileRef) -> bool:
    """True if `target` holds just the bytes that the reference promises."""
    try:
        with target.open("rb") as source:
            return os.fstat(source.fileno()).st_size == file.length and _digest(source).hexdigest() == file.sha256
    except OSError:
        return False


class PartFile:
    """The part that has arrived. Whoever opens one closes it, whatever happens; the part stays for the next attempt."""

    def __init__(self, target: Path, file: FileRef) -> None:
        """Open what an earlier attempt left, or begin anew. Raises DISK_FULL, or OSError for an unwritable folder."""
        self._target = target
        self._file = file
        self._path = target.with_name(target.name + ".part")
        with told_when_full(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._out = self._path.open("a+b")
            self._out.seek(0)
            self._hash = _digest(self._out)
            self.size = self._out.tell()
            self.resumed = self.size > 0
            if self.size > file.length:
                self.restart()

    def restart(self) -> None:
        """Forget what has arrived."""
        self._out.seek(0)
        self._out.truncate()
        self._hash = hashlib.sha256()
        self.size = 0
        self.resumed = False

    def write(self, chunk: bytes) -> None:
        """Append. What was written before a DISK_FULL stays, and is used once there is space."""
        with told_when_full(self._target):
            self._out.write(chunk)
            self._out.flush()
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def right(self) -> bool:
        """True once length and digest are those of the reference."""
        return self.size == self._file.length and self._hash.hexdigest() == self._file.sha256

    def finish(self) -> None:
        """Make the target appear, whole and on the disk."""
        with told_when_full(self._target):
            os.fsync(self._out.fileno())
            self._out.close()
            rename_over(self._path, self._target)
        sync_folder(self._target.parent)

    def discard(self) -> None:
        """Delete the part: it can never become the file."""
        self._out.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go; the part stays."""
        # Closing flushes again what a full disk did not take; that was reported already.
        try:
            self._out.close()
        except OSError as error:
            if error.errno not in FULL:
                raise


async def open_part(target: Path, file: FileRef) -> PartFile:
    """A part, opened in a thread. If nobody waits for it any more when it is open, it is closed again."""
    opening = asyncio.ensure_future(asyncio.to_thread(PartFile, target, file))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_again)
        raise


def _close_again(opening: "asyncio.Future[PartFile]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _digest(source: BinaryIO) -> "hashlib._Hash":
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
    return digest
