"""The note in .venv that says what was installed there, so that the second start need not ask pip."""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PROJECT_KEYS = ("name", "version", "requires-python", "dependencies", "optional-dependencies", "scripts", "gui-scripts")


@dataclass(frozen=True)
class Stamp:
    """What an environment is made of. Written once when it is made, and again when everything is installed."""

    python: str
    """major.minor of the environment's Python."""
    platform: str
    """As the system names itself, for a folder shared between computers."""
    folder: str
    """The checkout: environments and editable installs hold absolute paths, and cannot be moved."""
    dependencies: str = ""
    """Digest of the wishes in pyproject.toml; empty until they are installed."""
    extras: tuple[str, ...] = ()

    def same_ground(self, other: Stamp) -> bool:
        """Can the environment be kept, whatever packages are in it?"""
        return self.bare() == other.bare()

    def serves(self, other: Stamp) -> bool:
        """Is everything installed that the other one wants?"""
        return (
            self.same_ground(other)
            and self.dependencies == other.dependencies
            and set(other.extras) <= set(self.extras)
        )

    def bare(self) -> Stamp:
        """The environment without packages."""
        return replace(self, dependencies="", extras=())


def wanted(checkout: Path, python: str, extras: tuple[str, ...]) -> Stamp:
    """The stamp of a finished environment for this checkout. Raises OSError, tomllib.TOMLDecodeError."""
    with (checkout / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    return Stamp(python, sysconfig.get_platform(), str(checkout), digest(project), tuple(sorted(extras)))


def digest(pyproject: dict[str, Any]) -> str:
    """SHA-256 of the tables that decide what pip installs; other tables may change freely."""
    project = pyproject.get("project", {})
    relevant = {
        "build": pyproject.get("build-system"),
        "project": {key: project.get(key) for key in PROJECT_KEYS},
        "entry-points": project.get("entry-points"),
        "hatch": pyproject.get("tool", {}).get("hatch"),
    }
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> Stamp | None:
    """Return the stamp; None when there is none, or none that can be understood (then it is worth nothing)."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Stamp(**{**fields, "extras": tuple(fields["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(path: Path, stamp: Stamp) -> None:
    """Replace the stamp in one step: after a power cut the old or the new one is there, never half of one."""
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(asdict(stamp), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
