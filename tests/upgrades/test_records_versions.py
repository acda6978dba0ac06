"""A host's records of every released version are opened by this program, and nothing in them is lost."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from lightwork.domain.status import LossPoint
from lightwork.host.records import accounts, leases, receipts, rounds, versions
from lightwork.host.records.database import Database
from lightwork.host.records.migrate import MIGRATIONS

HERE = Path(__file__).parent
ANN, BOB, CID = "a" * 64, "b" * 64, "c" * 64
OLD = sorted(path.stem.removeprefix("records_") for path in HERE.glob("records_*.sql"))


def test_there_is_a_file_of_every_version_before_the_newest() -> None:
    revisions = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert sorted(revisions)[:-1] == OLD


@pytest.mark.parametrize("version", OLD)
def test_old_records_are_opened_and_a_copy_stays(tmp_path: Path, version: str) -> None:
    path = tmp_path / "records.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((HERE / f"records_{version}.sql").read_text(encoding="utf-8"))
    database = Database.open(f"sqlite:///{path}")
    with database.writing() as connection:
        found = {name: accounts.find(connection, name) for name in (ANN, BOB, CID)}
        assert found == {
            ANN: accounts.Account(ANN, leases=3, receipts=3, tokens=541, banned=False),  # not those of the rejected one
            BOB: accounts.Account(BOB, leases=1, receipts=1, tokens=0, banned=False),
            CID: accounts.Account(CID, leases=0, receipts=0, tokens=0, banned=False),
        }
        assert receipts.verified_tokens(connection) == 541
        assert leases.held(connection, ANN, ["lease0"])["lease0"].counted
        assert len(receipts.after(connection, ANN, 0, 10)) == 3
        assert versions.oldest_update(connection) == 0
        assert rounds.losses(connection, 5) == (LossPoint(version=1, loss=2.5),)
        assert not accounts.admit(connection, ANN, "n" * 16, 101, 60.0)  # nonces are still remembered
    database.close()
    assert (tmp_path / f"records.sqlite.version-{version}").exists()
