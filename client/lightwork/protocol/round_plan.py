"""What the host decides for one round, and signs with the version that the round starts from: all follow it alike."""

from typing import Annotated

import msgspec

from lightwork.domain.scheme import Scheme

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class RoundPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a round is, how large its steps are, and how densely its progress is sent. See `host/steering.py`."""

    step: Annotated[float, msgspec.Meta(ge=0)] = 0.0  # steps that a volunteer of median speed had taken before it
    length: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0  # of the recipe's `round_seconds` and `max_local_steps`
    rate: Share = 1.0  # of the recipe's learning rates at the round's first step
    fall: Share = 0.0  # what that loses with each further step, down to where the next round begins
    up: Scheme  # of every contribution; an update's payload says of itself how dense it is

    def local_steps(self, most: int) -> int:
        """Steps that a contribution to this round holds at most, if one to a full round holds `most`."""
        return max(1, round(self.length * most))

    def rate_after(self, steps: int, most: int) -> float:
        """The share of the learning rates after so many steps of the round; `most` as for `local_steps`.

        It falls step by step: with rounds of hundreds of steps a rate that stays the same to the end of a run would
        leave the last round's noise in the weights.
        """
        return max(0.0, self.rate - self.fall * min(steps, self.local_steps(most)))
