"""Widgets in as many equal columns as there is room for, and a line of controls that breaks where it must."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLayout, QLayoutItem, QSizePolicy, QStyle, QWidget

from lightwork_ui.theme import Space


class Columns(QWidget):
    """As many columns of `counts` (descending) as are at least `narrowest` wide each.

    They share the width by `weights`, one for each widget; broken into several lines, equally.
    """

    def __init__(
        self, widgets: Sequence[QWidget], counts: Sequence[int], narrowest: int, weights: Sequence[int]
    ) -> None:
        super().__init__()
        self._widgets, self._counts, self._narrowest, self._weights = widgets, counts, narrowest, weights
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.S)
        self._arrange(counts[0])

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As narrow as the fewest columns; the layout would ask for room for those there are."""
        return QSize(self._counts[-1] * self._narrowest // 2, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Arrange anew where the width asks for it."""
        super().resizeEvent(event)
        fitting = (event.size().width() + Space.S) // (self._narrowest + Space.S)
        self._arrange(next((count for count in self._counts if count <= fitting), self._counts[-1]))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for index, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, index // columns, index % columns)
        for index in range(len(self._widgets)):
            weight = self._weights[index] if columns == len(self._widgets) else 1
            self._grid.setColumnStretch(index, weight if index < columns else 0)


class Flow(QLayout):
    """One line after another, as many widgets in each as fit; what stretches takes what is left of its line."""

    def __init__(self, gap: int = Space.S) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        """Qt gives an item."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802  None ends Qt's walk
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """Let one go."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        """None by itself."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The height of all lines."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:  # noqa: N802
        """All in one line."""
        shown = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in shown) + self._gap * max(0, len(shown) - 1)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:  # noqa: N802
        """The widest alone."""
        shown = [item.minimumSize() for item in self._shown()]
        return QSize(
            max((size.width() for size in shown), default=0), max((size.height() for size in shown), default=0)
        )

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        """Place all."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._shown():
            wide = item.sizeHint().width()
            if not lines or used + self._gap + wide > width:
                lines.append([item])
                used = wide
            else:
                lines[-1].append(item)
                used += self._gap + wide
        return lines

    def _place(self, rect: QRect, *, move: bool) -> int:
        y, parent = rect.top(), self.parentWidget()
        direction = parent.layoutDirection() if parent else Qt.LayoutDirection.LeftToRight
        for line in self._lines(rect.width()):
            height = max(item.sizeHint().height() for item in line)
            left = max(0, rect.width() - sum(i.sizeHint().width() for i in line) - self._gap * (len(line) - 1))
            growing = [item for item in line if item.expandingDirections() & Qt.Orientation.Horizontal]
            x = rect.left()
            for item in line:
                wide = min(item.sizeHint().width(), rect.width()) + (left // len(growing) if item in growing else 0)
                if move:
                    box = QRect(QPoint(x, y), QSize(wide, height))
                    item.setGeometry(QStyle.visualRect(direction, rect, box))
                x += wide + self._gap
            y += height + self._gap
        return y - self._gap - rect.top() if self._items else 0


def stretch() -> QWidget:
    """An empty place in a `Flow` that takes what is left."""
    empty = QWidget()
    empty.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return empty
