"""Windows: when the person last touched anything, and whether a program covers the screen. Through ctypes.

Steam's own word is in `windows_steam.py`, the network's cost in `windows_network.py`.
"""

import ctypes
import sys
from typing import Any

from lightwork.activity.games.process import last_part, shown, stem
from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace, Polled, Sensor
from lightwork.activity.sensors.windows_network import read_metered
from lightwork.activity.sensors.windows_steam import steam_sensors

TICKS = 2**32  # GetTickCount counts milliseconds in 32 bits: it starts anew after 49.7 days
EARLY_TICKS = 60_000  # an input may bear a moment slightly later than the clock's that is read after it

# QUERY_USER_NOTIFICATION_STATE in shellapi.h: a full-screen program, one that draws by exclusive Direct3D, and the
# presentation mode. A locked screen (1) is none of them, nor is an open Start menu (7).
BUSY, DIRECT3D, PRESENTATION = 2, 3, 4
NEAREST_MONITOR = 2  # MONITOR_DEFAULTTONEAREST
# Of the desktop itself and of overlays, whose invisible windows cover the screen: with NVIDIA's, Windows calls every
# look at the empty desktop busy (PowerToys issue 41225).
DESKTOP_PROGRAMS = frozenset(
    {
        "explorer", "nvidia overlay", "nvidia share", "nvcontainer", "gamebar", "searchhost", "searchapp", "lockapp",
        "startmenuexperiencehost", "shellexperiencehost", "shellhost", "textinputhost", "snippingtool",
        "screenclippinghost",
    }
)  # fmt: skip
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
LONGEST_PATH = 32_768  # UTF-16 units, with the end mark


def windows_sensors(pace: Pace) -> list[Sensor]:
    """The sensors of this system; none on another. A library that is missing is an OSError."""
    sensors: list[Sensor] = []
    if sys.platform == "win32":
        user32, kernel32, shell32, ole32 = (ctypes.WinDLL(name) for name in ("user32", "kernel32", "shell32", "ole32"))
        sensors += [
            *steam_sensors(),
            Polled("full_screen", lambda: read_full_screen(shell32, user32, kernel32), pace, busy=1.0, idle=15.0),
            Polled("idle_seconds", lambda: read_idle_seconds(user32, kernel32), pace, busy=1.0, idle=5.0),
            Polled("metered", lambda: read_metered(ole32), pace, busy=15.0),
        ]
    return sensors


class _LastInput(ctypes.Structure):
    """LASTINPUTINFO in winuser.h."""

    _fields_ = (("size", ctypes.c_uint32), ("time", ctypes.c_uint32))


def read_idle_seconds(user32: Any, kernel32: Any) -> float:
    """Seconds since the last input of this session. Raises NotAvailableError where Windows does not tell it."""
    last_input = user32.GetLastInputInfo
    last_input.restype, last_input.argtypes = ctypes.c_int32, [ctypes.POINTER(_LastInput)]
    ticks = kernel32.GetTickCount
    ticks.restype, ticks.argtypes = ctypes.c_uint32, []
    info = _LastInput(ctypes.sizeof(_LastInput), 0)
    if not last_input(ctypes.byref(info)):
        raise NotAvailableError("Windows does not tell the last input")
    return seconds_between(info.time, ticks())


def seconds_between(earlier: int, later: int) -> float:
    """Seconds between two readings of the 32-bit clock, which may have started anew in between."""
    passed = (later - earlier) % TICKS
    return 0.0 if passed > TICKS - EARLY_TICKS else passed / 1000


class _Rect(ctypes.Structure):
    """RECT in windef.h."""

    _fields_ = tuple((name, ctypes.c_int32) for name in ("left", "top", "right", "bottom"))


class _MonitorInfo(ctypes.Structure):
    """MONITORINFO in winuser.h: size, the monitor, its part without the task bar, flags."""

    _fields_ = (("size", ctypes.c_uint32), ("monitor", _Rect), ("work", _Rect), ("flags", ctypes.c_uint32))


