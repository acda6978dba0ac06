"""Linux and other systems with an XDG desktop: an autostart entry, and a desktop entry that opens links.

After freedesktop.org's Desktop Application Autostart Specification 0.5 and Base Directory Specification 0.8.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lightwork.desktop import entries
from lightwork.desktop.launcher import SCHEME, Launcher
from lightwork.desktop.switch import refuse, refusing
from lightwork.disk.durable import replace_file

KIND = f"x-scheme-handler/{SCHEME}"
# Marks an entry that this program has made: another of the same name is a package's, or a person's own.
_MARK = "X-Lightwork-Made"
_COMMENT = "Lend this computer to a training project that you chose"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a person's configuration and data lie."""

    config: Path
    data: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Folders":
        """As the environment names them; a path that is not absolute is to be ignored."""
        return cls(
            _folder(environment.get("XDG_CONFIG_HOME"), ".config"),
            _folder(environment.get("XDG_DATA_HOME"), ".local/share"),
        )


class Autostart:
    """An entry among those that the desktop starts at login.

    Desktops' own settings delete it, or note in it that it is off.
    """

    def __init__(self, folders: Folders, launcher: Launcher) -> None:
        self._launcher = launcher
        self.file = folders.config / "autostart" / f"lightwork{launcher.tag}.desktop"

    def on(self) -> bool:
        """Whether the entry is there and in force."""
        values = entries.values_of(_read(self.file) or "")
        switched_off = values.get("Hidden") == "true" or values.get("X-GNOME-Autostart-enabled") == "false"
        return "Exec" in values and not switched_off

    def turn(self, on: bool) -> None:
        """Write the entry, or delete it."""
        with refusing():
            if not on:
                self.file.unlink(missing_ok=True)
                return
            command = entries.exec_line(self._launcher.at_login)
            if self.on() and entries.values_of(_read(self.file) or "")["Exec"] == command:
                return  # what else a person has put into it stays
            values = _common(self._launcher) | {"Exec": command, "StartupNotify": "false"}
            _write(self.file, entries.entry(values))


class LinkHandler:
    """An entry among the applications that can open links of ours, named as the one to use."""

    def __init__(self, folders: Folders, launcher: Launcher) -> None:
        self._launcher = launcher
        self.file = folders.data / "applications" / f"lightwork{launcher.tag}.desktop"
        self.defaults = folders.config / "mimeapps.list"

    def on(self) -> bool:
        """Whether the entry is there and the first choice."""
        names = entries.defaults_for(_read(self.defaults) or "", KIND)
        return self._takes_links() and names[:1] == (self.file.name,)

    def turn(self, on: bool) -> None:
        """Write the entry and name it, or take both back."""
        with refusing():
            if on:
                self._switch_on()
            else:
                self._name(None)
                if self._ours():
                    self.file.unlink()

    def _switch_on(self) -> None:
        before = _read(self.file)
        if before is not None and not self._ours():
            if not self._takes_links():
                raise refuse(f"{self.file} is not Lightwork's own")
        else:
            command = entries.exec_line(self._launcher.before_link, "%u")
            values = _common(self._launcher) | {
                "Exec": command,
                "Categories": "Network;Science;",
                "MimeType": f"{KIND};",
                "StartupNotify": "true",
            }
            text = entries.entry(values)
            if text != before:
                _write(self.file, text)
        try:
            self._name(self.file.name)
        except BaseException:
            if before is None:
                with suppress(OSError):
                    self.file.unlink()
            raise

    def _name(self, name: str | None) -> None:
        """Have the entry be the first choice, or none."""
        before = _read(self.defaults)
        text = before or ""
        if name is None:
            changed = entries.without_default(text, KIND, self.file.name)
        else:
            changed = entries.with_default(text, KIND, name)
        if changed != text:
            _write(self.defaults, changed)

    def _ours(self) -> bool:
        return _MARK in entries.values_of(_read(self.file) or "")

    def _takes_links(self) -> bool:
        values = entries.values_of(_read(self.file) or "")
        return KIND in values.get("MimeType", "").split(";") and values.get("Hidden") != "true"


def _common(launcher: Launcher) -> dict[str, str]:
    values = {
        "Type": "Application",
        "Version": "1.0",  # whose keys these are; older validators know no newer one
        "Name": "Lightwork",
        "Comment": _COMMENT,
        # A desktop passes over an entry whose program has been deleted.
        "TryExec": entries.text_value(launcher.program[0]),
        "Terminal": "false",
        _MARK: "true",
    }
    if launcher.icon is not None:
        values["Icon"] = entries.text_value(str(launcher.icon))
    return values


def _folder(named: str | None, usual: str) -> Path:
    return Path(named) if named and Path(named).is_absolute() else Path.home() / usual


def _read(file: Path) -> str | None:
    """The text of a file, with bytes that are no text kept; None if there is no such file."""
    try:
        return file.read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(file: Path, text: str) -> None:
    """Replace a file, which may be a link into a person's collection of such files, and keep its mode."""
    file = Path(os.path.realpath(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
    replace_file(file, text.encode(errors="surrogateescape"))
    file.chmod(mode)
