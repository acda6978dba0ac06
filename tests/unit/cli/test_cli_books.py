"""What the commands about the ledger print, and how a receipt is found by the beginning of its digest."""

from typing import Any

import pytest

from lightwork.cli import books
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import control as wire


def row(digest: str, receipt: int | None = 1, project: str = "p") -> wire.ContributionEntry:
    return wire.ContributionEntry(
        project=project, digest=digest, state="verified", reason="", base_version=1, steps=1, tokens=1, operations=1,
        length=1, at=0.0, receipt=receipt,
    )  # fmt: skip


ROWS = (row("abcdef11" * 8), row("abcdef22" * 8, project="q"), row("abcdef33" * 8, None), row("11abcdef" * 8))


def search(_: str) -> wire.ContributionPage:
    return wire.ContributionPage(total=len(ROWS), offset=0, rows=ROWS)


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("abcdef1", ("p", "abcdef11" * 8)),
        (" ABCDEF2 ", ("q", "abcdef22" * 8)),
        ("11abcdef" * 8, ("p", "11abcdef" * 8)),
        ("abcdef", None),  # two
        ("abcdef3", None),  # without a receipt
        ("bcdef1", None),  # not at its beginning
        ("11abc", None),  # too short
        ("abcdef1 p", None),
        ("", None),
    ],
)
def test_a_receipt_is_found_by_how_its_digest_begins(beginning: str, found: tuple[str, str] | None) -> None:
    if found is not None:
        assert books.find(beginning, search) == found
        return
    with pytest.raises(LightworkError) as caught:
        books.find(beginning, search)
    assert caught.value.trouble is Trouble.RECEIPT_UNKNOWN


def entry(**changes: Any) -> wire.ReceiptEntry:
    values = {
        "project": "p", "name": "Rose\x1b[31m", "number": 7, "account": "a" * 64, "contribution": "c" * 64, "round": 4,
        "steps": 2, "tokens": 30, "operations": 15 * 10**14, "verified": True, "reason": "", "issued": 1e18,
        "key": "k" * 64, "document": "{}",
    }  # fmt: skip
    return wire.ReceiptEntry(**(values | changes))


def test_a_receipt_is_called_good_only_if_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    books.receipt(entry())
    good = capsys.readouterr().out
    assert "good" in good
    assert "1.5 (1,500,000,000,000,000 operations)" in good
    assert "\x1b[31m" not in good
    books.receipt(entry(complaint=Trouble.DOCUMENT_TAMPERED, account="", verified=False, reason="late"))
    bad = capsys.readouterr().out
    assert "good" not in bad
    assert "rejected: late" in bad


def test_history_is_a_line_a_period_the_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    entries = tuple(
        wire.HistoryEntry(
            start=day * 86_400.0 + 43_200, end=day * 86_400.0 + 129_600, verified=day * 10**15, rejected=0, tokens=1,
            contributions=1, sent=1, received=2000, joules=3.6e6, seconds=1.0,
        )
        for day in (19_000, 19_001)
    )  # fmt: skip
    books.history(wire.HistoryReport(period=wire.Period.DAY, project=None, entries=entries))
    heading, newest, oldest = capsys.readouterr().out.splitlines()
    assert heading.split() == ["day", "credits", "receipts", "tokens", "sent", "received", "kWh"]
    assert newest.split()[1:4] == ["19,001", "1", "1"]
    assert oldest.split()[1] == "19,000"
    assert "2.0 kB" in newest
    assert newest.endswith("1.000")
