"""A connection to an X server for a sensor: questions are asked in a thread, events wake the loop.

The thread is there because any program may grab the server, which then answers nobody else for as long as it is held.
No window is made.
"""

import asyncio
import logging
import os
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from Xlib import X
from Xlib.display import Display
from Xlib.error import DisplayError, XError
from Xlib.ext import screensaver
from Xlib.protocol import rq
from Xlib.protocol.display import Display as Connection

from lightwork.activity.sensor import NotAvailableError

CONNECT_SECONDS = 10.0

T = TypeVar("T")
log = logging.getLogger(__name__)


class Screen:
    """An open connection. Its methods raise Xlib.error.ConnectionClosedError when the server ends."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._working: asyncio.Future[Any] | None = None

    async def do(self, work: Callable[[Display], T]) -> T:
        """The result of `work`, which may ask the server. Only one runs at a time."""
        self._working = asyncio.get_running_loop().run_in_executor(None, work, self._display)
        return await asyncio.shield(self._working)

    async def readable(self) -> None:
        """Until the server has sent something, or has ended."""
        loop = asyncio.get_running_loop()
        descriptor = self._display.fileno()
        arrived = asyncio.Event()
        loop.add_reader(descriptor, arrived.set)
        try:
            await arrived.wait()
        finally:
            loop.remove_reader(descriptor)

    async def close(self) -> None:
        """End the connection, even if a thread waits for an answer just now."""
        with suppress(OSError):  # the server ended it first
            _socket(self._display).shutdown(socket.SHUT_RDWR)
        try:
            if self._working is not None:
                await asyncio.gather(self._working, return_exceptions=True)
        finally:
            close(self._display)


@asynccontextmanager
async def open_screen() -> AsyncIterator[Screen]:
    """A connection to the server that DISPLAY names, closed at the end.

    Raises NotAvailableError if there is none, TimeoutError if it does not answer.
    """
    if not os.environ.get("DISPLAY"):
        raise NotAvailableError("there is no X screen")
    async with asyncio.timeout(CONNECT_SECONDS):
        display = await _connect()
    screen = Screen(display)
    try:
        yield screen
    finally:
        await screen.close()


async def _connect() -> Display:
    """Connect in a thread of its own: where the server hangs, the thread must not keep this program from ending."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[Display] = loop.create_future()

    def settle(display: Display | None, error: Exception | None) -> None:
        if connected.done():  # nobody waits any longer
            if display is not None:
                close(display)
        elif error is not None:
            connected.set_exception(error)
        elif display is not None:
            connected.set_result(display)

    def work() -> None:
        display, error = None, None
        try:
            display = _open()
        except Exception as caught:  # for the task that waits
            error = caught
        try:
            loop.call_soon_threadsafe(settle, display, error)
        except RuntimeError:  # the loop has ended
            if display is not None:
                close(display)

    threading.Thread(target=work, name="x11-connect", daemon=True).start()
    return await connected


def _open() -> Display:
    try:
        display = Display()
    except (DisplayError, OSError) as error:
        log.debug("no X screen: %s", error)
        _close_leftovers(error)
        raise NotAvailableError("there is no X screen") from None
    display.set_error_handler(_ignore)
    return display


def _close_leftovers(error: BaseException | None) -> None:
    """Close the sockets that python-xlib leaves open where it fails to connect; only the error's frames know them."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            connection = frame.f_locals.get("self")
            held = vars(connection).get("socket") if isinstance(connection, Connection) else frame.f_locals.get("s")
            if isinstance(held, socket.socket):
                held.close()
        error = error.__context__


def _ignore(error: XError, request: rq.Request | None) -> None:
    """What fails without an answer being awaited concerns a window that is gone. python-xlib would print it."""
    log.debug("the X server: %s", error)


def _socket(display: Display) -> socket.socket:
    # Closed by python-xlib only after a last exchange with the server, which a server that hangs never ends.
    return display.display.socket


def close(display: Display) -> None:
    """Close the connection without asking the server. A second time does nothing."""
    _socket(display).close()


def idle_seconds(display: Display) -> float:
    """Seconds since the last input. Raises NotAvailableError if the server has no such extension."""
    if not display.has_extension(screensaver.extname):
        raise NotAvailableError("this X server does not tell how long it was idle")
    milliseconds: int = display.screen().root.screensaver_query_info().idle
    return milliseconds / 1000


def numbers(window: Any, atom: int) -> tuple[int, ...] | None:
    """A window's property of atoms, windows or cardinals; None if it has none such. Raises XError if it is gone."""
    found = window.get_full_property(atom, X.AnyPropertyType)
    return tuple(found.value) if found is not None and found.format == 32 else None


def text(window: Any, atom: int) -> str:
    """A window's property of text, empty if it has none such. Raises XError if the window is gone."""
    found = window.get_full_property(atom, X.AnyPropertyType)
    return bytes(found.value).decode(errors="replace") if found is not None and found.format == 8 else ""
