"""Limits of heat, power and noise on the running session, and what it draws. Rules in `pacing.py`."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from lightwork.domain.errors import LightworkError
from lightwork.domain.states import Phase
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.devices import Devices, choose
from lightwork.history.ledger import Ledger
from lightwork.node.board import Board
from lightwork.node.energy import EnergyMeter
from lightwork.node.pacing import Limits, next_duty
from lightwork.settings import declared
from lightwork.settings.store import Settings

# How often devices are read, in seconds: while one trains, while somebody looks, and else.
# Between readings. While somebody looks but nothing trains, each is drawn for little: it costs the person's processor.
_TRAINING_SECONDS, _WATCHED_SECONDS, _IDLE_SECONDS = 2.0, 10.0, 30.0

log = logging.getLogger(__name__)


class Steered(Protocol):
    """What can be governed: a session."""

    async def hold(self) -> None:
        """Take no more steps."""

    async def go_on(self) -> None:
        """Take them again."""

    async def set_duty(self, share: float) -> None:
        """Compute for this share of the time."""


class Governor:
    """Reads the device that trains every two seconds, and slows the session down or lets it go faster."""

    def __init__(self, devices: Devices, settings: Callable[[], Settings], board: Board, ledger: Ledger) -> None:
        self._devices = devices
        self._settings = settings
        self._board = board
        self._energy = EnergyMeter(ledger, settings)
        self._session: Steered | None = None
        self._device: str | None = None
        self._wake = asyncio.Event()
        self.duty = limits_of(settings()).duty

    @contextmanager
    def over(self, session: Steered, device: str) -> Iterator[None]:
        """Govern this session while it runs."""
        self._session, self._device = session, device
        self.duty = min(self.duty, limits_of(self._settings()).duty)
        self._wake.set()
        try:
            yield
        finally:
            if self._session is session:
                self._session = None
            self._wake.set()

    async def hold(self) -> None:
        """The session takes no more steps, and keeps what it has."""
        if self._session is not None:
            await self._session.hold()

    async def go_on(self) -> None:
        """And now it does again."""
        if self._session is not None:
            await self._session.go_on()

    def look(self) -> None:
        """A setting has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._quietly(self._devices.restore_power)  # of a node that was killed
        while True:
            self._wake.clear()
            await self._look()
            pause = _IDLE_SECONDS
            if self._session is not None:
                pause = _TRAINING_SECONDS
            elif self._board.watched:
                pause = _WATCHED_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    def close(self) -> None:
        """Give the power limit back, and write down what was drawn."""
        with suppress(LightworkError, OSError):
            self._devices.restore_power()
        with suppress(LightworkError, sqlite3.Error):
            self._energy.rest(self._project)

    @property
    def _project(self) -> str:
        project = self._board.status.project
        return project.id if project is not None else ""

    async def _look(self) -> None:
        if self._session is None and not self._board.watched:
            await self._rest()
            return
        device = await asyncio.to_thread(self._read)
        if device is not None:
            self._board.update(device=device)
        if self._session is None or device is None:
            await self._rest()
            return
        with self._unless_the_ledger_fails():
            if self._board.status.phase is Phase.TRAINING:
                await self._limit(device)
                self._energy.add(self._project, device.watts)
            else:
                self._energy.rest(self._project)
        self._show()

    def _read(self) -> DeviceStatus | None:
        found = self._devices.read()
        if self._session is not None and self._device is not None:
            return next((device for device in found if device.id == self._device), None)
        with suppress(LightworkError):
            return choose(found, self._settings()[declared.COMPUTING_DEVICE])
        return None

    async def _limit(self, device: DeviceStatus) -> None:
        limits = limits_of(self._settings())
        # A limit of the card itself is gentler than stop and go; where it is not permitted this does nothing.
        await self._quietly(lambda: self._devices.limit_power(device.id, limits.watts or None))
        duty = next_duty(self.duty, limits, watts=device.watts, celsius=device.celsius)
        if duty != self.duty:
            self.duty = duty
            if self._session is not None:
                await self._session.set_duty(duty)

    async def _rest(self) -> None:
        with self._unless_the_ledger_fails():
            self._energy.rest(self._project)
        await self._quietly(self._devices.restore_power)
        self._show()

    def _show(self) -> None:
        with self._unless_the_ledger_fails():
            self._board.update(energy=self._energy.status(self.duty))

    @staticmethod
    async def _quietly(action: Callable[[], object]) -> None:
        try:
            await asyncio.to_thread(action)
        except (LightworkError, OSError) as error:
            log.warning("power limit: %s", error)

    @staticmethod
    @contextmanager
    def _unless_the_ledger_fails() -> Iterator[None]:
        try:
            yield
        except (LightworkError, sqlite3.Error) as error:  # what was counted waits in memory
            log.warning("energy was not recorded: %s", error)


def limits_of(settings: Settings) -> Limits:
    """What the person set, in quiet mode if they chose that."""
    limits = Limits(
        duty=settings[declared.COMPUTING_DUTY],
        watts=settings[declared.COMPUTING_WATTS],
        celsius=settings[declared.COMPUTING_CELSIUS],
    )
    return limits.quiet() if settings[declared.COMPUTING_QUIET] else limits
