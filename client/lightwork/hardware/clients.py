"""Linux: which processes have a graphics card open, and what its driver counts for them. For AMD and Intel."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lightwork.hardware.fdinfo import Client, busiest_engine, parse_client
from lightwork.hardware.users import ProcessUse

Number = TypeVar("Number", int, float)

PROC = Path("/proc")
FIND_SECONDS = 5.0
YOUNG_SECONDS = 30.0  # programs open the graphics card early in their lives
TURNS = 24  # older ones are looked through again in so many portions, one at each finding: all within two minutes


@dataclass(slots=True)
class _Known:
    """A client, the process that has it, where it is read, and its last reading."""

    process: int
    path: str
    at: float
    text: bytes
    client: Client
    load: float | None = None


class DrmClients:
    """Processes by what their open DRM files say. Those of other people, and of the system, are unseen without root.

    Looking through all open files of all processes costs tens of milliseconds, so it is spread: a process that is new
    is looked at every five seconds, an old one in its turn. Clients that were found are read at every poll.
    """

    def __init__(self, proc: Path = PROC, clock: Callable[[], float] = time.monotonic) -> None:
        self._proc = str(proc)
        self._clock = clock
        self._find_at = 0.0
        self._turn = 0
        self._begun = False
        self._first_seen: dict[int, float] = {}
        self._known: dict[tuple[str, int], _Known] = {}
        self._silent = False  # DRM files were seen, and the driver counts nothing for any

    def users(self, slot: str) -> list[ProcessUse] | None:
        """Processes on the card at this PCI address; None if its driver does not count. Loads are since the last call.

        Raises OSError if /proc cannot be listed.
        """
        if self._find_at <= self._clock():
            self._find()
        uses: dict[int, ProcessUse] = {}
        for key, known in list(self._known.items()):
            if key[0] == slot:
                if self._reread(known):
                    uses[known.process] = _added(uses.get(known.process), known)
                else:
                    # It closed this file, and may have opened another.
                    del self._known[key]
                    self._first_seen.pop(known.process, None)
        return None if self._silent and not uses else list(uses.values())

    def held_by(self, slot: str, process: int) -> int | None:
        """Bytes of the card that the process holds, looked up now; None if that cannot be told."""
        try:
            files = self._drm_files(process)
        except (FileNotFoundError, ProcessLookupError):
            return 0
        except OSError:
            return None
        clients = {(client.slot, client.number): client for path in files if (client := parse_client(_read(path)))}
        if files and not clients:
            return None
        sizes = [client.memory for client in clients.values() if client.slot == slot]
        return None if None in sizes else sum(size for size in sizes if size)

    def _find(self) -> None:
        now = self._clock()
        self._find_at = now + FIND_SECONDS
        self._turn = (self._turn + 1) % TURNS
        alive = sorted(int(name) for name in os.listdir(self._proc) if name.isdecimal())  # noqa: PTH208  quicker
        # Whatever runs at the first finding is old, and looked through once.
        everything, self._begun = not self._begun, True
        seen = {process: self._first_seen.get(process, now) for process in alive}
        looked = files_found = 0
        for process in alive:
            if everything or now - seen[process] < YOUNG_SECONDS or process % TURNS == self._turn:
                try:
                    files = self._drm_files(process)
                except OSError:  # another person's, or gone
                    continue
                files_found += len(files)
                looked += sum(self._learn(process, path, now) for path in files)
        self._first_seen = dict.fromkeys(alive, now - YOUNG_SECONDS) if everything else seen
        if files_found:
            self._silent = not looked

    def _learn(self, process: int, path: str, now: float) -> bool:
        text = _read(path)
        client = parse_client(text)
        if client is None:
            return False
        key = (client.slot, client.number)
        known = self._known.get(key)
        # A file that several processes share counts once: for the one that opened it, as a rule the oldest.
        if known is None or process < known.process:
            self._known[key] = _Known(process, path, now, text, client)
        return True

    def _drm_files(self, process: int) -> list[str]:
        folder = f"{self._proc}/{process}"
        found = []
        for name in os.listdir(f"{folder}/fd"):  # noqa: PTH208  quicker
            try:
                target = os.readlink(f"{folder}/fd/{name}")  # noqa: PTH115  quicker
            except OSError:  # closed meanwhile
                continue
            if target.startswith("/dev/dri/"):
                found.append(f"{folder}/fdinfo/{name}")
        return found

    def _reread(self, known: _Known) -> bool:
        now, text = self._clock(), _read(known.path)
        if text == known.text:  # most clients are at rest most of the time
            if now > known.at:
                known.at, known.load = now, 0.0
            return True
        client = parse_client(text)
        if client is None or client.number != known.client.number:
            return False
        if now > known.at:
            known.load = busiest_engine(known.client, client, (now - known.at) * 1e9)
            known.at, known.text, known.client = now, text, client
        return True


def _added(use: ProcessUse | None, known: _Known) -> ProcessUse:
    """A process' use with one more of its clients: memory adds up, and so do loads, at most to the whole."""
    use = use or ProcessUse(known.process)
    load = _sum(use.load, known.load)
    return ProcessUse(
        known.process,
        _sum(use.memory, known.client.memory),
        None if load is None else min(load, 1.0),
        use.graphics or known.client.draws,
    )


def _sum(one: Number | None, other: Number | None) -> Number | None:
    return one if other is None else other if one is None else one + other


def _read(path: str) -> bytes:
    """What a file says; nothing if it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 16384)
        finally:
            os.close(descriptor)
    except OSError:
        return b""
