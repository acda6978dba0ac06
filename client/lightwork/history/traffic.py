"""The ledger's pages about the network: every byte on the wire, by project, direction and hour."""

from lightwork.history.database import Book
from lightwork.history.rows import TrafficRow
from lightwork.history.values import natural, time_of

_FOREVER = 2**62
_HOUR = 3600


class Traffic(Book):
    """Bytes sent and received. Hours are counted since 1970 in UTC."""

    def add_traffic(self, project: str, *, sent: int, received: int, at: float) -> None:
        """Add bytes to the hour that `at` lies in. Waits for the disk: gather some seconds of traffic first.

        Raises ValueError for negative numbers, LightworkError(DISK_FULL).
        """
        values = (project, _hour(at), natural("sent", sent), natural("received", received))
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO traffic (project, hour, sent, received) VALUES (?, ?, ?, ?) ON CONFLICT (project, hour)"
                " DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received",
                values,
            )

    def traffic(self, *, since: float = 0, project: str | None = None) -> list[TrafficRow]:
        """Traffic by hour, the oldest first, from the whole hour on that `since` lies in."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT project, hour, sent, received FROM traffic WHERE hour >= ? AND project = coalesce(?, project)"
                " ORDER BY hour, project",
                (_hour(since), project),
            )
            return [TrafficRow(**dict(row)) for row in rows]

    def traffic_total(self, *, since: float, until: float | None = None) -> tuple[int, int]:
        """Bytes sent and received, by all projects, in the whole hours of which any part lies from `since` to `until`.

        Without an `until`, later ones count too: those of a clock that was wrong then.
        """
        with self._database.read() as connection:
            sent, received = connection.execute(
                "SELECT coalesce(sum(sent), 0), coalesce(sum(received), 0) FROM traffic WHERE hour >= ? AND hour < ?",
                (_hour(since), _FOREVER if until is None else -_hour(-until)),  # rounded up
            ).fetchone()
            return int(sent), int(received)


def _hour(at: float) -> int:
    return int(time_of(at) // _HOUR)
