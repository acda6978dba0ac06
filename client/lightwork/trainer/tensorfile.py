"""Writing tensors from wherever they lie into a safetensors file that can prove that it is whole, and reading them.

Tensors go through a buffer of a few megabytes. The last tensor is the CRC-32 of every byte before it. A file that was
never synced may keep its name and length through a power cut while its content has holes; CRC-32 misses such damage
once in 2^32, and at 3 GB/s it is faster than the write, beside which it runs.

Tensors are read into memory of their own. The safetensors package would map them onto the file: on Windows a mapped
file can be neither replaced nor deleted, and a disk's read error would kill the process instead of being raised. It
also reports every file that it cannot open as missing.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import torch
from torch import Tensor

CHECK = "check"
_CHECK_BYTES = 4
_CHUNK = 16 << 20
_FLOAT = 4


class DamagedError(ValueError):
    """The file is not what `write_tensors` wrote."""


class GivenUpError(Exception):
    """Writing was cancelled."""


class _Entry(msgspec.Struct, frozen=True):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Section:
    """One float32 tensor of the file, in pieces that follow each other."""

    name: str
    shape: tuple[int, ...]
    pieces: Sequence[Tensor]


def write_tensors(
    file: Path, sections: Sequence[Section], metadata: dict[str, str], cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Write a whole file, without waiting for the disk.

    Raises OSError, and GivenUpError once `cancelled` says so; what was written so far is left then.
    """
    header = _header(sections, metadata)
    with file.open("wb") as out, ThreadPoolExecutor(1) as helper:
        out.write(header)
        check = zlib.crc32(header)
        for section in sections:
            for piece in section.pieces:
                for chunk in _chunks(piece):
                    if cancelled():
                        raise GivenUpError
                    summed = helper.submit(zlib.crc32, chunk, check)
                    out.write(chunk)
                    check = summed.result()
        out.write(struct.pack("<I", check))


def is_whole(file: Path) -> bool:
    """True if the file's content is what `write_tensors` wrote. Raises OSError."""
    left = file.stat().st_size - _CHECK_BYTES
    if left < 0:
        return False
    buffer, check = memoryview(bytearray(_CHUNK)), 0
    with file.open("rb", buffering=0) as source:
        while left:
            count = source.readinto(buffer[: min(left, len(buffer))])
            if not count:
                return False
            check = zlib.crc32(buffer[:count], check)
            left -= count
        return source.read(_CHECK_BYTES) == struct.pack("<I", check)


def read_metadata(file: Path) -> dict[str, str]:
    """Raises OSError, or DamagedError."""
    with file.open("rb") as source:
        return _read_header(source)[0]


def read_tensors(file: Path, names: Sequence[str] | None = None) -> dict[str, Tensor]:
    """The named float32 tensors, or all. Raises OSError, or DamagedError, also for a name that is not there."""
    with file.open("rb", buffering=0) as source:
        _, entries, start = _read_header(source)
        wanted = [name for name in entries if name != CHECK] if names is None else names
        return {name: _read_tensor(source, start, entries, name) for name in wanted}


def _read_header(source: BinaryIO) -> tuple[dict[str, str], dict[str, _Entry], int]:
    """Metadata, entries, and where the tensors' bytes begin."""
    size = source.seek(0, 2)
    source.seek(0)
    start = source.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
    if 8 + length > size:
        raise DamagedError("it is too short")
    try:
        entries = msgspec.json.decode(source.read(length), type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(entries.pop("__metadata__"), type=dict[str, str])
        parsed = {name: msgspec.json.decode(entry, type=_Entry) for name, entry in entries.items()}
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
        raise DamagedError(f"its header cannot be read: {error}") from None
    if max((entry.data_offsets[1] for entry in parsed.values()), default=0) != size - 8 - length:
        raise DamagedError("its length is not what its header says")
    return metadata, parsed, 8 + length


def _read_tensor(source: BinaryIO, start: int, entries: dict[str, _Entry], name: str) -> Tensor:
    entry = entries.get(name)
    if entry is None or entry.dtype != "F32":
        raise DamagedError(f"it has no float32 tensor {name}")
    first, end = entry.data_offsets
    if first < 0 or min(entry.shape, default=1) < 0 or end - first != prod(entry.shape) * _FLOAT:
        raise DamagedError(f"the place of {name} does not fit its shape")
    values = np.empty(entry.shape, np.float32)
    left = values.reshape(-1).view(np.uint8).data
    source.seek(start + first)
    while left:
        count = source.readinto(left[:_CHUNK])  # type: ignore[attr-defined]
        if not count:
            raise DamagedError("it is too short")
        left = left[count:]
    return torch.from_numpy(values)


def _header(sections: Sequence[Section], metadata: dict[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    for section in sections:
        end = start + prod(section.shape) * _FLOAT
        entries[section.name] = {"dtype": "F32", "shape": list(section.shape), "data_offsets": [start, end]}
        start = end
    entries[CHECK] = {"dtype": "U8", "shape": [_CHECK_BYTES], "data_offsets": [start, start + _CHECK_BYTES]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8 bytes
    return struct.pack("<Q", len(text)) + text


def _chunks(piece: Tensor) -> Iterator[memoryview]:
    """A tensor's bytes. A chunk may be overwritten once the next one is asked for."""
    if piece.dtype is not torch.float32:
        raise TypeError(f"a checkpoint holds float32, not {piece.dtype}")
    flat = piece.detach().reshape(-1)
    step = _CHUNK // _FLOAT
    # Pinned memory is what a GPU copies to at the full speed of its bus.
    host = None if flat.device.type == "cpu" else torch.empty(step, pin_memory=flat.device.type == "cuda")
    for start in range(0, flat.numel(), step):
        part = flat[start : start + step]
        if host is not None:
            part = host[: part.numel()].copy_(part)
        yield memoryview(part.numpy()).cast("B")
