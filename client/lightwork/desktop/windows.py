"""Windows: the registry's list of what starts at login, and the class of our links. Through `winreg`."""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from lightwork.desktop.launcher import SCHEME, Launcher
from lightwork.desktop.switch import refuse, refusing

# All below HKEY_CURRENT_USER: none needs an administrator.
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
CLASS = rf"Software\Classes\{SCHEME}"
COMMAND = rf"{CLASS}\shell\open\command"
_LINK_PLACE = "%1"
_HOME = "LightworkHome"  # whose links they are
LONGEST_RUN = 260  # characters of a command in the list, by Microsoft's "Run and RunOnce Registry Keys"


def command_line(command: Sequence[str]) -> str:
    """A command as one text, by the rules of Microsoft's C runtime. The program is always in quotes.

    Without them Windows tries each stretch up to a space as a program.
    """
    return " ".join([f'"{command[0]}"', subprocess.list2cmdline(command[1:])]).rstrip()


class RunKey:
    """The list of what starts at login. Task manager and settings keep a note of what a person has forbidden there."""

    def __init__(self, winreg: Any, launcher: Launcher) -> None:
        self._registry = _Registry(winreg)
        self._launcher = launcher
        self._name = f"Lightwork{launcher.tag}"

    def on(self) -> bool:
        """Whether it stands in the list and is not forbidden."""
        return self._registry.value(RUN, self._name) is not None and not self._forbidden()

    def turn(self, on: bool) -> None:
        """Add it to the list, or remove it."""
        with refusing():
            if not on:
                self._registry.delete_value(RUN, self._name)
                self._registry.delete_value(APPROVED, self._name)
                return
            command = command_line(self._launcher.at_login)
            if len(command) > LONGEST_RUN:
                raise refuse(f"Windows takes at most {LONGEST_RUN} characters: {command}")
            self._registry.write(RUN, {self._name: command})
            if self._forbidden():  # but the person has just asked for it
                self._registry.delete_value(APPROVED, self._name)

    def _forbidden(self) -> bool:
        # Twelve bytes that Microsoft does not describe: an odd first one (3, 7) is off, the time of that follows.
        note = self._registry.value(APPROVED, self._name)
        return isinstance(note, bytes) and len(note) > 0 and note[0] % 2 == 1


class LinkClass:
    """The class of our links, after Microsoft's "Registering an Application to a URI Scheme"."""

    def __init__(self, winreg: Any, launcher: Launcher) -> None:
        self._registry = _Registry(winreg)
        self._launcher = launcher

    def on(self) -> bool:
        """Whether links are opened by the window of this home folder."""
        return self._ours() and self._registry.value(COMMAND, "") is not None

    def turn(self, on: bool) -> None:
        """Make the class, or delete it if it is ours."""
        with refusing():
            if on:
                self._make()
            elif self._ours():
                self._registry.delete_tree(CLASS)

    def _make(self) -> None:
        command = command_line(self._launcher.before_link)
        if "%" in command:
            raise refuse(f"Windows would replace the % in {command}")
        before, command_before = self._registry.value(CLASS, ""), self._registry.value(COMMAND, "")
        try:
            # In quotes, since a link may have spaces; what tries to leave them meets the two dashes.
            self._registry.write(COMMAND, {"": f'{command} "{_LINK_PLACE}"'})
            marks = {"": "URL:Lightwork", "URL Protocol": "", _HOME: str(self._launcher.home)}
            self._registry.write(CLASS, marks)
        except OSError:
            with suppress(OSError):
                if before is None:
                    self._registry.delete_tree(CLASS)
                elif command_before is not None:
                    self._registry.write(COMMAND, {"": command_before})
            raise

    def _ours(self) -> bool:
        return bool(self._registry.value(CLASS, _HOME) == str(self._launcher.home))


class _Registry:
    """The part of HKEY_CURRENT_USER that is read and written."""

    def __init__(self, winreg: Any) -> None:
        self._winreg = winreg
        self._root = winreg.HKEY_CURRENT_USER

    def value(self, key: str, name: str) -> Any:
        """None if there is no such value."""
        with suppress(FileNotFoundError), self._winreg.OpenKey(self._root, key, 0, self._winreg.KEY_READ) as opened:
            return self._winreg.QueryValueEx(opened, name)[0]
        return None

    def write(self, key: str, values: dict[str, str]) -> None:
        """Give a key these texts; those that it has already are left alone."""
        wanted = {name: text for name, text in values.items() if self.value(key, name) != text}
        if wanted:
            with self._winreg.CreateKeyEx(self._root, key, 0, self._winreg.KEY_WRITE) as opened:
                for name, text in wanted.items():
                    self._winreg.SetValueEx(opened, name, 0, self._winreg.REG_SZ, text)

    def delete_value(self, key: str, name: str) -> None:
        """One that is not there is no fault."""
        with (
            suppress(FileNotFoundError),
            self._winreg.OpenKey(self._root, key, 0, self._winreg.KEY_SET_VALUE) as opened,
        ):
            self._winreg.DeleteValue(opened, name)

    def delete_tree(self, key: str) -> None:
        """Delete a key with all below it: Windows deletes only keys that have none."""
        with suppress(FileNotFoundError):
            with self._winreg.OpenKey(self._root, key, 0, self._winreg.KEY_READ) as opened:
                below = [self._winreg.EnumKey(opened, n) for n in range(self._winreg.QueryInfoKey(opened)[0])]
            for name in below:
                self.delete_tree(f"{key}\\{name}")
            self._winreg.DeleteKey(self._root, key)
