"""One stretch of contributing to one project, from connecting until it is ended.

Six tasks run side by side under one parent: one follows the host's state, one keeps the trainer alive, one keeps it in
data, one carries out the next step (`plan.py`), one delivers contributions and one collects receipts. None waits for
another but through the facts in their `Context`, and none but the network's own waits for the network: the trainer
trains on meanwhile.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.node import events
from lightwork.node.context import Context, HostView, Tools
from lightwork.node.courier import Courier
from lightwork.node.desk import Desk
from lightwork.node.files import fetch
from lightwork.node.follower import RenewedError, follow_host
from lightwork.node.patience import Backoff, passes
from lightwork.node.pilot import Pilot
from lightwork.node.store import ProjectStore
from lightwork.node.supply import Supply
from lightwork.protocol import trainer as wire
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.links import parse_link
from lightwork.protocol.manifest import Manifest, TokenizerKind
from lightwork.settings.declared import (
    COMPUTING_LOW_PRIORITY,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_THREADS,
    NETWORK_HOST_TIMEOUT_SECONDS,
)

T = TypeVar("T")

log = logging.getLogger(__name__)


class Session:
    """Contributes until it is cancelled. Whatever happens, its trainer has ended when `run` has."""

    def __init__(self, number: int, link: str | None, tools: Tools) -> None:
        self._number = number
        self._link = link
        self._tools = tools
        self._context: Context | None = None
        self._held = False

    async def hold(self) -> None:
        """Take no more steps, and keep the model in memory."""
        self._held = True
        if self._context is not None:
            await self._context.hold()

    async def go_on(self) -> None:
        """Train again after `hold`."""
        self._held = False
        if self._context is not None:
            await self._context.go_on()

    async def set_duty(self, share: float) -> None:
        """Compute for this share of the time from now on."""
        if self._context is not None:
            await self._context.desk.set_duty(share)

    def speaking_desk(self) -> Desk | None:
        """The desk of a trainer with weights that takes steps; None while there is none."""
        context = self._context
        if context is None or context.held or context.desk.facts.version is None:
            return None
        return context.desk

    async def tokenizer_file(self) -> str | None:
        """The project's tokenizer.json on this computer, fetched if need be; None if a token is a byte.

        Raises MODEL_NOT_HERE while there is no connection, and as `ProjectClient.download`.
        """
        context = self._context
        if context is None:
            raise LightworkError(Trouble.MODEL_NOT_HERE)
        tokenizer = context.manifest.tokenizer
        if tokenizer.kind is TokenizerKind.BYTES or tokenizer.file is None:
            return None
        await fetch(context.client, [tokenizer.file], context.store)
        return str(context.store.file(tokenizer.file))

    async def run(self) -> None:
        """Raises LightworkError for what waiting does not mend."""
        while True:
            try:
                await self._connect()
            except RenewedError as renewed:
                log.info("the project has changed", extra={"why": str(renewed)})

    async def _connect(self) -> None:
        tools = self._tools
        tools.emit(events.SessionPreparing(self._number, Stage.CONNECTING))
        link = parse_link(self._link or await tools.practice_link())
        timeout = tools.settings[NETWORK_HOST_TIMEOUT_SECONDS]
        count = tools.meter.counter(link.project)
        async with ProjectClient(link, tools.key, count=count, timeout=timeout, shaper=tools.meter.shaper) as client:
            known = tools.ledger.project(link.project)
            oldest = known.serial if known is not None else 0
            store = ProjectStore(tools.places.project(link.project))
            manifest = await self._patiently(lambda: client.manifest(oldest_serial=oldest, shelf=store.manifest))
            tools.ledger.remember_project(
                link.project, link=str(link), name=manifest.name, serial=manifest.serial, at=time.time()
            )
            await self._patiently(client.join)
            host = HostView(await self._patiently(client.state), time.monotonic())
            self._context = Context(self._number, tools, client, link, manifest, host, store, held=self._held)
            try:
                await _contribute(self._context)
            finally:
                self._context = None

    async def _patiently(self, action: Callable[[], Awaitable[T]]) -> T:
        """Try until it works. Waiting is shown, with the time of the next try."""
        backoff = Backoff()
        while True:
            try:
                return await action()
            except LightworkError as error:
                if not passes(error):
                    raise
                wait = backoff.next_wait()
                self._tools.emit(events.SessionIdle(self._number, Stage.HOST_AWAY, time.time() + wait))
                await asyncio.sleep(wait)
                self._tools.emit(events.SessionPreparing(self._number, Stage.CONNECTING))


async def _contribute(context: Context) -> None:
    def heard(event: wire.FromTrainer) -> None:
        _hear(context, event)

    context.desk = Desk(
        orders(context.tools, context.manifest, context.store),
        context.tools.places.logs / "trainer.log",
        polite=context.tools.settings[COMPUTING_LOW_PRIORITY],
        changed=heard,
        began=context.show_training,
        patience=context.tools.patience,
    )
    context.show_project()
    courier = Courier(context)
    courier.show_credits()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow_host(context))
            tasks.create_task(context.desk.run())
            supply = Supply(context)
            tasks.create_task(supply.run())
            tasks.create_task(Pilot(context, supply).run())
            tasks.create_task(courier.deliver())
            tasks.create_task(courier.collect())
    except* (LightworkError, RenewedError) as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    """One of the errors, looking into nested groups."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def orders(tools: Tools, manifest: Manifest, store: ProjectStore) -> wire.Configure:
    """What the trainer is told first."""
    settings = tools.settings
    return wire.Configure(
        project=manifest.project,
        model=manifest.model,
        recipe=manifest.recipe,
        token_type=manifest.tokenizer.token_type,
        device=tools.device.id,
        threads=settings[COMPUTING_THREADS] or max(1, (os.cpu_count() or 2) // 2),
        memory=int(tools.device.memory_total * settings[COMPUTING_MEMORY_SHARE]),
        folder=str(store.trainer_folder),
        duty=tools.duty(),
    )


def _hear(context: Context, event: wire.FromTrainer) -> None:
    """What the trainer's events mean to the rest of the session."""
    match event:
        case wire.Progress() if not context.held:
            context.tools.emit(events.SessionTraining(context.number))
        case wire.LeaseUsed():
            context.store.drop_lease(event.lease)
        case wire.Packed():
            _announce(context, event)
        case wire.Ready():
            log.info("trainer ready", extra={"steps": event.steps, "version": event.base})
            context.contributing_since = None  # what it packs now began with another trainer
            if event.packed is not None:
                _announce(context, event.packed)
        case wire.Failed():
            log.warning("trainer: %s", event.trouble, extra={"detail": event.detail})
            context.notice(event.trouble, event.detail)
        case _:
            pass
    context.show_training()
    context.changed.set()


def _announce(context: Context, packed: wire.Packed) -> None:
    """There is a contribution to deliver. Its leases are spent: more work under them would never be counted."""
    for item in packed.work:
        context.store.drop_lease(item.lease)
    context.packed.set()
