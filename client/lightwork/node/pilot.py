"""Carrying out the next step of the plan: weights, updates, leases, and when to contribute."""

import asyncio
import logging
from contextlib import suppress

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.node.context import Context
from lightwork.node.files import fetch
from lightwork.node.patience import LEAST_SECONDS, OVERTAKEN, Backoff, passes
from lightwork.node.plan import Step, View, next_step, seconds_until_due
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.project import Lease
from lightwork.protocol.refusals import RefusedError

log = logging.getLogger(__name__)


class Pilot:
    """Looks at what is known, takes the next step, and looks again."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Until cancelled. Raises LightworkError for what waiting does not mend."""
        context, desk, backoff = self._context, self._context.desk, Backoff()
        while True:
            context.changed.clear()
            if context.held:
                await context.changed.wait()
                continue
            if not desk.facts.ready:  # a trainer that resumes says later which weights it has
                context.preparing(Stage.TRAINER)
                await context.changed.wait()
                continue
            try:
                await self._take(next_step(self._view()))
                backoff.reset()
            except TrainerGoneError:
                continue  # the desk starts another; its facts begin anew
            except LightworkError as error:
                if isinstance(error, RefusedError) and error.refusal in OVERTAKEN:
                    await asyncio.sleep(LEAST_SECONDS)
                else:
                    await context.host_failed(error, backoff)

    def _view(self) -> View:
        context, facts, host = self._context, self._context.desk.facts, self._context.host
        return View(
            host_version=host.version,
            oldest_update=host.state.oldest_update,
            checkpoint=host.state.checkpoint,
            seconds_left=host.seconds_left,
            version=facts.version,
            checked=facts.checked,
            has_lease=facts.lease is not None,
            packed=facts.packed is not None,
            sent_for=context.sent_for,
            unsent_steps=facts.unsent_steps,
            steps_wanted=context.manifest.recipe.max_local_steps,
            seconds_to_send=context.seconds_to_send,
        )

    async def _take(self, step: Step) -> None:
        match step:
            case Step.CHECK:
                await self._check_weights()
            case Step.LOAD_CHECKPOINT:
                await self._load_checkpoint()
            case Step.APPLY_UPDATE:
                await self._apply_update()
            case Step.TAKE_LEASE:
                await self._take_lease()
            case Step.CONTRIBUTE:
                await self._contribute()
            case Step.WAIT:
                await self._wait()

    async def _wait(self) -> None:
        context = self._context
        if context.desk.facts.lease is None and not context.away:
            context.idle(Stage.ROUND)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_until_due(self._view())):
                await context.changed.wait()

    # --- weights ------------------------------------------------------------------------------------------------------

    async def _check_weights(self) -> None:
        """Compare the digest of the trainer's weights with what the project signed for that version."""
        facts = self._context.desk.facts
        assert facts.version is not None
        if await self._signed_digest(facts.version) == facts.digest:
            facts.checked = True
        else:
            log.warning("weights differ", extra={"version": facts.version})
            self._context.notice(Trouble.WEIGHTS_DIVERGED)
            facts.version = None

    async def _signed_digest(self, version: int) -> str | None:
        context = self._context
        if version == 0:
            return context.manifest.weights_digest
        if context.host.state.oldest_update < version <= context.host.version:
            return (await context.client.update(context.manifest, version - 1)).digest
        checkpoint = await context.client.checkpoint(context.manifest)
        return checkpoint.digest if checkpoint.version == version else None

    async def _load_checkpoint(self) -> None:
        context = self._context
        context.preparing(Stage.MODEL)
        checkpoint = await context.client.checkpoint(context.manifest)
        await fetch(context.client, checkpoint.files, context.store, context.show_progress)
        context.preparing(Stage.TRAINER)
        files = tuple(str(context.store.file(ref)) for ref in checkpoint.files)
        await context.desk.ask(wire.Load(version=checkpoint.version, digest=checkpoint.digest, files=files), wire.Ready)
        log.info("loaded", extra={"version": checkpoint.version, "digest": checkpoint.digest})
        context.desk.facts.checked = True  # the trainer has compared it with the signed digest
        context.store.forget(checkpoint.files)  # the trainer's own checkpoint holds them now

    async def _apply_update(self) -> None:
        context = self._context
        base = context.desk.facts.version
        assert base is not None
        update = await context.client.update(context.manifest, base)
        await fetch(context.client, [update.file], context.store)
        command = wire.Apply(base=base, file=str(context.store.file(update.file)), digest=update.digest)
        answer = await context.desk.ask(command, wire.Updated, wire.Failed)
        if isinstance(answer, wire.Failed):
            if answer.trouble in (Trouble.WEIGHTS_DIVERGED, Trouble.PAYLOAD_INVALID):
                context.desk.facts.version = None
        else:
            context.share.merged(base, update.tokens)
            log.info("merged", extra={"version": base + 1, "digest": update.digest})
            context.store.forget([update.file])
        context.show_project()

    # --- leases and contributions -------------------------------------------------------------------------------------

    async def _take_lease(self) -> None:
        context = self._context
        if context.desk.facts.progress is None:
            context.preparing(Stage.DATA)
        lease = await self._saved_lease() or await self._new_lease()
        context.desk.facts.lease = lease.id
        await context.desk.tell(self._train(lease))

    async def _saved_lease(self) -> Lease | None:
        """The lease from before a restart, unless it has expired or its work is packed."""
        context, packed = self._context, self._context.desk.facts.packed
        saved = context.store.saved_lease()
        if saved is None or context.client.host_time >= saved.expires:
            return None
        if packed is not None and saved.lease.id in {item.lease for item in packed.work}:
            return None
        await self._fetch_data(saved.lease)
        return saved.lease

    async def _new_lease(self) -> Lease:
        context = self._context
        lease = await context.client.lease(context.host.version)
        if max(lease.shards) >= len(context.manifest.data):
            raise LightworkError(Trouble.HOST_CONFUSED, "it leased data that the manifest does not name")
        await self._fetch_data(lease)
        context.store.save_lease(lease, context.client.host_time + lease.seconds)
        return lease

    async def _fetch_data(self, lease: Lease) -> None:
        context = self._context
        waiting = context.desk.facts.progress is None
        refs = [context.manifest.data[shard] for shard in lease.shards]
        tokenizer = context.manifest.tokenizer.file  # trying the model needs it
        context.store.trim([*refs, *([tokenizer] if tokenizer is not None else [])])
        await fetch(context.client, refs, context.store, context.show_progress if waiting else None)

    def _train(self, lease: Lease) -> wire.Train:
        context = self._context
        shards = tuple(str(context.store.file(context.manifest.data[shard])) for shard in lease.shards)
        return wire.Train(lease=lease.id, shards=shards, seed=lease.seed, max_tokens=lease.max_tokens)

    async def _contribute(self) -> None:
        """Have the progress packed. The next lease is fetched before, so that training does not stop for it."""
        context = self._context
        try:
            lease = await self._new_lease()
        except LightworkError as error:
            if not passes(error):
                raise
            # Without a host there is no new data, but what was done can be packed and sent once it is back.
            context.desk.facts.lease = None
            await context.desk.ask(wire.Contribute(), wire.Packed, wire.Empty)
            return
        context.desk.facts.lease = lease.id
        await context.desk.ask(wire.Contribute(), wire.Packed, wire.Empty, then=self._train(lease))
