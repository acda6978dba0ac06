"""Step back behind whatever else the person runs: processor, disk, graphics card, and the order of dying."""

import ctypes
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

log = logging.getLogger(__name__)

PROC = Path("/proc")
LOWEST_NICE, NORMAL_NICE = 19, 0
GROUP_PAUSE = 0.11  # seconds
_GROUP_TRIES = 5
# When memory runs out, the kernel kills the process with the highest score first; a trainer loses at most one step.
KILLED_FIRST = 1000

# winnt.h, processthreadsapi.h and d3dkmthk.h of the Windows SDK.
SET_INFORMATION, QUERY_INFORMATION = 0x0200, 0x0400  # PROCESS_*
POWER_THROTTLING = 4  # PROCESS_INFORMATION_CLASS.ProcessPowerThrottling
THROTTLE_VERSION, EXECUTION_SPEED = 1, 1  # PROCESS_POWER_THROTTLING_*
GPU_IDLE, GPU_NORMAL = 0, 2  # D3DKMT_SCHEDULINGPRIORITYCLASS_*


def lower_priority(process: int) -> None:
    """Give a process the lowest priorities that its system has without special rights. Call it right after the start:
    what the process starts inherits them.

    macOS permits the state that suits best (PRIO_DARWIN_BG) only to a process itself; there it is nice alone.
    """
    # A sandbox may know nothing of disk priorities; training goes on at the ordinary one.
    with suppress(psutil.Error, OSError):
        child = psutil.Process(process)
        if sys.platform == "win32":
            child.nice(psutil.IDLE_PRIORITY_CLASS)
            child.ionice(psutil.IOPRIO_VERYLOW)
        else:
            child.nice(LOWEST_NICE)
            if sys.platform == "linux":
                child.ionice(psutil.IOPRIO_CLASS_IDLE)
    if sys.platform == "linux":
        yield_on_linux(process)
    if sys.platform == "win32":
        weigh_on_windows(process, ctypes.WinDLL("kernel32"), ctypes.WinDLL("gdi32"), yielding=True)


def steps_back() -> bool:
    """Whether this process itself has been given a lowered priority."""
    with suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            return psutil.Process().nice() == psutil.IDLE_PRIORITY_CLASS
        return int(psutil.Process().nice()) > 0
    return False


def hasten(process: int) -> None:
    """Undo what makes the end of a process slow, as far as its system permits: call it before asking it to stop.

    Even a killed process frees its memory at its own priority. Measured beside two spinning processes on two
    processors: one with 1.5 GB is gone after 10 to 19 s as `lower_priority` leaves it, and after 0.7 s with this.
    """
    with suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process(process).nice(psutil.NORMAL_PRIORITY_CLASS)
    if sys.platform == "linux":
        # Niceness cannot be taken back without rights, but that of the group can, and is what counts.
        _set_group(process, NORMAL_NICE)
    if sys.platform == "win32":
        weigh_on_windows(process, ctypes.WinDLL("kernel32"), ctypes.WinDLL("gdi32"), yielding=False)


def yield_on_linux(process: int, proc: Path = PROC) -> None:
    """Let every other program go first, and die first. What this kernel lacks is passed over.

    A session is a group of its own to the scheduler (CONFIG_SCHED_AUTOGROUP, on by default): a trainer in its own
    session shares the processor evenly with the group of whatever the person runs, since niceness only counts within a
    group. Measured on two processors that two spinning processes share with two of the person's: those lose 61 % of
    their speed with the spinners at nice 19 or SCHED_IDLE alone, and 1 to 3 % once their group is at nice 19 too.
    """
    folder = proc / str(process)
    with suppress(OSError):
        _write(folder / "oom_score_adj", str(KILLED_FIRST))
    _set_group(process, LOWEST_NICE, proc)
    # Each thread has its own policy, and passes it on to those that it starts.
    with suppress(OSError):
        for thread in (folder / "task").iterdir():
            with suppress(OSError):
                _make_idle(int(thread.name))


def _set_group(process: int, nice: int, proc: Path = PROC) -> None:
    # The group of somebody else's session is not ours to change.
    if sys.platform != "win32":
        with suppress(OSError):
            if os.getsid(process) != process:
                return
            for _ in range(_GROUP_TRIES):
                try:
                    _write(proc / str(process) / "autogroup", str(nice))
                    return
                except BlockingIOError:
                    # The kernel takes one such change in a tenth of a second, from all programs together.
                    time.sleep(GROUP_PAUSE)


def _write(path: Path, text: str) -> None:
    # Not to be created where there is none.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _make_idle(thread: int) -> None:
    if sys.platform == "linux":
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))


class _Throttling(ctypes.Structure):
    """PROCESS_POWER_THROTTLING_STATE."""

    _fields_ = (("version", ctypes.c_uint32), ("control", ctypes.c_uint32), ("state", ctypes.c_uint32))


def weigh_on_windows(process: int, kernel: Any, graphics: Any, *, yielding: bool) -> None:
    """The graphics card works for it when no other program wants it, and the processor at its thriftiest (EcoQoS);
    or, not yielding, as for every program.

    Windows before 10 1709 lacks the one or the other; then it is passed over.
    """
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(
        ctypes.c_uint32(SET_INFORMATION | QUERY_INFORMATION), ctypes.c_int32(0), ctypes.c_uint32(process)
    )
    if not handle:
        return
    opened = ctypes.c_void_p(handle)
    try:
        saving = _Throttling(THROTTLE_VERSION, EXECUTION_SPEED, EXECUTION_SPEED if yielding else 0)
        with suppress(AttributeError):
            kernel.SetProcessInformation(
                opened, ctypes.c_int32(POWER_THROTTLING), ctypes.byref(saving), ctypes.c_uint32(ctypes.sizeof(saving))
            )
        with suppress(AttributeError):
            weight = ctypes.c_int32(GPU_IDLE if yielding else GPU_NORMAL)
            status = graphics.D3DKMTSetProcessSchedulingPriorityClass(opened, weight)
            if status:
                log.info("priority on the graphics card stays: NTSTATUS %#010x", status & 0xFFFFFFFF)
    finally:
        kernel.CloseHandle(opened)
