"""Carrying out the next step of the plan: weights, updates, and when to contribute."""

import asyncio
import logging
import time
from contextlib import suppress

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.node.context import Context
from lightwork.node.files import fetch
from lightwork.node.patience import Backoff
from lightwork.node.plan import Step, next_step, seconds_until_due
from lightwork.node.supply import Supply
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.round_plan import RoundPlan

# An update that leads elsewhere, or cannot be read: other weights are needed.
_NOT_APPLIED = (Trouble.WEIGHTS_DIVERGED, Trouble.PAYLOAD_INVALID)
_ASKS_THE_HOST = (Step.CHECK, Step.LOAD_CHECKPOINT, Step.APPLY_UPDATE)

log = logging.getLogger(__name__)


class Pilot:
    """Looks at what is known, takes the next step, and looks again."""

    def __init__(self, context: Context, supply: Supply) -> None:
        self._context = context
        self._supply = supply
        self._changed = context.changed.listener()

    async def run(self) -> None:
        """Until cancelled. Raises LightworkError for what waiting does not mend."""
        context, desk, backoff = self._context, self._context.desk, Backoff()
        while True:
            self._changed.clear()
            if context.held:
                await self._changed.wait()
                continue
            if not desk.facts.ready:  # a trainer that resumes says later which weights it has
                context.preparing(Stage.TRAINER)
                await self._changed.wait()
                continue
            try:
                step = next_step(context.view())
                await self._take(step)
                backoff.reset()
                if step in _ASKS_THE_HOST:
                    context.host_answered()
            except TrainerGoneError:
                continue  # the desk starts another; its facts begin anew
            except LightworkError as error:
                await context.put_off(error, backoff)

    async def _take(self, step: Step) -> None:
        match step:
            case Step.CHECK:
                await self._check_weights()
            case Step.LOAD_CHECKPOINT:
                await self._load_checkpoint()
            case Step.APPLY_UPDATE:
                await self._apply_update()
            case Step.CONTRIBUTE if self._supply.ready:
                await self._contribute()
            case _:  # without data for the steps after it a contribution can wait, and updates must not
                await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_until_due(self._context.view())):
                await self._changed.wait()

    # --- weights ------------------------------------------------------------------------------------------------------

    async def _check_weights(self) -> None:
        """Compare the digest of the trainer's weights with what the project signed for that version."""
        facts = self._context.desk.facts
        assert facts.version is not None
        digest, plan = await self._signed(facts.version)
        if digest == facts.digest:
            await self._context.follow(plan)
            facts.checked = True
            self._context.changed.set()  # the trainer may have a lease now
        else:
            log.warning("weights differ", extra={"version": facts.version})
            self._context.notice(Trouble.WEIGHTS_DIVERGED)
            facts.version = None

    async def _signed(self, version: int) -> tuple[str | None, RoundPlan | None]:
        """The digest of that version's weights and the plan of its round, as far as the project tells."""
        context = self._context
        if context.host.state.oldest_update < version <= context.host.version:
            update = await context.client.update(context.manifest, version - 1)
            return update.digest, update.plan
        checkpoint = await context.client.checkpoint(context.manifest)
        if checkpoint.version == version:
            return checkpoint.digest, checkpoint.plan
        # Whoever begins with the first weights after others went on gets a plan with the next update.
        return context.manifest.weights_digest if version == 0 else None, None

    async def _load_checkpoint(self) -> None:
        context = self._context
        context.preparing(Stage.MODEL)
        checkpoint = await context.client.checkpoint(context.manifest)
        await fetch(context.client, checkpoint.files, context.store, context.show_progress)
        context.preparing(Stage.TRAINER)
        files = tuple(str(context.store.file(ref)) for ref in checkpoint.files)
        load = wire.Load(version=checkpoint.version, digest=checkpoint.digest, files=files)
        await context.desk.ask(load, lambda event: isinstance(event, wire.Ready))
        log.info("loaded", extra={"version": checkpoint.version, "digest": checkpoint.digest})
        await context.follow(checkpoint.plan)
        context.desk.facts.checked = True  # the trainer has compared it with the signed digest
        context.changed.set()  # it may have a lease now
        context.store.forget(checkpoint.files)  # the trainer's own checkpoint holds them now

    async def _apply_update(self) -> None:
        context = self._context
        base = context.desk.facts.version
        assert base is not None
        update = await context.client.update(context.manifest, base, context.host.update_from(base))
        await fetch(context.client, [update.file], context.store)
        command = wire.Apply(base=base, file=str(context.store.file(update.file)), digest=update.digest)
        # Steps are taken meanwhile, and may fail by themselves.
        answer = await context.desk.ask(
            command,
            lambda event: (
                (isinstance(event, wire.Updated) and event.base > base)
                or (isinstance(event, wire.Failed) and event.trouble in _NOT_APPLIED)
            ),
        )
        if isinstance(answer, wire.Failed):
            context.desk.facts.version = None
        else:
            await context.follow(update.plan)
            context.desk.facts.checked = True  # the result is what was signed, so what it came from was right
            context.changed.set()
            context.share.merged(base, update.tokens)
            log.info("merged", extra={"version": base + 1, "digest": update.digest, **_so_far(context)})
            context.store.forget([update.file])
        context.show_project()

    # --- contributions ------------------------------------------------------------------------------------------------

    async def _contribute(self) -> None:
        """Have the progress packed, and train on under the next lease, whose data have been fetched before."""
        context, supply = self._context, self._supply
        context.desk.facts.packing = True
        context.contributing_since = time.monotonic()
        supply.end()
        train = supply.give()
        await context.desk.tell(wire.Contribute())
        await context.desk.tell(train)


def _so_far(context: Context) -> dict[str, object]:
    """For the log: steps, and what the trainer's time went into, as it said last."""
    progress = context.desk.facts.progress
    if progress is None:
        return {}
    spent = {name: round(seconds, 3) for name, seconds in msgspec.to_builtins(progress.spent).items()}
    return {"steps": progress.steps, "tokens": progress.tokens, "spent": spent}
