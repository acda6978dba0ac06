"""Signed requests: HTTP Message Signatures (RFC 9421) with the account's Ed25519 key, bodies covered by a digest.

Covered are method, path, query and content digest. The path names the project, so a request made for one project is
worthless at another. Authority and scheme are left out: a proxy in front of a host changes them.
"""

import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from lightwork.protocol import limits
from lightwork.protocol.documents import public_hex
from lightwork.protocol.refusals import Refusal, RefusedError

TAG = "lightwork-1"
COVERED = ("@method", "@path", "@query", "content-digest")


@dataclass(slots=True)
class Message:
    """A request in the form that the signature library reads. `url` is absolute and encoded."""

    method: str
    url: str
    headers: MutableMapping[str, str]


class _Keys(HTTPSignatureKeyResolver):  # type: ignore[misc]  # the library carries no types
    """A key id is the public key itself, so there is nothing to look up and nothing to be confused about."""

    def __init__(self, private: Ed25519PrivateKey | None = None) -> None:
        self._private = private

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_id))

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        if self._private is None:
            raise KeyError(key_id)
        return self._private


class _Verifier(HTTPMessageVerifier):  # type: ignore[misc]
    max_clock_skew = timedelta(seconds=limits.CLOCK_AHEAD_SECONDS)


def sign_request(message: Message, body: bytes, key: Ed25519PrivateKey, now: float) -> None:
    """Add digest and signature headers. `now` is the host's Unix time, as near as it is known."""
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(key))
    signer.sign(
        message,
        key_id=public_hex(key.public_key()),
        created=datetime.fromtimestamp(int(now), UTC),
        nonce=secrets.token_urlsafe(12),
        label="l",  # a name within this request, twice
        tag=TAG,
        include_alg=False,  # keys are Ed25519 keys, and the reader takes no word for it
        covered_component_ids=COVERED[:3],
        body=body,
    )


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signed a request, when (Unix time), and the nonce that must not be seen again."""

    account: str
    nonce: str
    created: int


def verify_request(message: Message, body: bytes) -> SignedBy:
    """Who signed this request. Whether the nonce is new is the caller's question. Raises RefusedError."""
    if "Signature" not in message.headers:
        raise RefusedError(Refusal.SIGNATURE_MISSING)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys())
    try:
        # Age is judged below, so that a wrong clock is told from a wrong signature.
        (result,) = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=COVERED, body=body)
    except (InvalidSignature, HTTPMessageSignaturesException, ValueError) as error:
        stale = "future" in str(error)
        raise RefusedError(Refusal.SIGNATURE_STALE if stale else Refusal.SIGNATURE_INVALID) from None
    parameters: dict[str, Any] = result.parameters
    created, nonce = parameters["created"], parameters.get("nonce")
    if not isinstance(nonce, str) or not 16 <= len(nonce) <= 64:
        raise RefusedError(Refusal.SIGNATURE_INVALID)
    age = datetime.now(UTC).timestamp() - created
    if age > limits.SIGNATURE_AGE_SECONDS:
        raise RefusedError(Refusal.SIGNATURE_STALE)
    return SignedBy(account=str(parameters["keyid"]).lower(), nonce=nonce, created=created)
