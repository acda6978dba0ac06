"""One system's run: so long undisturbed, then one of its peers is killed while it sends, and later started again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from peers.account import burst, came_back
from peers.swarm import HUB, Swarm, SwarmError, peer
from peers.task import SNAPSHOT

from helpers.links import Links, Traffic

_SAMPLE_SECONDS = 0.04
_BURST_SECONDS = 0.2  # "it is sending": half of its usual most within this time
_CHECK_SECONDS = 1.0
_LAST_STEP_SECONDS = 120.0  # until the step is over that was under way when the time was up
_AFTER_RETURN = 10.0  # to see that it stays


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Seconds. `victim` is a peer's number; with `cable` it falls silent, else its kernel closes its connections."""

    train: float
    alone: float  # that the others go on without the victim
    back: float  # that it has to come back
    kill_within: float  # at the latest after the end of training, should it never send
    victim: int
    cable: bool


@dataclass(kw_only=True)
class Seen:
    """Instants of the monotonic clock, and traffic by computer since it was started. 0.0: it did not come to that."""

    begun: float = 0.0
    begun_unix: float = 0.0
    ended: float = 0.0
    killed: float = 0.0
    killed_sending: bool = False
    started_again: float = 0.0
    finished: float = 0.0
    traffic: dict[str, Traffic] = field(default_factory=dict)
    trouble: str = ""


class Experiment:
    """Carries a schedule out. What it has seen so far is in `seen`, whatever happens."""

    def __init__(self, swarm: Swarm, links: Links, schedule: Schedule, peers: int, snapshots: int) -> None:
        """`snapshots`: the number of the one that peers write when the training's time is up; 0: they write none."""
        self.seen = Seen()
        self._swarm, self._links, self._schedule = swarm, links, schedule
        self._numbers = list(range(peers))
        self._snapshots = snapshots
        self._sent: list[tuple[float, int]] = []  # by the victim

    def run(self) -> None:
        """All of it. The clock runs from the start of the peers' processes. Raises SwarmError if a peer ends early."""
        swarm, seen, schedule = self._swarm, self.seen, self._schedule
        before = {name: swarm.traffic(name) for name in (*map(peer, self._numbers), HUB)}
        swarm.start_hub()
        seen.begun, seen.begun_unix = time.monotonic(), time.time()
        swarm.start(self._numbers, seen.begun)
        self._watch(seen.begun + schedule.train, self._numbers)
        seen.ended = seen.begun + schedule.train
        seen.traffic = {name: swarm.traffic(name).since(before[name]) for name in before}
        self._await_snapshots()
        self._kill()
        self._wait(seen.killed + schedule.alone, lambda: False)
        self._start_again()
        seen.finished = time.monotonic()

    def _watch(self, until: float, numbers: Sequence[int]) -> None:
        """Wait, look after the peers, and note what the victim sends."""
        checked = 0.0
        while (now := time.monotonic()) < until:
            self._sample(now)
            if now > checked + _CHECK_SECONDS:
                self._swarm.check(numbers)
                checked = now
            time.sleep(_SAMPLE_SECONDS)

    def _sample(self, now: float) -> None:
        self._sent.append((now, self._swarm.traffic(peer(self._schedule.victim)).sent))

    def _await_snapshots(self) -> None:
        def all_there() -> bool:
            return not self._snapshots or all(
                any(entry.kind == SNAPSHOT and entry.count >= self._snapshots for entry in self._swarm.journal(number))
                for number in self._numbers
            )

        self._wait(time.monotonic() + _LAST_STEP_SECONDS, all_there)
        if not all_there():
            raise SwarmError("the last snapshot of the weights is missing")

    def _kill(self) -> None:
        """Kill the victim while it sends."""
        victim = peer(self._schedule.victim)
        enough = burst(self._sent, _BURST_SECONDS) // 2
        deadline = time.monotonic() + self._schedule.kill_within
        self._sent = []
        while not self.seen.killed_sending and time.monotonic() < deadline:
            self._sample(time.monotonic())
            self.seen.killed_sending = burst(self._sent[-10:], _BURST_SECONDS) >= enough > 0
            time.sleep(_SAMPLE_SECONDS)
        if self._schedule.cable:
            self._links.cut(victim)
        self.seen.killed = time.monotonic()
        self._swarm.kill(victim)

    def _start_again(self) -> None:
        """Start the victim again, and wait until its work counts, or its time is over."""
        number, schedule, seen = self._schedule.victim, self._schedule, self.seen
        self._links.mend(peer(number))
        seen.started_again = time.monotonic()
        self._swarm.start([number], seen.begun)

        def is_back() -> bool:
            return came_back(self._swarm.journal(number), seen.started_again) is not None

        self._wait(seen.started_again + schedule.back, lambda: is_back() or not self._swarm.running(number))
        if is_back():
            self._wait(time.monotonic() + _AFTER_RETURN, lambda: False)
        elif not self._swarm.running(number):
            seen.trouble = f"it ends at once: {self._swarm.end_of_log(peer(number)).strip().splitlines()[-1]}"

    @staticmethod
    def _wait(until: float, condition: Callable[[], bool]) -> bool:
        while time.monotonic() < until:
            if condition():
                return True
            time.sleep(0.25)
        return condition()
