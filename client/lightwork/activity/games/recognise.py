"""The games among the running processes: pure rules over one picture of all processes."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lightwork.activity.games.judge import Mark, Role, judge
from lightwork.activity.games.kin import Family
from lightwork.activity.games.names import JAVA, SYSTEM_FOLDERS
from lightwork.activity.games.process import Process, last_part, parts, shown, stem
from lightwork.activity.games.steam import FIRST_SHORTCUT, Titles, folder_title
from lightwork.activity.readings import Program

WINE = sys.platform != "win32"  # a Windows program can only be run by Wine here

STARTING = (Role.SESSION, Role.LAUNCHER)


@dataclass(slots=True)
class Found:
    """The processes of one game."""

    source: str
    session: int = 0  # the process that stands for it, if there is one
    candidates: list[int] = field(default_factory=list)  # of which the game is one
    other: bool = False  # a browser or the like has been started from it
    vetoed: bool = False


class Names:
    """A person's list: names of programs (the file's, .exe or not), or full paths. Case does not matter."""

    def __init__(self, entries: Iterable[str]) -> None:
        entries = [entry.strip() for entry in entries]
        paths = [entry for entry in entries if len(parts(entry)) > 1]
        self._names = {stem(entry) for entry in entries if entry and entry not in paths}
        self._paths = {_comparable(path) for path in paths}

    def hold(self, process: Process, mark: Mark) -> bool:
        """Is the process meant? A name means the program's own file, and what Wine runs, not its loader."""
        if mark.stem in self._names:
            return True
        return bool(self._paths) and not self._paths.isdisjoint({_comparable(mark.program), _comparable(process.exe)})

    def title(self, title: str) -> bool:
        """Is the game of this title meant? The person may have typed what was shown."""
        return title.strip().lower() in self._names


def _comparable(path: str) -> str:
    return "/".join(parts(path.lower()))


class Recogniser:
    """`recognise`, with the judgements remembered: a process is judged once, however often the table is looked at."""

    def __init__(self, *, ours: int | None = None, wine: bool = WINE, titles: Titles = folder_title) -> None:
        self._ours = os.getpid() if ours is None else ours
        self._wine = wine
        self._titles = titles
        self._judged: dict[int, tuple[Process, Mark]] = {}

    def games(
        self, processes: Mapping[int, Process], own: Sequence[str], exceptions: Sequence[str]
    ) -> tuple[Program, ...]:
        """The games that run, each once, in the order of their names."""
        marks = self._marks(processes)
        family = Family(processes, marks, self._ours)
        never = Names(exceptions)
        games: dict[tuple[str, str], Found] = {}
        for found in _group(processes, marks, family, Names(own), never):
            if found.candidates or _is_awaited(found, marks):
                found.candidates.sort(key=lambda pid: _rank(pid, processes, marks, family))
                name = shown(self._title(found, marks))
                game = games.setdefault((name, found.source), found)
                if game is not found:  # one that left its starter's tree, or was started twice
                    game.candidates += found.candidates
                    game.vetoed |= found.vetoed
        return tuple(
            Program(
                name=name,
                source=source,
                process=min(
                    game.candidates, key=lambda pid: _rank(pid, processes, marks, family), default=game.session
                ),
            )
            for (name, source), game in sorted(games.items(), key=lambda entry: entry[0])
            if not game.vetoed and not never.title(name)
        )

    def _marks(self, processes: Mapping[int, Process]) -> dict[int, Mark]:
        before, self._judged = self._judged, {}
        marks = {}
        for pid, process in processes.items():
            judged = before.get(pid)
            if judged is None or judged[0] is not process:
                judged = (process, judge(process, wine=self._wine))
            self._judged[pid] = judged
            marks[pid] = judged[1]
        return marks

    def _title(self, found: Found, marks: Mapping[int, Mark]) -> str:
        session = marks.get(found.session) if found.session else None
        ranked = [marks[pid] for pid in found.candidates]
        if session is not None and session.title:
            return session.title
        if found.source == "Steam":
            app = None if session is None else _real(session.app)
            places = [mark.game for mark in ([] if session is None else [session]) + ranked if mark.game is not None]
            if places:
                return self._titles(places[0], app)
        if not ranked:
            return folder_title(None, None if session is None else session.app)
        told = next((mark.title for mark in ranked if mark.title), "") if found.source else ""
        file = last_part(ranked[0].program)
        return told or (file[:-4] if file.lower().endswith(".exe") else file)


