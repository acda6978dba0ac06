"""Electricity and pauses in the ledger."""

import math

import pytest

from lightwork.history.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    book = Ledger.open(tmp_path / "ledger.sqlite")
    yield book
    book.close()


def test_energy_adds_up_by_hour_and_over_projects(ledger):
    for project, at, joules in [("a", 0, 10), ("a", 3599, 5), ("a", 3600, 2), ("b", 3600, 1)]:
        ledger.add_energy(project, joules=joules, seconds=1, at=at)
    assert ledger.energy_total(since=0) == (18, 4)
    assert ledger.energy_total(since=3700) == (3, 2)
    assert ledger.energy_total(since=7200) == (0, 0)


@pytest.mark.parametrize("joules", [-1.0, math.nan, math.inf])
def test_impossible_energy_is_refused(ledger, joules):
    with pytest.raises(ValueError, match="energy must be finite"):
        ledger.add_energy("a", joules=joules, seconds=1, at=0)
    assert ledger.energy_total(since=0) == (0, 0)


def test_a_pause_is_kept_with_what_it_gave_back_and_ends_once(ledger):
    first = ledger.begin_pause("game", "Elden Ring", at=100.0)
    second = ledger.begin_pause("person", "", at=200.0)
    ledger.pause_gave_back(first, memory=6_100_000_000, seconds=0.8)
    ledger.end_pause(first, at=150.0)
    ledger.end_pause(first, at=999.0)
    newest, oldest = ledger.pauses()
    assert (newest.number, newest.ended, newest.memory, newest.seconds) == (second, None, None, None)
    assert (oldest.reason, oldest.cause, oldest.ended) == ("game", "Elden Ring", 150.0)
    assert (oldest.memory, oldest.seconds) == (6_100_000_000, 0.8)
    assert ledger.pauses(limit=1, offset=1) == [oldest]


def test_spans_of_pauses_by_reason(ledger):
    for reason, began, ended in [
        ("data_month", 0.0, 50.0),
        ("data_day", 60.0, 150.0),
        ("game", 160.0, 170.0),
        ("data_day", 180.0, None),  # a crash cut it short
        ("data_month", 200.0, 300.0),
        ("data_day", 400.0, None),  # it lasts
    ]:
        number = ledger.begin_pause(reason, "", at=began)
        if ended is not None:
            ledger.end_pause(number, at=ended)
    both = ("data_day", "data_month")
    assert ledger.pause_spans(both, since=100.0, now=500.0) == [(60.0, 150.0), (200.0, 300.0), (400.0, 500.0)]
    assert ledger.pause_spans(("game",), since=0.0, now=500.0) == [(160.0, 170.0)]
    assert ledger.pause_spans((), since=0.0, now=500.0) == []
