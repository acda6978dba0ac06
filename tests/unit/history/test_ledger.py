"""What the ledger takes, what it refuses, and that its sums are right."""

import dataclasses
import hashlib
import itertools
import sqlite3
import threading

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger
from lightwork.history.rows import ProjectRow, Totals, TrafficRow

SENDING, PENDING, VERIFIED, REJECTED, RETURNED = ContributionState
WORK = {"base_version": 3, "steps": 20, "tokens": 640, "operations": 6 * 10**9, "length": 5000}
HOUR = 3600


def digest(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def receipt(number, *, of=None, **changes):
    values = {
        "number": number,
        "digest": digest(number if of is None else of),
        "round": 3,
        "tokens": 640,
        "steps": 20,
        "operations": 6 * 10**9,
        "verified": True,
        "reason": "",
        "issued": 1000.0 + number,
        "document": b"signed",
    }
    return values | changes


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def everything(ledger):
    return (
        ledger.contributions(limit=10_000),
        ledger.receipts(limit=10_000),
        ledger.traffic(),
        ledger.projects(),
        ledger.totals(),
    )


def test_a_contribution_is_noted_once(ledger):
    ledger.record_contribution("p", digest(1), **WORK, at=5.0)
    ledger.record_contribution("p", digest(1), **WORK, at=9.0)
    row = ledger.contribution("p", digest(1))
    assert (row.state, row.at, row.tokens) == (SENDING, 5.0, 640)
    assert ledger.contributions() == [row]
    assert ledger.contribution("q", digest(1)) is None
    ledger.record_contribution("q", digest(1), **WORK, at=5.0)
    assert len(ledger.contributions()) == 2


@pytest.mark.parametrize("name", WORK)
def test_a_contribution_with_other_numbers_is_refused(ledger, name):
    ledger.record_contribution("p", digest(1), **WORK, at=5.0)
    before = everything(ledger)
    with pytest.raises(ValueError, match="other numbers"):
        ledger.record_contribution("p", digest(1), **{**WORK, name: WORK[name] + 1}, at=5.0)
    assert everything(ledger) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in WORK for value in (-1, 2**63, True, 1.0)]
    + [("length", 0), ("at", float("nan")), ("at", float("inf")), ("digest", "A" * 64), ("digest", "ab")],
)
def test_numbers_that_cannot_be_are_refused_by_name(ledger, name, value):
    values = {"digest": digest(1), **WORK, "at": 5.0, name: value}
    with pytest.raises(ValueError, match="time" if name == "at" else name):
        ledger.record_contribution("p", values.pop("digest"), **values)
    assert ledger.contributions() == []


LEGAL = {
    (SENDING, PENDING), (SENDING, VERIFIED), (SENDING, REJECTED), (SENDING, RETURNED),
    (PENDING, VERIFIED), (PENDING, REJECTED), (PENDING, RETURNED),
}  # fmt: skip


@pytest.mark.parametrize(("start", "end"), list(itertools.product(ContributionState, repeat=2)))
def test_only_the_listed_moves_are_made(ledger, start, end):
    ledger.record_contribution("p", digest(1), **WORK, at=5.0)
    ledger.set_state("p", digest(1), start, "first")
    before = ledger.contribution("p", digest(1))
    if start is end:
        ledger.set_state("p", digest(1), end, "second")
        assert ledger.contribution("p", digest(1)) == before
    elif (start, end) in LEGAL:
        ledger.set_state("p", digest(1), end, "second")
        assert ledger.contribution("p", digest(1)) == dataclasses.replace(before, state=end, reason="second")
    else:
        with pytest.raises(ValueError, match=f"from {start} to {end}"):
            ledger.set_state("p", digest(1), end)
        assert ledger.contribution("p", digest(1)) == before


def test_the_state_of_an_unknown_contribution_cannot_be_set(ledger):
    with pytest.raises(ValueError, match="not in the ledger"):
        ledger.set_state("p", digest(1), PENDING)


@pytest.mark.parametrize("start", ContributionState)
@pytest.mark.parametrize("verified", [True, False])
def test_a_receipt_has_the_last_word(ledger, start, verified):
    ledger.record_contribution("p", digest(1), **WORK, at=5.0)
    ledger.set_state("p", digest(1), start)
    assert ledger.record_receipt("p", **receipt(1, verified=verified, reason="judged"))
    row = ledger.contribution("p", digest(1))
    assert (row.state, row.reason) == (VERIFIED if verified else REJECTED, "judged")


def test_the_same_receipt_is_taken_once(ledger):
    assert ledger.record_receipt("p", **receipt(1)) is True
    before = everything(ledger)
    assert ledger.record_receipt("p", **receipt(1)) is False
    assert everything(ledger) == before
    assert ledger.record_receipt("q", **receipt(1)) is True


