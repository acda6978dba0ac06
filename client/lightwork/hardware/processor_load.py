"""What others have the processor do, and the memory that one process holds. By psutil."""

import sys
import time
from collections.abc import Callable, Collection, Mapping

import psutil


def others_busy(times: Mapping[str, float]) -> float:
    """Seconds of work at ordinary priority; `times` as psutil gives them, whose names differ by system.

    Linux counts guests in user time as well, and Windows interrupts in system time.
    """
    apart = {"idle", "iowait", "steal", "nice", "guest", "guest_nice", "interrupt", "dpc"}
    return sum(seconds for name, seconds in times.items() if name not in apart)


class SecondsSpent:
    """What processes have used of the time that `others_busy` counts."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}  # to look one up costs as much as to ask it

    def __call__(self, process: int) -> float | None:
        """Seconds of one process; None when it has ended or is another person's."""
        try:
            known = self._known.get(process) or psutil.Process(process)
            self._known[process] = known
            times = known.cpu_times()
            # Linux puts the user time of a process at lowered priority, such as our trainer, under nice; system time
            # stays where it is.
            apart = sys.platform == "linux" and known.nice() > 0
        except psutil.Error:
            self._known.pop(process, None)
            return None
        return float(times.system) + (0.0 if apart else float(times.user))


class ProcessorLoad:
    """Share of the whole processor that other programs use, 0..1.

    Linux' time at a lowered priority does not count: whoever computes at nice 1 to 19 has said that it can wait.
    """

    def __init__(
        self,
        times: Callable[[], Mapping[str, float]] = lambda: psutil.cpu_times()._asdict(),
        spent: Callable[[int], float | None] | None = None,
        processors: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`times`: seconds of all processors by use. `spent`: what a process has used; None when it has ended."""
        self._times = times
        self._spent = spent or SecondsSpent()
        self._processors = processors or psutil.cpu_count() or 1
        self._clock = clock
        self._last: tuple[float, float, dict[int, float]] | None = None

    def read(self, ours: Collection[int]) -> float | None:
        """The mean since the last call, without the processes `ours`; None at the first call.

        Of a process of ours that is new only what it uses from the next call on is known, and of one that has ended
        nothing more: up to that call its use counts as others'.
        """
        busy = others_busy(self._times())
        now, spent = self._clock(), {}
        for process in ours:
            seconds = self._spent(process)
            if seconds is not None:
                spent[process] = seconds
        before, self._last = self._last, (now, busy, spent)
        if before is None or now <= before[0]:
            return None
        own = sum(max(seconds - before[2].get(process, seconds), 0.0) for process, seconds in spent.items())
        return min(max((busy - before[1] - own) / (now - before[0]) / self._processors, 0.0), 1.0)


def own_memory(process: int) -> int | None:
    """Bytes of main memory that only this process holds, 0 when it has ended; None if it is another person's.

    Linux: what is resident less what it shares with others or with files. Windows: what was promised to it alone and is
    resident. macOS: exact where the system permits the question, else everything resident.
    """
    try:
        known = psutil.Process(process)
        # A zombie has ended, and its parent has yet to take note.
        return 0 if known.status() == psutil.STATUS_ZOMBIE else _unshared(known)
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return None


def _unshared(process: psutil.Process) -> int:
    memory = process.memory_info()
    if sys.platform == "linux":
        size = max(memory.rss - memory.shared, 0)
    elif sys.platform == "win32":
        size = min(memory.private, memory.rss)
    else:
        try:
            size = process.memory_full_info().uss
        except psutil.AccessDenied:
            size = memory.rss
    return int(size)
