"""identity.json: which account this computer has, and where its key lies. No secret is in it.

It is written last, so an identity exists if and only if this file does.
"""

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble

NAME = "identity.json"
KEY_NAME = "identity.key"
VERSION = 1

_ACCOUNT = re.compile(r"[0-9a-f]{64}")
_REMEDY = f"restore it from a backup, or move {NAME} and {KEY_NAME} away to begin with a new account"


class Where(StrEnum):
    """Where the key lies."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """`entry` is the name of the keyring's entry and `ring` the kind of keyring; both are empty for a file."""

    account: str
    where: Where
    entry: str = ""
    ring: str = ""


def write(home: Path, marker: Marker) -> None:
    """Make the identity exist. Raises LightworkError(DISK_FULL), OSError."""
    text = json.dumps({"version": VERSION, **asdict(marker)}, indent=2)
    replace_file(home / NAME, text.encode() + b"\n")


def read(home: Path) -> Marker | None:
    """The marker; None if there is no identity yet. Raises LightworkError(IDENTITY_DAMAGED)."""
    try:
        content = (home / NAME).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise damaged(f"{NAME} cannot be read ({error})") from error
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(f"{NAME} is damaged") from error
    if not isinstance(values, dict):
        raise damaged(f"{NAME} is damaged")
    version = values.get("version")
    if type(version) is not int or version < 1:
        raise damaged(f"{NAME} is damaged")
    if version > VERSION:
        raise LightworkError(
            Trouble.IDENTITY_DAMAGED,
            f"{NAME} was written by a newer Lightwork (version {version}): update this program",
        )
    marker = _marker(values)
    if marker is None:
        raise damaged(f"{NAME} is damaged")
    return marker


def damaged(what: str) -> LightworkError:
    """The fault of an identity that is there but cannot be used, with what to do about it."""
    return LightworkError(Trouble.IDENTITY_DAMAGED, f"{what}; {_REMEDY}")


def _marker(values: dict[str, object]) -> Marker | None:
    account, where, entry, ring = (values.get(name, "") for name in ("account", "where", "entry", "ring"))
    if not (isinstance(account, str) and isinstance(where, str) and isinstance(entry, str) and isinstance(ring, str)):
        return None
    if not _ACCOUNT.fullmatch(account) or where not in list(Where) or (where == Where.KEYRING and not entry):
        return None
    return Marker(account=account, where=Where(where), entry=entry, ring=ring)
