"""Linux: autostart and link handler, with real files and, where they are installed, the desktop's own programs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.town import wait_until
from lightwork.desktop.at_login import at_login
from lightwork.desktop.entries import values_of
from lightwork.desktop.launcher import Launcher, launcher
from lightwork.desktop.links import open_links
from lightwork.desktop.linux import KIND, Autostart, Folders, LinkHandler
from lightwork.domain.errors import LightworkError, Trouble

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG desktops")
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data")


@pytest.fixture
def command(tmp_path: Path) -> Launcher:
    return launcher(tmp_path, tmp_path)


def environment(folders: Folders) -> dict[str, str]:
    """For the desktop's own programs."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folders.config.parent),
        "XDG_CONFIG_HOME": str(folders.config),
        "XDG_DATA_HOME": str(folders.data),
    }


@contextmanager
def refused(trouble: Trouble = Trouble.DESKTOP_REFUSED) -> Iterator[None]:
    with pytest.raises(LightworkError) as caught:
        yield
    assert caught.value.trouble is trouble
    assert caught.value.detail


def test_folders_are_as_the_environment_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    usual = Folders(Path("/home/ann/.config"), Path("/home/ann/.local/share"))
    assert Folders.of({}) == usual
    assert Folders.of({"XDG_CONFIG_HOME": "here", "XDG_DATA_HOME": ""}) == usual
    assert Folders.of({"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}) == Folders(Path("/c"), Path("/d"))


def test_starting_at_login_is_switched_on_and_off(folders: Folders, command: Launcher) -> None:
    switch = Autostart(folders, command)
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()
    assert switch.file == folders.config / "autostart" / "lightwork.desktop"
    values = values_of(switch.file.read_text())
    assert values["Exec"].endswith("-P -m lightwork_ui --tray")
    assert Path(values["Icon"]).is_file()
    switch.turn(on=False)
    assert not switch.file.exists()
    switch.turn(on=False)


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_a_desktop_has_switched_off_is_off_until_asked_for(folders: Folders, command: Launcher, line: str) -> None:
    switch = Autostart(folders, command)
    switch.turn(on=True)
    switch.file.write_text(switch.file.read_text() + line + "\n")
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()


def test_an_entry_is_kept_as_a_person_has_it_until_the_program_moves(folders: Folders, command: Launcher) -> None:
    switch = Autostart(folders, command)
    switch.turn(on=True)
    switch.file.write_text(switch.file.read_text() + "X-GNOME-Autostart-Delay=20\n")
    switch.turn(on=True)
    assert "Delay=20" in switch.file.read_text()
    moved = Autostart(folders, Launcher(("/new/lightwork",), command.home, frozen=True))
    assert moved.on()
    moved.turn(on=True)
    assert values_of(switch.file.read_text())["Exec"] == "/new/lightwork --tray"


def test_another_home_folder_has_entries_of_its_own(folders: Folders, command: Launcher, tmp_path: Path) -> None:
    other = launcher(tmp_path / "an other", tmp_path)
    Autostart(folders, command).turn(on=True)
    assert not Autostart(folders, other).on()
    Autostart(folders, other).turn(on=True)
    values = values_of(Autostart(folders, other).file.read_text())
    assert values["Exec"].endswith(f'--home "{tmp_path}/an other" --tray')
    Autostart(folders, other).turn(on=False)
    assert Autostart(folders, command).on()


@pytest.mark.skipif(ROOT, reason="nothing is refused to root")
@pytest.mark.parametrize("kind", [Autostart, LinkHandler])
def test_a_folder_that_cannot_be_written_refuses(
    folders: Folders, command: Launcher, kind: type[Autostart | LinkHandler]
) -> None:
    folders.config.parent.chmod(0o500)
    try:
        with refused():
            kind(folders, command).turn(on=True)
    finally:
        folders.config.parent.chmod(0o700)


@pytest.mark.parametrize("kind", [Autostart, LinkHandler])
def test_a_file_in_the_place_of_a_folder_refuses(
    folders: Folders, command: Launcher, kind: type[Autostart | LinkHandler]
) -> None:
    folders.config.write_text("")
    with refused():
        kind(folders, command).turn(on=True)
    assert not kind(folders, command).on()
    assert not list(folders.data.glob("applications/*")), "all is as before"


def test_links_are_opened_and_no_more(folders: Folders, command: Launcher) -> None:
    defaults = folders.config / "mimeapps.list"
    folders.config.mkdir()
    before = "[Default Applications]\nx-scheme-handler/http=firefox.desktop\n"
    defaults.write_text(before)
    defaults.chmod(0o640)
    switch = LinkHandler(folders, command)
    assert not switch.on()
    switch.turn(on=True)
    assert switch.on()
    assert values_of(switch.file.read_text())["Exec"].endswith("-P -m lightwork_ui -- %u")
    assert f"{KIND}=lightwork.desktop;" in defaults.read_text()
    assert defaults.stat().st_mode & 0o777 == 0o640
    switch.turn(on=False)
    assert defaults.read_text() == before
    assert not switch.file.exists()


def test_a_list_that_is_a_link_stays_one(folders: Folders, command: Launcher, tmp_path: Path) -> None:
    folders.config.mkdir()
    real = tmp_path / "dotfiles.list"
    real.write_bytes(b"# caf\xe9\n")
    (folders.config / "mimeapps.list").symlink_to(real)
    LinkHandler(folders, command).turn(on=True)
    assert (folders.config / "mimeapps.list").is_symlink()
    assert real.read_bytes().startswith(b"# caf\xe9\n")
    assert LinkHandler(folders, command).on()


def test_another_first_choice_is_off(folders: Folders, command: Launcher) -> None:
    switch = LinkHandler(folders, command)
    switch.turn(on=True)
    text = switch.defaults.read_text()
    switch.defaults.write_text(text.replace("=lightwork.desktop", "=other.desktop;lightwork.desktop"))
    assert not switch.on()
    switch.turn(on=False)
    assert "=other.desktop;" in switch.defaults.read_text()


def test_an_entry_that_is_not_ours_stays(folders: Folders, command: Launcher) -> None:
    switch = LinkHandler(folders, command)
    switch.file.parent.mkdir(parents=True)
    switch.file.write_text("[Desktop Entry]\nName=Mine\nExec=mine\n")
    with refused():
        switch.turn(on=True)
    packaged = f"[Desktop Entry]\nName=Lightwork\nExec=lightwork %u\nMimeType=a/b;{KIND};\n"
    switch.file.write_text(packaged)
    switch.turn(on=True)
    assert switch.on()
    switch.turn(on=False)
    assert switch.file.read_text() == packaged
    assert not switch.on()


def test_the_switches_of_this_system(folders: Folders, command: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folders.config))
    monkeypatch.setenv("XDG_DATA_HOME", str(folders.data))
    for switch in (at_login(command), open_links(command)):
        switch.turn(on=True)
        assert switch.on()
    files = {str(file.relative_to(folders.config.parent)) for file in folders.config.parent.rglob("*.*")}
    assert files == {
        "config/autostart/lightwork.desktop",
        "config/mimeapps.list",
        "data/applications/lightwork.desktop",
    }


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed")
def test_desktops_take_the_entries(folders: Folders, tmp_path: Path) -> None:
    odd = launcher(tmp_path / 'Ann\'s "100%" $ \\ `home`', tmp_path)
    for switch in (Autostart(folders, odd), LinkHandler(folders, odd)):
        switch.turn(on=True)
        done = subprocess.run(
            ["desktop-file-validate", "--no-hints", switch.file], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("gio") is None, reason="GLib's programs are not installed")
@pytest.mark.parametrize("name", ["plain", "Ann Lee", "a $b \"c\" `d` 'e'", "back\\slash"])
def test_a_click_starts_the_program_with_the_link_whole(folders: Folders, tmp_path: Path, name: str) -> None:
    program, said = tmp_path / name, tmp_path / "said"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(said)!r}, 'w').write(repr(sys.argv[1:]))\n")
    program.chmod(0o700)
    odd = r'/h 100% $x \ `a` "q"'
    LinkHandler(folders, Launcher((str(program), "--home", odd), tmp_path)).turn(on=True)
    link = 'lightwork://example.org/abc%20d?x=" --home /evil'
    subprocess.run(["gio", "open", link], env=environment(folders), check=True)
    wait_until(lambda: said.exists() and said.read_text(), 20, "the program")
    assert said.read_text() == repr(["--home", odd, "--", link])


@pytest.mark.skipif(shutil.which("xdg-mime") is None, reason="xdg-utils is not installed")
def test_the_desktop_finds_who_opens_links(folders: Folders, command: Launcher) -> None:
    def asked() -> str:
        return subprocess.run(
            ["xdg-mime", "query", "default", KIND],
            env=environment(folders),
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()

    switch = LinkHandler(folders, command)
    assert asked() == ""
    switch.turn(on=True)
    assert asked() == "lightwork.desktop"
    switch.turn(on=False)
    assert asked() == ""
