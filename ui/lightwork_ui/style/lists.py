"""Cells and columns of tables, and the bars that scroll."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QStyle,
    QStyleOption,
    QStyleOptionHeader,
    QStyleOptionSlider,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from lightwork_ui.style.dress import font_of
from lightwork_ui.style.paint import ENABLED, HOVER, SELECTED, box, picture, state_of
from lightwork_ui.tokens import Colours

BAR = 12  # width of a scroll bar
CELL = 13  # room at both sides of a cell
_LEAST_HANDLE = 32
_Sub = QStyle.SubControl
_ONE_LINE = Qt.TextFlag.TextSingleLine.value


# --- cells ------------------------------------------------------------------------------------------------------------


def paint_cell(colours: Colours, option: QStyleOptionViewItem, painter: QPainter, widget: QWidget | None) -> bool:
    """One line of text over a hairline. False for what is no table's."""
    if not isinstance(widget, QTableView):
        return False
    place = QRect(option.rect)
    if state_of(option) & SELECTED:
        painter.fillRect(place, QColor(colours.accent_soft))
    painter.fillRect(place.left(), place.bottom(), place.width(), 1, QColor(colours.border))
    words = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, place.width() - 2 * CELL)
    side = QStyle.visualAlignment(option.direction, option.displayAlignment)
    painter.setPen(QColor(colours.text))
    painter.drawText(place.adjusted(CELL, 0, -CELL, 0), side.value | _ONE_LINE, words)
    return True


def header_size(option: QStyleOptionHeader) -> QSize:
    """Room for a column's name and the arrow of its order."""
    metrics = option.fontMetrics
    return QSize(metrics.horizontalAdvance(option.text) + 2 * CELL + 14, metrics.height() + 23)


def paint_header(colours: Colours, option: QStyleOptionHeader, painter: QPainter, widget: QWidget | None) -> None:
    """A column's name over a hairline, and the arrow of its order."""
    place = QRect(option.rect)
    painter.fillRect(place, QColor(colours.surface))
    painter.fillRect(place.left(), place.bottom(), place.width(), 1, QColor(colours.border))
    place.adjust(CELL, 0, -CELL, -1)
    arrow = {
        QStyleOptionHeader.SortIndicator.SortUp: "spin-down",  # as Qt turns it: the largest below
        QStyleOptionHeader.SortIndicator.SortDown: "spin-up",
    }.get(option.sortIndicator)
    if arrow is not None:
        end = QRect(place.right() - 11, place.top(), 12, place.height())
        picture(painter, QStyle.visualRect(option.direction, place, end), arrow, 12, widget)
        place.adjust(0, 0, -14, 0) if option.direction == Qt.LayoutDirection.LeftToRight else place.adjust(14, 0, 0, 0)
    painter.setFont(font_of("column"))
    painter.setPen(QColor(colours.text if state_of(option) & HOVER else colours.muted))
    words = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, place.width())
    side = QStyle.visualAlignment(option.direction, option.textAlignment)
    painter.drawText(place, side.value | _ONE_LINE, words)


def paint_no_header(colours: Colours, option: QStyleOption, painter: QPainter, _widget: QWidget | None) -> None:
    """Beside the last column."""
    painter.fillRect(option.rect, QColor(colours.surface))
    painter.fillRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1, QColor(colours.border))


# --- bars -------------------------------------------------------------------------------------------------------------


def bar_part(option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
    """Where a part of a scroll bar lies. There are no buttons at its ends."""
    place, upright = QRect(option.rect), option.orientation == Qt.Orientation.Vertical
    length = place.height() if upright else place.width()
    span = option.maximum - option.minimum
    handle = length if not span else max(_LEAST_HANDLE, length * option.pageStep // (span + option.pageStep))
    handle = min(handle, length)
    start = QStyle.sliderPositionFromValue(
        option.minimum, option.maximum, option.sliderPosition, length - handle, option.upsideDown
    )
    begin, end = {
        _Sub.SC_ScrollBarGroove: (0, length),
        _Sub.SC_ScrollBarSlider: (start, start + handle),
        _Sub.SC_ScrollBarSubPage: (0, start),
        _Sub.SC_ScrollBarAddPage: (start + handle, length),
    }.get(part, (0, 0))
    if upright:
        return QRect(place.left(), place.top() + begin, place.width(), end - begin)
    along = QRect(place.left() + begin, place.top(), end - begin, place.height())
    return QStyle.visualRect(option.direction, place, along)


def paint_bar(colours: Colours, option: QStyleOptionSlider, painter: QPainter, _widget: QWidget | None) -> None:
    """The handle alone, and none where there is nothing to scroll."""
    if state_of(option) & ENABLED and option.maximum > option.minimum:
        handle = bar_part(option, _Sub.SC_ScrollBarSlider)
        box(painter, handle.adjusted(2, 2, -2, -2), 4, colours.outline, None)
