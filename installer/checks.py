"""What the installer needs of this computer, each checked by a function that tells what it found."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from problem import ProblemError
from progress import megabytes

PLATFORM: str = sys.platform
"""A plain str: mypy would take what is for other systems for unreachable."""
VERSION = "{}.{}".format(*sys.version_info[:2])
FIRST_BYTES = 2_500_000_000
"""Free space for a first installation: the packages (1.6 GB), their files while they are fetched, and pip's cache."""
UPDATE_BYTES = 500_000_000
"""Free space for another version of some packages."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    fine: bool
    text: str
    """What was found; where it is not fine, also what to do."""


def require(finding: Finding) -> None:
    """Raise ProblemError unless the finding is fine."""
    if not finding.fine:
        raise ProblemError(finding.text)


def python() -> Finding:
    """This Python; an older one never comes here."""
    return Finding("Python", True, f"{sys.version.split()[0]} at {sys.executable}")


def venv_module(
    install_command: str | None, find: Callable[[str], object | None] = importlib.util.find_spec
) -> Finding:
    """Python's means to make an environment, which Debian and its relatives keep in a package of its own."""
    missing = [name for name in ("venv", "ensurepip") if find(name) is None]
    if not missing:
        return Finding("venv", True, "Python can make environments")
    advice = install_command or "your system's package for it (often python3-venv), or Python from python.org"
    return Finding("venv", False, f"This Python comes without {' and '.join(missing)}. Install it: {advice}")


def disk(checkout: Path, *, already: int, complete: bool) -> Finding:
    """Free space beside the checkout, in bytes. `complete`: all was installed once, so only changes are to come."""
    free = shutil.disk_usage(checkout).free
    return enough(free, needed=UPDATE_BYTES if complete else max(UPDATE_BYTES, FIRST_BYTES - already))


def enough(free: int, *, needed: int) -> Finding:
    """Compare bytes."""
    if free >= needed:
        return Finding("disk", True, f"{megabytes(free)} free, {megabytes(needed)} needed")
    return Finding(
        "disk", False, f"Too little space: {megabytes(needed)} needed, {megabytes(free)} free on this folder's disk."
    )


def occupied(folder: Path) -> int:
    """Bytes in a folder and all below it; a file that vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118  quicker, for 25,000 files
            except OSError:
                continue
    return total


def writable(checkout: Path) -> Finding:
    """May the installer make its folder?"""
    nearest = checkout / ".venv" if (checkout / ".venv").exists() else checkout
    if os.access(nearest, os.W_OK | os.X_OK):
        return Finding("folder", True, f"{checkout} can be written to")
    return Finding("folder", False, f"{nearest} cannot be written to: it must belong to you.")


def has_display(platform: str, environ: Mapping[str, str]) -> bool:
    """Is there a screen to open a window on? Windows and macOS are taken to have one."""
    if platform in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def display(platform: str, environ: Mapping[str, str]) -> Finding:
    """Not having one is no fault: then the program works in the terminal."""
    found = "found" if has_display(platform, environ) else "none; `run` will contribute in the terminal"
    return Finding("display", True, found)
