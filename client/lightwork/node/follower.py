"""Following the host: its state by long poll, and a manifest that was renewed."""

import logging
import time

import msgspec

from lightwork.domain.errors import LightworkError
from lightwork.node.context import Context, HostView
from lightwork.node.patience import Backoff
from lightwork.protocol.manifest import Manifest

log = logging.getLogger(__name__)


class RenewedError(Exception):
    """The project has changed in a way that needs a new session."""


async def follow_host(context: Context) -> None:
    """Until cancelled. Raises RenewedError, or LightworkError for what waiting does not mend."""
    backoff = Backoff()
    while True:
        try:
            state = await context.client.state(context.host.state)
            if state.manifest_serial > context.manifest.serial:
                await _renew(context)
        except LightworkError as error:
            await context.host_failed(error, backoff)
            continue
        backoff.reset()
        context.host_answered()
        moved = state.round.version != context.host.version
        context.host = HostView(state, time.monotonic())
        if moved:
            context.receipts.set()
        context.show_project()
        context.changed.set()


async def _renew(context: Context) -> None:
    old = context.manifest
    new = await context.client.manifest(oldest_serial=old.serial, shelf=context.store.manifest)
    context.tools.ledger.remember_project(
        new.project, link=str(context.link), name=new.name, serial=new.serial, at=time.time()
    )
    if not same_but_for_dates(old, new):
        raise RenewedError(f"serial {new.serial}")
    context.manifest = new
    log.info("manifest renewed", extra={"serial": new.serial})


def same_but_for_dates(old: Manifest, new: Manifest) -> bool:
    """True if only serial and dates differ, so that training can go on as it is."""
    return msgspec.structs.replace(new, serial=old.serial, issued=old.issued, expires=old.expires) == old
