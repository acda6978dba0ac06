"""What window and command line may ask of a node, carried out one by one."""

import asyncio
import time
from typing import Any, Protocol

from lightwork.activity.games.picker import running_programs
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import ProjectStatus
from lightwork.domain.untrusted import untrusted
from lightwork.hardware.devices import Devices
from lightwork.history.ledger import Ledger
from lightwork.identity.keys import Identity
from lightwork.node import events, reports
from lightwork.node.at_home import AtHome
from lightwork.node.board import Board
from lightwork.node.books import Books
from lightwork.node.checking import Checking
from lightwork.node.control import Say
from lightwork.node.credits import CreditBook
from lightwork.node.joining import forget, how_it_stands, look_at
from lightwork.node.meter import Meter
from lightwork.node.offers import Offers
from lightwork.node.practice import PracticeHost
from lightwork.node.trying import Trying
from lightwork.protocol import control as wire
from lightwork.protocol.links import parse_link
from lightwork.settings import store as settings_store
from lightwork.settings.check import check
from lightwork.settings.declared import GENERAL_PROJECT, Setting
from lightwork.settings.places import Places
from lightwork.settings.store import Settings


class Worker(Protocol):
    """What commands need of the running node."""

    settings: Settings

    @property
    def idle(self) -> bool:
        """Whether no session runs."""

    @property
    def practising(self) -> bool:
        """Whether the practice project's host is needed."""

    def emit(self, event: events.Event) -> None:
        """Something has happened."""

    def works_for(self, project: str) -> bool:
        """Whether the node contributes to this project, or will after a pause."""

    def may_keep(self) -> bool:
        """Whether the trainer may keep its memory in a pause that begins now."""

    async def session_ended(self) -> None:
        """Return when no session runs any more."""

    def settings_changed(self, before: Settings) -> None:
        """New settings hold."""


