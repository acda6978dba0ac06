"""Windows that cover a whole screen of an X server, by the properties that window managers keep about them.

Under Wayland this sees the programs that run by way of XWayland, as most games do.
The properties: Extended Window Manager Hints, https://specifications.freedesktop.org/wm-spec/latest/.
"""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import psutil
from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.error import XError
from Xlib.ext import randr

from lightwork.activity.readings import Program
from lightwork.activity.sensor import Report
from lightwork.activity.sensors.x11 import numbers, open_screen, text

OURS = "lightwork"  # the window's class
BURST_SECONDS = 0.1  # a window that opens sends a dozen events: the first is looked at at once, the others together
EVERY_DESKTOP = 0xFFFFFFFF
IGNORED_TYPES = {"_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK"}

# What is read anew when one of these changes. Titles and the time of the last key press change often, and say nothing.
ROOT_PROPERTIES = ("_NET_SUPPORTING_WM_CHECK", "_NET_CLIENT_LIST", "_NET_CURRENT_DESKTOP")
WINDOW_PROPERTIES = ("_NET_WM_STATE", "_NET_WM_DESKTOP", "_NET_WM_WINDOW_TYPE")


class Area(NamedTuple):
    """A rectangle in pixels of the root window."""

    x: int
    y: int
    width: int
    height: int

    def covers(self, other: "Area") -> bool:
        """Whether nothing of the other is outside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.x + self.width >= other.x + other.width
            and self.y + self.height >= other.y + other.height
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What counts of a window. Without a window manager it has neither states nor a desktop, but an area."""

    wm_class: str = ""
    title: str = ""
    process: int | None = None
    ours: bool = False  # of one of Lightwork's processes
    states: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    desktop: int | None = None
    override_redirect: bool = False
    viewable: bool = True
    area: Area | None = None


def managed(windows: Iterable[Window], current_desktop: int | None) -> tuple[Program, ...]:
    """The programs that cover a screen, by what their window manager says."""
    return _programs(
        window
        for window in windows
        if "_NET_WM_STATE_FULLSCREEN" in window.states
        and "_NET_WM_STATE_HIDDEN" not in window.states
        and (window.desktop in (None, EVERY_DESKTOP) or current_desktop in (None, window.desktop))
        # Such windows are no window manager's: lockers and screen savers, and behind a locked screen nobody plays.
        and not window.override_redirect
    )


def unmanaged(windows: Iterable[Window], monitors: Iterable[Area]) -> tuple[Program, ...]:
    """The programs that cover one of the monitors where no window manager runs."""
    places = tuple(monitors)
    return _programs(
        window
        for window in windows
        if window.viewable and window.area is not None and any(window.area.covers(place) for place in places)
    )


def _programs(windows: Iterable[Window]) -> tuple[Program, ...]:
    found = (
        Program(name=name_of(window), process=window.process)
        for window in windows
        if not (window.ours or window.wm_class.lower() == OURS or window.types & IGNORED_TYPES)
    )
    return tuple(dict.fromkeys(found))  # each once: a program may have a window on every monitor


def name_of(window: Window) -> str:
    """The class, since a title may tell what somebody reads; the title where the class says too little.

    Steam's Proton names a game's class by its number, Wine by the file.
    """
    name = window.wm_class
    if not name or name.lower().startswith("steam_app_") or name.lower().endswith(".exe"):
        name = window.title or name
    return name or "a program"


class FullScreenX11Sensor:
    """Reports a tuple of programs, by events only."""

    field = "full_screen"

    def __init__(self) -> None:
        # Under Wayland an X server is there for some programs, and knows nothing of the others.
        self.note = "only programs that use X11 are seen" if os.environ.get("WAYLAND_DISPLAY") else ""

    async def run(self, report: Report) -> None:
        """Report until cancelled. Raises NotAvailableError if there is no X server."""
        async with open_screen() as screen:
            desk = await screen.do(Desk)
            while True:
                report(await screen.do(desk.look))
                while not await screen.do(desk.changed):
                    await screen.readable()
                await asyncio.sleep(BURST_SECONDS)


