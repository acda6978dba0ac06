"""The table of contributions in any order, filtered, searched, a stretch at a time."""

import hashlib
import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger
from lightwork.history.table import View, words_of
from lightwork.protocol.control import Column

SENDING, PENDING, VERIFIED, REJECTED, RETURNED = ContributionState
NAMES = {"p": "Übung", "q": "Проект «Роза»", "r": "alpha"}  # of s no name is known
VALUES = {
    Column.TIME: lambda row: row.at,
    Column.PROJECT: lambda row: (NAMES.get(row.project, row.project).casefold(), row.project),
    Column.ROUND: lambda row: row.base_version,
    Column.STEPS: lambda row: row.steps,
    Column.TOKENS: lambda row: row.tokens,
    Column.CREDIT: lambda row: row.operations,
    Column.SIZE: lambda row: row.length,
    Column.VERDICT: lambda row: list(ContributionState).index(row.state),
}


def digest(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def add(ledger, number, project="p", state=SENDING, reason="", **changes):
    work = {"base_version": 1, "steps": 2, "tokens": 3, "operations": 4, "length": 5, "at": float(number)}
    ledger.record_contribution(project, digest(number), **work | changes)
    if state in (VERIFIED, REJECTED):
        row = ledger.contribution(project, digest(number))
        ledger.record_receipt(
            project,
            number=ledger.last_receipt(project) + 1,
            digest=row.digest,
            round=row.base_version,
            tokens=row.tokens,
            steps=row.steps,
            operations=row.operations,
            verified=state is VERIFIED,
            reason=reason,
            issued=row.at,
            document=b"signed",
        )
    elif state is not SENDING:
        ledger.set_state(project, digest(number), state, reason)


def named(ledger):
    for project, name in NAMES.items():
        ledger.remember_project(project, link="l", name=name, serial=1, at=0.0)


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    named(opened)
    yield opened
    opened.close()


def found(ledger, search="", **view):
    total, rows = ledger.table(View(words=words_of(search), **view), descending=False, limit=500, offset=0)
    assert total == len(rows)
    return [row.contribution.digest for row in rows]


small = st.integers(0, 2)
contributions = st.lists(
    st.tuples(st.sampled_from("pqrs"), st.sampled_from(list(ContributionState)), small, small, small, small),
    max_size=25,
)


@given(contributions, st.data())
@settings(deadline=None, max_examples=40)
def test_every_stretch_is_that_of_the_whole_table(tmp_path_factory, rows, data):
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    try:
        named(ledger)
        for number, (project, state, base, tokens, length, at) in enumerate(rows):
            work = {
                "base_version": base,
                "tokens": tokens,
                "operations": 7 * tokens,
                "length": length + 1,
                "at": float(at),
            }
            add(ledger, number, project, state, "late" if state is RETURNED else "", **work)
            if state is RETURNED and at == 0:  # sent again
                ledger.record_contribution(project, digest(number), steps=9, **work)
        everything = [
            row for number, (project, *_) in enumerate(rows) if (row := ledger.contribution(project, digest(number)))
        ]
        order, descending = data.draw(st.sampled_from(list(Column))), data.draw(st.booleans())
        project, state = (
            data.draw(st.sampled_from([None, *"pqrsx"])),
            data.draw(st.sampled_from([None, *ContributionState])),
        )
        offset, limit = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 30))
        expected = sorted(
            (row for row in everything if project in (None, row.project) and state in (None, row.state)),
            key=lambda row: (VALUES[order](row), row.at),
            reverse=descending,
        )
        total, stretch = ledger.table(View(order, project, state), descending=descending, limit=limit, offset=offset)
        assert total == len(expected)
        keys = [(VALUES[order](row), row.at) for row in expected[offset : offset + limit]]
        assert [(VALUES[order](row.contribution), row.contribution.at) for row in stretch] == keys
        whole = ledger.table(View(order, project, state), descending=descending, limit=500, offset=0)[1]
        assert stretch == whole[offset : offset + limit]  # ties stay where they are
        assert sorted(row.contribution.digest for row in whole) == sorted(row.digest for row in expected)
        assert all(
            row.contribution == ledger.contribution(row.contribution.project, row.contribution.digest) for row in whole
        )
        judged = {(one.project, one.digest): one.number for one in ledger.receipts()}
        assert all(row.receipt == judged.get((row.contribution.project, row.contribution.digest)) for row in whole)
    finally:
        ledger.close()


