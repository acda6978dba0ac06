"""The node at work: carries out what `machine.py` decides, in one TaskGroup."""

import asyncio
import logging
import os
import sqlite3
import time
from contextlib import suppress

from lightwork.activity import policy, sensors
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import Notice, ProjectStatus
from lightwork.hardware.devices import Devices, choose
from lightwork.history.ledger import Ledger
from lightwork.identity.keys import Identity
from lightwork.node import machine, reports
from lightwork.node.board import Board
from lightwork.node.control import ControlServer
from lightwork.node.credits import CreditBook
from lightwork.node.joining import forget, how_it_stands, look_at
from lightwork.node.meter import Meter
from lightwork.node.practice import PracticeHost
from lightwork.protocol import control as wire
from lightwork.protocol.links import parse_link
from lightwork.settings import store as settings_store
from lightwork.settings.declared import (
    COMPUTING_DEVICE,
    GENERAL_PROJECT,
    PAUSING_DISK_FREE_GB,
    PAUSING_MEMORY_FREE_GB,
    PAUSING_ON_BATTERY,
    PAUSING_QUIET_SECONDS,
)
from lightwork.settings.places import Places
from lightwork.settings.store import Settings

# How often devices and sensors are read, in seconds: while there is something to see or to stop, and while idle.
_BUSY_SECONDS = 2.0
_IDLE_SECONDS = 30.0
_GB = 10**9

log = logging.getLogger(__name__)


class _Ended(Exception):  # noqa: N818  not an error: the wish to end, which unwinds the TaskGroup
    pass


