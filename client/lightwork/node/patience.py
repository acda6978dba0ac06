"""How long to wait for a host that does not answer: a little longer each time, with some chance in it, so that a
thousand volunteers do not come back in the same second (Brooker 2015, "Exponential Backoff And Jitter").
"""

import random
from dataclasses import dataclass, field

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.refusals import Refusal, RefusedError

FIRST_SECONDS = 1.0
LEAST_SECONDS = 0.5  # between two tries, whatever happens
LONGEST_SECONDS = 60.0

# A used-up allowance pauses the node in a moment, and is gone when the pause ends.
_PASSING = frozenset({Trouble.HOST_UNREACHABLE, Trouble.HOST_CONFUSED, Trouble.ALLOWANCE_USED})
_PASSING_REFUSALS = frozenset(
    {Refusal.BUSY, Refusal.INTERNAL, Refusal.SIGNATURE_STALE, Refusal.REPLAYED, Refusal.OFFSET_WRONG}
)
# What was asked for was right when it was asked for: the project has moved on, and the next state will say so.
OVERTAKEN = frozenset({Refusal.VERSION_GONE, Refusal.NOT_FOUND, Refusal.ROUND_UNKNOWN})


def passes(error: LightworkError) -> bool:
    """True for a failure that goes away by itself, so that the same request may succeed later."""
    if isinstance(error, RefusedError):
        return error.refusal in _PASSING_REFUSALS
    return error.trouble in _PASSING


@dataclass(slots=True)
class Backoff:
    """Waits between tries. `chance` is given for tests."""

    chance: random.Random = field(default_factory=random.Random)
    tries: int = 0

    def next_wait(self) -> float:
        """Seconds to wait now: half certain, half chance, doubling up to a minute."""
        longest = float(min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(self.tries, 30)))
        self.tries += 1
        return longest / 2 + self.chance.uniform(0, longest / 2)

    def reset(self) -> None:
        """It worked."""
        self.tries = 0