class Desk:
    """The windows of a screen, kept up to date by events. Every method may ask the server."""

    def __init__(self, display: Display) -> None:
        self._root = display.screen().root
        self._atoms = {name: display.intern_atom(name) for name in (*ROOT_PROPERTIES, *WINDOW_PROPERTIES)}
        self._names = {atom: name for name, atom in self._atoms.items()}
        self._manager: int | None = None  # the window by which a window manager shows that it lives
        self._managed: dict[int, Window | None] = {}  # None: to be read
        self._stale = True  # the window manager may be another, or none

    def changed(self, display: Display) -> bool:
        """Take in the events that have come: does any of them matter?"""
        matters = False
        while display.pending_events():
            matters |= self._notice(display.next_event())
        return matters

    def _notice(self, event: Any) -> bool:
        if event.type == X.PropertyNotify:
            name = self._names.get(event.atom)
            if event.window.id == self._root.id:
                self._stale |= name == "_NET_SUPPORTING_WM_CHECK"
                return name in ROOT_PROPERTIES
            if event.window.id in self._managed and name in WINDOW_PROPERTIES:
                self._managed[event.window.id] = None
                return True
            return False
        if self._manager is None:
            return True  # windows come, go and move, or the screen is another
        if event.type == X.DestroyNotify and event.window.id == self._manager:  # the window manager has crashed
            self._stale = True
            return True
        return False

    def look(self, display: Display) -> tuple[Program, ...]:
        """The programs that cover a screen now."""
        # Without a window manager one may be just about to start: it names its window first and fills that in later.
        if self._stale or self._manager is None:
            self._stale = False
            self._greet(display)
        if self._manager is None:
            return unmanaged(self._all(display), self._monitors(display))
        self._read_clients(display)
        desktop = numbers(self._root, self._atoms["_NET_CURRENT_DESKTOP"])
        return managed((window for window in self._managed.values() if window), desktop[0] if desktop else None)

    def _greet(self, display: Display) -> None:
        """Find out which window manager runs, and ask for the events that are needed with it."""
        self._managed.clear()
        self._manager = self._living_manager(display)
        mask = X.PropertyChangeMask
        if self._manager is None:  # with one, every step of a window that is dragged would be an event
            mask |= X.SubstructureNotifyMask | X.StructureNotifyMask
        self._root.change_attributes(event_mask=mask)

    def _living_manager(self, display: Display) -> int | None:
        """The window that both the root window and itself name as the window manager's; one that crashed left none."""
        check = self._atoms["_NET_SUPPORTING_WM_CHECK"]
        if not (named := numbers(self._root, check)):
            return None
        window = display.create_resource_object("window", named[0])
        try:
            window.change_attributes(event_mask=X.StructureNotifyMask)
            return named[0] if numbers(window, check) == named else None
        except XError:
            return None

    def _read_clients(self, display: Display) -> None:
        listed = numbers(self._root, self._atoms["_NET_CLIENT_LIST"]) or ()
        for gone in self._managed.keys() - set(listed):
            del self._managed[gone]
        for number in listed:
            if self._managed.get(number) is None:
                try:
                    self._managed[number] = self._client(display, number, new=number not in self._managed)
                except XError:  # it was closed since it was listed; the list is about to change
                    self._managed.pop(number, None)

    def _client(self, display: Display, number: int, *, new: bool) -> Window:
        window = display.create_resource_object("window", number)
        if new:  # before it is read, so that nothing is missed
            window.change_attributes(event_mask=X.PropertyChangeMask)
        states = self._atom_names(display, window, "_NET_WM_STATE")
        if "_NET_WM_STATE_FULLSCREEN" not in states:
            return Window(states=states)
        desktop = numbers(window, self._atoms["_NET_WM_DESKTOP"])
        return self._described(
            display,
            window,
            states=states,
            desktop=desktop[0] if desktop else None,
            override_redirect=bool(window.get_attributes().override_redirect),
        )

    def _all(self, display: Display) -> list[Window]:
        """The windows that lie directly on the screen."""
        windows = []
        for window in self._root.query_tree().children:
            try:
                attributes, shape = window.get_attributes(), window.get_geometry()
                if attributes.map_state == X.IsViewable and attributes.win_class == X.InputOutput:
                    # X counts a window's place from the outer edge of its border, its size inside it.
                    x, y = shape.x + shape.border_width, shape.y + shape.border_width
                    area = Area(x, y, shape.width, shape.height)
                    windows.append(self._described(display, window, area=area))
            except XError:
                continue  # it was closed in between
        return windows

    def _described(self, display: Display, window: Any, **known: Any) -> Window:
        process = numbers(window, display.intern_atom("_NET_WM_PID")) or None
        return Window(
            wm_class=text(window, Xatom.WM_CLASS).rstrip("\0").rpartition("\0")[2],
            title=text(window, display.intern_atom("_NET_WM_NAME")) or text(window, Xatom.WM_NAME),
            process=process[0] if process is not None else None,
            ours=process is not None and is_ours(process[0]),
            types=self._atom_names(display, window, "_NET_WM_WINDOW_TYPE"),
            **known,
        )

    def _atom_names(self, display: Display, window: Any, prop: str) -> frozenset[str]:
        found = numbers(window, self._atoms[prop]) or ()
        for atom in found:
            if atom not in self._names:
                self._names[atom] = display.get_atom_name(atom)
        return frozenset(self._names[atom] for atom in found)

    def _monitors(self, display: Display) -> list[Area]:
        if display.has_extension(randr.extname):
            try:
                found = self._root.xrandr_get_monitors().monitors
                if found:
                    return [Area(m.x, m.y, m.width_in_pixels, m.height_in_pixels) for m in found]
            except XError:
                pass  # RandR before 1.5
        shape = self._root.get_geometry()
        return [Area(0, 0, shape.width, shape.height)]


def is_ours(process: int) -> bool:
    """Whether it is this process or was started by it."""
    try:
        return process == os.getpid() or any(parent.pid == os.getpid() for parent in psutil.Process(process).parents())
    except (psutil.Error, ValueError):  # gone, or a number that is no process
        return False
