"""`host.toml`: how a project is hosted. Nothing in it is part of the project itself, which is in the manifest."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import tomlkit

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble

FILE_NAME = "host.toml"

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class HostSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the team may choose. Empty `records` and `blobs`: a database and a folder inside the project's folder."""

    records: str = ""  # SQLAlchemy URL: "sqlite:////srv/records.sqlite", "postgresql+psycopg://..."
    blobs: str = ""  # obstore URL: "file:///srv/blobs", "s3://bucket/path", ...
    address: str = "127.0.0.1"
    port: Port = 8470  # 0: any free one
    public_url: str = ""  # where volunteers reach the host, if a proxy stands before it
    tls_certificate: str = ""  # PEM files; both or neither
    tls_key: str = ""
    # Versions; 0: as soon as the updates since the last one are half as large as it, and every 50.
    checkpoint_every: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    evaluation: bool = True  # measure the held-out loss of each version in a process beside the host
    evaluation_device: str = "cpu"
    evaluation_threads: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 1
    evaluation_memory: Annotated[int, msgspec.Meta(ge=1 << 20)] = 4 << 30  # bytes on that device


def load_settings(folder: Path) -> HostSettings:
    """The settings in a project's folder; the defaults if there is no file. Raises SETTINGS_INVALID."""
    try:
        raw = tomllib.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        settings = msgspec.convert(raw, HostSettings)
    except FileNotFoundError:
        return HostSettings()
    except (OSError, ValueError) as error:  # what is no TOML, no UTF-8 or no such setting is a ValueError
        raise LightworkError(Trouble.SETTINGS_INVALID, f"{FILE_NAME}: {error}") from None
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise LightworkError(Trouble.SETTINGS_INVALID, f"{FILE_NAME}: tls_certificate and tls_key go together")
    return settings


def save_settings(folder: Path, settings: HostSettings) -> None:
    """Write all settings, defaults too, so that a person sees what there is to choose. Raises DISK_FULL, OSError."""
    replace_file(folder / FILE_NAME, tomlkit.dumps(msgspec.to_builtins(settings)).encode())
