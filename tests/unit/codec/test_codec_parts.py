"""The codec's parts: packing, selection, positions, levels."""

from math import comb, log2

import numpy as np
import pytest
from codec_cases import schemes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lightwork.codec.bits import look_up, pack, packed_length, total, unpack
from lightwork.codec.quantise import code_values, quantise
from lightwork.codec.rice import decode_positions, encode_positions, longest, longest_quotients
from lightwork.codec.segments import SEGMENT_LENGTH, Segment, segments
from lightwork.codec.select import largest, magnitude_bits
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme


@given(width=st.integers(0, 12), data=st.data())
@settings(deadline=None)
def test_packing_round_trip(width: int, data: st.DataObject) -> None:
    numbers = np.array(data.draw(st.lists(st.integers(0, 2**width - 1), min_size=1, max_size=70)), np.uint16)
    packed = pack(numbers, width)
    assert len(packed) == packed_length(len(numbers), width)
    assert unpack(np.frombuffer(packed, np.uint8), width, len(numbers)).tolist() == numbers.tolist()


def test_packing_puts_the_first_number_lowest() -> None:
    assert pack(np.array([1, 2, 3, 0, 1], np.uint8), 2) == bytes([0b00_11_10_01, 0b01])
    assert pack(np.array([0b101, 0b011, 0b110], np.uint8), 3) == bytes([0b10_011_101, 0b1])
    assert pack(np.array([0x1FF, 0x002], np.uint16), 9) == bytes([0xFF, 0x02, 0b01])


@pytest.mark.parametrize("width", range(1, 13))
def test_unpacking_refuses_wrong_lengths_and_unused_bits(width: int) -> None:
    good = np.frombuffer(pack(np.ones(5, np.uint16), width), np.uint8)
    for bad in (good[:-1], np.append(good, np.uint8(0))):
        with pytest.raises(ValueError, match="wrong length"):
            unpack(bad, width, 5)
    if width % 8:
        bad = good.copy()
        bad[-1] |= 0x80
        with pytest.raises(ValueError, match="unused bits"):
            unpack(bad, width, 5)


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_look_up_is_unpacking_and_indexing(bits: int) -> None:
    numbers = np.arange(37, dtype=np.uint8) % (1 << bits)
    table = np.linspace(-1, 1, 1 << bits)
    packed = np.frombuffer(pack(numbers, bits), np.uint8)
    assert look_up(packed, bits, 37, table).tolist() == table[numbers].tolist()


@pytest.mark.parametrize("count", [1, 37, 16_001])
@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_the_total_is_the_sum_of_what_is_looked_up(bits: int, count: int) -> None:
    numbers = np.random.default_rng(bits).integers(0, 1 << bits, count).astype(np.uint8)
    numbers[-1] = 1
    table = np.linspace(3, 7, 1 << bits)
    packed = np.frombuffer(pack(numbers, bits), np.uint8)
    assert total(packed, bits, count, table) == pytest.approx(float(table[numbers].sum()), rel=1e-12)
    with pytest.raises(ValueError, match="wrong length"):
        total(packed[:-1], bits, count, table)


def test_segments_cover_the_vector_and_stay_inside_tensors() -> None:
    layout = Layout((("a", (2, SEGMENT_LENGTH)), ("b", ()), ("c", (SEGMENT_LENGTH + 1,))))
    found = [(piece.start, piece.stop) for piece in segments(layout, Scheme())]
    unit = 1 << 20
    assert unit == SEGMENT_LENGTH
    assert found == [
        (0, unit),
        (unit, 2 * unit),
        (2 * unit, 2 * unit + 1),
        (2 * unit + 1, 3 * unit + 1),
        (3 * unit + 1, 3 * unit + 2),
    ]


@pytest.mark.parametrize(
    ("length", "block", "keep", "kept"),
    [(1, 4096, 64, 1), (63, 4096, 64, 1), (65, 4096, 64, 2), (4096, 4096, 64, 64), (4097, 4096, 64, 65), (5, 4, 4, 5)],
)
def test_short_blocks_keep_their_share_rounded_up(length: int, block: int, keep: int, kept: int) -> None:
    assert Segment(0, length, block, keep).kept == kept


