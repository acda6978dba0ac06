"""Finding this computer's identity, or making it on first use.

The key is written first and the marker last. A crash in between leaves a key that nothing refers to: in a file it is
taken up again, in a keyring it is an unused entry. A key that exists is never replaced: when it cannot be reached, that
is an error, since a new account would begin without credit.
"""

import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.identity import marker as markers
from lightwork.identity import ring
from lightwork.identity.keys import Identity, account_of, from_hex, from_pem, to_hex, to_pem
from lightwork.identity.marker import KEY_NAME, Marker, Where, damaged


def load_or_create(home: Path, *, timeout: float = 10.0) -> Identity:
    """The identity that lives in `home`. Blocks for up to `timeout` seconds on the keyring, which may ask a person.

    A first identity goes into the system keyring, or into `home/identity.key` if there is no keyring that works.
    Raises LightworkError: IDENTITY_LOCKED if the key is in a keyring that does not answer, IDENTITY_DAMAGED if it is
    gone or does not belong to the account, DISK_FULL. Raises OSError if `home` cannot be written.
    """
    marker = markers.read(home)
    if marker is not None:
        return _load(home, marker, timeout)
    import filelock  # noqa: PLC0415  50 ms, on the first start only

    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with filelock.FileLock(home / "identity.lock", timeout=2 * timeout):
            marker = markers.read(home)  # somebody else may have made one while we waited
            return _create(home, timeout) if marker is None else _load(home, marker, timeout)
    except filelock.Timeout as error:
        raise LightworkError(Trouble.IDENTITY_LOCKED, "another Lightwork is just making the account") from error


def _load(home: Path, marker: Marker, timeout: float) -> Identity:
    if marker.where is Where.KEYRING:
        key: Ed25519PrivateKey | None = _from_ring(marker, timeout)
    else:
        key = _from_file(home)
    if key is None:
        raise damaged(f"the account key {KEY_NAME} is missing")
    if account_of(key) != marker.account:
        raise damaged(f"the account key is not the one of account {marker.account}")
    return Identity(key=key, encrypted=marker.where is Where.KEYRING)


def _create(home: Path, timeout: float) -> Identity:
    for part in home.glob(f".{KEY_NAME}.*.part"):  # keys that a crash cut short; no account ever had them
        part.unlink(missing_ok=True)
    key = _from_file(home)
    if key is None:
        key = Ed25519PrivateKey.generate()
        account = account_of(key)
        try:
            name = ring.store(account, to_hex(key), timeout)
        except ring.RingUnavailableError:
            replace_file(home / KEY_NAME, to_pem(key))
        else:
            markers.write(home, Marker(account=account, where=Where.KEYRING, entry=account, ring=name))
            return Identity(key=key, encrypted=True)
    markers.write(home, Marker(account=account_of(key), where=Where.FILE))
    return Identity(key=key, encrypted=False)


def _from_ring(marker: Marker, timeout: float) -> Ed25519PrivateKey:
    try:
        secret, name = ring.fetch(marker.entry, timeout)
    except ring.RingUnavailableError as error:
        raise LightworkError(
            Trouble.IDENTITY_LOCKED, f"the account key is in the system keyring, which cannot be read: {error}"
        ) from error
    if secret is None and name != marker.ring:
        # another ring answered, for example in a session without a desktop; the right one still has the key
        raise LightworkError(
            Trouble.IDENTITY_LOCKED, f"the account key is in the keyring {marker.ring}, but {name} answered"
        )
    if secret is None:
        raise damaged(f"the keyring has no entry {ring.SERVICE} / {marker.entry}")
    key = from_hex(secret)
    if key is None:
        raise damaged(f"the keyring's entry {ring.SERVICE} / {marker.entry} is not an account key")
    return key


def _from_file(home: Path) -> Ed25519PrivateKey | None:
    """The key in the file; None if there is no file."""
    path = home / KEY_NAME
    try:
        content = path.read_bytes()
        _close_to_others(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise damaged(f"the account key {KEY_NAME} cannot be read ({error})") from error
    key = from_pem(content)
    if key is None:
        raise damaged(f"the account key {KEY_NAME} is damaged")
    return key


def _close_to_others(path: Path) -> None:
    """Take back rights that a copy or a backup may have given to others.

    Windows has no such modes: there the file is protected by the access list of the user's profile folder.
    """
    if sys.platform != "win32" and path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
        path.chmod(0o600)
