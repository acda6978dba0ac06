"""The ledger's sums by period, for charts: what was granted, and what that took."""

import itertools
import math
import sqlite3
from collections.abc import Sequence

from lightwork.history.database import Book, distinct
from lightwork.history.receipts import summed
from lightwork.history.rows import PeriodRow

_HOUR = 3600


class Sums(Book):
    """Sums over periods. Each question looks at a snapshot of its own, and holds up no writer."""

    def periods(
        self, bounds: Sequence[float], project: str | None = None, *, from_the_beginning: bool = False
    ) -> list[PeriodRow]:
        """One row for each two neighbours of `bounds` (ascending Unix times), of one project or all.

        Receipts count by the date that the host gave them. The last period takes later ones too: a host's clock may be
        ahead of this one. With `from_the_beginning` the first takes all earlier ones. Traffic and energy are kept by
        the hour of UTC; an hour belongs to the period in which it begins, which is off by up to 45 minutes where local
        time is not whole hours from UTC.
        """
        starts = list(bounds[:-1])
        limits = [-math.inf if from_the_beginning else starts[0], *starts[1:], math.inf]
        with self._database.snapshot() as connection:
            totals = [summed(connection, project, since, until) for since, until in itertools.pairwise(limits)]
            traffic = _by_period(connection, _TRAFFIC, project, limits)
            energy = _by_period(connection, _ENERGY, project, limits)
        return [
            PeriodRow(
                start=start,
                end=end,
                verified=granted.verified,
                rejected=granted.rejected,
                tokens=granted.tokens,
                receipts=granted.receipts,
                sent=int(bytes_[0]),
                received=int(bytes_[1]),
                joules=drawn[0],
                seconds=drawn[1],
            )
            for (start, end), granted, bytes_, drawn in zip(
                itertools.pairwise(bounds), totals, traffic, energy, strict=True
            )
        ]

    def oldest(self, project: str | None = None) -> float | None:
        """The earliest time of a receipt, of traffic or of energy; None if there is none."""
        with self._database.snapshot() as connection:
            found = [
                connection.execute(f"{query} WHERE project = coalesce(?, project)", (project,)).fetchone()[0]
                for query in (
                    "SELECT min(issued) FROM receipts",
                    "SELECT min(hour) * 3600.0 FROM traffic",
                    "SELECT min(hour) * 3600.0 FROM energy",
                )
            ]
        return min((one for one in found if one is not None), default=None)

    def verified_rounds(self, project: str, *, limit: int = 1000) -> list[int]:
        """The rounds in which a contribution was verified, as the receipts have them: the newest `limit`, ascending."""
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT DISTINCT round FROM receipts WHERE project = ? AND verified = 1 ORDER BY round DESC LIMIT ?",
                (project, limit),
            )
            return sorted(row[0] for row in rows)


_TRAFFIC = ("traffic", "sent", "received")
_ENERGY = ("energy", "joules", "seconds")


def _by_period(
    connection: sqlite3.Connection, what: tuple[str, str, str], project: str | None, limits: Sequence[float]
) -> list[tuple[float, float]]:
    """Two sums for each two neighbours of `limits`, over the hours that begin between them."""
    table, one, other = what
    # project by project, since the hours of each stand together
    projects = [project] if project is not None else distinct(connection, table, "project")
    query = (
        f"SELECT coalesce(sum({one}), 0), coalesce(sum({other}), 0) FROM {table}"  # noqa: S608  names of our own
        " WHERE project = ? AND hour >= ? AND hour < ?"
    )
    hours = [_hour_from(limit) for limit in limits]
    sums = []
    for first, end in itertools.pairwise(hours):
        found = [connection.execute(query, (mine, first, end)).fetchone() for mine in projects]
        sums.append((sum(row[0] for row in found), sum(row[1] for row in found)))
    return sums


def _hour_from(limit: float) -> int:
    """The first hour that does not begin before `limit`."""
    return int(-(-limit // _HOUR)) if math.isfinite(limit) else int(math.copysign(2**62, limit))
