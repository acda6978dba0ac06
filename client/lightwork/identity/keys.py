"""The account key and its spellings: hex for a keyring entry, PEM for a file."""

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

_LABEL = (
    "# The account key of Lightwork on this computer. It is not encrypted: whoever can read this file can act as this\n"
    "# account. It lies here because the system offered no keyring when the account was made.\n"
)


@dataclass(frozen=True)
class Identity:
    """An account. `encrypted` is False if its key lies in a plain file."""

    key: Ed25519PrivateKey
    encrypted: bool

    @property
    def account(self) -> str:
        """The public key, 64 characters of lower-case hex: the name by which hosts know this computer."""
        return account_of(self.key)


def account_of(key: Ed25519PrivateKey) -> str:
    """The public key in lower-case hex."""
    return key.public_key().public_bytes_raw().hex()


def to_hex(key: Ed25519PrivateKey) -> str:
    """The private key as 64 characters."""
    return key.private_bytes_raw().hex()


def from_hex(text: str) -> Ed25519PrivateKey | None:
    """The key that `to_hex` wrote; None if this is none."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    except ValueError:
        return None


def to_pem(key: Ed25519PrivateKey) -> bytes:
    """The private key as a PEM file (PKCS #8), labelled for a person who finds it."""
    return _LABEL.encode() + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(content: bytes) -> Ed25519PrivateKey | None:
    """The key that `to_pem` wrote; None if this is none."""
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is encrypted
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None
