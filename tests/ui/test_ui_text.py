"""Amounts and foreign text as people read them."""

import math
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from lightwork.domain.sentences import Estimate, Sentence, Size
from lightwork.domain.untrusted import untrusted
from lightwork_ui import text


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (lambda: text.size(0), "0 B"),
        (lambda: text.size(999), "999 B"),
        (lambda: text.size(1000), "1.00 kB"),
        (lambda: text.size(999_400), "999 kB"),
        (lambda: text.size(999_600), "1.00 MB"),
        (lambda: text.size(12_345_678), "12.3 MB"),
        (lambda: text.size(1.5e15), "1,500 TB"),
        (lambda: text.rough_size(43_800_000_000), "44 GB"),
        (lambda: text.rough_size(1_240_000), "1.2 MB"),
        (lambda: text.rough_size(123_000), "120 kB"),
        (lambda: text.rough_size(996_000), "1,000 kB"),
        (lambda: text.memory(8 * 2**30), "8.0 GB"),
        (lambda: text.memory(300 * 2**20), "300 MB"),
        (lambda: text.speed(1_830_000), "1.83 MB/s"),
        (lambda: text.percent(0.975), "98 %"),
        (lambda: text.duration(-3), "0 s"),
        (lambda: text.duration(119), "119 s"),
        (lambda: text.duration(120), "2 min"),
        (lambda: text.duration(2 * 3600), "2 h 0 min"),
        (lambda: text.duration(100_000), "27 h 47 min"),
        (lambda: text.number(1234567.8), "1,234,568"),
        (lambda: text.significant(0.5), "0.500"),
        (lambda: text.significant(0), "0"),
        (lambda: text.parameters(1_130_000), "1.1M"),
        (lambda: text.parameters(6_053_000_000), "6.1B"),
        (lambda: text.parameters(999), "999"),
        (lambda: text.credits_text(0), "0"),
        (lambda: text.credits_text(6 * 10**15), "6.00"),
        (lambda: text.credits_text(10**18), "1,000"),
        (lambda: text.credits_text(5), "under 0.001"),
    ],
)
def test_amounts(shown, expected: str) -> None:
    assert shown() == expected


@pytest.mark.usefixtures("russian")
def test_amounts_in_russian() -> None:
    assert text.size(12_345_678) == "12,3 МБ"
    assert text.speed(500) == "500 Б/с"
    assert text.duration(7380) == "2 ч 3 мин"
    assert text.number(1234567.8).replace("\u00a0", " ").replace("\u202f", " ") == "1 234 568"


@given(st.one_of(st.integers(), st.floats(allow_nan=False)))
def test_no_amount_is_too_strange(amount: float) -> None:
    for function in (
        text.size,
        text.rough_size,
        text.memory,
        text.speed,
        text.percent,
        text.duration,
        text.number,
        text.significant,
        text.parameters,
    ):
        assert len(function(amount)) < 60
    if isinstance(amount, int):
        assert len(text.credits_text(amount)) < 60


def test_sums_larger_than_any_float() -> None:
    assert text.credits_text(10**400)
    assert text.number(10**400)
    assert text.size(math.inf)


@given(st.text(max_size=400), st.integers(min_value=1, max_value=300))
def test_foreign_text_is_one_bounded_line(foreign: str, limit: int) -> None:
    line = untrusted(foreign, limit)
    assert len(line) <= limit + 1
    assert "\n" not in line
    assert line == line.strip()
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\x00\x1b")


def test_honest_foreign_text_is_left_as_it_is() -> None:
    for honest in ("Ein Modell für Märchen", "שלום עולם", "日本語のモデル", "a < b & c", "👩‍💻"):
        assert untrusted(honest) == honest


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 12, 1), "1 December"),
        (time(16, 40), "16:40"),
        (0.5, "0.5"),
        (50.0, "50"),
        (31.24, "31.2"),
        (1234.4, "1,234"),
        (Size(12_345_678), "12.3 MB"),
        (Estimate(12_345_678), "12 MB"),
        (7, 7),
        ("as it is", "as it is"),
    ],
)
def test_values_of_sentences(value: object, shown: object) -> None:
    QLocale.setDefault(QLocale("en_GB"))
    assert text.written(value) == shown


def test_a_number_stays_with_its_unit() -> None:
    assert text.sentence_text(Sentence("Next try in {seconds} s.", {"seconds": 40})) == "Next try in 40\u00a0s."


def test_the_locale_is_qts() -> None:
    QLocale.setDefault(QLocale("de"))
    assert text.number(1234.5, 1) == "1.234,5"
