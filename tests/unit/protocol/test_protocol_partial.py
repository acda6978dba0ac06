"""Downloads on the disk: resumed, whole, and never broken by a full disk."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.small_disk import small_disk_at
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import partial
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.partial import PartFile, is_there

CONTENT = bytes(range(256)) * 8
FILE = FileRef(path="data/0.bin", length=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())


def write(target: Path, *pieces: bytes) -> PartFile:
    part = PartFile(target, FILE)
    for piece in pieces:
        part.write(piece)
    return part


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    part = write(target, CONTENT[:700], CONTENT[700:])
    assert part.right
    assert not target.exists()
    part.finish()
    part.close()
    assert is_there(target, FILE)
    assert list(target.parent.iterdir()) == [target]


def test_what_an_earlier_attempt_left_is_used(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write(target, CONTENT[:1000]).close()
    part = PartFile(target, FILE)
    assert (part.size, part.resumed) == (1000, True)
    part.write(CONTENT[1000:])
    assert part.right
    part.close()


def test_a_damaged_or_overlong_part_does_not_become_the_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write(target, b"x" + CONTENT[1:1000]).close()
    part = write(target, CONTENT[1000:])
    assert not part.right
    part.restart()
    part.write(CONTENT)
    assert part.right
    part.discard()
    assert list(tmp_path.glob("file*")) == []
    target.with_name("file.part").write_bytes(CONTENT + b"more")
    part = PartFile(target, FILE)
    assert (part.size, part.resumed) == (0, False)
    part.close()


@pytest.mark.parametrize("content", [None, b"", CONTENT[:-1], CONTENT[:-1] + b"\0"])
def test_a_file_that_is_missing_short_or_changed_is_not_there(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    assert not is_there(tmp_path / "file", FILE)
    assert not is_there(tmp_path, FILE)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    with small_disk_at(tmp_path / "small", 64) as folder:
        yield folder


def test_a_full_disk_keeps_what_came_and_the_rest_follows_once_there_is_space(small_disk: Path) -> None:
    content = bytes(range(256)) * 128
    file = FileRef(path="f", length=len(content), sha256=hashlib.sha256(content).hexdigest())
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(48 << 10))
    part = PartFile(small_disk / "file", file)
    for start in range(0, 16 << 10, 1024):
        part.write(content[start : start + 1024])
    with pytest.raises(LightworkError) as caught:
        part.write(content[16 << 10 : 17 << 10])
    part.close()
    assert caught.value.trouble is Trouble.DISK_FULL
    assert not (small_disk / "file").exists()
    ballast.unlink()
    part = PartFile(small_disk / "file", file)
    assert part.size == 16 << 10
    part.write(content[part.size :])
    part.finish()
    part.close()
    assert is_there(small_disk / "file", file)


async def test_a_part_that_nobody_waits_for_any_more_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[PartFile] = []
    go_on = threading.Event()

    class Slow(PartFile):
        def __init__(self, target: Path, file: FileRef) -> None:
            go_on.wait(10)
            super().__init__(target, file)
            opened.append(self)

    monkeypatch.setattr(partial, "PartFile", Slow)
    opening = asyncio.create_task(partial.open_part(tmp_path / "file", FILE))
    await asyncio.sleep(0.05)
    opening.cancel()
    await asyncio.wait([opening])
    assert opening.cancelled()
    go_on.set()
    while not (opened and opened[0]._out.closed):
        await asyncio.sleep(0.01)


def test_a_folder_that_is_a_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(OSError, match="folder"):
        PartFile(tmp_path / "folder" / "file", FILE)
