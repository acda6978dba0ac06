"""What one process is by itself: a game, what starts games, or neither. The tree is `recognise.py`'s business."""

from dataclasses import dataclass
from enum import Enum, auto

from lightwork.activity.games import names
from lightwork.activity.games.process import Process, is_windows_program, last_part, parts, program, stem
from lightwork.activity.games.steam import TOOL_APPS, Installed, installed


class Role(Enum):
    """What a process is to the recognition of games."""

    ORDINARY = auto()  # a game if something that starts games has started it
    GAME = auto()  # by its own name or place
    SESSION = auto()  # stands for one run of one game, whose processes are all below it
    LAUNCHER = auto()  # each program that it starts is a game
    WRAPPER = auto()  # never a game, but what it starts may be
    HELPER = auto()  # never a game, nor is what it starts
    DESKTOP = auto()  # the same; and it may outlive what has started it


@dataclass(frozen=True, slots=True)
class Mark:
    """The judgement. `title` and `game` say which game, as far as the process alone tells."""

    role: Role
    program: str  # path or name, as in `process.program`
    stem: str
    source: str = ""
    title: str = ""
    game: Installed | None = None
    app: int | None = None  # Steam's number of it
    starter: bool = False  # the game only while there is nothing else of it


@dataclass(frozen=True, slots=True)
class _Case:
    process: Process
    path: str
    name: str
    wine: bool

    def mark(self, role: Role, source: str = "", title: str = "", game: Installed | None = None) -> Mark:
        starter = bool(names.STARTER.search(self.name))
        return Mark(role, self.path, self.name, source, title, game, starter=starter)


def judge(process: Process, *, wine: bool) -> Mark:
    """Judge one process: the first rule that knows it decides. `wine` as for `process.program`."""
    path = program(process, wine=wine)
    case = _Case(process, path, stem(path), wine)
    return next((mark for rule in _RULES if (mark := rule(case)) is not None), case.mark(Role.ORDINARY))


def _helper(case: _Case) -> Mark | None:
    known = case.name in names.HELPERS or names.HELPER_NAME.search(case.name)
    return case.mark(Role.HELPER) if known else None


def _named_game(case: _Case) -> Mark | None:
    if case.name in names.GAMES:
        title, source = names.GAMES[case.name]
        return case.mark(Role.GAME, source, title, installed(case.path))
    if case.name in names.JAVA and _is_minecraft(case.process):
        return case.mark(Role.GAME, "Minecraft", "Minecraft")
    return None


def _launcher(case: _Case) -> Mark | None:
    source = names.LAUNCHERS.get(case.name) or _script_launcher(case.process)
    if not source and is_windows_program(case.path) and not (case.wine and _in_wine_system(case.path)):
        source = names.WINDOWS_LAUNCHERS.get(case.name, "")
    return case.mark(Role.LAUNCHER, source) if source else None


def _in_steam(case: _Case) -> Mark | None:
    game = installed(case.path)
    if game is None:
        return None
    if game.is_runtime:
        return case.mark(Role.WRAPPER)
    if game.is_tool or not names.HELPER_FOLDERS.isdisjoint(game.rest[:-1]):
        return case.mark(Role.HELPER)
    return case.mark(Role.GAME, "Steam", game.folder, game)


def _on_shelf(case: _Case) -> Mark | None:
    written = parts(case.path)
    lower = [part.lower() for part in written]
    for shelf in names.SHELVES:
        place = _after(lower, shelf.folders)
        if place is not None and not names.NO_GAME_FOLDER.fullmatch(lower[place]):
            if lower[place] in shelf.others:
                return case.mark(Role.LAUNCHER, shelf.source)
            return _game_or_helper(case, shelf.source, written[place], lower[place + 1 : -1])
    for i, part in enumerate(lower[1:-1], start=1):
        if names.EDITION.fullmatch(part):
            return _game_or_helper(case, "Battle.net", written[i - 1], lower[i:-1])
    return None if names.LAUNCHER_FOLDERS.isdisjoint(lower[:-1]) else case.mark(Role.HELPER)