def recognise(
    processes: Mapping[int, Process],
    own: Sequence[str] = (),
    exceptions: Sequence[str] = (),
    *,
    ours: int | None = None,
    wine: bool = WINE,
    titles: Titles = folder_title,
) -> tuple[Program, ...]:
    """The games among the processes, each once, in the order of their names.

    `own` and `exceptions` are as `Names` takes them; an exception wins over everything. `ours` is the process that,
    with all that it has started, is never a game: this one unless told. `wine` as for `process.program`.
    """
    return Recogniser(ours=ours, wine=wine, titles=titles).games(processes, own, exceptions)


def _group(
    processes: Mapping[int, Process], marks: Mapping[int, Mark], family: Family, own: Names, never: Names
) -> list[Found]:
    groups: dict[tuple[str, object], Found] = {}
    for pid, mark in marks.items():
        if mark.role is Role.SESSION and not family.of(pid).ours:
            groups["session", pid] = Found(mark.source, session=pid)
    # Most programs are ordinary: without anything that starts games they need no look at their ancestors.
    started = (Role.ORDINARY, Role.DESKTOP) if any(mark.role in STARTING for mark in marks.values()) else ()
    for pid, mark in marks.items():
        if mark.role is not Role.GAME and mark.role not in started and not own.hold(processes[pid], mark):
            continue
        kin = family.of(pid)
        if kin.ours:
            continue
        key, source = _belongs(pid, mark, processes, marks, family)
        if key is None:
            if mark.role is Role.DESKTOP and kin.session:
                groups["session", kin.session].other = True
            if not own.hold(processes[pid], mark):
                continue
            key, source = ("own", mark.stem), ""
        group = groups.setdefault(key, Found(source))
        group.candidates.append(pid)
        group.vetoed |= never.hold(processes[pid], mark)
    return list(groups.values())


def _belongs(
    pid: int, mark: Mark, processes: Mapping[int, Process], marks: Mapping[int, Mark], family: Family
) -> tuple[tuple[str, object] | None, str]:
    """The game to which a process belongs, as a key, and who says so; no key if it belongs to none."""
    if mark.role not in (Role.GAME, Role.ORDINARY):
        return None, ""
    kin = family.of(pid)
    if kin.session and not kin.cut_off:
        return ("session", kin.session), marks[kin.session].source
    started = bool(kin.launcher) and not kin.cut_off
    if mark.role is Role.ORDINARY:
        if not started or _is_launchers_tool(mark, marks[kin.launcher]):
            return None, ""
        return ("started", kin.top), marks[kin.launcher].source
    if started and mark.source in ("Wine", marks[kin.launcher].source):
        return ("started", kin.top), marks[kin.launcher].source
    place = mark.title if mark.game is None else f"{mark.game.library}/{mark.game.folder}"
    return (mark.source, place.lower()), mark.source


def _is_launchers_tool(mark: Mark, launcher: Mark) -> bool:
    """Is it a program of the launcher's own, in its folder or below, or one of the system's, or a look at a Java?"""
    path = parts(mark.program.lower())
    folder = parts(launcher.program.lower())[:-1]
    in_system = len(path) > 2 and (not path[0] or path[0].endswith(":")) and path[1] in SYSTEM_FOLDERS
    return in_system or mark.stem in JAVA or (len(folder) > 1 and path[: len(folder)] == folder)


def _is_awaited(found: Found, marks: Mapping[int, Mark]) -> bool:
    """Does a run of a game count of which no process is seen?

    Steam's does, since it begins before any process can be seen in its container. But Steam also waits for a browser
    that a game has opened, and a shortcut may have started anything.
    """
    session = marks[found.session]
    return session.source == "Steam" and not found.other and _real(session.app) is not None


def _rank(
    pid: int, processes: Mapping[int, Process], marks: Mapping[int, Mark], family: Family
) -> tuple[bool, bool, int, float, int]:
    """The smaller, the more it is the game: not its starter, surely a game, nearest to the root of the tree."""
    mark = marks[pid]
    return (mark.starter, mark.role is not Role.GAME, family.depth(pid), processes[pid].created, pid)


def _real(app: int | None) -> int | None:
    return app if app is not None and app < FIRST_SHORTCUT else None
