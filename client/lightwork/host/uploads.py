"""Contributions as they arrive: announced, received in chunks, inspected, acknowledged.

Everything before the acknowledgement may be lost and is simply sent again; the acknowledgement is one transaction.

A contribution counts in the round that is open when it is complete. If that is a later one than it was made for, it is
averaged with that one's: a link may be so slow that nothing it sends would ever arrive in time.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from lightwork.codec import maximum_length
from lightwork.domain.credit import training_operations
from lightwork.domain.scheme import Scheme
from lightwork.host.project import Project
from lightwork.host.records import accounts, contributions, leases, receipts, rounds, versions
from lightwork.host.records.contributions import ContributionRow
from lightwork.host.validate import Inspection, check_round, check_work, inspect
from lightwork.host.whole import whole
from lightwork.protocol import limits
from lightwork.protocol.documents import Kind, Receipt, Verdict
from lightwork.protocol.project import CLOSING_PATIENCE, Contribution, UploadPhase, UploadState
from lightwork.protocol.refusals import Refusal, RefusedError


class Uploads:
    """The uploads of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lengths: dict[Scheme, int] = {}
        self._inspecting = asyncio.Semaphore(os.cpu_count() or 1)  # each holds a whole payload
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.bytes_received = 0

    async def announce(self, account: str, message: Contribution) -> UploadState:
        """Begin an upload, or say how far it is. Refuses as `Service.announce` says."""
        return await whole(self._announce_alone(account, message))

    async def receive(self, account: str, digest: str, offset: int, chunk: bytes) -> UploadState:
        """Take the next bytes of an upload. Refuses as `Service.receive` says."""
        # To the end even if the sender has gone: a chunk half-way into the store must not arrive there after the one
        # that is sent in its place.
        return await whole(self._receive_alone(account, digest, offset, chunk))

    async def _announce_alone(self, account: str, message: Contribution) -> UploadState:
        lock = self._locks.setdefault(account, asyncio.Lock())
        async with lock:
            row = await self._project.database.write(self._announce, account, message)
            if row.phase is UploadPhase.RECEIVING and row.received == message.length:
                # the host was killed after the last chunk, or was closing a round
                return await self._complete(row, wait=True)
            return row.state

    async def _receive_alone(self, account: str, digest: str, offset: int, chunk: bytes) -> UploadState:
        lock = self._locks.setdefault(account, asyncio.Lock())
        async with lock:
            row = await self._project.database.read(contributions.find, account, digest)
            if row is None:
                raise RefusedError(Refusal.NOT_FOUND)
            return await self._receive(row, offset, chunk) if row.phase is UploadPhase.RECEIVING else row.state

    async def payload(self, row: ContributionRow) -> bytes | None:
        """All bytes of a contribution; None if they are not what was announced."""
        parts: list[bytes] = []
        for key in sorted(await self._project.blobs.keys(row.place)):
            part = await self._project.blobs.get(key)
            if part is not None:
                parts.append(part)
        return await asyncio.to_thread(_join, parts, row.digest)

    def _announce(self, connection: Connection, account: str, message: Contribution) -> ContributionRow:
        known = contributions.find(connection, account, message.digest)
        if known is not None and known.phase is not UploadPhase.RECEIVING:
            if known.announcement != message:  # one receipt for each digest: these bytes had theirs
                raise RefusedError(Refusal.ROUND_COUNTED)
            return known
        if accounts.find(connection, account) is None:
            raise RefusedError(Refusal.NOT_JOINED)
        version = _open_round(connection)
        check_round(message.base, version)
        if known is not None and known.announcement == message:
            return known
        _check_first(connection, account, message.base, version)
        held = leases.held(connection, account, [work.lease for work in message.work])
        check_work(message, held, self._project.clock())
        if message.length > self._longest(self._project.standing.plan.up):
            # Another round's plan, and so another recipe's, may have allowed it: then it is packed anew.
            raise RefusedError(Refusal.TOO_LARGE if message.base == version else Refusal.ROUND_CLOSED)
        return self._replace(connection, account, message, version)

    def _longest(self, scheme: Scheme) -> int:
        if scheme not in self._lengths:
            self._lengths[scheme] = maximum_length(self._project.layout, scheme)
        return self._lengths[scheme]

    def _replace(self, connection: Connection, account: str, message: Contribution, version: int) -> ContributionRow:
        """Record an announcement in place of whatever the account had unfinished."""
        for other in contributions.unfinished(connection, account):
            self._give_up(connection, other)
        accounts.mark_active(connection, account, message.base)
        return contributions.add(
            connection, account, message, version=version, place=_new_place(), now=self._project.clock()
        )

    async def _receive(self, row: ContributionRow, offset: int, chunk: bytes) -> UploadState:
        check_round(row.announcement.base, self._project.standing.version)
        if offset != row.received:
            raise RefusedError(Refusal.OFFSET_WRONG, row.received)
        received = offset + len(chunk)
        if len(chunk) > limits.CHUNK_BYTES or received > row.announcement.length:
            raise RefusedError(Refusal.TOO_LARGE)
        if chunk:
            # A chunk that is stored but not recorded is stored anew at the same place.
            await self._project.blobs.put(f"{row.place}/{offset:016d}", chunk)
            now = self._project.clock()
            if not await self._project.database.write(contributions.advance, row, received, now):
                await self._project.database.write(versions.loosen, [row.place + "/"])
                raise RefusedError(Refusal.ROUND_CLOSED)
            row = replace(row, received=received)
            self.bytes_received += len(chunk)
        return await self._complete(row, wait=not chunk) if received == row.announcement.length else row.state

    async def _complete(self, row: ContributionRow, *, wait: bool) -> UploadState:
        """Inspect a whole upload, and acknowledge it.

        While a round is being closed that must wait, since what the round averages is chosen. The answer is then that
        all bytes are here; whoever asks again, with no bytes that would lie in memory so long, may `wait` for a while.
        """
        project = self._project
        if wait:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_PATIENCE):
                    await project.taking.wait()
        if not project.taking.is_set():
            return row.state
        async with self._inspecting:
            inspection = await self._inspect(row)
        async with project.gate:
            if not project.taking.is_set():  # another round's end came first
                return row.state
            row = await project.database.write(self._acknowledge, row, inspection)
        if row.phase is UploadPhase.REJECTED:
            project.totals.rejected += 1
        return row.state

    async def _inspect(self, row: ContributionRow) -> Inspection:
        """Look at a whole upload. Refuses what was given up or lost meanwhile, and what must be packed anew."""
        project = self._project
        if await project.database.read(contributions.find, row.account, row.digest) is None:
            raise RefusedError(Refusal.ROUND_CLOSED)
        payload = await self.payload(row)
        if payload is None:
            await project.database.write(self._start_over, row)
            raise RefusedError(Refusal.DIGEST_WRONG)
        standing, late = project.standing, row.announcement.base < project.standing.version
        inspection = await asyncio.to_thread(
            inspect, payload, project.layout, standing.plan.up, standing.bound, late=late
        )
        if inspection.refusal is Refusal.ROUND_CLOSED:
            await project.database.write(self._give_up, row)
            raise RefusedError(Refusal.ROUND_CLOSED)
        return inspection

    def _acknowledge(self, connection: Connection, row: ContributionRow, inspection: Inspection) -> ContributionRow:
        now = self._project.clock()
        version = _open_round(connection)
        check_round(row.announcement.base, version)
        _check_first(connection, row.account, row.announcement.base, version)
        for work in row.announcement.work:
            if not leases.use(connection, row.account, work.lease, row.digest):
                raise RefusedError(Refusal.LEASE_COUNTED)
        phase = UploadPhase.PENDING if inspection.refusal is None else UploadPhase.REJECTED
        if not contributions.finish(connection, row, phase, inspection.norm, version=version, now=now):
            raise RefusedError(Refusal.ROUND_CLOSED)
        if inspection.refusal is not None:
            receipt = receipt_for(self._project, replace(row, round=version), inspection.refusal)
            receipts.issue(connection, receipt, lambda numbered: self._project.sign(Kind.RECEIPT, numbered))
            versions.loosen(connection, [row.place + "/"])
        return replace(row, round=version, phase=phase, received=row.announcement.length)

    def _give_up(self, connection: Connection, row: ContributionRow) -> None:
        versions.loosen(connection, [row.place + "/"])
        contributions.drop(connection, row.account, row.digest)

    def _start_over(self, connection: Connection, row: ContributionRow) -> None:
        versions.loosen(connection, [row.place + "/"])
        version, now = _open_round(connection), self._project.clock()
        contributions.add(connection, row.account, row.announcement, version=version, place=_new_place(), now=now)


