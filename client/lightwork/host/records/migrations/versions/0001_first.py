"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _volunteers()
    _work()
    _versions()


def _volunteers() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("joined", sa.Float, nullable=False),
        sa.Column("program", sa.String(50), nullable=False),
        sa.Column("seen", sa.Float, nullable=False, index=True),
        sa.Column("active", sa.BigInteger, nullable=False, index=True),
        sa.Column("leases", sa.Integer, nullable=False),
        sa.Column("receipts", sa.Integer, nullable=False),
        sa.Column("banned", sa.Boolean, nullable=False),
    )
    op.create_table(
        "nonces",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("created", sa.BigInteger, nullable=False, index=True),
    )


def _work() -> None:
    op.create_table(
        "leases",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("round", sa.BigInteger, nullable=False),
        sa.Column("max_tokens", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.Float, nullable=False, index=True),
        sa.Column("contribution", sa.String(64)),
    )
    op.create_table(
        "contributions",
        sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("round", sa.BigInteger, nullable=False),
        sa.Column("announcement", sa.Text, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("steps", sa.BigInteger, nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("touched", sa.Float, nullable=False),
        sa.Column("norm", sa.Float),
        sa.Index("contributions_of_round", "round", "phase"),
    )
    op.create_table(
        "receipts",
        sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("round", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("account", "digest"),
    )


def _versions() -> None:
    op.create_table(
        "rounds",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("opened", sa.Float, nullable=False),
        sa.Column("closed", sa.Float),
        sa.Column("expected", sa.Integer),
        sa.Column("since", sa.Float),
        sa.Column("spread", sa.Float),
        sa.Column("norm", sa.Float),
    )
    for name, number in (("updates", "base"), ("checkpoints", "version")):
        op.create_table(
            name,
            sa.Column(number, sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("sha256", sa.String(64), nullable=False, index=True),
            sa.Column("document", sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "states",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("digests", sa.Text, nullable=False),
    )
    op.create_table(
        "held_out",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("loss", sa.Float, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
    )
    op.create_table("loose", sa.Column("key", sa.String(200), primary_key=True))
