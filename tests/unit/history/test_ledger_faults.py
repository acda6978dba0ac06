"""A ledger whose process is killed, whose disk is full, or whose file is damaged."""

import hashlib
import random
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.small_disk import fill_disk, small_disk_at
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger

WORK = {"base_version": 3, "steps": 20, "tokens": 640, "operations": 6 * 10**9, "length": 5000}


def digest(number):
    return hashlib.sha256(b"%d" % number).hexdigest()


def receipt(number, document=b"signed"):
    return {
        "number": number, "digest": digest(number), "round": number, "tokens": 640, "steps": 20, "reason": "",
        "operations": 6 * 10**9, "verified": True, "issued": float(number), "document": document,
    }  # fmt: skip


def fill(ledger, count):
    for number in range(1, count + 1):
        ledger.record_contribution("p", digest(number), **WORK, at=1.0)
        ledger.record_receipt("p", **receipt(number, document=bytes(500)))


# Records one receipt after another and says each number once the ledger has it.
WRITER = """
import pathlib, sys
sys.path[:0] = sys.argv[2:]
from test_ledger_faults import WORK, digest, receipt
from lightwork.history.ledger import Ledger
ledger = Ledger.open(pathlib.Path(sys.argv[1]))
assert ledger.set_aside is None
number = ledger.last_receipt("p")
print("ready", flush=True)
while True:
    number += 1
    ledger.record_contribution("p", digest(number), **WORK, at=1.0)
    ledger.record_receipt("p", **receipt(number))
    ledger.add_traffic("p", sent=1, received=0, at=0.0)
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_being_killed(tmp_path):
    path = tmp_path / "ledger.sqlite"
    chance = random.Random(7)
    acknowledged = 0
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent), str(Path(__file__).parents[2])],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout.readline() == "ready\n"
            for _ in range(chance.randrange(1, 60)):
                acknowledged = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split("\n")
            acknowledged = max([acknowledged, *(int(line) for line in rest[:-1])])  # the last line may be half a number
        ledger = Ledger.open(path)
        assert ledger.set_aside is None
        last = ledger.last_receipt("p")
        assert last >= acknowledged
        assert ledger.totals().receipts == last
        assert ledger.totals().verified == last * WORK["operations"]
        states = [row.state for row in ledger.contributions(limit=10_000)]
        assert states.count(ContributionState.VERIFIED) == last
        assert len(states) - last in (0, 1)
        assert ledger.traffic_total(since=0)[0] in range(last - 6, last + 1)
        ledger.close()
    assert acknowledged > 6


def scrambled(content, start, length):
    return content[:start] + random.Random(1).randbytes(length) + content[start + length :]


def foreign(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.commit()
    connection.close()


DAMAGE = {
    "garbage": lambda content: random.Random(2).randbytes(5000),
    "text": lambda content: b"this is no database\n" * 50,
    "one byte": lambda content: b"S",
    "cut inside the header": lambda content: content[:50],
    "cut inside a page": lambda content: content[: len(content) // 2 + 100],
    "cut between pages": lambda content: content[: len(content) // 8192 * 4096],
    "header scrambled": lambda content: scrambled(content, 0, 100),
    "a table's root page scrambled": lambda content: scrambled(content, 4096, 4096),
    "a page scrambled": lambda content: scrambled(content, len(content) // 8192 * 4096, 4096),
    "a page of zeros": lambda content: content[:12288] + bytes(4096) + content[16384:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_ledger_is_set_aside_whole(tmp_path, damage):
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.open(path)
    fill(ledger, 60)
    ledger.close()
    content = damage(path.read_bytes())
    path.write_bytes(content)
    ledger = Ledger.open(path)
    assert re.fullmatch(r"ledger\.sqlite\.damaged-\d{8}T\d{6}Z", ledger.set_aside.name)
    assert ledger.set_aside.read_bytes() == content
    assert ledger.last_receipt("p") == 0
    fill(ledger, 2)
    ledger.close()
    ledger = Ledger.open(path)
    assert (ledger.set_aside, ledger.last_receipt("p")) == (None, 2)
    ledger.close()


def test_another_programs_database_is_set_aside(tmp_path):
    path = tmp_path / "ledger.sqlite"
    foreign(path)
    ledger = Ledger.open(path)
    assert ledger.set_aside is not None
    ledger.close()


def test_what_belongs_to_a_damaged_ledger_goes_with_it(tmp_path):
    path = tmp_path / "ledger.sqlite"
    for _ in range(2):  # twice within a second: the names must not collide
        path.write_bytes(b"garbage" * 1000)
        path.with_name("ledger.sqlite-wal").write_bytes(b"log")
        path.with_name("ledger.sqlite-shm").write_bytes(b"index")
        ledger = Ledger.open(path)
        aside = ledger.set_aside
        assert aside.with_name(aside.name + "-wal").read_bytes() == b"log"
        assert aside.with_name(aside.name + "-shm").read_bytes() == b"index"
        ledger.close()
    assert len(list(tmp_path.glob("*.damaged-*-wal"))) == 2


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "empty"])
def test_a_log_without_its_ledger_is_not_thrown_away(tmp_path, gone):
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    ledger = Ledger.open(path)
    fill(ledger, 3)
    log = path.with_name("ledger.sqlite-wal").read_bytes()
    assert log
    if not gone:
        copy.write_bytes(b"")
    copy.with_name("copy.sqlite-wal").write_bytes(log)
    other = Ledger.open(copy)
    assert other.set_aside.with_name(other.set_aside.name + "-wal").read_bytes() == log
    other.close()
    ledger.close()


def test_an_empty_file_is_a_new_ledger(tmp_path):
    (tmp_path / "ledger.sqlite").touch()  # what a kill at the very first moment leaves
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    assert ledger.set_aside is None
    ledger.close()


def test_damage_found_while_in_use_is_reported(tmp_path):
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.open(path)
    fill(ledger, 60)
    ledger.close()
    ledger = Ledger.open(path)
    other = Ledger.open(path)
    other.add_traffic("p", sent=1, received=1, at=0.0)  # else the pages that the first one holds in memory serve it
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(1).randbytes(size - 4096))
    with pytest.raises(LightworkError) as caught:
        ledger.receipts()
    assert caught.value.trouble is Trouble.LEDGER_SET_ASIDE
    other.close()
    ledger.close()
    again = Ledger.open(path)
    assert again.set_aside is not None
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_can_read_it(tmp_path):
    ledger = Ledger.open(tmp_path / "new" / "ledger.sqlite")
    fill(ledger, 1)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}
    ledger.close()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    with small_disk_at(tmp_path / "small", 1024) as folder:
        yield folder


def test_a_full_disk_is_told_and_nothing_is_half_written(small_disk):
    path = small_disk / "ledger.sqlite"
    ledger = Ledger.open(path)
    recorded = 0

    def record_for_ever():
        nonlocal recorded
        while True:
            ledger.record_receipt("p", **receipt(recorded + 1, document=bytes(3000)))
            recorded += 1

    with pytest.raises(LightworkError) as caught:
        record_for_ever()
    assert caught.value.trouble is Trouble.DISK_FULL
    assert recorded > 10
    assert ledger.last_receipt("p") == ledger.totals().receipts == len(ledger.contributions(limit=10_000)) == recorded
    ledger.close()
    reopened = Ledger.open(path)
    assert (reopened.set_aside, reopened.last_receipt("p")) == (None, recorded)
    reopened.close()


def test_room_given_back_is_used_at_once(small_disk):
    ledger = Ledger.open(small_disk / "ledger.sqlite")
    fill_disk(small_disk)
    refusals = 0
    for number in range(1, 400):
        try:
            ledger.record_receipt("p", **receipt(number, document=bytes(3000)))
        except LightworkError as error:
            assert error.trouble is Trouble.DISK_FULL  # noqa: PT017  the loop goes on
            refusals += 1
            (small_disk / "ballast").unlink()
            break
    assert refusals == 1
    assert ledger.record_receipt("p", **receipt(number, document=bytes(3000)))
    assert ledger.last_receipt("p") == number
    ledger.close()


def test_no_ledger_can_be_made_on_a_full_disk(small_disk):
    fill_disk(small_disk)
    with pytest.raises(LightworkError) as caught:
        Ledger.open(small_disk / "ledger.sqlite")
    assert caught.value.trouble is Trouble.DISK_FULL
    (small_disk / "ballast").unlink()
    ledger = Ledger.open(small_disk / "ledger.sqlite")
    fill(ledger, 1)
    assert ledger.set_aside is None
    ledger.close()


def test_a_file_that_may_not_be_opened_is_not_taken_for_damaged(tmp_path):
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(OSError, match=r"ledger\.sqlite"):
        Ledger.open(tmp_path / "ledger.sqlite")
    assert (tmp_path / "ledger.sqlite").is_dir()
