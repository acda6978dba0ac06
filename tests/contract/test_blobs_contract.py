"""What every store of blobs must do: local files and memory (an object store speaks the same interface)."""

import asyncio
import errno
import hashlib
from pathlib import Path
from typing import BinaryIO

import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.blobs import Blobs, file_key
from lightwork.host.blobs.local import LocalWriter
from lightwork.host.blobs.store import READ_BYTES


@pytest.fixture(params=["files", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    # a blank and a letter beyond ASCII: a team's folder may have any name
    return Blobs.open((tmp_path / "our blöbs").as_uri() if request.param == "files" else "memory:///")


async def read(blobs: Blobs, key: str, start: int, end: int) -> list[bytes]:
    return [piece async for piece in blobs.read(key, start, end)]


async def test_what_is_put_is_there(blobs: Blobs) -> None:
    await blobs.put("parts/a/0", b"hello")
    await blobs.put("parts/a/1", memoryview(b"world"))
    assert (await blobs.get("parts/a/0"), await blobs.get("parts/a/1")) == (b"hello", b"world")
    assert await blobs.length("parts/a/0") == 5
    await blobs.put("parts/a/0", b"")
    assert (await blobs.get("parts/a/0"), await blobs.length("parts/a/0")) == (b"", 0)


async def test_what_is_not_there(blobs: Blobs) -> None:
    assert await blobs.get("files/none") is None
    assert await blobs.length("files/none") is None
    assert await blobs.keys("files") == []
    with pytest.raises(FileNotFoundError):
        await read(blobs, "files/none", 0, 1)
    await blobs.delete(["files/none"])


async def test_parts_can_be_read(blobs: Blobs) -> None:
    content = bytes(range(256)) * (READ_BYTES // 128)  # two pieces
    await blobs.put("files/x", content)
    assert [len(piece) for piece in await read(blobs, "files/x", 0, len(content))] == [READ_BYTES, READ_BYTES]
    assert b"".join(await read(blobs, "files/x", 5, READ_BYTES + 9)) == content[5 : READ_BYTES + 9]
    assert await read(blobs, "files/x", 7, 7) == []


async def test_what_is_written_piece_by_piece_is_read_piece_by_piece(blobs: Blobs, tmp_path: Path) -> None:
    def write() -> None:
        with blobs.writing("state/a", tmp_path) as file:
            file.write(b"hello ")
            file.write(b"world")

    def read() -> list[bytes]:
        reading = blobs.reading("state/a")
        assert reading.length == reading.left == 11
        return [bytes(reading.read(8)), bytes(reading.read(8)), bytes(reading.read(8))]

    await asyncio.to_thread(write)
    assert await asyncio.to_thread(read) == [b"hello wo", b"rld", b""]
    await blobs.put_pieces("state/b", [b"one", memoryview(b"two")], tmp_path)
    assert await blobs.get("state/b") == b"onetwo"


async def test_what_is_not_written_to_its_end_is_not_there(blobs: Blobs, tmp_path: Path) -> None:
    class OtherError(Exception):
        pass

    def write() -> None:
        with blobs.writing("state/a", tmp_path) as file:
            file.write(b"half")
            raise OtherError

    for old in (None, b"old"):
        if old is not None:
            await blobs.put("state/a", old)
        with pytest.raises(OtherError):
            await asyncio.to_thread(write)
        assert await blobs.get("state/a") == old
    assert sorted(path.name for path in tmp_path.iterdir()) in ([], ["our blöbs"])


async def test_reading_what_is_not_there_or_goes_meanwhile(blobs: Blobs) -> None:
    with pytest.raises(FileNotFoundError):
        await asyncio.to_thread(blobs.reading, "state/a")
    await blobs.put("state/a", b"hello")
    reading = await asyncio.to_thread(blobs.reading, "state/a")
    await asyncio.to_thread(reading.read, 2)
    await blobs.delete(["state/a"])
    with pytest.raises(FileNotFoundError):
        await asyncio.to_thread(reading.read, 2)


async def test_keys_below_a_prefix_and_deleting_them(blobs: Blobs) -> None:
    for key in ("parts/a/0", "parts/a/1", "parts/ab/0", "files/a"):
        await blobs.put(key, b"x")
    assert sorted(await blobs.keys("parts/a")) == ["parts/a/0", "parts/a/1"]
    assert len(await blobs.keys("parts")) == 3
    await blobs.delete(["parts/a/0", "parts/a/1"])
    assert await blobs.keys("parts/a") == []
    assert await blobs.get("parts/ab/0") == b"x"


async def test_files_come_and_go(blobs: Blobs, tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"z" * (3 << 20))
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    assert await blobs.add_file(source) == (sha256, 3 << 20)
    assert await blobs.add_file(source) == (sha256, 3 << 20)
    assert await blobs.keys("files") == [file_key(sha256)]
    await blobs.fetch(file_key(sha256), copy, 3 << 20)
    assert copy.read_bytes() == source.read_bytes()
    await blobs.put_file("other", source)
    assert await blobs.length("other") == 3 << 20


async def test_half_a_file_that_a_crash_left_is_replaced(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"whole")
    sha256 = hashlib.sha256(b"whole").hexdigest()
    blobs = Blobs.open((tmp_path / "blobs").as_uri())
    await blobs.put(file_key(sha256), b"wh")
    await blobs.add_file(source)
    assert await blobs.get(file_key(sha256)) == b"whole"


async def test_local_blobs_outlive_the_store_and_leftovers_do_not(tmp_path: Path) -> None:
    url = (tmp_path / "blobs").as_uri()
    await Blobs.open(url).put("a/b/c", b"kept")
    (tmp_path / "blobs" / ".unfinished" / "left").write_bytes(b"half of something")
    blobs = Blobs.open(url)
    assert await blobs.get("a/b/c") == b"kept"
    assert not list((tmp_path / "blobs" / ".unfinished").iterdir())


def test_a_full_disk_leaves_the_old_blob(tmp_path: Path) -> None:
    class FullDisk(LocalWriter):
        """Half of what is written arrives; then the system says what it says when a disk is full."""

        def _fill(self, file: BinaryIO, content: bytes | memoryview) -> None:
            super()._fill(file, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

    LocalWriter(tmp_path).write("key", b"old")
    with pytest.raises(LightworkError) as caught:
        FullDisk(tmp_path).write("key", b"new content")
    assert caught.value.trouble is Trouble.DISK_FULL
    assert (tmp_path / "key").read_bytes() == b"old"
    assert not list((tmp_path / ".unfinished").iterdir())
