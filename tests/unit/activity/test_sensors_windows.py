"""Windows's sensors: the rules, and the calls against stand-ins for its libraries that have their calling shape."""

import asyncio
import ctypes
import struct
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace
from lightwork.activity.sensors.windows import (
    covering,
    read_full_screen,
    read_idle_seconds,
    seconds_between,
    windows_sensors,
)
from lightwork.activity.sensors.windows_network import is_metered, read_metered
from lightwork.activity.sensors.windows_steam import KEY_DELETED, Registry, SteamSensor, running_game

METHOD: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
POINTER = ctypes.c_void_p
INT, UINT = ctypes.c_int32, ctypes.c_uint32
E_FAIL = ctypes.c_int32(0x80004005).value
NO_CLASS = ctypes.c_int32(0x80040154).value  # REGDB_E_CLASSNOTREG


def write(address: int, layout: str, *values: Any) -> None:
    packed = struct.pack(layout, *values)
    ctypes.memmove(address, packed, len(packed))


# Idle time


@pytest.mark.parametrize(
    ("earlier", "later", "seconds"),
    [
        (1_000, 1_000, 0.0),
        (1_000, 61_500, 60.5),
        (2**32 - 1_000, 2_000, 3.0),
        (0, 2**32 - 100_000, 4294867.296),
        (5_016, 5_000, 0.0),
    ],
    ids=["now", "a minute", "over the clock's end", "49 days", "an input from a moment that has not come"],
)
def test_seconds_by_the_clock_of_32_bits(earlier: int, later: int, seconds: float) -> None:
    assert seconds_between(earlier, later) == pytest.approx(seconds)


