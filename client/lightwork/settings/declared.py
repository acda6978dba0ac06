"""Every setting, declared once: the file, the command line and the settings page are made from this.

To add a setting, declare it here and add it to `ALL`. One that nothing reads has no place here.
Memory, disk and traffic are in GB of 10^9 bytes, speeds of the network in kB of 1000 bytes a second.
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
    PRIVACY = "Privacy and safety"


class Kind(StrEnum):
    """What a text or number stands for, where its type alone does not say which control suits it."""

    PLAIN = "plain"  # as the type says
    SHARE = "share"  # of a whole, 0 to 1; people read it in percent
    PROGRAMS = "programs"  # names, separated by semicolons
    HOURS = "hours"  # of the week; see `hours.py`
    DEVICE = "device"
    PROJECT = "project"  # chosen among the projects, not typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One thing that a person may choose.

    `key` is "section.name": a name in a table of settings.toml, and what the command line takes.
    Bounds are inclusive; `choices`, if there are any, are the only values allowed. `verify` raises ValueError, with a
    sentence, for a text that is not in the setting's own form.

    `zero` is what 0 means, where it is no amount; `typed` tells how a value is written, to those who write it.
    `step` is by how much the arrows of a number change it. The page shows `advanced` ones only to who asks for more.
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
    typed: str = ""
    unit: str = ""
    zero: str = ""
    kind: Kind = Kind.PLAIN
    step: float = 1.0
    advanced: bool = False
    page: Page


GENERAL_PROJECT = Setting(
    key="general.project",
    type=str,
    default="",
    label="Project",
    help="What this computer works for.",
    typed="A join link. Empty means the practice project.",
    kind=Kind.PROJECT,
    page=Page.GENERAL,
)

GENERAL_START_AT_LOGIN = Setting(
    key="general.start_at_login",
    type=bool,
    default=False,
    label="Start with the computer",
    help="Start Lightwork, in the tray, when you log in.",
    page=Page.GENERAL,
)

GENERAL_GO_ON = Setting(
    key="general.go_on",
    type=bool,
    default=True,
    label="Go on after a restart",
    help="When Lightwork starts and was contributing before, it goes on by itself.",
    page=Page.GENERAL,
)

GENERAL_OPEN_LINKS = Setting(
    key="general.open_links",
    type=bool,
    default=False,
    label="Open project links",
    help="Clicking a lightwork:// link anywhere on this computer opens it here.",
    page=Page.GENERAL,
)

GENERAL_NOTIFICATIONS = Setting(
    key="general.notifications",
    type=bool,
    default=True,
    label="Notifications",
    help="Tell you, rarely, when something needs you or when your first credit has arrived.",
    page=Page.GENERAL,
)

GENERAL_CLOSE_TO_TRAY = Setting(
    key="general.close_to_tray",
    type=bool,
    default=True,
    label="Keep the icon when the window is closed",
    help="Closing the window leaves the icon in the tray. Training goes on in either case.",
    page=Page.GENERAL,
)

COMPUTING_DEVICE = Setting(
    key="computing.device",
    type=str,
    default="auto",
    label="Device",
    help="Which device trains. By itself, Lightwork takes the fastest that fits.",
    typed='A name that "lightwork devices" shows, or "auto".',
    kind=Kind.DEVICE,
    page=Page.COMPUTING,
)

COMPUTING_THREADS = Setting(
    key="computing.threads",
    type=int,
    default=0,
    minimum=0,
    maximum=256,
    label="Processor threads",
    help="How many threads train, where the processor does. By itself, Lightwork takes half of the cores.",
    zero="automatic",
    advanced=True,
    page=Page.COMPUTING,
)

COMPUTING_MEMORY_SHARE = Setting(
    key="computing.memory_share",
    type=float,
    default=0.5,
    minimum=0.1,
    maximum=0.95,
    label="Share of memory",
    help="How much of the device's memory training may use.",
    kind=Kind.SHARE,
    step=0.05,
    page=Page.COMPUTING,
)

COMPUTING_LOW_PRIORITY = Setting(
    key="computing.low_priority",
    type=bool,
    default=True,
    label="Let other programs go first",
    help="Training runs at the lowest priority, so that it yields the processor to everything else.",
    advanced=True,
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
    help="In how much of the time the device computes.",
    kind=Kind.SHARE,
    step=0.05,
    advanced=True,
    page=Page.COMPUTING,
)

COMPUTING_WATTS = Setting(
    key="computing.watts",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=10_000.0,
    label="Most power",
    help="Compute less, so that the device draws no more than this.",
    unit="W",
    zero="no limit",
    step=10.0,
    advanced=True,
    page=Page.COMPUTING,
)

COMPUTING_CELSIUS = Setting(
    key="computing.celsius",
    type=float,
    default=80.0,
    minimum=0.0,
    maximum=120.0,
    label="Keep the device below",
    help="Compute less, so that the device stays below this heat.",
    unit="°C",
    zero="no limit",
    advanced=True,
    page=Page.COMPUTING,
)

PAUSING_ALWAYS = Setting(
    key="pausing.always",
    type=bool,
    default=False,
    label="Run always",
    help="Train whatever the rules below say. Too little disk or memory, too much heat, and a used-up data allowance "
    "still pause.",
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
    help="Programs that count as games, such as blender or davinci-resolve.",
    typed="Names, separated by semicolons.",
    kind=Kind.PROGRAMS,
    page=Page.PAUSING,
)

PAUSING_NEVER = Setting(
    key="pausing.never_for",
    type=str,
    default="",
    label="Never pause for these programs",
    help="Programs that are no games although they look like some.",
    typed="Names, separated by semicolons.",
    kind=Kind.PROGRAMS,
    advanced=True,
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
    help="Pause while others use more than this share of the graphics card, or most of its memory.",
    zero="off",
    kind=Kind.SHARE,
    step=0.05,
    page=Page.PAUSING,
)

PAUSING_IN_USE_MINUTES = Setting(
    key="pausing.in_use_minutes",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=1440.0,
    label="Pause while I use the computer",
    help="Train only when keyboard and mouse have been still for so long.",
    unit="min",
    zero="off",
    page=Page.PAUSING,
)

PAUSING_HOURS = Setting(
    key="pausing.hours",
    type=str,
    default="",
    verify=parse_hours,
    label="Hours",
    help="When training is allowed.",
    typed="Such as: mon-fri 22:00-07:00; sat-sun 00:00-24:00. Empty allows every hour.",
    kind=Kind.HOURS,
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
    help="Pause while other programs use more than this share of the processor.",
    zero="off",
    kind=Kind.SHARE,
    step=0.05,
    advanced=True,
    page=Page.PAUSING,
)

PAUSING_CELSIUS = Setting(
    key="pausing.celsius",
    type=float,
    default=90.0,
    minimum=0.0,
    maximum=120.0,
    label="Pause when too hot",
    help="Pause while the device is hotter than this.",
    unit="°C",
    zero="off",
    advanced=True,
    page=Page.PAUSING,
)

PAUSING_PER_DEVICE = Setting(
    key="pausing.per_device",
    type=bool,
    default=False,
    label="Let other graphics cards go on",
    help="While a game uses one graphics card, train on another one.",
    advanced=True,
    page=Page.PAUSING,
)

PAUSING_KEEP_PROCESS = Setting(
    key="pausing.keep_process",
    type=bool,
    default=False,
    label="Keep the model in memory for short pauses",
    help="Training then resumes at once. A game, or a lack of memory, always gets all memory back.",
    advanced=True,
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
    zero="off",
    step=0.5,
    advanced=True,
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
    zero="off",
    step=0.5,
    advanced=True,
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
    zero="at once",
    step=5.0,
    advanced=True,
    page=Page.PAUSING,
)

COST_PER_KWH = Setting(
    key="cost.per_kwh",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=1000.0,
    label="Price of electricity",
    help="What one kWh costs you.",
    zero="not shown",
    step=0.01,
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
    help="Grams of CO2 for one kWh of your electricity.",
    unit="g",
    zero="not shown",
    step=10.0,
    advanced=True,
    page=Page.COMPUTING,
)

COST_WATTS = Setting(
    key="cost.watts",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=10_000.0,
    label="Assumed power",
    help="What the device draws while it trains, for devices that do not tell.",
    unit="W",
    zero="not shown",
    step=10.0,
    advanced=True,
    page=Page.COMPUTING,
)

NETWORK_UPLOAD_LIMIT = Setting(
    key="network.upload_limit",
    type=int,
    default=0,
    minimum=0,
    maximum=1_000_000,
    label="Most upload speed",
    help="Send no faster than this, so that the line stays free for you.",
    unit="kB/s",
    zero="no limit",
    step=100.0,
    page=Page.NETWORK,
)

NETWORK_DOWNLOAD_LIMIT = Setting(
    key="network.download_limit",
    type=int,
    default=0,
    minimum=0,
    maximum=1_000_000,
    label="Most download speed",
    help="Receive no faster than this.",
    unit="kB/s",
    zero="no limit",
    step=100.0,
    page=Page.NETWORK,
)

NETWORK_LIMIT_HOURS = Setting(
    key="network.limit_hours",
    type=str,
    default="",
    verify=parse_hours,
    label="Hours of the speed limits",
    help="When the two limits above hold. At other hours Lightwork uses all the speed that there is.",
    typed="Such as: mon-fri 08:00-23:00. Empty means every hour.",
    kind=Kind.HOURS,
    advanced=True,
    page=Page.NETWORK,
)

NETWORK_MONTH_GB = Setting(
    key="network.month_gb",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=100_000.0,
    label="Data allowance per month",
    help="Pause for the rest of the month when so much was sent and received.",
    unit="GB",
    zero="no limit",
    step=5.0,
    page=Page.NETWORK,
)

NETWORK_MONTH_BEGINS = Setting(
    key="network.month_begins",
    type=int,
    default=1,
    minimum=1,
    maximum=28,
    label="The month begins on day",
    help="The day on which your internet contract counts anew.",
    page=Page.NETWORK,
)

NETWORK_DAY_GB = Setting(
    key="network.day_gb",
    type=float,
    default=0.0,
    minimum=0.0,
    maximum=100_000.0,
    label="Data allowance per day",
    help="Pause for the rest of the day when so much was sent and received.",
    unit="GB",
    zero="no limit",
    step=0.5,
    page=Page.NETWORK,
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
    step=5.0,
    advanced=True,
    page=Page.NETWORK,
)

ALL: tuple[Setting[Any], ...] = (
    GENERAL_PROJECT,
    GENERAL_START_AT_LOGIN,
    GENERAL_GO_ON,
    GENERAL_OPEN_LINKS,
    GENERAL_NOTIFICATIONS,
    GENERAL_CLOSE_TO_TRAY,
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
    NETWORK_UPLOAD_LIMIT,
    NETWORK_DOWNLOAD_LIMIT,
    NETWORK_LIMIT_HOURS,
    NETWORK_MONTH_GB,
    NETWORK_MONTH_BEGINS,
    NETWORK_DAY_GB,
    NETWORK_HOST_TIMEOUT_SECONDS,
)

# What a trainer is started with: a change of one of these needs a new trainer.
RESTARTING: tuple[Setting[Any], ...] = (
    COMPUTING_DEVICE,
    COMPUTING_THREADS,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_LOW_PRIORITY,
)