@pytest.mark.parametrize(
    "other",
    [receipt(1, of=2), receipt(2, of=1), receipt(1, tokens=641), receipt(1, verified=False), receipt(1, document=b"x")],
    ids=["its number", "its contribution", "other tokens", "other verdict", "other document"],
)
def test_a_receipt_that_contradicts_another_is_refused(ledger, other):
    ledger.record_receipt("p", **receipt(1))
    before = everything(ledger)
    with pytest.raises(ValueError, match="other content"):
        ledger.record_receipt("p", **other)
    assert everything(ledger) == before


def test_a_receipt_that_joins_two_others_is_refused(ledger):
    ledger.record_receipt("p", **receipt(1))
    ledger.record_receipt("p", **receipt(2))
    with pytest.raises(ValueError, match="other content"):
        ledger.record_receipt("p", **receipt(1, of=2))


def test_a_lost_contribution_comes_back_with_its_receipt(ledger):
    ledger.record_receipt("p", **receipt(1))
    row = ledger.contribution("p", digest(1))
    assert (row.state, row.tokens, row.operations, row.length) == (VERIFIED, 640, 6 * 10**9, 0)
    ledger.record_contribution("p", digest(1), **WORK, at=5.0)
    assert ledger.contribution("p", digest(1)) == dataclasses.replace(row, length=5000, at=5.0)


@given(st.sets(st.integers(1, 12)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_the_last_receipt_is_the_end_of_the_unbroken_row(ledger, numbers):
    project = repr(sorted(numbers))
    for number in numbers:
        ledger.record_receipt(project, **receipt(number))
    assert ledger.last_receipt(project) == next(n for n in itertools.count() if n + 1 not in numbers)


def test_lists_are_newest_first_and_come_in_pages(ledger):
    for number in range(1, 6):
        ledger.record_contribution("p" if number % 2 else "q", digest(number), **WORK, at=float(number))
        ledger.record_receipt("p" if number % 2 else "q", **receipt(number))
    assert [row.number for row in ledger.receipts()] == [5, 4, 3, 2, 1]
    assert [row.number for row in ledger.receipts("p", limit=2, offset=1)] == [3, 1]
    assert [row.number for row in ledger.receipts(since=1004.0)] == [5, 4]
    assert [row.at for row in ledger.contributions("q")] == [4.0, 2.0]
    assert [row.at for row in ledger.contributions(limit=1, offset=4)] == [1.0]
    ledger.record_contribution("p", digest(9), **WORK, at=9.0)
    assert [row.at for row in ledger.contributions(state=SENDING)] == [9.0]
    with pytest.raises(ValueError, match="limit"):
        ledger.receipts(limit=-1)


def test_sums_go_beyond_64_bits(ledger):
    largest = 2**63 - 1
    for number in (1, 2, 3):
        ledger.record_receipt("p", **receipt(number, operations=largest, tokens=largest))
    ledger.record_contribution("p", digest(4), **{**WORK, "operations": largest}, at=1.0)
    ledger.record_contribution("p", digest(5), **{**WORK, "operations": largest}, at=1.0)
    ledger.set_state("p", digest(4), PENDING)
    ledger.set_state("p", digest(5), PENDING)
    assert ledger.totals() == Totals(verified=3 * largest, tokens=3 * largest, pending=2 * largest, receipts=3)


RECEIPTS = st.lists(
    st.fixed_dictionaries(
        {
            "project": st.sampled_from("pq"),
            "number": st.integers(1, 8),
            "of": st.integers(1, 8),
            "operations": st.integers(0, 2**63 - 1),
            "tokens": st.integers(0, 2**40),
            "verified": st.booleans(),
            "issued": st.floats(0, 100),
        }
    ),
    max_size=12,
)
MOVES = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(list(ContributionState))), max_size=8)


def play(ledger, receipts, moves):
    """Do all of it, contradictions included, and give back the receipts that were taken."""
    taken = {}
    for number in range(1, 9):
        ledger.record_contribution("p", digest(number), **WORK, at=1.0)
    for number, state in moves:
        try:
            ledger.set_state("p", digest(number), state)
        except ValueError:
            continue
    for drawn in receipts:
        values = dict(drawn)
        project = values.pop("project")
        whole = receipt(values.pop("number"), of=values.pop("of"), **values)
        try:
            ledger.record_receipt(project, **whole)
        except ValueError:
            continue
        taken[project, whole["number"]] = whole
        ledger.totals(project)
    return taken


