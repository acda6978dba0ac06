"""Widgets in as many equal columns as there is room for, and a line of controls that breaks where it must."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
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


@dataclass(frozen=True, slots=True)
class _Part:
    """What a `Flow` has to know of one of its widgets."""

    item: QLayoutItem
    width: int
    height: int
    grows: bool


class Flow(QLayout):
    """One line after another, as many widgets in each as fit; what stretches takes what is left of its line.

    Qt asks for its height dozens of times while it lays a page out, so what was worked out is kept until something
    changes.
    """

    def __init__(self, gap: int = Space.S) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._parts: list[_Part] | None = None
        self._heights: dict[int, int] = {}  # by width
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        """Qt gives an item."""
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802  None ends Qt's walk
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """Let one go."""
        if not 0 <= index < len(self._items):
            return None
        item = self._items.pop(index)
        self.invalidate()
        return item

    def invalidate(self) -> None:
        """A widget has changed, has come or gone."""
        self._parts = None
        self._heights.clear()
        super().invalidate()

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        """None by itself."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The height of all lines."""
        if width not in self._heights:
            lines = self._lines(width)
            heights = sum(max(part.height for part in line) for line in lines)
            self._heights[width] = heights + self._gap * max(0, len(lines) - 1)
        return self._heights[width]

    def sizeHint(self) -> QSize:  # noqa: N802
        """All in one line."""
        parts = self._known()
        width = sum(part.width for part in parts) + self._gap * max(0, len(parts) - 1)
        return QSize(width, max((part.height for part in parts), default=0))

    def minimumSize(self) -> QSize:  # noqa: N802
        """The widest alone."""
        least = [part.item.minimumSize() for part in self._known()]
        return QSize(
            max((size.width() for size in least), default=0), max((size.height() for size in least), default=0)
        )

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        """Place all."""
        super().setGeometry(rect)
        y, parent = rect.top(), self.parentWidget()
        direction = parent.layoutDirection() if parent else Qt.LayoutDirection.LeftToRight
        for line in self._lines(rect.width()):
            height = max(part.height for part in line)
            left = max(0, rect.width() - sum(part.width for part in line) - self._gap * (len(line) - 1))
            growing = sum(part.grows for part in line)
            x = rect.left()
            for part in line:
                wide = min(part.width, rect.width()) + (left // growing if part.grows else 0)
                part.item.setGeometry(QStyle.visualRect(direction, rect, QRect(x, y, wide, height)))
                x += wide + self._gap
            y += height + self._gap

    def _known(self) -> list[_Part]:
        if self._parts is None:
            self._parts = []
            for item in self._items:
                if not item.isEmpty():
                    size = item.sizeHint()
                    grows = bool(item.expandingDirections() & Qt.Orientation.Horizontal)
                    self._parts.append(_Part(item, size.width(), size.height(), grows))
        return self._parts

    def _lines(self, width: int) -> list[list[_Part]]:
        lines: list[list[_Part]] = []
        used = 0
        for part in self._known():
            if not lines or used + self._gap + part.width > width:
                lines.append([part])
                used = part.width
            else:
                lines[-1].append(part)
                used += self._gap + part.width
        return lines


def stretch() -> QWidget:
    """An empty place in a `Flow` that takes what is left."""
    empty = QWidget()
    empty.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return empty
