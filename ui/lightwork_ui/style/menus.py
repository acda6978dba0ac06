"""Entries of menus, and of choices that are open."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionMenuItem, QWidget

from lightwork_ui.style.paint import ENABLED, SELECTED, box, picture, state_of
from lightwork_ui.tokens import Colours

FRAME = 5  # round all entries
_BEFORE, _AFTER = 14, 26
_SIGNS = 22  # the column of signs, which a choice does not have
_SHORTCUT = 30  # between the longest entry and its shortcut
_LINE = 11  # height of what divides
_Kind = QStyleOptionMenuItem.MenuItemType
_FLAGS = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextShowMnemonic.value | Qt.TextFlag.TextSingleLine.value


def entry_size(option: QStyleOptionMenuItem, size: QSize, widget: QWidget | None) -> QSize:
    """The size of an entry, or of the line between two."""
    if option.menuItemType == _Kind.Separator:
        return QSize(10, _LINE)
    shortcut = _SHORTCUT if "\t" in option.text else 0
    return QSize(size.width() + _signs(widget) + shortcut + _BEFORE + _AFTER, option.fontMetrics.height() + 12)


def paint_entry(
    base: QStyle, colours: Colours, option: QStyleOptionMenuItem, painter: QPainter, widget: QWidget | None
) -> None:
    """Ground, sign, words, shortcut, and the arrow to a further menu."""
    place, state = QRect(option.rect), state_of(option)
    if option.menuItemType == _Kind.Separator:
        painter.fillRect(place.left() + 8, place.center().y(), place.width() - 16, 1, QColor(colours.border))
        return
    if isinstance(widget, QComboBox):  # Qt has filled its list with the window's colour
        painter.fillRect(place, QColor(colours.surface))
    if state & SELECTED and state & ENABLED:
        box(painter, place, 5, colours.accent_soft, None)
    ink = colours.text if state & ENABLED else colours.muted
    painter.setFont(option.font)
    painter.setPen(QColor(ink))
    signs = _signs(widget)
    words = place.adjusted(_BEFORE + signs, 0, -_BEFORE, 0)
    text, _, shortcut = option.text.partition("\t")
    for side, part in ((Qt.AlignmentFlag.AlignLeft, text), (Qt.AlignmentFlag.AlignRight, shortcut)):
        flags = _FLAGS | QStyle.visualAlignment(option.direction, side).value
        painter.drawText(QStyle.visualRect(option.direction, place, words), flags, part)
    if signs:
        sign = QRect(place.left() + _BEFORE - 4, place.top(), signs - 4, place.height())
        _paint_sign(option, painter, QStyle.visualRect(option.direction, place, sign), ink, widget)
    if option.menuItemType == _Kind.SubMenu:
        end = QRect(place.right() - _AFTER + 8, place.center().y() - 5, 10, 10)
        forward = option.direction == Qt.LayoutDirection.LeftToRight
        option.rect = QStyle.visualRect(option.direction, place, end)
        arrows = QStyle.PrimitiveElement
        arrow = arrows.PE_IndicatorArrowRight if forward else arrows.PE_IndicatorArrowLeft
        base.drawPrimitive(arrow, option, painter, widget)


def _paint_sign(
    option: QStyleOptionMenuItem, painter: QPainter, place: QRect, ink: str, widget: QWidget | None
) -> None:
    """A check mark or the entry's own icon."""
    if option.checked:
        picture(painter, place, "check", 16, widget, ink=ink)
    elif not option.icon.isNull():
        option.icon.paint(painter, place)


def _signs(widget: QWidget | None) -> int:
    return 0 if isinstance(widget, QComboBox) else _SIGNS
