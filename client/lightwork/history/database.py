"""Opening the ledger's file, and writing to it so that what was acknowledged survives a power cut.

WAL with synchronous=FULL: a transaction is on the disk when it returns. (WAL with NORMAL is faster and loses the last
ones.) A file that is damaged is set aside, not repaired: a ledger that is only partly right is worse than one that
starts anew and asks the hosts again.
"""

import contextlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lightwork.disk.durable import sync_folder
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.schema import MIGRATIONS, Step, migrate, require_readable, version_of

_BUSY_SECONDS = 10.0
_COMPANIONS = ("-wal", "-shm", "-journal")
_NEARLY_NOTHING = 1 << 20  # bytes free: below this, a failed write is blamed on the full disk
_MAGIC = b"SQLite format 3\0"
_SMALLEST = 512  # bytes: the smallest page, so the smallest file
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """One connection for many threads: each use of it holds a lock, and each write is one transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection, set_aside: Path | None) -> None:
        self.path = path
        self.set_aside = set_aside
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, migrations: Sequence[Step] = MIGRATIONS) -> "Database":
        """Open or create the file, with the tables of the newest version.

        A damaged file is renamed to `NAME.damaged-TIME`, together with what SQLite keeps beside it, and an empty one
        takes its place.
        Raises LightworkError: LEDGER_NEWER if a newer program made the file, DISK_FULL. Raises OSError or
        sqlite3.OperationalError if the file cannot be opened for another reason, such as missing rights.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        set_aside = None
        with _translated(path):
            connection = None if _hopeless(path) else _sound_connection(path, migrations)
            if connection is None:
                set_aside = _put_aside(path)
                connection = _sound_connection(path, migrations)
            if connection is None:
                raise LightworkError(
                    Trouble.LEDGER_SET_ASIDE, f"a new {path.name} came out damaged: is the disk sound?"
                )
        return cls(path, connection, set_aside)

    def close(self) -> None:
        """Close the file; doing it again is harmless."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries that belong together."""
        with self._lock, _translated(self.path):
            yield self._connection

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees the file as it is now, for a long look: it holds up no writer.

        It is made for one look and then closed: that takes less than a millisecond, and gives its memory back.
        Raises LightworkError(LEDGER_SET_ASIDE) if the file has become damaged.
        """
        with _translated(self.path):
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The connection inside a transaction, which ends with the block: all of it is on the disk, or none.

        Raises LightworkError: DISK_FULL, or LEDGER_SET_ASIDE if the file has become damaged while in use.
        """
        with self._lock, _translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back already after some faults, such as a full disk
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


class Book:
    """Something that keeps its rows in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def distinct(connection: sqlite3.Connection, table: str, column: str) -> list[str]:
    """The distinct texts of a column, ascending: by a leap for each in its index, not by reading all of it."""
    query = f"SELECT min({column}) FROM {table} WHERE {column} > ?"  # noqa: S608  names of our own
    found: list[str] = []
    while (value := connection.execute(query, (found[-1] if found else "",)).fetchone()[0]) is not None:
        found.append(value)
    return found


def _sound_connection(path: Path, migrations: Sequence[Step]) -> sqlite3.Connection | None:
    """A connection to a checked, migrated file; None if the file is damaged."""
    # made here so that only its owner may read it; SQLite gives the files beside it the same rights
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        version = version_of(connection)
        require_readable(version, migrations)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone leaves data in the drive's own memory
        complaint = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if complaint != "ok":
            raise sqlite3.DatabaseError(complaint)
        migrate(connection, path, version, migrations)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error) and _is_damage(error):
            return None
        raise
    return connection


def _is_damage(error: sqlite3.Error) -> bool:
    # faults found by our own checks carry no code
    code = getattr(error, "sqlite_errorcode", None)
    return type(error) is sqlite3.DatabaseError and (code is None or code & 0xFF in _DAMAGED)


def _hopeless(path: Path) -> bool:
    """Whether this is no SQLite file at all, or one cut off at its head.

    Such a file is not shown to SQLite, which takes the shortest ones for new and throws away the log beside them.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_SMALLEST)
    except FileNotFoundError:
        head = b""
    if not head:
        log = path.with_name(path.name + "-wal")
        return log.exists() and log.stat().st_size > 0
    return len(head) < _SMALLEST or not head.startswith(_MAGIC)


def _put_aside(path: Path) -> Path:
    """Rename the file and its companions, so that they can still be opened together."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    attempt = 1
    while any(target.with_name(target.name + end).exists() for end in ("", *_COMPANIONS)):
        attempt += 1
        target = path.with_name(f"{path.name}.damaged-{stamp}-{attempt}")
    for end in ("", *_COMPANIONS):
        source = path.with_name(path.name + end)
        if source.exists():
            source.rename(target.with_name(target.name + end))
    sync_folder(path.parent)
    return target


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's faults that a person can do something about, in Lightwork's terms."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(path)):
            raise LightworkError(Trouble.DISK_FULL, f"{path.name} could not be written") from error
        if code in _DAMAGED:
            raise LightworkError(
                Trouble.LEDGER_SET_ASIDE, f"{path.name} is damaged; it is set aside when Lightwork starts again"
            ) from error
        raise


def _no_room(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < _NEARLY_NOTHING
