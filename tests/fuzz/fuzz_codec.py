"""Feed the codec what a stranger may send, guided by coverage: `python tests/fuzz/fuzz_codec.py -max_total_time=300`.

Needs Atheris beside what the tests need (`pip install atheris`); every option is libFuzzer's. An input is a payload
without its checksum, which is put right here: a forger can do that, too. What is found is kept as a file, and that
file's name as the only argument runs it again. Without a folder for them the inputs begin with sound payloads of
several schemes.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "codec"))

import numpy as np
from codec_cases import flat, read_slowly, reseal

from lightwork.codec import PayloadError, accumulate, decode, encode, norm
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme

LAYOUT = Layout((*flat(200, 77, 1).tensors, ("u", ()), ("v", (3, 50))))
SCHEMES = [
    Scheme(block=block, keep=keep, bits=bits) for block, keep in ((64, 5), (64, 64), (16, 3)) for bits in (1, 2, 4)
]


def sound() -> list[bytes]:
    """Payloads to begin with, without their checksums."""
    random = np.random.default_rng(1)
    noise = [random.standard_normal(LAYOUT.size).astype(np.float32) for _ in SCHEMES]
    return [encode(vector, LAYOUT, scheme).payload[:-4] for vector, scheme in zip(noise, SCHEMES, strict=True)]


def one_input(content: bytes) -> None:
    """Refused by every reader alike and without a trace, or read by all as the format's description says."""
    payload = reseal(content)
    into = np.full(LAYOUT.size, 7.0)
    try:
        decoded = decode(payload, LAYOUT)
    except PayloadError as error:
        refused_alike(payload, into, error.detail)
        return
    assert decoded.dtype == np.float32
    assert np.isfinite(decoded).all()
    assert np.array_equal(decoded, np.array(read_slowly(payload, LAYOUT), np.float32))
    length = float(np.linalg.norm(decoded.astype(np.float64)))
    assert np.isclose(norm(payload, LAYOUT), length, rtol=1e-9, atol=0.0)
    accumulate(payload, LAYOUT, into, 0.5)
    np.testing.assert_allclose(into, 7.0 + 0.5 * decoded.astype(np.float64), rtol=1e-12)


def refused_alike(payload: bytes, into: np.ndarray, detail: str) -> None:
    for read in (norm, lambda one, layout: accumulate(one, layout, into, 0.5)):
        assert refusal(read, payload) == detail
    assert np.all(into == 7.0)


def refusal(read: Callable[[bytes, Layout], object], payload: bytes) -> str:
    try:
        read(payload, LAYOUT)
    except PayloadError as error:
        return error.detail
    return "none"


def main() -> None:
    import atheris  # noqa: PLC0415  the target is tested where Atheris is not installed

    atheris.instrument_all()
    options = sys.argv
    if all(option.startswith("-") for option in options[1:]):
        folder = Path(tempfile.mkdtemp(prefix="lightwork-fuzz-"))
        for number, content in enumerate(sound()):
            (folder / f"sound-{number}").write_bytes(content)
        print(f"inputs are kept in {folder}")
        options = [*options, str(folder)]
    atheris.Setup(options, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
