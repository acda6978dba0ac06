"""The ledger's pages about pauses: why, how long, and what was given back how quickly."""

from collections.abc import Sequence

from lightwork.history.database import Book
from lightwork.history.rows import PauseRow
from lightwork.history.values import natural, page, time_of


class Pauses(Book):
    """Each pause once, by its first reason. One that a crash cut short has no end."""

    def begin_pause(self, reason: str, cause: str, *, at: float) -> int:
        """A pause begins; its number. Raises LightworkError(DISK_FULL)."""
        with self._database.write() as connection:
            values = (reason, cause[:200], time_of(at))
            done = connection.execute("INSERT INTO pauses (reason, cause, began) VALUES (?, ?, ?)", values)
            return int(done.lastrowid or 0)

    def pause_gave_back(self, number: int, *, memory: int | None, seconds: float) -> None:
        """What was measured: bytes (None: the device does not tell), and seconds until they were free."""
        with self._database.write() as connection:
            known = None if memory is None else natural("memory", memory)
            values = (known, max(0.0, time_of(seconds)), number)
            connection.execute("UPDATE pauses SET memory = ?, seconds = ? WHERE number = ?", values)

    def end_pause(self, number: int, *, at: float) -> None:
        """It is over. Ending it again changes nothing."""
        with self._database.write() as connection:
            connection.execute("UPDATE pauses SET ended = ? WHERE number = ? AND ended IS NULL", (time_of(at), number))

    def pause_spans(self, reasons: Sequence[str], *, since: float, now: float) -> list[tuple[float, float]]:
        """Begin and end of each pause for one of these reasons that had not ended at `since`, the oldest first.

        The newest pause of all, if it has no end, lasts until `now`; an older one without an end is left out.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT reason, began, coalesce(ended, ?) AS until FROM pauses WHERE until > ?"
                " AND (ended IS NOT NULL OR number = (SELECT max(number) FROM pauses)) ORDER BY number",
                (time_of(now), time_of(since)),
            )
            return [(float(row["began"]), float(row["until"])) for row in rows if row["reason"] in reasons]

    def pauses(self, *, limit: int = 100, offset: int = 0) -> list[PauseRow]:
        """The newest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM pauses ORDER BY number DESC LIMIT ? OFFSET ?", page(limit, offset))
            return [PauseRow(**dict(row)) for row in rows]
