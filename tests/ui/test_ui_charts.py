"""Charts: where things stand, what they say, and how they are walked over."""

from datetime import datetime

import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lightwork.protocol.control import HistoryEntry, Period
from lightwork_ui import periods
from lightwork_ui.measures import Measure, axis_unit, figure, series, spoken, tick_words
from lightwork_ui.theme import DARK, LIGHT, Theme
from lightwork_ui.widgets.bars import Bars
from lightwork_ui.widgets.chart_scale import (
    Mark,
    Slots,
    axis,
    between,
    decimals,
    labelled,
    merged,
    nearest,
    nice_step,
)
from lightwork_ui.widgets.columns import Columns, Flow, stretch
from lightwork_ui.widgets.curve import Curve


@pytest.mark.parametrize(
    ("span", "most", "step"),
    [(10, 5, 2), (100, 5, 20), (7, 4, 2), (8, 4, 2), (8.1, 4, 5), (0.3, 4, 0.1), (1e18, 4, 5e17), (3e-9, 3, 1e-9)],
)
def test_steps_are_one_two_or_five(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == pytest.approx(step)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 29.4, (0, 10, 20, 30)),
        (0, 30, (0, 10, 20, 30)),
        (-2.1, 0.6, (-3, -2, -1, 0, 1)),
        (2.62, 5.57, (2, 3, 4, 5, 6)),
        (0, 0, (0, 0.5, 1)),
        (float("nan"), float("inf"), (0, 0.5, 1)),
    ],
)
def test_an_axis_goes_round_all_values_at_round_numbers(low: float, high: float, ticks: tuple[float, ...]) -> None:
    found = axis(low, high, 4)
    assert found.ticks == pytest.approx(ticks) or (len(ticks) == 3 and found.ticks[0] == 0 and found.ticks[-1] == 1)


def test_one_value_alone_is_drawn_within_its_axis() -> None:
    found = axis(2.7, 2.7, 4)
    assert found.low < 2.7 < found.high
    assert found.position(2.7, 0, 100) == pytest.approx(50, abs=30)
    assert found.position(-1e9, 0, 100) == 100
    assert found.position(1e9, 0, 100) == 0


@pytest.mark.parametrize(("step", "places"), [(5, 0), (1, 0), (0.5, 1), (0.2, 1), (0.05, 2), (1e-12, 9), (1e15, 0)])
def test_as_many_decimals_as_a_step_needs(step: float, places: int) -> None:
    assert decimals(step) == places


def test_slots_share_the_width() -> None:
    slots = Slots(4, 100, 300)
    assert [slots.middle(index) for index in range(4)] == [125, 175, 225, 275]
    assert [slots.at(x) for x in (99, 100, 149, 150, 299.9, 300)] == [None, 0, 0, 1, 3, None]
    assert Slots(0, 0, 10).at(5) is None
    assert Slots(1, 0, 900).bar() == 44  # no beams
    assert 1 <= Slots(400, 0, 500).bar() <= 1.25  # no overlap


@pytest.mark.parametrize(
    ("count", "slot", "widest", "found"),
    [(5, 60, 40, (0, 1, 2, 3, 4)), (5, 40, 40, (0, 2, 4)), (6, 40, 40, (1, 3, 5)), (3, 5, 40, (2,)), (0, 9, 9, ())],
)
def test_labels_never_touch_and_the_newest_has_one(
    count: int, slot: float, widest: float, found: tuple[int, ...]
) -> None:
    assert labelled(count, slot, widest) == found


def test_marks_that_would_touch_are_one() -> None:
    assert merged((1, 2, 3, 9), (10, 14, 18, 42), 11) == (Mark(14, 1, 3, 3), Mark(42, 9, 9, 1))
    assert merged((1, 2), (10, 21), 11) == (Mark(10, 1, 1, 1), Mark(21, 2, 2, 1))
    assert merged((), (), 11) == ()


def test_the_nearest_value_and_the_line_between() -> None:
    assert [nearest((0, 10, 20), x) for x in (-5, 4, 6, 15.1, 99)] == [0, 0, 1, 2, 2]
    assert nearest((), 3) is None
    points = ((0.0, 0.0), (10.0, 100.0))
    assert [between(points, x) for x in (-1, 0, 5, 10, 11)] == [0, 0, 50, 100, 100]


# --- words ------------------------------------------------------------------------------------------------------------


def at(*parts: int) -> float:
    return datetime(*parts).timestamp()  # type: ignore[arg-type]


def entry(**fields: float) -> HistoryEntry:
    zero = dict.fromkeys(("verified", "rejected", "tokens", "contributions", "sent", "received"), 0)
    return HistoryEntry(**({"start": 0.0, "end": 1.0, "joules": 0.0, "seconds": 0.0} | zero | fields))  # type: ignore[arg-type]


