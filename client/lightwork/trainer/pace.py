"""How fast training goes: tokens per second over the last few seconds."""

from collections import deque

_WINDOW_SECONDS = 8.0


class Pace:
    """A sliding window; the clock is an argument."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._tokens = 0

    def restart(self, now: float) -> None:
        """Begin to count at `now`: what lies before was not training."""
        self._marks.clear()
        self._marks.append((now, self._tokens))

    def add(self, tokens: int, now: float) -> None:
        """These tokens were finished at `now`."""
        self._tokens += tokens
        self._marks.append((now, self._tokens))
        while len(self._marks) > 2 and self._marks[0][0] < now - _WINDOW_SECONDS:
            self._marks.popleft()

    @property
    def tokens_per_second(self) -> float:
        """0 until two marks are there."""
        if len(self._marks) < 2:
            return 0.0
        (start, before), (end, after) = self._marks[0], self._marks[-1]
        return (after - before) / max(end - start, 1e-6)
