"""Writing tensors from wherever they lie into a safetensors file that can prove that it is whole.

Tensors go through a buffer of a few megabytes, never through a second copy of the model. The last tensor is the CRC-32
of every byte before it. A file that was never synced may keep its name and length through a power cut while its content
has holes; CRC-32 misses such damage once in 2^32, and at 3 GB/s it is faster than the write, beside which it runs.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CHECK = "check"
_CHECK_BYTES = 4
_CHUNK = 16 << 20
_FLOAT = 4


@dataclass(frozen=True, slots=True)
class Section:
    """One float32 tensor of the file, in pieces that follow each other."""

    name: str
    shape: tuple[int, ...]
    pieces: Sequence[Tensor]


def write_tensors(file: Path, sections: Sequence[Section], metadata: dict[str, str]) -> None:
    """Write a whole file, without waiting for the disk. Raises OSError; what was written so far is left then."""
    header = _header(sections, metadata)
    with file.open("wb") as out, ThreadPoolExecutor(1) as helper:
        out.write(header)
        check = zlib.crc32(header)
        for section in sections:
            for piece in section.pieces:
                for chunk in _chunks(piece):
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
