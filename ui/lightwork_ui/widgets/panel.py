"""A surface with a title, a line of controls and what belongs to them."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lightwork_ui.style.dress import dress
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.columns import Flow
from lightwork_ui.widgets.controls import QuietCombo, link_button, segments
from lightwork_ui.widgets.curve import diamond
from lightwork_ui.widgets.labels import ElidedLabel, plain_label

__all__ = ["Legend", "Panel", "QuietCombo", "Swatch", "link_button", "segments", "title_label"]

_SWATCH = QSize(16, 14)


class Panel(QFrame):
    """Controls go into `head`, which breaks where it must, and what they are about into `body`."""

    def __init__(self, title: str) -> None:
        super().__init__()
        dress(self, "card")
        self.setAccessibleName(title)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(Space.L + 4, Space.L, Space.L + 4, Space.L)
        self.body.setSpacing(Space.M)
        self.head = Flow(Space.S)
        self.body.addLayout(self.head)


class Swatch(QWidget):
    """A small drawing of what a legend is about: "bar", "second", "open", "line" or "mark"."""

    def __init__(self, theme: Theme, shape: str) -> None:
        super().__init__()
        self._theme, self._shape = theme, shape
        self.setFixedSize(_SWATCH)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """The shape, as it is in the chart."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        colour = QColor(colours.second if self._shape in ("second", "mark") else colours.accent)
        middle = self.height() / 2
        if self._shape == "line":
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(1, round(middle), self.width() - 1, round(middle))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if self._shape == "mark":
            painter.drawPolygon(diamond(self.width() / 2, middle, 5))
            return
        if self._shape == "open":
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
            colour.setAlpha(64)
            painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(3, middle - 5, 10, 10), 2, 2)


class Legend(QWidget):
    """What the shapes of a chart stand for, in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._flow = Flow(Space.L)
        self.setLayout(self._flow)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setRetainSizeWhenHidden(True)  # what stands below does not move
        self.setSizePolicy(policy)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Show (shape, words) pairs."""
        entries = tuple(entries)
        if entries == self._shown:
            return
        self._shown = entries
        while (item := self._flow.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()  # it is deleted only after the next painting
                gone.deleteLater()
        for shape, words in entries:
            pair = QWidget()
            row = QHBoxLayout(pair)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(Space.XS + 2)
            row.addWidget(Swatch(self._theme, shape))
            row.addWidget(ElidedLabel("caption", words))
            self._flow.addWidget(pair)
        self.updateGeometry()


def title_label(words: str) -> QLabel:
    """The title of a panel."""
    return plain_label("section", words)
