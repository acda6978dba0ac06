"""Steam's folders and little text files: which game a path belongs to, and what that game is called."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lightwork.activity.games.process import parts

# An app id from this one on is a shortcut that the person made: it may be any program.
FIRST_SHORTCUT = 2**31

# Programs on Steam that run beside other work and are no games: they may run all day, as Wallpaper Engine does. Where
# one of them wants the graphics card for itself, its load on it tells so.
TOOL_APPS = frozenset(
    {
        228980,  # Steamworks Common Redistributables
        250820,  # SteamVR
        280680,  # Krita
        365670,  # Blender
        404790,  # Godot Engine
        431730,  # Aseprite
        431960,  # Wallpaper Engine
        629520,  # Soundpad
        993090,  # Lossless Scaling
        1905180,  # OBS Studio
    }
)
TOOL_FOLDERS = frozenset(
    {
        "steamworks shared", "steam controller configs", "steamvr", "krita", "blender", "godot engine", "aseprite",
        "wallpaper_engine", "soundpad", "lossless scaling", "obs studio",
    }
)  # fmt: skip
# What runs games: Proton in its editions, and the containers. Not "Proton Pulse", which is a game.
RUNTIME_FOLDER = re.compile(
    r"proton(?: - .*| \d.*| hotfix| next| experimental| battleye runtime| easyanticheat runtime)?"
    r"|steamlinuxruntime.*|steam linux runtime.*"
)
MANIFEST_BYTES = 256 * 1024  # the largest are some 20 kB
MANY_TITLES = 256

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|[^\s"{}]+', re.DOTALL)
_LIBRARY = re.compile(r'"path"\s+"((?:[^"\\]|\\.)*)"')
_WINE_ROOT = re.compile(r"z:(?=[\\/])", re.IGNORECASE)  # Wine shows the whole system as drive Z


@dataclass(frozen=True, slots=True)
class Installed:
    """A game's folder in a library: .../steamapps/common/<folder>/<rest>."""

    library: str  # the path up to and with "steamapps"
    folder: str
    rest: tuple[str, ...]  # what follows in the path, lower case

    @property
    def is_runtime(self) -> bool:
        """Does it run games, and is none itself?"""
        return bool(RUNTIME_FOLDER.fullmatch(self.folder.lower()))

    @property
    def is_tool(self) -> bool:
        """Is it none of the games on Steam?"""
        return self.folder.lower() in TOOL_FOLDERS


Titles = Callable[[Installed, int | None], str]
"""What the game in a folder is called; the number is its app id if that is known."""


def installed(path: str) -> Installed | None:
    """Where in a Steam library the path lies, in either system's writing; None if it lies in none."""
    if "steamapps" not in path.lower():
        return None
    every = parts(_WINE_ROOT.sub("", path))
    lower = [part.lower() for part in every]
    for i in range(len(every) - 3):
        if lower[i] == "steamapps" and lower[i + 1] == "common" and every[i + 2]:
            return Installed("/".join(every[: i + 1]), every[i + 2], tuple(lower[i + 3 :]))
    return None


def folder_title(game: Installed | None, app: int | None) -> str:
    """The name when there are no manifests to look into: the folder's."""
    return game.folder if game is not None else f"Steam app {app}"


class ManifestTitles:
    """Names out of the library's manifests, remembered: the same few games are asked for again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int | None], str] = {}

    def __call__(self, game: Installed, app: int | None) -> str:
        """The game's name, or its folder's if no manifest tells it. Never raises."""
        key = (game.library, game.folder, app)
        if key not in self._known:
            if len(self._known) >= MANY_TITLES:
                self._known.clear()
            self._known[key] = _title(game, app) or game.folder
        return self._known[key]


def _title(game: Installed, app: int | None) -> str:
    library = Path(game.library)
    if app is not None:
        return app_name(library, app)
    try:
        manifests = sorted(library.glob("appmanifest_*.acf"))
    except OSError:
        return ""
    for manifest in manifests:
        state = app_state(manifest)
        if state.get("installdir", "").lower() == game.folder.lower():
            return state.get("name", "")
    return ""


def app_name(library: Path, app: int) -> str:
    """The name in the manifest of the app; empty if there is none."""
    return app_state(library / f"appmanifest_{app}.acf").get("name", "")


def app_state(manifest: Path) -> dict[str, str]:
    """The text values directly in the manifest's AppState. Empty if it cannot be read; garbage ends the reading."""
    try:
        with manifest.open("rb") as file:
            text = file.read(MANIFEST_BYTES).decode(errors="replace")
    except (OSError, ValueError):  # ValueError: a name with a zero byte
        return {}
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Keys and texts at the first level of Valve's format: "AppState" { "key" "text" "key" { ... } }."""
    depth = 0
    key: str | None = None
    for token in _TOKEN.finditer(text):
        quoted, brace = token.group(1), token.group(2)
        if brace is not None:
            depth += 1 if brace == "{" else -1
            key = None
            if depth <= 0:
                return
        elif depth == 1 and quoted is not None:
            if key is None:
                key = quoted.lower()
            else:
                yield key, _unescaped(quoted)
                key = None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def libraries(steam: Path) -> list[Path]:
    """The steamapps folders of a Steam: its own, and those that its libraryfolders.vdf names."""
    folders = [steam / "steamapps"]
    try:
        with (folders[0] / "libraryfolders.vdf").open("rb") as file:
            text = file.read(MANIFEST_BYTES).decode(errors="replace")
    except OSError:
        return folders
    named = [Path(_unescaped(path)) / "steamapps" for path in _LIBRARY.findall(text)]
    return folders + [folder for folder in named if folder not in folders]
