"""Making a project's folder: shards, weights, keys, and the signed manifest. The folder appears whole or not at all."""

import asyncio
import hashlib
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.codec.weights import layout_of, read_weights, weights_digest, write_weights
from lightwork.disk.durable import sync_folder
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.address import join_link, remembered_port
from lightwork.host.blobs import Blobs
from lightwork.host.folder import ProjectFolder, read_key, read_manifest, write_key, write_manifest
from lightwork.host.fresh import write_fresh_weights
from lightwork.host.recipe import BYTES, RecipeFile, find_files, invalid, read_model, read_recipe
from lightwork.host.settings import HostSettings, load_settings, save_settings
from lightwork.host.tokens import ByteEncoder, Document, Encoder, FileEncoder, Shards, is_held_out, read_documents
from lightwork.protocol import limits
from lightwork.protocol.documents import Kind, SignedDocument, project_id, public_hex, sign
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import (
    VERSION,
    FileRef,
    Manifest,
    Needs,
    Packed,
    Recipe,
    Shard,
    Tokenizer,
    TokenizerKind,
    parse_manifest,
)
from lightwork.protocol.model import Model
from lightwork.protocol.packing import pack

_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that a new project needs to be, read and checked. `held_out` None: a share of the documents is held out."""

    name: str
    summary: str
    team: str
    serial: int
    valid_days: int
    practice: bool
    model: Model
    weights: Sequence[Path]
    seed: int
    recipe: Recipe
    needs: Needs | None
    settings: HostSettings
    tokenizer: Path | None
    encoder: Encoder
    shard_bytes: int
    documents: Iterable[Document]
    held_out: Iterable[Document] | None
    held_out_share: float


async def create(folder: Path, recipe: Path, *, trainer: Sequence[str] | None = None) -> JoinLink:
    """Make a project in `folder` from a recipe. `trainer` is how to start a trainer, if not as usual.

    Raises RECIPE_INVALID, PROJECT_EXISTS, MODEL_CODE, ARCHITECTURE_UNKNOWN, WEIGHTS_INVALID, RUNTIME_MISSING,
    TRAINER_FAILED, DISK_FULL or OSError; the folder is then as it was.
    """
    _check_free(folder)
    return await build(folder, plan_of(read_recipe(recipe), recipe.parent), trainer=trainer)


def plan_of(recipe: RecipeFile, root: Path) -> Plan:
    """Everything that a recipe names, its paths taken from `root`. Raises as `create`."""
    data = recipe.data
    root = root.absolute()
    tokenizer = None if data.tokenizer == BYTES else root / data.tokenizer
    held_out = find_files(data.held_out, root, "data.held_out")
    files = [file for file in find_files(data.files, root, "data.files") if file not in set(held_out)]
    return Plan(
        name=recipe.name,
        summary=recipe.summary,
        team=recipe.team,
        serial=recipe.serial,
        valid_days=recipe.valid_days,
        practice=False,
        model=read_model(recipe, root),
        weights=find_files(recipe.weights, root, "weights"),
        seed=recipe.seed,
        recipe=recipe.recipe,
        needs=recipe.needs,
        settings=recipe.host,
        tokenizer=tokenizer,
        encoder=ByteEncoder() if tokenizer is None else FileEncoder(tokenizer, data.end_of_text),
        shard_bytes=data.shard_bytes,
        documents=read_documents(files, root),
        held_out=read_documents(held_out, root) if held_out else None,
        held_out_share=data.held_out_share,
    )


async def build(folder: Path, plan: Plan, *, trainer: Sequence[str] | None = None) -> JoinLink:
    """Make a project as planned. Raises as `create`."""
    draft = _begin(folder)
    try:
        manifest = await _fill(ProjectFolder(draft), plan, trainer)
        _finish(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return join_link(plan.settings, plan.settings.port or None, manifest.project)


def renew(folder: Path, *, days: int = 90) -> Manifest:
    """Raise the serial, move the expiry, and sign again. A running host must be started again to publish it.

    Raises IDENTITY_DAMAGED without the project's key, and what `read_manifest` raises.
    """
    place = ProjectFolder(folder)
    manifest, document = read_manifest(place.manifest)
    key = read_key(place.project_key)
    if public_hex(key.public_key()) != document.key:
        raise LightworkError(Trouble.IDENTITY_DAMAGED, "project.key is not the key that signed the manifest")
    now = int(time.time())
    renewed = msgspec.structs.replace(manifest, serial=manifest.serial + 1, issued=now, expires=now + days * _DAY)
    write_manifest(place.manifest, sign(Kind.MANIFEST, renewed, key))
    return renewed


def link_of(folder: Path) -> JoinLink:
    """The join link of the project in a folder; without a port if it may be any and none was taken yet."""
    manifest, _ = read_manifest(ProjectFolder(folder).manifest)
    settings = load_settings(folder)
    return join_link(settings, settings.port or remembered_port(folder), manifest.project)


def _begin(folder: Path) -> Path:
    """An empty folder beside the one that is to be, for its owner alone."""
    _check_free(folder)
    folder = folder.absolute()
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)  # of a run that was killed
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft.mkdir(mode=0o700)
    return draft


def _finish(draft: Path, folder: Path) -> None:
    if folder.exists():
        folder.rmdir()  # it is empty; Windows renames onto nothing that exists
    draft.rename(folder)
    sync_folder(folder.absolute().parent)


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LightworkError(Trouble.PROJECT_EXISTS, str(folder))


async def _fill(place: ProjectFolder, plan: Plan, trainer: Sequence[str] | None) -> Manifest:
    project_key, host_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    project = project_id(public_hex(project_key.public_key()))
    if plan.encoder.vocabulary > plan.model.vocab_size:
        raise invalid(f"model: vocab_size is {plan.model.vocab_size}, the tokenizer has {plan.encoder.vocabulary}")
    if plan.recipe.sequence > plan.model.positions:
        raise invalid(f"recipe.sequence: longer than the model's {plan.model.positions} positions")
    place.work.mkdir()
    blobs = Blobs.open(place.blobs_url(plan.settings))
    data, held_out = await _write_data(place.work, plan, blobs)
    weights, digest = await _write_weights(place.work, plan, blobs, project, trainer)
    tokenizer = None if plan.tokenizer is None else await _add(blobs, plan.tokenizer, "tokenizer.json")
    now = int(time.time())
    manifest = Manifest(
        protocol=VERSION,
        project=project,
        serial=plan.serial,
        issued=now,
        expires=now + plan.valid_days * _DAY,
        name=plan.name,
        summary=plan.summary,
        team=plan.team,
        practice=plan.practice,
        host_key=public_hex(host_key.public_key()),
        model=plan.model,
        parameters=plan.model.parameters,
        weights=(weights,),
        weights_digest=digest,
        tokenizer=Tokenizer(
            kind=TokenizerKind.BYTES if tokenizer is None else TokenizerKind.FILE,
            token_type=plan.encoder.token_type,
            file=tokenizer,
        ),
        data=tuple(data),
        held_out=tuple(held_out),
        recipe=plan.recipe,
        needs=plan.needs or _needs(plan.model, sum(file.length for file in (weights, *data))),
    )
    document = sign(Kind.MANIFEST, manifest, project_key)
    _check(document)
    write_key(place.project_key, project_key)
    write_key(place.host_key, host_key)
    save_settings(place.root, plan.settings)
    shutil.rmtree(place.work)
    write_manifest(place.manifest, document)
    return manifest


def _check(document: SignedDocument) -> None:
    """Volunteers will read the manifest strictly; so does this, before anybody else."""
    try:
        parse_manifest(document.body)
    except LightworkError as error:
        raise invalid(error.detail) from None
    if len(msgspec.json.encode(document)) > limits.MANIFEST_BYTES:
        raise invalid("data.shard_bytes: so many shards do not fit into a manifest; make them larger")


def _needs(model: Model, published: int) -> Needs:
    """Memory for float32 weights, gradients and AdamW's two moments; disk for what is published and a checkpoint.

    `published` counts data as it is used, not as it travels.
    """
    return Needs(memory=16 * model.parameters, disk=published + 24 * model.parameters)


async def _write_data(work: Path, plan: Plan, blobs: Blobs) -> tuple[list[Shard], list[FileRef]]:
    """Tokenise everything; the shards of training and of held-out documents.

    Held-out ones are not packed: the host alone uses them.
    """
    width = plan.encoder.token_type.width
    shortest = (plan.recipe.sequence + 1) * width
    training, measured = (Shards(plan.shard_bytes, shortest, width) for _ in range(2))
    data, held_out = _Store(blobs, work, "data", packs=True), _Store(blobs, work, "held_out", packs=False)
    share = plan.held_out_share if plan.held_out is None else 0.0
    for document in plan.documents:
        if is_held_out(document.name, share):
            await _take(document, plan.encoder, measured, held_out)
        else:
            await _take(document, plan.encoder, training, data)
    for document in plan.held_out or ():
        await _take(document, plan.encoder, measured, held_out)
    if measured.total < shortest and plan.held_out is None:
        # Too few documents to hold one out: the end of the text is held out instead.
        await held_out.put(measured.add(training.cut_tail(round(share * training.total))))
    await data.put(training.finish())
    await held_out.put(measured.finish())
    for store, field in ((data, "data.files"), (held_out, "data.held_out")):
        if not store.files:
            raise invalid(f"{field}: not enough text for one sequence of {plan.recipe.sequence} tokens")
    return data.files, [shard.sent for shard in held_out.files]


async def _take(document: Document, encoder: Encoder, shards: Shards, store: "_Store") -> None:
    for piece in document.pieces:
        await store.put(shards.add(await asyncio.to_thread(encoder.encode, piece)))
    await store.put(shards.add(encoder.end))


class _Store:
    """Numbers shards and puts them where volunteers can fetch them."""

    def __init__(self, blobs: Blobs, work: Path, name: str, *, packs: bool) -> None:
        self._blobs = blobs
        self._draft = work / "shard"
        self._name = name
        self._packs = packs
        self.files: list[Shard] = []

    async def put(self, shards: Iterable[bytes]) -> None:
        """Store these shards, packed where that makes them smaller."""
        for shard in shards:
            path = f"{self._name}/{len(self.files):06}.bin"
            frame = await asyncio.to_thread(pack, shard) if self._packs else shard
            await asyncio.to_thread(self._draft.write_bytes, min(shard, frame, key=len))
            stored = await _add(self._blobs, self._draft, path)
            packed = Packed(length=stored.length, sha256=stored.sha256) if stored.length < len(shard) else None
            sha256 = hashlib.sha256(shard).hexdigest()
            self.files.append(Shard(path=path, length=len(shard), sha256=sha256, packed=packed))


async def _add(blobs: Blobs, file: Path, path: str) -> FileRef:
    try:
        sha256, length = await blobs.add_file(file)
    except FileNotFoundError:
        raise invalid(f"there is no file {file}") from None
    return FileRef(path=path, length=length, sha256=sha256)


async def _write_weights(
    work: Path, plan: Plan, blobs: Blobs, project: str, trainer: Sequence[str] | None
) -> tuple[FileRef, str]:
    """The weights as one float32 file, whatever they came as, and their digest. Raises WEIGHTS_INVALID."""
    file = work / "model.safetensors"
    given = list(plan.weights)
    if not given:
        token_type = plan.encoder.token_type
        await write_fresh_weights(
            file,
            work,
            project=project,
            model=plan.model,
            recipe=plan.recipe,
            token_type=token_type,
            seed=plan.seed,
            command=trainer,
        )
        given = [file]

    def convert() -> str:
        layout = layout_of(given)
        if layout.size != plan.model.parameters:
            why = f"they hold {layout.size} numbers, the model has {plan.model.parameters}"
            raise LightworkError(Trouble.WEIGHTS_INVALID, why)
        vector = read_weights(given, layout)
        draft = work / "weights.safetensors"
        write_weights(draft, vector, layout)
        draft.replace(file)
        return weights_digest(vector)

    digest = await asyncio.to_thread(convert)
    return await _add(blobs, file, "weights/model.safetensors"), digest
