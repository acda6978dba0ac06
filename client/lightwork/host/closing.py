"""Closing a round: average, outer step, and one transaction that publishes the next version and settles all receipts.

Blobs are stored first. A crash anywhere before the transaction leaves the round open, and closing is simply repeated.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Connection

from lightwork.codec import PayloadError
from lightwork.codec.weights import write_weights
from lightwork.host.aggregate import Average, Part, shares
from lightwork.host.blobs import file_key
from lightwork.host.outer import OuterStep, outer_step
from lightwork.host.project import RECENT_ROUNDS, Project, Standing, discard
from lightwork.host.records import contributions, receipts, rounds, versions
from lightwork.host.records.contributions import ContributionRow
from lightwork.host.records.versions import StateRow
from lightwork.host.rounds import anchor, spread
from lightwork.host.uploads import Uploads, receipt_for
from lightwork.host.whole import whole
from lightwork.protocol.documents import Checkpoint, Kind, Update
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.project import UploadPhase

_KEEP_CHECKPOINTS = 2  # whoever is still fetching the last but one can go on from it

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Published:
    """What is in the store and waits for the transaction that makes it the next version."""

    step: OuterStep
    state: StateRow
    update: Update
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
                project.closing = True
            try:
                version = project.standing.version
                rows = await project.database.read(contributions.of_round, version, phase=UploadPhase.PENDING)
                published = await self._publish(rows, await self._step(rows)) if rows else None
            except BaseException:
                project.closing = False
                raise
            if published is None:
                project.closing = False
                return False
            await whole(self._finish(rows, published, expected))  # records and memory must agree
            await self._sweep()
            return True

    async def sweep(self) -> None:
        """Delete the blobs that nothing refers to."""
        async with self._one:
            await self._sweep()

    async def _step(self, rows: Sequence[ContributionRow]) -> OuterStep:
        project = self._project
        average = Average(project.layout)
        total = sum(row.announcement.tokens for row in rows)
        parts = [Part(row.announcement.tokens, row.norm or 0.0) for row in rows]
        for row, share in zip(rows, shares(parts), strict=True):
            payload = await self._uploads.payload(row)
            try:
                if payload is None:
                    raise PayloadError("it is gone from the store, or damaged there")
                await asyncio.to_thread(average.add, payload, share)
            except PayloadError as error:
                # The volunteer did its work and has our word: it is credited, and the others count for more.
                log.error("contribution %s of %s cannot be read: %s", row.digest, row.account, error.detail)
                average.miss(row.announcement.tokens / total)
        recipe, outer = project.manifest.recipe, project.standing.outer
        return await asyncio.to_thread(lambda: outer_step(outer, average.result(), recipe, project.layout))

    async def _publish(self, rows: Sequence[ContributionRow], step: OuterStep) -> _Published:
        """Put everything that the next version consists of into the store."""
        project = self._project
        base = project.standing.version
        sha256 = hashlib.sha256(step.payload).hexdigest()
        await project.database.write(versions.loosen, [file_key(sha256)])
        await project.blobs.put(file_key(sha256), step.payload)
        update = Update(
            project=project.id,
            base=base,
            file=FileRef(path=f"updates/{base}.lwpg", length=len(step.payload), sha256=sha256),
            digest=step.digest,
            contributions=len(rows),
            tokens=sum(row.announcement.tokens for row in rows),
        )
        due = (base + 1) % project.settings.checkpoint_every == 0
        checkpoint = await self._store_checkpoint(step, base + 1) if due else None
        return _Published(step, await project.store_state(step.state, base + 1), update, checkpoint)

    async def _store_checkpoint(self, step: OuterStep, version: int) -> Checkpoint:
        project = self._project
        path = project.folder.work / "checkpoint.safetensors"
        try:
            await asyncio.to_thread(write_weights, path, step.state.weights, project.layout)
            sha256, length = await project.blobs.digest(path)
            await project.database.write(versions.loosen, [file_key(sha256)])
            await project.blobs.put_file(file_key(sha256), path)
        finally:
            discard(path)
        file = FileRef(path=f"checkpoints/{version}.safetensors", length=length, sha256=sha256)
        return Checkpoint(project=project.id, version=version, files=(file,), digest=step.digest)

    async def _finish(self, rows: Sequence[ContributionRow], published: _Published, expected: int) -> None:
        project = self._project
        try:
            now = project.clock()
            norms = await project.database.write(self._commit, rows, published, expected, now)
            step = published.step
            project.standing = Standing.after(norms, published.state.version, now, step.state, step.digest)
            project.totals.verified += len(rows)
            project.totals.tokens += published.update.tokens
        finally:
            project.closing = False

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
        pending = contributions.of_round(connection, base, phase=UploadPhase.PENDING)
        if [(row.account, row.digest) for row in pending] != [(row.account, row.digest) for row in rows]:
            raise _ChangedError
        for row in rows:
            contributions.verify(connection, row.account, row.digest)
            receipts.issue(connection, receipt_for(project, row, None), lambda r: project.sign(Kind.RECEIPT, r))
        for row in contributions.unfinished(connection, before=base):
            contributions.drop(connection, row.account, row.digest)
        unfinished = contributions.unfinished(connection)
        versions.loosen(connection, [row.place + "/" for row in [*rows, *unfinished]])
        self._commit_versions(connection, published)
        arrived = [row.touched for row in rows]
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
        manifest = project.manifest
        theirs = {file.sha256 for file in (*manifest.weights, *manifest.data, *manifest.held_out)}
        keys = await project.database.read(versions.loose_keys)
        for key in keys:
            if key.endswith("/"):
                await project.blobs.delete(await project.blobs.keys(key.rstrip("/")))
                continue
            sha256 = key.removeprefix(file_key(""))
            if sha256 not in theirs and not await project.database.read(versions.refers_to, sha256):
                await project.blobs.delete([key])
        if keys:
            await project.database.write(versions.tie, keys)
