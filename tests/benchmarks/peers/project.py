"""The text that all train on, and Lightwork's own project of it."""

import asyncio
import dataclasses
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from lightwork.host import practice
from lightwork.host.create import build
from lightwork.host.settings import HostSettings
from lightwork.host.tokens import ByteEncoder, Document
from lightwork.protocol.manifest import Recipe

PORT = 8470
_SOURCES = Path(sysconfig.get_path("stdlib"))


def write_text(folder: Path) -> tuple[Path, Path]:
    """The practice project's text as two files of tokens: to train on, and to measure with."""
    training, held_out = (
        [Document(name, (path.read_bytes(),)) for name, path in files]
        for files in practice.split(practice.source_files(_SOURCES))
    )
    names = folder / "training.bin", folder / "held-out.bin"
    for file, documents in zip(names, (training, held_out), strict=True):
        file.write_bytes(_tokens(documents))
    return names


def make_project(folder: Path, *, recipe: Recipe, address: str, certificate: Path, key: Path, seed: int) -> str:
    """The practice project with this recipe, to be served at this address. Returns its join link.

    The host does not measure losses meanwhile, since the others have nobody who does; it keeps every update.
    """
    settings = HostSettings(
        address=address,
        port=PORT,
        tls_certificate=str(certificate),
        tls_key=str(key),
        evaluation=False,
        checkpoint_every=1_000_000,
    )
    plan = dataclasses.replace(practice.plan(_SOURCES), practice=False, recipe=recipe, settings=settings, seed=seed)
    return str(asyncio.run(build(folder, plan)))


def _tokens(documents: Iterable[Document]) -> bytes:
    encoder = ByteEncoder()
    return b"".join(
        b"".join(encoder.encode(piece) for piece in document.pieces) + encoder.end for document in documents
    )
