"""Versions of the weights: updates, checkpoints, the newest state, and the blobs that may go."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update

from lightwork.host.records.schema import checkpoints, facts, loose, states, updates
from lightwork.host.replay import checkpoint_due, oldest_worth_replaying
from lightwork.protocol.documents import SignedDocument
from lightwork.protocol.manifest import FileRef


@dataclass(frozen=True, slots=True)
class StateRow:
    """Where a version's vectors are: blobs below the key `place`, and the digest of each by its name."""

    version: int
    place: str
    digests: Mapping[str, str]


class _WithFile(msgspec.Struct):
    """What counts of an update, whichever version of the program has signed it."""

    file: FileRef


class _WithFiles(msgspec.Struct):
    """What counts of a checkpoint."""

    files: tuple[FileRef, ...]


def fact(connection: Connection, name: str) -> str | None:
    """A fact about the project as a whole, which `set_fact` may replace."""
    return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Record or replace a fact."""
    if connection.execute(update(facts).where(facts.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(facts).values(name=name, value=value))


def newest_state(connection: Connection) -> StateRow | None:
    """The state of the newest version."""
    columns = (states.c.version, states.c.place, states.c.digests)
    row = connection.execute(select(*columns).order_by(states.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else StateRow(row[0], row[1], json.loads(row[2]))


def replace_state(connection: Connection, state: StateRow) -> None:
    """Record a newer state; the blobs of the older ones may go."""
    old = connection.execute(select(states.c.place)).scalars().all()
    loosen(connection, (place + "/" for place in old))
    connection.execute(delete(states))
    connection.execute(
        insert(states).values(version=state.version, place=state.place, digests=json.dumps(dict(state.digests)))
    )
    tie(connection, [state.place + "/"])


def add_update(connection: Connection, base: int, sha256: str, key: str, document: SignedDocument) -> None:
    """Record an update, whose payload is the blob `key`."""
    connection.execute(insert(updates).values(base=base, sha256=sha256, document=msgspec.json.encode(document)))
    tie(connection, [key])


def find_update(connection: Connection, base: int) -> SignedDocument | None:
    """The update from that version."""
    found = connection.execute(select(updates.c.document).where(updates.c.base == base)).scalar_one_or_none()
    return None if found is None else msgspec.json.decode(found, type=SignedDocument)


def oldest_update(connection: Connection) -> int | None:
    """The version from which the oldest update leads on: after `prune` the oldest from which replaying is worth it."""
    found = connection.execute(select(func.min(updates.c.base))).scalar_one()
    return None if found is None else int(found)


def _update_lengths(connection: Connection, *where: ColumnElement[bool]) -> Iterator[tuple[int, int]]:
    """The newest first: the version that each update leads on from, and the bytes of its payload."""
    query = select(updates.c.base, updates.c.document).where(*where).order_by(updates.c.base.desc())
    with connection.execute(query) as rows:  # the caller may have seen enough before their end
        for base, document in rows:
            body = msgspec.json.decode(document, type=SignedDocument).body
            yield base, msgspec.json.decode(body, type=_WithFile).file.length


def is_checkpoint_due(
    connection: Connection, version: int, every: int, checkpoint_bytes: int, newest_update: int
) -> bool:
    """Whether `version`, to which an update of `newest_update` bytes leads, needs a checkpoint of so many bytes."""
    found = newest_checkpoint(connection)
    newest = 0 if found is None else found[0]
    lengths = () if every else _update_lengths(connection, updates.c.base >= newest)
    return checkpoint_due(version, every, newest, checkpoint_bytes, newest_update + sum(size for _, size in lengths))


def add_checkpoint(connection: Connection, version: int, sha256: str, key: str, document: SignedDocument) -> None:
    """Record a checkpoint, whose weights are the blob `key`."""
    values = {"version": version, "sha256": sha256, "document": msgspec.json.encode(document)}
    connection.execute(insert(checkpoints).values(values))
    tie(connection, [key])


def newest_checkpoint(connection: Connection) -> tuple[int, SignedDocument] | None:
    """The newest checkpoint. None if there is none but the manifest's weights."""
    query = select(checkpoints.c.version, checkpoints.c.document).order_by(checkpoints.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], msgspec.json.decode(row[1], type=SignedDocument))


def prune(connection: Connection, keep_checkpoints: int, prefix: str) -> None:
    """Keep that many checkpoints, and the updates that anybody would replay; the other blobs may go.

    `prefix` stands before a digest in the key of its blob.
    """
    query = select(checkpoints.c.version).order_by(checkpoints.c.version.desc())
    versions = list(connection.execute(query.limit(keep_checkpoints)).scalars())
    found = newest_checkpoint(connection)
    if found is None:
        return
    newest, document = found
    length = sum(file.length for file in msgspec.json.decode(document.body, type=_WithFiles).files)
    oldest_update = oldest_worth_replaying(newest, length, _update_lengths(connection, updates.c.base < newest))
    for table, column, oldest in (
        (checkpoints, checkpoints.c.version, versions[-1]),
        (updates, updates.c.base, oldest_update),
    ):
        gone = connection.execute(select(table.c.sha256).where(column < oldest)).scalars().all()
        loosen(connection, (prefix + sha256 for sha256 in gone))
        connection.execute(delete(table).where(column < oldest))


def loosen(connection: Connection, keys: Iterable[str]) -> None:
    """Write down blobs that may go. A key that ends with `/` stands for all below it."""
    for key in set(keys):
        if connection.execute(select(loose.c.key).where(loose.c.key == key)).one_or_none() is None:
            connection.execute(insert(loose).values(key=key))


def tie(connection: Connection, keys: Iterable[str]) -> None:
    """Cross out blobs that something refers to now."""
    connection.execute(delete(loose).where(loose.c.key.in_(list(keys))))


def loose_keys(connection: Connection) -> list[str]:
    """The blobs that may go."""
    return list(connection.execute(select(loose.c.key).order_by(loose.c.key)).scalars())


def refers_to(connection: Connection, sha256: str) -> bool:
    """Whether an update or a checkpoint is a file of that digest: two updates may be the same bytes."""
    tables: tuple[Table, ...] = (updates, checkpoints)
    return any(
        connection.execute(select(table.c.sha256).where(table.c.sha256 == sha256).limit(1)).first() for table in tables
    )
