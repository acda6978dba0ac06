"""Settings that the desktop carries out: the system has the last word, and nothing is changed by half."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.town import Volunteer
from lightwork.desktop.switch import refuse
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import Preferences
from lightwork.node.at_home import AtHome
from lightwork.protocol import control as wire
from lightwork.settings import store
from lightwork.settings.declared import COMPUTING_THREADS, GENERAL_OPEN_LINKS, GENERAL_START_AT_LOGIN
from lightwork.settings.places import Places
from lightwork.settings.store import Settings


class Desktop:
    """A switch without a system behind it."""

    def __init__(self, on: bool = False, *, refuses: bool = False, mute: bool = False) -> None:
        self.state, self.refuses, self.mute = on, refuses, mute
        self.turned: list[bool] = []

    def on(self) -> bool:
        if self.mute:
            raise PermissionError(13, "Permission denied")
        return self.state

    def turn(self, on: bool) -> None:
        if self.refuses:
            raise refuse("read-only")
        self.state = on
        self.turned.append(on)


def at_home(places: Places, login: Desktop, links: Desktop | None = None) -> AtHome:
    places.home.mkdir(exist_ok=True)
    return AtHome(places, {"general.start_at_login": login, "general.open_links": links or Desktop()})


@pytest.fixture
def places(home: Path) -> Places:
    return Places(home)


@pytest.mark.parametrize(
    ("said", "chosen", "turned"),
    [(False, False, []), (True, True, [True]), (False, True, []), (True, False, [True])],
    ids=["off", "on: brought up to date", "switched off in the system", "switched on there"],
)
def test_what_the_system_says_wins(places: Places, said: bool, chosen: bool, turned: list[bool]) -> None:
    login = Desktop(said)
    desktop = at_home(places, login)
    before = Settings().with_value(GENERAL_START_AT_LOGIN, chosen).with_value(COMPUTING_THREADS, 3)
    store.save(places.settings, before)
    after = desktop.agreed(before)
    assert after[GENERAL_START_AT_LOGIN] is said
    assert store.load(places.settings) == after == before.with_value(GENERAL_START_AT_LOGIN, said)
    assert login.turned == turned


@pytest.mark.parametrize("broken", [Desktop(mute=True), Desktop(True, refuses=True)], ids=["mute", "refuses"])
def test_a_system_that_does_not_tell_changes_nothing(places: Places, broken: Desktop) -> None:
    settings = Settings().with_value(GENERAL_START_AT_LOGIN, True).with_value(GENERAL_OPEN_LINKS, True)
    after = at_home(places, broken, Desktop(False)).agreed(settings)
    assert after[GENERAL_START_AT_LOGIN] is True
    assert after[GENERAL_OPEN_LINKS] is False, "the other one is compared all the same"


def test_a_change_is_carried_out_before_it_is_kept(places: Places) -> None:
    login = Desktop()
    with at_home(places, login).changing(GENERAL_START_AT_LOGIN, True):
        assert login.state is True
    assert login.turned == [True]


@pytest.mark.parametrize("before", [True, False])
def test_a_setting_that_cannot_be_kept_is_taken_back(places: Places, before: bool) -> None:
    login = Desktop(before)
    with pytest.raises(LightworkError), at_home(places, login).changing(GENERAL_START_AT_LOGIN, not before):
        raise LightworkError(Trouble.DISK_FULL)
    assert login.state is before
    assert login.turned == [not before, before]


@pytest.mark.parametrize("broken", [Desktop(refuses=True), Desktop(mute=True)], ids=["refuses", "mute"])
def test_a_desktop_that_refuses_keeps_the_setting_as_it_was(places: Places, broken: Desktop) -> None:
    with pytest.raises(LightworkError) as refused, at_home(places, broken).changing(GENERAL_START_AT_LOGIN, True):
        pytest.fail("it was kept")
    assert refused.value.trouble is Trouble.DESKTOP_REFUSED


def test_other_settings_are_none_of_the_desktops(places: Places) -> None:
    login = Desktop(refuses=True, mute=True)
    with at_home(places, login).changing(COMPUTING_THREADS, 3):
        pass
    assert login.turned == []


@pytest.mark.processes
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="an XDG desktop")
def test_the_node_carries_changes_out(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    node = Volunteer(places.home)
    node.start()
    try:
        assert node.status().preferences == Preferences()
        node.ask(wire.Change, key="general.start_at_login", value=True)
        (entry,) = (tmp_path / "config" / "autostart").iterdir()
        assert str(places.home) in entry.read_text()
        node.ask(wire.Change, key="general.close_to_tray", value=False)
        assert node.status().preferences == Preferences(close_to_tray=False)
        (tmp_path / "data").write_text("no folder")
        with pytest.raises(LightworkError) as refused:
            node.ask(wire.Change, key="general.open_links", value=True)
        assert refused.value.trouble is Trouble.DESKTOP_REFUSED
        assert value(node, "general.open_links") is False
        node.stop()
        entry.unlink()  # as a person does in the desktop's settings
        node.start()
        assert value(node, "general.start_at_login") is False
        assert node.status().preferences == Preferences(close_to_tray=False)
    finally:
        node.stop()


def value(node: Volunteer, key: str) -> object:
    return {one.key: one.value for one in node.ask(wire.AskSettings).settings or ()}[key]


@pytest.mark.processes
def test_entries_start_a_program_that_is_there(places: Places) -> None:
    """The autostart's command, up to the point where it would need a screen."""
    from lightwork.desktop.launcher import launcher  # noqa: PLC0415

    command = launcher(places.home, places.home / "usual").at_login
    bare = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    bare.pop("QT_QPA_PLATFORM", None)
    if sys.platform in ("win32", "darwin"):
        pytest.skip("these always have a display")
    done = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=60, check=False)
    assert "no display" in done.stderr