def receipt_for(project: Project, row: ContributionRow, reason: Refusal | None) -> Receipt:
    """The receipt of a contribution, but for its number."""
    return Receipt(
        project=project.id,
        account=row.account,
        number=1,
        contribution=row.digest,
        round=row.round,
        steps=row.announcement.steps,
        tokens=row.announcement.tokens,
        parameters=project.manifest.parameters,
        operations=training_operations(project.manifest.parameters, row.announcement.tokens) if reason is None else 0,
        verdict=Verdict.VERIFIED if reason is None else Verdict.REJECTED,
        reason=reason,
        issued=int(project.clock()),
    )


def _open_round(connection: Connection) -> int:
    """By the records: while a round's end is being written down, memory lags behind."""
    newest = rounds.newest(connection)
    assert newest is not None
    return newest[0]


def _check_first(connection: Connection, account: str, base: int, version: int) -> None:
    """Each version that one may have trained on counts once, and in each round one of those that are late for theirs:
    no account has more of a say in a round than two.
    """
    late = base < version
    for counted_in, made_against in contributions.complete(connection, account, since=base):
        if made_against == base or (late and counted_in == version and made_against < version):
            raise RefusedError(Refusal.ROUND_COUNTED)


def _new_place() -> str:
    # Never the same twice: parts that are given up are deleted later, when the upload may have begun anew.
    return f"parts/{secrets.token_hex(8)}"


def _join(parts: Sequence[bytes], digest: str) -> bytes | None:
    payload = b"".join(parts)
    return payload if hashlib.sha256(payload).hexdigest() == digest else None
