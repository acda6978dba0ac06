"""The games that asked Feral Interactive's GameMode for the computer's whole power.

Its daemon's interface: https://github.com/FeralInteractive/gamemode, daemon/gamemode-dbus.c.
"""

import re

from jeepney import DBusAddress
from jeepney.wrappers import DBusErrorResponse

from lightwork.activity.readings import Program
from lightwork.activity.sensor import Report
from lightwork.activity.sensors.dbus import AbsentError, Bus, open_bus

SERVICE = "com.feralinteractive.GameMode"
DAEMON = DBusAddress("/com/feralinteractive/GameMode", bus_name=SERVICE, interface=SERVICE)
GAME_INTERFACE = "com.feralinteractive.GameMode.Game"

# What builds add to a game's file name: Windows' extension, the system, the processor, Unreal's kind of build.
_BUILD = re.compile(
    r"([-_.](linux|win(dows)?(32|64)?|x86[-_]64|x64|x86|amd64|i[36]86|bin|shipping)|\.exe)$", re.IGNORECASE
)


class GameModeSensor:
    """Reports a tuple of programs. No daemon is no game: the first game starts it."""

    field = "game_mode"

    async def run(self, report: Report) -> None:
        """Report until cancelled. Raises NotAvailableError without a session bus."""
        async with open_bus("session") as bus:
            await bus.listen(DAEMON)
            while True:
                report(await _games(bus))
                await bus.changed()


async def _games(bus: Bus) -> tuple[Program, ...]:
    try:
        (listed,) = await bus.call(DAEMON, "ListGames")
        programs = []
        for process, path in listed:
            game = DBusAddress(path, bus_name=SERVICE, interface=GAME_INTERFACE)
            try:
                executable = await bus.get(game, "Executable")
            except DBusErrorResponse:  # it has ended since it was listed; a signal follows
                continue
            programs.append(Program(name=readable(executable), source="GameMode", process=process))
        return tuple(programs)
    except AbsentError:
        return ()


def readable(executable: str) -> str:
    """The name of a game's file, without the folder and the build: "Foo-Win64-Shipping.exe" is "Foo"."""
    name = re.split(r"[/\\]", executable)[-1]
    while (shorter := _BUILD.sub("", name)) and shorter != name:
        name = shorter
    return name or "a game"
