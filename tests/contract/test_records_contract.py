"""What every database of records must do: a SQLite file and SQLite in memory (PostgreSQL speaks the same SQL).

Each test goes through `Database` and the functions of `records`, never past them.
"""

import asyncio
import hashlib
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from helpers.tiny_project import announcement
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.domain.status import LossPoint
from lightwork.host.records import accounts, contributions, leases, receipts, rounds, versions
from lightwork.host.records.database import Database
from lightwork.host.records.migrate import MIGRATIONS
from lightwork.host.records.schema import metadata
from lightwork.host.records.versions import StateRow
from lightwork.host.replay import OVERHEAD_BYTES
from lightwork.host.validate import LeaseFacts
from lightwork.protocol.documents import (
    Checkpoint,
    Kind,
    Receipt,
    SignedDocument,
    Update,
    Verdict,
    open_document,
    public_hex,
    sign,
)
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.project import UploadPhase
from lightwork.protocol.round_plan import RoundPlan

ANN, BOB = "a" * 64, "b" * 64
KEY = Ed25519PrivateKey.generate()
PLAN = RoundPlan(up=Scheme())


@pytest.fixture(params=["file", "memory"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path / 'records.sqlite'}" if request.param == "file" else "sqlite://")
    yield opened
    opened.close()


def sign_receipt(receipt: Receipt) -> SignedDocument:
    return sign(Kind.RECEIPT, receipt, KEY)


def receipt(account: str, name: str, tokens: int = 5, verdict: Verdict = Verdict.VERIFIED) -> Receipt:
    return Receipt(
        project="p" * 32,
        account=account,
        number=1,
        contribution=hashlib.sha256(name.encode()).hexdigest(),
        round=0,
        steps=1,
        tokens=tokens,
        parameters=7,
        operations=42 * tokens,
        verdict=verdict,
        issued=1,
    )


# --- transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            accounts.join(connection, ANN, "1", 1.0)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    with database.reading() as connection:
        assert accounts.find(connection, ANN) is None


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        leases.add(connection, ANN, LeaseFacts("l", 1, 1.0, False), 0)


async def test_many_threads_write_without_losing_anything(database: Database) -> None:
    await database.write(accounts.join, ANN, "1", 1.0)

    def take(connection: Connection, number: int) -> None:
        found = accounts.find(connection, ANN)
        assert found is not None
        leases.add(connection, ANN, LeaseFacts(f"lease {found.leases}", number + 1, 9.0, False), 0)

    await asyncio.gather(*[database.write(take, number) for number in range(40)])
    found = await database.read(accounts.find, ANN)
    assert found is not None
    assert found.leases == 40
    assert await database.read(leases.total) == 40


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with database.reading() as reader:
        assert accounts.count(reader) == 0

        def join() -> None:
            with database.writing() as connection:
                accounts.join(connection, ANN, "1", 1.0)

        other = threading.Thread(target=join)
        other.start()
        other.join()
        assert accounts.count(reader) == 0
    with database.reading() as reader:
        assert accounts.count(reader) == 1
    database.close()


# --- rows -------------------------------------------------------------------------------------------------------------


def test_accounts_and_nonces(database: Database) -> None:
    with database.writing() as connection:
        assert accounts.join(connection, ANN, "1", 1.0) == accounts.Account(ANN, 0, 0, 0, False)
        accounts.join(connection, BOB, "1", 2.0)
        assert accounts.admit(connection, ANN, "n" * 16, 100, 50.0)
        assert not accounts.admit(connection, ANN, "n" * 16, 101, 60.0)
        assert accounts.admit(connection, BOB, "n" * 16, 100, 3.0)
        assert accounts.count(connection) == 2
        assert accounts.count(connection, 50.0) == 1
        accounts.mark_active(connection, ANN, 4)
        accounts.mark_active(connection, ANN, 3)
        assert [(found.account, found.active, found.seen) for found in accounts.volunteers(connection, 4)] == [
            (ANN, 4, 50.0)
        ]
        assert accounts.volunteers(connection, 5) == []
        accounts.forget_nonces(connection, 101)
        assert accounts.admit(connection, ANN, "n" * 16, 100, 70.0)
        assert accounts.ban(connection, ANN, True)
        assert accounts.volunteers(connection, 0) == []


def test_the_oldest_open_leases_give_way(database: Database) -> None:
    with database.writing() as connection:
        accounts.join(connection, ANN, "1", 1.0)
        for number in range(5):
            leases.add(connection, ANN, LeaseFacts(str(number), 10, 100.0 + number, False), 0)
        assert leases.use(connection, ANN, "4", "d")
        leases.end_all_but(connection, ANN, 2, 50.0)
        expires = {name: facts.expires for name, facts in leases.held(connection, ANN, list("01234")).items()}
        assert expires == {"0": 49.0, "1": 49.0, "2": 102.0, "3": 103.0, "4": 104.0}


def test_a_lease_is_counted_once(database: Database) -> None:
    with database.writing() as connection:
        for account in (ANN, BOB):
            accounts.join(connection, account, "1", 1.0)
        leases.add(connection, ANN, LeaseFacts("one", 10, 100.0, False), 0)
        leases.add(connection, ANN, LeaseFacts("two", 10, 200.0, False), 0)
        assert not leases.use(connection, BOB, "one", "d")
        assert leases.use(connection, ANN, "one", "d")
        assert not leases.use(connection, ANN, "one", "e")
        assert leases.held(connection, ANN, ["one", "two", "three"]) == {
            "one": LeaseFacts("one", 10, 100.0, True),
            "two": LeaseFacts("two", 10, 200.0, False),
        }
        assert leases.held(connection, BOB, ["one"]) == {}
        leases.sweep(connection, 150.0)
        assert list(leases.held(connection, ANN, ["one", "two"])) == ["two"]
        assert leases.total(connection) == 2


def test_the_life_of_a_contribution(database: Database) -> None:
    message = announcement(b"bytes", 3, ("lease", 7))
    with database.writing() as connection:
        accounts.join(connection, ANN, "1", 1.0)
        row = contributions.add(connection, ANN, message, version=3, place="parts/1", now=10.0)
        assert (row.announcement, row.received, row.phase) == (message, 0, UploadPhase.RECEIVING)
        assert contributions.advance(connection, row, 2, 11.0)
        assert not contributions.advance(connection, row, 2, 11.0)  # it is no longer at 0
        row = contributions.add(connection, ANN, message, version=3, place="parts/2", now=12.0)  # begun anew
        old = replace(row, place="parts/1")
        assert not contributions.finish(connection, old, UploadPhase.PENDING, 1.5, version=3, now=13.0)
        assert contributions.unfinished(connection) == [row]
        contributions.carry_over(connection, 4)  # its round closes before it is complete
        assert contributions.arrivals(connection, 3) == []
        assert [(each.base, each.phase) for each in contributions.arrivals(connection, 4)] == [
            (3, UploadPhase.RECEIVING)
        ]
        assert contributions.complete(connection, ANN, since=3) == set()
        assert contributions.finish(connection, row, UploadPhase.PENDING, 1.5, version=5, now=13.0)
        assert not contributions.finish(connection, row, UploadPhase.REJECTED, 1.5, version=5, now=13.0)
        assert contributions.complete(connection, ANN, since=3) == {(5, 3)}
        assert contributions.complete(connection, ANN, since=6) == set()
        assert contributions.complete(connection, BOB, since=3) == set()
        contributions.carry_over(connection, 6)  # does nothing, as the next: it is acknowledged
        contributions.drop(connection, ANN, message.digest)
        assert contributions.pending(connection, 6) == []
        (row,) = contributions.pending(connection, 5)
        assert (row.round, row.norm, row.received, row.touched) == (5, 1.5, 5, 13.0)
        assert contributions.arrivals(connection, 5) == [contributions.Arrival(ANN, 3, UploadPhase.PENDING, 13.0)]
        contributions.verify(connection, ANN, message.digest)
        assert contributions.count(connection)[UploadPhase.VERIFIED] == 1


def test_contributions_are_in_the_order_of_their_digests(database: Database) -> None:
    with database.writing() as connection:
        for number in range(9):
            account = f"{number:064x}"
            accounts.join(connection, account, "1", 1.0)
            message = announcement(bytes([number]), 0, ("l", 1))
            row = contributions.add(connection, account, message, version=0, place=f"parts/{number}", now=1.0)
            assert contributions.finish(connection, row, UploadPhase.PENDING, 1.0, version=0, now=1.0)
        found = [row.digest for row in contributions.pending(connection, 0)]
    assert found == sorted(found)
    assert len(found) == 9


def test_receipts_are_numbered_without_gaps_and_unique(database: Database) -> None:
    with database.writing() as connection:
        for account in (ANN, BOB):
            accounts.join(connection, account, "1", 1.0)
        for name, verdict in (("x", Verdict.VERIFIED), ("y", Verdict.REJECTED), ("z", Verdict.VERIFIED)):
            receipts.issue(connection, receipt(ANN, name, verdict=verdict), sign_receipt)
        assert receipts.issue(connection, receipt(BOB, "x"), sign_receipt).number == 1
    with pytest.raises(IntegrityError), database.writing() as connection:
        receipts.issue(connection, receipt(ANN, "x"), sign_receipt)
    with database.writing() as connection:
        receipts.issue(connection, receipt(ANN, "w", tokens=10**12), sign_receipt)
        documents = receipts.after(connection, ANN, 1, 2)
        found = [open_document(Kind.RECEIPT, document, public_hex(KEY.public_key()), Receipt) for document in documents]
        assert [item.number for item in found] == [2, 3]
        assert [item.number for item in _all(connection)] == [1, 2, 3, 4]
        assert receipts.verified_tokens(connection) == 15 + 10**12
        ann = accounts.find(connection, ANN)
        assert ann is not None
        assert (ann.receipts, ann.tokens) == (4, 10 + 10**12)  # of the verified ones


def _all(connection: Connection) -> list[Receipt]:
    key = public_hex(KEY.public_key())
    return [open_document(Kind.RECEIPT, document, key, Receipt) for document in receipts.after(connection, ANN, 0, 99)]


def test_rounds_and_losses(database: Database) -> None:
    with database.writing() as connection:
        assert rounds.newest(connection) is None
        rounds.open_round(connection, 0, 5.0)
        rounds.close(connection, 0, now=9.0, expected=2, since=8.0, spread=0.5, norm=1.5)
        rounds.open_round(connection, 1, 9.0)
        assert rounds.newest(connection) == (1, 9.0)
        assert rounds.spreads(connection, 5) == (0.5,)
        assert rounds.norms(connection, 5) == [1.5]
        for version, loss in ((0, 3.0), (2, 2.0), (5, 1.0), (2, 2.5)):
            rounds.add_loss(connection, LossPoint(version=version, loss=loss), 10)
        assert rounds.losses(connection, 2) == (LossPoint(version=2, loss=2.5), LossPoint(version=5, loss=1.0))
        assert rounds.has_loss(connection, 5)
        assert not rounds.has_loss(connection, 4)


def update_of(base: int, length: int = 1000) -> SignedDocument:
    file = FileRef(path="u", length=length, sha256="a" * 64)
    update = Update(project="p" * 32, base=base, file=file, digest="b" * 64, contributions=1, tokens=1, plan=PLAN)
    return sign(Kind.UPDATE, update, KEY)


def checkpoint_of(version: int, length: int) -> SignedDocument:
    file = FileRef(path="c", length=length, sha256="a" * 64)
    return sign(
        Kind.CHECKPOINT, Checkpoint(project="p" * 32, version=version, files=(file,), digest="b" * 64, plan=PLAN), KEY
    )


def test_versions_and_the_blobs_that_may_go(database: Database) -> None:
    # the newest checkpoint is as large as two updates with their requests
    second, fourth = checkpoint_of(2, 9999), checkpoint_of(4, 2 * (1000 + OVERHEAD_BYTES))
    with database.writing() as connection:
        versions.set_fact(connection, "serial", "1")
        versions.set_fact(connection, "serial", "2")
        assert versions.fact(connection, "serial") == "2"
        versions.loosen(connection, ["state/0/", "files/u0", "files/u0"])
        versions.replace_state(connection, StateRow(0, "state/0", {"weights": "d"}))
        for base in range(6):
            versions.add_update(connection, base, f"u{base}", f"files/u{base}", update_of(base))
        versions.prune(connection, 1, "files/")
        assert versions.oldest_update(connection) == 0  # without a checkpoint there is no other way
        for version, checkpoint in ((2, second), (4, fourth)):
            versions.add_checkpoint(connection, version, f"c{version}", f"files/c{version}", checkpoint)
        assert versions.loose_keys(connection) == []
        versions.replace_state(connection, StateRow(6, "state/6", {"weights": "e"}))
        assert versions.newest_state(connection) == StateRow(6, "state/6", {"weights": "e"})
        assert versions.loose_keys(connection) == ["state/0/"]
        versions.prune(connection, 2, "files/")
        assert versions.oldest_update(connection) == 2
        assert versions.find_update(connection, 1) is None
        assert versions.find_update(connection, 2) == update_of(2)
        assert versions.loose_keys(connection) == ["files/u0", "files/u1", "state/0/"]
        versions.prune(connection, 1, "files/")
        assert versions.oldest_update(connection) == 2
        assert versions.newest_checkpoint(connection) == (4, fourth)
        assert "files/c2" in versions.loose_keys(connection)
        assert not versions.refers_to(connection, "c2")
        assert versions.refers_to(connection, "c4")
        assert versions.refers_to(connection, "u5")


@pytest.mark.parametrize(
    ("newest", "length", "version", "every", "due"),
    [
        (None, 100, 4, 0, False),
        (None, 2001, 4, 0, True),  # versions 0 to 2 have led here with 3,000 bytes, and half of 10,000 is needed
        (2, 2001, 4, 0, False),
        (2, 4000, 4, 0, True),
        (2, 4000, 4, 3, False),
        (2, 0, 6, 3, True),
    ],
)
def test_whether_a_checkpoint_is_due(  # noqa: PLR0917  pytest passes them by name
    database: Database, newest: int | None, length: int, version: int, every: int, due: bool
) -> None:
    with database.writing() as connection:
        for base in range(3):
            versions.add_update(connection, base, f"u{base}", f"files/u{base}", update_of(base))
        if newest is not None:
            versions.add_checkpoint(connection, newest, "c", "files/c", checkpoint_of(newest, 10_000))
        assert versions.is_checkpoint_due(connection, version, every, 10_000, length) is due


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_queries_expect(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_file_waits_for_the_disk(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with database.writing() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]
    database.close()


def test_records_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    Database.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LightworkError) as caught:
        Database.open(f"sqlite:///{path}")
    assert caught.value.trouble is Trouble.RECORDS_NEWER
    assert [file.name for file in tmp_path.iterdir() if "version" in file.name] == []


THIRD = """
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("country", sa.String(2), nullable=True))
"""


def test_a_newer_program_migrates_and_keeps_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    database = Database.open(f"sqlite:///{path}")
    with database.writing() as connection:
        accounts.join(connection, ANN, "1", 1.0)
        leases.add(connection, ANN, LeaseFacts("one", 10, 100.0, False), 0)
    database.close()
    newer = tmp_path / "100% newer"
    shutil.copytree(MIGRATIONS, newer, ignore=shutil.ignore_patterns("__pycache__"))
    (newer / "versions" / "0003_third.py").write_text(THIRD)
    for _ in range(2):
        database = Database.open(f"sqlite:///{path}", newer)
        with database.reading() as connection:
            found = connection.exec_driver_sql("SELECT id, leases, country FROM accounts").all()
            assert list(leases.held(connection, ANN, ["one"])) == ["one"]
        database.close()
        assert [tuple(row) for row in found] == [(ANN, 1, None)]
    copy = Database.open(f"sqlite:///{tmp_path / 'records.sqlite.version-0002'}")
    with copy.reading() as connection:
        assert accounts.count(connection) == 1
    copy.close()
    with pytest.raises(LightworkError) as caught:
        Database.open(f"sqlite:///{path}")
    assert caught.value.trouble is Trouble.RECORDS_NEWER


@pytest.mark.parametrize("url", ["nowhere", "oracle9://x", "sqlite+nothing:///x"])
def test_a_url_that_names_no_database(url: str) -> None:
    with pytest.raises(LightworkError) as caught:
        Database.open(url)
    assert caught.value.trouble is Trouble.SETTINGS_INVALID


def test_a_full_disk_is_told_and_goes_by(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'records.sqlite'}")

    def fill() -> None:
        with database.writing() as connection:
            # SQLite answers as it does on a full disk when the file may not grow
            size = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")
            for number in range(1000):
                accounts.join(connection, f"{number:064x}", "1", 1.0)

    with pytest.raises(LightworkError) as caught:
        fill()
    assert caught.value.trouble is Trouble.DISK_FULL
    with database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert accounts.count(connection) == 0
        accounts.join(connection, ANN, "1", 1.0)
    database.close()
