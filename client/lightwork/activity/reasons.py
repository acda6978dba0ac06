"""Every reason to pause, each in one place: who may switch it off, and how it is found in the readings. Pure.

To add one: name it in `domain/states.py`, add here a field to `Rules` if a person can set it, and an entry in
`REASONS`; what it needs to know is a field of `readings.py` with a sensor in `sensors/`. PERSON is not here: the node
itself knows what a person asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from lightwork.activity.readings import GpuUse, Program, Readings
from lightwork.domain.allowance import stops_at
from lightwork.domain.hours import Hours, clock_text
from lightwork.domain.states import PauseReason

# A reason about an amount clears only at this multiple of the minimum: a value that wavers round it does not flap.
CLEARING_FACTOR = 1.25
# Load is lumpy: a page that is drawn, a file that is unpacked. Only load that lasts so long is a need (seconds), and is
# seen at two looks at least.
GPU_PATIENCE = 0.9
PROCESSOR_PATIENCE = 10.0
# Heat goes as slowly as it came.
COOLER_BY = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a person chose: which readings pause training, and how long it then stays quiet. An amount of 0 is off."""

    always: bool = False  # "run always": only what protects the computer pauses, and games if `games_even_then`
    games_even_then: bool = True
    games: bool = True
    never: tuple[str, ...] = ()  # programs that are no games although they look like some; lower case
    full_screen: bool = True
    gpu_load: float = 0.25  # share of a graphics device that others use
    gpu_memory_share: float = 0.5  # of its memory that training was promised
    per_device: bool = False  # a game on one graphics device leaves the others alone
    in_use_seconds: float = 0.0
    hours: Hours = field(default_factory=Hours)
    metered: bool = True
    data_day: int = 0  # bytes
    data_month: int = 0
    processor_load: float = 0.0
    on_battery: bool = True
    celsius: float = 90.0
    disk_free_minimum: int = 2 * 10**9
    memory_available_minimum: int = 1 * 10**9
    quiet_seconds: float = 45.0


class Kind(Enum):
    """What a reason is for, which decides whether "run always" overrules it."""

    PROTECTION = "protection"  # of the computer, and of what its owner pays for: always respected
    PLAY = "play"  # somebody plays, watches or draws: respected even then, if so chosen
    COMFORT = "comfort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason that holds: its cause, in no language, who says so, and when the calendar ends it (Unix time)."""

    cause: str = ""
    source: str = ""
    ends: float | None = None


