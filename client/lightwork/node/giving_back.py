"""Confirming by measurement that a pause gave everything back."""

import asyncio
import time
from collections.abc import Callable, Iterable

from lightwork.domain.states import PauseReason
from lightwork.domain.status import GivenBack, Pause

# A driver frees a dead process's memory within milliseconds; what takes longer than this is shown as not confirmed.
_PATIENCE = 20.0
_LOOK_EVERY = 0.02
# Whoever plays or lacks memory waits for the trainer's end; it is killed then. Else it may take what its state needs.
_HARD_KILL, _UNHURRIED = 2.0, 15.0
_URGENT = frozenset(
    {
        PauseReason.PERSON,
        PauseReason.GAME,
        PauseReason.FULL_SCREEN,
        PauseReason.GPU_IN_USE,
        PauseReason.LOW_MEMORY,
    }
)


def patience(pauses: Iterable[Pause]) -> float:
    """Seconds that a trainer may take to end for these reasons; none means that the person stopped it for good."""
    return _HARD_KILL if any(pause.reason in _URGENT for pause in pauses) else _UNHURRIED


async def measure(
    held_by: Callable[[str, int], int | None], device: str, process: int, *, began: float, known: int
) -> GivenBack | None:
    """Watch a trainer's memory until it is free. `began` is the monotonic time of the cause of the pause.

    Call it when the trainer is asked to end: what it held is read at once. `known` is what the trainer itself said
    last, for one that is quicker than that. None if it is not free after twenty seconds. `memory` of the result is None
    where nobody tells what a process holds; its end is the sign then.
    """

    def look() -> tuple[int | None, bool]:
        return held_by(device, process), _alive(process)

    held, alive = await asyncio.to_thread(look)
    most = held or known
    deadline = time.monotonic() + _PATIENCE
    # In a container a driver may know the process by another number and call what it holds nothing: its end counts too.
    while held or alive:
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(_LOOK_EVERY)
        held, alive = await asyncio.to_thread(look)
        most = max(most, held or 0)
    seconds = time.monotonic() - began
    return GivenBack(memory=most or None, seconds=round(seconds, 3), at=time.time(), device=device)


def _alive(process: int) -> bool:
    import psutil  # noqa: PLC0415  an idle node does not need it

    try:
        if not psutil.pid_exists(process):
            return False
        # Windows knows no zombies, and reads every process to tell a state.
        return psutil.WINDOWS or psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
