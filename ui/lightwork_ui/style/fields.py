"""Controls that take what a person enters: lines, boxes of choices and of numbers, radio buttons."""

from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOption, QStyleOptionComplex, QStyleOptionFrame, QWidget

from lightwork_ui.style.paint import CHECKED, ENABLED, FOCUS, HOVER, box, picture, state_of
from lightwork_ui.tokens import Colours

RADIUS = 8
_LINE_ROOM = (11, 8)  # border and padding of a line, across and down
_BOX_ROOM = (11, 7)
_LEAST = 20  # height of what a box holds
_DROP, _STEP = 24, 22  # widths of the arrows
ROUND, ROUND_GAP = 18, 8  # of a radio button: its sign, and the room before its words
_Sub = QStyle.SubControl


def paint_field(colours: Colours, option: QStyleOption, painter: QPainter) -> None:
    """The ground of anything that text is entered in."""
    state = state_of(option)
    focus = bool(state & FOCUS and state & ENABLED)
    edge = colours.accent if focus else colours.outline if state & ENABLED else colours.border
    box(painter, option.rect, RADIUS, colours.surface, edge, width=2 if focus else 1)


def line_size(option: QStyleOptionFrame, size: QSize) -> QSize:
    """The size of a line round its text. Without a border it is the inside of another control."""
    return size + QSize(2 * _LINE_ROOM[0], 2 * _LINE_ROOM[1]) if option.lineWidth > 0 else size


def line_text(option: QStyleOptionFrame) -> QRect:
    """Where the text of a line is."""
    across, down = _LINE_ROOM if option.lineWidth > 0 else (0, 0)
    return option.rect.adjusted(across, down, -across, -down)


# --- a choice ---------------------------------------------------------------------------------------------------------


def choice_size(size: QSize) -> QSize:
    """The size of a choice round its text."""
    return QSize(size.width() + 2 * _BOX_ROOM[0] + _DROP + 2, max(_LEAST, size.height()) + 2 * _BOX_ROOM[1])


def choice_part(option: QStyleOptionComplex, part: QStyle.SubControl) -> QRect | None:
    """Where a part of a choice lies; None for one that Qt knows best."""
    place = QRect(option.rect)
    if part == _Sub.SC_ComboBoxArrow:
        place.setLeft(place.right() - _DROP)
    elif part == _Sub.SC_ComboBoxEditField:
        place.adjust(_BOX_ROOM[0] - 1, 0, -_DROP, 0)
    else:
        return None
    return QStyle.visualRect(option.direction, option.rect, place)


def paint_choice(colours: Colours, option: QStyleOptionComplex, painter: QPainter, widget: QWidget | None) -> None:
    """Ground and arrow; Qt writes the text."""
    paint_field(colours, option, painter)
    arrow = choice_part(option, _Sub.SC_ComboBoxArrow)
    if arrow is not None:
        picture(painter, arrow, "spin-down", 14, widget)


# --- a number ---------------------------------------------------------------------------------------------------------


def number_size(size: QSize) -> QSize:
    """The size of a box for a number round its text."""
    return QSize(size.width() + 2 * _BOX_ROOM[0] + 2 * _STEP, max(_LEAST, size.height()) + 2 * _LINE_ROOM[1] + 1)


def number_part(option: QStyleOptionComplex, part: QStyle.SubControl) -> QRect | None:
    """Where a part of the box lies."""
    place, middle = QRect(option.rect), option.rect.height() // 2
    if part == _Sub.SC_SpinBoxUp:
        place.adjust(place.width() - _STEP - 1, 1, -1, middle - place.height())
    elif part == _Sub.SC_SpinBoxDown:
        place.adjust(place.width() - _STEP - 1, middle, -1, -1)
    elif part == _Sub.SC_SpinBoxEditField:
        place.adjust(_BOX_ROOM[0], 1, -_STEP - 1, -1)
    else:
        return None
    return QStyle.visualRect(option.direction, option.rect, place)


def paint_number(colours: Colours, option: QStyleOptionComplex, painter: QPainter, widget: QWidget | None) -> None:
    """Ground and both arrows; the text is a line of its own."""
    paint_field(colours, option, painter)
    for part, name in ((_Sub.SC_SpinBoxUp, "spin-up"), (_Sub.SC_SpinBoxDown, "spin-down")):
        place = number_part(option, part)
        if place is not None:
            picture(painter, place, name, 12, widget)


# --- one of several ---------------------------------------------------------------------------------------------------


def radio_size(size: QSize) -> QSize:
    """The size of a radio button round its words."""
    return QSize(size.width() + ROUND + ROUND_GAP, max(ROUND, size.height()))


def paint_radio(colours: Colours, option: QStyleOption, painter: QPainter, _widget: QWidget | None) -> None:
    """A ring, which becomes thick when it is chosen."""
    state = state_of(option)
    chosen, near = state & CHECKED, state & (HOVER | FOCUS)
    width = 5 if chosen else 2
    middle, radius = QPointF(option.rect.center()) + QPointF(0.5, 0.5), (ROUND - width) / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours.accent if chosen or near else colours.outline), width))
    painter.setBrush(QColor(colours.surface))
    painter.drawEllipse(middle, radius, radius)
    painter.restore()
