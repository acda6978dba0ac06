"""Confirming by measurement that a pause gave everything back."""

import asyncio
import time
from collections.abc import Callable

from lightwork.domain.status import GivenBack

# A driver frees a dead process's memory within milliseconds; what takes longer than this is shown as not confirmed.
_PATIENCE = 10.0
_LOOK_EVERY = 0.02


async def measure(
    held_by: Callable[[str, int], int | None], device: str, process: int, *, began: float, known: int
) -> GivenBack | None:
    """Watch a trainer's memory until it is free. `began` is the monotonic time of the cause of the pause.

    Call it when the trainer is asked to end: what it held is read at once. `known` is what the trainer itself said
    last, for one that is quicker than that. None if it is not free after ten seconds. `memory` of the result is None
    where nobody tells what a process holds; its end is the sign then.
    """
    held = await asyncio.to_thread(held_by, device, process)
    most = held or known
    deadline = time.monotonic() + _PATIENCE
    # In a container a driver may know the process by another number and call what it holds nothing: its end counts too.
    while held or _alive(process):
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(_LOOK_EVERY)
        held = await asyncio.to_thread(held_by, device, process)
        most = max(most, held or 0)
    seconds = time.monotonic() - began
    return GivenBack(memory=most or None, seconds=round(seconds, 3), at=time.time(), device=device)


def _alive(process: int) -> bool:
    import psutil  # noqa: PLC0415  an idle node does not need it

    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
