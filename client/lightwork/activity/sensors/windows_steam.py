"""Windows: the game that Steam itself says it runs. It keeps its number in the registry, which tells of changes.

On Linux and macOS Steam's copy of the registry, registry.vdf, has not been kept up since 2023 (steam-for-linux issue
9672); there only the processes tell.
"""

import asyncio
import ctypes
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from lightwork.activity.games.process import shown
from lightwork.activity.games.steam import FIRST_SHORTCUT, TOOL_APPS, app_name, libraries
from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Report, Sensor

KEY = r"Software\Valve\Steam"  # below HKEY_CURRENT_USER
KEY_READ = 0x20019  # winnt.h; with the right to be notified
# winreg.h: a value was written; and the notice does not end with the thread that asked for it.
VALUE_WRITTEN, THREAD_AGNOSTIC = 0x4, 0x10000000
KEY_DELETED = 1018  # ERROR_KEY_DELETED
WAIT_FAILED = 0xFFFFFFFF
STOPPED, CHANGED = 0, 1  # WAIT_OBJECT_0 and the one after it: the place in the list of events
# A key that is deleted gives no notice, nor does a Steam that was killed take its number back.
SECONDS_WITH_GAME, SECONDS_WITHOUT = 15.0, 60.0


class Registry:
    """The few values that are read, from `winreg` or what looks like it."""

    def __init__(self, winreg: Any) -> None:
        self._winreg = winreg

    def open(self) -> Any:
        """Steam's key, to be closed by `with`. Raises NotAvailableError if there is none."""
        try:
            return self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, KEY, 0, KEY_READ)
        except FileNotFoundError:
            raise NotAvailableError("Steam is not installed") from None

    def value(self, name: str, below: str = "") -> Any:
        """A value of Steam's key or one below it; None if there is none."""
        path = f"{KEY}\\{below}" if below else KEY
        with suppress(OSError), self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, path, 0, KEY_READ) as key:
            return self._winreg.QueryValueEx(key, name)[0]
        return None


def running_game(registry: Registry, is_steam: Callable[[int], bool]) -> tuple[Program, ...]:
    """The game whose number stands in the registry. `is_steam` tells whether a process is Steam's.

    A shortcut that the person made may be any program: it is left to the recognition by processes.
    """
    app = registry.value("RunningAppID")
    if not isinstance(app, int) or not 0 < app < FIRST_SHORTCUT or app in TOOL_APPS:
        return ()
    steam = registry.value("pid", "ActiveProcess")
    if isinstance(steam, int) and not is_steam(steam):  # it was killed and left the number behind
        return ()
    name = registry.value("Name", rf"Apps\{app}")
    if not isinstance(name, str) or not name.strip():
        name = _name_in_manifest(registry.value("SteamPath"), app) or f"Steam app {app}"
    return (Program(name=shown(name), source="Steam"),)


def _name_in_manifest(steam: Any, app: int) -> str:
    if not isinstance(steam, str) or not steam:
        return ""
    return next((name for library in libraries(Path(steam)) if (name := app_name(library, app))), "")


def is_steam_process(pid: int) -> bool:
    """Does Steam run as this process?"""
    with suppress(psutil.Error, OSError, ValueError):
        return psutil.Process(pid).name().lower() == "steam.exe"
    return False


def steam_sensors() -> list[Sensor]:
    """The sensor of this system; none on another."""
    sensors: list[Sensor] = []
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  there is none on other systems

        sensors.append(SteamSensor(winreg, ctypes.WinDLL("advapi32"), ctypes.WinDLL("kernel32")))
    return sensors


class SteamSensor:
    """The field `steam`. A thread sleeps until the registry changes or the sensor is stopped."""

    field = "steam"

    def __init__(
        self, winreg: Any, advapi32: Any, kernel32: Any, is_steam: Callable[[int], bool] = is_steam_process
    ) -> None:
        self._registry = Registry(winreg)
        self._notify = advapi32.RegNotifyChangeKeyValue
        self._notify.restype = ctypes.c_int32
        self._notify.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int32]
        self._kernel = kernel32
        kernel32.CreateEventW.restype = ctypes.c_void_p
        kernel32.CreateEventW.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p]
        kernel32.WaitForMultipleObjects.restype = ctypes.c_uint32
        kernel32.WaitForMultipleObjects.argtypes = [
            ctypes.c_uint32, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int32, ctypes.c_uint32
        ]  # fmt: skip
        for call in kernel32.SetEvent, kernel32.CloseHandle:
            call.restype, call.argtypes = ctypes.c_int32, [ctypes.c_void_p]
        self._is_steam = is_steam

    async def run(self, report: Report) -> None:
        """Report the game at first and whenever Steam writes to its key. Raises NotAvailableError without Steam."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        stop = self._event()

        def settle(error: BaseException | None) -> None:
            if not ended.done():
                ended.set_exception(error) if error is not None else ended.set_result(None)

        def watch() -> None:
            error: BaseException | None = None
            try:
                self._watch(stop, lambda games: loop.call_soon_threadsafe(report, games))
            except Exception as problem:  # whatever it is, the task is to fail with it, not the thread
                error = problem
            loop.call_soon_threadsafe(settle, error)

        thread = threading.Thread(target=watch, name="steam registry", daemon=True)
        thread.start()
        try:
            await ended
        finally:
            self._kernel.SetEvent(stop)
            thread.join()  # it sleeps on this very event, or reads a few values
            self._kernel.CloseHandle(stop)

    def _watch(self, stop: int, tell: Callable[[tuple[Program, ...]], object]) -> None:
        changed = self._event()
        try:
            with self._registry.open() as key:
                woken: int | None = CHANGED
                while woken != STOPPED:
                    if woken == CHANGED:  # a question that is still open need not be asked again
                        # Asked for before the reading, so that nothing that is written after it can be missed.
                        self._ask(int(key.handle), changed)
                    games = running_game(self._registry, self._is_steam)
                    tell(games)
                    woken = self._wait(stop, changed, SECONDS_WITH_GAME if games else SECONDS_WITHOUT)
        finally:
            self._kernel.CloseHandle(changed)

    def _ask(self, key: int, changed: int) -> None:
        result = self._notify(key, 0, VALUE_WRITTEN | THREAD_AGNOSTIC, changed, 1)
        if result == KEY_DELETED:
            raise NotAvailableError("Steam is not installed")
        if result:
            raise OSError(f"RegNotifyChangeKeyValue failed with error {result}")

    def _wait(self, stop: int, changed: int, seconds: float) -> int | None:
        """Sleep; STOPPED, CHANGED, or None when the time is over."""
        handles = (ctypes.c_void_p * 2)(stop, changed)
        result = self._kernel.WaitForMultipleObjects(2, handles, 0, int(seconds * 1000))
        if result == WAIT_FAILED:
            raise OSError("WaitForMultipleObjects failed")
        return int(result) if result in (STOPPED, CHANGED) else None

    def _event(self) -> int:
        """An event that wakes one sleeper and is then unset again."""
        event = self._kernel.CreateEventW(None, 0, 0, None)
        if not event:
            raise OSError("CreateEventW failed")
        return int(event)