@dataclass
class Desktop:
    """Stands in for user32, shell32 and kernel32."""

    state: int = 5
    window: int = 0x7FFF_0000_0010  # handles are as wide as pointers
    process: int = 4321
    path: str = r"D:\Spiele\Ōkami\okami HD.exe"
    rect: tuple[int, int, int, int] = (0, 0, 2560, 1440)
    monitor: tuple[int, int, int, int] = (0, 0, 2560, 1440)
    last_input: int | None = 2**32 - 500
    now: int = 1_500
    fails: str = ""
    open: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        c = ctypes.CFUNCTYPE
        self.GetLastInputInfo = c(INT, POINTER)(self.get_last_input)
        self.GetTickCount = c(UINT)(lambda: self.now)
        self.SHQueryUserNotificationState = c(INT, POINTER)(self.query_state)
        self.GetForegroundWindow = c(POINTER)(lambda: self.window or None)
        self.GetWindowThreadProcessId = c(UINT, POINTER, POINTER)(self.owner)
        self.GetWindowRect = c(INT, POINTER, POINTER)(self.window_rect)
        self.MonitorFromWindow = c(POINTER, POINTER, UINT)(lambda window, flag: 0x55 if flag == 2 else None)
        self.GetMonitorInfoW = c(INT, POINTER, POINTER)(self.monitor_info)
        self.OpenProcess = c(POINTER, UINT, INT, UINT)(self.open_process)
        self.QueryFullProcessImageNameW = c(INT, POINTER, UINT, POINTER, POINTER)(self.image_name)
        self.CloseHandle = c(INT, POINTER)(self.close)

    def get_last_input(self, info: int) -> int:
        assert ctypes.cast(info, ctypes.POINTER(UINT))[0] == 8
        if self.last_input is None:
            return 0
        write(info + 4, "<I", self.last_input)
        return 1

    def query_state(self, state: int) -> int:
        write(state, "<i", self.state)
        return E_FAIL if self.fails == "state" else 0

    def owner(self, window: int, process: int) -> int:
        assert window == self.window
        write(process, "<I", self.process)
        return 0 if self.fails == "owner" else 17

    def window_rect(self, window: int, rect: int) -> int:
        assert window == self.window
        write(rect, "<4i", *self.rect)
        return 0 if self.fails == "rect" else 1

    def monitor_info(self, monitor: int, info: int) -> int:
        assert monitor == 0x55
        assert ctypes.cast(info, ctypes.POINTER(UINT))[0] == 40
        write(info + 4, "<4i4iI", *self.monitor, 0, 0, 2560, 1400, 1)
        return 1

    def open_process(self, rights: int, inherit: int, process: int) -> int | None:
        assert (rights, inherit, process) == (0x1000, 0, self.process)
        if self.fails == "open":
            return None
        self.open.append(0x99)
        return 0x99

    def image_name(self, handle: int, flags: int, text: int, length: int) -> int:
        assert (handle, flags or 0) == (0x99, 0)
        units = self.path.encode("utf-16-le")
        assert ctypes.cast(length, ctypes.POINTER(UINT))[0] * 2 > len(units)
        if self.fails == "name":
            return 0
        ctypes.memmove(text, units, len(units))
        write(length, "<I", len(units) // 2)
        return 1

    def close(self, handle: int) -> int:
        self.open.remove(handle)
        return 1

    def full_screen(self) -> list[tuple[str, int | None]]:
        programs = read_full_screen(self, self, self)
        assert self.open == []
        return [(program.name, program.process) for program in programs]


def test_idle_seconds_over_the_clocks_end() -> None:
    desktop = Desktop()
    assert read_idle_seconds(desktop, desktop) == 2.0


def test_a_service_session_has_no_last_input() -> None:
    desktop = Desktop(last_input=None)
    with pytest.raises(NotAvailableError):
        read_idle_seconds(desktop, desktop)


# Full screen


@pytest.mark.parametrize("state", [2, 3, 4])
def test_the_program_that_covers_the_screen_is_named(state: int) -> None:
    assert Desktop(state=state).full_screen() == [("okami HD", 4321)]


@pytest.mark.parametrize("state", [1, 5, 6, 7])
def test_other_states_are_no_full_screen(state: int) -> None:
    assert Desktop(state=state).full_screen() == []


@pytest.mark.parametrize(
    ("path", "covers", "busy", "direct3d"),
    [
        (r"C:\Program Files\VideoLAN\VLC\vlc.exe", True, ["vlc"], ["vlc"]),
        (r"C:\Program Files\VideoLAN\VLC\vlc.exe", False, [], ["vlc"]),
        (r"C:\Windows\explorer.exe", True, [], ["explorer"]),
        (r"C:\Program Files\NVIDIA Corporation\NVIDIA app\CEF\NVIDIA Overlay.exe", True, [], ["NVIDIA Overlay"]),
        ("", True, ["a program without a name"], ["a program without a name"]),
    ],
)
def test_busy_is_believed_only_of_a_window_that_covers_its_monitor(
    path: str, covers: bool, busy: list[str], direct3d: list[str]
) -> None:
    assert [program.name for program in covering(2, path, 1, covers=covers)] == busy
    assert [program.name for program in covering(3, path, 1, covers=covers)] == direct3d


@pytest.mark.parametrize(
    ("rect", "found"),
    [
        ((0, 0, 2560, 1440), True),
        ((-8, -8, 2568, 1408), False),
        ((-2560, 0, 0, 1440), False),
    ],
    ids=["full", "as large as possible above the task bar", "on another monitor by now"],
)
def test_the_windows_size_against_the_monitors(rect: tuple[int, int, int, int], found: bool) -> None:
    assert bool(Desktop(state=2, rect=rect).full_screen()) is found


@pytest.mark.parametrize("fails", ["open", "name"])
def test_a_program_of_the_administrators_has_no_name(fails: str) -> None:
    assert Desktop(state=2, fails=fails).full_screen() == [("a program without a name", 4321)]


def test_a_window_that_has_just_closed() -> None:
    assert Desktop(state=2, window=0).full_screen() == []
    assert Desktop(state=2, fails="rect").full_screen() == []
    assert Desktop(state=3, window=0).full_screen() == [("a program without a name", None)]
    assert Desktop(state=3, fails="owner").full_screen() == [("a program without a name", None)]


def test_a_failing_shell_is_an_error() -> None:
    with pytest.raises(OSError, match="0x80004005"):
        Desktop(fails="state").full_screen()


# The network


@pytest.mark.parametrize(
    ("cost", "metered"),
    [
        (0, None),
        (1, False),
        (2, True),
        (4, True),
        (0x1_0001, True),
        (0x4_0001, True),
        (0x2_0001, False),
        (0x8_0001, False),
    ],
)
def test_what_a_connections_cost_means(cost: int, metered: bool | None) -> None:
    assert is_metered(cost) is metered


@dataclass
class FakeOle:
    """Stands in for ole32: a COM object whose table of methods is laid out here by hand."""

    cost: int = 2
    starts: int = 0
    creates: int = 0
    gets: int = 0
    calls: list[str] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)  # ctypes objects that C code points to

    def __post_init__(self) -> None:
        c = ctypes.CFUNCTYPE
        self.CoInitializeEx = c(INT, POINTER, UINT)(self.start)
        self.CoUninitialize = c(None)(lambda: self.calls.append("end"))
        self.CoCreateInstance = c(INT, ctypes.c_char_p, POINTER, UINT, ctypes.c_char_p, POINTER)(self.create)

    def start(self, reserved: int | None, mode: int) -> int:
        assert (reserved, mode) == (None, 0)
        self.calls.append("start")
        return self.starts

    def create(self, kind: bytes, outer: int | None, context: int, interface: bytes, result: int) -> int:
        # ctypes hands over the text up to a zero byte; neither id has one.
        assert kind == uuid.UUID("{DCB00C01-570F-4A9B-8D69-199FDBA5723B}").bytes_le.split(b"\0")[0]
        assert interface == uuid.UUID("{DCB00008-570F-4A9B-8D69-199FDBA5723B}").bytes_le.split(b"\0")[0]
        assert (outer, context) == (None, 0x17)
        if self.creates:
            return self.creates
        self.calls.append("create")
        table = (POINTER * 6)()
        this = POINTER(ctypes.addressof(table))

        def release(me: int) -> int:
            assert me == ctypes.addressof(this)
            self.calls.append("release")
            return 0

        def get_cost(me: int, cost: int, destination: int | None) -> int:
            assert (me, destination) == (ctypes.addressof(this), None)
            write(cost, "<I", self.cost)
            return self.gets

        for place, method in {
            2: METHOD(UINT, POINTER)(release),
            3: METHOD(INT, POINTER, POINTER, POINTER)(get_cost),
        }.items():
            table[place] = ctypes.cast(method, POINTER)
            self.kept.append(method)
        self.kept += [table, this]
        write(result, "<Q", ctypes.addressof(this))
        return 0


