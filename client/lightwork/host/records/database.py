"""Opening the records by URL, and transactions that are on the disk when they return.

SQLite runs with WAL and synchronous=FULL (with NORMAL, acknowledged rows are lost by a power cut). One writer at a
time: SQLite allows no more, and it keeps "read, then write" free of races on every database.
"""

import asyncio
import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.records import migrate

_BUSY_SECONDS = 10.0
_NEARLY_NOTHING = 1 << 20  # bytes free: below this, a failed write is blamed on the full disk

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """The records. Threads may share it."""

    def __init__(self, engine: Engine, file: Path | None) -> None:
        self._engine = engine
        self._file = file
        self._writing = threading.RLock()
        # A database in memory has one connection, which readers and writers must not use at once.
        self._reading = self._writing if isinstance(engine.pool, StaticPool) else contextlib.nullcontext()

    @classmethod
    def open(cls, url: str, migrations: Path = migrate.MIGRATIONS) -> "Database":
        """Open or create the records, with the tables of the newest version.

        Raises LightworkError: SETTINGS_INVALID for a URL that is none, RECORDS_NEWER, DISK_FULL.
        """
        try:
            address = make_url(url)
            engine = _engine(address)
        except (ArgumentError, ImportError) as error:
            raise LightworkError(Trouble.SETTINGS_INVALID, f"records: {error}") from None
        database = cls(engine, _file(address))
        try:
            with _translated(database._file):
                migrate.upgrade(engine, database._file, migrations)
        except BaseException:
            engine.dispose()
            raise
        return database

    def close(self) -> None:
        """Let go of all connections."""
        with self._writing:
            self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the records."""
        with _translated(self._file), self._reading, self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside a transaction, which ends with the block: all of it is on the disk, or none.

        Raises DISK_FULL.
        """
        with (
            _translated(self._file),
            self._writing,
            self._engine.connect().execution_options(lightwork_write=True) as connection,
            connection.begin(),
        ):
            yield connection

    async def read(self, query: Callable[Concatenate[Connection, P], T], /, *arguments: P.args, **named: P.kwargs) -> T:
        """Carry a query out in a worker thread."""

        def work() -> T:
            with self.reading() as connection:
                return query(connection, *arguments, **named)

        return await asyncio.to_thread(work)

    async def write(
        self, change: Callable[Concatenate[Connection, P], T], /, *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Carry a change out as one transaction in a worker thread."""

        def work() -> T:
            with self.writing() as connection:
                return change(connection, *arguments, **named)

        return await asyncio.to_thread(work)


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    arguments: dict[str, Any] = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    if _file(address) is None:
        engine = create_engine(address, connect_args=arguments, poolclass=StaticPool)
    else:
        engine = create_engine(address, connect_args=arguments)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _file(address: URL) -> Path | None:
    """The database's file, if it is one."""
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone leaves data in the drive's own memory
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: one that first reads might find that another process wrote in between.
    writes = connection.get_execution_options().get("lightwork_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _translated(file: Path | None) -> Iterator[None]:
    """The database's faults that a team can do something about, in Lightwork's terms."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and file is not None and _no_room(file)):
            raise LightworkError(Trouble.DISK_FULL, "the records could not be written") from error
        raise


def _no_room(file: Path) -> bool:
    return shutil.disk_usage(file.parent).free < _NEARLY_NOTHING
