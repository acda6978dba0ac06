"""Bytes on the wire: how many, how fast, and into the ledger by project and hour."""

import time
from collections import deque
from collections.abc import Callable

from lightwork.domain.status import NetworkStatus
from lightwork.domain.today import day_began
from lightwork.history.ledger import Ledger

_WINDOW_SECONDS = 3.0


class Meter:
    """Counts for one node. Bytes wait in memory until `flush`, at most a second in a running node."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._clock = clock
        self._waiting: dict[str, tuple[int, int]] = {}
        self._marks: deque[tuple[float, int, int]] = deque()
        self._sent = self._received = 0
        self._day = self._today_began()
        self._today = ledger.traffic_total(since=self._day)

    def counter(self, project: str) -> Callable[[int, int], None]:
        """A function that counts (sent, received) bytes for one project."""

        def count(sent: int, received: int) -> None:
            before = self._waiting.get(project, (0, 0))
            self._waiting[project] = (before[0] + sent, before[1] + received)
            self._sent += sent
            self._received += received

        return count

    def flush(self) -> None:
        """Write what was counted to the ledger."""
        now = self._clock()
        if self._today_began() != self._day:
            self._day, self._today = self._today_began(), (0, 0)
        for project, (sent, received) in tuple(self._waiting.items()):
            self._ledger.add_traffic(project, sent=sent, received=received, at=now)
            # Only what the ledger has is no longer owed to it.
            del self._waiting[project]
            self._today = (self._today[0] + sent, self._today[1] + received)

    def status(self) -> NetworkStatus:
        """Now, today and since the node began."""
        now = self._clock()
        self._marks.append((now, self._sent, self._received))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _WINDOW_SECONDS:
            self._marks.popleft()
        then, sent, received = self._marks[0]
        seconds = max(now - then, 1e-3)
        waiting = self._waiting.values()
        return NetworkStatus(
            sent_per_second=(self._sent - sent) / seconds,
            received_per_second=(self._received - received) / seconds,
            sent_today=self._today[0] + sum(pair[0] for pair in waiting),
            received_today=self._today[1] + sum(pair[1] for pair in waiting),
            sent_session=self._sent,
            received_session=self._received,
        )

    def _today_began(self) -> float:
        return day_began(self._clock())
