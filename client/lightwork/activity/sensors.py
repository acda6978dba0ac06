"""Ask every sensor of `reasons.py` once."""

import logging
from pathlib import Path
from typing import Any

from lightwork.activity.reasons import REASONS, Readings, Sensor

log = logging.getLogger(__name__)


def read(folder: Path, trainer: int | None = None) -> Readings:
    """This computer now. Blocks for milliseconds; raises nothing: what a sensor cannot tell is None.

    `folder` is where Lightwork keeps its files; `trainer` is the trainer's process id while it runs.
    """
    sensors = {name: sensor for reason in REASONS for name, sensor in reason.sensors.items()}
    return Readings(**{name: _ask(name, sensor, folder, trainer) for name, sensor in sensors.items()})


def _ask(name: str, sensor: Sensor, folder: Path, trainer: int | None) -> Any:
    try:
        return sensor(folder, trainer)
    except Exception as error:  # a sensor is a system's business and may fail in any way; training must not
        log.debug("%s: %r", name, error)
        return None
