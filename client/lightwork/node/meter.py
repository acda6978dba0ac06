"""Bytes on the wire: how many, how fast, and into the ledger by project and hour."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from lightwork.activity.readings import TrafficUse
from lightwork.domain.status import NetworkStatus
from lightwork.domain.today import day_span, month_span
from lightwork.history.ledger import Ledger
from lightwork.protocol.shaping import Shaper

_WINDOW_SECONDS = 3.0


@dataclass(slots=True)
class _Period:
    """A day or month, and the bytes that the ledger has of it."""

    began: float
    ends: float
    sent: int
    received: int


class Meter:
    """Counts for one node. Bytes wait in memory until `flush`, at most a second in a running node.

    `shaper` goes with each counter to the connections: it keeps the person's limits over all of them.
    `month_begins` is the day of the month, 1 to 28; another one holds from the next `flush` on.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self.shaper = Shaper()
        self.month_begins = 1
        self._ledger = ledger
        self._clock = clock
        self._waiting: dict[str, tuple[int, int]] = {}
        self._marks: deque[tuple[float, int, int]] = deque()
        self._sent = self._received = 0
        now = clock()
        self._day = self._read(day_span(now))
        self._month = self._read(month_span(now, self.month_begins))

    def counter(self, project: str) -> Callable[[int, int], None]:
        """A function that counts (sent, received) bytes for one project."""

        def count(sent: int, received: int) -> None:
            before = self._waiting.get(project, (0, 0))
            self._waiting[project] = (before[0] + sent, before[1] + received)
            self._sent += sent
            self._received += received

        return count

    def flush(self) -> None:
        """Write what was counted to the ledger, and turn to the next day or month where one has begun."""
        now = self._clock()
        self._turn(now)
        for project, (sent, received) in tuple(self._waiting.items()):
            self._ledger.add_traffic(project, sent=sent, received=received, at=now)
            # Only what the ledger has is no longer owed to it.
            del self._waiting[project]
            for period in (self._day, self._month):
                period.sent += sent
                period.received += received

    @property
    def use(self) -> TrafficUse:
        """What passed in the day and the month of the last `flush`, and since."""
        waiting = sum(sent + received for sent, received in self._waiting.values())
        day, month = self._day, self._month
        return TrafficUse(
            day=day.sent + day.received + waiting,
            day_ends=day.ends,
            month=month.sent + month.received + waiting,
            month_ends=month.ends,
        )

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
            sent_today=self._day.sent + sum(pair[0] for pair in waiting),
            received_today=self._day.received + sum(pair[1] for pair in waiting),
            sent_session=self._sent,
            received_session=self._received,
        )

    def _turn(self, now: float) -> None:
        # Backwards too: a clock that was set right may lead to a day before this one, of which the ledger knows.
        day, month = day_span(now), month_span(now, self.month_begins)
        if day != (self._day.began, self._day.ends):
            self._day = self._read(day)
        if month != (self._month.began, self._month.ends):
            self._month = self._read(month)

    def _read(self, span: tuple[float, float]) -> _Period:
        return _Period(*span, *self._ledger.traffic_total(since=span[0], until=span[1]))
