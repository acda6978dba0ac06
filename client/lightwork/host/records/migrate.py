"""Bringing the tables to the newest version, with alembic but without its configuration file.

A released migration is never edited: databases that it made are out there. To change the tables, add one to
`migrations/versions`, and keep a database of the version before it in tests/upgrades.
"""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from lightwork.disk.durable import sync_folder
from lightwork.domain.errors import LightworkError, Trouble

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine, file: Path | None, migrations: Path = MIGRATIONS) -> None:
    """Bring the tables to the newest version, in one transaction; a copy of a local file is made before.

    The copy is named `NAME.version-N` and stays, for a team that wants to go back to the program before.
    Raises RECORDS_NEWER for tables that a newer program made.
    """
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    with engine.connect().execution_options(lightwork_write=True) as connection, connection.begin():
        config = _config(connection, migrations)
        scripts = ScriptDirectory.from_config(config)
        current = MigrationContext.configure(connection).get_current_revision()
        newest = scripts.get_current_head()
        if current == newest:
            return
        if current is not None:
            if current not in {script.revision for script in scripts.walk_revisions()}:
                raise LightworkError(Trouble.RECORDS_NEWER, f"the records have version {current}, here {newest}")
            if file is not None:
                _back_up(file, current)
        command.upgrade(config, "head")


def _config(connection: Connection, migrations: Path) -> Config:
    config = Config()
    # alembic reads `%` in its options as the beginning of a reference
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _back_up(file: Path, version: str) -> None:
    """Copy the database: whole or not at all. Our own transaction has changed nothing yet."""
    target = file.with_name(f"{file.name}.version-{version}")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    source, copy = sqlite3.connect(file), sqlite3.connect(part)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()
    part.replace(target)
    sync_folder(target.parent)