def read_full_screen(shell32: Any, user32: Any, kernel32: Any) -> tuple[Program, ...]:
    """The program that covers the screen, if one does. Raises OSError with the HRESULT if the shell fails."""
    query = shell32.SHQueryUserNotificationState
    query.restype, query.argtypes = ctypes.c_int32, [ctypes.POINTER(ctypes.c_int32)]
    state = ctypes.c_int32()
    result = query(ctypes.byref(state))
    if result < 0:
        raise OSError(f"SHQueryUserNotificationState failed with HRESULT {result & 0xFFFFFFFF:#010x}")
    if state.value not in (BUSY, DIRECT3D, PRESENTATION):
        return ()
    window = _foreground(user32)
    process = _owner(user32, window) if window else None
    path = _image_path(kernel32, process) if process else ""
    return covering(state.value, path, process, covers=bool(window) and _covers_monitor(user32, window))


def covering(state: int, path: str, process: int | None, *, covers: bool) -> tuple[Program, ...]:
    """The program in front, if the state says that it has the screen.

    `covers`: its window is as large as the monitor, without which "busy" means somebody's invisible window behind it.
    """
    if state not in (BUSY, DIRECT3D, PRESENTATION):
        return ()
    if state == BUSY and (not covers or stem(path) in DESKTOP_PROGRAMS):
        return ()
    name = last_part(path)
    return (Program(name=shown(name[:-4] if name.lower().endswith(".exe") else name), process=process),)


def _foreground(user32: Any) -> int | None:
    """The window in front; None while there is none, as when the front changes."""
    foreground = user32.GetForegroundWindow
    foreground.restype, foreground.argtypes = ctypes.c_void_p, []
    window: int | None = foreground()
    return window


def _owner(user32: Any, window: int) -> int | None:
    """The window's process."""
    owner = user32.GetWindowThreadProcessId
    owner.restype, owner.argtypes = ctypes.c_uint32, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32)]
    process = ctypes.c_uint32()
    return process.value or None if owner(window, ctypes.byref(process)) else None


def _covers_monitor(user32: Any, window: int | None) -> bool:
    window_rect, of_window = user32.GetWindowRect, user32.MonitorFromWindow
    window_rect.restype, window_rect.argtypes = ctypes.c_int32, [ctypes.c_void_p, ctypes.POINTER(_Rect)]
    of_window.restype, of_window.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_uint32]
    describe = user32.GetMonitorInfoW
    describe.restype, describe.argtypes = ctypes.c_int32, [ctypes.c_void_p, ctypes.POINTER(_MonitorInfo)]
    rect, info = _Rect(), _MonitorInfo(ctypes.sizeof(_MonitorInfo))
    monitor = of_window(window, NEAREST_MONITOR)
    if not window_rect(window, ctypes.byref(rect)) or not describe(monitor, ctypes.byref(info)):
        return False  # it has just been closed
    whole = info.monitor
    return bool(
        rect.left <= whole.left and rect.top <= whole.top and rect.right >= whole.right and rect.bottom >= whole.bottom
    )


def _image_path(kernel32: Any, process: int) -> str:
    """The file that the process runs; empty if Windows does not let this user know."""
    open_process = kernel32.OpenProcess
    open_process.restype = ctypes.c_void_p
    open_process.argtypes = [ctypes.c_uint32, ctypes.c_int32, ctypes.c_uint32]
    query = kernel32.QueryFullProcessImageNameW
    query.restype = ctypes.c_int32
    query.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32)]
    close = kernel32.CloseHandle
    close.restype, close.argtypes = ctypes.c_int32, [ctypes.c_void_p]
    handle = open_process(PROCESS_QUERY_LIMITED_INFORMATION, 0, process)
    if not handle:
        return ""
    try:
        text = (ctypes.c_uint16 * LONGEST_PATH)()  # UTF-16 on every system here, which c_wchar is not
        length = ctypes.c_uint32(LONGEST_PATH)
        if not query(handle, 0, text, ctypes.byref(length)):
            return ""
        return bytes(text)[: 2 * length.value].decode("utf-16-le", errors="replace")
    finally:
        close(handle)
