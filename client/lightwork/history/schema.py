"""The tables of the ledger, as steps from each version to the next.

A released step is never edited: files that it made are out there. To change the tables, add a step at the end, and
keep a file of the version before it in tests/upgrades.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from lightwork.disk.durable import sync_folder
from lightwork.domain.errors import LightworkError, Trouble

APPLICATION_ID = 0x4C57_4C31  # "LWL1": tells a ledger from any other SQLite file

Step = tuple[str, ...]

MIGRATIONS: tuple[Step, ...] = (
    (
        """CREATE TABLE contributions (
            project TEXT NOT NULL,
            digest TEXT NOT NULL,
            base_version INTEGER NOT NULL CHECK (base_version >= 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            operations INTEGER NOT NULL CHECK (operations >= 0),
            length INTEGER NOT NULL CHECK (length >= 0),
            at REAL NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'pending', 'verified', 'rejected', 'returned')),
            reason TEXT NOT NULL,
            PRIMARY KEY (project, digest)
        ) WITHOUT ROWID""",
        "CREATE INDEX contributions_by_time ON contributions (at)",
        "CREATE INDEX contributions_pending ON contributions (project) WHERE state = 'pending'",
        # a table with a rowid: documents are too large to lie in the tree of the key
        """CREATE TABLE receipts (
            project TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            digest TEXT NOT NULL,
            round INTEGER NOT NULL CHECK (round >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            operations INTEGER NOT NULL CHECK (operations >= 0),
            verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
            reason TEXT NOT NULL,
            issued REAL NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (project, number),
            UNIQUE (project, digest)
        )""",
        # it holds all that the totals need, so that they never read the documents
        "CREATE INDEX receipts_by_time ON receipts (issued, project, verified, operations, tokens)",
        """CREATE TABLE traffic (
            project TEXT NOT NULL,
            hour INTEGER NOT NULL,
            sent INTEGER NOT NULL CHECK (sent >= 0),
            received INTEGER NOT NULL CHECK (received >= 0),
            PRIMARY KEY (project, hour)
        ) WITHOUT ROWID""",
        """CREATE TABLE projects (
            project TEXT PRIMARY KEY NOT NULL,
            link TEXT NOT NULL,
            name TEXT NOT NULL,
            serial INTEGER NOT NULL CHECK (serial >= 0),
            joined REAL NOT NULL,
            seen REAL NOT NULL
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE energy (
            project TEXT NOT NULL,
            hour INTEGER NOT NULL,
            joules REAL NOT NULL CHECK (joules >= 0),
            seconds REAL NOT NULL CHECK (seconds >= 0),
            PRIMARY KEY (project, hour)
        ) WITHOUT ROWID""",
        """CREATE TABLE pauses (
            number INTEGER PRIMARY KEY,
            reason TEXT NOT NULL,
            cause TEXT NOT NULL,
            began REAL NOT NULL,
            ended REAL,
            memory INTEGER CHECK (memory >= 0),
            seconds REAL CHECK (seconds >= 0)
        )""",
        "CREATE INDEX pauses_by_time ON pauses (began)",
    ),
    (
        # Contributions get a number each, and a kind: a small number for project, state and reason together. With it
        # every column of the table of contributions has an index that is small and knows what a filter asks for.
        "ALTER TABLE contributions RENAME TO contributions_before",
        """CREATE TABLE kinds (
            id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            UNIQUE (project, state, reason)
        )""",
        """CREATE TABLE contributions (
            id INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL DEFAULT 0,
            project TEXT NOT NULL,
            digest TEXT NOT NULL,
            base_version INTEGER NOT NULL CHECK (base_version >= 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            operations INTEGER NOT NULL CHECK (operations >= 0),
            length INTEGER NOT NULL CHECK (length >= 0),
            at REAL NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'pending', 'verified', 'rejected', 'returned')),
            reason TEXT NOT NULL,
            UNIQUE (project, digest)
        )""",
        """INSERT INTO kinds (project, state, reason, count)
            SELECT project, state, reason, count(*) FROM contributions_before GROUP BY project, state, reason""",
        """INSERT INTO contributions
                (kind, project, digest, base_version, steps, tokens, operations, length, at, state, reason)
            SELECT kinds.id, project, digest, base_version, steps, tokens, operations, length, at, state, reason
            FROM contributions_before JOIN kinds USING (project, state, reason) ORDER BY at, project, digest""",
        "DROP TABLE contributions_before",
        """CREATE TRIGGER contribution_added AFTER INSERT ON contributions BEGIN
            INSERT INTO kinds (project, state, reason, count) VALUES (new.project, new.state, new.reason, 1)
                ON CONFLICT (project, state, reason) DO UPDATE SET count = count + 1;
            UPDATE contributions SET kind = (
                SELECT id FROM kinds WHERE project = new.project AND state = new.state AND reason = new.reason
            ) WHERE id = new.id;
        END""",
        """CREATE TRIGGER contribution_moved AFTER UPDATE OF project, state, reason ON contributions BEGIN
            UPDATE kinds SET count = count - 1
                WHERE project = old.project AND state = old.state AND reason = old.reason;
            INSERT INTO kinds (project, state, reason, count) VALUES (new.project, new.state, new.reason, 1)
                ON CONFLICT (project, state, reason) DO UPDATE SET count = count + 1;
            UPDATE contributions SET kind = (
                SELECT id FROM kinds WHERE project = new.project AND state = new.state AND reason = new.reason
            ) WHERE id = new.id;
        END""",
        """CREATE TRIGGER contribution_removed AFTER DELETE ON contributions BEGIN
            UPDATE kinds SET count = count - 1
                WHERE project = old.project AND state = old.state AND reason = old.reason;
        END""",
        "CREATE INDEX contributions_by_time ON contributions (at, kind)",
        "CREATE INDEX contributions_by_project ON contributions (project, at, kind)",
        "CREATE INDEX contributions_by_round ON contributions (base_version, at, kind)",
        "CREATE INDEX contributions_by_steps ON contributions (steps, at, kind)",
        "CREATE INDEX contributions_by_tokens ON contributions (tokens, at, kind)",
        "CREATE INDEX contributions_by_credit ON contributions (operations, at, kind)",
        "CREATE INDEX contributions_by_size ON contributions (length, at, kind)",
        "CREATE INDEX contributions_by_state ON contributions (state, at, kind)",
        "CREATE INDEX contributions_pending ON contributions (project) WHERE state = 'pending'",
        "CREATE INDEX receipts_by_round ON receipts (project, round) WHERE verified = 1",
        # what a project was called stays when it is left, as its receipts do
        """CREATE TABLE names (
            project TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL
        ) WITHOUT ROWID""",
        "INSERT INTO names (project, name) SELECT project, name FROM projects",
        """CREATE TABLE host_keys (
            project TEXT NOT NULL,
            key TEXT NOT NULL,
            serial INTEGER NOT NULL CHECK (serial >= 0),
            PRIMARY KEY (project, key)
        ) WITHOUT ROWID""",
        # Every receipt was checked against the manifest's key before it was kept; of which serial is not known.
        """INSERT INTO host_keys (project, key, serial)
            SELECT DISTINCT project, key, 0 FROM (
                SELECT project,
                    CASE WHEN json_valid(CAST(document AS TEXT))
                    THEN json_extract(CAST(document AS TEXT), '$.key') END AS key
                FROM receipts
            ) WHERE typeof(key) = 'text' AND length(key) = 64 AND key NOT GLOB '*[^0-9a-f]*'""",
    ),
)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 for an empty file.

    Raises sqlite3.DatabaseError if this is no ledger at all.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if (version, application, empty) == (0, 0, True):
        return 0
    if application != APPLICATION_ID or version < 1:
        raise sqlite3.DatabaseError("this file is no ledger of Lightwork")
    return version


def require_readable(version: int, migrations: Sequence[Step] = MIGRATIONS) -> None:
    """Raises LightworkError(LEDGER_NEWER) for tables that a newer program made."""
    if version > len(migrations):
        raise LightworkError(
            Trouble.LEDGER_NEWER,
            f"the ledger was written by a newer Lightwork (version {version}, here {len(migrations)})",
        )


def migrate(connection: sqlite3.Connection, path: Path, version: int, migrations: Sequence[Step] = MIGRATIONS) -> None:
    """Bring tables of `version` to the newest, in one transaction; a copy of the file is made before.

    The copy is named `NAME.version-N` and stays, for a person who wants to go back to the program before.
    Raises sqlite3.Error; the file is as it was then.
    """
    if version == len(migrations):
        return
    if version:
        _back_up(connection, path.with_name(f"{path.name}.version-{version}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in migrations[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the database to `target`: whole or not at all."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        copy = sqlite3.connect(part)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
