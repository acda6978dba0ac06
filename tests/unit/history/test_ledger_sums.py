"""Sums by period equal the ledger's own totals, exactly, in every time zone."""

import hashlib
import itertools
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwork.history.ledger import Ledger
from lightwork.history.periods import bounds, bounds_since
from lightwork.history.rows import Totals
from lightwork.protocol.control import Period

if not available_timezones():
    pytest.skip("this system has no time zones", allow_module_level=True)

NOW = datetime(2024, 11, 3, 15, tzinfo=UTC).timestamp()
DAY = 86_400
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]


def digest(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def receipt(number, **changes):
    values = {
        "number": number, "digest": digest(number), "round": 3, "tokens": 640, "steps": 20, "reason": "",
        "operations": 6 * 10**9, "verified": True, "issued": NOW - 60, "document": b"signed",
    }  # fmt: skip
    return values | changes


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def summed(rows):
    return Totals(
        verified=sum(row.verified for row in rows),
        rejected=sum(row.rejected for row in rows),
        tokens=sum(row.tokens for row in rows),
        receipts=sum(row.receipts for row in rows),
    )


receipts = st.lists(
    st.tuples(
        st.sampled_from("pq"),
        st.floats(-40 * DAY, 2 * DAY),  # a host's clock may be ahead of ours
        st.booleans(),
        st.integers(0, 2**63 - 1),
        st.integers(0, 2**63 - 1),
    ),
    max_size=12,
)
used = st.lists(
    st.tuples(st.sampled_from("pqr"), st.floats(-40 * DAY, 0), st.integers(0, 10**12), st.integers(0, 10**6)),
    max_size=12,
)


@given(receipts, used, st.sampled_from(list(Period)), st.sampled_from(ZONES))
@settings(deadline=None, max_examples=60)
def test_the_sums_over_periods_are_the_ledgers_totals(tmp_path_factory, granted, spent, period, name):
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    try:
        for number, (project, ago, verified, operations, tokens) in enumerate(granted, 1):
            values = receipt(number, issued=NOW + ago, verified=verified, operations=operations, tokens=tokens)
            ledger.record_receipt(project, **values)
        for project, ago, amount, joules in spent:
            ledger.add_traffic(project, sent=amount, received=2 * amount, at=NOW + ago)
            ledger.add_energy(project, joules=joules, seconds=1.0, at=NOW + ago)
        limits = bounds(period, 50, NOW, ZoneInfo(name))
        for project in (None, "p", "q", "nobody"):
            rows = ledger.periods(limits, project)
            assert summed(rows) == ledger.totals(project)
            mine = [one for one in spent if project in (None, one[0])]
            assert sum(row.sent for row in rows) == sum(amount for _, _, amount, _ in mine)
            assert sum(row.received for row in rows) == sum(2 * amount for _, _, amount, _ in mine)
            assert math.isclose(sum(row.joules for row in rows), sum(joules for *_, joules in mine))
            assert sum(row.seconds for row in rows) == len(mine)
            oldest = ledger.oldest(project)
            if oldest is not None:
                whole = ledger.periods(bounds_since(period, oldest, NOW, ZoneInfo(name)), project)
                assert summed(whole) == summed(rows)
    finally:
        ledger.close()


def test_every_receipt_and_hour_lies_in_its_own_period(ledger):
    zone = ZoneInfo("Europe/Berlin")
    limits = bounds(Period.DAY, 3, NOW, zone)
    for number, issued in enumerate((limits[0] - 1, limits[0], limits[1] - 1, limits[1], limits[2] + DAY * 9), 1):
        ledger.record_receipt("p", **receipt(number, issued=issued, operations=10**number))
    ledger.add_traffic("p", sent=1, received=0, at=limits[1] - 1)
    ledger.add_traffic("p", sent=10, received=0, at=limits[1])
    assert [row.verified for row in ledger.periods(limits)] == [1100, 10_000, 100_000]
    assert [row.verified for row in ledger.periods(limits, from_the_beginning=True)] == [1110, 10_000, 100_000]
    assert [row.sent for row in ledger.periods(limits)] == [1, 10, 0]
    assert [(row.start, row.end) for row in ledger.periods(limits)] == list(itertools.pairwise(limits))


def test_an_hour_belongs_to_the_period_in_which_it_begins(ledger):
    zone = ZoneInfo("Asia/Kolkata")  # midnight is at half past an hour of UTC
    limits = bounds(Period.DAY, 2, NOW, zone)
    ledger.add_traffic("p", sent=1, received=0, at=limits[1] + 60)
    assert [row.sent for row in ledger.periods(limits)] == [1, 0]


def test_rounds_are_those_with_a_verified_contribution_the_newest_in_their_order(ledger):
    for number, (round_, verified) in enumerate([(7, True), (5, True), (6, False), (5, True), (9, True), (2, True)], 1):
        ledger.record_receipt("p", **receipt(number, round=round_, verified=verified))
    ledger.record_receipt("q", **receipt(1, round=8))
    assert ledger.verified_rounds("p") == [2, 5, 7, 9]
    assert ledger.verified_rounds("p", limit=2) == [7, 9]
    assert ledger.verified_rounds("nobody") == []


def test_an_empty_ledger_has_empty_periods(ledger):
    rows = ledger.periods(bounds(Period.MONTH, 5, NOW))
    assert len(rows) == 5
    assert summed(rows) == Totals()
    assert ledger.oldest() is None
