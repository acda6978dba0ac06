"""Brings what is missing from the Linux system itself: installs it as root with apt, else says what to type."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import checks
import children
import system_libraries
from checks import PLATFORM
from progress import Progress
from system_libraries import Manager

QUIET_APT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def this_manager() -> Manager | None:
    """The package manager of this computer; None where there is none that we know."""
    if not PLATFORM.startswith("linux"):
        return None
    try:
        return system_libraries.manager(platform.freedesktop_os_release())
    except OSError:
        return None


def is_root() -> bool:
    """May this process install system packages?"""
    return sys.platform != "win32" and os.geteuid() == 0


def lacking_for_window(environ: Mapping[str, str]) -> list[str]:
    """Libraries that the window needs on this computer's screen and that are missing. Other systems bring theirs."""
    if not PLATFORM.startswith("linux"):
        return []
    return system_libraries.missing(system_libraries.for_screen(environ))


def lacking_for_tests() -> tuple[list[str], list[str]]:
    """Missing libraries without which no window can be tested, and those that only tests on a real X screen need."""
    if not PLATFORM.startswith("linux"):
        return [], []
    programs = [name for name in system_libraries.PROGRAMS if shutil.which(name) is None]
    return system_libraries.missing(system_libraries.BASE), [*system_libraries.missing(system_libraries.XCB), *programs]


def venv_command() -> str | None:
    """What to type to get Python's venv module; None where nothing can be said."""
    of = this_manager()
    wanted = system_libraries.venv_packages(of, checks.VERSION)
    return system_libraries.command(wanted, of, root=is_root()) if of is not None and wanted else None


def window_libraries(environ: Mapping[str, str]) -> checks.Finding:
    """Can a window open? Without a screen none has to, and nothing is looked for."""
    if not checks.has_display(PLATFORM, environ):
        return checks.Finding("Qt libraries", True, "not looked for: there is no display")
    lacking = lacking_for_window(environ)
    return checks.Finding("Qt libraries", not lacking, advice(lacking) if lacking else "all there")


def still(lacking: list[str]) -> list[str]:
    """Of the libraries that were missing, those that still are; programs are left out."""
    return system_libraries.missing(name for name in lacking if name not in system_libraries.PROGRAMS)


def lacking_venv() -> list[str]:
    """System packages for Python's venv module, if it is missing."""
    there = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    return [] if there else system_libraries.venv_packages(this_manager(), checks.VERSION)


def advice(lacking: list[str]) -> str:
    """Say what is missing and what to type."""
    of = this_manager()
    if of is None:
        return f"Missing on this system: {', '.join(lacking)}. Install the packages that hold them."
    line = system_libraries.command(system_libraries.packages(lacking, of), of, root=is_root())
    return f"Missing on this system: {', '.join(lacking)}. To install them, type:\n  {line}"


def names(lacking: list[str]) -> list[str]:
    """Package names for libraries and programs; empty where the manager is not known."""
    of = this_manager()
    return system_libraries.packages(lacking, of) if of is not None else []


def can_install() -> bool:
    """Are we root on a system with apt?"""
    return is_root() and this_manager() is Manager.APT and shutil.which("apt-get") is not None


def install(packages: list[str], *, log: Path, progress: Progress) -> bool:
    """Install with apt, as root; returns whether that succeeded. The lists are fetched first: new systems have none."""
    progress.begin(f"Installing {len(packages)} system packages ({', '.join(packages)})")
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        status, _ = children.run(
            ["apt-get", *arguments],
            log=log,
            folder=Path("/"),
            environment=QUIET_APT,
            tick=progress.show,
            may_be_killed=False,  # a killed dpkg leaves the system's packages half configured
        )
    progress.done("done" if status == 0 else "failed")
    importlib.invalidate_caches()  # the venv module may have come
    return status == 0
