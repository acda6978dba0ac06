"""A grid of two columns, or of one where there is no room for two."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from lightwork_ui.theme import Space


class Grid(QWidget):
    """Widgets of equal width. One column below twice `narrowest`; no row becomes higher than `tallest`."""

    def __init__(self, widgets: Sequence[QWidget], narrowest: int, tallest: int) -> None:
        super().__init__()
        self._widgets, self._narrowest, self._tallest = widgets, narrowest, tallest
        self._columns = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(Space.L)
        self._arrange(2)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Arrange anew where the width asks for it."""
        super().resizeEvent(event)
        self._arrange(2 if event.size().width() >= 2 * self._narrowest + Space.L else 1)

    def show_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Other widgets, or another order. What is not among them any more is hidden, for its owner to delete."""
        for widget in self._widgets:
            if widget not in widgets:
                self._layout.removeWidget(widget)
                widget.hide()
        for row in range(self._layout.rowCount()):
            self._layout.setRowStretch(row, 0)
        self._widgets, columns, self._columns = widgets, self._columns, 0
        self._arrange(columns)
        for widget in widgets:
            widget.show()

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        rows = -(-len(self._widgets) // columns)
        for index, widget in enumerate(self._widgets):
            self._layout.addWidget(widget, index // columns, index % columns)
        for index in range(max(columns, len(self._widgets))):
            self._layout.setColumnStretch(index, 1 if index < columns else 0)
            self._layout.setRowStretch(index, 1 if index < rows else 0)
        self.setMaximumHeight(max(0, rows * (self._tallest + Space.L) - Space.L))
