"""Closing a round: average, outer step, and one transaction that publishes the next version and settles all receipts.

Blobs are stored first. A crash anywhere before the transaction leaves the round open, and closing is simply repeated:
until then nothing that the open round starts from is changed, in memory or in the store.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median

import msgspec
from sqlalchemy import Connection

from lightwork.codec import PayloadError
from lightwork.codec.weights import Vector, shard_of
from lightwork.host.aggregate import Average, Part, shares
from lightwork.host.blobs import file_key
from lightwork.host.outer import WEIGHTS
from lightwork.host.project import PLAN, RECENT_ROUNDS, Project, Standing
from lightwork.host.records import contributions, receipts, rounds, versions
from lightwork.host.records.contributions import ContributionRow
from lightwork.host.records.versions import StateRow
from lightwork.host.rounds import anchor, spread
from lightwork.host.steering import next_plan
from lightwork.host.uploads import Uploads, receipt_for
from lightwork.host.whole import whole
from lightwork.protocol import limits
from lightwork.protocol.documents import Checkpoint, Kind, Update
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.round_plan import RoundPlan

# Whoever can follow the rounds at all can fetch a checkpoint before so many newer ones have come, and go on from it.
_KEEP_CHECKPOINTS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Published:
    """What is in the store and waits for the transaction that makes it the next version."""

    weights: Vector
    state: StateRow
    update: Update
    plan: RoundPlan
    checkpoint: Checkpoint | None


class _ChangedError(Exception):
    """The round's contributions are not those that were averaged."""


