"""The running programs from which a person picks the ones to pause for."""

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from lightwork.activity.games import names
from lightwork.activity.games.process import Process, last_part, parts, program, shown, stem
from lightwork.activity.games.readers import system_reader
from lightwork.activity.games.recognise import WINE

# Where the system keeps its own programs; all lower case, with "/" between the parts.
SYSTEM_PLACES = (
    "/usr/lib/", "/usr/libexec/", "/lib/", "/usr/sbin/", "/sbin/", "/usr/share/", "/lib/systemd/", "/nix/store/",
    "c:/windows/", "c:/program files/windowsapps/microsoftwindows.", "c:/program files/common files/",
    "/system/", "/usr/bin/login", "/library/apple/",
)  # fmt: skip
APPLICATIONS = (
    "/usr/lib/firefox", "/usr/lib/thunderbird", "/usr/lib/chromium", "/usr/lib/libreoffice", "/usr/share/code",
    "/system/applications/",
)  # fmt: skip
BACKGROUND = re.compile(
    r"""daemon | agent | portal
      | (?:^|[-_. ])(?:host|broker|session|server|service|monitor|applet|launch|bridge)$
      | ^(?:gsd|gvfs|xdg|ibus|fcitx|kde|ks)
      | ^(?:gnome-(?:session|keyring|shell)|plasma|kwin|kded|at-spi|dbus|polkit|xf|xapp)
      | ^x(?:org|wayland)$
      | ^(?:pipewire|pulseaudio|wireplumber|gcr-|ssh|gpg|tmux|screen|init|systemd|tracker-|evolution-\w+-)
      | \(sd-pam\)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class RunningProgram:
    """One line of the picker: what it is called, its file (the entry for the person's list), its processes."""

    name: str
    path: str
    count: int


def running_programs() -> list[RunningProgram]:
    """What of this user's programs a person would recognise, the newest first. Takes some tens of milliseconds."""
    reader = system_reader()
    processes = (reader.read(pid) for pid in reader.pids() if _is_mine(pid))
    return recognisable([process for process in processes if process is not None], wine=WINE)


def _is_mine(pid: int) -> bool:
    return _owner(pid) == _owner(os.getpid())


def _owner(pid: int) -> object:
    """Whose process it is. Windows tells the owner only of this user's own, and no number."""
    with suppress(psutil.Error, OSError, KeyError):
        process = psutil.Process(pid)
        if sys.platform == "win32":
            return process.username().lower()
        else:  # noqa: RET505  else mypy takes the other system's way for one that is never gone
            return process.uids().effective
    return None


def recognisable(processes: Iterable[Process], *, wine: bool) -> list[RunningProgram]:
    """Processes put together by program, without what works in the background, the newest first."""
    found: dict[str, tuple[float, str, int]] = {}
    for process in processes:
        path = program(process, wine=wine)
        if _is_seen(process, path):
            newest, first, count = found.get(path.lower(), (0.0, path, 0))
            found[path.lower()] = (max(newest, process.created), first, count + 1)
    ordered = sorted(found.values(), key=lambda entry: (-entry[0], entry[1]))
    return [RunningProgram(_name(path), path, count) for _, path, count in ordered]


def _is_seen(process: Process, path: str) -> bool:
    if len(parts(process.exe)) < 2:  # one of the system's core, or of which this user may not know the file
        return False
    name = stem(path)
    low = "/".join(parts(path.lower()))
    if low.startswith(SYSTEM_PLACES) and not low.startswith(APPLICATIONS):
        return False
    if name in names.HELPERS or names.HELPER_NAME.search(name) or BACKGROUND.search(name):
        return False
    return not (name in names.WRAPPERS or names.PYTHON.fullmatch(name) or name in names.WINE_SERVICES)


def _name(path: str) -> str:
    """An application's on macOS is its bundle's, elsewhere the file's."""
    bundle = next((part for part in parts(path) if part.lower().endswith(".app")), "")
    name = bundle[:-4] if bundle else last_part(path)
    return shown(name[:-4] if name.lower().endswith(".exe") else name)
