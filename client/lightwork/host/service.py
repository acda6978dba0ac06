"""A hosted project, for whoever speaks HTTP to volunteers: one method for each request of the project wire.

Everything that refuses raises `RefusedError`. What cannot be done for the host's own reasons (a full disk) raises
LightworkError, and the volunteer may ask again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from lightwork.domain.credit import training_operations
from lightwork.domain.status import LossPoint
from lightwork.host.blobs import Blobs, file_key
from lightwork.host.closing import Closer
from lightwork.host.evaluation import Evaluator
from lightwork.host.leases import choose, lease_seconds, lease_tokens
from lightwork.host.news import News
from lightwork.host.project import Clock, Project
from lightwork.host.records import accounts, leases, receipts, rounds, versions
from lightwork.host.rounds import closing_time
from lightwork.host.settings import HostSettings
from lightwork.host.steering import first_plan
from lightwork.host.uploads import Uploads
from lightwork.host.validate import LeaseFacts
from lightwork.host.watch import Watch, look
from lightwork.protocol import limits
from lightwork.protocol.documents import Checkpoint, Kind, SignedDocument
from lightwork.protocol.manifest import Manifest
from lightwork.protocol.project import (
    LOSSES_SHOWN,
    RECEIPTS_A_PAGE,
    VERSION,
    AskLease,
    Contribution,
    Join,
    Joined,
    Lease,
    ProjectState,
    RoundState,
    UploadPhase,
    UploadState,
)
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import SignedBy

_NONCE_SECONDS = limits.SIGNATURE_AGE_SECONDS + limits.CLOCK_AHEAD_SECONDS + 60
_LEASE_MEMORY_SECONDS = 86_400.0  # after its end a lease is "expired" for so long, then "unknown"
_TIDY_SECONDS = 60.0
_MOST_RECEIPTS = 2**31 - 1  # what the database's number can hold
_LOOK_SECONDS = 1.0  # between two looks at the round when nothing happens
_FAULT_SECONDS = 5.0  # until a round that could not be closed is tried again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HostCounters:
    """Numbers for the team. Totals are over the project's whole life unless they say "since start"."""

    version: int  # of the open round
    expected: int
    received: int
    online: int
    accounts: int
    leases: int  # taken
    pending: int  # contributions, by phase
    verified: int
    rejected: int
    tokens: int  # in verified receipts
    operations: int
    payload_bytes: int  # received in chunks of contributions, since start
    rounds_closed: int  # since start
    round_seconds: float  # how long the last round was open; 0 if none closed since start
    closing_seconds: float  # how long it took to close it
    held_out: LossPoint | None  # newest
    evaluation_behind: int  # versions


