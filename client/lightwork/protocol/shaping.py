"""The person's limits on traffic, kept: one bucket for each direction, shared by all connections of a node.

Bytes are charged where they pass, at the sockets, headers and encryption included. A transfer (a file, a contribution)
waits for its turn before each piece; what comes in is read only by turns, so that TCP holds the sender back. All other
requests and answers are small and go first, at the cost of the transfers.
"""

import asyncio
import math
import time
from collections.abc import Callable
from enum import Enum

from lightwork.protocol.bucket import SMALLEST_PIECE, Bucket

# A request or an answer up to this size never waits; a larger one does once it has borrowed as much (bytes).
SMALL = 16 << 10
# A chunk of an upload takes so long at the limit: its signature must not grow old on the way, and a connection that
# breaks costs no more than that.
CHUNK_SECONDS = 8.0
_READ = 256 << 10  # at once, where nothing bounds it; as much as asyncio asks for
_ALL = 1 << 62
# The sender may be ahead of our reading by so many seconds of the limit, which a far host needs, or by so many bytes.
_AHEAD_SECONDS, _LEAST_AHEAD = 0.15, 32 << 10


class Direction(Enum):
    """Of bytes, as this computer sees them."""

    UP = "up"
    DOWN = "down"


class Shaper:
    """Bounds how fast bytes pass, and how many more may.

    `used_up` is called when the last byte that transfers may use has been used. For the event loop's thread only.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets = {direction: Bucket(now=clock()) for direction in Direction}
        self._lines = {direction: asyncio.Lock() for direction in Direction}
        self._changed = asyncio.Event()
        self._transfers = self._requests = math.inf
        self.used_up: Callable[[], None] = lambda: None

    # --- what a person wants ------------------------------------------------------------------------------------------

    def limit(self, *, up: float, down: float) -> None:
        """Bytes a second from now on, also of transfers under way; 0 is no limit."""
        now = self._clock()
        for direction, rate in ((Direction.UP, up), (Direction.DOWN, down)):
            if self._buckets[direction].rate != rate:
                self._buckets[direction].set_rate(rate, now)
                self._wake()

    def allow(self, *, transfers: float, requests: float) -> None:
        """How many bytes, both ways together, may pass from now on: until transfers stop, and until all else does."""
        opened = self._transfers <= 0 < transfers
        self._transfers, self._requests = transfers, requests
        if opened:
            self._wake()

    # --- what passes --------------------------------------------------------------------------------------------------

    def charge(self, sent: int, received: int) -> None:
        """So many bytes have passed."""
        now, before = self._clock(), self._transfers
        self._buckets[Direction.UP].spend(sent, now)
        self._buckets[Direction.DOWN].spend(received, now)
        self._transfers -= sent + received
        self._requests -= sent + received
        if self._transfers <= 0 < before:
            self.used_up()

    @property
    def exhausted(self) -> bool:
        """Whether nothing may be asked of any host now."""
        return self._requests <= 0

    def piece(self, direction: Direction) -> int:
        """How many bytes of a transfer should pass at once."""
        return self._cut(self._buckets[direction].piece)

    def read_size(self) -> int:
        """The most that a socket should read at once."""
        bucket = self._buckets[Direction.DOWN]
        return self._cut(bucket.piece if bucket.rate else _READ)

    def held_back(self) -> int:
        """How many bytes a system may keep that were received and not read yet; 0 is its own choice."""
        rate = self._buckets[Direction.DOWN].rate
        return max(_LEAST_AHEAD, int(rate * _AHEAD_SECONDS)) if rate else 0

    async def some(self) -> int:
        """Wait until transfers may use any bytes, and say how many."""
        while self._transfers <= 0:
            await self._changed.wait()
        return int(max(SMALLEST_PIECE, min(self._transfers, _ALL)))

    def chunk(self, most: int) -> int:
        """How large a chunk of an upload should be, `most` at most."""
        rate = self._buckets[Direction.UP].rate
        return min(most, max(SMALL, int(rate * CHUNK_SECONDS))) if rate else most

    async def turn(self, direction: Direction, size: int, *, transfer: bool) -> None:
        """Wait until `size` bytes may pass. Transfers stand in line, and wait on while all that they may use is used.

        Whoever has had a turn sends or reads before it awaits anything else, so that the next one sees it charged.
        """
        if transfer:
            async with self._lines[direction]:
                await self._until(direction, size, transfer=True)
        else:
            await self._until(direction, size, transfer=False)

    async def _until(self, direction: Direction, size: int, *, transfer: bool) -> None:
        bucket, borrow = self._buckets[direction], 0.0 if transfer else float(SMALL)
        while True:
            closed = transfer and self._transfers <= 0
            wait = math.inf if closed else bucket.wait(size, self._clock(), borrow)
            if wait <= 0:
                return
            changed = self._changed
            try:
                async with asyncio.timeout(None if closed else wait):
                    await changed.wait()
            except TimeoutError:
                continue
            except asyncio.CancelledError:
                bucket.give_up()
                raise

    def _cut(self, size: int) -> int:
        """So that what passes last does not go far beyond what may."""
        return size if self._transfers >= size else max(SMALLEST_PIECE, int(self._transfers))

    def _wake(self) -> None:
        """All who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()
