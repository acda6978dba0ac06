"""How many sequences go through the model at once, so that one pass stays short."""

from collections import deque

# The longest a forward and backward pass may take. A step is given up between two passes, and a desktop's graphics wait
# for a pass that runs: 150 ms keeps both well within what a person notices as a hitch rather than a halt.
LONGEST_SECONDS = 0.15
# One slow pass may be another program's doing (or the first, which sets up kernels); two in a row are believed.
_BELIEVED = 2
# Grow only where twice the time still leaves room, or the size would swing.
_ROOM = 0.3


class MicroBatch:
    """A size between 1 and what memory has room for, led by how long passes take.

    It starts small and grows: how fast the device is shows in passes that nobody notices, not in long ones.
    """

    def __init__(self, most: int, start: int = 1) -> None:
        self._most = most
        self._took: deque[float] = deque(maxlen=_BELIEVED)
        self.size = min(most, start)

    def took(self, sequences: int, seconds: float) -> None:
        """A pass of `sequences` took so long. A pass of fewer than `size` (a batch's rest) says too little."""
        if sequences != self.size:
            return
        self._took.append(seconds)
        if len(self._took) < _BELIEVED:
            return
        least, longest = min(self._took), max(self._took)
        size = self.size
        while size > 1 and least > LONGEST_SECONDS:
            size, least = size // 2, least / 2
        if longest < LONGEST_SECONDS * _ROOM:
            size = min(self._most, size * 2)
        self._change(size)

    def start_at(self, size: int) -> None:
        """Begin with a size that proved itself, as far as memory has room for it."""
        self._change(max(1, min(self._most, size)))

    def shrink(self) -> bool:
        """Halve for good, since memory had no room after all. False if there is nothing to halve."""
        if self.size == 1:
            return False
        self._most = self.size // 2
        self._change(self._most)
        return True

    def _change(self, size: int) -> None:
        if size != self.size:
            self.size = size
            self._took.clear()
