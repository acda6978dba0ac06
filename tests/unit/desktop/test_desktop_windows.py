"""Windows: the list of what starts at login and the class of links, in a registry that behaves as `winreg`'s does."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lightwork.desktop.launcher import Launcher
from lightwork.desktop.windows import APPROVED, CLASS, COMMAND, RUN, LinkClass, RunKey, command_line
from lightwork.domain.errors import LightworkError, Trouble

PROGRAM = r"C:\Users\Ann Lee\AppData\Local\Lightwork\pythonw.exe"
HOME = Path("C:/Users/Ann Lee/AppData/Local/Lightwork")
COMMAND_LINE = f'"{PROGRAM}" -P -m lightwork_ui --tray'


class Handle:
    """What OpenKey gives."""

    def __init__(self, path: str, access: int) -> None:
        self.path, self.access, self.open = path, access, True

    def __enter__(self) -> "Handle":
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False


class Registry:
    """`winreg` on a dictionary: keys in any case, rights by handle, a key with others below it cannot be deleted."""

    HKEY_CURRENT_USER = 0x80000001
    KEY_READ, KEY_WRITE, KEY_SET_VALUE = 0x20019, 0x20006, 0x2
    REG_SZ, REG_BINARY = 1, 3

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, tuple[Any, int]]] = {}
        self.forbidden = ""  # a key that nobody may write
        self.put(RUN, "OneDrive", "onedrive.exe", self.REG_SZ)

    def put(self, path: str, name: str, value: Any, kind: int) -> None:
        parts = path.split("\\")
        for length in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:length]), {})
        self.keys[path][name] = (value, kind)

    def text(self, path: str, name: str = "") -> Any:
        return self.keys[path][name][0]

    def OpenKey(self, root: int, path: str, reserved: int, access: int) -> Handle:
        assert (root, reserved) == (self.HKEY_CURRENT_USER, 0)
        if path not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        self._permit(path, access)
        return Handle(path, access)

    def CreateKeyEx(self, root: int, path: str, reserved: int, access: int) -> Handle:
        assert (root, reserved) == (self.HKEY_CURRENT_USER, 0)
        self._permit(path, access)
        parts = path.split("\\")
        for length in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:length]), {})
        return Handle(path, access)

    def QueryValueEx(self, key: Handle, name: str) -> tuple[Any, int]:
        assert key.open
        if name not in self.keys[key.path]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return self.keys[key.path][name]

    def SetValueEx(self, key: Handle, name: str, reserved: int, kind: int, value: Any) -> None:
        assert key.open
        assert key.access & self.KEY_SET_VALUE
        assert isinstance(value, str if kind == self.REG_SZ else bytes)
        self.keys[key.path][name] = (value, kind)

    def DeleteValue(self, key: Handle, name: str) -> None:
        assert key.open
        assert key.access & self.KEY_SET_VALUE
        if name not in self.keys[key.path]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        del self.keys[key.path][name]

    def QueryInfoKey(self, key: Handle) -> tuple[int, int, int]:
        assert key.open
        return len(self._below(key.path)), len(self.keys[key.path]), 0

    def EnumKey(self, key: Handle, number: int) -> str:
        return self._below(key.path)[number]

    def DeleteKey(self, root: int, path: str) -> None:
        if path not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        if self._below(path):
            raise PermissionError(13, "Access is denied")
        del self.keys[path]

    def _below(self, path: str) -> list[str]:
        return sorted(
            key[len(path) + 1 :]
            for key in self.keys
            if key.startswith(path + "\\") and "\\" not in key[len(path) + 1 :]
        )

    def _permit(self, path: str, access: int) -> None:
        if path == self.forbidden and access & self.KEY_SET_VALUE:
            raise PermissionError(13, "Access is denied")


@pytest.fixture
def registry() -> Registry:
    return Registry()


def start(*words: str, home: Path = HOME, tag: str = "") -> Launcher:
    return Launcher((PROGRAM, "-P", "-m", "lightwork_ui", *words), home, tag)


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(LightworkError) as caught:
        yield
    assert caught.value.trouble is Trouble.DESKTOP_REFUSED


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ([r"C:\p.exe"], r'"C:\p.exe"'),
        ([r"C:\p.exe", "--tray"], r'"C:\p.exe" --tray'),
        ([PROGRAM, "--home", "D:\\my files\\"], rf'"{PROGRAM}" --home "D:\my files\\"'),
    ],
)
def test_command_lines(command: list[str], line: str) -> None:
    assert command_line(command) == line
    assert subprocess.list2cmdline(command).replace('"', "") == line.replace('"', "")


def test_starting_at_login_is_switched_on_and_off(registry: Registry) -> None:
    switch = RunKey(registry, start())
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()
    assert registry.text(RUN, "Lightwork") == COMMAND_LINE
    switch.turn(on=False)
    assert not switch.on()
    assert list(registry.keys[RUN]) == ["OneDrive"]
    switch.turn(on=False)


@pytest.mark.parametrize(("first", "on"), [(2, True), (6, True), (3, False), (7, False)])
def test_what_the_task_manager_says_holds_until_it_is_asked_for(registry: Registry, first: int, on: bool) -> None:
    switch = RunKey(registry, start())
    switch.turn(on=True)
    registry.put(APPROVED, "Lightwork", bytes([first]) + bytes(11), registry.REG_BINARY)
    assert switch.on() is on
    switch.turn(on=True)
    assert switch.on()
    switch.turn(on=False)
    assert "Lightwork" not in registry.keys[APPROVED]


def test_a_program_that_moved_is_found_again(registry: Registry) -> None:
    RunKey(registry, start()).turn(on=True)
    moved = RunKey(registry, Launcher((r"D:\lightwork.exe",), HOME, frozen=True))
    assert moved.on()
    moved.turn(on=True)
    assert registry.text(RUN, "Lightwork") == r'"D:\lightwork.exe" --tray'


def test_another_home_folder_starts_by_itself(registry: Registry) -> None:
    RunKey(registry, start("--home", r"D:\other", tag="-1234abcd")).turn(on=True)
    assert not RunKey(registry, start()).on()
    assert registry.text(RUN, "Lightwork-1234abcd") == rf'"{PROGRAM}" -P -m lightwork_ui --home D:\other --tray'


def test_what_windows_does_not_take_is_refused(registry: Registry) -> None:
    with refused():
        RunKey(registry, start("--home", "D:\\" + "x" * 250)).turn(on=True)
    with refused():
        LinkClass(registry, start("--home", "D:\\%TEMP%")).turn(on=True)
    registry.forbidden = RUN
    with refused():
        RunKey(registry, start()).turn(on=True)
    assert not RunKey(registry, start()).on()
    assert CLASS not in registry.keys


def test_links_are_opened_and_no_more(registry: Registry) -> None:
    switch = LinkClass(registry, start())
    assert not switch.on()
    before = dict(registry.keys)
    switch.turn(on=True)
    assert switch.on()
    assert registry.text(CLASS) == "URL:Lightwork"
    assert registry.text(CLASS, "URL Protocol") == ""
    assert registry.text(COMMAND) == f'"{PROGRAM}" -P -m lightwork_ui -- "%1"'
    switch.turn(on=True)
    switch.turn(on=False)
    assert not any(key.startswith(CLASS) for key in registry.keys)
    assert before.items() <= registry.keys.items()


def test_links_of_another_home_folder_are_not_ours(registry: Registry) -> None:
    LinkClass(registry, start()).turn(on=True)
    other = LinkClass(registry, start(home=Path("D:/other")))
    assert not other.on()
    other.turn(on=False)
    assert LinkClass(registry, start()).on()
    other.turn(on=True)
    assert not LinkClass(registry, start()).on()


@pytest.mark.parametrize("theirs", [None, '"C:\\other.exe" "%1"'])
def test_a_class_that_is_made_by_half_is_taken_back(registry: Registry, theirs: str | None) -> None:
    if theirs is not None:
        registry.put(COMMAND, "", theirs, registry.REG_SZ)
        registry.put(CLASS, "", "URL:Other", registry.REG_SZ)
    registry.forbidden = CLASS
    with refused():
        LinkClass(registry, start()).turn(on=True)
    assert (COMMAND in registry.keys) is (theirs is not None)
    if theirs is not None:
        assert registry.text(COMMAND) == theirs