def test_ties_are_in_the_order_of_coming(ledger):
    for number in (4, 1, 3):
        add(ledger, number, at=7.0)
    rows = ledger.table(View(Column.TOKENS), descending=False, limit=9, offset=0)[1]
    assert [row.contribution.digest for row in rows] == [digest(4), digest(1), digest(3)]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("  \t ", [1, 2, 3, 4, 5]),
        ("РОЗА", [2, 4]),
        ("роза проект", [2, 4]),
        ("роза verified", [2]),
        ("ÜBUNG", [1, 5]),
        (unicodedata.normalize("NFD", "übung"), [1, 5]),
        ("PAYLOAD", [4]),
        ("Reject", [4]),
        ("alpha", []),
        ("s", [3]),  # the id of a project whose name is not known
        ("%", []),
        ("_", [4]),
        (digest(3), [3]),
        (digest(3)[10:20].upper(), [3]),
        (f"роза {digest(2)[:12]}", [2]),
        (f"роза {digest(3)[:12]}", []),
        (f"{digest(1)[:12]} {digest(1)[20:32]}", [1]),
        ("d" * 70, []),
    ],
)
def test_a_search_finds_rows_with_all_its_words(ledger, search, numbers):
    add(ledger, 1, "p", PENDING)
    add(ledger, 2, "q", VERIFIED)
    add(ledger, 3, "s", PENDING)
    add(ledger, 4, "q", REJECTED, "payload_invalid")
    add(ledger, 5, "p", PENDING)
    assert found(ledger, search) == [digest(number) for number in numbers]


def test_a_search_in_digests_is_in_order_too(ledger):
    twins = [number for number in range(3000) if "abc" in digest(number)]
    for number in twins:
        add(ledger, number, "pq"[number % 2], tokens=number % 3)
    add(ledger, 0)
    assert len(twins) > 20
    for order in (Column.TOKENS, Column.PROJECT, Column.VERDICT, Column.TIME):
        first = {Column.TOKENS: lambda one: one % 3, Column.PROJECT: lambda one: NAMES["pq"[one % 2]].casefold()}
        numbers = sorted(twins, key=lambda one: (first.get(order, lambda _: 0)(one), one))
        view = View(order, words=words_of("abc"))
        for descending in (False, True):
            total, rows = ledger.table(view, descending=descending, limit=7, offset=5)
            assert total == len(twins)
            wanted = numbers[::-1] if descending else numbers
            assert [row.contribution.digest for row in rows] == [digest(number) for number in wanted[5:12]]


def test_what_a_project_was_called_is_found_after_it_was_left(ledger):
    add(ledger, 1, "q", VERIFIED)
    ledger.forget_project("q")
    assert found(ledger, "роза") == [digest(1)]
    assert ledger.project_names()["q"] == NAMES["q"]


def test_counts_follow_every_move(ledger):
    def totals():
        return {
            state: ledger.table(View(state=state), descending=True, limit=0, offset=0)[0] for state in ContributionState
        }

    for number, state in enumerate(itertools.islice(itertools.cycle(ContributionState), 15)):
        add(ledger, number, state=state, reason="late" if state is RETURNED else "")
    assert totals() == dict.fromkeys(ContributionState, 3)
    ledger.record_contribution("p", digest(4), base_version=1, steps=2, tokens=3, operations=4, length=5, at=1.0)
    ledger.set_state("p", digest(0), PENDING)
    assert totals() == {SENDING: 3, PENDING: 4, VERIFIED: 3, REJECTED: 3, RETURNED: 2}


@pytest.mark.parametrize(("limit", "offset"), [(-1, 0), (1, -1), (True, 0)])
def test_a_stretch_that_cannot_be_is_refused(ledger, limit, offset):
    with pytest.raises(ValueError, match="must be a whole number"):
        ledger.table(View(), descending=True, limit=limit, offset=offset)


def test_a_long_look_holds_up_no_writer(ledger):
    for number in range(3):
        add(ledger, number)
    rows = ledger.every_contribution(None, lambda: None)
    first = next(rows)
    add(ledger, 10)  # while the look goes on
    assert [row.contribution.digest for row in (first, *rows)] == [digest(0), digest(1), digest(2)]
