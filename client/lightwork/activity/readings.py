"""What the sensors say about this computer at one instant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that runs: what to call it, who says so, and which process it is if that is known."""

    name: str  # as a person knows it: "Elden Ring", or the file's name where nothing better is known
    source: str = ""  # "Steam", "GameMode", "Heroic", ...; empty: the person's own list
    process: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUse:
    """How others than Lightwork use one graphics device. Loads are 0..1, memory is bytes; None: it does not tell."""

    device: str  # as in DeviceStatus.id
    load: float | None = None
    memory: int | None = None  # that others hold
    memory_total: int | None = None
    program: str = ""  # the name of the process that uses it most
    processes: tuple[int, ...] = ()  # of those that compute or draw on it with a load worth naming
    look: int = 0  # which look this was: two that say the same are still two


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficUse:
    """Bytes that passed in the present day and month, both ways, and when the next ones begin (Unix times)."""

    day: int
    day_ends: float
    month: int
    month_ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The newest value of every sensor. None: this computer does not tell, or not yet; it is never evidence."""

    games: tuple[Program, ...] | None = None  # among the running programs
    steam: tuple[Program, ...] | None = None  # that Steam itself says it runs (Windows)
    game_mode: tuple[Program, ...] | None = None  # that asked Feral's GameMode for the computer's whole power
    full_screen: tuple[Program, ...] | None = None  # windows that cover a whole screen
    idle_seconds: float | None = None  # since the person last touched keyboard, mouse or controller
    on_battery: bool | None = None
    metered: bool | None = None  # the network is paid by volume
    traffic: TrafficUse | None = None  # Lightwork's own, where a person has set an allowance
    others_load: float | None = None  # of the processor, by other programs than Lightwork's, 0..1
    gpus: tuple[GpuUse, ...] | None = None
    celsius: float | None = None  # of the hottest device that trains
    week_minute: int | None = None  # local time: minutes since Monday 00:00
    disk_free: int | None = None  # bytes that this user may still write where Lightwork keeps its files
    memory_available: int | None = None  # bytes that programs can have without swapping
    trainer_memory: int | None = None  # bytes that ending our trainer would give back; None while it does not run