def _after(path: list[str], folders: tuple[str, ...]) -> int | None:
    """The place in the path of the folder that follows the folders; the path's last part is a file."""
    ends = range(len(folders), len(path) - 1)
    return next((end for end in ends if tuple(path[end - len(folders) : end]) == folders), None)


def _game_or_helper(case: _Case, source: str, title: str, below: list[str]) -> Mark:
    helper = not names.HELPER_FOLDERS.isdisjoint(below)
    return case.mark(Role.HELPER) if helper else case.mark(Role.GAME, source, title)


def _in_wine(case: _Case) -> Mark | None:
    if not case.wine or case.path == case.process.exe or not is_windows_program(case.path):
        return None
    # A service is a wrapper, since Proton's steam.exe and Wine's explorer.exe and start.exe start the game.
    if case.name in names.WINE_SERVICES or _in_wine_system(case.path):
        return case.mark(Role.WRAPPER)
    return case.mark(Role.GAME, "Wine", last_part(case.path))


def _around(case: _Case) -> Mark | None:
    if case.name in names.WRAPPERS or names.PYTHON.fullmatch(case.name):
        return case.mark(Role.WRAPPER)
    return case.mark(Role.DESKTOP) if case.name in names.DESKTOP else None


def _session(case: _Case) -> Mark | None:
    """Steam's reaper, Lutris's wrapper and Heroic's runners: their command line tells of a game that runs."""
    process, path = case.process, case.path
    first = next(iter(process.args), "")
    if first.startswith("lutris-wrapper:"):  # how it titles itself, all in one argument
        return Mark(Role.SESSION, path, "lutris-wrapper", "Lutris", first.partition(":")[2].strip())
    heads = [stem(argument) for argument in process.args[:2]]
    if "reaper" in heads[:1] and "SteamLaunch" in process.args[1:2]:
        return _reaper(process.args, path)
    if "lutris-wrapper" in heads:
        title = process.args[heads.index("lutris-wrapper") + 1 :][:1]
        return Mark(Role.SESSION, path, "lutris-wrapper", "Lutris", "".join(title))
    if not names.HEROIC_RUNNERS.isdisjoint(heads) and "launch" in process.args:
        return Mark(Role.SESSION, path, stem(path), "Heroic")
    return None


def _reaper(args: tuple[str, ...], path: str) -> Mark:
    """`reaper SteamLaunch AppId=1245620 -- <what runs it> -- <the game's program> ...`."""
    end = args.index("--") if "--" in args else len(args)
    options = args[2:end]
    number = next((option.removeprefix("AppId=") for option in options if option.startswith("AppId=")), "")
    app = int(number) if number.isascii() and number.isdecimal() and len(number) < 20 else None
    # With Install=1 it runs the scripts that prepare a game, which may be long before anybody plays.
    if "Install=1" in options or app in TOOL_APPS:
        return Mark(Role.HELPER, path, "reaper")
    places = [place for place in map(installed, args[end:]) if place is not None]
    game = next((place for place in places if not place.is_runtime), None)
    if game is not None and game.is_tool:
        return Mark(Role.HELPER, path, "reaper")
    return Mark(Role.SESSION, path, "reaper", "Steam", game=game, app=app)


def _script_launcher(process: Process) -> str:
    """Bottles is a Python script: its name is the interpreter's first argument."""
    if len(process.args) < 2 or not names.PYTHON.match(stem(process.args[0]) + "3"):
        return ""
    script = stem(process.args[1])
    return names.LAUNCHERS[script] if script in {"bottles", "bottles-cli"} else ""


def _in_wine_system(path: str) -> bool:
    """Does it lie in the Windows folder that Wine makes, where Proton's steam.exe lies too?"""
    return len(found := parts(path.lower())) > 2 and found[0].endswith(":") and found[1] == "windows"


def _is_minecraft(process: Process) -> bool:
    arguments = [argument.lower() for argument in process.args[1:]]
    return not names.MINECRAFT_SERVERS.intersection(arguments) and any(
        argument.startswith(names.MINECRAFT_CLIENTS) for argument in arguments
    )


_RULES = (_session, _helper, _named_game, _launcher, _in_steam, _on_shelf, _in_wine, _around)
