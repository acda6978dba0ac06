"""Weights as files: safetensors shards to one flat float32 vector and back.

The safetensors library accepts what must not pass here (duplicate keys, NaN, names with `..`, shapes that fit no
model), so the header is read by hand, strictly, and the tensors must match a layout exactly. Files written here are
ordinary safetensors files.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol import limits

Vector = NDArray[np.float32]

_LONGEST_HEADER = 32 << 20
_PIECE = 1 << 20  # numbers that are read at a time
_WIDTHS = {"F32": 4, "F16": 2, "BF16": 2}


def weights_digest(vector: Vector) -> str:
    """SHA-256 (hex) of the flat vector's little-endian bytes: equal if and only if the weights are, to the last bit."""
    return hashlib.sha256(little_endian(vector)).hexdigest()


def little_endian(vector: Vector) -> memoryview:
    """The vector's bytes as they are stored and hashed; a copy on big-endian computers only."""
    return np.ascontiguousarray(vector, dtype="<f4").view(np.uint8).data


def layout_of(files: Iterable[Path]) -> Layout:
    """The layout that these shards hold together. Raises WEIGHTS_INVALID."""
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        header, _ = _read_header(file)
        for name, entry in header.items():
            if name in shapes:
                raise _invalid(file, f"{name} is in two shards")
            shapes[name] = tuple(entry["shape"])
    try:
        return Layout(tuple(sorted(shapes.items())))
    except ValueError as error:
        raise LightworkError(Trouble.WEIGHTS_INVALID, str(error)) from None


def read_weights(files: Sequence[Path], layout: Layout) -> Vector:
    """The shards as one flat vector. Raises WEIGHTS_INVALID unless they hold just the layout's tensors, all finite."""
    if layout_of(files) != layout:
        raise LightworkError(Trouble.WEIGHTS_INVALID, "names or shapes are not those of the model")
    vector = np.empty(layout.size, np.float32)
    places = {name: place for name, _, place in layout.slices()}
    for file in files:
        header, start = _read_header(file)
        with file.open("rb") as source:
            for name, entry in header.items():
                source.seek(start + entry["data_offsets"][0])
                _read_tensor(source, entry["dtype"], vector[places[name]])
    return vector


def write_weights(file: Path, vector: Vector, layout: Layout) -> None:
    """Write a whole vector as one float32 shard. The caller makes the write atomic."""
    with file.open("wb") as out:
        out.writelines(shard_of(vector, layout))


def shard_of(vector: Vector, layout: Layout) -> tuple[bytes, memoryview]:
    """The bytes of a whole vector as one float32 shard: what stands before the numbers, and they themselves."""
    header: dict[str, Any] = {}
    for name, shape, place in layout.slices():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place.start * 4, place.stop * 4]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8 bytes
    return struct.pack("<Q", len(text)) + text, little_endian(vector)


def _read_tensor(source: BinaryIO, kind: str, into: Vector) -> None:
    """Read a tensor from where the file stands, a piece at a time: mapped into memory, a file would count as ours."""
    for start in range(0, len(into), _PIECE):
        piece = into[start : start + _PIECE]
        raw = np.frombuffer(source.read(len(piece) * _WIDTHS[kind]), np.uint8)
        if len(raw) != len(piece) * _WIDTHS[kind]:
            raise LightworkError(Trouble.WEIGHTS_INVALID, "a file has become shorter")
        piece[:] = _as_float32(raw, kind)
        if not np.isfinite(piece).all():
            raise LightworkError(Trouble.WEIGHTS_INVALID, "some numbers are not finite")


def _as_float32(raw: NDArray[np.uint8], kind: str) -> Vector:
    if kind == "BF16":  # the upper half of a float32
        return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
    return raw.view({"F32": "<f4", "F16": "<f2"}[kind]).astype(np.float32, copy=False)


def _read_header(file: Path) -> tuple[dict[str, Any], int]:
    size = file.stat().st_size
    with file.open("rb") as source:
        prefix = source.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else _LONGEST_HEADER + 1
        if length > min(_LONGEST_HEADER, size - 8):
            raise _invalid(file, "the header is longer than it may be")
        text = source.read(length)
    try:
        header = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:  # a stranger may nest as deep as the header is long
        raise _invalid(file, str(error)) from None
    if not isinstance(header, dict):
        raise _invalid(file, "the header is no table")
    header.pop("__metadata__", None)
    _check_entries(file, header, size - 8 - length)
    return header, 8 + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in the header")
    return table


def _check_entries(file: Path, header: dict[str, Any], content: int) -> None:
    """Every entry well-formed, and all together covering the content without overlap, hole or rest."""
    if len(header) > limits.TENSORS:
        raise _invalid(file, f"{len(header)} tensors")
    spans = []
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise _invalid(file, f"the entry of {name[:100]} is malformed")
        width, shape, offsets = _WIDTHS.get(entry["dtype"]), entry["shape"], entry["data_offsets"]
        if width is None or not _naturals(shape) or not _naturals(offsets) or len(shape) > 8 or len(offsets) != 2:
            raise _invalid(file, f"the entry of {name[:100]} is malformed")
        if offsets[1] - offsets[0] != prod(shape) * width:
            raise _invalid(file, f"the shape of {name[:100]} does not fit its data")
        spans.append((offsets[0], offsets[1]))
    spans.sort()
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), content]
    if any(end != start for end, start in zip(ends, starts, strict=True)) or any(a > b for a, b in pairwise(ends)):
        raise _invalid(file, "tensors overlap, or leave holes")


def _naturals(value: object) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item <= 1 << 48 for item in value)


def _invalid(file: Path, why: str) -> LightworkError:
    return LightworkError(Trouble.WEIGHTS_INVALID, f"{file.name}: {why}")
