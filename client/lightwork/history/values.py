"""Checks on what goes into the ledger. A value that SQLite would bend or refuse is stopped here, by name."""

import math
import re

LARGEST = 2**63 - 1  # SQLite's largest whole number

_DIGEST = re.compile(r"[0-9a-f]{64}")


def natural(name: str, value: int, *, least: int = 0) -> int:
    """`value`, if it is a whole number from `least` to 2^63 - 1. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise ValueError(f"{name} must be a whole number from {least} to 2^63 - 1, not {str(value)[:40]}")
    return value


def time_of(value: float) -> float:
    """`value`, if it can be a Unix time. Raises ValueError."""
    if not math.isfinite(value):
        raise ValueError(f"a time must be a finite number of seconds, not {value}")
    return float(value)


def page(limit: int, offset: int) -> tuple[int, int]:
    """SQL's limit and offset. Raises ValueError: SQLite takes a negative limit for "all"."""
    return natural("limit", limit), natural("offset", offset)


def digest_of(digest: str) -> str:
    """`digest`, if it is a SHA-256 in lower-case hex. Raises ValueError."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"not a SHA-256 digest in lower-case hex: {digest[:80]!r}")
    return digest
