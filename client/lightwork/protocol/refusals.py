"""Why a host says no: an enum, each with a sentence and an HTTP status.

The sentence comes from this table, never from the other computer: a host sends only the name.
"""

from collections.abc import Mapping
from enum import StrEnum

from lightwork.domain.errors import LightworkError, Trouble


class Refusal(StrEnum):
    """Every reason for which a host turns a request or a contribution down."""

    PROJECT_UNKNOWN = "project_unknown"
    PROTOCOL_UNSUPPORTED = "protocol_unsupported"
    NOT_FOUND = "not_found"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    ENCODED = "encoded"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_STALE = "signature_stale"
    REPLAYED = "replayed"
    NOT_JOINED = "not_joined"
    BANNED = "banned"
    LEASE_UNKNOWN = "lease_unknown"
    LEASE_COUNTED = "lease_counted"
    LEASE_EXPIRED = "lease_expired"
    TOO_MANY_TOKENS = "too_many_tokens"
    ROUND_CLOSED = "round_closed"
    ROUND_COUNTED = "round_counted"
    ROUND_UNKNOWN = "round_unknown"
    OFFSET_WRONG = "offset_wrong"
    DIGEST_WRONG = "digest_wrong"
    PAYLOAD_INVALID = "payload_invalid"
    NOT_FINITE = "not_finite"
    NORM_TOO_LARGE = "norm_too_large"
    VERSION_GONE = "version_gone"
    BUSY = "busy"
    INTERNAL = "internal"


SENTENCES: Mapping[Refusal, str] = {
    Refusal.PROJECT_UNKNOWN: "This host has no such project.",
    Refusal.PROTOCOL_UNSUPPORTED: "This host speaks another version of the protocol.",
    Refusal.NOT_FOUND: "There is no such file here.",
    Refusal.MALFORMED: "The request could not be read.",
    Refusal.TOO_LARGE: "The request is larger than this project allows.",
    Refusal.ENCODED: "Compressed requests are not accepted.",
    Refusal.SIGNATURE_MISSING: "The request is not signed.",
    Refusal.SIGNATURE_INVALID: "The request's signature does not fit it.",
    Refusal.SIGNATURE_STALE: "The request was signed too long ago, or by a clock that is wrong.",
    Refusal.REPLAYED: "This very request was made before.",
    Refusal.NOT_JOINED: "This account has not joined the project.",
    Refusal.BANNED: "This account is shut out of the project.",
    Refusal.LEASE_UNKNOWN: "The work names a lease that this account does not hold.",
    Refusal.LEASE_COUNTED: "The work of this lease was counted already.",
    Refusal.LEASE_EXPIRED: "The lease of this work has expired.",
    Refusal.TOO_MANY_TOKENS: "The work claims more tokens than were leased.",
    Refusal.ROUND_CLOSED: "Too many rounds have closed since the work began; it goes into the next contribution.",
    Refusal.ROUND_COUNTED: "This account has contributed for this round already.",
    Refusal.ROUND_UNKNOWN: "The work is for a round that has not begun.",
    Refusal.OFFSET_WRONG: "The upload continues at another place.",
    Refusal.DIGEST_WRONG: "What arrived is not what was announced.",
    Refusal.PAYLOAD_INVALID: "The contribution cannot be decoded.",
    Refusal.NOT_FINITE: "The contribution holds numbers that are not finite.",
    Refusal.NORM_TOO_LARGE: "The contribution is far larger than training could make it.",
    Refusal.VERSION_GONE: "That version is too old to be updated; take the checkpoint.",
    Refusal.BUSY: "The host is busy. Try again soon.",
    Refusal.INTERNAL: "The host failed to answer. Its team can find out why in its log.",
}

_STATUS: Mapping[Refusal, int] = {
    Refusal.PROJECT_UNKNOWN: 404,
    Refusal.NOT_FOUND: 404,
    Refusal.VERSION_GONE: 410,
    Refusal.TOO_LARGE: 413,
    Refusal.ENCODED: 415,
    Refusal.SIGNATURE_MISSING: 401,
    Refusal.SIGNATURE_INVALID: 401,
    Refusal.SIGNATURE_STALE: 401,
    Refusal.REPLAYED: 409,
    Refusal.NOT_JOINED: 403,
    Refusal.BANNED: 403,
    Refusal.OFFSET_WRONG: 409,
    Refusal.ROUND_CLOSED: 409,
    Refusal.ROUND_COUNTED: 409,
    Refusal.LEASE_COUNTED: 409,
    Refusal.BUSY: 503,
    Refusal.INTERNAL: 500,
}

# The work is whole and may be sent again later, in another contribution.
LATE = frozenset({Refusal.ROUND_CLOSED, Refusal.ROUND_COUNTED, Refusal.ROUND_UNKNOWN})


def http_status(refusal: Refusal) -> int:
    """The HTTP status that goes with a refusal; 400 unless the table says otherwise."""
    return _STATUS.get(refusal, 400)


class RefusedError(LightworkError):
    """A host said no. Raised by the host's own rooms, and again by the client that reads the answer."""

    def __init__(self, refusal: Refusal, offset: int | None = None) -> None:
        super().__init__(Trouble.REFUSED, SENTENCES[refusal])
        self.refusal = refusal
        self.offset = offset  # with OFFSET_WRONG: where the upload continues
