"""The tables, as the newest migration leaves them (a test compares the two).

Times are Unix seconds. Credit is not stored: it is 6 x parameters x tokens, and may be larger than a database's whole
numbers.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

_HEX = 64

facts = Table(
    "facts",
    metadata,
    Column("name", String(_HEX), primary_key=True),
    Column("value", Text, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(_HEX), primary_key=True),
    Column("joined", Float, nullable=False),
    Column("program", String(50), nullable=False),
    Column("seen", Float, nullable=False, index=True),  # newest signed request
    Column("active", BigInteger, nullable=False, index=True),  # newest round that it took part in; -1: none
    Column("leases", Integer, nullable=False),  # taken so far
    Column("receipts", Integer, nullable=False),  # number of the newest
    Column("tokens", BigInteger, nullable=False, server_default="0"),  # in verified receipts
    Column("banned", Boolean, nullable=False),
)

nonces = Table(
    "nonces",
    metadata,
    Column("account", String(_HEX), primary_key=True),
    Column("nonce", String(_HEX), primary_key=True),
    Column("created", BigInteger, nullable=False, index=True),
)

leases = Table(
    "leases",
    metadata,
    Column("id", String(_HEX), primary_key=True),
    Column("account", ForeignKey(accounts.c.id), nullable=False, index=True),
    Column("round", BigInteger, nullable=False),
    Column("max_tokens", BigInteger, nullable=False),
    Column("expires", Float, nullable=False, index=True),
    Column("contribution", String(_HEX)),  # digest of the one that used it
)

contributions = Table(
    "contributions",
    metadata,
    Column("account", ForeignKey(accounts.c.id), primary_key=True),
    Column("digest", String(_HEX), primary_key=True),
    Column("round", BigInteger, nullable=False),
    Column("announcement", Text, nullable=False),  # the message, as JSON
    Column("length", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),  # bytes
    Column("place", String(_HEX), nullable=False),  # its parts are blobs below this key
    Column("tokens", BigInteger, nullable=False),
    Column("steps", BigInteger, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("touched", Float, nullable=False),  # newest chunk; once complete, when it was
    Column("norm", Float),
    Index("contributions_of_round", "round", "phase"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("account", ForeignKey(accounts.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(_HEX), nullable=False),
    Column("round", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("document", LargeBinary, nullable=False),  # the SignedDocument, as JSON
    UniqueConstraint("account", "digest"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("opened", Float, nullable=False),
    Column("closed", Float),
    Column("expected", Integer),  # accounts, when it closed
    Column("since", Float),  # when its grace began; null if a quorum never came
    Column("spread", Float),  # seconds from then to the last answer that the round was for
    Column("norm", Float),  # median of its contributions
)

updates = Table(
    "updates",
    metadata,
    Column("base", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", String(_HEX), nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", String(_HEX), nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("place", String(_HEX), nullable=False),  # its vectors are blobs below this key
    Column("digests", Text, nullable=False),  # of each vector, by name, as JSON
)

held_out = Table(
    "held_out",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("loss", Float, nullable=False),
    Column("tokens", BigInteger, nullable=False),
)

# Blobs that may go: written down before they are put, crossed out by the transaction that refers to them, and written
# down again by the one that drops them. So a crash at any instant leaves no blob behind that nobody knows of.
loose = Table(
    "loose",
    metadata,
    Column("key", String(200), primary_key=True),
)
