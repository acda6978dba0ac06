"""macOS: launchd's agents and a bundle's links, as files."""

import plistlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lightwork.desktop.launcher import Launcher
from lightwork.desktop.macos import BundledLinks, LaunchAgent
from lightwork.domain.errors import LightworkError, Trouble

PROGRAM = ("/opt/lightwork/bin/python3", "-P", "-m", "lightwork_ui")


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(LightworkError) as caught:
        yield
    assert caught.value.trouble is Trouble.DESKTOP_REFUSED
    assert all(word in caught.value.detail for word in words)


def test_starting_at_login_is_switched_on_and_off(tmp_path: Path) -> None:
    switch = LaunchAgent(Launcher(PROGRAM, tmp_path), tmp_path)
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()
    assert switch.file == tmp_path / "Library/LaunchAgents/lightwork.window.plist"
    agent = plistlib.loads(switch.file.read_bytes())
    assert agent["ProgramArguments"] == [*PROGRAM, "--tray"]
    assert agent["RunAtLoad"] is True
    assert agent["AbandonProcessGroup"] is True, "the node outlives the window that started it"
    assert "KeepAlive" not in agent, "a window that was closed stays closed"
    switch.turn(on=False)
    assert not switch.file.exists()
    switch.turn(on=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<plist",
        b"bplist00garbage",
        b"bplist00" + b"\xff" * 40,
        plistlib.dumps([1]),
        plistlib.dumps({"RunAtLoad": True, "Disabled": True}),
        plistlib.dumps({"RunAtLoad": False}),
    ],
)
def test_a_file_that_is_damaged_or_switched_off_is_off_until_asked_for(tmp_path: Path, content: bytes) -> None:
    switch = LaunchAgent(Launcher(PROGRAM, tmp_path), tmp_path)
    switch.file.parent.mkdir(parents=True)
    switch.file.write_bytes(content)
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()


def test_a_program_that_moved_is_found_again(tmp_path: Path) -> None:
    LaunchAgent(Launcher(PROGRAM, tmp_path), tmp_path).turn(on=True)
    moved = LaunchAgent(Launcher(("/new/python3",), tmp_path), tmp_path)
    assert moved.on()
    moved.turn(on=True)
    assert plistlib.loads(moved.file.read_bytes())["ProgramArguments"] == ["/new/python3", "--tray"]


def test_a_file_in_the_place_of_a_folder_refuses(tmp_path: Path) -> None:
    (tmp_path / "Library").write_text("")
    with refused():
        LaunchAgent(Launcher(PROGRAM, tmp_path), tmp_path).turn(on=True)


def test_without_a_bundle_links_cannot_be_opened(tmp_path: Path) -> None:
    switch = BundledLinks(Launcher(PROGRAM, tmp_path))
    assert not switch.on()
    with refused("installed application"):
        switch.turn(on=True)
    switch.turn(on=False)


@pytest.mark.parametrize(
    ("kinds", "opens"),
    [
        ([{"CFBundleURLName": "x", "CFBundleURLSchemes": ["other", "lightwork"]}], True),
        ([{"CFBundleURLSchemes": ["other"]}], False),
        ([{}, "odd", {"CFBundleURLSchemes": "lightwork"}], False),
        (None, False),
    ],
)
def test_a_bundle_opens_the_links_that_it_declares(tmp_path: Path, kinds: list[object] | None, opens: bool) -> None:
    contents = tmp_path / "Lightwork.app" / "Contents"
    (contents / "MacOS").mkdir(parents=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({} if kinds is None else {"CFBundleURLTypes": kinds}))
    switch = BundledLinks(Launcher((str(contents / "MacOS" / "lightwork"),), tmp_path, frozen=True))
    assert switch.on() is opens
    if opens:
        switch.turn(on=True)
        with refused("always"):
            switch.turn(on=False)
    else:
        with refused():
            switch.turn(on=True)
