"""Who uses an NVIDIA card: NVML's lists of processes, and its samples of what each of them had computed."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from lightwork.hardware.users import ProcessUse

# NVML samples up to six times a second. A process without a newer sample has not computed since.
SAMPLE_SECONDS = 2.0
FIRST_LOOK_BACK = 1_000_000  # microseconds


class NvidiaUsers:
    """Processes of one driver's cards, with the loads of their newest samples.

    NVML counts processes as the host does: inside a container it tells of none, or by numbers that mean nothing there.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._wall = wall  # NVML's samples bear the computer's time of day
        self._last_stamp: dict[str, int] = {}
        self._loads: dict[str, dict[int, tuple[float, float]]] = {}  # device -> process -> when, load

    def read(self, nvml: Any, handle: Any, device: str) -> list[ProcessUse] | None:
        """Processes that are on the card now; None if it lists none of them. Raises NVMLError if it is gone.

        Memory is None on Windows, where the system manages it and not the driver.
        """
        computing = running(nvml, handle, "Compute")
        drawing = running(nvml, handle, "Graphics")
        if computing is None and drawing is None:
            return None
        memory = _memory_by_process(nvml, [*(computing or ()), *(drawing or ())])
        told = self._sample(nvml, handle, device)
        loads, now = self._loads.get(device, {}), self._clock()
        draws = {int(process.pid) for process in drawing or ()}
        uses = []
        for process, held in memory.items():
            at, load = loads.get(process, (now, 0.0))
            load = load if now - at <= SAMPLE_SECONDS else 0.0
            uses.append(ProcessUse(process, held, load if told else None, process in draws))
        self._loads[device] = {process: loads[process] for process in memory if process in loads}
        return uses

    def _sample(self, nvml: Any, handle: Any, device: str) -> bool:
        """Take in the samples since the last call. False if this card or driver makes none."""
        now = int(self._wall() * 1e6)
        since = self._last_stamp.get(device, now - FIRST_LOOK_BACK)
        if since > now:  # the computer's time was set back
            since = now - FIRST_LOOK_BACK
        try:
            samples = nvml.nvmlDeviceGetProcessUtilization(handle, since)
        except nvml.NVMLError as error:
            if error.value in {nvml.NVML_ERROR_NOT_FOUND, nvml.NVML_SUCCESS, nvml.NVML_ERROR_INSUFFICIENT_SIZE}:
                return True  # none since then; or more than when it was asked how many
            if _silent(nvml, error):
                return False
            raise
        stamp, means = mean_loads(samples, since)
        self._last_stamp[device] = stamp
        at = self._clock()
        self._loads.setdefault(device, {}).update({process: (at, load) for process, load in means.items()})
        return True


def mean_loads(samples: Iterable[Any], since: int) -> tuple[int, dict[int, float]]:
    """The newest time stamp (microseconds), and the mean load, 0..1, of each process' samples after `since`."""
    loads: dict[int, list[float]] = {}
    newest = since
    for sample in samples:
        # The driver leaves entries of its buffer unused, and some drivers fill them with what lay there.
        if sample.pid and sample.timeStamp > since and sample.smUtil <= 100:
            loads.setdefault(int(sample.pid), []).append(sample.smUtil / 100)
            newest = max(newest, int(sample.timeStamp))
    return newest, {process: sum(values) / len(values) for process, values in loads.items()}


def memory_of(nvml: Any, handle: Any, process: int) -> int | None:
    """Bytes of a card that a process holds, 0 if it is not on the card; None if that is not told. Raises NVMLError."""
    lists = [running(nvml, handle, kind) for kind in ("Compute", "Graphics")]
    if lists == [None, None]:
        return None
    return _memory_by_process(nvml, [one for known in lists if known for one in known]).get(process, 0)


def running(nvml: Any, handle: Any, kind: str) -> list[Any] | None:
    """Processes that compute ("Compute") or draw ("Graphics"); None if the card does not list them. Raises NVMLError.

    Drivers before 510 (2022) lack the third version of the call; the second gives the same.
    """
    for version in ("_v3", "_v2"):
        question = getattr(nvml, f"nvmlDeviceGet{kind}RunningProcesses{version}", None)
        if question is None:
            continue
        try:
            return list(question(handle))
        except nvml.NVMLError as error:
            if error.value == nvml.NVML_ERROR_FUNCTION_NOT_FOUND:
                continue
            if _silent(nvml, error):
                return None
            raise
    return None


def _silent(nvml: Any, error: Any) -> bool:
    return error.value in {
        nvml.NVML_ERROR_NOT_SUPPORTED,
        nvml.NVML_ERROR_NO_PERMISSION,
        nvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    }


def _memory_by_process(nvml: Any, processes: Iterable[Any]) -> dict[int, int | None]:
    """A process that computes and draws is on both lists, each time with all its memory."""
    memory: dict[int, int | None] = {}
    for process in processes:
        held = process.usedGpuMemory
        if held == nvml.NVML_VALUE_NOT_AVAILABLE_ulonglong.value:
            held = None
        known = memory.get(int(process.pid))
        memory[int(process.pid)] = known if held is None else max(int(held), known or 0)
    return memory
