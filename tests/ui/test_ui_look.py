"""Theme, icons, and the controls that paint themselves."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import lightwork_assets
from lightwork.domain.states import Phase
from lightwork_ui import icons, tray
from lightwork_ui.theme import DARK, LIGHT, Colours, Theme
from lightwork_ui.widgets.bar import Bar
from lightwork_ui.widgets.sparkline import Sparkline, thinned
from lightwork_ui.widgets.state_button import StateButton


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_colours_can_be_read(colours: Colours) -> None:
    grounds = (colours.window, colours.surface, colours.accent_soft)
    for text in (colours.text, colours.muted, colours.accent):
        assert min(contrast(text, ground) for ground in grounds) >= 4.5
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, colours.accent_hover) >= 4.5
    assert contrast(colours.danger, colours.window) >= 4.5
    for outline in (colours.outline, colours.amber, colours.accent):
        assert min(contrast(outline, ground) for ground in (colours.window, colours.surface)) >= 3
    assert all(QColor(value).isValid() for value in dataclasses.astuple(colours))


def test_the_tray_is_seen_on_any_panel() -> None:
    assert contrast(tray.INK, "#000000") >= 3
    assert contrast(tray.INK, "#ffffff") >= 3


def test_light_and_dark_follow_the_system(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp)
    assert not theme.dark
    with qtbot.waitSignal(theme.changed):
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.dark
    assert qapp.palette().window().color() == QColor(DARK.window)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert not theme.dark
    theme.apply(Qt.ColorScheme.Unknown)
    assert not theme.dark


def pixels(image: QImage) -> bytes:
    return bytes(image.convertToFormat(QImage.Format.Format_ARGB32).constBits())


@pytest.mark.parametrize("name", lightwork_assets.icon_names())
def test_every_icon_is_drawn_in_the_colour_that_is_asked_for(qapp: QApplication, name: str) -> None:
    image = icons.pixmap(name, "#ff0000", 24).toImage()
    solid = [image.pixelColor(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 250]
    assert solid
    if name != "app" and not name.startswith("spin-"):  # drawn in colours of their own
        assert {colour.name() for colour in solid} == {"#ff0000"}


def test_every_phase_has_a_shape_of_its_own(qapp: QApplication) -> None:
    drawn = {pixels(icons.pixmap(f"state-{phase}", "#000000", 22).toImage()) for phase in Phase}
    assert len(drawn) == len(Phase)


def test_an_icon_that_is_not_there(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("nothing", "#000000", 16)


def test_the_big_button_draws_each_phase_differently(qtbot: QtBot, qapp: QApplication) -> None:
    button = StateButton(Theme(qapp))
    qtbot.addWidget(button)
    drawn = set()
    for phase in Phase:
        button.show_state(phase, "pause", "Go", 0.5, ready=True)
        drawn.add(pixels(button.grab().toImage()))
    assert len(drawn) == len(Phase)


def test_keyboard_focus_is_seen(qtbot: QtBot, qapp: QApplication) -> None:
    button = StateButton(Theme(qapp))
    qtbot.addWidget(button)
    button.show()
    button.activateWindow()
    qtbot.waitUntil(button.isActiveWindow)
    button.setFocus(Qt.FocusReason.MouseFocusReason)
    without = pixels(button.grab().toImage())
    button.clearFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert pixels(button.grab().toImage()) != without


@pytest.mark.parametrize(("share", "value"), [(-1, 0), (0, 0), (0.25, 250), (7, 1000)])
def test_bar(qtbot: QtBot, qapp: QApplication, share: float, value: int) -> None:
    bar = Bar(Theme(qapp), "Memory")
    qtbot.addWidget(bar)
    bar.show_share(share, 0.1)
    assert bar.value() == value
    bar.grab()


def test_thinning_keeps_both_ends() -> None:
    assert thinned([1.0, float("nan"), float("inf"), 2.0]) == [1.0, 2.0]
    many = thinned([float(number) for number in range(10_000)], 100)
    assert (len(many), many[0], many[-1]) == (100, 0.0, 9999.0)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0], [5.0, 4.0, 3.5], [0.0, 1e308]])
def test_any_curve_can_be_drawn(qtbot: QtBot, qapp: QApplication, values: list[float]) -> None:
    curve = Sparkline(Theme(qapp))
    qtbot.addWidget(curve)
    empty = pixels(curve.grab().toImage())
    curve.show_values(values, "words")
    assert (pixels(curve.grab().toImage()) != empty) == (len(values) > 1)