@pytest.mark.parametrize(
    ("starts", "calls"),
    [
        (0, ["start", "create", "release", "end"]),
        (1, ["start", "create", "release", "end"]),
        (ctypes.c_int32(0x80010106).value, ["start", "create", "release"]),
    ],
    ids=["first", "again in this thread", "a thread with a window"],
)
def test_the_network_is_asked_and_everything_is_released(starts: int, calls: list[str]) -> None:
    ole = FakeOle(starts=starts)
    assert read_metered(ole) is True
    assert ole.calls == calls


def test_a_windows_without_a_network_list() -> None:
    ole = FakeOle(creates=NO_CLASS)
    with pytest.raises(NotAvailableError):
        read_metered(ole)
    assert ole.calls == ["start", "end"]


@pytest.mark.parametrize(("failing", "calls"), [({"starts": E_FAIL}, ["start"]),
                                                ({"gets": E_FAIL}, ["start", "create", "release", "end"])])  # fmt: skip
def test_failing_calls_are_errors_and_release_what_they_had(failing: dict[str, Any], calls: list[str]) -> None:
    ole = FakeOle(**failing)
    with pytest.raises(OSError, match="0x80004005"):
        read_metered(ole)
    assert ole.calls == calls


# Steam


# As `reg export HKCU\Software\Valve\Steam` writes it, shortened.
RECORDED = r"""Windows Registry Editor Version 5.00

[HKEY_CURRENT_USER\Software\Valve\Steam]
"Language"="english"
"SteamExe"="c:/program files (x86)/steam/steam.exe"
"SteamPath"="c:/program files (x86)/steam"
"RunningAppID"=dword:00000000
"AutoLoginUser"="ann"

[HKEY_CURRENT_USER\Software\Valve\Steam\ActiveProcess]
"pid"=dword:00003a98
"SteamClientDll64"="C:\\Program Files (x86)\\Steam\\steamclient64.dll"

[HKEY_CURRENT_USER\Software\Valve\Steam\Apps]

[HKEY_CURRENT_USER\Software\Valve\Steam\Apps\1245620]
"Installed"=dword:00000001
"Running"=dword:00000000
"Name"="ELDEN RING"

[HKEY_CURRENT_USER\Software\Valve\Steam\Apps\620]
"Installed"=dword:00000001
"""
STEAM = 0x3A98
KEY = r"Software\Valve\Steam"


class FakeKey:
    def __init__(self, path: str) -> None:
        self.path = path
        self.handle = 0x7000_0000_0042

    def __enter__(self) -> "FakeKey":
        return self

    def __exit__(self, *exc: object) -> None:
        self.handle = 0