@given(scheme=schemes(), length=st.integers(1, 5000), seed=st.integers(0, 2**32), distinct=st.integers(1, 50))
@settings(deadline=None)
def test_largest_agrees_with_a_stable_sort(scheme: Scheme, length: int, seed: int, distinct: int) -> None:
    values = np.random.default_rng(seed).integers(-distinct, distinct + 1, length).astype(np.float32)
    segment = Segment(0, length, scheme.block, scheme.keep)
    expected: list[int] = []
    for start in range(0, length, scheme.block):
        block = values[start : start + scheme.block]
        keep = -(-scheme.keep * len(block) // scheme.block)
        expected += sorted(start + np.argsort(-np.abs(block), kind="stable")[:keep])
    assert largest(magnitude_bits(values), segment).tolist() == expected


@given(scheme=schemes(), length=st.integers(1, 9000), seed=st.integers(0, 2**32), extreme=st.booleans())
@settings(deadline=None)
def test_positions_round_trip_within_their_bound(scheme: Scheme, length: int, seed: int, extreme: bool) -> None:
    segment = Segment(0, length, scheme.block, scheme.keep)
    values = np.random.default_rng(seed).random(length).astype(np.float32)
    if extreme:  # all that is kept lies at the blocks' ends, so that the first gap is as long as it can be
        values = np.arange(1, length + 1, dtype=np.float32)
    positions = largest(magnitude_bits(values), segment)
    coded = encode_positions(positions, segment)
    assert len(coded.quotients) <= longest_quotients(segment, coded.parameter)
    assert len(coded.quotients) + len(coded.remainders) <= longest(segment)
    quotients, remainders = np.frombuffer(coded.quotients, np.uint8), np.frombuffer(coded.remainders, np.uint8)
    assert decode_positions(coded.parameter, quotients, remainders, segment).tolist() == positions.tolist()


def test_positions_cost_little_more_than_entropy() -> None:
    segment = Segment(0, SEGMENT_LENGTH, 4096, 64)
    values = np.random.default_rng(1).standard_normal(SEGMENT_LENGTH).astype(np.float32)
    coded = encode_positions(largest(magnitude_bits(values), segment), segment)
    bits = 8 * (len(coded.quotients) + len(coded.remainders)) / segment.kept
    assert log2(comb(4096, 64)) / 64 < bits <= 7.7


# Least mean squared errors for the normal distribution, of unit variance: Max 1960, table I.
@pytest.mark.parametrize(("bits", "least"), [(1, 0.3634), (2, 0.1175), (3, 0.03454), (4, 0.009497)])
def test_levels_are_optimal_for_normal_values(bits: int, least: float) -> None:
    values = np.random.default_rng(2).standard_normal(1 << 18).astype(np.float32)
    levels, codes = quantise(values, bits)
    error = np.mean((code_values(levels)[codes] - values.astype(np.float64)) ** 2)
    assert error == pytest.approx(least, rel=0.01)


def least_error(magnitudes: NDArray[np.float64], count: int) -> float:
    """Least sum of squared errors with `count` levels, among all ways to cut the sorted magnitudes."""
    ordered = np.sort(magnitudes)
    sums, squares = (np.concatenate([[0.0], np.cumsum(ordered**power)]) for power in (1, 2))
    places = np.arange(len(ordered) + 1)
    members = np.maximum(places[None, :] - places[:, None], 1)
    errors = squares[None, :] - squares[:, None] - (sums[None, :] - sums[:, None]) ** 2 / members
    errors[places[:, None] > places[None, :]] = np.inf
    best = errors[0]
    for _ in range(count - 1):
        best = (best[:, None] + errors).min(axis=0)
    return float(best[-1])


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0, 4.0])
def test_levels_are_near_the_best_under_heavy_tails(bits: int, spread: float) -> None:
    """With a spread of 4 the few largest values hold nearly all energy; levels must go to them and to the others."""
    random = np.random.default_rng(3)
    values = (random.lognormal(0, spread, 800) * random.choice([-1, 1], 800)).astype(np.float32)
    levels, codes = quantise(values, bits)
    error = np.sum((code_values(levels)[codes] - values.astype(np.float64)) ** 2)
    assert error <= 1.03 * least_error(np.abs(values.astype(np.float64)), 1 << (bits - 1)) * (1 + 1e-9)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_few_distinct_magnitudes_are_kept_exactly(bits: int) -> None:
    magnitudes = np.array([0.0, 0.5, 1.0, 3.0, 7.0, 8.0, 100.0, 3e38], np.float32)[-(1 << (bits - 1)) :]
    values = np.concatenate([magnitudes, -magnitudes, magnitudes])
    levels, codes = quantise(values, bits)
    assert code_values(levels)[codes].tolist() == values.tolist()
    assert levels.tolist() == magnitudes.tolist()


def test_one_bit_is_sign_and_mean_magnitude() -> None:
    levels, codes = quantise(np.array([1.0, -2.0, 3.0, -0.0], np.float32), 1)
    assert levels.tolist() == [1.5]
    assert codes.tolist() == [0, 1, 0, 0]
