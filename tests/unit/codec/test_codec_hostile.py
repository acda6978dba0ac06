"""Bad payloads: damaged, for another layout, or forged with a checksum that holds. Each raises PayloadError."""

import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from codec_cases import HEADER, flat, reseal, schemes
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwork.codec import PayloadError, accumulate, decode, encode, norm, scheme_of
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme

LAYOUT = flat(200, 77, 1)
SPARSE = Scheme(block=64, keep=5, bits=2)
DENSE = Scheme(block=64, keep=64, bits=3)
ENTRY = 2 * 4 + 4 + 1  # two levels, the quotients' length, the parameter
LENGTH_AT, PARAMETER_AT = HEADER + 8, HEADER + 12
STREAMS = HEADER + 3 * ENTRY


def payload_of(scheme: Scheme, layout: Layout = LAYOUT) -> bytes:
    return encode(np.random.default_rng(9).standard_normal(layout.size).astype(np.float32), layout, scheme).payload


def refused(payload: bytes, layout: Layout = LAYOUT) -> str:
    """The detail with which all readers refuse alike, leaving the sum as it was."""
    into = np.full(layout.size, 7.0)
    details = set()
    for read in (decode, norm, lambda p, x: accumulate(p, x, into, 1.0)):
        with pytest.raises(PayloadError) as caught:
            read(payload, layout)
        assert caught.value.trouble is Trouble.PAYLOAD_INVALID
        assert isinstance(caught.value, LightworkError)
        details.add(caught.value.detail)
    assert np.all(into == 7.0)
    assert len(details) == 1
    return details.pop()


@given(data=st.data(), scheme=st.sampled_from([SPARSE, DENSE]))
@settings(deadline=None, max_examples=300)
def test_any_changed_byte_is_noticed(data: st.DataObject, scheme: Scheme) -> None:
    payload = bytearray(payload_of(scheme))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    refused(bytes(payload))
    with pytest.raises(PayloadError):
        scheme_of(bytes(payload))


@pytest.mark.parametrize("scheme", [SPARSE, DENSE])
@pytest.mark.parametrize("sealed", [False, True])
def test_any_truncation_or_extension_is_noticed(scheme: Scheme, sealed: bool) -> None:
    payload = payload_of(scheme)
    content = payload[:-4]
    for length in range(len(content)):
        refused(reseal(content[:length]) if sealed else payload[:length])
    for extra in (b"\0", b"\xff", bytes(100)):
        refused(reseal(content + extra) if sealed else payload + extra)


@given(st.binary(max_size=300), st.booleans())
@settings(deadline=None)
def test_garbage_is_refused(garbage: bytes, dressed: bool) -> None:
    refused(reseal(payload_of(SPARSE)[:HEADER] + garbage) if dressed else garbage)


@pytest.mark.parametrize(
    "other",
    [flat(), flat(200, 77), flat(200, 77, 2), flat(278), Layout((("t000", (2, 100)), ("t001", (77,)), ("t002", (1,))))],
)
def test_another_layout_is_refused(other: Layout) -> None:
    assert refused(payload_of(SPARSE), other) == "made for another layout"