class FakeRegistry:
    """`winreg` on a recorded registry file, and the calls of advapi32 and kernel32 that wait for a change."""

    HKEY_CURRENT_USER = 0x80000001

    def __init__(self, recorded: str = RECORDED) -> None:
        self.keys: dict[str, dict[str, int | str]] = {}
        for line in recorded.splitlines()[1:]:
            if line.startswith("["):
                values = self.keys.setdefault(line.strip("[]").removeprefix("HKEY_CURRENT_USER\\"), {})
            elif line:
                name, _, value = line.partition("=")
                number = value.startswith("dword:")
                values[name.strip('"')] = int(value[6:], 16) if number else value.strip('"').replace("\\\\", "\\")
        self.changed = threading.Condition()
        self.events: dict[int, bool] = {}
        self.made = 0
        self.asked: list[int] = []  # events to be set by the next change
        self.waits: list[int] = []  # milliseconds
        self.notify_result = 0
        c = ctypes.CFUNCTYPE
        self.RegNotifyChangeKeyValue = c(INT, POINTER, INT, UINT, POINTER, INT)(self.notify)
        self.CreateEventW = c(POINTER, POINTER, INT, INT, POINTER)(self.create)
        self.SetEvent = c(INT, POINTER)(self.set)
        self.CloseHandle = c(INT, POINTER)(self.close)
        self.WaitForMultipleObjects = c(UINT, UINT, ctypes.POINTER(POINTER), INT, UINT)(self.wait)

    def OpenKey(self, root: int, path: str, reserved: int, access: int) -> FakeKey:
        assert (root, reserved, access) == (self.HKEY_CURRENT_USER, 0, 0x20019)
        if path not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return FakeKey(path)

    def QueryValueEx(self, key: FakeKey, name: str) -> tuple[int | str, int]:
        assert key.handle
        if name not in self.keys[key.path]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        value = self.keys[key.path][name]
        return value, 4 if isinstance(value, int) else 1

    def write(self, name: str, value: int | str, path: str = KEY) -> None:
        with self.changed:
            self.keys[path][name] = value
            if path == KEY:  # subkeys are not watched
                self.events.update((event, True) for event in self.asked if event in self.events)
                self.asked = []
                self.changed.notify_all()

    def notify(self, key: int, subtree: int, filters: int, event: int, asynchronous: int) -> int:
        assert (key, subtree, filters, asynchronous) == (0x7000_0000_0042, 0, 0x10000004, 1)
        with self.changed:
            self.asked.append(event)
        return self.notify_result

    def create(self, security: int | None, manual: int, initial: int, name: int | None) -> int:
        assert (security, manual, initial, name) == (None, 0, 0, None)
        with self.changed:
            self.made += 1
            self.events[0x1_0000_0000 + self.made] = False
            return 0x1_0000_0000 + self.made

    def set(self, event: int) -> int:
        with self.changed:
            self.events[event] = True
            self.changed.notify_all()
        return 1

    def close(self, event: int) -> int:
        with self.changed:
            del self.events[event]
        return 1

    def wait(self, count: int, handles: Any, every: int, milliseconds: int) -> int:
        first, second = (handles[i] for i in range(2))
        assert (count, every) == (2, 0)
        with self.changed:
            self.waits.append(milliseconds)
            self.changed.wait_for(lambda: self.events[first] or self.events[second], milliseconds / 1000)
            for place, event in enumerate((first, second)):
                if self.events[event]:
                    self.events[event] = False
                    return place
        return 0x102  # WAIT_TIMEOUT


def sensor(registry: FakeRegistry, is_steam: Callable[[int], bool] = lambda pid: pid == STEAM) -> SteamSensor:
    return SteamSensor(registry, registry, registry, is_steam)


@asynccontextmanager
async def running(registry: FakeRegistry) -> Any:
    """The sensor at work; gives a queue of what it reports."""
    reports: asyncio.Queue[tuple[Program, ...]] = asyncio.Queue()
    task = asyncio.create_task(sensor(registry).run(reports.put_nowait))
    try:
        yield reports
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert registry.events == {}
        assert not [thread for thread in threading.enumerate() if thread.name == "steam registry"]


