"""What every source of devices gives, and which sources can work on this system."""

import sys
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.users import ProcessUse

# The smallest model that is worth sharing needs weights, gradients, optimizer state and activations side by side.
# Built-in graphics carve out 128 MiB to 1 GiB and would lose against the processor that they are part of.
OWN_MEMORY_MINIMUM = 2 * 2**30


class DeviceSource(Protocol):
    """Devices of one maker or one interface. Calls block, for milliseconds; they are made from one thread at a time."""

    name: str

    def read(self) -> list[DeviceStatus]:
        """Devices as they are now, in the order in which torch counts them. Empty where there are none.

        Raises anything only for what is there but does not work; `Devices` logs it and asks again later.
        """

    def users(self, device: str) -> list[ProcessUse] | None:
        """Who uses one of its devices, by the id that `read` gave it. None: the device does not tell.

        Loads are means since the last call. Raises as `read` does.
        """

    def held_by(self, device: str, process: int) -> int | None:
        """Bytes of the device that a process holds now: 0 after its end, None where that cannot be told.

        Raises as `read` does.
        """

    def close(self) -> None:
        """Give back what the source holds. A later `read` opens it again."""


@dataclass(frozen=True, slots=True)
class Board:
    """A card and its power limit, in milliwatts."""

    serial: str  # the same after a restart, whatever the card's number is then
    limit: int
    lowest: int
    highest: int


@runtime_checkable
class PowerSource(Protocol):
    """A source whose devices' power can be limited."""

    def board(self, device: str) -> Board | None:
        """The limit that holds; None where there is none to set. Raises as `read` does."""

    def set_power(self, device: str, milliwatts: int) -> bool:
        """Set the limit. False if this process may not do so. Raises as `read` does."""


@runtime_checkable
class DriverSource(Protocol):
    """A source that knows which driver drives its devices."""

    def driver(self, device: str) -> str:
        """The driver's version as its maker gives it; empty if it is not told. Raises as `read` does."""


class ProcessCounters(Protocol):
    """A system's own count of who uses which adapter, for all makers. Adapters go by maker and name."""

    def users(self, maker: str, name: str) -> list[ProcessUse] | None:
        """Who uses the adapter; None if it is not known, or one of several of that name."""

    def held_by(self, maker: str, name: str, process: int) -> int | None:
        """Bytes of the adapter's own memory that the process holds; None as above."""

    def close(self) -> None:
        """Give back what is held; a later question takes it again."""


def device_sources() -> list[DeviceSource]:
    """Sources for this system. Makers' libraries are loaded by the first `read`, and only where they are installed."""
    # Imported here because each maker's file imports this one, and so that no system pays for another's.
    from lightwork.hardware.cpu import CpuSource  # noqa: PLC0415

    sources: list[DeviceSource] = []
    if sys.platform == "darwin":
        from lightwork.hardware.apple import AppleSource  # noqa: PLC0415

        sources.append(AppleSource())
    elif sys.platform == "win32":
        from lightwork.hardware.nvidia import NvidiaSource  # noqa: PLC0415
        from lightwork.hardware.windows import WindowsSource  # noqa: PLC0415
        from lightwork.hardware.windows_users import AdapterCounters  # noqa: PLC0415

        counters = AdapterCounters()
        sources += [NvidiaSource(counters=counters), WindowsSource(counters=counters)]
    else:
        from lightwork.hardware.amd import AmdSource  # noqa: PLC0415
        from lightwork.hardware.clients import DrmClients  # noqa: PLC0415
        from lightwork.hardware.intel import IntelSource  # noqa: PLC0415
        from lightwork.hardware.nvidia import NvidiaSource  # noqa: PLC0415

        clients = DrmClients()
        sources += [NvidiaSource(), AmdSource(clients=clients), IntelSource(clients=clients)]
    return [*sources, CpuSource()]


def gpu_status(
    device: str,
    *,
    name: str,
    maker: str,
    memory_total: int | None,
    memory_used: int | None = None,
    load: float | None = None,
    celsius: float | None = None,
    watts: float | None = None,
    note: str = "",
) -> DeviceStatus:
    """A graphics device. `memory_total` is bytes, None if unknown; a note means that it cannot train, and why.

    Unknown memory is no fault: the trainer finds out. Known to be too little is.
    """
    if not note and memory_total is not None and memory_total < OWN_MEMORY_MINIMUM:
        note = f"It has only {memory_total / 2**20:.0f} MiB of memory of its own."
    return DeviceStatus(
        id=device,
        kind=DeviceKind.GPU,
        name=name,
        maker=maker,
        memory_total=memory_total or 0,
        memory_used=memory_used,
        load=load,
        celsius=celsius,
        watts=watts,
        note=note,
        usable=not note,
    )
