"""A project's folder: where its pieces lie, and the two small ones that are plain files, keys and manifest.

- `host.toml`: how it is hosted (`settings.py`)
- `host.key`: signs updates, checkpoints and receipts
- `project.key`: signs manifests; may be kept elsewhere, serving does not need it
- `manifest.json`: the signed manifest, as it travels
- `records.sqlite`, unless the settings name another database
- `blobs/`, unless the settings name another store
- `work/`: scratch; may be deleted whenever the host is not running
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.settings import HostSettings
from lightwork.protocol.documents import Kind, SignedDocument, project_id, public_hex, verify
from lightwork.protocol.manifest import Manifest, parse_manifest


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """Paths inside one project's folder."""

    root: Path

    @property
    def host_key(self) -> Path:
        """Ed25519 key as PEM, for its owner's eyes only."""
        return self.root / "host.key"

    @property
    def project_key(self) -> Path:
        """Ed25519 key as PEM, for its owner's eyes only."""
        return self.root / "project.key"

    @property
    def manifest(self) -> Path:
        """The SignedDocument as JSON."""
        return self.root / "manifest.json"

    @property
    def work(self) -> Path:
        """Scratch space."""
        return self.root / "work"

    def records_url(self, settings: HostSettings) -> str:
        """Where the records are."""
        return settings.records or f"sqlite:///{(self.root / 'records.sqlite').resolve().as_posix()}"

    def blobs_url(self, settings: HostSettings) -> str:
        """Where the blobs are."""
        return settings.blobs or (self.root / "blobs").resolve().as_uri()


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a key as PEM, readable by its owner alone, durably. Raises DISK_FULL, OSError."""
    replace_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a key. Raises IDENTITY_DAMAGED if there is none, or it is no Ed25519 key."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LightworkError(Trouble.IDENTITY_DAMAGED, f"{path.name}: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise LightworkError(Trouble.IDENTITY_DAMAGED, f"{path.name} holds no Ed25519 key")
    return key


def write_manifest(path: Path, document: SignedDocument) -> None:
    """Put a signed manifest in place, durably. Raises DISK_FULL, OSError."""
    replace_file(path, msgspec.json.encode(document))


def read_manifest(path: Path) -> tuple[Manifest, SignedDocument]:
    """Read and check the manifest. Raises PROJECT_UNKNOWN, MANIFEST_INVALID, MANIFEST_TAMPERED and what
    `parse_manifest` raises.
    """
    try:
        document = msgspec.json.decode(path.read_bytes(), type=SignedDocument)
    except FileNotFoundError:
        raise LightworkError(Trouble.PROJECT_UNKNOWN, str(path.parent)) from None
    except (OSError, msgspec.DecodeError) as error:
        raise LightworkError(Trouble.MANIFEST_INVALID, f"{path.name}: {error}") from None
    try:
        manifest = parse_manifest(verify(Kind.MANIFEST, document, document.key))
    except LightworkError as error:
        if error.trouble is Trouble.DOCUMENT_TAMPERED:
            raise LightworkError(Trouble.MANIFEST_TAMPERED, path.name) from None
        raise
    if manifest.project != project_id(document.key):
        raise LightworkError(Trouble.MANIFEST_TAMPERED, "the manifest is signed by another project's key")
    return manifest, document


def check_host_key(manifest: Manifest, key: Ed25519PrivateKey) -> None:
    """Raise IDENTITY_DAMAGED unless the manifest names this key as its host's: nobody would believe the receipts."""
    if public_hex(key.public_key()) != manifest.host_key:
        raise LightworkError(Trouble.IDENTITY_DAMAGED, "host.key is not the key that the manifest names")