@contextmanager
def steam_library(folder: Path) -> Iterator[FakeRegistry]:
    """A Steam in the folder, which has Portal 2 in a second library."""
    second = folder / "second"
    (folder / "steamapps").mkdir()
    (second / "steamapps").mkdir(parents=True)
    escaped = str(second).replace("\\", "\\\\")
    (folder / "steamapps" / "libraryfolders.vdf").write_text(
        f'"libraryfolders" {{ "0" {{ "path" "{folder}" }} "1" {{ "path"\t\t"{escaped}" "apps" {{ "620" "1" }} }} }}'
    )
    (second / "steamapps" / "appmanifest_620.acf").write_text('"AppState" { "appid" "620" "name" "Portal 2" }')
    registry = FakeRegistry()
    registry.keys[KEY]["SteamPath"] = str(folder)
    yield registry


async def test_a_game_is_told_when_steam_writes_its_number() -> None:
    registry = FakeRegistry()
    async with running(registry) as reports:
        assert await reports.get() == ()
        registry.write("RunningAppID", 1245620)
        assert await reports.get() == (Program(name="ELDEN RING", source="Steam"),)
        registry.write("RunningAppID", 0)
        assert await reports.get() == ()
    assert [milliseconds // 1000 for milliseconds in registry.waits[:3]] == [60, 15, 60]


async def test_a_game_that_runs_already() -> None:
    registry = FakeRegistry()
    registry.write("RunningAppID", 1245620)
    async with running(registry) as reports:
        assert [program.name for program in await reports.get()] == ["ELDEN RING"]


async def test_without_steam_there_is_nothing_to_watch() -> None:
    registry = FakeRegistry("Windows Registry Editor Version 5.00")
    with pytest.raises(NotAvailableError, match="Steam is not installed"):
        await sensor(registry).run(lambda games: None)
    assert registry.events == {}


@pytest.mark.parametrize(
    ("result", "error", "text"),
    [(KEY_DELETED, NotAvailableError, "not installed"), (5, OSError, "error 5")],
    ids=["uninstalled meanwhile", "access denied"],
)
async def test_a_key_that_cannot_be_watched(result: int, error: type[Exception], text: str) -> None:
    registry = FakeRegistry()
    registry.notify_result = result
    with pytest.raises(error, match=text):
        await sensor(registry).run(lambda games: None)
    assert registry.events == {}


def game(app: int, **values: Any) -> list[str]:
    registry = FakeRegistry()
    registry.keys[KEY]["RunningAppID"] = app
    registry.keys[KEY].update(values)
    return [program.name for program in running_game(Registry(registry), lambda pid: pid == STEAM)]


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (0, []),
        (1245620, ["ELDEN RING"]),
        (620, ["Steam app 620"]),
        (431960, []),
        (250820, []),
        (0xC0FFEE00, []),
    ],
    ids=["nothing", "a game", "a game without a name", "Wallpaper Engine", "SteamVR", "a shortcut"],
)
def test_what_the_number_means(app: int, expected: list[str]) -> None:
    assert game(app) == expected


def test_a_number_that_a_killed_steam_left_behind() -> None:
    registry = FakeRegistry()
    registry.keys[KEY]["RunningAppID"] = 1245620
    assert running_game(Registry(registry), lambda pid: False) == ()
    del registry.keys[rf"{KEY}\ActiveProcess"]
    assert len(running_game(Registry(registry), lambda pid: False)) == 1  # nothing says that Steam does not run


@pytest.mark.parametrize("value", ["1245620", None, -1])
def test_a_number_that_is_none(value: Any) -> None:
    assert game(value) == []


def test_a_name_out_of_the_manifest_in_another_library(tmp_path: Path) -> None:
    with steam_library(tmp_path) as registry:
        registry.keys[KEY]["RunningAppID"] = 620
        (program,) = running_game(Registry(registry), lambda pid: True)
    assert program == Program(name="Portal 2", source="Steam")


def test_a_hostile_name_is_cleaned() -> None:
    registry = FakeRegistry()
    registry.keys[KEY]["RunningAppID"] = 1245620
    registry.keys[rf"{KEY}\Apps\1245620"]["Name"] = "a\n\u202eb" + "c" * 10_000
    (program,) = running_game(Registry(registry), lambda pid: True)
    assert program.name.startswith("a bccc")
    assert len(program.name) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="this is Windows")
def test_elsewhere_there_are_no_sensors() -> None:
    assert windows_sensors(Pace()) == []


@pytest.mark.skipif(sys.platform != "win32", reason="needs Windows")
def test_the_real_libraries() -> None:
    fields = [sensor.field for sensor in windows_sensors(Pace())]
    assert fields[-3:] == ["full_screen", "idle_seconds", "metered"]
