"""What all painting of the style has in common: states as numbers, boxes with round corners, and pictures."""

import functools

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOption, QWidget

from lightwork_ui import icons

# As plain numbers: Python's own flags take longer to compare than a button takes to be painted.
ENABLED = QStyle.StateFlag.State_Enabled.value
HOVER = QStyle.StateFlag.State_MouseOver.value
DOWN = QStyle.StateFlag.State_Sunken.value
CHECKED = QStyle.StateFlag.State_On.value
FOCUS = QStyle.StateFlag.State_HasFocus.value
SELECTED = QStyle.StateFlag.State_Selected.value


def state_of(option: QStyleOption) -> int:
    """The states of what is painted, as bits."""
    return int(option.state.value)


def box(painter: QPainter, place: QRect, radius: float, fill: str | None, edge: str | None, *, width: int = 1) -> None:
    """A box with round corners; its border lies within it. No fill or no edge is not painted."""
    if fill is None and edge is None:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = width / 2 if edge is not None else 0.0
    painter.setPen(_pen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(_brush(fill) if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(place).adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)
    painter.restore()


@functools.lru_cache(maxsize=64)
def _pen(colour: str, width: int) -> QPen:
    return QPen(QColor(colour), width)


@functools.lru_cache(maxsize=64)
def _brush(colour: str) -> QBrush:
    return QBrush(QColor(colour))


def picture(painter: QPainter, place: QRect, name: str, size: int, widget: QWidget | None, *, ink: str = "") -> None:
    """An icon in the middle of a place."""
    ratio = widget.devicePixelRatioF() if widget is not None else 1.0
    left, top = place.center().x() - size // 2 + 1, place.center().y() - size // 2 + 1
    painter.drawPixmap(left, top, icons.pixmap(name, ink, size, ratio))