@given(RECEIPTS, MOVES, st.floats(0, 100))
@settings(deadline=None, max_examples=40)
def test_totals_are_the_sums_of_the_receipts_and_a_second_time_changes_nothing(
    tmp_path_factory, receipts, moves, since
):
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    try:
        taken = play(ledger, receipts, moves)
        before = everything(ledger)
        play(ledger, receipts, moves)
        assert everything(ledger) == before
        for project, start in itertools.product((None, "p", "q"), (None, since)):
            mine = [
                values
                for (owner, _), values in taken.items()
                if project in (None, owner) and (start is None or values["issued"] >= start)
            ]
            good = [values for values in mine if values["verified"]]
            waiting = ledger.contributions(project, state=PENDING)
            assert ledger.totals(project, since=start) == Totals(
                verified=sum(values["operations"] for values in good),
                rejected=sum(values["operations"] for values in mine if not values["verified"]),
                tokens=sum(values["tokens"] for values in good),
                receipts=len(mine),
                pending=sum(row.operations for row in waiting),
            )
    finally:
        ledger.close()


@given(
    st.lists(
        st.tuples(st.sampled_from("pq"), st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0, 5 * HOUR)),
        max_size=15,
    ),
    st.floats(0, 6 * HOUR),
)
@example([("p", 0, 1, 0.0)], 5e-324)  # a part of an hour, though divided by an hour's length it is nothing
@settings(deadline=None, max_examples=30)
def test_traffic_is_summed_by_project_and_hour(tmp_path_factory, parts, since):
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    try:
        expected = {}
        for project, sent, received, at in parts:
            ledger.add_traffic(project, sent=sent, received=received, at=at)
            before = expected.get((int(at // HOUR), project), (0, 0))
            expected[int(at // HOUR), project] = (before[0] + sent, before[1] + received)
        rows = [
            TrafficRow(project=project, hour=hour, sent=sent, received=received)
            for (hour, project), (sent, received) in sorted(expected.items())
            if hour >= since // HOUR
        ]
        assert ledger.traffic(since=since) == rows
        assert ledger.traffic(since=since, project="p") == [row for row in rows if row.project == "p"]
        assert ledger.traffic_total(since=since) == (sum(row.sent for row in rows), sum(row.received for row in rows))
        for until in (since, since + 0.5 * HOUR, since + 2 * HOUR):
            part = [row for row in rows if row.hour * HOUR < until]
            total = sum(row.sent for row in part), sum(row.received for row in part)
            assert ledger.traffic_total(since=since, until=until) == total
    finally:
        ledger.close()


def test_negative_traffic_is_refused(ledger):
    with pytest.raises(ValueError, match="sent"):
        ledger.add_traffic("p", sent=-1, received=0, at=0.0)
    assert ledger.traffic() == []


def test_a_project_never_goes_back_to_an_older_manifest(ledger):
    ledger.remember_project("p", link="l", name="n", serial=4, at=10.0)
    ledger.remember_project("o", link="l", name="n", serial=1, at=20.0)
    ledger.remember_project("p", link="l2", name="n2", serial=5, at=30.0)
    newest = ProjectRow(project="p", link="l2", name="n2", serial=5, joined=10.0, seen=30.0)
    with pytest.raises(ValueError, match="older"):
        ledger.remember_project("p", link="evil", name="evil", serial=4, at=40.0)
    assert ledger.project("p") == newest
    assert [row.project for row in ledger.projects()] == ["p", "o"]


def test_leaving_a_project_keeps_what_was_earned(ledger):
    ledger.remember_project("p", link="l", name="n", serial=4, at=10.0)
    ledger.record_receipt("p", **receipt(1))
    ledger.add_traffic("p", sent=1, received=2, at=0.0)
    ledger.forget_project("p")
    assert ledger.project("p") is None
    assert ledger.totals("p").receipts == 1
    assert ledger.traffic_total(since=0) == (1, 2)
    ledger.remember_project("p", link="l", name="n", serial=1, at=50.0)


def test_everything_is_there_after_closing_and_opening(tmp_path, ledger):
    ledger.remember_project("p", link="l", name="n", serial=4, at=10.0)
    ledger.record_receipt("p", **receipt(1, reason="sp\u00e4t \N{SNOWMAN}", document=bytes(range(256))))
    ledger.record_contribution("p", digest(2), **WORK, at=1.0)
    ledger.add_traffic("p", sent=1, received=2, at=0.0)
    before = everything(ledger)
    ledger.close()
    ledger.close()
    again = Ledger.open(tmp_path / "ledger.sqlite")
    assert everything(again) == before
    assert again.set_aside is None
    again.close()
    with pytest.raises(sqlite3.ProgrammingError):
        again.totals()


def test_many_threads_share_one_ledger(ledger):
    def work(name):
        for number in range(1, 16):
            ledger.record_receipt(name, **receipt(number))
            ledger.add_traffic("all", sent=1, received=2, at=0.0)
            assert ledger.totals(name).receipts == number

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.totals().receipts == 60
    assert ledger.traffic_total(since=0) == (60, 120)
