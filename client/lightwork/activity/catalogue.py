"""Which sensors this system has. Each system's modules are imported on that system only."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lightwork.activity.sensor import Pace, Sensor

Names = Callable[[], Sequence[str]]


def sensors(
    folder: Path,
    pace: Pace,
    idle_pace: Pace,
    *,
    own_games: Names,
    never_games: Names,
) -> list[Sensor]:
    """All of them. The lists are the person's own. `idle_pace` is busy only
    while it matters whether somebody is there: where the system does not tell, that is the dearest question of all.
    """
    from lightwork.activity.games import games_sensor  # noqa: PLC0415
    from lightwork.activity.sensors.computer import computer_sensors  # noqa: PLC0415

    found: list[Sensor] = [games_sensor(pace, own_games, never_games), *computer_sensors(folder, pace)]
    if sys.platform == "win32":
        from lightwork.activity.sensors.windows import windows_sensors  # noqa: PLC0415

        found += windows_sensors(pace)
    elif sys.platform == "darwin":
        from lightwork.activity.sensors.macos import macos_sensors  # noqa: PLC0415

        found += macos_sensors(pace)
    else:
        from lightwork.activity.sensors.linux import linux_sensors  # noqa: PLC0415

        found += linux_sensors(idle_pace)
    return found
