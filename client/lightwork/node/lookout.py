"""Watching the computer for the machine: from sensors to reasons to pause, on the device that is meant."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from lightwork.activity import catalogue, policy
from lightwork.activity.policy import PolicyState
from lightwork.activity.reasons import Rules
from lightwork.activity.sensor import Pace, Sensor
from lightwork.activity.watch import Watcher
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.hours import parse_hours
from lightwork.domain.states import DeviceKind, PauseReason, Phase
from lightwork.domain.status import DeviceStatus, Pause
from lightwork.node import events
from lightwork.node.bandwidth import allowance_of
from lightwork.node.board import Board
from lightwork.node.device_watch import DeviceWatch
from lightwork.node.machine import State
from lightwork.settings import declared
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

_GB = 10**9
# With nothing to wait for, the clock is looked at so often (seconds).
_IDLE_SECONDS = 30.0
# Reasons that leave a trainer its memory, if the person wants that: nobody else needs it, and nothing grows hot.
_GENTLE = frozenset({PauseReason.PERSON, PauseReason.IN_USE, PauseReason.PROCESSOR_BUSY})
_PLAYING = frozenset({PauseReason.GAME, PauseReason.FULL_SCREEN})
_RUNNING = (Phase.PREPARING, Phase.TRAINING, Phase.WAITING)


class Lookout:
    """Tells the machine when to pause and when to go on.

    `state` gives the machine's state; `device` the device of the running session, None while there is none; `checking`
    whether the computer is being tried out, which a game is to end as soon. `more` are sensors of the node's own.
    """

    def __init__(
        self,
        places: Places,
        settings: Callable[[], Settings],
        board: Board,
        devices: DeviceWatch,
        *,
        state: Callable[[], State],
        device: Callable[[], str | None],
        emit: Callable[[events.Event], None],
        checking: Callable[[], bool] = lambda: False,
        more: Sequence[Sensor] = (),
    ) -> None:
        self._checking = checking
        self._settings = settings
        self._board = board
        self._devices = devices
        self._state = state
        self._device = device
        self._emit = emit
        self._changed = asyncio.Event()
        self._pace, self._idle_pace = Pace(), Pace()
        self._policy = PolicyState()
        self._blocked: set[str] = set()
        self._told: tuple[tuple[Pause, ...], bool] = ((), False)
        sensors = catalogue.sensors(
            places.home,
            self._pace,
            self._idle_pace,
            own_games=lambda: names(settings()[declared.PAUSING_PROGRAMS]),
            never_games=lambda: names(settings()[declared.PAUSING_NEVER]),
        )
        self._watcher = Watcher([*sensors, *devices.sensors(self._pace), *more], self._changed.set)

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watcher.run())
            tasks.create_task(self._judge_again_and_again())

    def look(self) -> None:
        """Something that matters has changed: the phase, or a setting. Every poll is done now."""
        self._pace.busy = self._state().phase in _RUNNING or self._checking()
        self._idle_pace.busy = self._pace.busy and self._settings()[declared.PAUSING_IN_USE_MINUTES] > 0
        self._pace.hurry()
        self._idle_pace.hurry()
        self._changed.set()

    def may_keep(self) -> bool:
        """Whether the trainer may keep its memory in a pause that a person begins now."""
        others = {pause.reason for pause in self._policy.pauses}
        return self._settings()[declared.PAUSING_KEEP_PROCESS] and others <= _GENTLE and self._memory_to_spare()

    async def choose(self) -> DeviceStatus:
        """The best device that no reason keeps from training. Raises DEVICE_LOST if there is no device at all."""
        candidates = await asyncio.to_thread(self._devices.candidates)
        if not candidates:
            raise LightworkError(Trouble.DEVICE_LOST, self._settings()[declared.COMPUTING_DEVICE])
        blocked = {pause.device for pause in self._policy.pauses}
        free = [device for device in candidates if device.id not in blocked]
        # Without the person's wish no card takes another's place.
        return best(free if free and self._settings()[declared.PAUSING_PER_DEVICE] else candidates)

    async def _judge_again_and_again(self) -> None:
        while True:
            self._changed.clear()
            await self._judge()
            now = time.time()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_wait(now)):
                    await self._changed.wait()
            if self._due(time.time()):
                self._emit(events.Tick())

    async def _judge(self) -> None:
        readings, rules = self._watcher.readings, rules_of(self._settings())
        self._policy = policy.decide(self._policy, readings, rules, time.time())
        blocked = {pause.device for pause in self._policy.pauses}
        self._board.update(senses=self._watcher.notes)
        pauses, elsewhere = await self._concerning(self._policy.pauses)
        told = (pauses, bool(pauses) and self._keeps(pauses))
        if told != self._told:
            self._told = told
            self._emit(events.Sensed(*told))
        state = self._state()
        moved = elsewhere and not pauses and (state.phase in _RUNNING or state.held)
        # What failed on one card may work on another that has become free.
        if moved or (state.phase is Phase.TROUBLE and blocked != self._blocked):
            self._emit(events.Rearranged())
        self._blocked = blocked

    async def _concerning(self, pauses: tuple[Pause, ...]) -> tuple[tuple[Pause, ...], bool]:
        """The pauses that leave no device to train on; and whether training has to move to another device."""
        whole = tuple(pause for pause in pauses if not pause.device)
        blocked = {pause.device for pause in pauses if pause.device}
        if not blocked:
            return whole, False
        devices = await asyncio.to_thread(self._devices.candidates)
        if not any(device.kind is DeviceKind.GPU for device in devices):
            # The processor trains. A game on any card needs it; who else computes on a card does not.
            return tuple(pause for pause in pauses if not pause.device or pause.reason in _PLAYING), False
        if not self._settings()[declared.PAUSING_PER_DEVICE]:
            devices = [device for device in devices if device.id == (self._device() or best(devices).id)]
        candidates = {device.id for device in devices}
        if candidates <= blocked:
            return tuple(pause for pause in pauses if not pause.device or pause.device in candidates), False
        return whole, self._device() in blocked

    def _keeps(self, pauses: tuple[Pause, ...]) -> bool:
        gentle = all(pause.reason in _GENTLE for pause in pauses)
        return self._settings()[declared.PAUSING_KEEP_PROCESS] and gentle and self._memory_to_spare()

    def _memory_to_spare(self) -> bool:
        available = self._watcher.readings.memory_available
        return available is None or available >= 2 * rules_of(self._settings()).memory_available_minimum

    def _deadlines(self) -> list[float]:
        """Unix times at which the machine has to look at the clock."""
        state = self._state()
        retry = state.retry_at if state.phase is Phase.TROUBLE else None
        until = state.person.until if state.person is not None and state.phase is Phase.PAUSED else None
        return [at for at in (retry, until) if at is not None]

    def _due(self, now: float) -> bool:
        return self._state().held or any(now >= at for at in self._deadlines())

    def _seconds_to_wait(self, now: float) -> float:
        waits = [at - now for at in self._deadlines()]
        change = policy.next_change(self._policy, rules_of(self._settings()), now)
        return max(0.05, min([_IDLE_SECONDS, *waits, *([] if change is None else [change])]))


def rules_of(settings: Settings) -> Rules:
    """What the person chose, as the policy takes it."""
    allowance = allowance_of(settings)
    rules = Rules(
        always=settings[declared.PAUSING_ALWAYS],
        games_even_then=settings[declared.PAUSING_GAMES_EVEN_THEN],
        games=settings[declared.PAUSING_GAMES],
        never=tuple(name.lower() for name in names(settings[declared.PAUSING_NEVER])),
        full_screen=settings[declared.PAUSING_FULL_SCREEN],
        gpu_load=settings[declared.PAUSING_GPU_LOAD],
        gpu_memory_share=settings[declared.COMPUTING_MEMORY_SHARE],
        per_device=settings[declared.PAUSING_PER_DEVICE],
        in_use_seconds=60 * settings[declared.PAUSING_IN_USE_MINUTES],
        metered=settings[declared.PAUSING_METERED],
        data_day=allowance.day,
        data_month=allowance.month,
        processor_load=settings[declared.PAUSING_PROCESSOR_LOAD],
        on_battery=settings[declared.PAUSING_ON_BATTERY],
        celsius=settings[declared.PAUSING_CELSIUS],
        disk_free_minimum=int(settings[declared.PAUSING_DISK_FREE_GB] * _GB),
        memory_available_minimum=int(settings[declared.PAUSING_MEMORY_FREE_GB] * _GB),
        quiet_seconds=settings[declared.PAUSING_QUIET_SECONDS],
    )
    return replace(rules, hours=parse_hours(settings[declared.PAUSING_HOURS]))


def best(devices: Sequence[DeviceStatus]) -> DeviceStatus:
    """The one with the most memory."""
    return max(devices, key=lambda device: device.memory_total)


def names(text: str) -> tuple[str, ...]:
    """Names of programs as a person writes them, separated by semicolons."""
    return tuple(name.strip() for name in text.split(";") if name.strip())
