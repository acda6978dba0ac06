"""A token bucket: how many bytes may pass, and when. Pure: the time is an argument.

Bytes are charged when they have passed, so the level may fall below zero: what is owed is waited for by whoever comes
next. Turner 1986, "New Directions in Communications (Or Which Way to the Information Age?)", in IEEE Communications 24.
"""

# What may pass at once after a rest, as seconds of the rate: so little that no second is much above the limit.
BURST_SECONDS = 0.05
# While somebody waits more is kept for them, so that nothing is lost where a busy computer wakes them up late.
LATE_SECONDS = 0.5
# One piece of a transfer takes about so long at the rate, within these bounds in bytes.
PIECE_SECONDS = 0.02
SMALLEST_PIECE, LARGEST_PIECE = 4 << 10, 64 << 10

_NOTHING = 1e-6  # bytes; what rounding leaves of a wait that is over


class Bucket:
    """Fills at `rate` bytes a second; a rate of 0 is no limit. `now` is in seconds, of any clock that goes forwards."""

    def __init__(self, rate: float = 0.0, now: float = 0.0) -> None:
        self.rate = rate
        self._level = 0.0
        self._at = now
        self._awaited = False

    @property
    def piece(self) -> int:
        """How many bytes of a transfer should pass at once."""
        if not self.rate:
            return LARGEST_PIECE
        return max(SMALLEST_PIECE, min(LARGEST_PIECE, int(self.rate * PIECE_SECONDS)))

    @property
    def burst(self) -> float:
        """The most bytes that gather while nobody wants them: one piece at least, or it could never pass."""
        return max(self.rate * BURST_SECONDS, float(self.piece))

    def set_rate(self, rate: float, now: float) -> None:
        """Another rate from now on. What is owed stays owed; a limit that is new begins with nothing."""
        self._fill(now)
        self._level = min(self._level, 0.0) if self.rate and rate else 0.0
        self.rate = rate

    def spend(self, size: int, now: float) -> None:
        """So many bytes have passed, allowed or not."""
        if self.rate:
            self._fill(now)
            self._level -= size

    def wait(self, size: int, now: float, borrow: float = 0.0) -> float:
        """Seconds until `size` bytes may pass; 0 if they may now. More than a burst counts as a burst.

        Whoever may `borrow` leaves up to so many bytes owed to those who come later.
        """
        if not self.rate:
            return 0.0
        self._fill(now)
        missing = min(float(size), self.burst) - borrow - self._level
        if not borrow:
            self._awaited = missing > _NOTHING
        return missing / self.rate if missing > _NOTHING else 0.0

    def give_up(self) -> None:
        """Whoever waited does so no more."""
        self._awaited = False

    def _fill(self, now: float) -> None:
        # A clock that goes back adds nothing, nor does the time until it is where it was.
        if now > self._at:
            most = max(self.burst, self.rate * LATE_SECONDS) if self._awaited else self.burst
            self._level = max(self._level, min(most, self._level + self.rate * (now - self._at)))
            self._at = now
