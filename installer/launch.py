"""Starts the program in this process's place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks import PLATFORM

HOME_VARIABLE = "LIGHTWORK_HOME"


def program_arguments(rest: Sequence[str], *, window: bool) -> list[str]:
    """What the program is told: nothing of its own opens the window, `contribute` works in the terminal."""
    return [*rest] if window else ["contribute", *rest]


def program_environment(checkout: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """A checkout keeps its data beside itself, so that trying it out leaves nothing else on the computer."""
    home = environ.get(HOME_VARIABLE) or str(checkout / ".lightwork")
    return {**environ, HOME_VARIABLE: home}


def become(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the program with this terminal. On POSIX this process becomes it; on Windows returns its exit status."""
    sys.stdout.flush()
    sys.stderr.flush()
    if PLATFORM != "win32":
        os.execve(command[0], list(command), dict(environment))  # noqa: S606
    return wait_for(command, environment)


def wait_for(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the program as a child; returns its exit status.

    Ctrl-C reaches every process of a terminal: the program answers it, and this one only goes on waiting.
    """
    child = subprocess.Popen(command, env=dict(environment))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
