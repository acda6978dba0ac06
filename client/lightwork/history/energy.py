"""The ledger's pages about electricity: what training drew, by project and hour."""

import math

from lightwork.history.database import Book
from lightwork.history.values import time_of

_HOUR = 3600


class Energy(Book):
    """Joules, and the seconds in which they were drawn. Hours are counted since 1970 in UTC."""

    def add_energy(self, project: str, *, joules: float, seconds: float, at: float) -> None:
        """Add energy to the hour that `at` lies in. Waits for the disk: gather a minute of it first.

        Raises ValueError for what is negative or not finite, LightworkError(DISK_FULL).
        """
        if not (math.isfinite(joules) and math.isfinite(seconds) and joules >= 0 and seconds >= 0):
            raise ValueError(f"energy must be finite and not negative: {joules} J in {seconds} s")
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO energy (project, hour, joules, seconds) VALUES (?, ?, ?, ?) ON CONFLICT (project, hour)"
                " DO UPDATE SET joules = joules + excluded.joules, seconds = seconds + excluded.seconds",
                (project, int(time_of(at) // _HOUR), joules, seconds),
            )

    def energy_total(self, *, since: float) -> tuple[float, float]:
        """Joules and seconds of all projects, from the whole hour on that `since` lies in."""
        with self._database.read() as connection:
            joules, seconds = connection.execute(
                "SELECT coalesce(sum(joules), 0.0), coalesce(sum(seconds), 0.0) FROM energy WHERE hour >= ?",
                (int(time_of(since) // _HOUR),),
            ).fetchone()
            return float(joules), float(seconds)
