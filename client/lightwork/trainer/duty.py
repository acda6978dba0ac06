"""The duty cycle: so much rest after so much work that training takes a share of the time."""


class Duty:
    """Seconds of rest that are owed. Pure bookkeeping: whoever works and rests tells how long it was."""

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self.owed = 0.0

    def set(self, share: float) -> None:
        """Work `share` (above 0, at most 1) of the time from now on; what is owed already changes with it."""
        before, self._share = _rest_for(1.0, self._share), share
        self.owed = self.owed * _rest_for(1.0, share) / before if before else 0.0

    def worked(self, seconds: float) -> None:
        """Work was done; rest is owed for it."""
        self.owed += _rest_for(seconds, self._share)

    def rested(self, seconds: float) -> None:
        """Rest was taken. Too much of it is no credit for later."""
        self.owed = max(0.0, self.owed - seconds)


def _rest_for(work: float, share: float) -> float:
    # work / (work + rest) = share
    return work * (1.0 / share - 1.0)
