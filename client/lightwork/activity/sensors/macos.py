"""macOS: when the person last touched anything, and which window covers a screen. Through ctypes.

Neither needs a permission: without the one for recording the screen macOS only hides the titles of others' windows
(kCGWindowName), which are not asked for.
"""

import ctypes
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lightwork.activity.games.process import shown
from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace, Polled, Sensor

FRAMEWORKS = "/System/Library/Frameworks"

# CGEventTypes.h: input of the hardware, which Lightwork or a script cannot feign; and input of any kind.
HID_SYSTEM_STATE, ANY_INPUT = 1, 0xFFFFFFFF
# CGWindow.h: only windows that are on a screen; of all windows.
ON_SCREEN_ONLY, NO_WINDOW = 1, 0
MANY_DISPLAYS = 32
# The values of CGWindow.h's constants are their names.
WINDOW_KEYS = ("kCGWindowBounds", "kCGWindowLayer", "kCGWindowOwnerPID", "kCGWindowOwnerName")
FULL_SCREEN_SPACE = 4  # a space's type
CAMERA = 50.0  # points; the strip beside the camera is up to 44 high
# CFString.h, CFNumber.h.
UTF8, SINT64 = 0x08000100, 4
LONGEST_NAME = 1024  # bytes

# What macOS itself stretches over a whole screen in the layer of ordinary windows: the desktop's parts, Mission
# Control, the pictures of the lock screen and of the screen saver.
SYSTEM_OWNERS = frozenset({"Window Server", "Dock", "Finder", "loginwindow", "ScreenSaverEngine", "WindowManager"})

METERED = "macOS does not tell programs"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the desktop that all displays share, in points."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Window:
    """One window: whose it is, its layer (0: an ordinary window), where it is."""

    owner: str
    process: int
    layer: int
    box: Box


def macos_sensors(pace: Pace) -> list[Sensor]:
    """The sensors of this system; none on another. A library that is missing is an OSError."""
    sensors: list[Sensor] = []
    if sys.platform == "darwin":
        graphics = ctypes.CDLL(f"{FRAMEWORKS}/ApplicationServices.framework/ApplicationServices")
        foundation = ctypes.CDLL(f"{FRAMEWORKS}/CoreFoundation.framework/CoreFoundation")
        sensors += [
            Polled("idle_seconds", lambda: read_idle_seconds(graphics), pace, busy=1.0, idle=5.0),
            Polled("full_screen", lambda: read_full_screen(graphics, foundation), pace, busy=1.0, idle=15.0),
            Polled("metered", read_metered, pace, busy=60.0),
        ]
    return sensors


def read_metered() -> bool:
    """Whether a network is dear is told to callbacks of the Network framework only, which take Objective-C blocks."""
    raise NotAvailableError(METERED)


def read_idle_seconds(graphics: Any) -> float:
    """Seconds since the last input of keyboard, mouse or tablet. Raises NotAvailableError where macOS does not tell."""
    since = graphics.CGEventSourceSecondsSinceLastEventType
    since.restype, since.argtypes = ctypes.c_double, [ctypes.c_int32, ctypes.c_uint32]
    seconds = float(since(HID_SYSTEM_STATE, ANY_INPUT))
    if not math.isfinite(seconds):  # there is no screen, as in a session over the network
        raise NotAvailableError("this session has no keyboard or mouse")
    return max(seconds, 0.0)


def covering(windows: Iterable[Window], displays: Iterable[Box], *, full_screen_space: bool) -> tuple[Program, ...]:
    """The programs with an ordinary window that covers a display, each once, in the windows' order.

    `full_screen_space`: a display shows a space that macOS has made for one full-screen window. Such a window begins
    below the camera of those displays that have one, as a window does that is merely as large as possible.
    """
    screens = list(displays)
    top = CAMERA if full_screen_space else 0.0
    found: dict[int, Program] = {}
    for window in windows:
        ordinary = window.layer == 0 and window.owner not in SYSTEM_OWNERS
        if ordinary and any(_covers(window.box, screen, top) for screen in screens):
            found.setdefault(window.process, Program(name=shown(window.owner), process=window.process))
    return tuple(found.values())


def _covers(box: Box, screen: Box, top: float) -> bool:
    """Does the box cover the screen but for at most `top` points at its upper edge?"""
    return (
        box.x <= screen.x
        and box.x + box.width >= screen.x + screen.width
        and box.y <= screen.y + top
        and box.y + box.height >= screen.y + screen.height
    )


def read_full_screen(graphics: Any, foundation: Any) -> tuple[Program, ...]:
    """The programs that cover a screen. Raises NotAvailableError if there is none, as in a session over the network."""
    displays = read_displays(graphics)
    if not displays:
        raise NotAvailableError("this session has no screen")
    core = _Foundation(foundation)
    return covering(read_windows(graphics, core), displays, full_screen_space=_in_full_screen_space(graphics, core))


class _Rect(ctypes.Structure):
    """CGRect, of 64-bit floating point numbers on all systems of today."""

    _fields_ = tuple((name, ctypes.c_double) for name in ("x", "y", "width", "height"))


