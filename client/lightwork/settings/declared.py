"""Every setting, declared once: the file, the command line and the settings page are made from this.

To add a setting, declare it here and add it to `ALL`. One that nothing reads has no place here.
Memory and disk are in GB of 10^9 bytes.
"""

import builtins
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

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
    Bounds are inclusive; `choices`, if there are any, are the only values allowed.
    """

    key: str
    type: "builtins.type[T]"
    default: T
    minimum: T | None = None
    maximum: T | None = None
    choices: tuple[T, ...] = ()
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
    PAUSING_ON_BATTERY,
    PAUSING_DISK_FREE_GB,
    PAUSING_MEMORY_FREE_GB,
    PAUSING_QUIET_SECONDS,
    NETWORK_HOST_TIMEOUT_SECONDS,
)
