"""Round trips: what is encoded is what is decoded, added up and measured."""

import struct

import numpy as np
import pytest
from codec_cases import flat, layouts, read_slowly, reseal, same_bits, schemes, vectors
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwork.codec import Encoder, accumulate, decode, encode, maximum_length, norm, scheme_of
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme


@given(layout=layouts(), scheme=schemes(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_round_trip(layout: Layout, scheme: Scheme, data: st.DataObject) -> None:
    vector = data.draw(vectors(layout))
    before = vector.copy()
    encoded = encode(vector, layout, scheme)
    assert same_bits(vector, before)
    decoded = decode(encoded.payload, layout)
    assert same_bits(decoded, encoded.decoded)
    assert np.isfinite(decoded).all()
    assert not np.signbit(decoded[decoded == 0]).any()
    assert scheme_of(encoded.payload) == scheme
    assert len(encoded.payload) <= maximum_length(layout, scheme)
    assert encoded.payload == encode(vector, layout, scheme).payload
    exact = decoded.astype(np.float64)
    assert norm(encoded.payload, layout) == pytest.approx(float(np.sqrt(np.sum(exact**2))), rel=1e-9)
    residual = float(np.sum((vector.astype(np.float64) - exact) ** 2))
    assert residual <= float(np.sum(vector.astype(np.float64) ** 2)) * (1 + 1e-6) + 1e-88


@given(layout=layouts(), scheme=schemes(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_segment_by_segment_it_is_the_same_payload(layout: Layout, scheme: Scheme, data: st.DataObject) -> None:
    vector = data.draw(vectors(layout))
    wanted = encode(vector, layout, scheme)
    encoder = Encoder(layout, scheme)
    decoded = np.full(layout.size, np.nan, np.float32)  # whatever is there before is written over
    for segment in encoder.segments:
        encoder.add(vector[segment.place], decoded[segment.place])
    assert encoder.payload() == wanted.payload
    assert same_bits(decoded, wanted.decoded)


def test_a_payload_needs_every_segment_once_and_each_of_its_length() -> None:
    layout = flat(3, 5)
    encoder, decoded = Encoder(layout, Scheme()), np.zeros(5, np.float32)
    for values, why in (
        (np.ones(5), "segment of 3"),
        (np.full(3, np.nan), "not a number"),
        (np.full(3, np.inf), "infi"),
    ):
        with pytest.raises(ValueError, match=why):
            encoder.add(values.astype(np.float32), decoded[: len(values)])
    encoder.add(np.ones(3, np.float32), decoded[:3])
    with pytest.raises(ValueError, match="1 of 2 segments"):
        encoder.payload()
    encoder.add(np.ones(5, np.float32), decoded)
    with pytest.raises(ValueError, match="have been added"):
        encoder.add(np.ones(5, np.float32), decoded)
    assert encoder.payload() == encode(np.ones(8, np.float32), layout, Scheme()).payload


@given(layout=layouts(), scheme=schemes(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_format_is_what_its_description_says(layout: Layout, scheme: Scheme, data: st.DataObject) -> None:
    encoded = encode(data.draw(vectors(layout)), layout, scheme)
    assert read_slowly(encoded.payload, layout) == encoded.decoded.tolist()


def test_version_1_is_read_for_ever() -> None:
    """A payload written down by hand: 32 values in blocks of 16, two kept as 2 bits each, Rice parameter 2."""
    layout = flat(32)
    header = b"LWPG" + bytes([1, 2, 16, 0, 2, 0]) + layout.digest()[:16]
    table = struct.pack("<ffIB", 0.5, 2.0, 1, 2)
    # Positions 1 and 15 of the first block, 0 and 4 of the second: gaps 1, 13, 0, 3; quotients 0, 3, 0, 0.
    quotients = bytes([0b0_1_1_1000_1])
    remainders = bytes([0b11_00_01_01])
    codes = bytes([0b01_00_11_10])  # -0.5, -2, 0.5, 2
    payload = reseal(header + table + quotients + remainders + codes)
    expected = np.zeros(32, np.float32)
    expected[[1, 15, 16, 20]] = [-0.5, -2.0, 0.5, 2.0]
    assert same_bits(decode(payload, layout), expected)
    assert encode(expected, layout, Scheme(block=16, keep=2, bits=2)).payload == payload


@pytest.mark.parametrize("dtype", [np.dtype(np.float32), np.dtype(np.float64)])
@given(layout=layouts(), scheme=schemes(), weight=st.floats(-4, 4, width=32), data=st.data())
@settings(max_examples=60, deadline=None)
def test_accumulate_adds_the_weighted_vector(
    dtype: np.dtype[np.float32 | np.float64], layout: Layout, scheme: Scheme, weight: float, data: st.DataObject
) -> None:
    encoded = encode(data.draw(vectors(layout)) * np.float32(2.0**-20), layout, scheme)
    into = np.random.default_rng(4).standard_normal(layout.size).astype(dtype)
    expected = into + encoded.decoded.astype(dtype) * dtype.type(weight)
    accumulate(encoded.payload, layout, into, weight)
    assert np.array_equal(into, expected)


@pytest.mark.parametrize("scheme", [Scheme(keep=64), Scheme(bits=3), Scheme(block=64, keep=40, bits=4)])
def test_tensors_longer_than_a_segment(scheme: Scheme) -> None:
    layout = flat(3, (1 << 20) + 70_001)
    vector = np.random.default_rng(5).standard_normal(layout.size).astype(np.float32)
    encoded = encode(vector, layout, scheme)
    assert same_bits(decode(encoded.payload, layout), encoded.decoded)
    into = np.ones(layout.size)
    accumulate(encoded.payload, layout, into, 0.5)
    assert np.array_equal(into, 1 + 0.5 * encoded.decoded.astype(np.float64))


def test_what_is_kept_is_the_largest_of_every_block() -> None:
    layout, scheme = flat(8, 4), Scheme(block=4, keep=1, bits=4)
    vector = np.array([1, -3, 2, 0, 5, 5, -5, 4, 0, 0, 0, -1e-45], np.float32)
    expected = [0, -3, 0, 0, 5, 0, 0, 0, 0, 0, 0, vector[11]]
    assert encode(vector, layout, scheme).decoded.tolist() == expected


@pytest.mark.parametrize("scheme", [Scheme(keep=64), Scheme(bits=1), Scheme(bits=4)])
def test_nothing_decodes_to_nothing(scheme: Scheme) -> None:
    for layout in (flat(), flat(1), flat(5000, 1)):
        encoded = encode(np.zeros(layout.size, np.float32), layout, scheme)
        assert same_bits(decode(encoded.payload, layout), np.zeros(layout.size, np.float32))
        assert norm(encoded.payload, layout) == 0.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scheme", [Scheme(keep=1), Scheme()])
def test_encode_refuses_what_is_not_finite(value: float, scheme: Scheme) -> None:
    vector = np.zeros(5000, np.float32)
    vector[4321] = value
    with pytest.raises(ValueError, match="infinite or not a number"):
        encode(vector, flat(5000), scheme)


def test_arguments_of_the_wrong_shape_or_type_are_refused() -> None:
    layout = flat(10)
    with pytest.raises(ValueError, match="float64"):
        encode(np.zeros(10), layout, Scheme())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="shape"):
        encode(np.zeros(11, np.float32), layout, Scheme())
    payload = encode(np.ones(10, np.float32), layout, Scheme()).payload
    for into in (np.zeros(11), np.zeros((2, 5)), np.zeros(10, np.float16), np.zeros(10, np.int64)):
        with pytest.raises(ValueError, match="expected 10"):
            accumulate(payload, layout, into, 1.0)  # type: ignore[arg-type]
    for weight in (float("nan"), float("inf"), 1e300):
        total = np.zeros(10, np.float32)
        with pytest.raises(ValueError, match="weight"):
            accumulate(payload, layout, total, weight)
        assert not total.any()


def test_a_strided_vector_and_a_strided_sum() -> None:
    layout = flat(5000)
    wide = np.random.default_rng(6).standard_normal(10_000).astype(np.float32)
    encoded = encode(wide[::2], layout, Scheme(keep=64))
    assert encoded.payload == encode(wide[::2].copy(), layout, Scheme(keep=64)).payload
    into = np.zeros(10_000)
    accumulate(encoded.payload, layout, into[::2], 1.0)
    assert np.array_equal(into[::2], encoded.decoded)
    assert not into[1::2].any()


@pytest.mark.parametrize(
    ("scheme", "most"), [(Scheme(keep=64), 9.75), (Scheme(keep=64, bits=1), 8.75), (Scheme(), 2.1)]
)
def test_a_kept_value_costs_its_bits_and_little_more(scheme: Scheme, most: float) -> None:
    layout = flat(1 << 20, 4096)
    vector = np.random.default_rng(7).standard_normal(layout.size).astype(np.float32)
    encoded = encode(vector, layout, scheme)
    assert 8 * len(encoded.payload) / np.count_nonzero(encoded.decoded) <= most


@pytest.mark.parametrize("scheme", [Scheme(block=256, keep=8), Scheme(bits=1), Scheme(block=256, keep=8, bits=1)])
def test_error_feedback_sends_everything_in_time(scheme: Scheme) -> None:
    """What was sent over the rounds is the sum of all gradients less the residual, and the residual stays bounded."""
    layout = flat(3000, 700)
    random = np.random.default_rng(8)
    trend = random.standard_normal(layout.size).astype(np.float32)
    residual = np.zeros(layout.size, np.float32)
    sent, wanted = np.zeros(layout.size), np.zeros(layout.size)
    for _ in range(400):
        gradient = trend + random.standard_normal(layout.size).astype(np.float32)
        wanted += gradient
        corrected = residual + gradient
        encoded = encode(corrected, layout, scheme)
        residual = corrected - encoded.decoded
        accumulate(encoded.payload, layout, sent, 1.0)
    assert np.allclose(sent + residual, wanted, atol=0.01)
    assert np.linalg.norm(wanted - sent) < 0.25 * np.linalg.norm(wanted)
