"""A whole, valid manifest as builtins, for tests that spoil it in one place; and keys."""

from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.protocol.documents import Kind, SignedDocument, project_id, public_hex, sign
from lightwork.protocol.manifest import FileRef, Manifest, Needs, Recipe, Shard, Tokenizer, TokenizerKind, TokenType
from lightwork.protocol.model import GptjModel

TEAM = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
HOST = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
VOLUNTEER = Ed25519PrivateKey.from_private_bytes(b"v" * 32)
PROJECT = project_id(public_hex(TEAM.public_key()))
MODEL = GptjModel(vocab_size=8, n_positions=8, n_embd=8, n_layer=1, n_head=2, rotary_dim=2)


def file(path: str, length: int = 64, digit: str = "a") -> FileRef:
    return FileRef(path=path, length=length, sha256=digit * 64)


def shard(path: str) -> Shard:
    return Shard(path=path, length=64, sha256="a" * 64)


def manifest(**changes: Any) -> Manifest:
    good = Manifest(
        protocol=1,
        project=PROJECT,
        serial=3,
        issued=1,
        expires=1 << 40,
        name="Test",
        host_key=public_hex(HOST.public_key()),
        model=MODEL,
        parameters=MODEL.parameters,
        weights=(file("weights/0.safetensors"),),
        weights_digest="d" * 64,
        tokenizer=Tokenizer(kind=TokenizerKind.BYTES, token_type=TokenType.UINT8),
        data=(shard("data/0.bin"), shard("data/1.bin")),
        held_out=(file("held/0.bin"),),
        recipe=Recipe(sequence=8, batch=2),
        needs=Needs(memory=0, disk=0),
    )
    return msgspec.structs.replace(good, **changes)


def builtins(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(manifest())
    return {**found, **changes}


def signed(message: Manifest | dict[str, Any], key: Ed25519PrivateKey = TEAM) -> SignedDocument:
    """Sign anything as a manifest, also what is none."""
    if isinstance(message, Manifest):
        return sign(Kind.MANIFEST, message, key)
    body = msgspec.json.encode(message)
    signature = key.sign(b"lightwork 1 manifest\n" + body)
    return SignedDocument(body=body, key=public_hex(key.public_key()), signature=signature)
