"""What journals come to. Pure: entries and instants (seconds of one monotonic clock) go in, figures come out."""

from collections.abc import Iterable, Sequence

from peers.task import BEGIN, FAULT, ROUND, STEPS, Entry


def steps_between(entries: Iterable[Entry], start: float, end: float) -> int:
    """Local steps that were finished after `start` and not after `end`, by one process after another."""
    total = before = 0
    for entry in entries:
        if entry.kind == BEGIN:
            before = 0
        elif entry.kind == STEPS:
            if start < entry.at <= end:
                total += entry.count - before
            before = entry.count
    return total


def longest_gap(entries: Iterable[Entry], start: float, end: float) -> float:
    """Longest time without a finished step that had not ended at `start`, up to `end` at most, in seconds."""
    longest, last = 0.0, start
    for entry in entries:
        if entry.kind == STEPS and entry.at <= end:
            if entry.at > start:
                longest = max(longest, entry.at - last)
            last = entry.at
    return max(longest, end - last)


def rounds_between(entries: Iterable[Entry], start: float, end: float) -> int:
    """Averagings in which this peer's work counted."""
    return sum(entry.kind == ROUND and start < entry.at <= end for entry in entries)


def came_back(entries: Iterable[Entry], start: float) -> float | None:
    """Seconds from `start` until this peer's work was first averaged with somebody else's; None if it never was."""
    for entry in entries:
        if entry.kind == ROUND and entry.at > start and entry.count > 1:
            return entry.at - start
    return None


def fault_after(entries: Iterable[Entry], start: float) -> Entry | None:
    """The first fault after that."""
    return next((entry for entry in entries if entry.kind == FAULT and entry.at > start), None)


def goes_on(entries: Sequence[Entry], start: float, end: float) -> bool:
    """Whether a step was finished in the last half of that time."""
    return steps_between(entries, (start + end) / 2, end) > 0


def burst(samples: Sequence[tuple[float, int]], seconds: float) -> int:
    """Most bytes within so many seconds, from (instant, bytes sent so far) in the order of time."""
    most = first = 0
    for at, sent in samples:
        while samples[first][0] < at - seconds:
            first += 1
        most = max(most, sent - samples[first][1])
    return most
