"""Tables as CSV files: whole or not at all, exact, and harmless in a spreadsheet."""

import csv
import hashlib
import io
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.small_disk import fill_disk, small_disk_at
from lightwork.domain.credit import OPERATIONS_PER_CREDIT
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.export import Export, defused, exact_credits
from lightwork.history.ledger import Ledger
from lightwork.protocol.control import ExportKind, Period

ZONE = timezone(timedelta(hours=5, minutes=30))
NOW = datetime(2024, 5, 15, 9, tzinfo=ZONE).timestamp()
HOSTILE = '=HYPERLINK("http://x";"y")'


def digest(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def fill(ledger, count=3, project="p", name="Rose"):
    ledger.remember_project(project, link="l", name=name, serial=1, at=0.0)
    for number in range(1, count + 1):
        at = NOW - 86_400 * (count - number)
        ledger.record_contribution(
            project, digest(number), base_version=7, steps=2, tokens=30, operations=10**15 + number, length=5, at=at
        )
        if number > 1:
            ledger.record_receipt(
                project,
                number=number - 1,
                digest=digest(number),
                round=7,
                tokens=30,
                steps=2,
                operations=10**15 + number if number > 2 else 0,
                verified=number > 2,
                reason="" if number > 2 else "payload_invalid",
                issued=at,
                document=b'{"body":"\xc3\xbc"}',
            )
    ledger.add_traffic(project, sent=10, received=20, at=NOW)
    ledger.add_energy(project, joules=1e17, seconds=0.5, at=NOW)


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(tmp_path / "home" / "ledger.sqlite")
    yield opened
    opened.close()


def export(ledger, path, what=ExportKind.CONTRIBUTIONS, *, stop=lambda: None, **changes):
    return Export(ledger, what, now=NOW, zone=ZONE, **changes).write(path, stop)


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def refused(ledger, path):
    with pytest.raises(LightworkError) as caught:
        export(ledger, path)
    return caught.value.trouble


def test_contributions_as_a_table(ledger, tmp_path):
    fill(ledger)
    assert export(ledger, tmp_path / "a.csv") == 3
    rows = read(tmp_path / "a.csv")
    assert rows[2] == {
        "time": "2024-05-15T09:00:00+05:30", "project": "Rose", "project_id": "p", "round": "7", "steps": "2",
        "tokens": "30", "operations": "1000000000000003", "credits": "1.000000000000003", "bytes": "5",
        "verdict": "verified", "reason": "", "digest": digest(3), "receipt": "2",
    }  # fmt: skip
    assert [(row["verdict"], row["reason"], row["receipt"]) for row in rows[:2]] == [
        ("sending", "", ""),
        ("rejected", "payload_invalid", "1"),
    ]


def test_receipts_as_a_table_that_anyone_can_check(ledger, tmp_path):
    fill(ledger)
    assert export(ledger, tmp_path / "a.csv", ExportKind.RECEIPTS) == 2
    rows = read(tmp_path / "a.csv")
    assert [(row["number"], row["verdict"], row["credits"]) for row in rows] == [
        ("1", "rejected", "0"),
        ("2", "verified", "1.000000000000003"),
    ]
    assert rows[1]["document"] == '{"body":"ü"}'
    assert rows[1]["contribution"] == digest(3)


def test_history_as_a_table(ledger, tmp_path):
    fill(ledger)
    assert export(ledger, tmp_path / "a.csv", ExportKind.HISTORY) == 2  # the first contribution has no receipt
    rows = read(tmp_path / "a.csv")
    assert [row["start"] for row in rows] == ["2024-05-14T00:00:00+05:30", "2024-05-15T00:00:00+05:30"]
    assert rows[1] == {
        "start": "2024-05-15T00:00:00+05:30", "end": "2024-05-16T00:00:00+05:30",
        "operations_verified": "1000000000000003", "credits_verified": "1.000000000000003",
        "operations_rejected": "0", "credits_rejected": "0", "tokens": "30", "receipts": "1",
        "bytes_sent": "10", "bytes_received": "20", "joules": "100000000000000000.000", "training_seconds": "0.500",
    }  # fmt: skip
    assert export(ledger, tmp_path / "a.csv", ExportKind.HISTORY, period=Period.MONTH) == 1
    assert export(ledger, tmp_path / "a.csv", ExportKind.HISTORY, project="nobody") == 0


@pytest.mark.parametrize("what", list(ExportKind))
def test_an_empty_ledger_gives_a_line_of_names(ledger, tmp_path, what):
    assert export(ledger, tmp_path / "a.csv", what) == 0
    content = (tmp_path / "a.csv").read_bytes()
    assert content.count(b"\r\n") == 1
    assert content.endswith(b"\r\n")


def test_one_project_alone(ledger, tmp_path):
    fill(ledger)
    fill(ledger, 2, "q", "Other")
    for what, count in ((ExportKind.CONTRIBUTIONS, 2), (ExportKind.RECEIPTS, 1)):
        assert export(ledger, tmp_path / "a.csv", what, project="q") == count
        assert {row["project"] for row in read(tmp_path / "a.csv")} == {"Other"}


def test_lines_end_alike_on_every_system_and_the_mark_is_there_only_for_foreign_letters(ledger, tmp_path):
    fill(ledger, name='Rose, \nthe "first"')
    export(ledger, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"time,")
    assert content.count(b"\n") == content.count(b"\r\n") == 4
    assert read(tmp_path / "a.csv")[0]["project"] == 'Rose, the "first"'
    fill(ledger, 1, "q", "Роза")
    export(ledger, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbftime,")
    assert read(tmp_path / "a.csv")[0]["project"] in {'Rose, the "first"', "Роза"}
    export(ledger, tmp_path / "a.csv", project="p")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"time,")


@pytest.mark.parametrize(
    "name",
    [HOSTILE, "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "x;=1", "x; +1", 'x;"=1', "x|@y", "\u202e=1"],
)
def test_a_name_is_never_a_formula(ledger, tmp_path, name):
    fill(ledger, 1, name=name)
    export(ledger, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig")
    for border in ",;":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=border):
            assert not any(cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("name", ["Rose", "A-B", "1+1=2", "me@example.org", "Übung (2)", ""])
def test_a_harmless_name_stays_as_it_is(name):
    assert defused(name) == name


@given(st.integers(0, 2**80))
def test_credits_are_exact(operations):
    text = exact_credits(operations)
    whole, _, rest = text.partition(".")
    assert int(whole) * OPERATIONS_PER_CREDIT + int(rest.ljust(15, "0")) == operations
    assert set(text) <= set("0123456789.")


def test_a_date_beyond_all_calendars_is_a_number(ledger, tmp_path):
    ledger.record_receipt(
        "p", number=1, digest=digest(1), round=1, tokens=1, steps=1, operations=1, verified=True, reason="",
        issued=1e18, document=b"{}",
    )  # fmt: skip
    export(ledger, tmp_path / "a.csv", ExportKind.RECEIPTS)
    assert read(tmp_path / "a.csv")[0]["issued"] == "1000000000000000000"
    assert export(ledger, tmp_path / "a.csv", ExportKind.HISTORY) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets only some people make links")
def test_a_file_that_is_there_is_replaced_through_its_link(ledger, tmp_path):
    fill(ledger)
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "a.csv").symlink_to(tmp_path / "real.csv")
    export(ledger, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").is_symlink()
    assert len(read(tmp_path / "real.csv")) == 3


@pytest.mark.parametrize("place", ["missing/a.csv", "folder", "file/a.csv", "n" * 300, "a\0b"])
def test_a_place_that_is_none_is_refused(ledger, tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    assert refused(ledger, tmp_path / place) is Trouble.FILE_REFUSED
    assert sorted(tmp_path.rglob("*")) == before


def test_the_ledger_is_not_replaced_and_a_path_is_absolute(ledger, tmp_path):
    for name in ("ledger.sqlite", "ledger.sqlite-wal"):
        assert refused(ledger, tmp_path / "home" / name) is Trouble.FILE_REFUSED
    assert refused(ledger, Path("a.csv")) is Trouble.FILE_REFUSED
    assert ledger.contributions() == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="it takes rights that can be missing")
def test_a_folder_without_rights_is_refused(ledger, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert refused(ledger, tmp_path / "locked" / "a.csv") is Trouble.FILE_REFUSED


def test_a_full_disk_is_told_and_nothing_is_left(ledger, tmp_path):
    with small_disk_at(tmp_path / "small", 64) as folder:
        (folder / "a.csv").write_text("old")
        fill(ledger, 60)
        fill_disk(folder)
        assert refused(ledger, folder / "a.csv") is Trouble.DISK_FULL
        assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "ballast"]
        assert (folder / "a.csv").read_text() == "old"


def test_an_export_that_is_ended_leaves_nothing_behind(ledger, tmp_path):
    fill(ledger, 30)
    asked = []

    def stop():
        asked.append(len(list(tmp_path.glob(".lightwork-*.part"))))
        if len(asked) == 2:
            raise InterruptedError("enough")

    (tmp_path / "a.csv").write_text("old")
    for what in (ExportKind.CONTRIBUTIONS, ExportKind.RECEIPTS):
        asked.clear()
        with pytest.raises((LightworkError, InterruptedError)):
            export(ledger, tmp_path / "a.csv", what, stop=stop)
        assert asked == [1, 1]  # there was a draft
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "home"]
        assert (tmp_path / "a.csv").read_text() == "old"
