"""The node's answers out of the ledger: history, the table of contributions, receipts, and files."""

import asyncio
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.documents import HOST, PROJECT, TEAM, VOLUNTEER, manifest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger
from lightwork.node.books import Books
from lightwork.node.receipts import fetch_receipts
from lightwork.protocol import control as wire
from lightwork.protocol.documents import Kind, Receipt, SignedDocument, Verdict, public_hex, sign
from lightwork.protocol.refusals import Refusal

ZONE = timezone(timedelta(hours=-3))
NOW = datetime(2024, 5, 15, 9, tzinfo=ZONE).timestamp()
NEXT_HOST = Ed25519PrivateKey.from_private_bytes(b"n" * 32)
BIG = 2**63 - 1


class Host:
    """Answers with receipts as `ProjectClient.receipts` does."""

    def __init__(self, *documents: SignedDocument) -> None:
        self.documents = documents

    async def receipts(self, _manifest: Any, after: int) -> list[tuple[Receipt, bytes]]:
        return [
            (msgspec.json.decode(one.body, type=Receipt), msgspec.json.encode(one)) for one in self.documents[after:]
        ]


def receipt(number: int = 1, **changes: Any) -> Receipt:
    good = Receipt(
        project=PROJECT,
        account=public_hex(VOLUNTEER.public_key()),
        number=number,
        contribution=f"{number:064x}",
        round=4,
        steps=2,
        tokens=30,
        parameters=10,
        operations=1800,
        verdict=Verdict.VERIFIED,
        issued=int(NOW) - 60,
    )
    return msgspec.structs.replace(good, **changes)


def signed(one: Receipt, key: Ed25519PrivateKey = HOST) -> SignedDocument:
    return sign(Kind.RECEIPT, one, key)


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def books(ledger: Ledger) -> Books:
    return Books(ledger, clock=lambda: NOW, zone=ZONE)


async def fetch(ledger: Ledger, *documents: SignedDocument, **changes: Any) -> None:
    described = manifest(**changes)
    ledger.remember_project(PROJECT, link="l", name=described.name, serial=described.serial, at=NOW)
    await fetch_receipts(Host(*documents), described, ledger)  # type: ignore[arg-type]


async def complaint(books: Books, number: int = 1) -> Trouble | None:
    question = wire.AskReceipt(id=1, project=PROJECT, digest=f"{number:064x}")
    return (await books.receipt(question)).complaint


async def test_a_receipt_is_shown_with_what_was_signed(ledger: Ledger, books: Books) -> None:
    one = receipt(verdict=Verdict.REJECTED, operations=0, reason=Refusal.PAYLOAD_INVALID)
    await fetch(ledger, signed(one))
    entry = (await books.answer(wire.AskReceipt(id=9, project=PROJECT, digest=one.contribution))).receipt
    assert entry is not None
    assert entry == wire.ReceiptEntry(
        project=PROJECT,
        name="Test",
        number=1,
        account=one.account,
        contribution=one.contribution,
        round=4,
        steps=2,
        tokens=30,
        operations=0,
        verified=False,
        reason="payload_invalid",
        issued=float(one.issued),
        key=public_hex(HOST.public_key()),
        document=msgspec.json.encode(signed(one)).decode(),
    )
    assert entry.complaint is None


async def test_keys_of_earlier_serials_stay_good_also_after_leaving(ledger: Ledger, books: Books) -> None:
    await fetch(ledger, signed(receipt(1)))
    later = signed(receipt(2), NEXT_HOST)
    await fetch(ledger, signed(receipt(1)), later, serial=4, host_key=public_hex(NEXT_HOST.public_key()))
    ledger.forget_project(PROJECT)
    assert [await complaint(books, number) for number in (1, 2)] == [None, None]
    entry = await books.receipt(wire.AskReceipt(id=1, project=PROJECT, digest=f"{1:064x}"))
    assert entry.name == "Test"


