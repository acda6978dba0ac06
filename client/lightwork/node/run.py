"""The node at work: carries out what `machine.py` decides, in one TaskGroup."""

import asyncio
import logging
import os
import sqlite3
import time
from contextlib import suppress
from dataclasses import replace

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Phase
from lightwork.domain.status import Notice, Preferences, TrainingStatus
from lightwork.hardware.devices import Devices
from lightwork.history.ledger import Ledger
from lightwork.identity.keys import Identity
from lightwork.node import events, giving_back, machine
from lightwork.node.at_home import AtHome
from lightwork.node.bandwidth import Bandwidth
from lightwork.node.board import Board
from lightwork.node.checking import Checking
from lightwork.node.commands import Commands
from lightwork.node.control import ControlServer
from lightwork.node.credits import CreditBook
from lightwork.node.device_watch import DeviceWatch
from lightwork.node.giving_back import patience
from lightwork.node.governor import Governor
from lightwork.node.intent import Memory
from lightwork.node.lookout import Lookout
from lightwork.node.meter import Meter
from lightwork.node.pause_book import PauseBook
from lightwork.node.practice import PracticeHost
from lightwork.node.trying import Trying
from lightwork.protocol import control as wire
from lightwork.protocol.links import parse_link
from lightwork.settings.declared import (
    COMPUTING_DEVICE,
    COMPUTING_LOW_PRIORITY,
    GENERAL_CLOSE_TO_TRAY,
    GENERAL_GO_ON,
    GENERAL_NOTIFICATIONS,
    RESTARTING,
)
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

# Longer than any trainer is given to end; see `giving_back.patience`.
_ENDS_WITHIN_SECONDS = 30.0

log = logging.getLogger(__name__)


class _Ended(Exception):  # noqa: N818  not an error: the wish to end, which unwinds the TaskGroup
    pass


