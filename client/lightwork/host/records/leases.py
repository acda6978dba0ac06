"""Leases: who may count which work, and whether it was counted."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select, update

from lightwork.host.records.schema import accounts, leases
from lightwork.host.validate import LeaseFacts


def end_all_but(connection: Connection, account: str, kept: int, now: float) -> None:
    """Let the account's oldest open leases expire, so that at most `kept` are left."""
    open_ones = (leases.c.account == account, leases.c.contribution.is_(None), leases.c.expires >= now)
    newest_first = select(leases.c.id).where(*open_ones).order_by(leases.c.expires.desc(), leases.c.id)
    surplus = connection.execute(newest_first.offset(kept).limit(1000)).scalars().all()
    connection.execute(update(leases).where(leases.c.id.in_(surplus)).values(expires=now - 1))


def add(connection: Connection, account: str, lease: LeaseFacts, version: int) -> None:
    """Record a lease, and that the account has taken one more."""
    connection.execute(
        insert(leases).values(
            id=lease.id, account=account, round=version, max_tokens=lease.max_tokens, expires=lease.expires
        )
    )
    connection.execute(update(accounts).where(accounts.c.id == account).values(leases=accounts.c.leases + 1))


def held(connection: Connection, account: str, ids: Collection[str]) -> dict[str, LeaseFacts]:
    """Those of the leases that are the account's own, by id."""
    columns = (leases.c.id, leases.c.max_tokens, leases.c.expires, leases.c.contribution.is_not(None))
    rows = connection.execute(select(*columns).where(leases.c.account == account, leases.c.id.in_(ids)))
    return {row[0]: LeaseFacts(row[0], row[1], row[2], bool(row[3])) for row in rows}


def use(connection: Connection, account: str, lease: str, digest: str) -> bool:
    """Count a lease for a contribution. False if there is no such lease, or it was counted: it can be but once."""
    open_one = (leases.c.id == lease, leases.c.account == account, leases.c.contribution.is_(None))
    return connection.execute(update(leases).where(*open_one).values(contribution=digest)).rowcount == 1


def sweep(connection: Connection, before: float) -> None:
    """Drop leases that expired before then. Ids do not come again, so what was counted can never be counted anew."""
    connection.execute(delete(leases).where(leases.c.expires < before))


def total(connection: Connection) -> int:
    """How many were ever taken."""
    return int(connection.execute(select(func.coalesce(func.sum(accounts.c.leases), 0))).scalar_one())
