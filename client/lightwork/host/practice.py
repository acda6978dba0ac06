"""The practice project: a small model of the Python library's own sources, so that contributing needs no network.

It is a project like any other, with a signed manifest and a host; only that the host runs on this very computer.
`python -m lightwork.host.practice --folder FOLDER` serves it: one JSON line with the link, or with what went wrong.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.host.create import Plan, build, link_of, renew
from lightwork.host.folder import ProjectFolder, read_manifest
from lightwork.host.settings import HostSettings
from lightwork.host.tokens import ByteEncoder, Document
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import Optimizer, Recipe
from lightwork.protocol.model import GptjModel

# 856,064 parameters: about a million, and still some thousand tokens a second on one slow core.
MODEL = GptjModel(vocab_size=256, n_positions=128, n_embd=128, n_layer=4, n_head=4, rotary_dim=32)
RECIPE = Recipe(
    sequence=128,
    batch=4,
    optimizer=Optimizer.MUON,
    learning_rate=0.02,
    adamw_learning_rate=0.003,
    round_seconds=12.0,
    max_local_steps=96,
    quorum=0.6,
    outer_learning_rate=1.0,
    outer_momentum=0.0,
    up=Scheme(keep=4096, bits=4),  # alone at 2 bits, the loss after 5 rounds varied from 1.86 to 2.31
    down=Scheme(keep=4096, bits=4),
)
SOURCE_BYTES = 8 << 20
# One measurement is to take 2 s on a slow core, which passes about 20,000 tokens a second forwards.
HELD_OUT_BYTES = 40 << 10
HELD_OUT_SHARE = 0.02  # of the files, as far as the bytes above reach
_ENOUGH_BYTES = 1 << 18
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "__pycache__"}
_VALID_DAYS = 365
_RENEW_SECONDS = 30 * 86_400


async def prepare(folder: Path, *, sources: Path | None = None, trainer: Sequence[str] | None = None) -> JoinLink:
    """Make the project if it is not there, renew its manifest if that is due, and return its join link.

    `sources` is a folder of Python files; by default the library of this Python. The link has no port before the
    first start. Raises PRACTICE_FAILED, or what `create.build` raises.
    """
    if not ProjectFolder(folder).manifest.exists():
        return await build(folder, plan(sources or Path(sysconfig.get_path("stdlib"))), trainer=trainer)
    manifest, _ = read_manifest(ProjectFolder(folder).manifest)
    if manifest.expires < time.time() + _RENEW_SECONDS:
        renew(folder, days=_VALID_DAYS)
    return link_of(folder)


def plan(sources: Path) -> Plan:
    """The practice project. Raises PRACTICE_FAILED where there are no sources, as in some packaged Pythons."""
    training, held_out = split(source_files(sources))
    if sum(path.stat().st_size for _, path in training) < _ENOUGH_BYTES or not held_out:
        raise LightworkError(Trouble.PRACTICE_FAILED, f"too few Python sources in {sources}")
    return Plan(
        name="Practice",
        summary="A small language model of the Python library's sources, trained and hosted on this computer.",
        team="This computer",
        serial=1,
        valid_days=_VALID_DAYS,
        practice=True,
        model=MODEL,
        weights=(),
        seed=1,
        recipe=RECIPE,
        needs=None,
        settings=HostSettings(address="127.0.0.1", port=0),
        tokenizer=None,
        encoder=ByteEncoder(),
        # Small, so that a lease (98,304 tokens) is six places of the library and not one: rounds then differ less.
        shard_bytes=1 << 14,
        documents=_documents(training),
        held_out=_documents(held_out),
        held_out_share=0.0,
    )


def source_files(root: Path) -> list[tuple[str, Path]]:
    """The library's own Python files (documentation texts are among them, as pydoc_data), by name, in a fixed order."""
    found = []
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).parts
        if not _LEFT_OUT.intersection(parts):
            found.append(("/".join(parts), path))
    return sorted(found)


def split(files: Iterable[tuple[str, Path]]) -> tuple[list[tuple[str, Path]], list[tuple[str, Path]]]:
    """Files for training, and files for measuring, chosen by a hash of their names. Both are bounded in size."""
    training: list[tuple[str, Path]] = []
    held_out: list[tuple[str, Path]] = []
    training_left, held_out_left = SOURCE_BYTES, HELD_OUT_BYTES
    for name, path in files:
        size = path.stat().st_size
        if _chosen(name) and size <= held_out_left:
            held_out.append((name, path))
            held_out_left -= size
        elif size <= training_left:
            training.append((name, path))
            training_left -= size
    return training, held_out


def _chosen(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] < HELD_OUT_SHARE * 256


def _documents(files: Iterable[tuple[str, Path]]) -> Iterator[Document]:
    for name, path in files:
        yield Document(name, (path.read_bytes(),))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare and serve until stdin ends. 0: ended as wished; 1: something went wrong, and stdout says what."""
    parser = argparse.ArgumentParser(prog="lightwork.host.practice", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args(arguments).folder
    try:
        asyncio.run(_serve(folder))
    except LightworkError as error:
        _say({"trouble": error.trouble, "detail": error.detail})
        return 1
    except OSError as error:
        _say({"trouble": Trouble.PRACTICE_FAILED, "detail": str(error)})
        return 1
    return 0


async def _serve(folder: Path) -> None:
    # Not needed to prepare, and slow to import.
    from lightwork.host.serve import log_to_stderr, serve  # noqa: PLC0415

    log_to_stderr()
    await prepare(folder)
    await serve(folder, port=None, announce=lambda link: _say({"link": link}), end_with_stdin=True)


def _say(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
