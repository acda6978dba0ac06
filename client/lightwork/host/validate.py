"""Is what a volunteer announced allowed, and is what it sent sound? Pure; refusals are raised or returned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import median

import numpy as np
from numpy.typing import NDArray

from lightwork.codec import PayloadError, norm, scheme_of
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.protocol import limits
from lightwork.protocol.project import Contribution
from lightwork.protocol.refusals import Refusal, RefusedError

_FAR_LARGER = 1000.0  # times the median norm of recent contributions
_FIRST_LARGER = 10.0  # times the norm of the weights, while there are no recent contributions
_NOT_FINITE = "not a number"  # how the codec says it


@dataclass(frozen=True, slots=True)
class LeaseFacts:
    """What matters about a lease once it is handed out. `counted`: some contribution has used it."""

    id: str
    max_tokens: int
    expires: float
    counted: bool


def check_round(base: int, open_version: int) -> None:
    """Refuse work that was made against a version of long ago, or against one that is yet to come."""
    if base < open_version - limits.ROUNDS_BEHIND:
        raise RefusedError(Refusal.ROUND_CLOSED)
    if base > open_version:
        raise RefusedError(Refusal.ROUND_UNKNOWN)


def check_work(message: Contribution, leases: Mapping[str, LeaseFacts], now: float) -> None:
    """Refuse work unless each lease is named once, is the account's own (it is in `leases`) and allows it."""
    if len({work.lease for work in message.work}) != len(message.work):
        raise RefusedError(Refusal.MALFORMED)
    for work in message.work:
        lease = leases.get(work.lease)
        if lease is None:
            raise RefusedError(Refusal.LEASE_UNKNOWN)
        if lease.counted:
            raise RefusedError(Refusal.LEASE_COUNTED)
        if now > lease.expires:
            raise RefusedError(Refusal.LEASE_EXPIRED)
        if work.steps > work.tokens:  # a step takes at least a token
            raise RefusedError(Refusal.MALFORMED)
        if work.tokens > lease.max_tokens:
            raise RefusedError(Refusal.TOO_MANY_TOKENS)


def norm_bound(recent: Sequence[float], weights: NDArray[np.float32]) -> float:
    """The largest norm that honest training could give. `recent`: norms of contributions to the last rounds.

    It keeps sums finite and nonsense out; the pull of a single contribution is bounded by clipping, see `aggregate`.
    """
    usual = median(recent) if recent else 0.0
    if usual > 0:
        return _FAR_LARGER * usual
    return _FIRST_LARGER * max(float(np.linalg.norm(weights)), sqrt(weights.size) * 1e-3)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A payload's norm, or why it is refused."""

    norm: float
    refusal: Refusal | None


def inspect(payload: bytes, layout: Layout, scheme: Scheme, bound: float, *, late: bool = False) -> Inspection:
    """Look at a whole payload. It must be readable, of the round's scheme, finite, and of a norm up to `bound`.

    Another scheme in a `late` one is that of a recipe which has changed since: it is refused as ROUND_CLOSED.
    """
    try:
        if scheme_of(payload) != scheme:
            return Inspection(0.0, Refusal.ROUND_CLOSED if late else Refusal.PAYLOAD_INVALID)
        size = norm(payload, layout)
    except PayloadError as error:
        return Inspection(0.0, Refusal.NOT_FINITE if _NOT_FINITE in error.detail else Refusal.PAYLOAD_INVALID)
    if not isfinite(size):
        return Inspection(0.0, Refusal.NOT_FINITE)
    return Inspection(size, Refusal.NORM_TOO_LARGE if size > bound else None)
