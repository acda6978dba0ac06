"""Stepping back: really on Linux, and on Windows against libraries made here."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from lightwork.processes.group import own_group
from lightwork.processes.priority import hasten, lower_priority, weigh_on_windows, yield_on_linux

# Starts one thread before it is told to go on, and one after.
THREADS = """
import threading
wait = threading.Event()
threading.Thread(target=wait.wait, daemon=True).start()
print(flush=True)
input()
threading.Thread(target=wait.wait, daemon=True).start()
print(flush=True)
input()
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **own_group()
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def go_on(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"\n")
    child.stdin.flush()
    child.stdout.readline()


def test_lowest_of_its_system(child: subprocess.Popen[bytes]) -> None:
    lower_priority(child.pid)
    known = psutil.Process(child.pid)
    assert known.nice() == (64 if sys.platform == "win32" else 19)  # IDLE_PRIORITY_CLASS


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_every_thread_is_idle_also_those_to_come(child: subprocess.Popen[bytes]) -> None:
    lower_priority(child.pid)
    go_on(child)
    threads = [int(path.name) for path in Path(f"/proc/{child.pid}/task").iterdir()]
    assert len(threads) == 3
    if sys.platform == "linux":
        assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_IDLE}


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_its_group_yields_and_it_is_killed_first(child: subprocess.Popen[bytes]) -> None:
    group = Path(f"/proc/{child.pid}/autogroup")
    lower_priority(child.pid)
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text() == "1000\n"
    if not group.exists():
        pytest.skip("this kernel groups no sessions")
    assert group.read_text().endswith("nice 19\n")
    assert not Path("/proc/self/autogroup").read_text().endswith("nice 19\n")
    hasten(child.pid)
    assert group.read_text().endswith("nice 0\n")


UNPRIVILEGED = """
import os, subprocess
from lightwork.processes.priority import hasten, lower_priority
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
    for change in (lower_priority, hasten, lower_priority):  # quicker than the kernel takes them
        change(process.pid)
        with open(f"/proc/{process.pid}/autogroup") as group:
            print(group.read().split()[-1])
    process.kill()
"""


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups no sessions")
def test_no_rights_are_needed_either_way() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["19", "0", "19"]


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups no sessions")
def test_a_group_that_others_are_in_is_left_alone() -> None:
    mine = Path("/proc/self/autogroup").read_text()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        lower_priority(process.pid)
        hasten(process.pid)
        process.kill()
    assert Path("/proc/self/autogroup").read_text() == mine


def test_a_process_that_has_ended_is_no_fault(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    lower_priority(process.pid)
    hasten(process.pid)
    if sys.platform != "win32":
        yield_on_linux(process.pid, tmp_path)
    assert list(tmp_path.iterdir()) == []


@dataclass
class FakeWindows:
    """kernel32.dll and gdi32.dll in one: functions of C that note how they were called."""

    handle: int = 0x1_2345_6780  # no 32-bit number
    status: int = 0
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        pointer, word, number = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32

        def note(name: str, answer: int | None) -> Any:
            def called(*arguments: Any) -> int | None:
                self.calls.append((name, *arguments))
                return answer

            return called

        def inform(process: int, kind: int, state: int, size: int) -> int:
            version_control_state = tuple((word * 3).from_address(state))
            self.calls.append(("SetProcessInformation", process, kind, version_control_state, size))
            return 1

        self.OpenProcess = ctypes.CFUNCTYPE(pointer, word, number, word)(note("OpenProcess", self.handle))
        self.SetProcessInformation = ctypes.CFUNCTYPE(number, pointer, number, pointer, word)(inform)
        self.CloseHandle = ctypes.CFUNCTYPE(number, pointer)(note("CloseHandle", 1))
        self.D3DKMTSetProcessSchedulingPriorityClass = ctypes.CFUNCTYPE(number, pointer, number)(
            note("D3DKMTSetProcessSchedulingPriorityClass", self.status)
        )


def test_windows_graphics_card_and_processor_yield() -> None:
    windows = FakeWindows()
    weigh_on_windows(1234, windows, windows, yielding=True)
    assert windows.calls == [
        ("OpenProcess", 0x0600, 0, 1234),
        ("SetProcessInformation", windows.handle, 4, (1, 1, 1), 12),
        ("D3DKMTSetProcessSchedulingPriorityClass", windows.handle, 0),
        ("CloseHandle", windows.handle),
    ]


def test_windows_treats_it_as_every_program_again() -> None:
    windows = FakeWindows()
    weigh_on_windows(1234, windows, windows, yielding=False)
    assert windows.calls[1:3] == [
        ("SetProcessInformation", windows.handle, 4, (1, 1, 0), 12),
        ("D3DKMTSetProcessSchedulingPriorityClass", windows.handle, 2),
    ]


def test_windows_without_the_process() -> None:
    windows = FakeWindows(handle=0)
    weigh_on_windows(1234, windows, windows, yielding=True)
    assert [name for name, *_ in windows.calls] == ["OpenProcess"]


def test_an_older_windows_that_lacks_the_calls() -> None:
    windows = FakeWindows()
    del windows.SetProcessInformation
    del windows.D3DKMTSetProcessSchedulingPriorityClass
    weigh_on_windows(1234, windows, windows, yielding=True)
    assert [name for name, *_ in windows.calls] == ["OpenProcess", "CloseHandle"]


def test_windows_that_refuses_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    windows = FakeWindows(status=-0x3FFFFFDE)  # STATUS_ACCESS_DENIED, 0xC0000022
    with caplog.at_level("INFO", logger="lightwork.processes"):
        weigh_on_windows(1234, windows, windows, yielding=True)
    assert "0xc0000022" in caplog.text
    assert windows.calls[-1] == ("CloseHandle", windows.handle)