def put(at: int, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + new + content[at + len(new) :]


def levels(*values: float) -> Callable[[bytes], bytes]:
    return put(HEADER, struct.pack(f"<{len(values)}f", *values))


HEADERS = [
    (put(0, b"LWPH"), "not a payload"),
    (put(4, b"\0"), "version 0"),
    (put(4, b"\2"), "version 2"),
    (put(5, b"\0"), "bits must"),
    (put(5, b"\5"), "bits must"),
    (put(6, struct.pack("<H", 0)), "block must"),
    (put(6, struct.pack("<H", 63)), "block must"),
    (put(6, struct.pack("<H", 8192)), "block must"),
    (put(8, struct.pack("<H", 0)), "keep must"),
    (put(8, struct.pack("<H", 65)), "keep must"),
    (put(10, bytes(16)), "another layout"),
]
TABLES = [
    (levels(float("nan")), "not a number"),
    (levels(0.0, float("inf")), "infinite"),
    (levels(float("-inf")), "infinite"),
    (levels(-1.0), "negative"),
    (levels(-0.0), "negative"),
    (levels(2.0, 1.0), "ascend"),
    (put(PARAMETER_AT, b"\x0c"), "parameter"),
    (put(PARAMETER_AT, b"\xff"), "parameter"),
    (put(LENGTH_AT, b"\xff\xff\xff\xff"), "more positions than fit"),
    (put(LENGTH_AT, struct.pack("<I", 0)), ""),
]


@pytest.mark.parametrize(("forge", "detail"), HEADERS + TABLES)
def test_forged_headers_and_tables(forge: Callable[[bytes], bytes], detail: str) -> None:
    assert detail in refused(reseal(forge(payload_of(SPARSE)[:-4])))


@pytest.mark.parametrize(
    "lie",
    [
        Scheme(block=64, keep=6),
        Scheme(block=64, keep=64),
        Scheme(block=4096, keep=4096),
        Scheme(block=64, keep=5, bits=3),
    ],
)
def test_a_scheme_that_the_contents_do_not_have(lie: Scheme) -> None:
    refused(reseal(put(5, struct.pack("<BHH", lie.bits, lie.block, lie.keep))(payload_of(SPARSE)[:-4])))


@pytest.mark.parametrize("at", [0, 4])
def test_positions_in_a_dense_payload(at: int) -> None:
    field = HEADER + 4 * 4 + at
    assert refused(reseal(put(field, b"\1")(payload_of(DENSE)[:-4]))) == "positions in a dense payload"


def sparse_payload(parameter: int, quotients: str, remainders: bytes, codes: bytes) -> bytes:
    """A payload for one tensor of 12 values in blocks of 8, two kept (one of the short block); bits in stream order."""
    packed = np.packbits(
        np.array([bit == "1" for bit in quotients.replace(" ", "")], np.bool_), bitorder="little"
    ).tobytes()
    header = struct.pack("<4sBBHH16s", b"LWPG", 1, 1, 8, 2, flat(12).digest()[:16])
    return reseal(header + struct.pack("<fIB", 1.5, len(packed), parameter) + bytes(packed) + remainders + codes)


def test_the_smallest_sparse_payload_is_sound() -> None:
    payload = sparse_payload(0, "01 00001 001", b"", b"\2")
    assert np.flatnonzero(decode(payload, flat(12))).tolist() == [1, 6, 10]
    payload = sparse_payload(2, "1 01 1", bytes([0b10_01_01]), b"\7")
    assert decode(payload, flat(12)).tolist() == [0, -1.5, 0, 0, 0, 0, 0, -1.5, 0, 0, -1.5, 0]


@pytest.mark.parametrize(
    ("parameter", "quotients", "remainders", "codes", "detail"),
    [
        (0, "01 00001", b"", b"\2", "wrong number"),  # one too few
        (0, "01 00001 001 1", b"", b"\2", "wrong number"),  # one too many
        (0, "000000000000000", b"", b"\2", "wrong number"),  # none
        (0, "", b"", b"\2", "wrong number"),
        (0, "1 1 1 00000 00000000", b"", b"\2", "wrong number"),  # a needless byte behind the last position
        (0, "01 0000001 1", b"", b"\2", "outside its block"),  # position 8 of a block of 8
        (0, "1 1 00001", b"", b"\2", "outside its block"),  # position 4 of the short block of 4
        (0, "0000000 1 1 1", b"", b"\2", "outside its block"),  # 7 is the last; its neighbour lies in the next block
        (0, "0000000000000000 1 1 1", b"", b"\2", "more positions than fit"),
        (3, "1 1 1", b"\xff\1", b"\2", "outside its block"),
        (11, "1 1 1", b"\xff" * 3 + b"\xff\1", b"\2", "outside its block"),
        (2, "1 1 1", b"\x40", b"\2", "unused bits"),
        (0, "1 1 1", b"", b"\x08", "unused bits"),
        (0, "1 1 1", b"", b"\2\0", "longer"),
        (0, "1 1 1", b"", b"", "shorter"),
        (3, "1 1 1", b"", b"\2", "shorter"),
    ],
)
def test_forged_positions(parameter: int, quotients: str, remainders: bytes, codes: bytes, detail: str) -> None:
    assert detail in refused(sparse_payload(parameter, quotients, remainders, codes), flat(12))


@given(data=st.data(), scheme=schemes())
@settings(deadline=None, max_examples=500)
def test_fuzz_with_a_checksum_that_holds(data: st.DataObject, scheme: Scheme) -> None:
    """Whatever is changed: PayloadError and an untouched sum, or finite numbers on which all readers agree."""
    content = bytearray(payload_of(scheme, LAYOUT)[:-4])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(4, len(content) - 1), st.integers(HEADER, len(content) - 1)))
        content[at] = data.draw(st.integers(0, 255))
    payload = reseal(bytes(content))
    into = np.full(LAYOUT.size, 7.0)
    try:
        accumulate(payload, LAYOUT, into, 1.0)
    except PayloadError:
        assert np.all(into == 7.0)
        refused(payload)
        return
    decoded = decode(payload, LAYOUT)
    assert np.isfinite(decoded).all()
    assert np.array_equal(into, 7.0 + decoded.astype(np.float64))
    assert norm(payload, LAYOUT) == pytest.approx(float(np.linalg.norm(decoded.astype(np.float64))))


@pytest.mark.parametrize("scheme", [Scheme(keep=64), Scheme(keep=2048), Scheme(block=2, keep=1), Scheme(bits=4)])
def test_memory_is_a_small_multiple_of_the_vector(scheme: Scheme) -> None:
    layout = flat(1 << 22)
    payload = payload_of(scheme, layout)
    content = bytearray(payload[:-4])
    content[-1] ^= 0x10
    for bad in (payload, payload[:-1], reseal(bytes(content)), reseal(bytes(content[:HEADER]) + bytes(len(content)))):
        tracemalloc.start()
        try:
            decode(bad, layout)
        except PayloadError:
            pass
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 4 * layout.size * 4 + len(bad)


def test_a_huge_sum_is_the_callers_to_bound() -> None:
    """Levels near float32's largest are sound; they add up without a warning, and `norm` gives them away beforehand."""
    layout = flat(100)
    payload = encode(np.full(100, 3e38, np.float32), layout, Scheme()).payload
    assert norm(payload, layout) == pytest.approx(3e39, rel=1e-6)
    into = np.full(100, 3e38, np.float32)
    accumulate(payload, layout, into, 2.0)
    assert np.isinf(into).all()
