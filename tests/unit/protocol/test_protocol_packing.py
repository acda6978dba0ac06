"""Token files as they travel: unpacked into just what was signed, or not at all."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.small_disk import fill_disk, small_disk_at
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import packing
from lightwork.protocol.manifest import FileRef, Packed, Shard
from lightwork.protocol.packing import pack, unpack

TEXT = b"it was a dark and stormy night; the rain fell in torrents " * 300
NOISE = random.Random(1).randbytes(5000)


def ref(content: bytes, length: int | None = None) -> FileRef:
    length = len(content) if length is None else length
    return FileRef(path="data/0.bin", length=length, sha256=hashlib.sha256(content).hexdigest())


def unpacked(folder: Path, frame: bytes, file: FileRef) -> bytes:
    (folder / "frame").write_bytes(frame)
    unpack(folder / "frame", folder / "file", file)
    return (folder / "file").read_bytes()


@given(st.binary(min_size=1, max_size=5000), st.integers(1, 200))
def test_what_was_packed_is_unpacked(tmp_path_factory: pytest.TempPathFactory, piece: bytes, times: int) -> None:
    content = piece * times
    assert unpacked(tmp_path_factory.mktemp("x"), pack(content), ref(content)) == content


@pytest.mark.parametrize("size", [1, packing._PIECE - 1, packing._PIECE, packing._PIECE + 1, 3 * packing._PIECE])
def test_at_the_edges_of_pieces(tmp_path: Path, size: int) -> None:
    content = (NOISE * (size // len(NOISE) + 1))[:size]
    assert unpacked(tmp_path, pack(content), ref(content)) == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "frame"]


def test_text_becomes_smaller() -> None:
    assert len(pack(TEXT)) < len(TEXT) / 20
    assert len(pack(NOISE)) > len(NOISE)


def bomb(size: int) -> bytes:
    """A frame that says nothing of the size of its content."""
    compressor = packing.zstd.ZstdCompressor()
    frame = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(size >> 20))
    return frame + compressor.flush()


def wide() -> bytes:
    """A frame that asks for 128 MiB of memory to be unpacked."""
    options = {packing.zstd.CompressionParameter.window_log: 27}
    compressor = packing.zstd.ZstdCompressor(options=options)
    return compressor.compress(bytes(20 << 20)) + compressor.flush()


HOSTILE = {
    "bomb": (bomb(300 << 20), ref(bytes(1000), 1000)),
    "one byte too many": (pack(TEXT + b"x"), ref(TEXT)),
    "one byte too few": (pack(TEXT[:-1]), ref(TEXT)),
    "another": (pack(TEXT.replace(b"night", b"morn.")), ref(TEXT)),
    "cut short": (pack(TEXT)[:-1], ref(TEXT)),
    "cut in the head": (pack(TEXT)[:3], ref(TEXT)),
    "empty": (b"", ref(TEXT)),
    "no frame": (NOISE, ref(NOISE)),
    "something behind": (pack(TEXT) + b"x", ref(TEXT)),
    "a second frame": (pack(TEXT) + pack(TEXT), ref(TEXT * 2)),
    "a skipped frame before": (b"\x50\x2a\x4d\x18\x01\x00\x00\x00x" + pack(TEXT), ref(TEXT)),
    "much behind": (pack(TEXT) + bytes(2 * packing._PIECE), ref(TEXT)),
    "a damaged bit": (bytes([*pack(TEXT)[:-5], pack(TEXT)[-5] ^ 1, *pack(TEXT)[-4:]]), ref(TEXT)),
    "a vast window": (wide(), ref(bytes(20 << 20))),
}


@pytest.mark.parametrize(("frame", "file"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_frame_of_anything_else_leaves_nothing(tmp_path: Path, frame: bytes, file: FileRef) -> None:
    with pytest.raises(LightworkError) as caught:
        unpacked(tmp_path, frame, file)
    assert caught.value.trouble is Trouble.FILE_DIGEST
    assert [path.name for path in tmp_path.iterdir()] == ["frame"]


def test_a_bomb_never_takes_more_than_its_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    class Watched:
        def __init__(self, **options: Any) -> None:
            self._real = real(**options)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        def decompress(self, data: bytes, most: int) -> bytes:
            content = self._real.decompress(data, most)
            written.append(len(content))
            return content

    real = packing.zstd.ZstdDecompressor
    monkeypatch.setattr(packing.zstd, "ZstdDecompressor", Watched)
    with pytest.raises(LightworkError):
        unpacked(tmp_path, bomb(300 << 20), ref(bytes(1000), 1000))
    assert sum(written) == 1001


def test_the_file_that_is_there_stays_when_its_frame_is_bad(tmp_path: Path) -> None:
    unpacked(tmp_path, pack(TEXT), ref(TEXT))
    with pytest.raises(LightworkError):
        unpacked(tmp_path, pack(NOISE), ref(TEXT))
    assert (tmp_path / "file").read_bytes() == TEXT


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    with small_disk_at(tmp_path / "small", 64) as folder:
        yield folder


def test_a_full_disk_keeps_the_frame_alone(small_disk: Path) -> None:
    (small_disk / "frame").write_bytes(pack(TEXT))
    ballast = fill_disk(small_disk)
    with pytest.raises(LightworkError) as caught:
        unpack(small_disk / "frame", small_disk / "file", ref(TEXT))
    assert caught.value.trouble is Trouble.DISK_FULL
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "frame"]
    ballast.unlink()
    unpack(small_disk / "frame", small_disk / "file", ref(TEXT))
    assert (small_disk / "file").read_bytes() == TEXT


def test_how_a_shard_travels() -> None:
    plain = Shard(path="data/0.bin", length=9, sha256="a" * 64)
    assert plain.sent == FileRef(path="data/0.bin", length=9, sha256="a" * 64)
    packed = Shard(path="data/0.bin", length=9, sha256="a" * 64, packed=Packed(length=4, sha256="b" * 64))
    assert packed.sent == FileRef(path="data/0.bin", length=4, sha256="b" * 64)
    assert packed.sent.sent == packed.sent