def read_displays(graphics: Any) -> list[Box]:
    """Where the displays are that show something."""
    list_displays = graphics.CGGetActiveDisplayList
    list_displays.restype = ctypes.c_int32
    list_displays.argtypes = [ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32), ctypes.POINTER(ctypes.c_uint32)]
    bounds = graphics.CGDisplayBounds
    bounds.restype, bounds.argtypes = _Rect, [ctypes.c_uint32]
    ids, count = (ctypes.c_uint32 * MANY_DISPLAYS)(), ctypes.c_uint32()
    error = list_displays(MANY_DISPLAYS, ids, ctypes.byref(count))
    if error:
        raise OSError(f"CGGetActiveDisplayList failed with error {error}")
    return [_box(bounds(display)) for display in ids[: count.value]]


def read_windows(graphics: Any, core: "_Foundation") -> list[Window]:
    """The windows on the screens, the foremost first. None where there is no window server."""
    copy = graphics.CGWindowListCopyWindowInfo
    copy.restype, copy.argtypes = ctypes.c_void_p, [ctypes.c_uint32, ctypes.c_uint32]
    to_rect = graphics.CGRectMakeWithDictionaryRepresentation
    to_rect.restype, to_rect.argtypes = ctypes.c_bool, [ctypes.c_void_p, ctypes.POINTER(_Rect)]
    windows = []
    with core.owned(copy(ON_SCREEN_ONLY, NO_WINDOW)) as listed, core.keys(*WINDOW_KEYS) as keys:
        for entry in core.items(listed):
            bounds = core.entry(entry, keys["kCGWindowBounds"])
            rect = _Rect()
            if bounds and to_rect(bounds, ctypes.byref(rect)):
                layer = core.number(core.entry(entry, keys["kCGWindowLayer"]))
                process = core.number(core.entry(entry, keys["kCGWindowOwnerPID"]))
                if layer is not None and process is not None:
                    owner = core.text(core.entry(entry, keys["kCGWindowOwnerName"]))
                    windows.append(Window(owner, process, layer, _box(rect)))
    return windows


def _in_full_screen_space(graphics: Any, core: "_Foundation") -> bool:
    """Does a display show a full-screen window's own space?

    Only functions without a header tell; they have been there since Mac OS X 10.6. Where they are gone it is a no.
    """
    try:
        connection, copy = graphics.CGSMainConnectionID, graphics.CGSCopyManagedDisplaySpaces
    except AttributeError:
        return False
    connection.restype, connection.argtypes = ctypes.c_int32, []
    copy.restype, copy.argtypes = ctypes.c_void_p, [ctypes.c_int32]
    with core.owned(copy(connection())) as listed, core.keys("Current Space", "type") as keys:
        spaces = [core.entry(display, keys["Current Space"]) for display in core.items(listed)]
        return any(space and core.number(core.entry(space, keys["type"])) == FULL_SCREEN_SPACE for space in spaces)


def _box(rect: _Rect) -> Box:
    return Box(rect.x, rect.y, rect.width, rect.height)


class _Foundation:
    """The little of CoreFoundation that reads an array of dictionaries.

    What a function with Copy or Create in its name returns must be released; what one with Get returns must not.
    """

    def __init__(self, library: Any) -> None:
        pointer, index = ctypes.c_void_p, ctypes.c_ssize_t
        self._library = library
        for name, restype, argtypes in (
            ("CFArrayGetCount", index, [pointer]),
            ("CFArrayGetValueAtIndex", pointer, [pointer, index]),
            ("CFDictionaryGetValue", pointer, [pointer, pointer]),
            ("CFNumberGetValue", ctypes.c_bool, [pointer, index, pointer]),
            ("CFStringCreateWithCString", pointer, [pointer, ctypes.c_char_p, ctypes.c_uint32]),
            ("CFStringGetCString", ctypes.c_bool, [pointer, ctypes.c_char_p, index, ctypes.c_uint32]),
            ("CFRelease", None, [pointer]),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = restype, argtypes

    @contextmanager
    def owned(self, thing: int | None) -> Iterator[int | None]:
        """Release the thing, if it is one, when it is done with."""
        try:
            yield thing
        finally:
            if thing:
                self._library.CFRelease(thing)

    @contextmanager
    def keys(self, *names: str) -> Iterator[dict[str, int]]:
        """Texts as keys of dictionaries."""
        made: dict[str, int] = {}
        try:
            for name in names:
                key = self._library.CFStringCreateWithCString(None, name.encode(), UTF8)
                if not key:
                    raise MemoryError("CFStringCreateWithCString")
                made[name] = key
            yield made
        finally:
            for key in made.values():
                self._library.CFRelease(key)

    def items(self, array: int | None) -> Iterator[int]:
        """What stands in an array."""
        for i in range(self._library.CFArrayGetCount(array) if array else 0):
            yield self._library.CFArrayGetValueAtIndex(array, i)

    def entry(self, dictionary: int, key: int) -> int | None:
        """A dictionary's entry, if there is one."""
        value: int | None = self._library.CFDictionaryGetValue(dictionary, key)
        return value

    def number(self, number: int | None) -> int | None:
        """A whole number; None if it is none."""
        value = ctypes.c_int64()
        if not number or not self._library.CFNumberGetValue(number, SINT64, ctypes.byref(value)):
            return None
        return value.value

    def text(self, text: int | None) -> str:
        """A text; empty if there is none."""
        buffer = ctypes.create_string_buffer(LONGEST_NAME)
        if not text or not self._library.CFStringGetCString(text, buffer, LONGEST_NAME, UTF8):
            return ""
        return buffer.value.decode(errors="replace")
