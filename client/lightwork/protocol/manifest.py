"""A project as its team signs it: declarative, never code."""

import re
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from lightwork.domain.credit import OPERATIONS_PER_CREDIT
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.protocol import limits
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.model import Model, read_configuration

VERSION = 1

Text = Annotated[str, msgspec.Meta(max_length=limits.TEXT_CHARACTERS)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=10)]

_SAFE_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_LARGEST_TOKENIZER = 64 << 20  # bytes; those of the largest vocabularies have 35 MB
# Names that Windows gives to devices, whatever their ending.
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class FileRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the project: a relative path, its length in bytes, and its SHA-256 (lower-case hex)."""

    path: Annotated[str, msgspec.Meta(max_length=200)]
    length: Natural
    sha256: Sha256

    def check(self) -> None:
        """Raise FILE_PATH unless the path stays inside the project's folder on every system."""
        parts = self.path.split("/")
        if not _SAFE_PATH.fullmatch(self.path) or any(p.endswith(".") or _DEVICE_NAME.fullmatch(p) for p in parts):
            raise LightworkError(Trouble.FILE_PATH, self.path[:100])

    @property
    def sent(self) -> "FileRef":
        """The file as it travels, and as the host stores it."""
        return self


class Packed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file as it travels when that is not as it is used: one zstandard frame (RFC 8878), see `packing.py`."""

    length: Positive
    sha256: Sha256


class Shard(FileRef, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A token file. Both what travels and what it becomes are signed, so that it cannot grow beyond what was said."""

    packed: Packed | None = None  # None: it travels as it is

    @property
    def sent(self) -> FileRef:
        """The file as it travels, and as the host stores it."""
        length, sha256 = (self.length, self.sha256) if self.packed is None else (self.packed.length, self.packed.sha256)
        return FileRef(path=self.path, length=length, sha256=sha256)


class Optimizer(StrEnum):
    """Inner optimizers. `trainer/optimizers.py` says how each is built."""

    MUON = "muon"  # Muon for the blocks' matrices, AdamW for the rest
    ADAMW = "adamw"


class TokenizerKind(StrEnum):
    """How text became tokens."""

    BYTES = "bytes"  # a token is a byte
    FILE = "file"  # a tokenizer.json, named in the manifest


class TokenType(StrEnum):
    """How tokens lie in a data file: little-endian unsigned integers."""

    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"

    @property
    def width(self) -> int:
        """Bytes a token."""
        return {"uint8": 1, "uint16": 2, "uint32": 4}[self.value]


class Tokenizer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tokenizer, and how tokens are stored."""

    kind: TokenizerKind
    token_type: TokenType
    file: FileRef | None = None

    def check(self) -> None:
        """Raise MANIFEST_INVALID unless a file is named where one is needed, and is of a size that tokenizers have."""
        if (self.kind is TokenizerKind.FILE) != (self.file is not None):
            raise LightworkError(
                Trouble.MANIFEST_INVALID, "a tokenizer file is named if and only if its kind is 'file'"
            )
        if self.file is not None and self.file.length > _LARGEST_TOKENIZER:
            raise LightworkError(Trouble.MANIFEST_INVALID, f"a tokenizer of {self.file.length} bytes")


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to train. Sizes are tokens and sequences; rates are per step."""

    sequence: Positive  # tokens a sequence
    batch: Positive  # sequences a local step
    optimizer: Optimizer = Optimizer.MUON
    learning_rate: Rate = 0.02  # of Muon's matrices, or of everything under AdamW alone
    adamw_learning_rate: Rate = 0.003  # of what Muon leaves to AdamW
    weight_decay: Rate = 0.1
    gradient_clip: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    warmup_steps: Natural = 10  # local steps over which a fresh optimizer's rate rises
    planned_steps: Natural = 0  # of a volunteer of median speed; rates fall to nothing until then. 0: no end, no fall
    max_local_steps: Positive = 64  # between two contributions
    round_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 60.0
    # The two above are a full round's. With growth, a round lasts this share of the steps so far, up to a full one; the
    # first ones last `first_round` of it. 0: every round is a full one.
    round_growth: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    first_round: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    quorum: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.6  # share of the expected volunteers
    outer_learning_rate: Rate = 1.0
    outer_momentum: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0  # Nesterov
    residual_decay: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0  # of what error feedback still owes, a round
    up: Scheme = Scheme()
    down: Scheme = Scheme(bits=4)