class Node:
    """One node for one home folder. `run` returns when it was asked to quit.

    Without a `memory` it neither goes on with what an earlier node did, nor keeps what it does itself.
    """

    def __init__(
        self, places: Places, settings: Settings, identity: Identity, ledger: Ledger, memory: Memory | None = None
    ) -> None:
        self.settings = settings
        self._places = places
        self._identity = identity
        self._ledger = ledger
        self._memory = memory
        self._desktop = AtHome(places)
        self._state = machine.State()
        self._events: asyncio.Queue[tuple[events.Event, float]] = asyncio.Queue()
        self._board = Board()
        self._meter = Meter(ledger)
        self._bandwidth = Bandwidth(self._meter, ledger, lambda: self.settings)
        self._credits = CreditBook(ledger)
        self._devices = Devices(limits=places.power_limits)
        self._pause_book = PauseBook(ledger)
        self._practice = PracticeHost(
            places.practice, places.logs / "practice-host.log", lambda: self.settings[COMPUTING_LOW_PRIORITY]
        )
        self._checking = Checking(
            places,
            self._devices,
            settings=lambda: self.settings,
            status=lambda: self._board.status,
            idle=lambda: self.idle,
            pauses=lambda: self._state.pauses,
            changed=lambda: self._lookout.look(),  # noqa: PLW0108  it is made below
        )
        watch = DeviceWatch(
            self._devices,
            self._processes,
            lambda: self.settings[COMPUTING_DEVICE],
            trainer=lambda: self._board.status.training.process or self._checking.process,
            training=self._training_process,
        )
        self._device_watch = watch
        self._lookout = Lookout(
            places,
            lambda: self.settings,
            self._board,
            watch,
            state=lambda: self._state,
            device=lambda: self._device,
            emit=self.emit,
            checking=lambda: self._checking.running,
            more=(self._bandwidth,),
        )
        self._governor = Governor(self._devices, lambda: self.settings, self._board, ledger)
        self._trying = Trying()
        commands = Commands(
            self,
            places,
            identity,
            ledger,
            board=self._board,
            meter=self._meter,
            credits=self._credits,
            devices=self._devices,
            practice=self._practice,
            checking=self._checking,
            trying=self._trying,
            desktop=self._desktop,
        )
        self._control = ControlServer(self._board, commands.answer, os.getpid())
        self._task: asyncio.Task[None] | None = None
        self._device: str | None = None  # of the running session
        self._ended = asyncio.Event()  # cleared while a session is ending
        self._ended.set()
        self._count_now = asyncio.Event()
        self._ending: set[int] = set()  # trainers that were asked to end

    async def run(self) -> None:
        """Open the door and work until asked to quit."""
        if self._memory is not None:  # what a node for one question meets is not the person's desktop
            self.settings = self._desktop.agreed(self.settings)
        self._show_beginnings()
        self._recall()
        wire.write_door(self._places.door, await self._control.open())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._decide(tasks))
                tasks.create_task(self._board.publish())
                tasks.create_task(self._lookout.run())
                tasks.create_task(self._governor.run())
                tasks.create_task(self._count_traffic())
                tasks.create_task(self._practice.keep_alive())
        except* _Ended:
            pass
        finally:
            self._places.door.unlink(missing_ok=True)
            await self._checking.end()
            await self._control.close()
            await self._practice.stop()
            self._pause_book.follow(Phase.OFF, ())
            self._governor.close()
            self._devices.close()
            with suppress(LightworkError, sqlite3.Error):
                self._meter.flush()
            self._ledger.close()

    def emit(self, event: events.Event) -> None:
        """Something has happened; it is decided upon in the order of coming."""
        self._events.put_nowait((event, time.monotonic()))

    def _recall(self) -> None:
        """Go on with what the last node did; the first event of all."""
        if self._memory is None:
            return
        recalled = self._memory.recall(time.time())
        if recalled is not None and self.settings[GENERAL_GO_ON]:
            self.emit(recalled)
        else:
            self._memory.forget()

    def _show_beginnings(self) -> None:
        self._show_preferences()
        self._board.update(
            account=self._identity.account,
            account_encrypted=self._identity.encrypted,
            credits=self._credits.status(),
        )
        self._count()
        if self._ledger.set_aside is not None:
            self._notice(Trouble.LEDGER_SET_ASIDE, str(self._ledger.set_aside))

    def _show_preferences(self) -> None:
        notifications, to_tray = self.settings[GENERAL_NOTIFICATIONS], self.settings[GENERAL_CLOSE_TO_TRAY]
        self._board.update(preferences=Preferences(notifications=notifications, close_to_tray=to_tray))

    def _notice(self, trouble: Trouble, detail: str) -> None:
        self._board.notice(Notice(trouble=trouble, detail=detail, at=time.time()))

    # --- deciding -----------------------------------------------------------------------------------------------------

    async def _decide(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            event, came = await self._events.get()
            before = self._state
            self._state, effects = machine.advance(self._state, event, time.time())
            if self._memory is not None and event != events.Quit(by_person=False):
                self._memory.follow(self._state)  # before anything is done: a kill must find a pause noted down
            if self._state.phase is not before.phase:
                log.info("phase %s", self._state.phase, extra={"event": type(event).__name__})
            if self._state.phase is not before.phase or self._state.person != before.person:
                self._lookout.look()  # a person's pause within another one has an end of its own to wait for
            self._show_state()
            self._checking.paused(self._state.pauses)
            for effect in effects:
                await self._carry_out(effect, tasks, came)
            given_up = before.phase is not Phase.PAUSED or any(isinstance(one, events.EndSession) for one in effects)
            if (self._state.phase is Phase.PAUSED and given_up) or isinstance(event, events.StopPressed):
                # The practice host's memory is ours to give back, too; the next session starts it again.
                tasks.create_task(self._rest_practice())
            if self._state != before:
                self._show_state()
                self._pause_book.follow(self._state.phase, self._state.pauses)

    async def _rest_practice(self) -> None:
        if self._task is None:
            await self._practice.stop()

    async def _carry_out(self, effect: events.Effect, tasks: asyncio.TaskGroup, came: float) -> None:
        match effect:
            case events.StartSession():
                self._task = tasks.create_task(self._contribute(effect.session, effect.link))
                self._count_now.set()
            case events.EndSession():
                training, device, self._device = self._board.status.training, self._device, None
                if training.process is not None and device is not None:
                    tasks.create_task(self._confirm_given_back(training, training.process, device, came))
                await self._end_session()
            case events.HoldSession():
                await self._governor.hold()
            case events.GoOn():
                await self._governor.go_on()
            case events.Exit():
                raise _Ended

    async def _end_session(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            self._ended.clear()
            try:
                while not task.done():
                    # Again and again: on Python 3.11 a TaskGroup that is ending already swallows a cancellation.
                    task.cancel()
                    await asyncio.wait([task], timeout=5.0)
            finally:
                self._ended.set()
        self._board.update(progress=None)
        self._count_now.set()

    async def _confirm_given_back(self, training: TrainingStatus, process: int, device: str, came: float) -> None:
        """Measure how soon the trainer's memory is free, and show it."""
        self._board.update(training=replace(training, process=None))
        self._ending.add(process)  # until it has ended, what it uses is still ours
        try:
            given = await giving_back.measure(
                self._device_watch.held_by, device, process, began=came, known=training.memory_used
            )
        finally:
            self._ending.discard(process)
            self._lookout.look()  # what was read meanwhile may have had it among the others
        if given is None:
            log.warning("memory is not free", extra={"process": process, "device": device})
            return
        log.info("given back", extra={"memory": given.memory, "seconds": given.seconds, "device": device})
        self._board.update(given_back=given)
        self._pause_book.follow(self._state.phase, self._state.pauses)
        self._pause_book.gave_back(given)

    async def _contribute(self, number: int, link: str | None) -> None:
        # Only now: the network's and numpy's modules would cost an idle node 40 MB.
        from lightwork.node.context import Tools  # noqa: PLC0415
        from lightwork.node.session import Session  # noqa: PLC0415

        try:
            await self._checking.end()  # never two trainers
            device = await self._lookout.choose()
            self._device = device.id
            tools = Tools(
                places=self._places,
                settings=self.settings,
                key=self._identity.key,
                ledger=self._ledger,
                meter=self._meter,
                board=self._board,
                credits=self._credits,
                device=device,
                emit=self.emit,
                duty=lambda: self._governor.duty,
                patience=lambda: patience(self._state.pauses),
                practice_link=self._practice.link,
            )
            session = Session(number, link, tools)
            with self._governor.over(session, device.id), self._trying.over(session):
                await session.run()
        except LightworkError as error:
            log.warning("session failed: %s", error)
            self.emit(events.SessionFailed(number, error.trouble, error.detail))
        except Exception as error:
            log.exception("session failed")
            self.emit(events.SessionFailed(number, Trouble.INTERNAL, repr(error)[:500]))
        finally:
            if self._task is asyncio.current_task():
                self._task = self._device = None
                self._board.update(training=replace(self._board.status.training, process=None))

    def _show_state(self) -> None:
        state = self._state
        self._board.update(
            phase=state.phase,
            stage=state.stage,
            pauses=state.pauses,
            trouble=state.trouble,
            detail=state.detail,
            retry_at=state.retry_at,
            rounds_wanted=state.rounds_wanted,
            rounds_done=state.rounds_done,
        )

    # --- counting -----------------------------------------------------------------------------------------------------

    async def _count_traffic(self) -> None:
        while True:
            # An idle node only counts what a question now and then has cost.
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0 if self._task is not None else 5.0 if self._board.watched else 15.0):
                    await self._count_now.wait()
            self._count_now.clear()
            self._count()

    def _count(self) -> None:
        try:
            self._bandwidth.look()
        except LightworkError as error:
            self._notice(error.trouble, error.detail)
        except sqlite3.Error as error:  # a backup that holds the file, say; the bytes wait in memory
            self._notice(Trouble.INTERNAL, str(error))
        shown = self._bandwidth.status()
        if shown != self._board.status.network:
            self._board.update(network=shown)

    def _processes(self) -> tuple[int, ...]:
        """Those whose use of this computer is Lightwork's own."""
        trainers = (self._board.status.training.process, self._checking.process)
        known = (*trainers, self._practice.pid, *self._ending)
        return tuple(pid for pid in known if pid is not None)

    def _training_process(self) -> tuple[str, int] | None:
        if self._checking.training is not None:
            return self._checking.training
        training = self._board.status.training
        known = self._device is not None and training.process is not None and training.memory_used > 0
        return (self._device or "", training.process or 0) if known else None

    # --- what commands need -------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether no session runs, nor is one ending."""
        return self._task is None and self._ended.is_set()

    @property
    def practising(self) -> bool:
        """Whether a session trains the practice project, whose host is this node's own."""
        return self._task is not None and self._state.link is None

    def works_for(self, project: str) -> bool:
        """Whether the node contributes to this project, or will after a pause or a trouble."""
        if self._state.phase is Phase.OFF:
            return False
        if self._state.link is not None:
            return parse_link(self._state.link).project == project
        shown = self._board.status.project  # the practice project has its link only once its host runs
        return shown is not None and shown.practice and shown.id == project

    def may_keep(self) -> bool:
        """Whether the trainer may keep its memory in a pause that a person begins now."""
        return self._lookout.may_keep()

    async def session_ended(self) -> None:
        """Return when no session runs any more, or after the longest time that a trainer is given to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDS_WITHIN_SECONDS):
                if self._task is not None:
                    await asyncio.wait([self._task])
                await self._ended.wait()

    def settings_changed(self, before: Settings) -> None:
        """New settings hold: what a trainer is started with needs a new one, the rest is looked at right away."""
        if self._state.held or any(before[setting] != self.settings[setting] for setting in RESTARTING):
            self.emit(events.Rearranged())
        self._show_preferences()
        self._count_now.set()
        self._lookout.look()
        self._governor.look()
