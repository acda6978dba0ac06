"""The table of running processes, kept so that a look at it costs little when nothing has changed."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from lightwork.activity.games.process import Process

YOUNG_SECONDS = 10.0  # a new process is a copy of its parent until it has become the program that it starts
CHECKED_SHARE = 200  # one in so many old processes is checked at each look


class Reader(Protocol):
    """Where processes are read: this system's, or a recording."""

    def pids(self) -> set[int]:
        """The processes that run now. The very same set as the last time means that they are the same."""

    def read(self, pid: int) -> Process | None:
        """What it is; None if it has ended, also if it has ended and its parent has not yet taken notice."""

    def identity(self, pid: int) -> tuple[str, float] | None:
        """Its name and when it began, as in `Process`; None if it has ended in either way."""


class ProcessTable:
    """All processes by id. Only what is new, young or orphaned is read again.

    A number can pass to another process between two looks. Numbers that matter are checked at each look (`check`),
    the others in turn, so that such a change is found within minutes.
    """

    def __init__(self, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._known: dict[int, Process | None] = {}  # None: has ended, but its number is still in use
        self._young: dict[int, float] = {}  # until when it is read again
        self._pids: set[int] = set()
        self._turn: list[int] = []  # those still to be checked in this round
        self.processes: dict[int, Process] = {}

    def refresh(self) -> bool:
        """Look again. Tells whether anything has changed that could make a difference."""
        now = self._clock()
        pids = self._reader.pids()
        gone: set[int] = set()
        new: set[int] = set()
        if pids is not self._pids:  # else it would be the same comparison of hundreds of numbers again
            gone, new, self._pids = self._known.keys() - pids, pids - self._known.keys(), pids
        changed = False
        for pid in gone:
            changed |= self._put(pid, None)
            del self._known[pid]
            self._young.pop(pid, None)
        again = set(self._young)  # the last time once it is no longer young, however long ago the last look was
        self._young = {pid: until for pid, until in self._young.items() if until > now}
        if gone:
            # Its children have another parent now, and only the new one tells to which game they belong.
            again |= {pid for pid, process in self.processes.items() if process.parent in gone}
        self._young.update(dict.fromkeys(new, now + YOUNG_SECONDS))
        for pid in new | again:
            changed |= self._put(pid, self._reader.read(pid))
        return self.check(self._next_in_turn()) or changed

    def check(self, pids: Iterable[int]) -> bool:
        """Whether one of them has ended or is another process by now; if so the table is right again."""
        changed = False
        for pid in pids:
            process = self.processes.get(pid)
            # The moment tells of a number that has passed on, the name of a script that became the game it started.
            if process is not None and self._reader.identity(pid) != (process.name, process.created):
                changed |= self._put(pid, self._reader.read(pid))
        return changed

    def _next_in_turn(self) -> list[int]:
        if not self._turn:
            self._turn = list(self.processes)
        count = len(self.processes) // CHECKED_SHARE + 1
        taken, self._turn = self._turn[-count:], self._turn[:-count]
        return taken

    def _put(self, pid: int, process: Process | None) -> bool:
        before = self.processes.get(pid)
        self._known[pid] = process
        if process == before:
            return False
        if process is None:
            del self.processes[pid]
        else:
            self.processes[pid] = process
        return True
