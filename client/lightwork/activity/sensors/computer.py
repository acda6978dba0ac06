"""What psutil tells on every system: battery, disk, memory; and the local time of the week."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

from lightwork.activity.sensor import NotAvailableError, Pace, Polled, Sensor
from lightwork.domain.hours import DAY_MINUTES


def computer_sensors(folder: Path, pace: Pace) -> list[Sensor]:
    """`folder` is where Lightwork keeps its files."""
    return [
        Polled("on_battery", on_battery, pace, busy=5.0),
        Polled("disk_free", lambda: disk_free(folder), pace, busy=10.0),
        Polled("memory_available", memory_available, pace, busy=2.0, instant=True),
        Polled("week_minute", week_minute, pace, busy=10.0, instant=True),
    ]


def on_battery() -> bool:
    """Whether a battery (a UPS counts, where the system says so) feeds this computer."""
    read = getattr(psutil, "sensors_battery", None)  # absent on some systems
    battery = read() if read else None
    if battery is None:
        raise NotAvailableError("this computer has no battery")
    if battery.power_plugged is None:
        raise NotAvailableError("the battery does not tell whether it is in use")
    return not battery.power_plugged


def disk_free(folder: Path) -> int:
    """Free bytes on the disk that holds `folder`, which need not exist yet."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return int(psutil.disk_usage(str(existing)).free)


def memory_available() -> int:
    """Bytes that programs can have without swapping."""
    return int(psutil.virtual_memory().available)


def week_minute(now: Callable[[], time.struct_time] = time.localtime) -> int:
    """Minutes since Monday 00:00, local time."""
    local = now()
    return local.tm_wday * DAY_MINUTES + local.tm_hour * 60 + local.tm_min