class Node:
    """One node for one home folder. `run` returns when it was asked to quit."""

    def __init__(self, places: Places, settings: Settings, identity: Identity, ledger: Ledger) -> None:
        self._places = places
        self._settings = settings
        self._identity = identity
        self._ledger = ledger
        self._state = machine.State()
        self._events: asyncio.Queue[machine.Event] = asyncio.Queue()
        self._board = Board()
        self._meter = Meter(ledger)
        self._credits = CreditBook(ledger)
        self._devices = Devices()
        self._policy = policy.PolicyState()
        self._practice = PracticeHost(places.practice, places.logs / "practice-host.log")
        self._control = ControlServer(self._board, self._command, os.getpid())
        self._session: asyncio.Task[None] | None = None
        self._wake_watch = asyncio.Event()

    async def run(self) -> None:
        """Open the door and work until asked to quit."""
        self._show_beginnings()
        wire.write_door(self._places.door, await self._control.open())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._decide(tasks))
                tasks.create_task(self._board.publish())
                tasks.create_task(self._watch())
                tasks.create_task(self._count_traffic())
                tasks.create_task(self._practice.keep_alive())
        except* _Ended:
            pass
        finally:
            self._places.door.unlink(missing_ok=True)
            await self._control.close()
            await self._practice.stop()
            self._devices.close()
            with suppress(LightworkError, sqlite3.Error):
                self._meter.flush()
            self._ledger.close()

    def emit(self, event: machine.Event) -> None:
        """Something has happened; it is decided upon in the order of coming."""
        self._events.put_nowait(event)

    def _show_beginnings(self) -> None:
        self._board.update(
            account=self._identity.account,
            account_encrypted=self._identity.encrypted,
            credits=self._credits.status(),
            network=self._meter.status(),
        )
        if self._ledger.set_aside is not None:
            self._notice(Trouble.LEDGER_SET_ASIDE, str(self._ledger.set_aside))

    def _notice(self, trouble: Trouble, detail: str) -> None:
        self._board.notice(Notice(trouble=trouble, detail=detail, at=time.time()))

    # --- deciding -----------------------------------------------------------------------------------------------------

    async def _decide(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            event = await self._events.get()
            before = self._state
            self._state, effects = machine.advance(self._state, event, time.time())
            if self._state.phase is not before.phase:
                log.info("phase %s", self._state.phase, extra={"event": type(event).__name__})
                self._wake_watch.set()
            self._show_state()
            for effect in effects:
                await self._carry_out(effect, tasks)
            if self._state != before:
                self._show_state()

    async def _carry_out(self, effect: machine.Effect, tasks: asyncio.TaskGroup) -> None:
        match effect:
            case machine.StartSession():
                self._session = tasks.create_task(self._contribute(effect.session, effect.link))
            case machine.EndSession():
                await self._end_session()
            case machine.Exit():
                raise _Ended

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            while not session.done():
                # Again and again: on Python 3.11 a TaskGroup that is ending already swallows a cancellation.
                session.cancel()
                await asyncio.wait([session], timeout=5.0)
        self._board.update(progress=None)

    async def _contribute(self, number: int, link: str | None) -> None:
        # Only now: the network's and numpy's modules would cost an idle node 40 MB.
        from lightwork.node.context import Tools  # noqa: PLC0415
        from lightwork.node.session import Session  # noqa: PLC0415

        try:
            device = choose(await asyncio.to_thread(self._devices.read), self._settings[COMPUTING_DEVICE])
            tools = Tools(
                places=self._places,
                settings=self._settings,
                key=self._identity.key,
                ledger=self._ledger,
                meter=self._meter,
                board=self._board,
                credits=self._credits,
                device=device,
                emit=self.emit,
                practice_link=self._practice.link,
            )
            await Session(number, link, tools).run()
        except LightworkError as error:
            log.warning("session failed: %s", error)
            self.emit(machine.SessionFailed(number, error.trouble, error.detail))
        except Exception as error:
            log.exception("session failed")
            self.emit(machine.SessionFailed(number, Trouble.INTERNAL, repr(error)[:500]))
        finally:
            if self._session is asyncio.current_task():
                self._session = None

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

    # --- watching -----------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Read sensors and devices: often while training or while somebody looks, seldom otherwise."""
        while True:
            self._wake_watch.clear()
            await self._sense()
            self.emit(machine.Tick())
            busy = self._session is not None or self._board.watched or bool(self._state.pauses)
            soon = _BUSY_SECONDS if busy or self._state.retry_at is not None else _IDLE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(soon):
                    await self._wake_watch.wait()

    async def _sense(self) -> None:
        trainer = self._board.status.training.process
        readings = await asyncio.to_thread(sensors.read, self._places.home, trainer)
        decided = policy.decide(self._policy, readings, self._rules(), time.time())
        if decided.pauses != self._policy.pauses:
            self.emit(machine.Sensed(decided.pauses))
        self._policy = decided
        if self._session is not None or self._board.watched:
            await self._show_device()

    def _rules(self) -> policy.Rules:
        settings = self._settings
        return policy.Rules(
            pause_on_battery=settings[PAUSING_ON_BATTERY],
            disk_free_minimum=int(settings[PAUSING_DISK_FREE_GB] * _GB),
            memory_available_minimum=int(settings[PAUSING_MEMORY_FREE_GB] * _GB),
            quiet_seconds=settings[PAUSING_QUIET_SECONDS],
        )

    async def _show_device(self) -> None:
        with suppress(LightworkError):
            devices = await asyncio.to_thread(self._devices.read)
            self._board.update(device=choose(devices, self._settings[COMPUTING_DEVICE]))

    async def _count_traffic(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                self._meter.flush()
            except LightworkError as error:
                self._notice(error.trouble, error.detail)
            except sqlite3.Error as error:  # a backup that holds the file, say; the bytes wait in memory
                self._notice(Trouble.INTERNAL, str(error))
            shown = self._meter.status()
            if shown != self._board.status.network:
                self._board.update(network=shown)

    # --- commands -----------------------------------------------------------------------------------------------------

    async def _command(self, command: wire.Command) -> wire.Reply:
        match command:
            case wire.Contribute():
                await self._start(command)
            case wire.Pause():
                until = None if command.seconds is None else time.time() + max(0.0, command.seconds)
                self.emit(machine.PausePressed(until))
            case wire.Resume():
                self.emit(machine.ResumePressed())
            case wire.Stop():
                self.emit(machine.StopPressed())
            case wire.Join():
                await self._join(command.link)
            case wire.Leave():
                await self._leave(command.project)
            case wire.AskProjects():
                projects = reports.project_entries(self._ledger, self._settings[GENERAL_PROJECT])
                return wire.Reply(id=command.id, projects=projects)
            case wire.AskProject():
                return wire.Reply(id=command.id, project=await self._look(command.link))
            case wire.AskStats():
                return wire.Reply(id=command.id, stats=reports.stats(self._ledger, command.contributions))
            case wire.AskDevices():
                return wire.Reply(id=command.id, devices=tuple(await asyncio.to_thread(self._devices.read)))
            case wire.Quit():
                self.emit(machine.Quit())
        return wire.Reply(id=command.id)

    async def _start(self, command: wire.Contribute) -> None:
        link = command.link or self._settings[GENERAL_PROJECT] or None
        if link is not None:
            link = str(parse_link(link))
        if command.rounds is not None and command.rounds < 1:
            raise LightworkError(Trouble.INTERNAL, "rounds must be at least 1")
        self._credits.restart()
        self._board.update(credits=self._credits.status())
        self.emit(machine.Contribute(link, command.rounds))

    async def _join(self, text: str) -> None:
        link = parse_link(text)
        known = self._ledger.project(link.project)
        manifest = await look_at(link, self._identity.key, self._meter, known.serial if known else 0)
        self._ledger.remember_project(
            link.project, link=str(link), name=manifest.name, serial=manifest.serial, at=time.time()
        )
        self._choose(str(link))

    async def _look(self, text: str | None) -> ProjectStatus:
        link = parse_link(text or self._settings[GENERAL_PROJECT] or await self._practice.link())
        idle = self._session is None
        project = await how_it_stands(link, self._identity.key, self._meter, self._ledger, receipts=idle)
        self._board.update(credits=self._credits.status())
        return project

    async def _leave(self, project: str | None) -> None:
        chosen = self._settings[GENERAL_PROJECT]
        wanted = project or (parse_link(chosen).project if chosen else None)
        if wanted is None or self._ledger.project(wanted) is None:
            raise LightworkError(Trouble.PROJECT_UNKNOWN, wanted or "")
        present = self._board.status.project
        if present is not None and present.id == wanted:
            self.emit(machine.StopPressed())
            await self._session_ended()
        self._ledger.forget_project(wanted)
        await asyncio.to_thread(forget, self._places.project(wanted))
        if chosen and parse_link(chosen).project == wanted:
            self._choose("")
        if present is not None and present.id == wanted:
            self._board.update(project=None)

    async def _session_ended(self) -> None:
        session = self._session
        if session is not None:
            await asyncio.wait([session], timeout=10)

    def _choose(self, link: str) -> None:
        settings = self._settings.with_value(GENERAL_PROJECT, link)
        settings_store.save(self._places.settings, settings)
        self._settings = settings
