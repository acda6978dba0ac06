"""Contributions, from their announcement to their verdict."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from lightwork.host.records.schema import contributions
from lightwork.protocol.project import Contribution, UploadPhase, UploadState


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow:
    """A contribution. Its parts are blobs below the key `place`; `touched` is its newest chunk, or its completion.

    `round` is the one that it counts in: the one that was open when it was complete.
    """

    account: str
    announcement: Contribution
    round: int
    received: int
    place: str
    phase: UploadPhase
    touched: float
    norm: float | None

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return self.announcement.digest

    @property
    def state(self) -> UploadState:
        """As the wire tells it."""
        return UploadState(digest=self.digest, offset=self.received, phase=self.phase, round=self.round)


_COLUMNS = (
    contributions.c.account,
    contributions.c.announcement,
    contributions.c.round,
    contributions.c.received,
    contributions.c.place,
    contributions.c.phase,
    contributions.c.touched,
    contributions.c.norm,
)


def find(connection: Connection, account: str, digest: str) -> ContributionRow | None:
    """The contribution of that account and digest."""
    row = connection.execute(select(*_COLUMNS).where(*_is(account, digest))).one_or_none()
    return None if row is None else _read(row)


def pending(connection: Connection, version: int) -> list[ContributionRow]:
    """What a round averages, by digest: the order does not depend on when they arrived."""
    query = select(*_COLUMNS).where(
        contributions.c.round == version, contributions.c.phase == UploadPhase.PENDING.value
    )
    return [_read(row) for row in connection.execute(query.order_by(contributions.c.digest, contributions.c.account))]


def complete(connection: Connection, account: str, *, since: int) -> set[tuple[int, int]]:
    """What of the account's counts in the rounds from that one on: each round, and the version it was made against."""
    query = select(contributions.c.round, contributions.c.announcement).where(
        contributions.c.account == account,
        contributions.c.round >= since,
        contributions.c.phase != UploadPhase.RECEIVING.value,
    )
    return {(row[0], _base(row[1])) for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A contribution that counts in a round, or will; `base` is the version that it was made against."""

    account: str
    base: int
    phase: UploadPhase
    touched: float


def arrivals(connection: Connection, version: int) -> list[Arrival]:
    """Every contribution to a round."""
    columns = (contributions.c.account, contributions.c.announcement, contributions.c.phase, contributions.c.touched)
    rows = connection.execute(select(*columns).where(contributions.c.round == version))
    return [Arrival(row[0], _base(row[1]), UploadPhase(row[2]), row[3]) for row in rows]


def add(
    connection: Connection, account: str, message: Contribution, *, version: int, place: str, now: float
) -> ContributionRow:
    """Record an announcement in the round of that version, in place of an unfinished one with the same digest."""
    drop(connection, account, message.digest)
    connection.execute(
        insert(contributions).values(
            account=account,
            digest=message.digest,
            round=version,
            announcement=msgspec.json.encode(message).decode(),
            length=message.length,
            received=0,
            place=place,
            tokens=message.tokens,
            steps=message.steps,
            phase=UploadPhase.RECEIVING.value,
            touched=now,
        )
    )
    found = find(connection, account, message.digest)
    assert found is not None
    return found


def drop(connection: Connection, account: str, digest: str) -> None:
    """Forget an unfinished contribution. One that is acknowledged stays."""
    unfinished = contributions.c.phase == UploadPhase.RECEIVING.value
    connection.execute(delete(contributions).where(*_is(account, digest), unfinished))


def advance(connection: Connection, row: ContributionRow, received: int, now: float) -> bool:
    """Note how many bytes are stored. False if the upload was given up or begun anew meanwhile."""
    same = (*_is(row.account, row.digest), contributions.c.place == row.place, contributions.c.received == row.received)
    unfinished = contributions.c.phase == UploadPhase.RECEIVING.value
    changed = connection.execute(update(contributions).where(*same, unfinished).values(received=received, touched=now))
    return changed.rowcount == 1


def carry_over(connection: Connection, version: int) -> None:
    """Let the unfinished uploads that are left go on in the round of that version."""
    unfinished = contributions.c.phase == UploadPhase.RECEIVING.value
    connection.execute(update(contributions).where(unfinished).values(round=version))


def finish(
    connection: Connection, row: ContributionRow, phase: UploadPhase, norm: float | None, *, version: int, now: float
) -> bool:
    """Acknowledge a whole upload in the round of that version: PENDING or REJECTED. False if it is no longer the one
    that was inspected.
    """
    same = (*_is(row.account, row.digest), contributions.c.place == row.place)
    unfinished = contributions.c.phase == UploadPhase.RECEIVING.value
    values = {
        "round": version,
        "phase": phase.value,
        "norm": norm,
        "touched": now,
        "received": row.announcement.length,
    }
    return connection.execute(update(contributions).where(*same, unfinished).values(values)).rowcount == 1


def verify(connection: Connection, account: str, digest: str) -> None:
    """Turn PENDING into VERIFIED."""
    pending = contributions.c.phase == UploadPhase.PENDING.value
    changed = connection.execute(
        update(contributions).where(*_is(account, digest), pending).values(phase=UploadPhase.VERIFIED.value)
    )
    assert changed.rowcount == 1


def unfinished(connection: Connection, account: str | None = None) -> list[ContributionRow]:
    """Unfinished uploads: of one account or of all."""
    query = select(*_COLUMNS).where(contributions.c.phase == UploadPhase.RECEIVING.value)
    if account is not None:
        query = query.where(contributions.c.account == account)
    return [_read(row) for row in connection.execute(query)]


def count(connection: Connection) -> dict[UploadPhase, int]:
    """How many there are in each phase."""
    rows = connection.execute(select(contributions.c.phase, func.count()).group_by(contributions.c.phase))
    found = {UploadPhase(row[0]): int(row[1]) for row in rows}
    return {phase: found.get(phase, 0) for phase in UploadPhase}


def _is(account: str, digest: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return contributions.c.account == account, contributions.c.digest == digest


class _Based(msgspec.Struct):
    """What of an announcement is asked for many times."""

    base: int


def _base(announcement: str) -> int:
    return msgspec.json.decode(announcement, type=_Based).base


def _read(row: Row[Any, Any, Any, Any, Any, Any, Any, Any]) -> ContributionRow:
    return ContributionRow(
        account=row.account,
        announcement=msgspec.json.decode(row.announcement, type=Contribution),
        round=row.round,
        received=row.received,
        place=row.place,
        phase=UploadPhase(row.phase),
        touched=row.touched,
        norm=row.norm,
    )
