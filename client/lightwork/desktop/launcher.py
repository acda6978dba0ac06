"""The command by which the system starts the window."""

import hashlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

SCHEME = "lightwork"

# By string: window and node meet on the control wire only.
_WINDOW_MODULE = "lightwork_ui"
_ASSETS_MODULE = "lightwork_assets"


@dataclass(frozen=True, slots=True)
class Launcher:
    """How to start the window of one home folder. `program` is the command without what it shall do."""

    program: tuple[str, ...]
    home: Path
    tag: str = ""  # what tells entries of a home folder from those of the usual one
    icon: Path | None = None
    frozen: bool = False

    @property
    def at_login(self) -> tuple[str, ...]:
        """Start in the tray."""
        return (*self.program, "--tray")

    @property
    def before_link(self) -> tuple[str, ...]:
        """Open the link that follows. Nothing after the two dashes is an option, whatever a page has put into it."""
        return (*self.program, "--")


def launcher(
    home: Path,
    usual_home: Path,
    *,
    executable: str = sys.executable,
    system: str = sys.platform,
    frozen: bool = bool(getattr(sys, "frozen", False)),
) -> Launcher:
    """The command for the window of `home`. `frozen`: the program is its own interpreter."""
    # -P: a folder in which a browser happens to stand must not put modules of its own into our place.
    program = [executable] if frozen else [_quiet(executable, system), "-P", "-m", _WINDOW_MODULE]
    tag = ""
    if home != usual_home:
        program += ["--home", str(home)]
        tag = "-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:8]
    return Launcher(tuple(program), home, tag, _icon(), frozen)


def _quiet(executable: str, system: str) -> str:
    """On Windows the Python that opens no console."""
    if system == "win32" and executable.lower().endswith("python.exe"):
        quiet = executable[: -len("python.exe")] + "pythonw.exe"
        return quiet if Path(quiet).is_file() else executable
    return executable


def _icon() -> Path | None:
    found = importlib.util.find_spec(_ASSETS_MODULE)
    if found is None or found.origin is None:
        return None
    icon = Path(found.origin).with_name("icons") / "app.svg"
    return icon if icon.is_file() else None
