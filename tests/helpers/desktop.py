"""A person's desktop around a volunteer's node: an X screen, a session bus with GameMode, a system bus with
NetworkManager, and games. Each is the real thing or answers as the real one does.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from helpers.games_alone import games_alone
from helpers.private_bus import GameMode, NetworkManager, private_bus
from helpers.town import Volunteer
from helpers.x_screen import FULL, XScreen, client, open_window, x_screen
from lightwork.domain.states import PauseReason
from lightwork.protocol import control as wire

UNMETERED, METERED = 4, 1  # NM_METERED_GUESS_NO, NM_METERED_YES


class Trigger(Protocol):
    """Something that a person does, and later does no more."""

    name: str
    reason: PauseReason

    async def begin(self) -> None:
        """It begins."""

    async def end(self) -> None:
        """It ends."""


class Click:
    """The Pause button, by the command line's door."""

    name, reason = "pause button", PauseReason.PERSON

    def __init__(self, person: Volunteer) -> None:
        self._person = person

    async def begin(self) -> None:
        self._person.ask(wire.Pause)

    async def end(self) -> None:
        self._person.ask(wire.Resume)


class Registered:
    """A game that registers with GameMode."""

    name, reason = "GameMode (event)", PauseReason.GAME

    def __init__(self, daemon: GameMode) -> None:
        self._daemon = daemon

    async def begin(self) -> None:
        await self._daemon.register(1, "/opt/games/supertuxkart")

    async def end(self) -> None:
        await self._daemon.unregister(1)


class Started:
    """A real process at the place at which Steam installs games."""

    name, reason = "Steam game (poll)", PauseReason.GAME

    def __init__(self, folder: Path) -> None:
        game = folder / "steamapps" / "common" / "ELDEN RING" / "Game" / "eldenring"
        game.parent.mkdir(parents=True)
        shutil.copy(shutil.which("sleep") or "/bin/sleep", game)
        (folder / "steamapps" / "appmanifest_1245620.acf").write_text(
            '"AppState"\n{\n\t"appid"\t\t"1245620"\n\t"name"\t\t"Elden Ring"\n\t"installdir"\t\t"ELDEN RING"\n}\n'
        )
        self._game = game
        self._process: subprocess.Popen[bytes] | None = None

    async def begin(self) -> None:
        self._process = subprocess.Popen([self._game, "3600"])

    async def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Filled:
    """A window that fills the screen."""

    name, reason = "full-screen window (event)", PauseReason.FULL_SCREEN

    def __init__(self, display: Any) -> None:
        self._display = display
        self._window: Any = None

    async def begin(self) -> None:
        self._window = open_window(self._display, FULL)

    async def end(self) -> None:
        self._window.destroy()
        self._display.sync()


class Hotspot:
    """The network becomes one that is paid by volume."""

    name, reason = "metered network (event)", PauseReason.METERED

    def __init__(self, manager: NetworkManager) -> None:
        self._manager = manager

    async def begin(self) -> None:
        await self._set(METERED)

    async def end(self) -> None:
        await self._set(UNMETERED)

    async def _set(self, value: int) -> None:
        await self._manager.change(self._manager.path, self._manager.name, Metered=("u", value))


@asynccontextmanager
async def desktop(folder: Path, settings: str) -> AsyncIterator[tuple[Volunteer, list[Trigger]]]:
    """A node on a desktop, not yet started, and what may interrupt it. Skips where Xvfb or dbus-daemon is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        games_alone(),
        private_bus(folder / "session") as session,
        private_bus(folder / "system") as system,
        x_screen() as screen,
    ):
        async with GameMode(session) as daemon, NetworkManager(system, UNMETERED) as manager:
            person = Volunteer(folder / "home", environment=_environment(screen, session.address, system.address))
            person.home.mkdir()
            person.places.settings.write_text(settings)
            started = Started(folder / "library")
            with client(screen) as display:
                try:
                    yield person, [Click(person), Registered(daemon), started, Filled(display), Hotspot(manager)]
                finally:
                    await started.end()
                    person.stop()


def _environment(screen: XScreen, session: str, system: str) -> dict[str, str]:
    return {
        "DISPLAY": screen.name,
        "XDG_SESSION_TYPE": "x11",
        "DBUS_SESSION_BUS_ADDRESS": session,
        "DBUS_SYSTEM_BUS_ADDRESS": system,
    }