class Closer:
    """Closes the rounds of one project, one at a time."""

    def __init__(self, project: Project, uploads: Uploads) -> None:
        self._project = project
        self._uploads = uploads
        self._one = asyncio.Lock()

    async def close(self, expected: int) -> bool:
        """Close the open round, for which `expected` accounts were waited for. False if it has no contribution.

        Raises DISK_FULL, or what the stores raise; the round is open then as before.
        """
        project = self._project
        async with self._one:
            async with project.gate:
                project.taking.clear()
            try:
                rows = await project.database.read(contributions.pending, project.standing.version)
                if not rows:
                    return False
                await self._sweep()  # on a full disk an attempt before this one left a whole state there
                published = await self._publish(rows, await self._average(rows))
                await whole(self._finish(rows, published, expected))  # records and memory must agree
                return True
            finally:
                project.taking.set()

    async def sweep(self) -> None:
        """Delete the blobs that nothing refers to. Due after a round has closed, but nobody need wait for it."""
        async with self._one:
            await self._sweep()

    async def _average(self, rows: Sequence[ContributionRow]) -> Vector:
        average = Average(self._project.layout)
        total = sum(row.announcement.tokens for row in rows)
        parts = [Part(row.announcement.tokens, row.norm or 0.0) for row in rows]
        async with aclosing(self._payloads(rows)) as payloads:
            for row, share in zip(rows, shares(parts), strict=True):
                payload = await anext(payloads)
                try:
                    if payload is None:
                        raise PayloadError("it is gone from the store, or damaged there")
                    await asyncio.to_thread(average.add, payload, share)
                except PayloadError as error:
                    # The volunteer did its work and has our word: it is credited, and the others count for more.
                    log.error("contribution %s of %s cannot be read: %s", row.digest, row.account, error.detail)
                    average.miss(row.announcement.tokens / total)
        return await asyncio.to_thread(average.result)

    async def _payloads(self, rows: Sequence[ContributionRow]) -> AsyncGenerator[bytes | None, None]:
        """The bytes of each contribution; the next one is read while the caller deals with this one."""
        reading: list[asyncio.Task[bytes | None]] = []
        try:
            for following in (*rows, None):
                if following is not None:
                    reading.append(asyncio.create_task(self._uploads.payload(following)))
                if following is None or len(reading) == 2:
                    yield await reading.pop(0)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _publish(self, rows: Sequence[ContributionRow], gradient: Vector) -> _Published:
        """Put everything that the next version consists of into the store. The gradient is used up."""
        project = self._project
        base = project.standing.version
        step, state = await project.take_step(gradient)
        steps = [row.announcement.steps for row in rows]
        plan = next_plan(project.standing.plan, steps, project.manifest.recipe)
        sha256 = await asyncio.to_thread(_digest, step.payload)
        await project.database.write(versions.loosen, [file_key(sha256)])
        await project.blobs.put(file_key(sha256), step.payload)
        update = Update(
            project=project.id,
            base=base,
            file=FileRef(path=f"updates/{base}.lwpg", length=len(step.payload), sha256=sha256),
            digest=state.digests[WEIGHTS],
            contributions=len(rows),
            tokens=sum(row.announcement.tokens for row in rows),
            plan=plan,
        )
        due = await project.database.read(
            versions.is_checkpoint_due,
            base + 1,
            project.settings.checkpoint_every,
            step.weights.nbytes,
            update.file.length,
        )
        checkpoint = await self._store_checkpoint(step.weights, state, plan) if due else None
        return _Published(step.weights, state, update, plan, checkpoint)

    async def _store_checkpoint(self, weights: Vector, state: StateRow, plan: RoundPlan) -> Checkpoint:
        project = self._project
        header, numbers = shard_of(weights, project.layout)
        sha256 = await asyncio.to_thread(_digest, header, numbers)
        await project.database.write(versions.loosen, [file_key(sha256)])
        await project.blobs.put_pieces(file_key(sha256), (header, numbers), project.folder.work)
        length = len(header) + numbers.nbytes
        file = FileRef(path=f"checkpoints/{state.version}.safetensors", length=length, sha256=sha256)
        return Checkpoint(
            project=project.id, version=state.version, files=(file,), digest=state.digests[WEIGHTS], plan=plan
        )

    async def _finish(self, rows: Sequence[ContributionRow], published: _Published, expected: int) -> None:
        project = self._project
        now = project.clock()
        norms = await project.database.write(self._commit, rows, published, expected, now)
        project.standing = Standing.after(norms, now, published.weights, published.state, published.plan)
        project.totals.verified += len(rows)
        project.totals.tokens += published.update.tokens

    def _commit(
        self,
        connection: Connection,
        rows: Sequence[ContributionRow],
        published: _Published,
        expected: int,
        now: float,
    ) -> list[float]:
        """Everything in one transaction. The median norms of the newest rounds, this one's first."""
        project = self._project
        base = published.update.base
        pending = contributions.pending(connection, base)
        if [(row.account, row.digest) for row in pending] != [(row.account, row.digest) for row in rows]:
            raise _ChangedError
        for row in rows:
            contributions.verify(connection, row.account, row.digest)
            receipts.issue(connection, receipt_for(project, row, None), lambda r: project.sign(Kind.RECEIPT, r))
        stale = [
            row
            for row in contributions.unfinished(connection)
            if row.announcement.base < base + 1 - limits.ROUNDS_BEHIND
        ]
        for row in stale:
            contributions.drop(connection, row.account, row.digest)
        contributions.carry_over(connection, base + 1)
        versions.loosen(connection, [row.place + "/" for row in [*rows, *stale]])
        self._commit_versions(connection, published)
        versions.set_fact(connection, PLAN, msgspec.json.encode(published.plan).decode())
        arrived = [row.touched for row in rows if row.announcement.base == base]
        opened = project.standing.opened
        rounds.close(
            connection,
            base,
            now=now,
            expected=expected,
            since=anchor(opened, arrived, expected, project.rules),
            spread=spread(opened, arrived, expected, project.rules),
            norm=median(row.norm or 0.0 for row in rows),
        )
        rounds.open_round(connection, base + 1, now)
        return rounds.norms(connection, RECENT_ROUNDS)

    def _commit_versions(self, connection: Connection, published: _Published) -> None:
        project, update, checkpoint = self._project, published.update, published.checkpoint
        sha256 = update.file.sha256
        versions.add_update(connection, update.base, sha256, file_key(sha256), project.sign(Kind.UPDATE, update))
        versions.replace_state(connection, published.state)
        if checkpoint is not None:
            document = project.sign(Kind.CHECKPOINT, checkpoint)
            sha256 = checkpoint.files[0].sha256
            versions.add_checkpoint(connection, checkpoint.version, sha256, file_key(sha256), document)
            versions.prune(connection, _KEEP_CHECKPOINTS, file_key(""))

    async def _sweep(self) -> None:
        project = self._project
        theirs = {file.sha256 for file in project.manifest.files}
        keys = await project.database.read(versions.loose_keys)
        for key in keys:
            if key.endswith("/"):
                await project.blobs.delete_below(key.rstrip("/"))
                continue
            sha256 = key.removeprefix(file_key(""))
            if sha256 not in theirs and not await project.database.read(versions.refers_to, sha256):
                await project.blobs.delete([key])
        if keys:
            await project.database.write(versions.tie, keys)


def _digest(*pieces: bytes | memoryview) -> str:
    sha256 = hashlib.sha256()
    for piece in pieces:
        sha256.update(piece)
    return sha256.hexdigest()
