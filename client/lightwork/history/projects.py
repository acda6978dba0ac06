"""The ledger's page about projects: which ones this computer joined, and how new a manifest it has seen of each."""

import sqlite3

from lightwork.history.database import Book
from lightwork.history.rows import ProjectRow
from lightwork.history.values import natural, time_of


class Projects(Book):
    """Projects joined. The newest serial is kept so that nobody can pass off an older manifest as the current one."""

    def remember_project(self, project: str, *, link: str, name: str, serial: int, at: float) -> None:
        """Note a project, or what is new about it. Raises ValueError if `serial` is lower than one seen before."""
        at = time_of(at)
        natural("serial", serial)
        with self._database.write() as connection:
            known = _find(connection, project)
            if known is not None and serial < known.serial:
                raise ValueError(f"manifest {serial} of {project} is older than {known.serial}, which was seen before")
            connection.execute(
                "INSERT INTO projects (project, link, name, serial, joined, seen) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (project) DO UPDATE SET link = excluded.link, name = excluded.name,"
                " serial = excluded.serial, seen = excluded.seen",
                (project, link, name, serial, at, at),
            )

    def projects(self) -> list[ProjectRow]:
        """All projects joined, in the order of joining."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM projects ORDER BY joined, project")
            return [ProjectRow(**dict(row)) for row in rows]

    def project(self, project: str) -> ProjectRow | None:
        """One project, if this computer joined it."""
        with self._database.read() as connection:
            return _find(connection, project)

    def forget_project(self, project: str) -> None:
        """Leave a project: its serial is forgotten too. Contributions, receipts and traffic stay."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM projects WHERE project = ?", (project,))


def _find(connection: sqlite3.Connection, project: str) -> ProjectRow | None:
    row = connection.execute("SELECT * FROM projects WHERE project = ?", (project,)).fetchone()
    return None if row is None else ProjectRow(**dict(row))
