"""Layouts, schemes and vectors to draw from, and a second reading of the format that shares no code with the codec."""

import struct
import zlib
from itertools import accumulate as running

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme

SEGMENT = 1 << 20
HEADER = 26


def flat(*sizes: int) -> Layout:
    return Layout(tuple((f"t{number:03}", (size,)) for number, size in enumerate(sizes)))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Up to four tensors: scalars, one-element ones, small matrices, and some longer than the largest block."""
    shapes = st.one_of(
        st.just(()),
        st.tuples(st.integers(1, 40)),
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        st.tuples(st.integers(4000, 9000)),
    )
    drawn = draw(st.lists(shapes, max_size=4))
    return Layout(tuple((f"t{number}", shape) for number, shape in enumerate(drawn)))


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    block = 1 << draw(st.integers(0, 12))
    keep = draw(st.one_of(st.just(block), st.integers(1, block), st.integers(1, max(1, block // 64))))
    return Scheme(block=block, keep=keep, bits=draw(st.integers(1, 4)))


@st.composite
def vectors(draw: st.DrawFn, layout: Layout) -> NDArray[np.float32]:
    """Noise of any scale from denormal to near the largest float32, or zeros or ties, with hand-picked values."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(["normal", "heavy", "zeros", "ties", "sparse"]))
    noise = random.standard_normal(layout.size)
    values = {
        "normal": noise,
        "heavy": np.clip(noise / np.maximum(np.abs(random.standard_normal(layout.size)), 1e-3), -1e4, 1e4),
        "zeros": np.zeros(layout.size),
        "ties": np.sign(noise) * random.integers(0, 3, layout.size),
        "sparse": noise * (random.random(layout.size) < 0.01),
    }[kind]
    scale = 2.0 ** draw(st.sampled_from([0, 0, 0, -10, -130, -146, 100, 113]))
    vector = (values * scale).astype(np.float32)
    special = st.sampled_from([0.0, -0.0, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, -3.4028235e38, 1.0])
    for value in draw(st.lists(special, max_size=min(4, layout.size))):
        vector[random.integers(layout.size)] = value
    return vector


def same_bits(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return one.dtype == other.dtype == np.float32 and np.array_equal(one.view(np.uint32), other.view(np.uint32))


def reseal(content: bytes) -> bytes:
    return content + struct.pack("<I", zlib.crc32(content))


def read_slowly(payload: bytes, layout: Layout) -> list[float]:
    """What a payload decodes to, one number at a time, after the description of the format."""
    magic, version, bits, block, keep, digest = struct.unpack_from("<4sBBHH16s", payload)
    assert (magic, version, digest) == (b"LWPG", 1, layout.digest()[:16])
    pieces = [
        min(SEGMENT, place.stop - start)
        for _, _, place in layout.slices()
        for start in range(place.start, place.stop, SEGMENT)
    ]
    entry = struct.Struct(f"<{1 << (bits - 1)}fIB")
    at = HEADER + entry.size * len(pieces)
    result: list[float] = []
    for number, length in enumerate(pieces):
        *levels, quotient_bytes, parameter = entry.unpack_from(payload, HEADER + entry.size * number)
        sizes = [min(block, length - start) for start in range(0, length, block)]
        keeps = [-(-keep * size // block) for size in sizes]
        kept = sum(keeps)
        gaps = [0] * kept
        if keep < block:
            quotients = _quotients(payload[at : at + quotient_bytes])
            at += quotient_bytes
            low, high = min(parameter, 8), max(parameter - 8, 0)
            lows = _numbers(payload[at:], low, kept)
            at += (low * kept + 7) // 8
            highs = _numbers(payload[at:], high, kept)
            at += (high * kept + 7) // 8
            gaps = [(q << parameter) + (h << 8) + b for q, h, b in zip(quotients, highs, lows, strict=True)]
        codes = _numbers(payload[at:], bits, kept)
        at += (bits * kept + 7) // 8
        values = [*levels, *(0.0 - level for level in levels)]
        pairs = iter(zip(gaps, codes, strict=True))
        for size, count in zip(sizes, keeps, strict=True):
            own = [next(pairs) for _ in range(count)]
            places = [place - 1 for place in running(gap + 1 for gap, _ in own)]
            where = dict(zip(places, (values[code] for _, code in own), strict=True))
            result += [where.get(place, 0.0) for place in range(size)]
    assert payload[at:] == struct.pack("<I", zlib.crc32(payload[:at]))
    return result


def _bit_list(data: bytes) -> list[int]:
    return [byte >> place & 1 for byte in data for place in range(8)]


def _quotients(data: bytes) -> list[int]:
    bits = "".join(map(str, _bit_list(data)))
    return [len(zeros) for zeros in bits.split("1")[:-1]]


def _numbers(data: bytes, width: int, count: int) -> list[int]:
    bits = _bit_list(data[: (width * count + 7) // 8])
    return [sum(bits[n * width + place] << place for place in range(width)) for n in range(count)]
