"""Push buttons: how large each kind is, and which colours it has in which state."""

import functools
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionButton, QWidget

from lightwork_ui.style.paint import CHECKED, DOWN, ENABLED, FOCUS, HOVER, box, state_of
from lightwork_ui.tokens import Colours

_OFF = 1 << 40  # a state beside those of Qt
_GAP = 4  # between icon and words, as Qt counts it


@dataclass(frozen=True, slots=True)
class Shape:
    """Room round the words, in pixels. `least` is the least height of the words."""

    across: int
    down: int
    least: int
    radius: int
    border: int = 1
    at_left: bool = False


@dataclass(frozen=True, slots=True)
class Coat:
    """Names of colours. What a state does not change is empty, and "none" is nothing at all."""

    fill: str = ""
    edge: str = ""
    ink: str = ""
    width: int = 0
    underlined: bool = False


_SHAPES = {
    "": Shape(14, 6, 20, 8),
    "primary": Shape(20, 9, 20, 8),
    "quiet": Shape(0, 0, 0, 8),
    "rail": Shape(10, 8, 22, 8, border=2, at_left=True),
    "segment": Shape(14, 5, 20, 7),
    "link": Shape(4, 2, 0, 8, at_left=True),
    "tile": Shape(0, 0, 20, 10, at_left=True),
    "chip": Shape(10, 2, 20, 13),
}
_RING = Coat(edge="accent", width=2)
_COATS: dict[str, tuple[tuple[int, Coat], ...]] = {
    # Of the states that hold, a later one overrules those before it.
    "": (
        (0, Coat("surface", "outline", "text", 1)),
        (HOVER, Coat("accent_soft", "accent")),
        (DOWN, Coat("track")),
        (FOCUS, _RING),
        (_OFF, Coat("surface", "border", "outline")),
    ),
    "primary": (
        (0, Coat("accent", "accent", "on_accent", 1)),
        (HOVER, Coat("accent_hover")),
        (FOCUS, Coat(edge="text", width=2)),
        (_OFF, Coat("track", "track", "muted")),
    ),
    "quiet": (
        (0, Coat("none", "none", "muted", 1)),
        (HOVER, Coat("accent_soft", ink="text")),
        (FOCUS, _RING),
        (_OFF, Coat("none", ink="outline")),
    ),
    "rail": (
        (0, Coat("none", "none", "muted", 2)),
        (HOVER, Coat("track", ink="text")),
        (CHECKED, Coat("surface", ink="text")),
        (FOCUS, _RING),
    ),
    "segment": (
        (0, Coat("none", "none", "muted", 1)),
        (HOVER, Coat("track", ink="text")),
        (CHECKED, Coat("surface", "outline", "text")),
        (FOCUS, _RING),
        (_OFF, Coat(edge="none", ink="outline")),
    ),
    "link": (
        (0, Coat("none", "none", "accent", 1)),
        (HOVER, Coat(ink="accent_hover", underlined=True)),
        (FOCUS, _RING),
        (_OFF, Coat(ink="outline")),
    ),
    "danger": (
        (0, Coat("surface", "outline", "danger", 1)),
        (HOVER, Coat("accent_soft", "accent")),
        (DOWN, Coat("track")),
        (FOCUS, _RING),
        (_OFF, Coat("surface", "border", "outline")),
    ),
    "tile": (
        (0, Coat("none", "none", "text", 1)),
        (HOVER, Coat("window", "border")),
        (CHECKED, Coat("accent_soft", "accent")),
        (FOCUS, _RING),
        (_OFF, Coat(ink="outline")),
    ),
    "chip": (
        (0, Coat("accent_soft", "border", "text", 1)),
        (HOVER, Coat(edge="accent")),
        (FOCUS, _RING),
        (_OFF, Coat(ink="outline")),
    ),
}


def button_size(option: QStyleOptionButton, words: QSize, widget: QWidget | None) -> QSize:
    """The size of a button round its words and icon."""
    shape, width = _shape(widget), words.width()
    if _is_default(option) and widget is not None:  # its words are painted heavier
        heavier = QFontMetrics(_font(widget, heavy=True, underlined=False))
        width += heavier.horizontalAdvance(option.text) - option.fontMetrics.horizontalAdvance(option.text)
    room = 2 * shape.border
    return QSize(width + 2 * shape.across + room, max(shape.least, words.height()) + 2 * shape.down + room)


def paint_button(
    base: QStyle, colours: Colours, option: QStyleOptionButton, painter: QPainter, widget: QWidget | None
) -> None:
    """The ground, then icon and words as Qt lays them out."""
    shape, default = _shape(widget), _is_default(option)
    coat = coat_of(_role(widget) or ("primary" if default else ""), _states(option))
    box(painter, option.rect, shape.radius, _named(colours, coat.fill), _named(colours, coat.edge), width=coat.width)
    painter.save()
    if (default or coat.underlined) and widget is not None:
        painter.setFont(_font(widget, heavy=default, underlined=coat.underlined))
    option.palette = _inked(getattr(colours, coat.ink))
    option.features &= ~QStyleOptionButton.ButtonFeature.HasMenu  # no arrow of Qt's own
    if shape.at_left:
        option.rect = _at_left(option, shape)
    base.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option, painter, widget)
    painter.restore()


@functools.lru_cache(maxsize=256)
def coat_of(kind: str, states: int) -> Coat:
    """The colours of a kind of button in some states."""
    fill = edge = ink = "none"
    width, underlined = 1, False
    for when, coat in _COATS.get(kind, _COATS[""]):
        if when & states == when:
            fill, edge, ink = coat.fill or fill, coat.edge or edge, coat.ink or ink
            width, underlined = coat.width or width, coat.underlined
    return Coat(fill, edge, ink, width, underlined)


@functools.lru_cache(maxsize=32)
def _inked(colour: str) -> QPalette:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.ButtonText, QColor(colour))
    return palette


def _states(option: QStyleOptionButton) -> int:
    """Those that change the colours. A button that cannot be pressed may still be checked, and nothing else."""
    state = state_of(option)
    return state & (HOVER | DOWN | CHECKED | FOCUS) if state & ENABLED else (state & CHECKED) | _OFF


def _role(widget: QWidget | None) -> str:
    return (widget.property("role") if widget is not None else None) or ""


def _shape(widget: QWidget | None) -> Shape:
    return _SHAPES.get(_role(widget), _SHAPES[""])


def _is_default(option: QStyleOptionButton) -> bool:
    return bool(option.features & QStyleOptionButton.ButtonFeature.DefaultButton)


def _named(colours: Colours, name: str) -> str | None:
    return None if name == "none" else str(getattr(colours, name))


def _font(widget: QWidget, *, heavy: bool, underlined: bool) -> QFont:
    font = QFont(widget.font())
    if heavy:
        font.setWeight(QFont.Weight.DemiBold)
    font.setUnderline(underlined)
    return font


def _at_left(option: QStyleOptionButton, shape: Shape) -> QRect:
    """Just the room that icon and words need, at the side where reading begins."""
    words = option.fontMetrics.size(Qt.TextFlag.TextShowMnemonic.value, option.text).width() if option.text else 0
    icon = 0 if option.icon.isNull() else option.iconSize.width() + (_GAP if words else 0)
    room = shape.across + shape.border
    place = QRect(option.rect.left() + room, option.rect.top(), words + icon, option.rect.height())
    return QStyle.visualRect(option.direction, option.rect, place)
