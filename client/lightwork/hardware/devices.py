"""All sources together, and the choice among their devices."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.source import DeviceSource, device_sources

AUTO = "auto"
RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    """A source, what it said last, and the time before which it is left alone after a failure."""

    source: DeviceSource
    last: list[DeviceStatus]
    not_before: float = 0.0


class Devices:
    """Every device of this computer. One failing source never hides what the others say.

    While a source fails, its devices stay listed without live values: a driver that did not answer once is no
    evidence that a card was pulled out. A device that is really gone is missing from a read that succeeds.
    """

    def __init__(
        self, sources: Sequence[DeviceSource] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._watched = [_Watched(source, []) for source in (device_sources() if sources is None else sources)]
        self._clock = clock

    def read(self) -> list[DeviceStatus]:
        """All devices, in the order of the sources; ids are unique. Blocks for milliseconds; raises nothing."""
        found: list[DeviceStatus] = []
        for watched in self._watched:
            if self._clock() >= watched.not_before:
                try:
                    watched.last = watched.source.read()
                except Exception as error:  # whatever a driver does, the other devices stay visible
                    log.warning("%s does not answer, next try in %.0f s: %r", watched.source.name, RETRY_SECONDS, error)
                    watched.last = [_without_live_values(device) for device in watched.last]
                    watched.not_before = self._clock() + RETRY_SECONDS
            found += watched.last
        return _told_apart(found)

    def close(self) -> None:
        """Close every source. Raises nothing."""
        for watched in self._watched:
            try:
                watched.source.close()
            except Exception as error:  # closing is best effort: the process ends anyway
                log.warning("%s did not close: %r", watched.source.name, error)


def choose(devices: Sequence[DeviceStatus], wanted: str) -> DeviceStatus:
    """The device to train on. `wanted` is "auto" or a device's id.

    Auto takes the usable GPU with the most memory (the first of equals), else the CPU. Raises
    LightworkError(DEVICE_LOST) if the wanted device is not there or cannot train, or if there is none at all.
    """
    if wanted != AUTO:
        for device in devices:
            if device.id == wanted:
                if device.usable:
                    return device
                raise LightworkError(Trouble.DEVICE_LOST, f"{device.name}: {device.note}")
        raise LightworkError(Trouble.DEVICE_LOST, f"{wanted} is not one of {[device.id for device in devices]}")
    usable = [device for device in devices if device.usable]
    graphics = [device for device in usable if device.kind is DeviceKind.GPU]
    if graphics:
        return max(graphics, key=lambda device: device.memory_total)
    for device in usable:
        if device.kind is DeviceKind.CPU:
            return device
    raise LightworkError(Trouble.DEVICE_LOST, "no usable device was found")


def _without_live_values(device: DeviceStatus) -> DeviceStatus:
    return replace(device, memory_used=None, load=None, celsius=None, watts=None)


def _told_apart(devices: list[DeviceStatus]) -> list[DeviceStatus]:
    """Make ids unique. NVIDIA and AMD cards are both "cuda:N" to torch, but one build of torch knows only one maker."""
    seen: set[str] = set()
    result: list[DeviceStatus] = []
    for device in devices:
        if device.id in seen:
            number = sum(other.id.startswith(f"{device.maker.lower()}:") for other in result)
            device = replace(  # noqa: PLW2901  the renamed device takes its place
                device,
                id=f"{device.maker.lower()}:{number}",
                note=device.note or "Another maker's card is used on this computer.",
                usable=False,
            )
        seen.add(device.id)
        result.append(device)
    return result
