"""macOS: an agent of launchd's that starts at login, and the links that a bundle declares."""

import plistlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from lightwork.desktop.launcher import SCHEME, Launcher
from lightwork.desktop.switch import refuse, refusing
from lightwork.disk.durable import replace_file

AGENTS = Path("Library", "LaunchAgents")


class LaunchAgent:
    """A file that tells launchd what to start at login, after launchd.plist(5).

    launchd is not told of it now: it would start a second window at once. What a person forbids in the system's
    settings under "Allow in the Background" macOS tells no program; the file stays then, and this switch says on.
    """

    def __init__(self, launcher: Launcher, user: Path | None = None) -> None:
        self._launcher = launcher
        self._label = f"lightwork.window{launcher.tag}"
        self.file = (user or Path.home()) / AGENTS / f"{self._label}.plist"

    def on(self) -> bool:
        """Whether the file is there and in force."""
        agent = _read(self.file)
        return agent.get("RunAtLoad") is True and agent.get("Disabled") is not True

    def turn(self, on: bool) -> None:
        """Write the file, or delete it."""
        with refusing():
            if not on:
                self.file.unlink(missing_ok=True)
                return
            command = list(self._launcher.at_login)
            if self.on() and _read(self.file).get("ProgramArguments") == command:
                return
            self.file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.file, plistlib.dumps(self._agent(command)))

    def _agent(self, command: list[str]) -> dict[str, Any]:
        return {
            "Label": self._label,
            "ProgramArguments": command,
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
            # Else launchd would end the node when the window that started it ends.
            "AbandonProcessGroup": True,
        }


class BundledLinks:
    """macOS takes the kinds of links from the Info.plist of an application's bundle, and from nowhere else.

    So there is nothing to switch: an application that is installed opens its links, and a program without a bundle
    cannot.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    def on(self) -> bool:
        """Whether this program is part of a bundle that declares our links."""
        if not self._launcher.frozen:
            return False
        # NAME.app/Contents/MacOS/PROGRAM
        kinds = _read(Path(self._launcher.program[0]).parent.parent / "Info.plist").get("CFBundleURLTypes")
        return any(SCHEME in _schemes(kind) for kind in (kinds if isinstance(kinds, list) else []))

    def turn(self, on: bool) -> None:
        """Raises DESKTOP_REFUSED unless it is so already."""
        with refusing():
            now = self.on()
        if on and not now:
            raise refuse("on macOS only the installed application can open links")
        if now and not on:
            raise refuse("on macOS an installed application always opens its links")


def _schemes(kind: object) -> list[object]:
    schemes = kind.get("CFBundleURLSchemes") if isinstance(kind, Mapping) else None
    return schemes if isinstance(schemes, list) else []


def _read(file: Path) -> Mapping[str, Any]:
    """A property list; empty if there is none, or none that makes sense."""
    try:
        content = plistlib.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (ExpatError, ValueError, IndexError, KeyError, AttributeError, RecursionError):  # all that plistlib raises
        return {}
    return content if isinstance(content, dict) else {}
