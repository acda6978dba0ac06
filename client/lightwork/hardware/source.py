"""What every source of devices gives, and which sources can work on this system."""

import sys
from typing import Protocol

from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus

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

    def close(self) -> None:
        """Give back what the source holds. A later `read` opens it again."""


def device_sources() -> list[DeviceSource]:
    """Sources for this system. Makers' libraries are loaded by the first `read`, and only where they are installed."""
    # Imported here because each maker's file imports this one, and so that no system pays for another's.
    from lightwork.hardware.cpu import CpuSource  # noqa: PLC0415

    sources: list[DeviceSource] = []
    if sys.platform == "darwin":
        from lightwork.hardware.apple import AppleSource  # noqa: PLC0415

        sources.append(AppleSource())
    else:
        from lightwork.hardware.nvidia import NvidiaSource  # noqa: PLC0415

        sources.append(NvidiaSource())
    if sys.platform == "linux":
        from lightwork.hardware.amd import AmdSource  # noqa: PLC0415
        from lightwork.hardware.intel import IntelSource  # noqa: PLC0415

        sources += [AmdSource(), IntelSource()]
    if sys.platform == "win32":
        from lightwork.hardware.windows import WindowsSource  # noqa: PLC0415

        sources.append(WindowsSource())
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
