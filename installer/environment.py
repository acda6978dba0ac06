"""The environment of a checkout: `.venv` with the packages, and the steps from nothing to ready.

The steps can be interrupted anywhere. The stamp tells how far they came: none (make it, or complete a foreign one),
without dependencies (install), with them (ready). It is taken back before a change and written when the change is
complete.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import checks
import children
import locking
import stamp
import wreckage
from pip_run import PipRun, tail
from problem import ProblemError
from progress import Progress
from python_version import OLDEST

WINDOWS = sys.platform == "win32"
PROBE = "import json, sys, sysconfig; print(json.dumps([*sys.version_info[:2], sysconfig.get_path('purelib')]))"


class Step(Enum):
    """What has to be done first."""

    MAKE = "make the environment"
    INSTALL = "install packages"
    READY = "nothing"


def next_step(found: stamp.Stamp | None, wanted: stamp.Stamp, *, usable: bool) -> Step:
    """Decide. `usable`: the environment's Python starts, is new enough, and its pip is whole."""
    if not usable or (found is not None and not found.same_ground(wanted)):
        return Step.MAKE
    if found is None or not found.serves(wanted):
        return Step.INSTALL  # without a stamp too: what somebody made by hand is completed, not thrown away
    return Step.READY


@dataclass(frozen=True)
class Probed:
    """What the environment's Python says of itself."""

    version: tuple[int, int]
    site_packages: Path


class Environment:
    """One checkout's `.venv`. Nothing is done until a method is called."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.programs = self.folder / ("Scripts" if WINDOWS else "bin")
        self.python = self.program("python")
        self.log = self.folder / "install.log"
        self._stamp = self.folder / "installed.json"
        self._lock = self.folder / "installer.lock"
        self._helper_lock = self.folder / "helper.lock"

    def program(self, name: str) -> Path:
        """Where the environment has a program."""
        return self.programs / (f"{name}.exe" if WINDOWS else name)

    def ready(self, extras: tuple[str, ...]) -> bool:
        """Is everything installed? Quick: no process is started when this Python's version is the environment's."""
        found = stamp.read(self._stamp)
        # os.path: a link into a folder that is not ours to look into is no error here, but a Python that is not there
        if found is None or not all(map(os.path.exists, (self.python, self.program("lightwork")))):
            return False
        if found.python != checks.VERSION:
            probed = self._probe()
            if probed is None or found.python != _text(probed.version):
                return False
        return found.serves(stamp.wanted(self.checkout, found.python, extras))

    @contextmanager
    def alone(self, progress: Progress) -> Iterator[None]:
        """Keep other installers out of this checkout, waiting for one that is at work. Raises OSError."""
        self.folder.mkdir(exist_ok=True)
        told = False

        def waiting(holder: str) -> None:
            nonlocal told
            if not told:
                told = True
                who = f"Another installer (process {holder})" if holder else "Another installer"
                progress.begin(f"{who} works in this folder; waiting for it")
            progress.show()

        with locking.held(self._lock, waiting) as waited:
            progress.clear()
            with locking.held(self._helper_lock):
                pass  # so the venv or pip of an installer that was killed has ended too
            with self.log.open("a" if waited else "w", encoding="utf-8") as log:
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} Python {sys.version.split()[0]}\n")
            yield

    def complete(self, extras: tuple[str, ...], progress: Progress, make_venv_command: str | None) -> None:
        """Make and install what is missing; call within `alone`. Raises ProblemError, OSError.

        `make_venv_command` installs Python's venv module on this system, for the sentence that says it is missing.
        """
        found = stamp.read(self._stamp)
        probed = self._usable()
        wanted = self._wanted(extras, found, probed)
        step = next_step(found, wanted, usable=probed is not None)
        once_complete = found is not None and bool(found.dependencies) and step is not Step.MAKE
        checks.require(checks.disk(self.checkout, already=checks.occupied(self.folder), complete=once_complete))
        if step is Step.MAKE:
            checks.require(checks.venv_module(make_venv_command))
            self._make(wanted, progress)
            probed = self._usable()
        if probed is None:
            raise ProblemError(f"The new environment does not start.\n{tail(self.log)}\nSee {self.log}.")
        self._install(wanted, probed.site_packages, progress)

    def _wanted(self, extras: tuple[str, ...], found: stamp.Stamp | None, probed: Probed | None) -> stamp.Stamp:
        """Extras that were installed stay wanted: `run` after `test` takes nothing away."""
        everything = {*extras, *(found.extras if found is not None else ())}
        version = checks.VERSION if probed is None else _text(probed.version)
        return stamp.wanted(self.checkout, version, tuple(everything))

    def _probe(self) -> Probed | None:
        try:
            said = subprocess.run([self.python, "-I", "-c", PROBE], capture_output=True, timeout=60, check=True).stdout
            major, minor, site_packages = json.loads(said)
        except (OSError, subprocess.SubprocessError, ValueError):
            return None
        return Probed((major, minor), Path(site_packages))

    def _usable(self) -> Probed | None:
        probed = self._probe()
        if probed is None or probed.version < OLDEST:
            return None
        pip = wreckage.packages(probed.site_packages).get("pip")
        return probed if pip is not None and wreckage.is_whole(pip) else None

    def _make(self, wanted: stamp.Stamp, progress: Progress) -> None:
        progress.begin("Making the environment .venv")
        self._stamp.unlink(missing_ok=True)
        kept = {self._lock, self._helper_lock, self.log}
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path not in kept:
                path.unlink()
        status, _ = children.run(
            children.guarded(_base_python(), self._helper_lock, "venv", str(self.folder)),
            log=self.log,
            folder=self.checkout,
            environment={},
            tick=progress.show,
        )
        if status != 0:
            raise ProblemError(f"Python could not make an environment.\n{tail(self.log)}\nAll of it is in {self.log}.")
        stamp.write(self._stamp, wanted.bare())
        progress.done()

    def _install(self, wanted: stamp.Stamp, site_packages: Path, progress: Progress) -> None:
        stamp.write(self._stamp, wanted.bare())
        again = wreckage.clear(site_packages)
        if again:
            progress.say(f"Half installed by an interrupted start, and so installed again: {', '.join(again)}")
        PipRun(
            command=children.guarded(self.python, self._helper_lock, "pip", "install", "-e"),
            requirement=f".[{','.join(wanted.extras)}]",
            checkout=self.checkout,
            downloads=self.folder / "downloads",
            site_packages=site_packages,
            log=self.log,
            progress=progress,
        ).run()
        if not self.program("lightwork").exists():
            raise ProblemError(f"pip succeeded, but made no program lightwork. See {self.log}.")
        stamp.write(self._stamp, wanted)


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _base_python() -> Path:
    """The Python that stays when .venv goes: this one may be .venv's own, started from an activated environment."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable)
