"""One run of pip: its progress in one line, its output in the log, its failure in a sentence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import children
import pip_output
import wreckage
from problem import ProblemError
from progress import Progress, megabytes

TAIL_LINES = 15

SETTINGS = {
    "PYTHONUNBUFFERED": "1",
    "PIP_PROGRESS_BAR": "off",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_USER": "0",  # a person's wish for user installs contradicts an environment
    "NO_COLOR": "1",
}


@dataclass
class PipRun:
    """Installs one requirement. `command` comes before it; `downloads` is a folder for pip's temporary files.

    They lie beside the environment because /tmp is often a small disk in memory, and torch does not fit there.
    """

    command: list[str]
    requirement: str
    checkout: Path
    downloads: Path
    site_packages: Path
    log: Path
    progress: Progress
    reading: pip_output.Reading = field(default_factory=pip_output.Reading)
    installed: dict[str, int] = field(default_factory=dict)
    """Packages that are done: normalised name to bytes."""

    def run(self) -> None:
        """Run pip to the end. Raises ProblemError, OSError."""
        shutil.rmtree(self.downloads, ignore_errors=True)
        self.downloads.mkdir()
        self.progress.begin("Fetching packages")
        temporary = {name: str(self.downloads) for name in ("TMPDIR", "TEMP", "TMP")}
        try:
            status, lines = children.run(
                [*self.command, self.requirement],
                log=self.log,
                folder=self.checkout,
                environment={**SETTINGS, **temporary},
                line=self._line,
                tick=self._tick,
            )
        finally:
            shutil.rmtree(self.downloads, ignore_errors=True)
        self._tick()
        if status != 0:
            raise ProblemError(
                f"{tail(self.log)}\n\n{pip_output.reason(lines, status)}\nAll that pip said is in {self.log}."
            )
        self.progress.done(f"{len(self.installed)} packages, {megabytes(sum(self.installed.values()))}")

    def _line(self, line: str) -> None:
        knew = bool(self.reading.to_install)
        self.reading.feed(line)
        if self.reading.to_install and not knew:
            self.progress.done(f"{self.reading.found} packages, {megabytes(self._fetched())} over the network")
            self.progress.begin(f"Installing {len(self.reading.to_install)} packages")

    def _tick(self) -> None:
        if not self.reading.to_install:
            so_far = [f"{self.reading.found} so far"] if self.reading.found else []
            now = [f"now {self.reading.now}"] if self.reading.now else []
            self.progress.show(", ".join([*so_far, *now, f"{megabytes(self._fetched())} over the network"]))
            return
        self._count_installed()
        waiting = [name for name in self.reading.to_install if wreckage.normal(name) not in self.installed]
        counted = f"{len(self.installed)} of {len(self.reading.to_install)}"
        now = [f"now {waiting[0]}"] if waiting else []
        self.progress.show(", ".join([counted, *now, megabytes(sum(self.installed.values()))]))

    def _count_installed(self) -> None:
        """A package counts once pip has written its final list of files."""
        there = wreckage.packages(self.site_packages)
        for name in map(wreckage.normal, self.reading.to_install):
            if name in there and name not in self.installed:
                files = wreckage.recorded(there[name])
                if files is not None:
                    self.installed[name] = sum(size or 0 for size in files.values())

    def _fetched(self) -> int:
        """Bytes in pip's folder for downloads: it has one folder for each package. They vanish as it likes."""
        total = 0
        for file in self.downloads.glob("pip-unpack-*/*"):
            try:
                total += file.stat().st_size
            except OSError:
                continue
        return total


def tail(log: Path) -> str:
    """The end of the log, set off from the installer's own words."""
    lines = log.read_text("utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join(f"  | {line}" for line in lines)