class Needs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device needs at least, in bytes."""

    memory: Natural
    disk: Natural


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole project. `host_key` (Ed25519, hex) signs updates, checkpoints and receipts, so that the project's own
    key can stay off the server.
    """

    protocol: Positive
    project: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{32}$")]
    serial: Positive
    issued: Natural  # Unix time
    expires: Natural
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    summary: Text = ""
    team: Annotated[str, msgspec.Meta(max_length=100)] = ""
    practice: bool = False
    host_key: Sha256  # 32 bytes, like a digest
    model: Model
    parameters: Positive
    weights: Annotated[tuple[FileRef, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    weights_digest: Sha256  # of the flat float32 vector, see `codec.weights_digest`
    tokenizer: Tokenizer
    data: Annotated[tuple[Shard, ...], msgspec.Meta(min_length=1, max_length=limits.SHARDS)]
    held_out: Annotated[tuple[FileRef, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    recipe: Recipe
    operations_per_credit: Positive = OPERATIONS_PER_CREDIT
    needs: Needs

    @property
    def tokens(self) -> int:
        """Tokens of training data."""
        return sum(file.length for file in self.data) // self.tokenizer.token_type.width

    @property
    def files(self) -> tuple[FileRef, ...]:
        """All files, as the host stores them."""
        tokenizer = () if self.tokenizer.file is None else (self.tokenizer.file,)
        return (*self.weights, *tokenizer, *(shard.sent for shard in self.data), *self.held_out)


def parse_manifest(body: bytes) -> Manifest:
    """Read and check a manifest whose signature is already verified. Whether it is current is the caller's question.

    Raises HOST_NEWER, MODEL_CODE, ARCHITECTURE_UNKNOWN, FILE_PATH or MANIFEST_INVALID.
    """
    try:
        raw: dict[str, Any] = decode_json(body, dict[str, Any])
    except msgspec.DecodeError as error:
        raise LightworkError(Trouble.MANIFEST_INVALID, str(error)) from None
    if isinstance(raw.get("protocol"), int) and raw["protocol"] > VERSION:
        raise LightworkError(Trouble.HOST_NEWER, f"manifest version {raw['protocol']}")
    model = raw.get("model")
    if isinstance(model, dict):
        read_configuration(model)  # says precisely what is wrong with a model, before the general check below
    try:
        manifest = msgspec.convert(raw, Manifest)
    except (msgspec.ValidationError, ValueError) as error:
        raise LightworkError(Trouble.MANIFEST_INVALID, str(error)) from None
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    for file in manifest.files:
        file.check()
    paths = [file.path for file in manifest.files]
    # Windows and macOS do not tell "A" from "a".
    if len({path.lower() for path in paths}) != len(paths):
        raise LightworkError(Trouble.FILE_PATH, "two files share a path")
    if manifest.parameters != manifest.model.parameters:
        raise LightworkError(
            Trouble.MANIFEST_INVALID, f"{manifest.parameters} parameters, but the model has {manifest.model.parameters}"
        )
    if manifest.recipe.sequence > manifest.model.positions:
        raise LightworkError(Trouble.MANIFEST_INVALID, "sequence is longer than the model's positions")
    width = manifest.tokenizer.token_type.width
    shortest = (manifest.recipe.sequence + 1) * width
    for file in (*manifest.data, *manifest.held_out):
        if file.length < shortest or file.length % width:
            raise LightworkError(Trouble.MANIFEST_INVALID, f"{file.path} is no whole number of tokens, or too short")
    for shard in manifest.data:
        if shard.packed is not None and shard.length > limits.UNPACKED_BYTES:
            raise LightworkError(Trouble.MANIFEST_INVALID, f"{shard.path} would become too large")
        if shard.packed is not None and shard.packed.length >= shard.length:
            raise LightworkError(Trouble.MANIFEST_INVALID, f"{shard.path} is packed and has become no smaller")
    manifest.tokenizer.check()
    if manifest.operations_per_credit != OPERATIONS_PER_CREDIT:
        raise LightworkError(Trouble.MANIFEST_INVALID, "one credit is 10^15 operations in version 1")
    if manifest.expires <= manifest.issued:
        raise LightworkError(Trouble.MANIFEST_INVALID, "it expires before it is issued")
