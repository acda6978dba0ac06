"""An environment of its own for each peer: venv and pip, kept in a folder from run to run."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
# What importing Lightwork's model and text takes.
_SHARED = ("numpy", "msgspec")


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python with a peer's library in it, and that library's version."""

    python: Path
    version: str


class InstallError(Exception):
    """pip could not make it; the message is the end of what it said."""


def torch_requirement() -> str:
    """The torch that Lightwork itself is pinned to, for all peers."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    train: list[str] = project["project"]["optional-dependencies"]["train"]
    pinned = next(one for one in train if one.startswith("torch=="))
    build = version("torch").partition("+")[2]  # the same build for all: one for a graphics card is slower to load
    return f"{pinned}+{build}" if build else pinned


def prepare(cache: Path, name: str, library: str) -> Environment:
    """Make the environment `name` with `library` (a requirement; torch itself for gloo) if it is not there."""
    folder, wanted = cache / name, [torch_requirement(), *_SHARED]
    if library != "torch":
        wanted.append(library)
    python, mark = folder / "bin" / "python", folder / "requirements.txt"
    if not mark.exists() or mark.read_text().split() != wanted:
        print(f"  {name}: making an environment with {' '.join(wanted)} ...", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--no-input", *wanted])
        mark.write_text("\n".join(wanted))
    code = f"import importlib.metadata; print(importlib.metadata.version({library.partition('==')[0]!r}))"
    return Environment(python, _run([str(python), "-c", code]).strip())


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError(f"{' '.join(command[:4])}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout
