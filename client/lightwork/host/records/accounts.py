"""Accounts, and the nonces of their requests."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lightwork.host.records.schema import accounts, nonces
from lightwork.host.rounds import Volunteer

NEVER_ACTIVE = -1


@dataclass(frozen=True, slots=True)
class Account:
    """A volunteer. `leases`: taken so far; `receipts`: the number of the newest one; `tokens`: in verified ones."""

    id: str
    leases: int
    receipts: int
    tokens: int
    banned: bool


def find(connection: Connection, account: str) -> Account | None:
    """The account, if it has joined."""
    columns = (accounts.c.id, accounts.c.leases, accounts.c.receipts, accounts.c.tokens, accounts.c.banned)
    row = connection.execute(select(*columns).where(accounts.c.id == account)).one_or_none()
    return None if row is None else Account(*row)


def join(connection: Connection, account: str, program: str, now: float) -> Account:
    """Make it an account; one that is there learns of the program's new version."""
    changed = connection.execute(update(accounts).where(accounts.c.id == account).values(program=program))
    if changed.rowcount == 0:
        connection.execute(
            insert(accounts).values(
                id=account,
                joined=now,
                program=program,
                seen=now,
                active=NEVER_ACTIVE,
                leases=0,
                receipts=0,
                tokens=0,
                banned=False,
            )
        )
    found = find(connection, account)
    assert found is not None
    return found


def admit(connection: Connection, account: str, nonce: str, created: int, now: float) -> bool:
    """Remember a request's nonce, and that the account was heard of. False if the nonce was there already."""
    try:
        with connection.begin_nested():
            connection.execute(insert(nonces).values(account=account, nonce=nonce, created=created))
    except IntegrityError:
        return False
    connection.execute(update(accounts).where(accounts.c.id == account).values(seen=now))
    return True


def forget_nonces(connection: Connection, before: float) -> None:
    """Drop the nonces of requests that are too old to be accepted again in any case."""
    connection.execute(delete(nonces).where(nonces.c.created < before))


def mark_active(connection: Connection, account: str, version: int) -> None:
    """Note that the account takes part in the round of that version."""
    connection.execute(
        update(accounts).where(accounts.c.id == account, accounts.c.active < version).values(active=version)
    )


def volunteers(connection: Connection, since_round: int) -> list[Volunteer]:
    """The accounts that took part in that round or a later one."""
    columns = (accounts.c.id, accounts.c.active, accounts.c.seen)
    rows = connection.execute(select(*columns).where(accounts.c.active >= since_round, ~accounts.c.banned))
    return [Volunteer(*row) for row in rows]


def count(connection: Connection, seen_since: float | None = None) -> int:
    """How many there are, or were heard of since then."""
    query = select(func.count()).select_from(accounts)
    if seen_since is not None:
        query = query.where(accounts.c.seen >= seen_since)
    return int(connection.execute(query).scalar_one())


def ban(connection: Connection, account: str, banned: bool) -> bool:
    """Shut an account out, or let it in again. False if there is none."""
    return connection.execute(update(accounts).where(accounts.c.id == account).values(banned=banned)).rowcount == 1
