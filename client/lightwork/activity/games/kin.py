"""Who started what: for each process, the nearest ancestors that decide whether it is a game."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lightwork.activity.games.judge import Mark, Role
from lightwork.activity.games.process import Process

DEEPEST = 200  # a real tree has some twenty levels; a loop in a broken one has no end


@dataclass(frozen=True, slots=True)
class Kin:
    """What a process has from its ancestors."""

    session: int = 0  # the nearest process that stands for a run of a game
    launcher: int = 0  # the nearest launcher
    top: int = 0  # the program that the launcher started
    cut_off: bool = False  # started by something that starts no games
    ours: bool = False  # Lightwork's own


STRANGER = Kin()


class Family:
    """Kin of the processes, each looked up once."""

    def __init__(self, processes: Mapping[int, Process], marks: Mapping[int, Mark], ours: int) -> None:
        self._processes = processes
        self._marks = marks
        self._ours = ours
        self._known: dict[int, Kin] = {}

    def of(self, pid: int) -> Kin:
        """Kin of a process in the table. A parent that is missing, or began after its child, is none."""
        known = self._known
        line: list[int] = []
        ancestor: int | None = pid
        while ancestor is not None and ancestor not in known and len(line) < DEEPEST:
            line.append(ancestor)
            ancestor = self._parent(ancestor)
            if ancestor in line:
                break
        kin = None if ancestor is None else known.get(ancestor)
        for child in reversed(line):
            kin = STRANGER if kin is None or ancestor is None else self._child_of(ancestor, kin, child)
            if child == self._ours:
                kin = replace(kin, ours=True)
            known[child] = kin
            ancestor = child
        return known[pid]

    def depth(self, pid: int) -> int:
        """How many ancestors it has."""
        depth = 0
        while depth < DEEPEST and (ancestor := self._parent(pid)) is not None:
            pid = ancestor
            depth += 1
        return depth

    def _parent(self, pid: int) -> int | None:
        process = self._processes[pid]
        parent = self._processes.get(process.parent)
        # Windows never tells a child that its parent has ended, and gives the number to another process.
        return None if parent is None or parent.created > process.created else process.parent

    def _child_of(self, parent: int, kin: Kin, child: int) -> Kin:
        role = self._marks[parent].role
        if role is Role.SESSION:
            return replace(kin, session=parent, launcher=0, top=0, cut_off=False)
        if role is Role.LAUNCHER:
            return replace(kin, launcher=parent, top=child, cut_off=False)
        if role in (Role.HELPER, Role.DESKTOP):
            return replace(kin, cut_off=True) if not kin.cut_off else kin
        if role is Role.WRAPPER and kin.top == parent:
            return replace(kin, top=child)
        return kin
