"""What journals of peers come to, by table. (`bench_peers.py` itself measures, and is run by hand.)"""

import pytest
from peers.account import burst, came_back, fault_after, goes_on, longest_gap, rounds_between, steps_between
from peers.task import BEGIN, FAULT, ROUND, STEPS, Entry, Journal, read_journal


def journal(*lines: tuple[float, str, int]) -> list[Entry]:
    return [Entry(*line) for line in lines]


STEADY = journal((0, BEGIN, 0), (1, STEPS, 1), (2, STEPS, 2), (3, STEPS, 3), (4, STEPS, 4))
# Several steps an entry, as Lightwork reports them; killed at 5, back at 20, where counting begins anew.
KILLED = journal((0, BEGIN, 0), (2, STEPS, 4), (4, STEPS, 9), (20, BEGIN, 0), (24, STEPS, 3), (25, STEPS, 4))


@pytest.mark.parametrize(
    ("entries", "start", "end", "steps"),
    [
        ([], 0, 10, 0),
        (STEADY, 0, 10, 4),
        (STEADY, 1, 3, 2),  # the step that ended with the start is not in it, the one at the end is
        (STEADY, 4, 10, 0),
        (KILLED, 0, 30, 13),
        (KILLED, 3, 24, 8),
        (KILLED, 10, 30, 4),
    ],
)
def test_steps_are_those_finished_between_two_instants(
    entries: list[Entry], start: float, end: float, steps: int
) -> None:
    assert steps_between(entries, start, end) == steps


@pytest.mark.parametrize(
    ("entries", "start", "end", "gap"),
    [
        ([], 3, 10, 7),
        (STEADY, 0, 4, 1),
        (STEADY, 0, 10, 6),  # it never goes on
        (STEADY, 2.5, 4, 1),  # a step under way at the start has lasted since the one before
        (STEADY, 8, 10, 6),
        (KILLED, 4, 24, 20),
        (KILLED, 0, 3, 2),
    ],
)
def test_the_longest_gap_reaches_from_step_to_step_or_to_the_end(
    entries: list[Entry], start: float, end: float, gap: float
) -> None:
    assert longest_gap(entries, start, end) == gap


@pytest.mark.parametrize(
    ("entries", "start", "end", "still"),
    [([], 0, 10, False), (STEADY, 0, 4, True), (STEADY, 0, 10, False), (KILLED, 10, 30, True)],
)
def test_who_goes_on_has_finished_a_step_lately(entries: list[Entry], start: float, end: float, still: bool) -> None:
    assert goes_on(entries, start, end) is still


@pytest.mark.parametrize(
    ("entries", "start", "seconds"),
    [
        ([], 0, None),
        (journal((1, ROUND, 4)), 2, None),  # before it was killed
        (journal((3, ROUND, 1)), 2, None),  # alone
        (journal((3, ROUND, 1), (5, ROUND, 2), (6, ROUND, 4)), 2, 3),
    ],
)
def test_it_is_back_when_its_work_is_averaged_with_others(
    entries: list[Entry], start: float, seconds: float | None
) -> None:
    assert came_back(entries, start) == seconds


def test_rounds_and_faults_are_those_of_the_time_that_is_asked_for() -> None:
    entries = journal((1, ROUND, 4), (2, FAULT, 0), (3, ROUND, 4), (4, FAULT, 0))
    assert rounds_between(entries, 1, 3) == 1
    assert fault_after(entries, 2) == entries[3]
    assert fault_after(entries, 4) is None


@pytest.mark.parametrize(
    ("samples", "most"),
    [
        ([], 0),
        ([(0.0, 500)], 0),
        ([(0.0, 0), (0.1, 10), (0.2, 30), (0.3, 31), (0.9, 100)], 30),  # what was not watched does not count
        ([(0.0, 0), (0.1, 10), (0.2, 30), (0.3, 31)], 30),
    ],
)
def test_a_burst_is_the_most_within_some_time(samples: list[tuple[float, int]], most: int) -> None:
    assert burst(samples, 0.25) == most


def test_a_journal_that_a_kill_cut_short_is_read_up_to_there(tmp_path) -> None:
    path = tmp_path / "journal.tsv"
    kept = Journal(path)
    kept.write(STEPS, 7)
    kept.write(FAULT, text="a text\twith\nbreaks")
    kept.close()
    with path.open("a") as file:
        file.write("12.0\tste")
    assert [(entry.kind, entry.count, entry.text) for entry in read_journal(path)] == [
        (STEPS, 7, ""),
        (FAULT, 0, "a text with breaks"),
    ]
