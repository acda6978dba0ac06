"""Writing local blobs so that they survive a power cut: obstore's own local store does not wait for the disk.

A blob is complete, and on the disk, under a temporary name before it takes its own. Reading is left to obstore.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lightwork.disk.durable import rename_over, sync_folder, told_when_full

_COPY_BYTES = 1 << 20


class LocalWriter:
    """Writes below one folder. What a crash left unfinished lies in `.unfinished` and goes when it is next opened."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unfinished = root / ".unfinished"
        _make_folder(root)
        shutil.rmtree(self._unfinished, ignore_errors=True)
        _make_folder(self._unfinished)

    def write(self, key: str, content: bytes | memoryview) -> None:
        """Put `content` under the key. Raises DISK_FULL; the old content stands then."""
        with self.writing(key) as file:
            self._fill(file, content)

    def copy(self, key: str, source: Path) -> None:
        """Put a file's content under the key. Raises DISK_FULL; the old content stands then."""
        with source.open("rb") as content, self.writing(key) as file:
            shutil.copyfileobj(content, file, _COPY_BYTES)

    @contextmanager
    def writing(self, key: str) -> Iterator[BinaryIO]:
        """A file that becomes the blob when the block ends. Raises DISK_FULL; the old content stands if it raises."""
        target = self._root / key
        with told_when_full(target):
            _make_folder(target.parent)
            descriptor, name = tempfile.mkstemp(dir=self._unfinished)
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                rename_over(temporary, target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            sync_folder(target.parent)

    def settle(self, key: str) -> None:
        """Wait until the disk has the name of a blob that is there: the process that wrote it may have been killed."""
        sync_folder((self._root / key).parent)

    def forget_folder(self, folder: str) -> None:
        """Delete a folder that has become empty, or was never there: one a contribution would add up."""
        with suppress(OSError):
            (self._root / folder).rmdir()

    def _fill(self, file: BinaryIO, content: bytes | memoryview) -> None:
        file.write(content)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, and wait until the disk has their names."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)
