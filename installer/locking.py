"""A lock between processes. The system drops it when its holder dies, however that happens."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        # A byte far behind the text: Windows forbids others to read a locked byte, and they read the holder's number.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
POLL_SECONDS = 0.2


@contextmanager
def held(path: Path, waiting: Callable[[str], None] = lambda holder: None) -> Iterator[bool]:
    """Hold the lock; yields whether another process had it first.

    While another process holds it, calls `waiting` with that process's number (text, empty if not known) every 0.2 s.
    Raises OSError when the file cannot be made or its file system knows no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        waited = False
        while not _taken(descriptor):
            waited = True
            waiting(_holder(path))
            time.sleep(POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
        yield waited
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        _try(descriptor)
    except OSError as error:
        if error.errno in BUSY:
            return False
        raise
    return True


def _holder(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
