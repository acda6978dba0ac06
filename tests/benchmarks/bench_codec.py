"""Measure the codec: `python tests/benchmarks/bench_codec.py [PARAMETERS ...]`, by default 1 million and 100 million.

Each row is one scheme on normal or heavy-tailed (Student's t, 3 degrees of freedom) values. The peers, measured in the
same run on the same values: float16 and zlib for all values; and, where torch is at hand, torch.topk with 16 bits of
index and float16 values. Times are the least of three runs, in milliseconds. `error` is the share of the squares' sum
that is lost, over all values and over those kept; bits are counted for each parameter and for each kept position.
"""

import argparse
import os
import platform
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2] / "client"))  # so that a checkout is measured without installing it

from lightwork.codec import accumulate, decode, encode
from lightwork.codec.format import dissect
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme

Vector = NDArray[np.float32]
SCHEMES = [
    Scheme(keep=64, bits=1),
    Scheme(keep=64, bits=2),
    Scheme(keep=64, bits=4),
    Scheme(keep=512, bits=2),
    Scheme(bits=1),
    Scheme(bits=2),
    Scheme(bits=3),
    Scheme(bits=4),
]
COLUMNS = ("scheme", "encode", "decode", "accumulate", "bits/param", "bits/index", "error", "error of kept")


class Row(NamedTuple):
    """One line of the table; times in seconds, None where a figure has no meaning."""

    name: str
    encode: float
    decode: float
    accumulate: float
    bits: float
    index_bits: float | None
    error: float
    kept_error: float

    def __str__(self) -> str:
        index = "-" if self.index_bits is None else f"{self.index_bits:.3f}"
        times = (f"{1000 * value:.1f}" for value in (self.encode, self.decode, self.accumulate))
        cells = (self.name, *times, f"{self.bits:.4f}", index, f"{self.error:.4f}", f"{self.kept_error:.4f}")
        return format_cells(cells)


def format_cells(cells: tuple[str, ...]) -> str:
    return f"{cells[0]:<26}" + "".join(f"{cell:>14}" for cell in cells[1:])


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Least of three times in seconds, and the last result."""
    least, result = float("inf"), None
    for _ in range(3):
        result = None
        start = time.perf_counter()
        result = action()
        least = min(least, time.perf_counter() - start)
    return least, result


def errors(vector: Vector, decoded: Vector) -> tuple[float, float]:
    """Share of the sum of squares that is lost: of all values, and of those that were sent."""
    lost = total = lost_kept = total_kept = 0.0
    for start in range(0, len(vector), 1 << 20):
        own = vector[start : start + (1 << 20)].astype(np.float64)
        sent = decoded[start : start + (1 << 20)]
        squares, values = (own - sent) ** 2, own**2
        lost, total = lost + squares.sum(), total + values.sum()
        lost_kept, total_kept = lost_kept + squares[sent != 0].sum(), total_kept + values[sent != 0].sum()
    return float(lost / total), float(lost_kept / total_kept)


def measure(vector: Vector, layout: Layout, scheme: Scheme, total: Vector) -> Row:
    encoding, encoded = timed(lambda: encode(vector, layout, scheme))
    decoding, decoded = timed(lambda: decode(encoded.payload, layout))
    if not np.array_equal(decoded.view(np.uint32), encoded.decoded.view(np.uint32)):
        raise RuntimeError("decoding differs from what encoding promised")
    adding, _ = timed(lambda: accumulate(encoded.payload, layout, total, 0.5))
    _, sections = dissect(encoded.payload, layout)
    index_bits = 8 * sum(len(part.quotients) + len(part.remainders) for part in sections)
    kept = sum(part.segment.kept for part in sections)
    return Row(
        f"{scheme.keep}/{scheme.block}, {scheme.bits} bit",
        encoding,
        decoding,
        adding,
        8 * len(encoded.payload) / layout.size,
        None if scheme.dense else index_bits / kept,
        *errors(vector, decoded),
    )


def half_and_zlib(vector: Vector, total: Vector) -> Row:
    """What a program without a codec of its own would do: halve the precision and compress."""
    encoding, packed = timed(lambda: zlib.compress(vector.astype(np.float16).tobytes(), 1))

    def decoded() -> Vector:
        return np.frombuffer(zlib.decompress(packed), np.float16).astype(np.float32)

    def add() -> None:
        np.add(total, decoded() * np.float32(0.5), out=total)

    decoding, result = timed(decoded)
    adding, _ = timed(add)
    return Row(
        "float16 + zlib", encoding, decoding, adding, 8 * len(packed) / len(vector), None, *errors(vector, result)
    )


def torch_top_k(vector: Vector, total: Vector) -> Row | None:
    """torch.topk on blocks of 4096, 64 kept, sent as 16-bit indices and float16 values. None without torch."""
    try:
        import torch  # noqa: PLC0415
    except ImportError:
        return None
    torch.set_num_threads(os.cpu_count() or 1)
    blocks = len(vector) // 4096
    whole = torch.from_numpy(vector[: blocks * 4096]).view(blocks, 4096)

    def pack() -> tuple[Any, Any]:
        places = whole.abs().topk(64, dim=1).indices
        return places.to(torch.int16), whole.gather(1, places).half()

    def unpack() -> Vector:
        out = torch.zeros_like(whole)
        out.scatter_(1, places.long(), values.float())
        result: Vector = np.zeros(len(vector), np.float32)
        result[: blocks * 4096] = out.view(-1).numpy()
        return result

    def add() -> None:
        sums = torch.from_numpy(total[: blocks * 4096]).view(blocks, 4096)
        sums.scatter_add_(1, places.long(), values.float() * 0.5)

    encoding, (places, values) = timed(pack)
    decoding, result = timed(unpack)
    adding, _ = timed(add)
    return Row("torch.topk 64/4096, float16", encoding, decoding, adding, 32 * 64 / 4096, 16.0, *errors(vector, result))


def draw(kind: str, size: int) -> Vector:
    """The values, drawn a piece at a time so that 100 million fit beside their encodings."""
    random = np.random.default_rng(1)
    vector = np.empty(size, np.float32)
    for start in range(0, size, 1 << 22):
        piece = vector[start : start + (1 << 22)]
        piece[:] = random.standard_normal(len(piece)) if kind == "normal" else random.standard_t(3, len(piece))
    return vector


def rows(kind: str, size: int) -> Iterator[Row]:
    vector = draw(kind, size)
    layout = Layout((("weight", (size,)),))
    total = np.ones(size, np.float32)
    for scheme in SCHEMES:
        yield measure(vector, layout, scheme, total)
    yield half_and_zlib(vector, total)
    peer = torch_top_k(vector, total)
    if peer is not None:
        yield peer


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the codec.")
    parser.add_argument("parameters", nargs="*", type=lambda text: int(float(text)), default=[1_000_000, 100_000_000])
    parser.add_argument("--values", choices=["normal", "heavy"], action="append", help="which values (default: both)")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}")
    for size in options.parameters:
        for kind in options.values or ["normal", "heavy"]:
            print(f"\n{size:,} parameters, {kind} values; times in ms")
            print(format_cells(COLUMNS))
            for row in rows(kind, size):
                print(row, flush=True)


if __name__ == "__main__":
    main()
