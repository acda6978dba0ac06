"""How much traffic a person allows, and when it has to stop so that the whole stays within it. Pure."""

from dataclasses import dataclass

# Of an allowance, so much is left when transfers stop, for what is on its way then and for questions that a person
# asks during the pause: half a hundredth, and never more than these bytes.
_RESERVE_SHARE, _MOST_RESERVE = 0.005, 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Bytes that may pass on a day and in a month, sent and received together; 0 is no bound.

    Months begin on day `month_begins`, 1 to 28.
    """

    day: int = 0
    month: int = 0
    month_begins: int = 1


def stops_at(cap: int) -> int:
    """The bytes after which transfers stop under a cap (more than 0)."""
    return cap - int(min(_RESERVE_SHARE * cap, _MOST_RESERVE))
