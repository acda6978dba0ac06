"""Weights as files: what is written is ordinary safetensors, and what is read must be exactly what was announced."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from lightwork.codec.weights import layout_of, read_weights, weights_digest, write_weights
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout

LAYOUT = Layout((("a", (2, 3)), ("b", (4,))))


def vector() -> np.ndarray:
    return np.arange(10, dtype=np.float32) - 3.5


def forge(path: Path, header: object, content: bytes = b"\0" * 40) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content)
    return path


def entry(shape: list[Any], first: int, last: int, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [first, last]}


def test_the_safetensors_library_reads_what_is_written(tmp_path: Path) -> None:
    write_weights(tmp_path / "w", vector(), LAYOUT)
    read = load_file(tmp_path / "w")
    assert read["a"].tolist() == vector()[:6].reshape(2, 3).tolist()
    assert read["b"].tolist() == vector()[6:].tolist()


def test_what_the_safetensors_library_writes_is_read_from_shards_in_any_order(tmp_path: Path) -> None:
    save_file({"b": vector()[6:]}, tmp_path / "1")
    save_file({"a": vector()[:6].reshape(2, 3)}, tmp_path / "2", metadata={"format": "pt"})
    files = [tmp_path / "1", tmp_path / "2"]
    assert layout_of(files) == LAYOUT
    assert read_weights(files, LAYOUT).tobytes() == vector().tobytes()


def test_half_precision_is_widened(tmp_path: Path) -> None:
    forge(tmp_path / "w", {"a": entry([2, 3], 0, 12, "F16"), "b": entry([4], 12, 20, "BF16")}, b"")
    half, brain = vector()[:6].astype("<f2"), (vector()[6:].view("<u4") >> 16).astype("<u2")
    with (tmp_path / "w").open("ab") as file:
        file.write(half.tobytes() + brain.tobytes())
    assert read_weights([tmp_path / "w"], LAYOUT).tolist() == vector().tolist()


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("place", [0, 1 << 20, (1 << 20) + 4])
def test_long_tensors_are_read_piece_by_piece_to_the_last_number(tmp_path: Path, kind: str, place: int) -> None:
    layout = Layout((("a", ((1 << 20) + 5,)),))
    wide = np.random.default_rng(1).standard_normal(layout.size).astype(np.float32)
    wide[place] = 0.5
    raw = {"F32": wide, "F16": wide.astype("<f2"), "BF16": (wide.view("<u4") >> 16).astype("<u2")}[kind]
    wanted = raw if kind == "F32" else raw.astype(np.float32) if kind == "F16" else wide.view("<u4") & 0xFFFF0000
    file = forge(tmp_path / "w", {"a": entry([layout.size], 0, raw.nbytes, kind)}, raw.tobytes())
    assert read_weights([file], layout).tobytes() == wanted.tobytes()
    content = bytearray(file.read_bytes())
    start = len(content) - raw.nbytes + place * raw.itemsize
    content[start : start + raw.itemsize] = b"\xff" * raw.itemsize  # not a number, in each of the three
    file.write_bytes(content)
    with pytest.raises(LightworkError) as caught:
        read_weights([file], layout)
    assert caught.value.trouble is Trouble.WEIGHTS_INVALID


TWICE = (
    b'{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},'
    b'"b":{"dtype":"F32","shape":[4],"data_offsets":[24,40]},"b":{"dtype":"F32","shape":[4],"data_offsets":[24,40]}}'
)
GOOD = {"a": entry([2, 3], 0, 24), "b": entry([4], 24, 40)}


@pytest.mark.parametrize(
    "header",
    [
        TWICE,  # a key that stands twice
        {**GOOD, "c": entry([1], 40, 44)},
        {"a": GOOD["a"]},
        {"a": GOOD["a"], "../../b": GOOD["b"]},
        {"a": entry([2, 3], 0, 24), "b": entry([4], 20, 36)},
        {"a": entry([2, 3], 0, 24), "b": entry([3], 28, 40)},
        {"a": entry([3, 2], 0, 24), "b": GOOD["b"]},
        {"a": entry([2, 3], 0, 24, "F64"), "b": GOOD["b"]},
        {"a": entry([0, 1 << 40], 0, 0), "b": GOOD["b"]},
        {"a": entry([-2, -3], 0, 24), "b": GOOD["b"]},
        {"a": entry([2.0, 3], 0, 24), "b": GOOD["b"]},
        {"a": entry([True, 6], 0, 24), "b": GOOD["b"]},
        {"a": {**GOOD["a"], "extra": 1}, "b": GOOD["b"]},
        {"a": [], "b": GOOD["b"]},
        [],
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_header_that_is_not_the_models_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(LightworkError) as caught:
        read_weights([forge(tmp_path / "w", header)], LAYOUT)
    assert caught.value.trouble is Trouble.WEIGHTS_INVALID


@pytest.mark.parametrize("size", [0, 7, 8, 100])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, size: int) -> None:
    write_weights(tmp_path / "w", vector(), LAYOUT)
    (tmp_path / "w").write_bytes((tmp_path / "w").read_bytes()[:size])
    with pytest.raises(LightworkError) as caught:
        read_weights([tmp_path / "w"], LAYOUT)
    assert caught.value.trouble is Trouble.WEIGHTS_INVALID


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, number: float) -> None:
    poisoned = vector()
    poisoned[4] = number
    write_weights(tmp_path / "w", poisoned, LAYOUT)
    with pytest.raises(LightworkError) as caught:
        read_weights([tmp_path / "w"], LAYOUT)
    assert caught.value.trouble is Trouble.WEIGHTS_INVALID


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_no_byte_of_a_file_can_make_it_anything_but_weights_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "flipped"
    write_weights(file, vector(), LAYOUT)
    content = bytearray(file.read_bytes())
    content[place % len(content)] = byte
    file.write_bytes(content)
    try:
        read = read_weights([file], LAYOUT)
    except LightworkError:
        return
    assert np.isfinite(read).all()


def test_the_digest_tells_the_sign_of_zero() -> None:
    assert weights_digest(np.zeros(3, np.float32)) != weights_digest(-np.zeros(3, np.float32))
    assert weights_digest(np.zeros(3, np.float32)) == weights_digest(np.zeros(6, np.float32)[::2])
