"""Which data a lease gives: a pure function of the project, its serial, the account, how many leases it had before, and
how many of its tokens were verified.

Nobody has to remember what was handed out: the choice can be worked out again. Each account walks through all shards,
in an order of its own, before it meets any of them again. A lease is a window on that walk, wide enough for the fastest
computer, and moves on by what was really trained on: so for each token of training about one token is downloaded,
however slow a computer is and however many leases a crash has cost it, and each step still draws from many places.
"""

import hashlib
from dataclasses import dataclass
from math import ceil, gcd

from lightwork.protocol.manifest import Manifest

MOST_SHARDS = 8  # of one lease
_AHEAD = 2  # leases that are taken before anything of the first is verified: one to train on, the next one's data
_ROUNDS_VALID = 20
_SHORTEST_SECONDS = 7 * 86_400.0  # a week without the computer costs no earned work


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseChoice:
    """A lease before it is recorded: indices into the manifest's data, and the seed of the order of sequences."""

    id: str
    shards: tuple[int, ...]
    seed: int


def choose(manifest: Manifest, account: str, number: int, verified: int, max_tokens: int) -> LeaseChoice:
    """The lease that an account gets after `number` others and so many verified tokens: as many shards as hold
    `max_tokens` on average, but 1 to MOST_SHARDS.
    """
    available = len(manifest.data)
    mean = manifest.tokens / available
    count = min(MOST_SHARDS, available, max(1, ceil(max_tokens / mean)))
    # The first leases are used before they count; half of one is what a contribution takes at most.
    trained = verified + min(number, _AHEAD) * max_tokens // 2
    first = trained * available // manifest.tokens
    places = range(first, first + count)
    # a lease that reaches over the end of a pass may meet a shard twice
    shards = tuple(dict.fromkeys(_shard(manifest, account, place, available) for place in places))
    name = f"{manifest.project} {manifest.serial} {account} {number}"
    return LeaseChoice(id=_hash("lease " + name).hex()[:32], shards=shards, seed=_integer("seed " + name))


def lease_tokens(manifest: Manifest) -> int:
    """Tokens that one lease is good for: twice those of a contribution, since training goes on while it uploads."""
    recipe = manifest.recipe
    return 2 * recipe.max_local_steps * recipe.batch * recipe.sequence


def lease_seconds(manifest: Manifest) -> float:
    """How long a lease is good for."""
    return max(_ROUNDS_VALID * manifest.recipe.round_seconds, _SHORTEST_SECONDS)


def _shard(manifest: Manifest, account: str, place: int, available: int) -> int:
    """The shard at a place of the account's endless walk: each pass is a permutation, x -> (a x + b) mod n."""
    walk, step = divmod(place, available)
    name = f"walk {manifest.project} {manifest.serial} {account} {walk}"
    start, stride = _integer(name + " start") % available, _integer(name + " stride") % available or 1
    while gcd(stride, available) != 1:
        stride += 1  # ends at `available + 1` at the latest, which shares no divisor with `available`
    return (start + stride * step) % available


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _integer(text: str) -> int:
    return int.from_bytes(_hash(text)[:6], "big")  # 48 bits: exact in every JSON reader
