"""Replacing a small file so that after a crash it is either the old one or the new one, whole."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lightwork.domain.errors import LightworkError, Trouble

# What systems say when a disk, or a person's share of it, is full.
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_WINDOWS_RETRIES = (0.01, 0.05, 0.2, 0.5)


@contextmanager
def told_when_full(path: Path) -> Iterator[None]:
    """Turn the system's word for a full disk into LightworkError(DISK_FULL), naming the file that was to be written."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise LightworkError(Trouble.DISK_FULL, f"{path.name} could not be written") from error
        raise


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`, readable by its owner alone, and wait until the disk has it.

    The new content is complete under a temporary name before it takes the place of the old, so that no
    reader and no crash ever meets half a file. A crash may leave `.NAME.*.part` behind, which nothing reads.

    Raises LightworkError(DISK_FULL), and OSError if the folder cannot be written for another reason; the old
    file stands unharmed in both cases.
    """
    import tempfile  # noqa: PLC0415  the window starts quicker without it

    with told_when_full(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            rename_over(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def finish_file(draft: Path, path: Path) -> None:
    """Make a draft that lies beside `path` the file: after a power cut there is either the old or the new one, whole.

    Raises DISK_FULL, or OSError; the draft is left then.
    """
    with told_when_full(path):
        sync_file(draft)
        rename_over(draft, path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the disk has the content of `path`. What is there already costs nothing the second time."""
    with path.open("rb+") as content:
        os.fsync(content.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder`: without it a power cut may undo a finished rename.

    Windows opens no folder for this; NTFS keeps names in its own journal.
    """
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # some network file systems cannot do this; there is nothing more to be done there
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
                raise
        finally:
            os.close(descriptor)


def rename_over(source: Path, target: Path) -> None:
    """Rename, with patience on Windows, where a file that another program is reading cannot be replaced."""
    if sys.platform == "win32":
        for pause in _WINDOWS_RETRIES:
            try:
                source.replace(target)
            except PermissionError:
                time.sleep(pause)
            else:
                return
    source.replace(target)