Find = Callable[[Readings, Rules, Readings | None, str], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How one reason to pause is recognised.

    `find(readings, rules, began, device)`: a finding if it holds now; `began` are the readings with which it began,
    None if there is no such pause yet. A reading of None is never evidence for a pause: a desktop has no battery.
    `devices(readings, rules)`: the devices that it is asked for one by one; "" is the whole computer.
    `fields`: the readings that it comes from. `patience`: seconds for which it must hold before it pauses, and
    `look(readings)` tells one look at it from the next. `renewed`: its cause is shown anew when it changes.
    """

    reason: PauseReason
    kind: Kind
    chosen: Callable[[Rules], bool]
    find: Find
    fields: tuple[str, ...]
    devices: Callable[[Readings, Rules], tuple[str, ...]] = lambda readings, rules: ("",)
    patience: float = 0.0
    look: Callable[[Readings], object] = lambda readings: None
    renewed: bool = False

    def enabled(self, rules: Rules) -> bool:
        """Whether a person wants to be asked for it now."""
        overruled = rules.always and (
            self.kind is Kind.COMFORT or (self.kind is Kind.PLAY and not rules.games_even_then)
        )
        return self.chosen(rules) and not overruled


# Somebody plays, watches or draws -------------------------------------------------------------------------------


def _game(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    programs = [
        program
        for found in (readings.games, readings.game_mode, _known_to_steam_alone(readings))
        for program in found or ()
        if program.name.lower() not in rules.never and _concerns(program, readings, device)
    ]
    # GameMode knows a program's file, a launcher its name.
    named = [program for program in programs if program.source and program.source != "GameMode"] or programs
    return Finding(cause=named[0].name, source=named[0].source) if named else None


def _known_to_steam_alone(readings: Readings) -> tuple[Program, ...]:
    # Among the processes the same game is found with its process, which tells on which device it is.
    seen = any(program.source == "Steam" for program in readings.games or ())
    return () if seen else readings.steam or ()


def _full_screen(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    programs = [program for program in readings.full_screen or () if _concerns(program, readings, device)]
    return Finding(cause=programs[0].name) if programs else None


def _playing_devices(readings: Readings, rules: Rules) -> tuple[str, ...]:
    """One by one only if a person lets other devices go on, and if it is known who uses which."""
    gpus = readings.gpus or ()
    return tuple(gpu.device for gpu in gpus) if rules.per_device and len(gpus) > 1 else ("",)


def _concerns(program: Program, readings: Readings, device: str) -> bool:
    """Whether a program keeps this device from training: one that is seen on another device only does not."""
    if not device or program.process is None:
        return True
    used = {gpu.device for gpu in readings.gpus or () if program.process in gpu.processes}
    return not used or device in used


def _gpu_in_use(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    """Others compute or draw on the device, or hold so much of its memory that the promised share is not there."""
    gpu = next((gpu for gpu in readings.gpus or () if gpu.device == device), None)
    if gpu is None:
        return None
    # What was needed to begin is more than what keeps it up, so that a game's menu does not end it.
    enough = rules.gpu_load / (CLEARING_FACTOR if began is not None else 1.0)
    busy = gpu.load is not None and gpu.load > enough
    return Finding(cause=gpu.program) if busy or _squeezed(gpu, rules, paused=began is not None) else None


def _squeezed(gpu: GpuUse, rules: Rules, *, paused: bool) -> bool:
    if gpu.memory is None or not gpu.memory_total:
        return False
    promised = int(rules.gpu_memory_share * gpu.memory_total)
    # A share near 1 was never free to begin with: a desktop holds some. A tenth is left to it.
    return _below(gpu.memory_total - gpu.memory, min(promised, int(0.9 * gpu.memory_total / CLEARING_FACTOR)), paused)


# Comfort --------------------------------------------------------------------------------------------------------


def _in_use(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    idle = readings.idle_seconds
    return Finding() if idle is not None and idle < rules.in_use_seconds else None


def _outside_hours(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    minute = readings.week_minute
    if minute is None or rules.hours.allow(minute):
        return None
    return Finding(cause=clock_text(rules.hours.next_allowed(minute) or 0))


def _metered(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    return Finding() if readings.metered else None


def _processor_busy(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    load = readings.others_load
    enough = rules.processor_load / (CLEARING_FACTOR if began is not None else 1.0)
    return Finding() if load is not None and load > enough else None


def _on_battery(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    return Finding() if readings.on_battery else None


# Protection -----------------------------------------------------------------------------------------------------


def _day_used_up(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    use = readings.traffic
    return None if use is None else _used_up(use.day, rules.data_day, use.day_ends)


def _month_used_up(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    use = readings.traffic
    return None if use is None else _used_up(use.month, rules.data_month, use.month_ends)


def _used_up(used: int, cap: int, ends: float) -> Finding | None:
    return Finding(cause=f"{cap / 1e9:g} GB", ends=ends) if used >= stops_at(cap) else None


def _too_hot(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    celsius = readings.celsius
    limit = rules.celsius - (COOLER_BY if began is not None else 0.0)
    return Finding(cause=f"{celsius:.0f} °C") if celsius is not None and celsius > limit else None


def _low_disk(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    low = _below(readings.disk_free, rules.disk_free_minimum, began is not None)
    return Finding(cause=_gigabytes(readings.disk_free)) if low else None


def _low_memory(readings: Readings, rules: Rules, began: Readings | None, device: str) -> Finding | None:
    """From below the minimum until a quarter more is available, beside what our own trainer would take again.

    The trainer ends when training pauses, and its memory comes back at once. Were that counted as memory to spare,
    the pause would end after the quiet time, the trainer would fill the memory and the pause would begin again, for
    ever. So the memory that the trainer had when the pause began is set aside before the comparison.
    """
    if readings.memory_available is None:
        return None
    given_back = 0
    if began is not None and began.trainer_memory is not None:
        given_back = max(began.trainer_memory - (readings.trainer_memory or 0), 0)
    low = _below(readings.memory_available - given_back, rules.memory_available_minimum, began is not None)
    return Finding(cause=_gigabytes(readings.memory_available)) if low else None


def _below(value: int | None, minimum: int, paused: bool) -> bool:
    return value is not None and value < minimum * (CLEARING_FACTOR if paused else 1.0)


def _gigabytes(value: int | None) -> str:
    return "" if value is None else f"{value / 1e9:.1f} GB"


# In the order in which they are shown: the first that holds answers "why?".
REASONS = (
    Reason(
        reason=PauseReason.GAME,
        kind=Kind.PLAY,
        chosen=lambda rules: rules.games,
        find=_game,
        fields=("games", "game_mode", "steam"),
        renewed=True,
        devices=_playing_devices,
    ),
    Reason(
        reason=PauseReason.FULL_SCREEN,
        kind=Kind.PLAY,
        chosen=lambda rules: rules.full_screen,
        find=_full_screen,
        fields=("full_screen",),
        renewed=True,
        devices=_playing_devices,
    ),
    Reason(
        reason=PauseReason.GPU_IN_USE,
        kind=Kind.PLAY,
        chosen=lambda rules: rules.gpu_load > 0,
        find=_gpu_in_use,
        fields=("gpus",),
        look=lambda readings: tuple(gpu.look for gpu in readings.gpus or ()),
        renewed=True,
        devices=lambda readings, rules: tuple(gpu.device for gpu in readings.gpus or ()),
        patience=GPU_PATIENCE,
    ),
    Reason(
        reason=PauseReason.IN_USE,
        kind=Kind.COMFORT,
        chosen=lambda rules: rules.in_use_seconds > 0,
        find=_in_use,
        fields=("idle_seconds",),
    ),
    Reason(
        reason=PauseReason.OUTSIDE_HOURS,
        kind=Kind.COMFORT,
        chosen=lambda rules: bool(rules.hours.spans),
        find=_outside_hours,
        fields=("week_minute",),
        renewed=True,
    ),
    Reason(
        reason=PauseReason.METERED,
        kind=Kind.COMFORT,
        chosen=lambda rules: rules.metered,
        find=_metered,
        fields=("metered",),
    ),
    Reason(
        reason=PauseReason.DATA_MONTH,
        kind=Kind.PROTECTION,
        chosen=lambda rules: rules.data_month > 0,
        find=_month_used_up,
        fields=("traffic",),
        renewed=True,
    ),
    Reason(
        reason=PauseReason.DATA_DAY,
        kind=Kind.PROTECTION,
        chosen=lambda rules: rules.data_day > 0,
        find=_day_used_up,
        fields=("traffic",),
        renewed=True,
    ),
    Reason(
        reason=PauseReason.PROCESSOR_BUSY,
        kind=Kind.COMFORT,
        chosen=lambda rules: rules.processor_load > 0,
        find=_processor_busy,
        fields=("others_load",),
        look=lambda readings: readings.others_load,
        patience=PROCESSOR_PATIENCE,
    ),
    Reason(
        reason=PauseReason.ON_BATTERY,
        kind=Kind.COMFORT,
        chosen=lambda rules: rules.on_battery,
        find=_on_battery,
        fields=("on_battery",),
    ),
    Reason(
        reason=PauseReason.TOO_HOT,
        kind=Kind.PROTECTION,
        chosen=lambda rules: rules.celsius > 0,
        find=_too_hot,
        fields=("celsius",),
    ),
    Reason(
        reason=PauseReason.LOW_DISK,
        kind=Kind.PROTECTION,
        chosen=lambda rules: rules.disk_free_minimum > 0,
        find=_low_disk,
        fields=("disk_free",),
    ),
    Reason(
        reason=PauseReason.LOW_MEMORY,
        kind=Kind.PROTECTION,
        chosen=lambda rules: rules.memory_available_minimum > 0,
        find=_low_memory,
        fields=("memory_available",),
    ),
)
