"""Keeping the trainer in data: the lease under which it trains, and the next one, whose data are fetched meanwhile."""

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Stage
from lightwork.node.context import Context
from lightwork.node.files import fetch
from lightwork.node.patience import Backoff
from lightwork.node.plan import may_train
from lightwork.node.store import SavedLease
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import FileRef


class Supply:
    """One session's leases. Only a trainer that is far ahead of all others is left without one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = context.changed.listener()
        self._present: SavedLease | None = None
        self._next: SavedLease | None = None

    async def run(self) -> None:
        """Until cancelled. Raises LightworkError for what waiting does not mend."""
        context, backoff = self._context, Backoff()
        while True:
            self._changed.clear()
            try:
                if context.held or not await self._step():
                    await self._changed.wait()
                backoff.reset()
            except TrainerGoneError:
                continue  # the desk starts another; its facts begin anew
            except LightworkError as error:
                await context.put_off(error, backoff)

    async def _step(self) -> bool:
        """Give the trainer a lease, or fetch the next one; False if there is nothing to do."""
        context, facts = self._context, self._context.desk.facts
        view = context.view()
        # A contribution waits for the lease of the steps after it, also while no more of them are to be taken.
        if facts.lease is not None or (view.unsent_steps and not may_train(view)):
            if self._next is None:
                await self.obtain()
                context.changed.set()
                return True
            if facts.lease is not None:
                return False
        if not may_train(view):
            if facts.progress is not None and facts.version == context.host.version and not context.away:
                context.idle(Stage.ROUND)
            return False
        if facts.progress is None:
            context.preparing(Stage.DATA)
        again = await self._resumed()
        if again is None:
            await self.obtain()
        # Much may have happened meanwhile: a contribution, or the end of that trainer.
        same = facts is context.desk.facts and facts.lease is None and may_train(context.view())
        if same and (again is not None or self.ready):
            await context.desk.tell(self.give() if again is None else self._begin(again))
        return True

    @property
    def ready(self) -> bool:
        """True if there is a next lease, with its data."""
        return self._next is not None

    async def obtain(self) -> None:
        """Have the next lease ready. Raises LightworkError."""
        if self._next is None:
            self._next = await self._saved_next() or await self._new()

    def give(self) -> wire.Train:
        """The next lease, which is ready, becomes the present one: what the trainer must be told."""
        given, self._next = self._next, None
        assert given is not None
        self._context.store.begin_next_lease(given)
        self._changed.set()  # another is wanted now
        return self._begin(given)

    def end(self) -> None:
        """The present lease is claimed by a contribution now: nobody shall train under it any more."""
        facts, self._present = self._context.desk.facts, None
        if facts.lease is not None:
            self._context.store.drop_lease(facts.lease)
        facts.lease = None

    def _begin(self, given: SavedLease) -> wire.Train:
        context, lease = self._context, given.lease
        context.desk.facts.lease, self._present = lease.id, given
        shards = tuple(str(context.store.file(context.manifest.data[shard])) for shard in lease.shards)
        return wire.Train(lease=lease.id, shards=shards, seed=lease.seed, max_tokens=lease.max_tokens)

    async def _resumed(self) -> SavedLease | None:
        """The present lease of a trainer before this one."""
        saved = self._context.store.saved_lease()
        return saved if saved is not None and await self._still_good(saved) else None

    async def _saved_next(self) -> SavedLease | None:
        saved, present = self._context.store.saved_next_lease(), self._context.store.saved_lease()
        if saved is None or (present is not None and present.lease.id == saved.lease.id):
            return None
        return saved if await self._still_good(saved) else None

    async def _still_good(self, saved: SavedLease) -> bool:
        """Unless it has expired or its work is packed. Its data are there then."""
        context, packed = self._context, self._context.desk.facts.packed
        if context.client.host_time >= saved.expires or max(saved.lease.shards) >= len(context.manifest.data):
            return False
        if packed is not None and saved.lease.id in {item.lease for item in packed.work}:
            return False
        await self._fetch(saved)
        return True

    async def _new(self) -> SavedLease:
        context = self._context
        lease = await context.client.lease(context.host.version)
        context.host_answered()
        if max(lease.shards) >= len(context.manifest.data):
            raise LightworkError(Trouble.HOST_CONFUSED, "it leased data that the manifest does not name")
        saved = SavedLease(lease=lease, expires=context.client.host_time + lease.seconds)
        context.store.save_next_lease(lease, saved.expires)  # before its data: a kill need not ask for another
        await self._fetch(saved)
        return saved

    async def _fetch(self, saved: SavedLease) -> None:
        context = self._context
        data, waiting = context.manifest.data, context.desk.facts.progress is None
        wanted = [data[shard] for shard in saved.lease.shards]
        in_use = self._present.lease.shards if self._present is not None else ()
        kept: list[FileRef] = [*wanted, *(data[shard] for shard in in_use)]
        if context.manifest.tokenizer.file is not None:  # trying the model needs it
            kept.append(context.manifest.tokenizer.file)
        context.store.trim(data, kept)
        await fetch(context.client, wanted, context.store, context.show_progress if waiting else None)
