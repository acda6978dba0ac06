"""All sources together, and the choice among their devices."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.power import PowerLimits
from lightwork.hardware.source import DeviceSource, DriverSource, PowerSource, device_sources
from lightwork.hardware.users import ProcessUse

AUTO = "auto"
RETRY_SECONDS = 30.0

Answer = TypeVar("Answer")

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

    All methods may be called from any thread: they wait for each other. None raises what a driver raises.
    """

    def __init__(
        self,
        sources: Sequence[DeviceSource] | None = None,
        clock: Callable[[], float] = time.monotonic,
        limits: Path | None = None,
    ) -> None:
        """`limits`: where the power limits are kept that held before ours. Without it none is changed."""
        self._watched = [_Watched(source, []) for source in (device_sources() if sources is None else sources)]
        self._clock = clock
        self._limits = None if limits is None else PowerLimits(limits)
        self._lock = threading.RLock()
        self._places: dict[str, tuple[_Watched, str]] = {}  # id -> its source, and the id that the source knows

    def read(self) -> list[DeviceStatus]:
        """All devices, in the order of the sources; ids are unique. Blocks for milliseconds; raises nothing."""
        with self._lock:
            found: list[tuple[_Watched, DeviceStatus]] = []
            for watched in self._watched:
                self._reread(watched)
                found += ((watched, device) for device in watched.last)
            told = _told_apart([device for _, device in found])
            self._places = {
                device.id: (watched, original.id) for device, (watched, original) in zip(told, found, strict=True)
            }
            return told

    def users(self, device: str) -> list[ProcessUse] | None:
        """Every process that uses the device, ours too; None if it does not tell, or does not answer.

        Loads are means since the last call for this device.
        """
        with self._lock:
            return self._ask(device, lambda source, known: source.users(known))

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of the device's memory that the process holds now: 0 after its end, None where that cannot be told."""
        with self._lock:
            return self._ask(device, lambda source, known: source.held_by(known, process))

    def driver(self, device: str) -> str:
        """The version of the device's driver; empty where there is none, or where that cannot be told."""
        with self._lock:
            return (
                self._ask(
                    device, lambda source, known: source.driver(known) if isinstance(source, DriverSource) else ""
                )
                or ""
            )

    def limit_power(self, device: str, watts: float | None) -> float | None:
        """Limit a card's power, within what it permits and never above the limit that was there before.

        None brings that one back. Returns the watts that hold now; None where this process may not set them, which is
        so without the administrator's rights, and where there is nothing to set.
        """
        limits = self._limits
        if limits is None:
            return None
        with self._lock:
            return self._ask(
                device,
                lambda source, known: limits.limit(source, known, watts) if isinstance(source, PowerSource) else None,
            )

    def restore_power(self) -> None:
        """Take back every limit of ours that still holds, also one that a killed process has left: at start and end."""
        with self._lock:
            if self._limits is not None and self._limits.left:
                for device in self.read():
                    self.limit_power(device.id, None)

    def close(self) -> None:
        """Close every source. Raises nothing."""
        with self._lock:
            for watched in self._watched:
                try:
                    watched.source.close()
                except Exception as error:  # closing is best effort: the process ends anyway
                    log.warning("%s did not close: %r", watched.source.name, error)

    def _reread(self, watched: _Watched) -> None:
        if self._clock() >= watched.not_before:
            try:
                watched.last = watched.source.read()
            except Exception as error:  # whatever a driver does, the other devices stay visible
                log.warning("%s does not answer, next try in %.0f s: %r", watched.source.name, RETRY_SECONDS, error)
                watched.last = [_without_live_values(device) for device in watched.last]
                watched.not_before = self._clock() + RETRY_SECONDS

    def _ask(self, device: str, question: Callable[[DeviceSource, str], Answer | None]) -> Answer | None:
        """What its source says of a device; None from one that does not answer. `read` is what opens a driver anew."""
        if not self._places:
            self.read()
        watched, known = self._places.get(device, (None, ""))
        if watched is None or self._clock() < watched.not_before:
            return None
        try:
            return question(watched.source, known)
        except Exception as error:  # one card may be lost and the others fine: no reason to rest the source
            log.debug("%s does not answer for %s: %r", watched.source.name, device, error)
            return None


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
