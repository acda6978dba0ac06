"""The ledger's page about contributions: what this computer trained, and how far each piece of it has come."""

import sqlite3
from dataclasses import asdict

from lightwork.domain.states import ContributionState
from lightwork.history.database import Book
from lightwork.history.rows import ContributionRow
from lightwork.history.values import digest_of, natural, page, time_of

_MOVES: dict[ContributionState, frozenset[ContributionState]] = {
    ContributionState.SENDING: frozenset(
        {
            ContributionState.PENDING,
            ContributionState.VERIFIED,
            ContributionState.REJECTED,
            ContributionState.RETURNED,
        }
    ),
    ContributionState.PENDING: frozenset(
        {ContributionState.VERIFIED, ContributionState.REJECTED, ContributionState.RETURNED}
    ),
    ContributionState.VERIFIED: frozenset(),
    ContributionState.REJECTED: frozenset(),
    ContributionState.RETURNED: frozenset(),
}


_COLUMNS = "project, digest, base_version, steps, tokens, operations, length, at, state, reason"


class Contributions(Book):
    """Contributions, known by project and digest."""

    def record_contribution(
        self,
        project: str,
        digest: str,
        *,
        base_version: int,
        steps: int,
        tokens: int,
        operations: int,
        length: int,
        at: float,
    ) -> None:
        """Note a contribution before it is sent: from now on it is SENDING.

        Noting it again changes nothing, whatever `at` says; with other numbers it raises ValueError. One that was
        RETURNED is sent again, as if it were new: with the numbers that it has now. If only a
        receipt told of it so far, the missing numbers are filled in and the receipt's verdict stays.
        """
        row = ContributionRow(
            project=project,
            digest=digest_of(digest),
            base_version=natural("base_version", base_version),
            steps=natural("steps", steps),
            tokens=natural("tokens", tokens),
            operations=natural("operations", operations),
            length=natural("length", length, least=1),
            at=time_of(at),
            state=ContributionState.SENDING,
            reason="",
        )
        with self._database.write() as connection:
            known = find(connection, project, digest)
            if known is None:
                insert(connection, row)
            elif known.state is ContributionState.RETURNED:
                # The same bytes, owed again: nothing was trained since. They are sent anew, for a later round.
                connection.execute("DELETE FROM contributions WHERE project = ? AND digest = ?", (project, digest))
                insert(connection, row)
            elif known.length == 0:
                connection.execute(
                    "UPDATE contributions SET base_version = :base_version, steps = :steps, tokens = :tokens,"
                    " operations = :operations, length = :length, at = :at"
                    " WHERE project = :project AND digest = :digest",
                    asdict(row),
                )
            elif _work(known) != _work(row):
                raise ValueError(f"contribution {digest} is already in the ledger with other numbers")

    def set_state(self, project: str, digest: str, state: ContributionState, reason: str = "") -> None:
        """Move a contribution on. The state that it has already is a no-op, and keeps the reason it has.

        Raises ValueError for a contribution that the ledger does not know, and for a move that is not listed.
        """
        with self._database.write() as connection:
            known = find(connection, project, digest)
            if known is None:
                raise ValueError(f"contribution {digest} is not in the ledger")
            if known.state is state:
                return
            if state not in _MOVES[known.state]:
                raise ValueError(f"contribution {digest} cannot go from {known.state} to {state}")
            put_state(connection, project, digest, state, reason)

    def contribution(self, project: str, digest: str) -> ContributionRow | None:
        """One contribution, if the ledger knows it."""
        with self._database.read() as connection:
            return find(connection, project, digest)

    def contributions(
        self,
        project: str | None = None,
        *,
        state: ContributionState | None = None,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[ContributionRow]:
        """Contributions, the newest first: of one project or all, in one state or any."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM contributions"  # noqa: S608  names of our own
                " WHERE project = coalesce(?, project) AND state = coalesce(?, state)"
                " ORDER BY at DESC, project, digest LIMIT ? OFFSET ?",
                (project, state, *page(limit, offset)),
            )
            return [_row(row) for row in rows]


def find(connection: sqlite3.Connection, project: str, digest: str) -> ContributionRow | None:
    """One contribution, read within the caller's transaction."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM contributions WHERE project = ? AND digest = ?",  # noqa: S608  names of our own
        (project, digest),
    ).fetchone()
    return None if row is None else _row(row)


def insert(connection: sqlite3.Connection, row: ContributionRow) -> None:
    """Add a contribution within the caller's transaction."""
    connection.execute(
        "INSERT INTO contributions"
        " (project, digest, base_version, steps, tokens, operations, length, at, state, reason) VALUES"
        " (:project, :digest, :base_version, :steps, :tokens, :operations, :length, :at, :state, :reason)",
        asdict(row),
    )


def put_state(connection: sqlite3.Connection, project: str, digest: str, state: ContributionState, reason: str) -> bool:
    """Give a contribution a state within the caller's transaction, unchecked. False if it is not in the ledger."""
    changed = connection.execute(
        "UPDATE contributions SET state = ?, reason = ? WHERE project = ? AND digest = ?",
        (state, reason, project, digest),
    )
    return changed.rowcount > 0


def _row(row: sqlite3.Row) -> ContributionRow:
    return ContributionRow(**{**dict(row), "state": ContributionState(row["state"])})


def _work(row: ContributionRow) -> tuple[int, ...]:
    return (row.base_version, row.steps, row.tokens, row.operations, row.length)
