"""Ledgers of every released version are opened by this program, and newer ones are refused untouched."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import ContributionState
from lightwork.history.database import Database
from lightwork.history.ledger import Ledger
from lightwork.history.rows import PauseRow, ProjectRow, Totals, TrafficRow
from lightwork.history.schema import MIGRATIONS
from lightwork.history.table import View

HERE = Path(__file__).parent
NEXT = (*MIGRATIONS, ("ALTER TABLE projects ADD COLUMN note TEXT NOT NULL DEFAULT ''", "DROP TABLE traffic"))


def restored(version, folder):
    """A ledger file made from the SQL text that a program of that version left."""
    path = folder / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((HERE / f"ledger_{version}.sql").read_text(encoding="utf-8"))
    return path


def tables_of(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump()), connection.execute("PRAGMA user_version").fetchone()[0]


def test_there_is_a_file_of_every_version():
    kept = {int(path.stem.removeprefix("ledger_")) for path in HERE.glob("ledger_*.sql")}
    assert kept == set(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_released_ledger_is_read_whole(tmp_path, version):
    ledger = Ledger.open(restored(version, tmp_path))
    try:
        assert ledger.set_aside is None
        assert ledger.totals() == Totals(
            verified=14_400_000_000, pending=7_200_000_000, rejected=3_600_000_000, tokens=2400, receipts=3
        )
        assert ledger.last_receipt("a" * 64) == 3
        assert [(row.state, row.reason, row.length) for row in ledger.contributions()] == [
            (ContributionState.SENDING, "", 900),
            (ContributionState.PENDING, "", 900),
            (ContributionState.RETURNED, "late", 900),
            (ContributionState.REJECTED, "payload_invalid", 900),
            (ContributionState.VERIFIED, "", 0),
            (ContributionState.VERIFIED, "", 900),
        ]
        assert [row.document for row in ledger.receipts()] == [b"signed 3", b"signed 2", b"signed \x00\xff"]
        assert ledger.traffic() == [TrafficRow(project="a" * 64, hour=472222, sent=900, received=70000)]
        assert ledger.project("a" * 64) == ProjectRow(
            project="a" * 64, link="http://localhost:1/join", name="Übung", serial=7, joined=1.7e9, seen=1.7e9 + 60
        )
    finally:
        ledger.close()


def test_energy_and_pauses_of_version_2_are_read(tmp_path):
    ledger = Ledger.open(restored(2, tmp_path))
    try:
        assert ledger.energy_total(since=0) == (36_000.0, 200.0)
        assert ledger.pauses() == [
            PauseRow(
                number=1,
                reason="game",
                cause="Elden Ring",
                began=1.7e9,
                ended=1.7e9 + 60,
                memory=6_100_000_000,
                seconds=0.8,
            )
        ]
    finally:
        ledger.close()


def test_names_and_the_hosts_keys_of_version_3_are_read(tmp_path):
    ledger = Ledger.open(restored(3, tmp_path))
    try:
        assert ledger.project_names() == {"a" * 64: "Übung"}
        assert ledger.host_keys("a" * 64) == {"ab" * 32}
    finally:
        ledger.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_the_table_of_contributions_is_whole_and_keeps_counting(tmp_path, version):
    ledger = Ledger.open(restored(version, tmp_path))
    try:
        total, rows = ledger.table(View(), descending=True, limit=10, offset=0)
        assert total == 6
        assert [row.contribution for row in rows] == ledger.contributions()
        assert sorted(row.receipt for row in rows if row.receipt is not None) == [1, 2, 3]
        (pending,) = ledger.contributions(state=ContributionState.PENDING)
        ledger.set_state(pending.project, pending.digest, ContributionState.RETURNED, "late")
        counts = [ledger.table(View(state=state), descending=True, limit=0, offset=0)[0] for state in ContributionState]
        assert counts == [1, 0, 2, 1, 2]
    finally:
        ledger.close()


def test_the_keys_by_which_receipts_were_checked_before_are_known_afterwards(tmp_path):
    path = restored(2, tmp_path)
    key = "0123456789abcdef" * 4
    documents = {1: {"body": "", "key": key}, 2: {"body": "", "key": "no key"}, 3: {"key": 7}}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for number, document in documents.items():
            content = json.dumps(document).encode()
            connection.execute("UPDATE receipts SET document = ? WHERE number = ?", (content, number))
    ledger = Ledger.open(path)
    try:
        assert ledger.host_keys("a" * 64) == {key}
    finally:
        ledger.close()


def test_a_new_ledger_has_the_tables_of_the_newest_fixture(tmp_path):
    (tmp_path / "old").mkdir()
    Ledger.open(tmp_path / "new.sqlite").close()
    restored(len(MIGRATIONS), tmp_path / "old")
    schemas = []
    for path in (tmp_path / "new.sqlite", tmp_path / "old" / "ledger.sqlite"):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            schemas.append(sorted(connection.execute("SELECT name, sql FROM sqlite_master").fetchall()))
    assert schemas[0] == schemas[1]


def test_a_migration_keeps_a_copy_of_the_file_before_it(tmp_path):
    path = restored(1, tmp_path)
    before = tables_of(path)
    Database.open(path, NEXT[: len(MIGRATIONS) + 1]).close()
    assert tables_of(path)[1] == len(MIGRATIONS) + 1
    assert "note" in "".join(tables_of(path)[0])
    assert tables_of(path.with_name("ledger.sqlite.version-1")) == before
    assert not list(tmp_path.glob("*.part*"))


def test_a_migration_that_fails_changes_nothing(tmp_path):
    path = restored(1, tmp_path)
    before = tables_of(path)
    with pytest.raises(sqlite3.OperationalError):
        Database.open(path, (*NEXT, ("DROP TABLE projects", "DROP TABLE absent")))
    assert tables_of(path) == before
    ledger = Ledger.open(path)
    assert ledger.totals().receipts == 3
    ledger.close()


def test_a_newer_ledger_is_refused_and_left_alone(tmp_path):
    path = restored(1, tmp_path)
    Database.open(path, NEXT).close()
    before = path.read_bytes()
    with pytest.raises(LightworkError) as caught:
        Ledger.open(path)
    assert caught.value.trouble is Trouble.LEDGER_NEWER
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.damaged*"))
