"""The style itself: which of our painters paints what; all the rest is Fusion's."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionFrame,
    QTableView,
    QWidget,
)

from lightwork_ui.style import buttons, fields, lists, menus
from lightwork_ui.style.paint import FOCUS, box, state_of
from lightwork_ui.tokens import LIGHT, Colours

_METRICS = {
    QStyle.PixelMetric.PM_ScrollBarExtent: lists.BAR,
    QStyle.PixelMetric.PM_MenuHMargin: menus.FRAME,
    QStyle.PixelMetric.PM_MenuVMargin: menus.FRAME,
    QStyle.PixelMetric.PM_ToolTipLabelFrameWidth: 8,
    QStyle.PixelMetric.PM_ExclusiveIndicatorWidth: fields.ROUND,
    QStyle.PixelMetric.PM_ExclusiveIndicatorHeight: fields.ROUND,
    QStyle.PixelMetric.PM_RadioButtonLabelSpacing: fields.ROUND_GAP,
    QStyle.PixelMetric.PM_MenuButtonIndicator: 0,
}
_SURFACES = {"card": ("surface", "border", 12), "banner": ("accent_soft", "border", 10), "pill": ("accent_soft", "", 9)}
_NO_FRAME, _PANEL = QFrame.Shape.NoFrame, QFrame.Shape.StyledPanel

_Painter = Callable[[Any, QPainter, QWidget | None], object]  # False: Fusion shall paint it
_Sizer = Callable[[Any, QSize, QWidget | None], QSize]


class Look(QProxyStyle):
    """Fusion in our dress. `colours` are read at each painting."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.colours: Colours = LIGHT
        control, primitive, whole = QStyle.ControlElement, QStyle.PrimitiveElement, QStyle.ComplexControl
        self._controls: Mapping[QStyle.ControlElement, _Painter] = {
            control.CE_ShapedFrame: self._frame,
            control.CE_PushButton: lambda *one: buttons.paint_button(self.baseStyle(), self.colours, *one),
            control.CE_Header: lambda *one: lists.paint_header(self.colours, *one),
            control.CE_HeaderEmptyArea: lambda *one: lists.paint_no_header(self.colours, *one),
            control.CE_ItemViewItem: lambda *one: lists.paint_cell(self.colours, *one),
            control.CE_MenuItem: lambda *one: menus.paint_entry(self.baseStyle(), self.colours, *one),
        }
        self._primitives: Mapping[QStyle.PrimitiveElement, _Painter] = {
            primitive.PE_PanelLineEdit: self._line,
            primitive.PE_IndicatorRadioButton: lambda *one: fields.paint_radio(self.colours, *one),
            primitive.PE_PanelMenu: self._floating,
            primitive.PE_PanelTipLabel: self._floating,
            primitive.PE_FrameMenu: _nothing,
            primitive.PE_FrameFocusRect: _nothing,  # what has the keyboard shows it by its border
            primitive.PE_PanelScrollAreaCorner: _nothing,
        }
        self._wholes: Mapping[QStyle.ComplexControl, _Painter] = {
            whole.CC_ComboBox: lambda *one: fields.paint_choice(self.colours, *one),
            whole.CC_SpinBox: lambda *one: fields.paint_number(self.colours, *one),
            whole.CC_ScrollBar: lambda *one: lists.paint_bar(self.colours, *one),
        }

    # --- painting -----------------------------------------------------------------------------------------------------

    def drawControl(  # noqa: N802  Qt's name
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Ours, or Fusion's."""
        paint = self._controls.get(element)
        if paint is None or paint(option, painter, widget) is False:
            super().drawControl(element, option, painter, widget)

    def drawPrimitive(  # noqa: N802
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Ours, or Fusion's."""
        paint = self._primitives.get(element)
        if paint is None or paint(option, painter, widget) is False:
            super().drawPrimitive(element, option, painter, widget)

    def drawComplexControl(  # noqa: N802
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Ours, or Fusion's."""
        paint = self._wholes.get(control)
        if paint is None or paint(option, painter, widget) is False:
            super().drawComplexControl(control, option, painter, widget)

    def _frame(self, option: QStyleOptionFrame, painter: QPainter, widget: QWidget | None) -> object:
        """Surfaces by their role; the frames of tables and of editors; labels have none."""
        role = widget.property("role") if widget is not None else None
        if role in _SURFACES and widget is not None:
            fill, edge, radius = _SURFACES[role]
            edge = "accent" if widget.property("chosen") else edge
            box(painter, widget.rect(), radius, self._named(fill), self._named(edge))
        elif role == "rule":
            painter.fillRect(option.rect, QColor(self.colours.border))
        elif option.frameShape == _PANEL and isinstance(widget, QTableView):
            edge = "accent" if state_of(option) & FOCUS else "" if role == "inner" else "border"
            box(painter, option.rect, 6, self.colours.surface, self._named(edge))
        elif option.frameShape == _PANEL and widget is not None and widget.isWindow():  # the list of a choice
            self._floating(option, painter, widget)
        elif option.frameShape == _PANEL:
            fields.paint_field(self.colours, option, painter)
        elif option.frameShape != _NO_FRAME:
            return False
        return None

    def _line(self, option: QStyleOptionFrame, painter: QPainter, _widget: QWidget | None) -> None:
        if option.lineWidth > 0:  # else it is the inside of another control
            fields.paint_field(self.colours, option, painter)

    def _floating(self, option: QStyleOption, painter: QPainter, _widget: QWidget | None) -> None:
        box(painter, option.rect, 0, self.colours.surface, self.colours.border)

    def _named(self, name: str) -> str | None:
        return str(getattr(self.colours, name)) if name else None

    # --- room ---------------------------------------------------------------------------------------------------------

    def pixelMetric(  # noqa: N802
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Ours, or Fusion's."""
        found = _METRICS.get(metric)
        return super().pixelMetric(metric, option, widget) if found is None else found

    def sizeFromContents(  # noqa: N802
        self, content: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        """Ours, or Fusion's."""
        sizer = _SIZERS.get(content)
        if sizer is not None:
            return sizer(option, size, widget)
        return super().sizeFromContents(content, option, size, widget)  # type: ignore[arg-type]

    def subElementRect(  # noqa: N802
        self, element: QStyle.SubElement, option: QStyleOption, widget: QWidget | None = None
    ) -> QRect:
        """Where the text of a line is; else Fusion's."""
        if element == QStyle.SubElement.SE_LineEditContents and isinstance(option, QStyleOptionFrame):
            return fields.line_text(option)
        return super().subElementRect(element, option, widget)  # type: ignore[arg-type]

    def subControlRect(  # noqa: N802
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        """Ours, or Fusion's."""
        find = _PARTS.get(control)
        found = find(option, part) if find is not None else None
        if found is not None:
            return found
        return super().subControlRect(control, option, part, widget)  # type: ignore[arg-type]


def _nothing(_option: QStyleOption, _painter: QPainter, _widget: QWidget | None) -> None:
    """Not painted."""


_SIZERS: Mapping[QStyle.ContentsType, _Sizer] = {
    QStyle.ContentsType.CT_PushButton: buttons.button_size,
    QStyle.ContentsType.CT_LineEdit: lambda option, size, _: fields.line_size(option, size),
    QStyle.ContentsType.CT_ComboBox: lambda _option, size, _: fields.choice_size(size),
    QStyle.ContentsType.CT_SpinBox: lambda _option, size, _: fields.number_size(size),
    QStyle.ContentsType.CT_RadioButton: lambda _option, size, _: fields.radio_size(size),
    QStyle.ContentsType.CT_HeaderSection: lambda option, _size, _: lists.header_size(option),
    QStyle.ContentsType.CT_MenuItem: menus.entry_size,
}
_PARTS: Mapping[QStyle.ComplexControl, Callable[[Any, QStyle.SubControl], QRect | None]] = {
    QStyle.ComplexControl.CC_ComboBox: fields.choice_part,
    QStyle.ComplexControl.CC_SpinBox: fields.number_part,
    QStyle.ComplexControl.CC_ScrollBar: lists.bar_part,
}
