"""All sensors at once: each in a task of its own, their newest values in one `Readings`."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lightwork.activity.readings import Readings
from lightwork.activity.sensor import NotAvailableError, Sensor
from lightwork.domain.states import Sense
from lightwork.domain.status import SenseNote

# A desktop may come later, a service may be installed: it is worth another look, but not many (seconds).
_LOOK_AGAIN = 60.0
# A sensor that broke is started again well within the quiet time, so that its pause does not end by that.
_FIRST_RESTART, _LONGEST_RESTART = 2.0, 300.0

log = logging.getLogger(__name__)


class Watcher:
    """Runs the sensors. `changed` is called in the loop's thread whenever a reading or a note is new."""

    def __init__(self, sensors: Sequence[Sensor], changed: Callable[[], None]) -> None:
        self._sensors = tuple(sensors)
        self._changed = changed
        self._notes: dict[str, str] = {}
        self.readings = Readings()

    @property
    def notes(self) -> tuple[SenseNote, ...]:
        """The senses that do not work here now, or not fully, and why."""
        return tuple(SenseNote(sense=sense, note=self._notes[sense]) for sense in Sense if sense in self._notes)

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for sensor in self._sensors:
                tasks.create_task(self._keep(sensor))

    async def _keep(self, sensor: Sensor) -> None:
        """Run one sensor again and again. One that fails hides nothing of the others, and its value is then None."""
        restart, worked = _FIRST_RESTART, False

        def report(value: Any) -> None:
            nonlocal restart, worked
            restart, worked = _FIRST_RESTART, True
            self._learn(sensor.field, value, getattr(sensor, "note", ""))

        while True:
            try:
                await sensor.run(report)
                why, wait = "it ended by itself", restart
            except NotAvailableError as error:
                # What has worked before is worth another look soon; what never has will hardly come.
                why, wait = str(error), min(restart, _LOOK_AGAIN) if worked else _LOOK_AGAIN
            except Exception as error:  # a sensor is a system's business and may fail in any way; training must not
                log.warning("sensor %s: %r", sensor.field, error)
                why, wait = f"it failed: {error!r}"[:200], restart
            self._learn(sensor.field, None, why)
            await asyncio.sleep(wait)
            restart = min(_LONGEST_RESTART, 2 * restart)

    def _learn(self, field: str, value: Any, note: str) -> None:
        if getattr(self.readings, field) == value and self._notes.get(field, "") == note:
            return
        self.readings = replace(self.readings, **{field: value})
        self._notes.pop(field, None)
        if note:
            self._notes[field] = note
        self._changed()
