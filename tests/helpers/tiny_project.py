"""A project of 976 parameters, and volunteers that speak to its `Service` directly."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.codec import decode, encode
from lightwork.codec.weights import Vector, read_weights, weights_digest, write_weights
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.blobs import Blobs
from lightwork.host.folder import ProjectFolder, read_key, write_key, write_manifest
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings, save_settings
from lightwork.protocol.documents import Kind, Receipt, Update, open_document, project_id, public_hex, sign
from lightwork.protocol.manifest import (
    FileRef,
    Manifest,
    Needs,
    Packed,
    Recipe,
    Shard,
    Tokenizer,
    TokenizerKind,
    TokenType,
)
from lightwork.protocol.model import GptjModel
from lightwork.protocol.packing import pack
from lightwork.protocol.project import AskLease, Contribution, Join, Lease, UploadPhase, UploadState, Work

MODEL = GptjModel(vocab_size=8, n_positions=8, n_embd=8, n_layer=1, n_head=2, rotary_dim=2)
LAYOUT = Layout((("block", (61, 8)), ("head", (488,))))
SCHEME = Scheme(block=64, keep=16, bits=2)
RECIPE = Recipe(sequence=8, batch=2, max_local_steps=4, round_seconds=10.0, up=SCHEME, down=Scheme(block=64, keep=32))
START = 1_700_000_000.0


@dataclass
class HandClock:
    """A clock that a test sets."""

    now: float = START

    def __call__(self) -> float:
        return self.now


def first_weights() -> Vector:
    return np.random.default_rng(1).normal(0, 0.1, LAYOUT.size).astype(np.float32)


async def make_project(
    root: Path, *, recipe: Recipe = RECIPE, settings: HostSettings | None = None, shards: int = 5, serial: int = 1
) -> Manifest:
    """Write a project's folder, or a new manifest into one that is there."""
    root.mkdir(parents=True, exist_ok=True)
    folder = ProjectFolder(root)
    settings = settings or HostSettings(evaluation=False)
    save_settings(root, settings)
    if not folder.host_key.exists():
        write_key(folder.host_key, Ed25519PrivateKey.generate())
        write_key(folder.project_key, Ed25519PrivateKey.generate())
    host, team = read_key(folder.host_key), read_key(folder.project_key)
    write_weights(root / "weights.safetensors", first_weights(), LAYOUT)
    blobs = Blobs.open(folder.blobs_url(settings))

    async def add(path: Path, name: str) -> FileRef:
        sha256, length = await blobs.add_file(path)
        return FileRef(path=name, length=length, sha256=sha256)

    async def tokens(name: str) -> FileRef:
        (root / "tokens").write_bytes(hashlib.sha256(name.encode()).digest() * 2)
        return await add(root / "tokens", name)

    async def shard(place: int) -> Shard:
        """Every other one is packed."""
        name = f"data/{place}.bin"
        if not place % 2:
            return Shard(**msgspec.structs.asdict(await tokens(name)))
        content = hashlib.sha256(name.encode()).digest() * 2
        (root / "tokens").write_bytes(pack(content))
        stored = await add(root / "tokens", name)
        packed = Packed(length=stored.length, sha256=stored.sha256)
        return Shard(path=name, length=len(content), sha256=hashlib.sha256(content).hexdigest(), packed=packed)

    manifest = Manifest(
        protocol=1,
        project=project_id(public_hex(team.public_key())),
        serial=serial,
        issued=1,
        expires=1 << 40,
        name="Tiny",
        host_key=public_hex(host.public_key()),
        model=MODEL,
        parameters=MODEL.parameters,
        weights=(await add(root / "weights.safetensors", "weights/0.safetensors"),),
        weights_digest=weights_digest(first_weights()),
        tokenizer=Tokenizer(kind=TokenizerKind.BYTES, token_type=TokenType.UINT8),
        data=tuple([await shard(place) for place in range(shards)]),
        held_out=(await tokens("held/0.bin"),),
        recipe=recipe,
        needs=Needs(memory=0, disk=0),
    )
    write_manifest(folder.manifest, sign(Kind.MANIFEST, manifest, team))
    return manifest


def payload_of(seed: int, scale: float = 0.01) -> bytes:
    """A contribution's bytes."""
    vector = np.random.default_rng(seed).normal(0, scale, LAYOUT.size).astype(np.float32)
    return encode(vector, LAYOUT, SCHEME).payload


def announcement(payload: bytes, base: int, *work: tuple[str, int]) -> Contribution:
    """What is said of a payload; `work` is lease and tokens."""
    items = tuple(Work(lease=lease, steps=1, tokens=tokens) for lease, tokens in work)
    return Contribution(digest=hashlib.sha256(payload).hexdigest(), length=len(payload), base=base, work=items)


@dataclass
class Tiny:
    """A volunteer without training: its contributions are noise."""

    service: Service
    name: str
    account: str = field(init=False)
    leases: list[Lease] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = hashlib.sha256(self.name.encode()).hexdigest()

    async def join(self) -> "Tiny":
        await self.service.join(self.account, Join(program="test"))
        return self

    async def lease(self) -> Lease:
        version = (await self.service.state(None, 0)).round.version
        self.leases.append(await self.service.lease(self.account, AskLease(version=version)))
        return self.leases[-1]

    async def send(self, message: Contribution, payload: bytes, chunk: int = 1 << 20) -> UploadState:
        """Announce and upload, from wherever the host is."""
        state = await self.service.announce(self.account, message)
        while state.phase is UploadPhase.RECEIVING:
            piece = payload[state.offset : state.offset + chunk]
            state = await self.service.receive(self.account, message.digest, state.offset, piece)
        return state

    async def contribute(self, seed: int, tokens: int = 64, scale: float = 0.01) -> UploadState:
        """One whole contribution to the open round under a new lease."""
        lease = await self.lease()
        payload = payload_of(seed, scale)
        version = (await self.service.state(None, 0)).round.version
        return await self.send(announcement(payload, version, (lease.id, tokens)), payload)

    async def receipts(self) -> list[Receipt]:
        """All receipts, their signatures checked."""
        found: list[Receipt] = []
        while page := await self.service.receipts(self.account, len(found)):
            host = self.service.manifest.host_key
            found += [open_document(Kind.RECEIPT, document, host, Receipt) for document in page]
        return found


async def replay(service: Service, root: Path) -> tuple[int, Vector]:
    """Version and weights that a volunteer reaches which applies all updates to the manifest's weights.

    Each digest on the way is checked.
    """
    weights = read_weights([root / "weights.safetensors"], LAYOUT)
    version = (await service.state(None, 0)).round.version
    for base in range(version):
        update = open_document(Kind.UPDATE, await service.update(base), service.manifest.host_key, Update)
        file = await service.file(update.file.sha256)
        payload = b"".join([piece async for piece in file.read(0, file.length)])
        assert hashlib.sha256(payload).hexdigest() == update.file.sha256
        weights = np.subtract(weights, decode(payload, LAYOUT), dtype=np.float32)
        assert weights_digest(weights) == update.digest
    return version, weights
