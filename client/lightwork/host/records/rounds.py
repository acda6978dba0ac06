"""Rounds, past and open, and the held-out loss of their versions."""

from sqlalchemy import Connection, insert, select, update

from lightwork.domain.status import LossPoint
from lightwork.host.records.schema import held_out, rounds


def open_round(connection: Connection, version: int, now: float) -> None:
    """Begin a round."""
    connection.execute(insert(rounds).values(version=version, opened=now))


def newest(connection: Connection) -> tuple[int, float] | None:
    """Version of the open round, and when it was opened. None before the first."""
    query = select(rounds.c.version, rounds.c.opened).order_by(rounds.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def close(
    connection: Connection,
    version: int,
    *,
    now: float,
    expected: int,
    since: float | None,
    spread: float | None,
    norm: float,
) -> None:
    """Record how a round ended. `since` and `spread` as in `host.rounds`; `norm` is its contributions' median."""
    connection.execute(
        update(rounds)
        .where(rounds.c.version == version)
        .values(closed=now, expected=expected, since=since, spread=spread, norm=norm)
    )


def spreads(connection: Connection, most: int) -> tuple[float, ...]:
    """The spreads of the newest rounds that had one."""
    query = select(rounds.c.spread).where(rounds.c.spread.is_not(None)).order_by(rounds.c.version.desc()).limit(most)
    return tuple(row[0] for row in connection.execute(query))


def norms(connection: Connection, most: int) -> list[float]:
    """The median norms of the newest closed rounds."""
    query = select(rounds.c.norm).where(rounds.c.norm.is_not(None)).order_by(rounds.c.version.desc()).limit(most)
    return [row[0] for row in connection.execute(query)]


def add_loss(connection: Connection, point: LossPoint, tokens: int) -> None:
    """Record a version's held-out loss; a second measurement takes the place of the first."""
    values = {"loss": point.loss, "tokens": tokens}
    changed = connection.execute(update(held_out).where(held_out.c.version == point.version).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(held_out).values(version=point.version, **values))


def losses(connection: Connection, most: int) -> tuple[LossPoint, ...]:
    """The held-out losses of the newest versions, newest last."""
    query = select(held_out.c.version, held_out.c.loss).order_by(held_out.c.version.desc()).limit(most)
    rows = connection.execute(query).all()
    return tuple(LossPoint(version=row[0], loss=row[1]) for row in reversed(rows))


def has_loss(connection: Connection, version: int) -> bool:
    """Whether the held-out loss of that version is known."""
    query = select(held_out.c.version).where(held_out.c.version == version)
    return connection.execute(query).one_or_none() is not None