@dataclass(frozen=True, slots=True)
class BlobFile:
    """A file of the project that can be read in part."""

    length: int
    blobs: Blobs
    key: str

    def read(self, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in pieces. Raises FileNotFoundError if it has gone."""
        return self.blobs.read(self.key, start, end)


class Service:
    """One project."""

    def __init__(self, project: Project, command: Sequence[str] | None = None) -> None:
        self._project = project
        self._uploads = Uploads(project)
        self._closer = Closer(project, self._uploads)
        self._evaluator = Evaluator(project, self._on_loss, command)
        self._started = project.clock()
        self._news = News(int(self._started * 1000))  # revisions go on growing after a restart
        self._happened = asyncio.Event()
        self._watch = Watch.nothing()
        self._losses: tuple[LossPoint, ...] = ()
        self._checkpoint = (0, self._first_checkpoint())
        self._newest_update: tuple[int, SignedDocument] | None = None  # with the version that it makes
        self._told = -1  # the version that is in what is kept in memory, and that everybody has been told of
        self._oldest_update = 0
        self._tidied = 0.0
        self._rounds_closed = 0
        self._round_seconds = self._closing_seconds = 0.0

    @classmethod
    async def open(
        cls, folder: Path, *, clock: Clock = time.time, trainer_command: Sequence[str] | None = None
    ) -> "Service":
        """Open the project in that folder: settings, keys, manifest, records (migrated if need be), weights.

        `trainer_command` starts another trainer than the usual one for evaluation.
        Raises LightworkError: SETTINGS_INVALID, IDENTITY_DAMAGED, MANIFEST_*, RECORDS_NEWER, WEIGHTS_INVALID,
        FILE_DIGEST, DISK_FULL, HOST_RUNNING (another process serves this folder).
        """
        project = await Project.open(folder, clock)
        try:
            service = cls(project, trainer_command)
            await service._closer.sweep()
            await service._recall()
            await service._look()
            service._told = project.standing.version
        except BaseException:
            project.close()
            raise
        return service

    @property
    def manifest(self) -> Manifest:
        """The project as its team signed it."""
        return self._project.manifest

    @property
    def manifest_document(self) -> SignedDocument:
        """The same, signed."""
        return self._project.document

    @property
    def settings(self) -> HostSettings:
        """How it is hosted."""
        return self._project.settings

    async def run(self) -> None:
        """Close rounds and evaluate, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self.settings.evaluation:
                tasks.create_task(self._evaluator.run())
            tasks.create_task(self._close_rounds())

    async def close(self) -> None:
        """Let go of records and blobs. `run` must have ended."""
        self._project.close()

    async def state(
        self, known: int | None, wait: float, *, version: int | None = None, loss: int = -1
    ) -> ProjectState:
        """How the project stands; if it stands at revision `known`, wait up to `wait` seconds for news.

        Whoever knows of the round of `version` gets the update from it once there is one, and only losses of versions
        after `loss`.
        """
        if known is not None:
            await self._news.wait(known, wait)
        return self._state(version, loss)

    async def checkpoint(self) -> SignedDocument:
        """The newest checkpoint."""
        return self._checkpoint[1]

    async def update(self, base: int) -> SignedDocument:
        """The update from that version. Refuses: VERSION_GONE, NOT_FOUND (there is none yet)."""
        if not 0 <= base < self._project.standing.version:
            raise RefusedError(Refusal.NOT_FOUND)
        found = await self._project.database.read(versions.find_update, base)
        if found is None:
            raise RefusedError(Refusal.VERSION_GONE)
        return found

    async def file(self, sha256: str) -> BlobFile:
        """A file by its digest. Refuses: NOT_FOUND."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise RefusedError(Refusal.NOT_FOUND)
        length = await self._project.blobs.length(file_key(sha256))
        if length is None:
            raise RefusedError(Refusal.NOT_FOUND)
        return BlobFile(length, self._project.blobs, file_key(sha256))

    async def admit(self, by: SignedBy) -> None:
        """Take note of a signed request, durably, before it is acted upon. Refuses: REPLAYED, BANNED."""

        def admit(connection: Connection) -> Refusal | None:
            known = accounts.find(connection, by.account)
            if known is not None and known.banned:
                return Refusal.BANNED
            new = accounts.admit(connection, by.account, by.nonce, by.created, self._project.clock())
            return None if new else Refusal.REPLAYED

        refusal = await self._project.database.write(admit)
        if refusal is not None:
            raise RefusedError(refusal)

    async def join(self, account: str, message: Join) -> Joined:
        """Make the account a volunteer; again is harmless."""

        def join(connection: Connection) -> tuple[bool, accounts.Account]:
            new = accounts.find(connection, account) is None
            return new, accounts.join(connection, account, message.program, self._project.clock())

        new, known = await self._project.database.write(join)
        self._project.totals.accounts += new
        return Joined(account=account, receipts=known.receipts)

    async def lease(self, account: str, message: AskLease) -> Lease:
        """Lease data; the oldest lease ends if the account holds too many. Refuses: NOT_JOINED, ROUND_UNKNOWN."""
        if message.version > self._project.standing.version:
            raise RefusedError(Refusal.ROUND_UNKNOWN)
        lease = await self._project.database.write(self._lease, account)
        self._project.totals.leases += 1
        await self._look()
        return lease

    async def announce(self, account: str, message: Contribution) -> UploadState:
        """Begin an upload, or ask how far it is. Refuses: NOT_JOINED, ROUND_*, LEASE_*, TOO_MANY_TOKENS, TOO_LARGE,
        MALFORMED; of one that is complete what `receive` does.
        """
        state = await self._uploads.announce(account, message)
        await self._look()
        return state

    async def receive(self, account: str, digest: str, offset: int, chunk: bytes) -> UploadState:
        """The next bytes of an announced upload. Refuses: NOT_FOUND, OFFSET_WRONG, TOO_LARGE, ROUND_*, LEASE_*,
        DIGEST_WRONG (the upload starts over).
        """
        state = await self._uploads.receive(account, digest, offset, chunk)
        if state.phase is not UploadPhase.RECEIVING:
            await self._look()
        return state

    async def receipts(self, account: str, after: int) -> list[SignedDocument]:
        """The account's receipts whose numbers are above `after`, in order, RECEIPTS_A_PAGE at most."""
        if after > _MOST_RECEIPTS:
            return []
        return await self._project.database.read(receipts.after, account, after, RECEIPTS_A_PAGE)

    async def ban(self, account: str, banned: bool = True) -> bool:
        """Shut an account out, or let it in again. False if there is none."""
        return await self._project.database.write(accounts.ban, account, banned)

    def counters(self) -> HostCounters:
        """Numbers for metrics and `host status`."""
        totals, watch, version = self._project.totals, self._watch, self._project.standing.version
        newest = self._losses[-1] if self._losses else None
        return HostCounters(
            version=version,
            expected=len(watch.round.expected),
            received=watch.round.pending,
            online=watch.online,
            accounts=totals.accounts,
            leases=totals.leases,
            pending=watch.round.pending,
            verified=totals.verified,
            rejected=totals.rejected,
            tokens=totals.tokens,
            operations=training_operations(self.manifest.parameters, totals.tokens),
            payload_bytes=self._uploads.bytes_received,
            rounds_closed=self._rounds_closed,
            round_seconds=self._round_seconds,
            closing_seconds=self._closing_seconds,
            held_out=newest,
            evaluation_behind=version - newest.version if newest else version + 1,
        )

    async def tick(self) -> bool:
        """Look at the round, and close it if it is time: True if it was closed. `run` does this by itself."""
        await self._tidy()
        if self._told != self._project.standing.version:  # a fault came between, after the round was closed
            await self._tell_version()
        watch = await self._look()
        now = self._project.clock()
        if closing_time(watch.round, self._project.rules) > now:
            return False
        opened = self._project.standing.opened
        if not await self._closer.close(len(watch.round.expected)):
            return False
        self._rounds_closed += 1
        self._round_seconds = max(0.0, now - opened)
        self._closing_seconds = max(0.0, self._project.clock() - now)
        await self._tell_version()
        await self._closer.sweep()
        return True

    async def _tell_version(self) -> None:
        """Let everybody hear of the version that the open round starts from."""
        version = self._project.standing.version
        await self._recall()
        await self._look()
        self._news.tell()
        self._evaluator.wake()
        self._told = version

    async def _close_rounds(self) -> None:
        while True:
            self._happened.clear()
            try:
                closed = await self.tick()
            except Exception:
                # Whatever it was (a full disk, a store out of reach): the round is open as before, or closed.
                log.exception("at round %d; it is tried again", self._project.standing.version)
                await asyncio.sleep(_FAULT_SECONDS)
                continue
            if not closed:
                await self._rest()

    async def _rest(self) -> None:
        """Wait until something happens, or a look is due."""
        left = closing_time(self._watch.round, self._project.rules) - self._project.clock()
        try:
            # Not wait_for: on Python 3.11 it can swallow a cancellation.
            async with asyncio.timeout(min(max(left, 0.01), _LOOK_SECONDS)):
                await self._happened.wait()
        except TimeoutError:
            return

    async def _look(self) -> Watch:
        """Take a new look at the round; closing it may be due sooner if it has changed."""
        project = self._project
        # After a restart volunteers get the time again that they could not use while the host was away.
        since = max(project.standing.opened, min(self._started, project.clock()))
        watch = await project.database.read(look, project.standing.version, since, project.clock(), project.rules)
        if watch.version == project.standing.version:
            changed = watch.figures != self._watch.figures
            self._watch = watch
            if changed:
                self._happened.set()
        return self._watch

    async def _recall(self) -> None:
        """Bring what is kept in memory about versions up to the records."""
        version = self._project.standing.version

        def recall(
            connection: Connection,
        ) -> tuple[tuple[int, SignedDocument] | None, SignedDocument | None, int | None]:
            newest = versions.find_update(connection, version - 1)
            return versions.newest_checkpoint(connection), newest, versions.oldest_update(connection)

        checkpoint, newest, oldest = await self._project.database.read(recall)
        self._newest_update = None if newest is None else (version, newest)
        self._checkpoint = checkpoint or self._checkpoint
        self._oldest_update = oldest if oldest is not None else version
        self._losses = await self._project.database.read(rounds.losses, LOSSES_SHOWN)

    async def _on_loss(self) -> None:
        self._losses = await self._project.database.read(rounds.losses, LOSSES_SHOWN)

    async def _tidy(self) -> None:
        now = self._project.clock()
        if 0 <= now - self._tidied < _TIDY_SECONDS:
            return
        self._tidied = now
        await self._project.database.write(accounts.forget_nonces, now - _NONCE_SECONDS)
        await self._project.database.write(leases.sweep, now - _LEASE_MEMORY_SECONDS)

    def _lease(self, connection: Connection, account: str) -> Lease:
        project = self._project
        now = project.clock()
        known = accounts.find(connection, account)
        if known is None:
            raise RefusedError(Refusal.NOT_JOINED)
        # A computer that lost its leases in a crash must not be shut out for it: the oldest give way.
        leases.end_all_but(connection, account, limits.OPEN_LEASES - 1, now)
        tokens, seconds = lease_tokens(project.manifest), lease_seconds(project.manifest)
        choice = choose(project.manifest, account, known.leases, known.tokens, tokens)
        leases.add(connection, account, LeaseFacts(choice.id, tokens, now + seconds, False), project.standing.version)
        accounts.mark_active(connection, account, project.standing.version)
        return Lease(id=choice.id, shards=choice.shards, seed=choice.seed, max_tokens=tokens, seconds=seconds)

    def _state(self, known_version: int | None, known_loss: int) -> ProjectState:
        project, watch = self._project, self._watch
        now = project.clock()
        opened = project.standing.opened
        version, update = self._newest_update or (0, None)
        fits = known_version is not None and known_version + 1 == version == project.standing.version
        return ProjectState(
            protocol=VERSION,
            project=project.id,
            revision=self._news.revision,
            manifest_serial=project.manifest.serial,
            round=RoundState(
                version=project.standing.version,
                seconds_open=round(max(0.0, now - opened), 3),
                seconds_left=round(min(max(0.0, opened + project.rules.seconds - now), project.rules.seconds), 3),
                expected=len(watch.round.expected),
                received=watch.round.pending,
            ),
            checkpoint=self._checkpoint[0],
            oldest_update=self._oldest_update,
            online=watch.online,
            held_out=tuple(point for point in self._losses if point.version > known_loss),
            clock=round(now, 3),
            update=update if fits else None,
        )

    def _first_checkpoint(self) -> SignedDocument:
        manifest = self._project.manifest
        first = Checkpoint(
            project=manifest.project,
            version=0,
            files=manifest.weights,
            digest=manifest.weights_digest,
            plan=first_plan(manifest.recipe),
        )
        return self._project.sign(Kind.CHECKPOINT, first)
