"""Signed documents: a body, and an Ed25519 signature over the body and what kind of document it is.

The kind is signed too, so that a receipt can never be passed off as an update.
"""

import base64
import hashlib
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.manifest import FileRef, Natural, Positive, Sha256
from lightwork.protocol.refusals import Refusal
from lightwork.protocol.round_plan import RoundPlan

T = TypeVar("T")


class Kind(StrEnum):
    """What a signed document is."""

    MANIFEST = "manifest"
    UPDATE = "update"
    CHECKPOINT = "checkpoint"
    RECEIPT = "receipt"


class SignedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it travels. `key` (hex) says who signed; the reader must know beforehand whom to trust."""

    body: bytes
    key: Sha256
    signature: bytes


class Update(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The step from version `base` to `base + 1`: a payload of `codec`, to be subtracted from the weights."""

    project: str
    base: Natural
    file: FileRef
    digest: Sha256  # of the weights after the step
    contributions: Natural
    tokens: Natural
    plan: RoundPlan | None = None  # of the round that starts from `base + 1`; of old, there was none


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole weights of one version, as safetensors shards."""

    project: str
    version: Natural
    files: Annotated[tuple[FileRef, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    digest: Sha256
    plan: RoundPlan | None = None  # of the round that starts from `version`; of old, there was none


class Verdict(StrEnum):
    """What became of a contribution."""

    VERIFIED = "verified"
    REJECTED = "rejected"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project owes an account for one contribution. Numbers run from 1 without gaps for each account."""

    project: str
    account: Sha256
    number: Positive
    contribution: Sha256
    round: Natural  # that it counted in
    steps: Natural
    tokens: Natural
    parameters: Positive
    operations: Natural  # 6 x parameters x tokens; 0 when rejected
    verdict: Verdict
    reason: Refusal | None = None
    issued: Natural


def public_hex(key: Ed25519PublicKey) -> str:
    """A public key as 64 hex digits: the form in which keys and accounts are named everywhere."""
    return key.public_bytes_raw().hex()


def project_id(public_key: str) -> str:
    """The id that a project's key gives it: 160 bits of the key's SHA-256, in base32. A link carries it, so no other
    server can pose as the project.
    """
    return base64.b32encode(hashlib.sha256(bytes.fromhex(public_key)).digest()[:20]).decode().lower()


def _signed_bytes(kind: Kind, body: bytes) -> bytes:
    return b"lightwork 1 " + kind.value.encode() + b"\n" + body


def sign(kind: Kind, message: msgspec.Struct, key: Ed25519PrivateKey) -> SignedDocument:
    """Encode and sign a message."""
    body = msgspec.json.encode(message)
    return SignedDocument(body=body, key=public_hex(key.public_key()), signature=key.sign(_signed_bytes(kind, body)))


def verify(kind: Kind, document: SignedDocument, key: str) -> bytes:
    """The body, if it was signed by `key` (hex) as that kind. Raises DOCUMENT_TAMPERED."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            document.signature, _signed_bytes(kind, document.body)
        )
    except (InvalidSignature, ValueError):
        raise LightworkError(Trouble.DOCUMENT_TAMPERED, kind.value) from None
    return document.body


def open_document(kind: Kind, document: SignedDocument, key: str, message: type[T]) -> T:
    """Verify, then decode. Raises DOCUMENT_TAMPERED, or HOST_CONFUSED for a signed body that is no such message."""
    body = verify(kind, document, key)
    try:
        return decode_json(body, message)
    except msgspec.DecodeError as error:
        raise LightworkError(Trouble.HOST_CONFUSED, str(error)) from None
