"""Values <-> codes of 1 to 4 bits: the sign, and one of a few magnitudes fitted to the segment's own values.

The magnitudes are Lloyd-Max levels: thresholds half-way between levels, each level the mean of what falls to it
(Lloyd 1982, doi:10.1109/TIT.1982.1056489; Max 1960, doi:10.1109/TIT.1960.1057548). As every level is a mean, what
is left of the values after coding is never longer than the values were, whatever they are: error feedback needs that.
With 1 bit the only level is the mean magnitude.
"""

import numpy as np
from numpy.typing import NDArray

_KEY_SHIFT = 16  # what is left of a float32 then: exponent and 7 bits of fraction, 128 steps an octave
_CANDIDATES = 256  # bounds among which the best are searched; rounds of Lloyd's method then refine them
_ROUNDS = 32


def level_count(bits: int) -> int:
    """Number of magnitudes that a code of `bits` bits tells apart; the remaining bit is the sign."""
    return 1 << (bits - 1)


def quantise(values: NDArray[np.float32], bits: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Levels, ascending, shape (2**(bits-1),), and a code for each value, shape (n,), n at least 1, values finite.

    A code is the level's number, plus 2**(bits-1) for a negative value.
    """
    count = level_count(bits)
    magnitudes = np.abs(values)
    levels = np.zeros(len(values), np.uint8)
    for threshold in _thresholds(magnitudes, count):
        levels += magnitudes > threshold
    populations = np.bincount(levels, minlength=count)
    sums = np.bincount(levels, weights=magnitudes, minlength=count).astype(np.float64, copy=False)
    means = _means(populations, sums).astype(np.float32)
    return means, levels + (values < 0).view(np.uint8) * np.uint8(count)


def code_values(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each code stands for: the levels, then their negatives. Shape (2 * len(levels),)."""
    return np.concatenate([levels, np.float32(0.0) - levels])  # 0 - 0 is +0: nothing decodes to a negative zero


def _thresholds(magnitudes: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The `count` - 1 ascending limits between levels; what equals a limit belongs below it, so that zeros stay."""
    if count == 1:
        return np.empty(0, np.float32)
    values, populations = _histogram(magnitudes)
    # Prefix sums give the population and the sum of any cell, whose bounds are places in `values`.
    people = np.concatenate([[0], np.cumsum(populations)])
    sums = np.concatenate([[0.0], np.cumsum(populations * values)])
    candidates = _candidates(values, populations)
    edges = candidates[_best_cells(people[candidates], sums[candidates], count)]
    for _ in range(_ROUNDS):
        levels = _means(np.diff(people[edges]), np.diff(sums[edges]))
        limits = (levels[1:] + levels[:-1]) / 2
        moved = np.searchsorted(values, limits, side="right")
        if np.array_equal(moved, edges[1:-1]):
            break
        edges[1:-1] = moved
    return limits.astype(np.float32)


def _histogram(magnitudes: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ascending magnitudes, each standing for those within 1/256 of it, and how many those are."""
    keys = magnitudes.view(np.uint32) >> _KEY_SHIFT
    least = keys.min()
    populations = np.bincount(keys - least)
    occupied = np.flatnonzero(populations)
    patterns = (occupied.astype(np.uint32) + least) << _KEY_SHIFT
    middles = np.where(patterns > 0, patterns + (1 << _KEY_SHIFT) // 2, 0).astype(np.uint32)
    return middles.view(np.float32).astype(np.float64), populations[occupied]


def _candidates(values: NDArray[np.float64], populations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending places in `values`, its two ends among them, that may become bounds of cells.

    All where they are few; else as dense as the best cells of many would lie, which goes with the cube root of the
    energy there (Panter and Dite, Proceedings of the IRE 39, 1951, pages 44-48).
    """
    if len(values) <= _CANDIDATES:
        return np.arange(len(values) + 1)
    weights = np.concatenate([[0.0], np.cumsum(np.cbrt(populations * values**2))])
    shares = np.searchsorted(weights, np.linspace(0.0, weights[-1], _CANDIDATES + 1))
    return np.unique(np.concatenate([[0], shares, [len(values)]]))


def _best_cells(people: NDArray[np.int64], sums: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Bounds, shape (count + 1,), of the cells with the least squared error, given prefix sums at the allowed bounds.

    Dynamic programming (Bruce, Optimum quantization, MIT RLE Technical Report 429, 1965). A cell with n values of sum s
    saves s**2 / n of the squares' sum.
    """
    members = people[None, :] - people[:, None]
    saved = np.where(members > 0, (sums[None, :] - sums[:, None]) ** 2 / np.maximum(members, 1), 0.0)
    saved[members < 0] = -np.inf
    best = saved[0]
    choices = []
    for _ in range(count - 1):
        totals = best[:, None] + saved
        choice = totals.argmax(axis=0)
        choices.append(choice)
        best = np.take_along_axis(totals, choice[None, :], axis=0)[0]
    bounds = [len(people) - 1]
    for choice in reversed(choices):
        bounds.append(int(choice[bounds[-1]]))
    return np.array([0, *reversed(bounds)])


def _means(populations: NDArray[np.int64], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each cell's mean, ascending; an empty cell's number is never used, and it takes its lower neighbour's mean."""
    return np.maximum.accumulate(np.where(populations > 0, sums / np.maximum(populations, 1), 0.0))