def test_periods_by_local_time() -> None:
    monday = at(2026, 11, 16)
    assert periods.axis_label(Period.DAY, monday) == "Mon 16"
    assert periods.title(Period.DAY, monday) == "Mon 16 Nov"
    assert periods.axis_label(Period.WEEK, monday) == "16 Nov"
    assert periods.title(Period.WEEK, monday) == "week of 16 Nov"
    assert periods.axis_label(Period.MONTH, at(2026, 11, 1)) == "Nov"
    assert periods.axis_label(Period.MONTH, at(2026, 1, 1)) == "2026"
    assert periods.title(Period.MONTH, at(2026, 11, 1)) == "November 2026"
    assert periods.span(at(2026, 10, 26), at(2026, 11, 25)) == "26 Oct – 24 Nov"
    assert periods.span(at(2025, 12, 1), at(2026, 12, 1)) == "1 Dec 2025 – 30 Nov 2026"


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1e300, 1e300])
def test_a_strange_time_is_some_time(strange: float) -> None:
    assert periods.moment(strange)
    assert all(periods.title(period, strange) and periods.axis_label(period, strange) for period in Period)


def test_every_measure_has_words() -> None:
    one = entry(verified=2_500_000_000_000_000, tokens=1_250_000, sent=4_000_000, received=9_000, joules=1_800_000.0)
    values = {m: [s.value(one) for s in series(m)] for m in Measure}
    assert {m: spoken(m, v) for m, v in values.items()} == {
        Measure.CREDITS: "2.50 credits",
        Measure.TOKENS: "1,250,000 tokens",
        Measure.TRAFFIC: "uploaded 4.00 MB, downloaded 9.00 kB",
        Measure.ENERGY: "0.500 kWh",
    }
    assert figure(Measure.TOKENS, [one, one]) == "2.5M"
    assert figure(Measure.TRAFFIC, [one]) == "↑ 4.00 MB  ↓ 9.00 kB"
    assert series(Measure.ENERGY)[0].value(entry(joules=float("nan"))) == 0


@pytest.mark.parametrize(
    ("measure", "values", "words"),
    [
        (Measure.CREDITS, [(0.3,)], ("0", "0.1", "0.2", "0.3")),
        (Measure.TOKENS, [(1_700_000.0,)], ("0", "0.5M", "1.0M", "1.5M", "2.0M")),
        (Measure.TRAFFIC, [(6e8, 2.1e9)], ("3 GB", "2 GB", "1 GB", "0", "1 GB")),
        (Measure.ENERGY, [(3.0,)], ("0", "1", "2", "3")),
    ],
)
def test_ticks_have_one_unit_and_the_same_decimals(
    measure: Measure, values: list[tuple[float, ...]], words: tuple[str, ...]
) -> None:
    assert tick_words(measure, Bars.axis_for(values)) == words


def test_credits_are_drawn_in_credits() -> None:
    assert axis_unit(Measure.CREDITS) == 10**15
    assert axis_unit(Measure.ENERGY) == 3.6e6


# --- widgets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def bars(qtbot: QtBot, theme: Theme) -> Bars:
    made = Bars(theme, "History")
    qtbot.addWidget(made)
    made.resize(600, 236)
    values = [(float(index),) for index in range(10)]
    made.show_bars(values, [str(index) for index in range(10)], tick_words(Measure.ENERGY, Bars.axis_for(values)), "")
    made.show()
    return made


def counted(image: QImage, colour: str) -> int:
    wanted = QColor(colour).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(0, image.width(), 2) for y in range(0, image.height(), 2))


def test_arrow_keys_walk_over_the_bars(qtbot: QtBot, bars: Bars) -> None:
    pointed: list[int] = []
    bars.pointed.connect(pointed.append)
    bars.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(bars, key)
    assert pointed == [9, 8, 9, 0, 9]  # at the end there is no further
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    assert pointed[-1] == -1


def test_arrows_follow_the_direction_of_reading(bars: Bars) -> None:
    bars.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QTest.keyClick(bars, Qt.Key.Key_End)
    QTest.keyClick(bars, Qt.Key.Key_Right)  # to the right is the past
    assert bars.index == 8


def test_the_mouse_points_and_leaves_without_moving_anything(qtbot: QtBot, bars: Bars) -> None:
    size = bars.sizeHint(), bars.minimumSizeHint()
    QTest.mouseMove(bars, QPoint(590, 100))
    qtbot.waitUntil(lambda: bars.index == 9)
    bars.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QTest.mouseMove(bars, QPoint(592, 101))  # now the names of the lines are there
    qtbot.waitUntil(lambda: bars.index == -1)
    QTest.mouseMove(bars, QPoint(20, 100))
    qtbot.waitUntil(lambda: bars.index == 9)
    assert (bars.sizeHint(), bars.minimumSizeHint()) == size


