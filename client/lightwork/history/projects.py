"""The ledger's page about projects: which ones this computer joined, how new a manifest it has seen of each, and what
stays of those that it left: their names, and the keys that signed their receipts.
"""

import sqlite3

from lightwork.history.database import Book
from lightwork.history.rows import ProjectRow
from lightwork.history.values import digest_of, natural, time_of


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
            connection.execute(
                "INSERT INTO names (project, name) VALUES (?, ?)"
                " ON CONFLICT (project) DO UPDATE SET name = excluded.name",
                (project, name),
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
        """Leave a project: its serial is forgotten too. Its name, contributions, receipts and traffic stay."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM projects WHERE project = ?", (project,))

    def project_names(self) -> dict[str, str]:
        """What each project is or was called, those that were left too; as their teams wrote it."""
        with self._database.read() as connection:
            return names(connection)

    def remember_host_key(self, project: str, key: str, *, serial: int) -> None:
        """Note the key (hex) that signs a project's receipts by its verified manifest `serial`. It is never forgotten.

        A key that the ledger has by this serial or a newer one costs no write.
        """
        natural("serial", serial)
        with self._database.read() as connection:
            known = connection.execute(
                "SELECT serial FROM host_keys WHERE project = ? AND key = ?", (project, key)
            ).fetchone()
        if known is not None and known[0] >= serial:
            return
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO host_keys (project, key, serial) VALUES (?, ?, ?)"
                " ON CONFLICT (project, key) DO UPDATE SET serial = max(serial, excluded.serial)",
                (project, digest_of(key), serial),
            )

    def host_keys(self, project: str) -> frozenset[str]:
        """Every key that a verified manifest of the project has named, of whatever serial."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT key FROM host_keys WHERE project = ?", (project,))
            return frozenset(row[0] for row in rows)


def names(connection: sqlite3.Connection) -> dict[str, str]:
    """Names by project, read within the caller's transaction."""
    return {row[0]: row[1] for row in connection.execute("SELECT project, name FROM names")}


def _find(connection: sqlite3.Connection, project: str) -> ProjectRow | None:
    row = connection.execute("SELECT * FROM projects WHERE project = ?", (project,)).fetchone()
    return None if row is None else ProjectRow(**dict(row))
