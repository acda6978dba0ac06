"""Files of a project that travel packed: fetched whole, once, and into just what was signed."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helpers.documents import PROJECT, VOLUNTEER
from helpers.small_disk import fill_disk, small_disk_at
from helpers.tiny_host import answer, tiny_host
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import Progress
from lightwork.node.files import fetch
from lightwork.node.store import ProjectStore
from lightwork.protocol import packing
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import FileRef, Packed, Shard
from lightwork.protocol.packing import DRAFT_SUFFIX, pack

TEXT = b"it was a dark and stormy night; the rain fell in torrents " * 300


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def shard(content: bytes, frame: bytes, path: str = "data/0.bin") -> Shard:
    packed = Packed(length=len(frame), sha256=sha256(frame))
    return Shard(path=path, length=len(content), sha256=sha256(content), packed=packed)


FRAME = pack(TEXT)
SHARD = shard(TEXT, FRAME)


@dataclass
class Scene:
    """A host that has some files, and a volunteer's store."""

    client: ProjectClient
    store: ProjectStore
    answers: dict[str, bytes]
    heads: list[bytes]
    shown: list[Progress | None] = field(default_factory=list)

    async def fetch(self, *refs: FileRef) -> None:
        await fetch(self.client, refs, self.store, self.shown.append)

    async def trouble(self, *refs: FileRef) -> Trouble:
        with pytest.raises(LightworkError) as caught:
            await self.fetch(*refs)
        return caught.value.trouble

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in (self.store.folder / "files").iterdir())


@asynccontextmanager
async def scene(folder: Path, *contents: bytes) -> AsyncIterator[Scene]:
    answers = {f"/files/{sha256(content)}": answer(content) for content in contents}
    async with tiny_host(answers) as (port, heads):
        link = JoinLink("127.0.0.1", port, PROJECT)
        async with ProjectClient(link, VOLUNTEER, count=lambda sent, received: None, timeout=2.0) as client:
            yield Scene(client, ProjectStore(folder), answers, heads)


async def test_a_packed_file_arrives_as_what_it_becomes(tmp_path: Path) -> None:
    plain = Shard(path="data/1.bin", length=1000, sha256=sha256(bytes(1000)))
    async with scene(tmp_path, FRAME, bytes(1000)) as seen:
        await seen.fetch(SHARD, plain)
        assert seen.store.file(SHARD).read_bytes() == TEXT
        assert seen.store.file(plain).read_bytes() == bytes(1000)
        assert seen.names == sorted([SHARD.sha256, plain.sha256])
        *progress, last = seen.shown
        assert last is None
        assert {shown.total for shown in progress if shown is not None} == {len(FRAME) + 1000}  # what travels
        assert [shown.done for shown in progress if shown is not None][-1] == len(FRAME) + 1000
        asked = len(seen.heads)
        seen.shown.clear()
        await seen.fetch(SHARD, plain)  # nothing is fetched twice
        assert len(seen.heads) == asked == 2
        assert next(shown.done for shown in seen.shown if shown is not None) == len(FRAME)


async def test_a_broken_download_is_gone_on_with(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        path = f"/files/{SHARD.sent.sha256}"
        seen.answers[path] = answer(FRAME[:50], length=len(FRAME))
        assert await seen.trouble(SHARD) is Trouble.HOST_UNREACHABLE
        assert seen.names == [f"{SHARD.sent.sha256}.part"]
        content_range = f"Content-Range: bytes 50-{len(FRAME) - 1}/{len(FRAME)}"
        seen.answers[path] = answer(FRAME[50:], "206 Partial Content", content_range)
        await seen.fetch(SHARD)
        assert b"range: bytes=50-" in seen.heads[-1].lower()
        assert seen.names == [SHARD.sha256]


@pytest.mark.parametrize("left", ["frame", "frame and half of the file", "damaged file and frame"])
async def test_after_a_restart_in_the_middle_nothing_is_fetched_again(tmp_path: Path, left: str) -> None:
    before = ProjectStore(tmp_path)
    before.file(SHARD.sent).write_bytes(FRAME)
    if "half" in left:
        before.file(SHARD).with_name(f"{SHARD.sha256}.x{DRAFT_SUFFIX}").write_bytes(TEXT[:100])
    if "damaged" in left:
        before.file(SHARD).write_bytes(bytes(len(TEXT)))
    async with scene(tmp_path) as seen:
        await seen.fetch(SHARD)
        assert seen.heads == []
        assert seen.names == [SHARD.sha256]
        assert seen.store.file(SHARD).read_bytes() == TEXT


@pytest.mark.parametrize(
    "frame", [pack(TEXT[:-1]), pack(TEXT + b"x"), pack(TEXT.upper()), TEXT[:500]], ids=["short", "long", "other", "no"]
)
async def test_a_frame_that_was_signed_and_is_not_of_the_file_that_was_signed(tmp_path: Path, frame: bytes) -> None:
    bad = shard(TEXT, frame)
    async with scene(tmp_path, frame) as seen:
        assert await seen.trouble(bad) is Trouble.FILE_DIGEST
        assert seen.names == []


async def test_whoever_gives_up_and_begins_again_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling does not end the thread that unpacks: two may be at it at once."""
    held, go_on = threading.Event(), threading.Event()

    def slowly(frame: Any, out: Any, file: FileRef) -> None:
        if not held.is_set():
            out.write(TEXT[:100])
            held.set()
            go_on.wait(10)
            out.write(b"x" * 1000)
            raise LightworkError(Trouble.FILE_DIGEST)
        expand(frame, out, file)

    expand = packing._expand
    monkeypatch.setattr(packing, "_expand", slowly)
    async with scene(tmp_path, FRAME) as seen:
        first = asyncio.create_task(seen.fetch(SHARD))
        await asyncio.to_thread(held.wait, 10)
        first.cancel()
        await asyncio.wait([first])
        await seen.fetch(SHARD)
        go_on.set()
        while len(seen.names) > 1:
            await asyncio.sleep(0.01)
        assert seen.store.file(SHARD).read_bytes() == TEXT


async def test_another_frame_than_was_signed_is_not_even_unpacked(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        seen.answers[f"/files/{SHARD.sent.sha256}"] = answer(pack(TEXT.upper()))
        assert await seen.trouble(SHARD) is Trouble.FILE_DIGEST
        seen.answers[f"/files/{SHARD.sent.sha256}"] = answer(FRAME + b"more")
        assert await seen.trouble(SHARD) is Trouble.FILE_DIGEST
        assert seen.names == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    with small_disk_at(tmp_path / "small", 64) as folder:
        yield folder


async def test_on_a_full_disk_the_frame_stays_until_there_is_room(small_disk: Path) -> None:
    async with scene(small_disk, FRAME) as seen:
        await seen.client.download(SHARD.sent, seen.store.file(SHARD.sent))
        ballast = fill_disk(small_disk)
        assert await seen.trouble(SHARD) is Trouble.DISK_FULL
        assert seen.names == [SHARD.sent.sha256]
        ballast.unlink()
        await seen.fetch(SHARD)
        assert seen.names == [SHARD.sha256]
        assert len(seen.heads) == 1
