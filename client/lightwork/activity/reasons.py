"""Every reason to pause, each in one place: what is measured, by which sensor, and when it holds.

To add one: name it in `domain/states.py`, then add here a field to `Readings` (and to `Rules`, if a person can set
it), its sensor, and an entry in `REASONS`. `sensors.py` and `policy.py` need no change. PERSON is not here: the node
itself knows what a person asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightwork.domain.states import PauseReason

# A reason about an amount clears only at this multiple of the minimum: a value that wavers round it does not flap.
CLEARING_FACTOR = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the sensors said at one instant. None: this computer does not tell."""

    on_battery: bool | None = None
    disk_free: int | None = None  # bytes that this user may still write where Lightwork keeps its files
    memory_available: int | None = None  # bytes that programs can have without swapping
    trainer_memory: int | None = None  # bytes that ending our trainer would give back; None while it does not run


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a person chose: which readings pause training, and how long it then stays quiet. A minimum of 0 is off."""

    pause_on_battery: bool = True
    disk_free_minimum: int = 2 * 2**30
    memory_available_minimum: int = 1 * 2**30
    quiet_seconds: float = 45.0


Sensor = Callable[[Path, int | None], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How one reason to pause is recognised.

    `holds(readings, rules, began)`: whether it holds now; `began` are the readings with which it began, None if
    there is no such pause yet. A reading of None is never evidence for a pause: a desktop has no battery.
    `cause(readings)`: what to show beside the reason, in no language; fixed when the pause begins.
    """

    reason: PauseReason
    enabled: Callable[[Rules], bool]
    holds: Callable[[Readings, Rules, Readings | None], bool]
    cause: Callable[[Readings], str] = lambda readings: ""
    sensors: Mapping[str, Sensor] = field(default_factory=dict)  # field of Readings -> its sensor


# On battery -----------------------------------------------------------------------------------------------------


def battery_sensor(folder: Path, trainer: int | None) -> bool | None:
    """Whether a battery (a UPS counts, where the system says so) feeds this computer."""
    import psutil  # noqa: PLC0415  the rules stay importable without it

    read = getattr(psutil, "sensors_battery", None)  # absent on some systems
    battery = read() if read else None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def battery_holds(readings: Readings, rules: Rules, began: Readings | None) -> bool:
    """While the computer runs on battery. The quiet time applies here as well: docks renegotiate, plugs are loose."""
    return readings.on_battery is True


# Low disk -------------------------------------------------------------------------------------------------------


def disk_sensor(folder: Path, trainer: int | None) -> int:
    """Free bytes on the disk that holds `folder`, which need not exist yet."""
    import psutil  # noqa: PLC0415

    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return int(psutil.disk_usage(str(existing)).free)


def disk_holds(readings: Readings, rules: Rules, began: Readings | None) -> bool:
    """From below the minimum until a quarter more than it is free."""
    return _below(readings.disk_free, rules.disk_free_minimum, paused=began is not None)


# Low memory -----------------------------------------------------------------------------------------------------


def memory_sensor(folder: Path, trainer: int | None) -> int:
    """Bytes that programs can have without swapping."""
    import psutil  # noqa: PLC0415

    return int(psutil.virtual_memory().available)


def trainer_memory_sensor(folder: Path, trainer: int | None) -> int | None:
    """Bytes that only the trainer's process keeps in memory: resident, less the files that it shares (Linux tells)."""
    import psutil  # noqa: PLC0415

    if trainer is None:
        return None
    memory = psutil.Process(trainer).memory_info()
    return max(int(memory.rss) - int(getattr(memory, "shared", 0)), 0)


def memory_holds(readings: Readings, rules: Rules, began: Readings | None) -> bool:
    """From below the minimum until a quarter more is available, beside what our own trainer would take again.

    The trainer ends when training pauses, and its memory comes back at once. Were that counted as memory to spare,
    the pause would end after the quiet time, the trainer would fill the memory and the pause would begin again, for
    ever. So the memory that the trainer had when the pause began is set aside before the comparison.
    """
    if readings.memory_available is None:
        return False
    given_back = 0
    if began is not None and began.trainer_memory is not None:
        given_back = max(began.trainer_memory - (readings.trainer_memory or 0), 0)
    return _below(readings.memory_available - given_back, rules.memory_available_minimum, paused=began is not None)


def _below(value: int | None, minimum: int, *, paused: bool) -> bool:
    return value is not None and value < minimum * (CLEARING_FACTOR if paused else 1.0)


def _gibibytes(value: int | None) -> str:
    return "" if value is None else f"{value / 2**30:.1f} GiB"


REASONS = (
    Reason(
        reason=PauseReason.ON_BATTERY,
        enabled=lambda rules: rules.pause_on_battery,
        holds=battery_holds,
        sensors={"on_battery": battery_sensor},
    ),
    Reason(
        reason=PauseReason.LOW_DISK,
        enabled=lambda rules: rules.disk_free_minimum > 0,
        holds=disk_holds,
        cause=lambda readings: _gibibytes(readings.disk_free),
        sensors={"disk_free": disk_sensor},
    ),
    Reason(
        reason=PauseReason.LOW_MEMORY,
        enabled=lambda rules: rules.memory_available_minimum > 0,
        holds=memory_holds,
        cause=lambda readings: _gibibytes(readings.memory_available),
        sensors={"memory_available": memory_sensor, "trainer_memory": trainer_memory_sensor},
    ),
)
