"""A project that is open for hosting: its manifest, stores and key, and the version that stands."""

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from lightwork.codec.weights import Vector, layout_of, read_weights, weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.host.blobs import Blobs, file_key
from lightwork.host.folder import ProjectFolder, check_host_key, read_key, read_manifest
from lightwork.host.outer import WEIGHTS, OuterStep
from lightwork.host.records import accounts as account_records
from lightwork.host.records import contributions, leases, receipts, rounds, versions
from lightwork.host.records.database import Database
from lightwork.host.records.versions import StateRow
from lightwork.host.rounds import Rules
from lightwork.host.settings import HostSettings, load_settings
from lightwork.host.state import StateStore
from lightwork.host.steering import first_plan
from lightwork.host.validate import norm_bound
from lightwork.host.whole import whole
from lightwork.protocol.documents import Kind, SignedDocument, sign
from lightwork.protocol.manifest import FileRef, Manifest
from lightwork.protocol.project import UploadPhase
from lightwork.protocol.round_plan import RoundPlan

PLAN = "plan"  # the fact that holds the open round's plan, once a round has closed
RECENT_ROUNDS = 10  # whose norms say what is usual

Clock = Callable[[], float]


@dataclass(slots=True)
class Totals:
    """Counts over the project's life, kept beside the records so that reading them costs nothing."""

    accounts: int = 0
    leases: int = 0
    verified: int = 0
    rejected: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The open round's version, when it began, the weights that it starts from, and the largest norm that is allowed.

    `state`: where the store has everything that the next outer step starts from.
    """

    version: int
    opened: float
    weights: Vector
    state: StateRow
    plan: RoundPlan
    bound: float

    @property
    def digest(self) -> str:
        """The weights' digest."""
        return self.state.digests[WEIGHTS]

    @classmethod
    def after(
        cls, norms: Sequence[float], opened: float, weights: Vector, state: StateRow, plan: RoundPlan
    ) -> "Standing":
        """The standing after rounds of these median norms, newest first."""
        return cls(state.version, opened, weights, state, plan, norm_bound(norms, weights))


