"""The ledger's page about receipts: what hosts granted, numbered without gaps, and the sums over it."""

import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from lightwork.domain.states import ContributionState
from lightwork.history import contributions
from lightwork.history.database import Book, Database
from lightwork.history.rows import ContributionRow, ReceiptRow, Totals
from lightwork.history.values import digest_of, natural, page, time_of

_REMEMBERED = 32
_BATCH = 500


class Receipts(Book):
    """Receipts, known by project and number."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # a year of receipts takes 50 ms to sum, and a node asks with every snapshot
        self._sums: dict[tuple[str | None, float | None], Totals] = {}

    def record_receipt(
        self,
        project: str,
        *,
        number: int,
        digest: str,
        round: int,  # noqa: A002  the protocol's word
        tokens: int,
        steps: int,
        operations: int,
        verified: bool,
        reason: str,
        issued: float,
        document: bytes,
    ) -> bool:
        """Note a receipt and its verdict on the contribution, in one transaction. True if it is new.

        The host's signed word is the last one: it moves the contribution whatever state it had, and makes its row if
        this computer lost it. Raises ValueError if another receipt has that number or that contribution.
        """
        receipt = ReceiptRow(
            project=project,
            number=natural("number", number, least=1),
            digest=digest_of(digest),
            round=natural("round", round),
            tokens=natural("tokens", tokens),
            steps=natural("steps", steps),
            operations=natural("operations", operations),
            verified=bool(verified),
            reason=reason,
            issued=time_of(issued),
            document=bytes(document),
        )
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT * FROM receipts WHERE project = ? AND (number = ? OR digest = ?)", (project, number, digest)
            )
            known = [_row(row) for row in rows]
            if known == [receipt]:
                return False
            if known:
                raise ValueError(f"receipt {number} or one for {digest} is already in the ledger with other content")
            _insert(connection, receipt)
            _judge(connection, receipt)
            self._sums.clear()
        return True

    def last_receipt(self, project: str) -> int:
        """The highest n such that receipts 1 to n are all here (0 if none): a host is asked for those after it."""
        with self._database.read() as connection:
            count, highest = connection.execute(
                "SELECT count(*), max(number) FROM receipts WHERE project = ?", (project,)
            ).fetchone()
            if count in (0, highest):  # numbers begin at 1 and are unique, so there is no gap
                return int(count)
            # before the first gap every number is its place in the row, after it every number is higher
            (unbroken,) = connection.execute(
                "SELECT count(*) FROM"
                " (SELECT number, row_number() OVER (ORDER BY number) AS place FROM receipts WHERE project = ?)"
                " WHERE number = place",
                (project,),
            ).fetchone()
            return int(unbroken)

    def receipts(
        self, project: str | None = None, *, since: float | None = None, limit: int = 1000, offset: int = 0
    ) -> list[ReceiptRow]:
        """Receipts, the newest first: of one project or all, issued at `since` or later."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM receipts WHERE issued >= ? AND project = coalesce(?, project)"
                " ORDER BY issued DESC, project, number DESC LIMIT ? OFFSET ?",
                (_from(since), project, *page(limit, offset)),
            )
            return [_row(row) for row in rows]

    def receipt_of(self, project: str, digest: str) -> ReceiptRow | None:
        """The receipt of one contribution, if a host has issued it."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM receipts WHERE project = ? AND digest = ?", (project, digest)
            ).fetchone()
            return None if row is None else _row(row)

    def every_receipt(self, project: str | None, stop: Callable[[], None]) -> Iterator[ReceiptRow]:
        """All receipts, the oldest first, a few at a time in memory; `stop` is asked now and then."""
        with self._database.snapshot() as connection:
            # the rows' places first: they are sorted without their documents, which are read one after another
            found = connection.execute(
                "SELECT rowid FROM receipts WHERE project = coalesce(?, project) ORDER BY issued, project, number",
                (project,),
            )
            while places := found.fetchmany(_BATCH):
                stop()
                for (place,) in places:
                    row = connection.execute("SELECT * FROM receipts WHERE rowid = ?", (place,)).fetchone()
                    yield _row(row)

    def totals(self, project: str | None = None, *, since: float | None = None) -> Totals:
        """Exact sums, of one project or all. `since` leaves out receipts issued before; pending work has no date."""
        with self._database.read() as connection:
            sums = self._sums.get((project, since))
            if sums is None:
                if len(self._sums) >= _REMEMBERED:
                    self._sums.clear()
                sums = self._sums[project, since] = summed(connection, project, since)
            pending = connection.execute(
                "SELECT sum(operations >> 32), sum(operations & 4294967295)"
                " FROM contributions WHERE state = 'pending' AND project = coalesce(?, project)",
                (project,),
            ).fetchone()
        return replace(sums, pending=joined(pending))


def summed(connection: sqlite3.Connection, project: str | None, since: float | None, until: float = math.inf) -> Totals:
    """Exact sums over receipts issued at `since` or later and before `until`, without what is pending."""
    rows = connection.execute(
        "SELECT verified, count(*),"
        " sum(operations >> 32), sum(operations & 4294967295), sum(tokens >> 32), sum(tokens & 4294967295)"
        " FROM receipts WHERE issued >= ? AND issued < ? AND project = coalesce(?, project) GROUP BY verified",
        (_from(since), until, project),
    ).fetchall()
    by_verdict = {bool(row[0]): row for row in rows}
    good, bad = by_verdict.get(True), by_verdict.get(False)
    return Totals(
        verified=joined(good[2:4]) if good else 0,
        rejected=joined(bad[2:4]) if bad else 0,
        tokens=joined(good[4:6]) if good else 0,
        receipts=sum(row[1] for row in rows),
    )


def joined(halves: tuple[int | None, int | None] | sqlite3.Row) -> int:
    """An exact sum from the sums of the upper and the lower 32 bits; NULLs, the sums of nothing, are 0.

    SQLite sums in 64 bits and gives up beyond: a card of 50 teraflops earns 2^63 operations in two days.
    """
    upper, lower = halves
    return ((upper or 0) << 32) + (lower or 0)


def _from(since: float | None) -> float:
    return -math.inf if since is None else since


def _row(row: sqlite3.Row) -> ReceiptRow:
    return ReceiptRow(**{**dict(row), "verified": bool(row["verified"])})


def _insert(connection: sqlite3.Connection, receipt: ReceiptRow) -> None:
    connection.execute(
        "INSERT INTO receipts"
        " (project, number, digest, round, tokens, steps, operations, verified, reason, issued, document) VALUES"
        " (:project, :number, :digest, :round, :tokens, :steps, :operations, :verified, :reason, :issued, :document)",
        asdict(receipt),
    )


def _judge(connection: sqlite3.Connection, receipt: ReceiptRow) -> None:
    """Carry a receipt's verdict over to its contribution."""
    state = ContributionState.VERIFIED if receipt.verified else ContributionState.REJECTED
    if contributions.put_state(connection, receipt.project, receipt.digest, state, receipt.reason):
        return
    lost = ContributionRow(
        project=receipt.project,
        digest=receipt.digest,
        base_version=receipt.round,
        steps=receipt.steps,
        tokens=receipt.tokens,
        operations=receipt.operations,
        length=0,
        at=receipt.issued,
        state=state,
        reason=receipt.reason,
    )
    contributions.insert(connection, lost)