class Commands:
    """The node's answers. Raises LightworkError for what cannot be done; the control server tells the client."""

    def __init__(
        self,
        worker: Worker,
        places: Places,
        identity: Identity,
        ledger: Ledger,
        *,
        board: Board,
        meter: Meter,
        credits: CreditBook,  # noqa: A002
        devices: Devices,
        practice: PracticeHost,
        checking: Checking,
        trying: Trying,
        desktop: AtHome,
    ) -> None:
        self._worker = worker
        self._places = places
        self._identity = identity
        self._ledger = ledger
        self._board = board
        self._meter = meter
        self._credits = credits
        self._devices = devices
        self._practice = practice
        self._books = Books(ledger)
        self._checking = checking
        self._trying = trying
        self._desktop = desktop
        self._offers = Offers(
            identity.key,
            meter,
            ledger,
            devices,
            practice,
            settings=lambda: worker.settings,
            practising=lambda: worker.practising,
        )

    async def answer(self, command: wire.Command, say: Say) -> wire.Reply:
        """Carry a command out. `say` is for what a `Try` or a `Check` has to tell before its reply."""
        worker = self._worker
        match command:
            case wire.Contribute():
                self._contribute(command)
            case wire.Pause():
                until = None if command.seconds is None else time.time() + max(0.0, command.seconds)
                keep, restart = worker.may_keep(), command.until_restart and until is None
                worker.emit(events.PausePressed(until, keep=keep, until_restart=restart))
            case wire.Resume():
                worker.emit(events.ResumePressed())
            case wire.Stop():
                worker.emit(events.StopPressed())
            case wire.Join():
                await self._join(command.link)
            case wire.Leave():
                await self._leave(command.project)
            case wire.Change():
                self._change(command)
            case wire.Quit():
                worker.emit(events.Quit())
            case wire.AskHistory() | wire.AskContributions() | wire.AskReceipt() | wire.Export():
                return await self._books.answer(command)
            case wire.LookAt() | wire.Try() | wire.Check():
                return await self._take_time(command, say)
            case _:
                return await self._look_up(command)
        return wire.Reply(id=command.id)

    async def _take_time(self, command: wire.LookAt | wire.Try | wire.Check, say: Say) -> wire.Reply:
        match command:
            case wire.LookAt():
                return wire.Reply(id=command.id, offer=await self._offers.offer(command.link))
            case wire.Try():
                return await self._trying.answer(command, say)
            case wire.Check():
                return wire.Reply(id=command.id, check=await self._checking.check(command.id, say))

    async def _look_up(self, question: wire.Command) -> wire.Reply:
        match question:
            case wire.AskProjects():
                projects = reports.project_entries(self._ledger, self._worker.settings[GENERAL_PROJECT])
                return wire.Reply(id=question.id, projects=projects)
            case wire.AskProject():
                return wire.Reply(id=question.id, project=await self._project(question.link))
            case wire.AskStats():
                return wire.Reply(id=question.id, stats=self._stats(question.contributions))
            case wire.AskDevices():
                return wire.Reply(id=question.id, devices=tuple(await asyncio.to_thread(self._devices.read)))
            case wire.AskSettings():
                return wire.Reply(id=question.id, settings=reports.settings(self._worker.settings))
            case wire.AskPrograms():
                found = await asyncio.to_thread(running_programs)
                programs = tuple(
                    wire.ProgramEntry(name=untrusted(one.name), path=_text(one.path), processes=one.count)
                    for one in found
                )
                return wire.Reply(id=question.id, programs=programs)
        raise AssertionError(question)

    def _stats(self, contributions: int) -> wire.StatsReport:
        return reports.stats(self._ledger, contributions, self._board.status.network)

    def _contribute(self, command: wire.Contribute) -> None:
        link = command.link or self._worker.settings[GENERAL_PROJECT] or None
        if link is not None:
            link = str(parse_link(link))
        if command.rounds is not None and command.rounds < 1:
            raise LightworkError(Trouble.INTERNAL, "rounds must be at least 1")
        self._credits.restart()
        self._board.update(credits=self._credits.status())
        self._worker.emit(events.Contribute(link, command.rounds))

    async def _join(self, text: str) -> None:
        link = parse_link(text)
        known = self._ledger.project(link.project)
        manifest = await look_at(link, self._identity.key, self._meter, known.serial if known else 0)
        self._ledger.remember_project(
            link.project, link=str(link), name=manifest.name, serial=manifest.serial, at=time.time()
        )
        self._choose(GENERAL_PROJECT, str(link))

    async def _project(self, text: str | None) -> ProjectStatus:
        link = parse_link(text or self._worker.settings[GENERAL_PROJECT] or await self._offers.practice_link())
        project = await how_it_stands(link, self._identity.key, self._meter, self._ledger, receipts=self._worker.idle)
        self._board.update(credits=self._credits.status())
        return project

    async def _leave(self, project: str | None) -> None:
        chosen = self._worker.settings[GENERAL_PROJECT]
        wanted = project or (parse_link(chosen).project if chosen else None)
        if wanted is None or self._ledger.project(wanted) is None:
            raise LightworkError(Trouble.PROJECT_UNKNOWN, wanted or "")
        present = self._board.status.project
        if self._worker.works_for(wanted):
            self._worker.emit(events.StopPressed())
            await self._worker.session_ended()
        self._ledger.forget_project(wanted)
        await asyncio.to_thread(forget, self._places.project(wanted))
        if chosen and parse_link(chosen).project == wanted:
            self._choose(GENERAL_PROJECT, "")
        if present is not None and present.id == wanted:
            self._board.update(project=None)

    def _change(self, command: wire.Change) -> None:
        setting = settings_store.find(command.key)
        value = setting.default if command.value is None else command.value
        if isinstance(value, str) and setting.type is not str:
            value = settings_store.parse(setting, value)  # as it was typed
        value = check(setting, value)
        with self._desktop.changing(setting, value):
            self._choose(setting, value)

    def _choose(self, setting: Setting[Any], value: Any) -> None:
        before = self._worker.settings
        after = before.with_value(setting, value)
        settings_store.save(self._places.settings, after)
        self._worker.settings = after
        self._worker.settings_changed(before)


def _text(path: str) -> str:
    """A path as text: on Linux it may hold bytes that are none."""
    return path.encode("utf-8", "replace").decode()
