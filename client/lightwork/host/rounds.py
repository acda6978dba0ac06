"""When a round closes. Pure: the clock is an argument.

A round closes with the last answer that it waits for, unless the promised time is nearly over: then with that; or, once
a quorum has answered and the time is over, after a grace that follows how far apart answers have come lately; or at
three times its length, come what may. Without a contribution it never closes. What is too late all the same counts in
the next round, so it makes nobody wait longer the next time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

LONGEST = 3.0  # of a round's length: then it closes with whoever is there
SILENT = 2.0  # rounds without a signed request: such an account is not waited for
SPREADS = 10  # recent rounds that the grace looks at

# Answers before this part of the time are of volunteers that have sent all they may. Those after it come because the
# time is nearly over, and somebody who has just come back, for whom nobody waits, is about to answer too.
_NEARLY_OVER = 0.8
_FIRST_GRACE = 0.25  # of a round's length, as are the bounds
_LEAST_GRACE = 0.05
_MOST_GRACE = 0.5
_HEADROOM = 1.5  # times the 90th percentile of the spreads
_PROGRESS = 0.05  # a chunk of an unfinished upload keeps the round open for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the recipe says: a round's length in seconds, and the share of the expected accounts that is a quorum."""

    seconds: float
    quorum: float


@dataclass(frozen=True, slots=True)
class Volunteer:
    """An account that took a lease, announced or contributed in round `active` last, and signed a request at `seen`."""

    account: str
    active: int
    seen: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """What is known about the open round.

    `answered`: when each account's contribution was complete, whether it is pending or was rejected; `pending`: how
    many there are to average, also of those that were meant for a round before; `progress`: when the last chunk of an
    unfinished upload came; `behind`: whether somebody still sends for a round before, and cannot answer; `spreads`: of
    recent rounds, as `spread` gives them.
    """

    opened: float
    expected: frozenset[str]
    answered: Mapping[str, float]
    pending: int
    progress: float | None = None
    behind: bool = False
    spreads: tuple[float, ...] = ()


def expected(volunteers: Iterable[Volunteer], version: int, now: float, rules: Rules) -> frozenset[str]:
    """The accounts to wait for: active in this round or the one before, and heard of lately."""
    return frozenset(
        volunteer.account
        for volunteer in volunteers
        if volunteer.active >= version - 1 and now - volunteer.seen <= SILENT * rules.seconds
    )


def quorum(expected_accounts: int, rules: Rules) -> int:
    """Answers that make a quorum; at least 1."""
    return max(1, ceil(rules.quorum * expected_accounts - 1e-9))  # 0.1 * 30 is a little more than 3


def grace(spreads: Sequence[float], rules: Rules) -> float:
    """Seconds to wait for stragglers after the quorum."""
    if not spreads:
        return _FIRST_GRACE * rules.seconds
    ordered = sorted(spreads)
    percentile = ordered[ceil(0.9 * len(ordered)) - 1]
    return min(max(_HEADROOM * percentile, _LEAST_GRACE * rules.seconds), _MOST_GRACE * rules.seconds)


def closing_time(state: OpenRound, rules: Rules) -> float:
    """When the round closes if nothing more arrives; infinity if it does not. A time that is past means: now."""
    if state.pending == 0:
        return inf
    if state.expected <= state.answered.keys():
        over = state.opened + rules.seconds
        last = max(state.answered.values(), default=over)  # none: what is pending was meant for a round before
        # Whoever is behind has the time that was promised, too: quick computers would else close round upon round
        # before a slow link has sent anything.
        early = last < state.opened + _NEARLY_OVER * rules.seconds and not state.behind
        return last if early else max(last, over)
    latest = state.opened + LONGEST * rules.seconds
    since = anchor(state.opened, state.answered.values(), len(state.expected | state.answered.keys()), rules)
    if since is None:
        return latest
    closing = since + grace(state.spreads, rules)
    if state.progress is not None:
        patience = min(state.progress + _PROGRESS * rules.seconds, since + _MOST_GRACE * rules.seconds)
        closing = max(closing, patience)
    return min(closing, latest)


def spread(opened: float, arrivals: Collection[float], expected_accounts: int, rules: Rules) -> float | None:
    """How long after the grace began the last answer came; 0 if it came before. None if there was no quorum."""
    since = anchor(opened, arrivals, expected_accounts, rules)
    return None if since is None else max(0.0, max(arrivals) - since)


def anchor(opened: float, arrivals: Collection[float], expected_accounts: int, rules: Rules) -> float | None:
    """When the grace begins: with the quorum, but not before the time is over that the slow ones were promised.

    None while there is no quorum.
    """
    needed = quorum(expected_accounts, rules)
    if len(arrivals) < needed:
        return None
    return max(sorted(arrivals)[needed - 1], opened + rules.seconds)
