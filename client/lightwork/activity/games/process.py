"""One running program as the system describes it, and what a person would call it."""

import re
import unicodedata
from dataclasses import dataclass

NAME_LENGTH = 60  # characters of a program's name that a person is shown
UNNAMED = "a program without a name"

_SEPARATORS = re.compile(r"[/\\]+")
_WINDOWS_PATH = re.compile(r"[a-z]:[\\/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Process:
    """What recognition needs of one process. Text is empty where the system does not tell it."""

    name: str
    exe: str = ""
    args: tuple[str, ...] = ()
    parent: int = 0
    created: float = 0.0  # in the reader's own clock: only good for comparing processes with each other


def program(process: Process, *, wine: bool) -> str:
    """The path or name of what runs. Under Wine that is the Windows program, which stands in the command line.

    `wine`: this system is not Windows, where a Windows program is run by Wine.
    """
    if wine:
        for argument in process.args[: _loader_arguments(process)]:
            if is_windows_program(argument):
                return argument
    return process.exe.removesuffix(" (deleted)") or next(iter(process.args), "") or process.name


def _loader_arguments(process: Process) -> int:
    """How many arguments may name a Windows program: only Wine's loader, or what hides its own file, runs one."""
    loader = last_part(process.exe).lower()
    if loader.startswith("wine"):
        return 2 if last_part(next(iter(process.args), "")).lower().startswith("wine") else 1
    return 0 if process.exe else 1


def is_windows_program(text: str) -> bool:
    """Does it look like a Windows program's path or file name?"""
    return bool(_WINDOWS_PATH.match(text)) or text.lower().endswith(".exe")


def parts(path: str) -> list[str]:
    """The path's parts, split at either system's separator, as they are written."""
    return _SEPARATORS.split(path)


def last_part(path: str) -> str:
    """The file's name in a path of either system."""
    return parts(path)[-1]


def stem(path: str) -> str:
    """The file's name without .exe, lower case: how programs are compared."""
    return last_part(path).lower().removesuffix(".exe")


def shown(text: str) -> str:
    """Fit for a sentence: one line, no control, direction or other invisible characters, not too long."""
    visible = "".join(
        " " if c.isspace() else c for c in text[:2000] if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    line = " ".join(visible.split())
    if len(line) > NAME_LENGTH:
        line = line[: NAME_LENGTH - 1].rstrip() + "…"
    return line or UNNAMED
