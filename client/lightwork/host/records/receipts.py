"""Receipts: signed, numbered for each account from 1 without gaps, at most one for each contribution."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from lightwork.host.records.schema import accounts, receipts
from lightwork.protocol.documents import Receipt, SignedDocument, Verdict

Sign = Callable[[Receipt], SignedDocument]


def issue(connection: Connection, receipt: Receipt, sign: Sign) -> Receipt:
    """Give the receipt the account's next number, sign and record it. Its own number is passed over.

    Raises sqlalchemy's IntegrityError, and the transaction fails, if the contribution has one already.
    """
    counted = receipt.tokens if receipt.verdict is Verdict.VERIFIED else 0
    more = {"receipts": accounts.c.receipts + 1, "tokens": accounts.c.tokens + counted}
    connection.execute(update(accounts).where(accounts.c.id == receipt.account).values(more))
    number = connection.execute(select(accounts.c.receipts).where(accounts.c.id == receipt.account)).scalar_one()
    numbered = msgspec.structs.replace(receipt, number=number)
    connection.execute(
        insert(receipts).values(
            account=receipt.account,
            number=number,
            digest=receipt.contribution,
            round=receipt.round,
            tokens=receipt.tokens,
            verdict=receipt.verdict.value,
            document=msgspec.json.encode(sign(numbered)),
        )
    )
    return numbered


def after(connection: Connection, account: str, number: int, most: int) -> list[SignedDocument]:
    """The account's receipts above that number, in order."""
    query = select(receipts.c.document).where(receipts.c.account == account, receipts.c.number > number)
    rows = connection.execute(query.order_by(receipts.c.number).limit(most))
    return [msgspec.json.decode(row[0], type=SignedDocument) for row in rows]


def verified_tokens(connection: Connection) -> int:
    """Tokens in all receipts that say "verified"."""
    query = select(func.coalesce(func.sum(receipts.c.tokens), 0)).where(receipts.c.verdict == Verdict.VERIFIED.value)
    return int(connection.execute(query).scalar_one())
