"""Every setting, declared once: the file, the command line and the settings page are made from this.

To add a setting, declare it here and add it to `ALL`. One that nothing reads has no place here.
Memory and disk are in GB of 10^9 bytes.
"""

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from lightwork.domain.hours import parse_hours

T = TypeVar("T", bool, int, float, str)


class Page(StrEnum):
    """The page of the settings on which a setting stands, by its English title."""

    GENERAL = "General"
    COMPUTING = "Computing"
    PAUSING = "When to pause"
    NETWORK = "Network"
    ACCOUNT = "Account"
    PRIVACY = "Privacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One thing that a person may choose.

    `key` is "section.name": a name in a table of settings.toml, and what the command line takes.
    Bounds are inclusive; `choices`, if there are any, are the only values allowed. `verify` raises ValueError, with a
    sentence, for a text that is not in the setting's own form.
    """

    key: str
    type: "builtins.type[T]"
    default: T
    minimum: T | None = None
    maximum: T | None = None
    choices: tuple[T, ...] = ()
    verify: Callable[[T], object] | None = None
    label: str
    help: str
    unit: str = ""
    page: Page


GENERAL_PROJECT = Setting(
    key="general.project",
    type=str,
    default="",
    label="Project",
    help="The join link of the project that this computer works for. Empty means the practice project.",
    page=Page.GENERAL,
)

COMPUTING_DEVICE = Setting(
    key="computing.device",
    type=str,
    default="auto",
    label="Device",
    help='Which device trains, by the name that "lightwork devices" shows; "auto" takes the fastest that fits.',
    page=Page.COMPUTING,
)

COMPUTING_THREADS = Setting(
    key="computing.threads",
    type=int,
    default=0,
    minimum=0,
    maximum=256,
    label="Processor threads",
    help="How many threads train on the processor. 0 means half of the cores, and at least one.",
    page=Page.COMPUTING,
)

COMPUTING_MEMORY_SHARE = Setting(
    key="computing.memory_share",
    type=float,
    default=0.5,
    minimum=0.1,
    maximum=0.95,
    label="Share of memory",
    help="How much of the device's memory training may use: 0.5 is half of it.",
    page=Page.COMPUTING,
)

COMPUTING_LOW_PRIORITY = Setting(
    key="computing.low_priority",
    type=bool,
    default=True,
    label="Let other programs go first",
    help="Training runs at the lowest priority, so that it yields the processor to everything else.",
    page=Page.COMPUTING,
)

COMPUTING_QUIET = Setting(
    key="computing.quiet",
    type=bool,
    default=False,
    label="Quiet mode",
    help="Compute less, so that the computer stays cool and silent: half of the time, and a cooler device.",
    page=Page.COMPUTING,
)

COMPUTING_DUTY = Setting(
    key="computing.duty",
    type=float,
    default=1.0,
    minimum=0.05,
    maximum=1.0,
    label="Share of the time",
    help="The share of the time in which the device computes: 0.5 is half of it.",
    page=Page.COMPUTING,
)

COMPUTING_WATTS = Setting(
    key="computing.watts",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=10_000.0,
    label="Most power",
    help="Compute less, so that the device draws no more than this. 0 sets no limit.",
    unit="W",
    page=Page.COMPUTING,
)

COMPUTING_CELSIUS = Setting(
    key="computing.celsius",
    type=float,
    default=80.0,
    minimum=0.0,
    maximum=120.0,
    label="Keep the device below",
    help="Compute less, so that the device stays below this heat. 0 sets no limit.",
    unit="°C",
    page=Page.COMPUTING,
)

PAUSING_ALWAYS = Setting(
    key="pausing.always",
    type=bool,
    default=False,
    label="Run always",
    help="Train whatever the rules below say. Too little disk or memory and too much heat still pause.",
    page=Page.PAUSING,
)

PAUSING_GAMES_EVEN_THEN = Setting(
    key="pausing.games_even_then",
    type=bool,
    default=True,
    label="... but still pause for games",
    help='With "Run always": still give way to games, full-screen programs and others that need the graphics card.',
    page=Page.PAUSING,
)

PAUSING_GAMES = Setting(
    key="pausing.games",
    type=bool,
    default=True,
    label="Pause for games",
    help="Pause while a game runs: from Steam and other launchers, by GameMode, and the programs named below.",
    page=Page.PAUSING,
)

PAUSING_PROGRAMS = Setting(
    key="pausing.programs",
    type=str,
    default="",
    label="Also pause for these programs",
    help="Names of programs, separated by semicolons, that count as games: blender; davinci-resolve.",
    page=Page.PAUSING,
)

PAUSING_NEVER = Setting(
    key="pausing.never_for",
    type=str,
    default="",
    label="Never pause for these programs",
    help="Names of programs, separated by semicolons, that are no games although they look like some.",
    page=Page.PAUSING,
)

PAUSING_FULL_SCREEN = Setting(
    key="pausing.full_screen",
    type=bool,
    default=True,
    label="Pause for full-screen programs",
    help="Pause while a window fills a whole screen, such as a film or a presentation.",
    page=Page.PAUSING,
)

PAUSING_GPU_LOAD = Setting(
    key="pausing.gpu_load",
    type=float,
    default=0.25,
    minimum=0.0,
    maximum=1.0,
    label="Pause when others need the graphics card",
    help="Pause while others use more than this share of the graphics card, or most of its memory. 0 switches it off.",
    page=Page.PAUSING,
)

PAUSING_IN_USE_MINUTES = Setting(
    key="pausing.in_use_minutes",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=1440.0,
    label="Pause while I use the computer",
    help="Train only when keyboard and mouse have been still for so long. 0 switches it off.",
    unit="min",
    page=Page.PAUSING,
)

PAUSING_HOURS = Setting(
    key="pausing.hours",
    type=str,
    default="",
    verify=parse_hours,
    label="Hours",
    help="When training is allowed, such as: mon-fri 22:00-07:00; sat-sun 00:00-24:00. Empty allows every hour.",
    page=Page.PAUSING,
)

PAUSING_METERED = Setting(
    key="pausing.metered",
    type=bool,
    default=True,
    label="Pause on a metered network",
    help="Pause while the network is paid by volume, such as a phone's hotspot.",
    page=Page.PAUSING,
)

PAUSING_PROCESSOR_LOAD = Setting(
    key="pausing.processor_load",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=1.0,
    label="Pause when others need the processor",
    help="Pause while other programs use more than this share of the processor. 0 switches it off.",
    page=Page.PAUSING,
)

PAUSING_CELSIUS = Setting(
    key="pausing.celsius",
    type=float,
    default=90.0,
    minimum=0.0,
    maximum=120.0,
    label="Pause when too hot",
    help="Pause while the device is hotter than this. 0 switches it off.",
    unit="°C",
    page=Page.PAUSING,
)

PAUSING_PER_DEVICE = Setting(
    key="pausing.per_device",
    type=bool,
    default=False,
    label="Let other graphics cards go on",
    help="While a game uses one graphics card, train on another one.",
    page=Page.PAUSING,
)

PAUSING_KEEP_PROCESS = Setting(
    key="pausing.keep_process",
    type=bool,
    default=False,
    label="Keep the model in memory for short pauses",
    help="Training then resumes at once. A game, or a lack of memory, always gets all memory back.",
    page=Page.PAUSING,
)

PAUSING_ON_BATTERY = Setting(
    key="pausing.on_battery",
    type=bool,
    default=True,
    label="Pause on battery",
    help="Pause while the computer runs on its battery.",
    page=Page.PAUSING,
)

PAUSING_DISK_FREE_GB = Setting(
    key="pausing.disk_free_gb",
    type=float,
    default=2.0,
    minimum=0.0,
    maximum=100_000.0,
    label="Pause when the disk is nearly full",
    help="Pause while less than this is free on the disk that holds Lightwork's files.",
    unit="GB",
    page=Page.PAUSING,
)

PAUSING_MEMORY_FREE_GB = Setting(
    key="pausing.memory_free_gb",
    type=float,
    default=1.0,
    minimum=0.0,
    maximum=100_000.0,
    label="Pause when memory runs short",
    help="Pause while less memory than this is left for other programs.",
    unit="GB",
    page=Page.PAUSING,
)

PAUSING_QUIET_SECONDS = Setting(
    key="pausing.quiet_seconds",
    type=float,
    default=45.0,
    minimum=0.0,
    maximum=3600.0,
    label="Wait before resuming",
    help="How long every reason to pause must have been gone before training resumes.",
    unit="s",
    page=Page.PAUSING,
)

COST_PER_KWH = Setting(
    key="cost.per_kwh",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=1000.0,
    label="Price of electricity",
    help="What one kWh costs you. 0 shows no costs.",
    page=Page.COMPUTING,
)

COST_CURRENCY = Setting(
    key="cost.currency",
    type=str,
    default="EUR",
    label="Currency",
    help="The currency of that price.",
    page=Page.COMPUTING,
)

COST_GRAMS_CO2 = Setting(
    key="cost.grams_co2_per_kwh",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=5000.0,
    label="CO2 of electricity",
    help="Grams of CO2 for one kWh of your electricity. 0 shows none.",
    unit="g",
    page=Page.COMPUTING,
)

COST_WATTS = Setting(
    key="cost.watts",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=10_000.0,
    label="Assumed power",
    help="What the device draws while it trains, for devices that do not tell. 0 shows nothing for those.",
    unit="W",
    page=Page.COMPUTING,
)

NETWORK_HOST_TIMEOUT_SECONDS = Setting(
    key="network.host_timeout_seconds",
    type=float,
    default=30.0,
    minimum=1.0,
    maximum=3600.0,
    label="Patience with the host",
    help="How long to wait for a project's host to answer before trying again later.",
    unit="s",
    page=Page.NETWORK,
)

ALL: tuple[Setting[Any], ...] = (
    GENERAL_PROJECT,
    COMPUTING_DEVICE,
    COMPUTING_THREADS,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_LOW_PRIORITY,
    COMPUTING_QUIET,
    COMPUTING_DUTY,
    COMPUTING_WATTS,
    COMPUTING_CELSIUS,
    COST_PER_KWH,
    COST_CURRENCY,
    COST_GRAMS_CO2,
    COST_WATTS,
    PAUSING_ALWAYS,
    PAUSING_GAMES_EVEN_THEN,
    PAUSING_GAMES,
    PAUSING_PROGRAMS,
    PAUSING_NEVER,
    PAUSING_FULL_SCREEN,
    PAUSING_GPU_LOAD,
    PAUSING_IN_USE_MINUTES,
    PAUSING_HOURS,
    PAUSING_METERED,
    PAUSING_PROCESSOR_LOAD,
    PAUSING_CELSIUS,
    PAUSING_PER_DEVICE,
    PAUSING_KEEP_PROCESS,
    PAUSING_ON_BATTERY,
    PAUSING_DISK_FREE_GB,
    PAUSING_MEMORY_FREE_GB,
    PAUSING_QUIET_SECONDS,
    NETWORK_HOST_TIMEOUT_SECONDS,
)

# What a trainer is started with: a change of one of these needs a new trainer.
RESTARTING: tuple[Setting[Any], ...] = (
    COMPUTING_DEVICE,
    COMPUTING_THREADS,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_LOW_PRIORITY,
)