class Project:
    """What the host's parts share. `standing` changes only when a round closes."""

    def __init__(
        self,
        folder: ProjectFolder,
        *,
        settings: HostSettings,
        manifest: Manifest,
        document: SignedDocument,
        key: Ed25519PrivateKey,
        clock: Clock,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.manifest = manifest
        self.document = document
        self.key = key
        self.clock = clock
        self.totals = Totals()
        self.gate = asyncio.Lock()  # held while a contribution is acknowledged, and when a round begins to close
        self.taking = asyncio.Event()  # set unless a round is being closed: what is complete by then waits for the next
        self.taking.set()
        self.layout: Layout
        self.standing: Standing
        self.database: Database
        self.blobs: Blobs
        self._lock = filelock.FileLock(folder.root / "host.lock")

    @classmethod
    async def open(cls, root: Path, clock: Clock = time.time) -> "Project":
        """Open the project in that folder. Raises what `Service.open` says."""
        folder = ProjectFolder(root)
        manifest, document = read_manifest(folder.manifest)
        key = read_key(folder.host_key)
        check_host_key(manifest, key)
        project = cls(folder, settings=load_settings(root), manifest=manifest, document=document, key=key, clock=clock)
        try:
            project._lock.acquire(blocking=False)
        except filelock.Timeout:
            raise LightworkError(Trouble.HOST_RUNNING, str(root)) from None
        try:
            await project._load()
        except BaseException:
            project.close()
            raise
        return project

    def close(self) -> None:
        """Let go of everything."""
        if hasattr(self, "database"):
            self.database.close()
        self._lock.release()

    @property
    def rules(self) -> Rules:
        """When the open round closes."""
        recipe = self.manifest.recipe
        return Rules(seconds=recipe.round_seconds * self.standing.plan.length, quorum=recipe.quorum)

    @property
    def id(self) -> str:
        """The project's id."""
        return self.manifest.project

    def sign(self, kind: Kind, message: msgspec.Struct) -> SignedDocument:
        """Sign as the project's host."""
        return sign(kind, message, self.key)

    async def local_file(self, file: FileRef, name: str) -> Path:
        """A local copy of one of the manifest's files. Raises FILE_DIGEST if the store has not what was signed."""
        path = self.folder.work / name
        if path.is_file() and path.stat().st_size == file.length:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".new")
        try:
            await self.blobs.fetch(file_key(file.sha256), part, file.length)
        except FileNotFoundError:
            raise LightworkError(Trouble.FILE_DIGEST, f"{file.path} is not in the store") from None
        if await asyncio.to_thread(_sha256, part) != file.sha256:
            raise LightworkError(Trouble.FILE_DIGEST, file.path)
        part.replace(path)
        return path

    async def first_weights(self) -> tuple[Layout, Vector]:
        """The weights of version 0 and their layout. Raises FILE_DIGEST, WEIGHTS_INVALID."""
        files = [
            await self.local_file(file, f"weights/{place}.safetensors")
            for place, file in enumerate(self.manifest.weights)
        ]

        def read() -> tuple[Layout, Vector]:
            layout = layout_of(files)
            weights = read_weights(files, layout)
            if layout.size != self.manifest.parameters or weights_digest(weights) != self.manifest.weights_digest:
                raise LightworkError(Trouble.WEIGHTS_INVALID, "the weights are not those that the manifest names")
            return layout, weights

        try:
            return await asyncio.to_thread(read)
        finally:
            for path in files:
                discard(path)

    async def take_step(self, gradient: Vector) -> tuple[OuterStep, StateRow]:
        """The outer step from the version that stands, and the state after it in the store.

        `gradient`, shape (layout.size,), is used up. Nothing refers to the new state until its row is recorded. Raises
        DISK_FULL, WEIGHTS_INVALID (the store has lost the state that stands).
        """
        standing, place = self.standing, await self._state_place()
        # To the end even if the host is told to stop: what is written later than that, nobody would delete.
        return await whole(asyncio.to_thread(self._states.step, standing.weights, gradient, standing.state, place))

    async def _load(self) -> None:
        self.database = await asyncio.to_thread(Database.open, self.folder.records_url(self.settings))
        self.blobs = await asyncio.to_thread(Blobs.open, self.folder.blobs_url(self.settings))
        self.folder.work.mkdir(parents=True, exist_ok=True)
        await self.database.read(self._check_facts)
        if await self.database.read(rounds.newest) is None:
            await self._begin()
        else:
            await self._resume()
        await self.database.read(self._count)

    def _check_facts(self, connection: Connection) -> None:
        """Are the records those of this project, and of no later manifest?"""
        serial = int(versions.fact(connection, "serial") or 0)
        if versions.fact(connection, "project") not in (None, self.id):
            raise LightworkError(Trouble.MANIFEST_INVALID, "the records belong to another project")
        if versions.fact(connection, "weights") not in (None, self.manifest.weights_digest):
            raise LightworkError(Trouble.MANIFEST_INVALID, "a project's first weights cannot change")
        if serial > self.manifest.serial:
            raise LightworkError(Trouble.MANIFEST_OLDER, f"serial {self.manifest.serial}, while {serial} was hosted")

    async def _begin(self) -> None:
        self.layout, weights = await self.first_weights()
        row = await whole(asyncio.to_thread(self._states.begin, weights, await self._state_place()))
        now = self.clock()

        def record(connection: Connection) -> None:
            versions.set_fact(connection, "project", self.id)
            versions.set_fact(connection, "weights", self.manifest.weights_digest)
            versions.set_fact(connection, "serial", str(self.manifest.serial))
            versions.set_fact(connection, "layout", msgspec.json.encode(self.layout.tensors).decode())
            versions.replace_state(connection, row)
            rounds.open_round(connection, 0, now)

        await self.database.write(record)
        self.standing = Standing.after([], now, weights, row, first_plan(self.manifest.recipe))

    async def _resume(self) -> None:
        layout = await self.database.read(versions.fact, "layout")
        newest = await self.database.read(rounds.newest)
        row = await self.database.read(versions.newest_state)
        assert layout is not None and newest is not None and row is not None and row.version == newest[0]  # noqa: PT018
        self.layout = Layout(msgspec.json.decode(layout, type=tuple[tuple[str, tuple[int, ...]], ...]))
        weights = await asyncio.to_thread(self._states.read_weights, row)
        await self.database.write(versions.set_fact, "serial", str(self.manifest.serial))
        norms = await self.database.read(rounds.norms, RECENT_ROUNDS)
        plan = await self.database.read(versions.fact, PLAN)
        # A project from before there were plans, and one whose recipe changed before anything was made of it.
        known = first_plan(self.manifest.recipe) if plan is None else msgspec.json.decode(plan, type=RoundPlan)
        self.standing = Standing.after(norms, newest[1], weights, row, known)

    @property
    def _states(self) -> StateStore:
        return StateStore(blobs=self.blobs, scratch=self.folder.work, recipe=self.manifest.recipe, layout=self.layout)

    async def _state_place(self) -> str:
        """A new place for a state, which may go until something refers to it."""
        place = f"state/{secrets.token_hex(8)}"
        await self.database.write(versions.loosen, [place + "/"])
        return place

    def _count(self, connection: Connection) -> None:
        phases = contributions.count(connection)
        self.totals = Totals(
            accounts=account_records.count(connection),
            leases=leases.total(connection),
            verified=phases[UploadPhase.VERIFIED],
            rejected=phases[UploadPhase.REJECTED],
            tokens=receipts.verified_tokens(connection),
        )


def discard(path: Path) -> None:
    """Delete a scratch file, if it is there and nobody is reading it (which matters on Windows only)."""
    with contextlib.suppress(OSError):
        path.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
