"""Processes as this system tells of them: from /proc on Linux, which is the cheapest, else through psutil."""

import os
import sys
from contextlib import suppress

import psutil

from lightwork.activity.games.process import Process
from lightwork.activity.games.table import Reader

COMMAND_BYTES = 64 * 1024  # of a command line; a Java program's class path alone can be a third of it
ENDED = b"ZXx"  # states in proc(5): it has ended, and only its number is left
PARENT, START_TIME = 1, 19  # of the fields that follow the state's, counted from it


def system_reader() -> Reader:
    """The reader of this system."""
    return ProcReader() if sys.platform == "linux" else PsutilReader()


class ProcReader:
    """Reads the files of proc(5). Time is counted in clock ticks since the computer started."""

    def __init__(self, root: str | None = None) -> None:
        self._root = root or psutil.PROCFS_PATH  # type: ignore[attr-defined,unused-ignore]  # on Linux only
        self._newest = b""
        self._names: list[str] = []
        self._pids: set[int] = set()

    def pids(self) -> set[int]:
        """The processes that run now; those that have ended may be among them until another one begins.

        Listing is most of the cost of a look, so it is only done when a number has been given to a process or thread.
        """
        newest = self._newest_number()
        if not newest or newest != self._newest:
            names = os.listdir(self._root)  # noqa: PTH208  a tenth of the time
            if names != self._names:
                self._names = names
                self._pids = {int(name) for name in names if name.isdecimal()}
            self._newest = newest
        return self._pids

    def _newest_number(self) -> bytes:
        """The last field of proc_loadavg(5): the number that was given last."""
        with suppress(OSError):
            return self._bytes("loadavg", 200).rpartition(b" ")[2]
        return b""

    def read(self, pid: int) -> Process | None:
        """What it is; None if it has ended. What this user may not see is empty."""
        stat = self._stat(pid)
        if stat is None:
            return None
        name, fields = stat
        exe, command = "", b""
        with suppress(OSError):
            exe = os.readlink(f"{self._root}/{pid}/exe")  # noqa: PTH115
        with suppress(OSError):
            command = self._bytes(f"{pid}/cmdline", COMMAND_BYTES)
        args = tuple(os.fsdecode(part) for part in command.rstrip(b"\0").split(b"\0")) if command else ()
        return Process(os.fsdecode(name), exe, args, int(fields[PARENT]), float(fields[START_TIME]))

    def identity(self, pid: int) -> tuple[str, float] | None:
        """Its name and when it began; None if it has ended."""
        stat = self._stat(pid)
        return None if stat is None else (os.fsdecode(stat[0]), float(stat[1][START_TIME]))

    def _stat(self, pid: int) -> tuple[bytes, list[bytes]] | None:
        try:
            # The name stands in brackets and may itself hold brackets, spaces and newlines.
            start, _, end = self._bytes(f"{pid}/stat", 4096).rpartition(b")")
        except OSError:  # it has ended since it was listed
            return None
        fields = end.split()
        if len(fields) <= START_TIME or fields[0] in ENDED:
            return None
        return start.partition(b"(")[2], fields

    def _bytes(self, name: str, limit: int) -> bytes:
        file = os.open(f"{self._root}/{name}", os.O_RDONLY)
        try:
            return os.read(file, limit)
        finally:
            os.close(file)


class PsutilReader:
    """Reads through psutil. Time is counted in seconds since 1970, as the system's core keeps it."""

    def pids(self) -> set[int]:
        """The processes that run now."""
        return set(psutil.pids())

    def read(self, pid: int) -> Process | None:
        """What it is; None if it has ended. What this user may not see is empty."""
        name, exe, parent = "", "", 0
        args: tuple[str, ...] = ()
        try:
            process = psutil.Process(pid)
            created = process.create_time()
            with suppress(psutil.AccessDenied):
                name = process.name()
            with suppress(psutil.AccessDenied):
                exe = process.exe()
            with suppress(psutil.AccessDenied, OSError):
                args = tuple(process.cmdline())
            with suppress(psutil.AccessDenied):
                parent = process.ppid()
        except psutil.AccessDenied:  # the system's own, of which not even the start is told
            return Process(name)
        except (psutil.Error, OSError):  # ended, or ended and not yet taken notice of
            return None
        return Process(name, exe, args, parent, created)

    def identity(self, pid: int) -> tuple[str, float] | None:
        """Its name and when it began; None if it has ended."""
        try:
            process = psutil.Process(pid)
            # Windows has no ended processes in its list, and takes long to tell what state the others are in.
            ended = not psutil.WINDOWS and process.status() == psutil.STATUS_ZOMBIE
            if ended:
                return None
            name, created = "", process.create_time()
            with suppress(psutil.AccessDenied):
                name = process.name()
            return name, created
        except psutil.AccessDenied:
            return "", 0.0
        except (psutil.Error, OSError):
            return None
