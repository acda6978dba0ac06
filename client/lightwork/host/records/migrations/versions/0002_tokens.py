"""How many verified tokens an account has, kept beside its receipts: each lease begins where they have led."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number, and count it once."""
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("tokens", sa.BigInteger, nullable=False, server_default="0"))
    accounts = sa.table("accounts", sa.column("id"), sa.column("tokens"))
    receipts = sa.table("receipts", sa.column("account"), sa.column("tokens"), sa.column("verdict"))
    theirs = sa.select(sa.func.coalesce(sa.func.sum(receipts.c.tokens), 0)).where(
        receipts.c.account == accounts.c.id, receipts.c.verdict == "verified"
    )
    op.execute(sa.update(accounts).values(tokens=theirs.scalar_subquery()))