async def test_a_known_key_costs_no_write(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    await fetch(ledger, signed(receipt(1)))
    monkeypatch.setattr(ledger._database, "write", None)
    ledger.remember_host_key(PROJECT, public_hex(HOST.public_key()), serial=3)
    assert ledger.host_keys(PROJECT) == {public_hex(HOST.public_key())}


SPOILT = {
    "project": "other", "number": 2, "digest": "f" * 64, "round": 5, "tokens": 31, "steps": 3, "operations": 1801,
    "verified": 0, "reason": "late", "issued": NOW,
}  # fmt: skip


@pytest.mark.parametrize("column", SPOILT)
async def test_a_ledger_that_says_something_else_than_the_host_signed_is_found_out(
    ledger: Ledger, books: Books, column: str
) -> None:
    await fetch(ledger, signed(receipt()))
    with ledger._database.write() as connection:
        connection.execute(f"UPDATE receipts SET {column} = ?", (SPOILT[column],))
        connection.execute("INSERT OR IGNORE INTO host_keys SELECT 'other', key, serial FROM host_keys")
    (row,) = ledger.receipts()
    entry = await books.receipt(wire.AskReceipt(id=1, project=row.project, digest=row.digest))
    assert entry.complaint is Trouble.DOCUMENT_TAMPERED


@pytest.mark.parametrize(
    "document",
    [
        msgspec.json.encode(msgspec.structs.replace(signed(receipt()), signature=bytes(64))),
        msgspec.json.encode(msgspec.structs.replace(signed(receipt()), body=msgspec.json.encode(receipt(steps=9)))),
        msgspec.json.encode(signed(receipt(), TEAM)),  # rightly signed, but by nobody who may
        msgspec.json.encode(msgspec.structs.replace(signed(receipt(), TEAM), key=public_hex(HOST.public_key()))),
        msgspec.json.encode(sign(Kind.UPDATE, receipt(), HOST)),
        msgspec.json.encode(sign(Kind.RECEIPT, manifest(), HOST)),
        b"\xff no JSON",
        b"{}",
    ],
    ids=["signature", "body", "stranger", "other key", "other kind", "no receipt", "noise", "empty"],
)
async def test_a_document_that_the_project_did_not_sign_is_found_out(
    ledger: Ledger, books: Books, document: bytes
) -> None:
    await fetch(ledger, signed(receipt()))
    assert await complaint(books) is None
    with ledger._database.write() as connection:
        connection.execute("UPDATE receipts SET document = ?", (document,))
    assert await complaint(books) is Trouble.DOCUMENT_TAMPERED


async def test_what_has_no_receipt_is_said(books: Books) -> None:
    with pytest.raises(LightworkError) as caught:
        await complaint(books)
    assert caught.value.trouble is Trouble.RECEIPT_UNKNOWN


async def test_history_is_without_gaps_and_exact_beyond_64_bits(ledger: Ledger, books: Books) -> None:
    many = [signed(receipt(number, operations=BIG, tokens=BIG, round=number)) for number in (1, 2, 3)]
    await fetch(ledger, *many)
    ledger.add_energy(PROJECT, joules=7.0, seconds=2.0, at=NOW)
    report = (await books.answer(wire.AskHistory(id=1, period=wire.Period.DAY, count=3, project=PROJECT))).history
    assert report is not None
    assert [one.verified for one in report.entries] == [0, 0, 3 * BIG]
    assert report.entries[-1].start == datetime(2024, 5, 15, tzinfo=ZONE).timestamp()
    assert (report.entries[-1].contributions, report.entries[-1].joules) == (3, 7.0)
    assert report.rounds == (1, 2, 3)
    line = wire.encode(wire.Reply(id=1, history=report))
    again = wire.decode_from_node(line)
    assert isinstance(again, wire.Reply)
    assert again.history == report
    assert (await books.history(wire.AskHistory(id=1))).rounds == ()


async def test_the_longest_answers_fit_in_a_line(ledger: Ledger, books: Books) -> None:
    documents = [signed(receipt(number, round=10**9 + number, operations=BIG)) for number in range(1, 1101)]
    for number, one in enumerate(documents, 1):
        with ledger._database.write() as connection:
            connection.execute(
                "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, 2, ?, 1, '', ?, ?)",
                (PROJECT, number, f"{number:064x}", 10**9 + number, BIG, BIG, NOW, one.body),
            )
    for number in range(wire.MOST_ROWS + 5):
        ledger.record_contribution(
            PROJECT, f"{number:064x}", base_version=BIG, steps=BIG, tokens=BIG, operations=BIG, length=BIG, at=NOW
        )
    history = await books.answer(wire.AskHistory(id=1, period=wire.Period.DAY, count=400, project=PROJECT))
    table = await books.answer(wire.AskContributions(id=1, limit=wire.MOST_ROWS))
    assert history.history is not None
    assert table.contributions is not None
    assert len(history.history.rounds) == 1000
    assert len(table.contributions.rows) == wire.MOST_ROWS
    for reply in (history, table):
        assert len(wire.encode(reply)) < wire.LONGEST_LINE // 2


async def test_a_stretch_of_contributions(ledger: Ledger, books: Books) -> None:
    await fetch(ledger, *(signed(receipt(number, tokens=100 - number)) for number in (1, 2, 3)))
    ledger.record_contribution(PROJECT, "e" * 64, base_version=1, steps=1, tokens=1, operations=1, length=9, at=NOW)
    question = wire.AskContributions(id=1, order=wire.Column.TOKENS, descending=False, offset=1, limit=2, search="tEST")
    page = (await books.answer(question)).contributions
    assert page is not None
    assert (page.total, page.offset) == (4, 1)
    assert [(row.tokens, row.receipt, row.state) for row in page.rows] == [(97, 3, "verified"), (98, 2, "verified")]
    mine = await books.contributions(wire.AskContributions(id=1, state=ContributionState.SENDING))
    assert [(row.digest, row.receipt, row.length) for row in mine.rows] == [("e" * 64, None, 9)]


async def test_an_export_says_how_many_rows_it_has(ledger: Ledger, books: Books, tmp_path: Path) -> None:
    await fetch(ledger, signed(receipt(1)), signed(receipt(2)))
    for what, rows in ((wire.ExportKind.RECEIPTS, 2), (wire.ExportKind.CONTRIBUTIONS, 2), (wire.ExportKind.HISTORY, 1)):
        reply = await books.answer(wire.Export(id=1, what=what, file=str(tmp_path / "a.csv")))
        assert reply.rows == rows
        assert len((tmp_path / "a.csv").read_bytes().splitlines()) == rows + 1
    with pytest.raises(LightworkError) as caught:
        await books.export(wire.Export(id=1, what=wire.ExportKind.RECEIPTS, file=str(tmp_path / "none" / "a.csv")))
    assert caught.value.trouble is Trouble.FILE_REFUSED


async def test_a_cancelled_export_leaves_nothing_behind(
    ledger: Ledger, books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fetch(ledger, signed(receipt(1)))
    begun, go_on = threading.Event(), threading.Event()
    rows = ledger.every_contribution

    def slowly(*asked: Any) -> Any:
        begun.set()
        go_on.wait(30)
        return rows(*asked)

    monkeypatch.setattr(ledger, "every_contribution", slowly)
    (tmp_path / "a.csv").write_text("old")
    question = wire.Export(id=1, what=wire.ExportKind.CONTRIBUTIONS, file=str(tmp_path / "a.csv"))
    task = asyncio.create_task(books.export(question))
    await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()  # it ends when the thread has, not before
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "a.csv").read_text() == "old"
    assert not list(tmp_path.glob(".*"))
