"""The checks of `python3 installer test`, one after the other; pytest last, so that its summary ends the output."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_WORKERS = 2


@dataclass(frozen=True)
class Check:
    """A command with a name."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def all_checks(checkout: Path, python: Path, programs: Path, rest: Sequence[str]) -> list[Check]:
    """List the checks in their order. `rest` are the person's arguments for pytest."""
    sources = sorted(str(path.relative_to(checkout)) for path in (checkout / "installer").glob("*.py"))
    run = [str(python), "-m"]
    return [
        Check("ruff check", [*run, "ruff", "check", "."]),
        Check("ruff format", [*run, "ruff", "format", "--check", "."]),
        Check("mypy", [*run, "mypy"]),
        Check(
            "mypy of the installer",
            [*run, "mypy", "--python-version", "3.11", *sources],
            {"MYPYPATH": "installer"},  # its modules import each other by bare names
        ),
        Check("import contracts", [str(programs / "lint-imports")]),
        Check("pytest", [*run, "pytest", *pytest_arguments(rest)]),
    ]


def pytest_arguments(rest: Sequence[str]) -> list[str]:
    """Two workers, unless the person said how many (or none at all)."""
    chosen = any(word.startswith(("-n", "--numprocesses")) for word in rest)
    without = "no:xdist" in rest or "-pno:xdist" in rest
    return [*rest] if chosen or without else ["-n", str(DEFAULT_WORKERS), "--dist", "worksteal", *rest]


def run_all(
    checks: Sequence[Check],
    *,
    folder: Path,
    environ: Mapping[str, str],
    keep_going: bool,
    say: Callable[[str], None],
) -> int:
    """Run the checks with this process's terminal; returns 0, or the exit status of the first that failed."""
    first = 0
    failed: list[str] = []
    for check in checks:
        last = check is checks[-1]
        if last and failed:
            say(f"Failed before the last check: {', '.join(failed)}")
        say(f"{check.name}: {' '.join(check.command)}")
        began = time.monotonic()
        environment = {"QT_QPA_PLATFORM": "offscreen", **environ, **check.environment}
        status = subprocess.run(check.command, cwd=folder, env=environment, check=False).returncode
        if not last:  # pytest says its own time, and its summary is to be the last line
            say(f"{check.name}: {'passed' if status == 0 else 'FAILED'}, {time.monotonic() - began:.1f} s")
        if status != 0:
            failed.append(check.name)
            first = first or (status if status > 0 else 1)
            if not keep_going:
                break
    return first
