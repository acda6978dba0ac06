"""How long nobody has touched this computer: asked of GNOME, of an X11 server, or of logind."""

import asyncio
import os
import time

from jeepney import DBusAddress
from jeepney.wrappers import DBusErrorResponse

from lightwork.activity.sensor import NotAvailableError, Pace, Report
from lightwork.activity.sensors.dbus import AbsentError, Bus, open_bus

BUSY_SECONDS = 1.0
IDLE_SECONDS = 30.0
EXACT_SECONDS = 5.0  # how exact an idle time needs to be: what is asked of it is minutes

MUTTER = DBusAddress(
    "/org/gnome/Mutter/IdleMonitor/Core",
    bus_name="org.gnome.Mutter.IdleMonitor",
    interface="org.gnome.Mutter.IdleMonitor",
)
LOGIND = DBusAddress(
    "/org/freedesktop/login1", bus_name="org.freedesktop.login1", interface="org.freedesktop.login1.Manager"
)
SESSION_INTERFACE = "org.freedesktop.login1.Session"
GRAPHICAL = {"x11", "wayland", "mir"}


class IdleSensor:
    """Reports seconds. The first of its ways that works on this desktop is used until it ends."""

    field = "idle_seconds"

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def run(self, report: Report) -> None:
        """Report until cancelled. Raises NotAvailableError if no way works here."""
        for way in (_mutter, _x11, _logind):
            try:
                await way(self._pace, report)
            except NotAvailableError:
                continue
        raise NotAvailableError("this desktop does not tell how long it was idle")


async def _mutter(pace: Pace, report: Report) -> None:
    """GNOME's window manager, under Wayland and X11 alike. Raises AbsentError if it ends."""
    async with open_bus("session") as bus:
        await bus.listen(MUTTER)
        try:
            idle = await _mutter_idle(bus)
        except (AbsentError, DBusErrorResponse):  # not there, or not for us
            raise NotAvailableError("the desktop is not GNOME") from None
        while True:
            if idle < EXACT_SECONDS:
                report(idle)
                await _next_poll(pace, idle)
            else:
                await bus.call(MUTTER, "AddUserActiveWatch")  # a signal, once, at the next touch
                idle = await _mutter_idle(bus)
                await _report_until_changed(bus, time.monotonic() - idle, pace, report)
            idle = await _mutter_idle(bus)


async def _mutter_idle(bus: Bus) -> float:
    (milliseconds,) = await bus.call(MUTTER, "GetIdletime")
    return float(milliseconds) / 1000


async def _x11(pace: Pace, report: Report) -> None:
    """The X server's screen saver extension. Under Wayland it sees only what X11 programs are given."""
    if os.environ.get("XDG_SESSION_TYPE") == "wayland" or "WAYLAND_DISPLAY" in os.environ:
        raise NotAvailableError("the session is not X11")
    from lightwork.activity.sensors.x11 import idle_seconds, open_screen  # noqa: PLC0415 (not needed on most desktops)

    async with open_screen() as screen:
        while True:
            idle = await screen.do(idle_seconds)
            report(idle)
            await _next_poll(pace, idle)


async def _logind(pace: Pace, report: Report) -> None:
    """What the desktop told systemd's logind. Raises AbsentError if logind ends, DBusErrorResponse with the session."""
    async with open_bus("system") as bus:
        try:
            # Our own session, or the user's graphical one where we belong to none.
            (path,) = await bus.call(LOGIND, "GetSession", "s", "auto")
        except (AbsentError, DBusErrorResponse):
            raise NotAvailableError("logind knows no session of this user") from None
        session = DBusAddress(path, bus_name=LOGIND.bus_name, interface=SESSION_INTERFACE)
        await bus.listen_to_properties(session)
        graphical = await bus.get(session, "Type") in GRAPHICAL
        while True:
            since = await _idle_since(bus, session, graphical)
            if graphical:
                await _report_until_changed(bus, since, pace, report)
            else:  # logind looks at the terminal when it is asked, and sends no signal
                idle = _seconds_since(since)
                report(idle)
                await _next_poll(pace, idle)


async def _idle_since(bus: Bus, session: DBusAddress, graphical: bool) -> float | None:
    """When it became idle, in seconds of the monotonic clock; None: it is not idle.

    Raises NotAvailableError if this desktop has never told: logind then answers "not idle", at time zero.
    """
    since = float(await bus.get(session, "IdleSinceHintMonotonic")) / 1e6
    if not since:
        raise NotAvailableError("the desktop does not tell logind")
    # Of a terminal logind tells the last input's time, whether it calls that idle or not.
    return since if not graphical or await bus.get(session, "IdleHint") else None


async def _report_until_changed(bus: Bus, since: float | None, pace: Pace, report: Report) -> None:
    """Report until logind signals; an idle time grows by itself."""
    report(_seconds_since(since))
    if since is None:
        await bus.changed()
        return
    growth = asyncio.create_task(_grow(since, pace, report))
    try:
        await bus.changed()
    finally:
        growth.cancel()
        await asyncio.wait([growth])


async def _grow(since: float, pace: Pace, report: Report) -> None:
    while True:
        await pace.wait(busy=EXACT_SECONDS, idle=IDLE_SECONDS)
        report(_seconds_since(since))


async def _next_poll(pace: Pace, idle: float) -> None:
    """Only the person's return is urgent. While somebody is there, the next touch changes nothing."""
    await pace.wait(busy=BUSY_SECONDS if idle >= EXACT_SECONDS else EXACT_SECONDS, idle=IDLE_SECONDS)


def _seconds_since(since: float | None) -> float:
    return 0.0 if since is None else max(0.0, time.monotonic() - since)