def test_the_present_period_is_an_outline(bars: Bars) -> None:
    bars.clearFocus()  # its ring has the same colour
    whole = counted(bars.grab().toImage(), LIGHT.accent)
    bars.show_bars([(0.0,)] * 9 + [(9.0,)], [""] * 10, ("0", "5", "10"), "")
    outline = counted(bars.grab().toImage(), LIGHT.accent)
    assert whole > 2_000
    assert outline < 100


def test_colours_follow_the_theme(bars: Bars, theme: Theme) -> None:
    theme.apply(Qt.ColorScheme.Dark)
    assert counted(bars.grab().toImage(), DARK.accent) > 2_000
    theme.apply(Qt.ColorScheme.Light)
    assert counted(bars.grab().toImage(), DARK.accent) == 0


def test_fewer_bars_let_go_of_what_was_pointed_at(bars: Bars) -> None:
    bars.point_at(9)
    bars.show_bars([(1.0,)], ["a"], tick_words(Measure.ENERGY, Bars.axis_for([(1.0,)])), "")
    assert bars.index == -1


def test_nothing_is_said_in_words_and_cannot_be_pointed_at(bars: Bars) -> None:
    bars.show_bars([(0.0,)] * 3, ["a", "b", "c"], ("0", "1"), "Nothing here.")
    QTest.keyClick(bars, Qt.Key.Key_Left)
    assert (bars.count(), bars.index, bars.nothing) == (0, -1, "Nothing here.")
    bars.clearFocus()
    assert counted(bars.grab().toImage(), LIGHT.accent) == 0


def test_a_curve_merges_marks_and_passes_over_rounds_outside(qtbot: QtBot, theme: Theme) -> None:
    curve = Curve(theme, "Loss")
    qtbot.addWidget(curve)
    curve.resize(600, 236)
    curve.show_curve([(version, 5 - version / 100) for version in range(10, 410, 10)], (1, 10, 11, 200, 900), "")
    assert [(mark.first, mark.last, mark.count) for mark in curve.marks] == [(10, 11, 2), (200, 200, 1)]
    assert counted(curve.grab().toImage(), LIGHT.second) > 5
    assert curve.index_at(0) == 0
    assert curve.index_at(599) == 39


@pytest.mark.parametrize("points", [[(5, 2.0)], [(5, 2.0), (6, 2.0)], [(0, 1e-9), (2**52, 9e8)]])
def test_any_curve_can_be_drawn(qtbot: QtBot, theme: Theme, points: list[tuple[int, float]]) -> None:
    curve = Curve(theme, "Loss")
    qtbot.addWidget(curve)
    curve.resize(300, 236)
    curve.show_curve(points, (5,), "")
    curve.point_at(0)
    assert counted(curve.grab().toImage(), LIGHT.accent) > 0


def test_lines_break_where_they_must(qtbot: QtBot) -> None:
    outer = QWidget()
    qtbot.addWidget(outer)
    outer.resize(600, 200)
    room = QWidget(outer)
    flow = Flow(10)
    column = QVBoxLayout(room)
    column.setContentsMargins(0, 0, 0, 0)
    column.addLayout(flow)
    column.addStretch()
    one, other = QWidget(), QWidget()
    for widget in (one, other):
        widget.setFixedSize(100, 20)
    flow.addWidget(one)
    flow.addWidget(stretch())
    flow.addWidget(other)
    room.resize(400, 100)
    outer.show()
    assert (one.x(), other.x(), other.y()) == (0, 300, 0)
    room.resize(150, 100)
    qtbot.waitUntil(lambda: other.y() == 30)
    room.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.waitUntil(lambda: one.x() == 50)


def test_columns_become_fewer(qtbot: QtBot) -> None:
    tiles = [QWidget() for _ in range(4)]
    outer = QWidget()
    qtbot.addWidget(outer)
    columns = Columns(tiles, (4, 2), 100, (1, 1, 1, 1))
    columns.setParent(outer)
    columns.resize(500, 100)
    outer.show()
    assert len({tile.y() for tile in tiles}) == 1
    columns.resize(250, 100)
    qtbot.waitUntil(lambda: len({tile.x() for tile in tiles}) == 2)


def test_numbers_follow_the_locale() -> None:
    QLocale.setDefault(QLocale("de"))
    assert tick_words(Measure.CREDITS, Bars.axis_for([(0.2,)]))[1] == "0,05"
