"""What every page has in common: a title, a column that scrolls, being made in slices, rest while nobody sees it."""

from collections.abc import Iterator
from importlib import import_module

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lightwork_ui.slices import Slices
from lightwork_ui.theme import Space
from lightwork_ui.widgets.labels import plain_label

WIDEST = 1240  # lines longer than this are hard to follow


def centred(content: QWidget, row: QHBoxLayout, widest: int = WIDEST) -> None:
    """Put `content` in the middle of a row that may be wider than is good to read."""
    content.setMaximumWidth(widest)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(content, 1000)
    row.addStretch(1)


class Page(QScrollArea):
    """Widgets go into `column`, controls that belong to the title into `heading`; a page without a title has neither.

    What takes long to make is made by `parts`, the first time that the page is seen, after the modules of `code` have
    been loaded, which takes as long; then it is `completed`. `refresh` is called when the page comes into view and
    whenever a page has asked for it; `rest` when it goes.
    """

    completed = Signal()
    code: tuple[str, ...] = ()

    def __init__(self, title: str, widest: int = WIDEST, *, titled: bool = True) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(title)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        self.column.setSpacing(Space.L)
        if titled:
            self.heading = QHBoxLayout()
            self.heading.setSpacing(Space.S)
            self.heading.addWidget(plain_label("heading", title))
            self.heading.addStretch()
            self.column.addLayout(self.heading)
        page = QWidget()
        centred(content, QHBoxLayout(page), widest)
        self.setWidget(page)
        self.making = Slices(self._steps(), self)
        self.making.ended.connect(self.completed)

    @property
    def complete(self) -> bool:
        """Whether all parts are there."""
        return self.making.over

    @property
    def seen(self) -> bool:
        """Whether anybody can see it."""
        return self.isVisible() and not self.window().isMinimized()

    def parts(self) -> Iterator[None]:
        """Make what the page consists of, at most two or three milliseconds' worth between two yields."""
        yield from ()

    def refresh(self) -> None:
        """Show what is true now."""

    def rest(self) -> None:
        """Nobody sees it: stop timers, and let answers that are under way pass by."""

    def go(self, part: str) -> None:
        """Bring a part of the page into view, and the keyboard to it."""

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Catch up with what happened meanwhile."""
        super().showEvent(event)
        self.making.go_on()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Rest."""
        super().hideEvent(event)
        self.making.rest()  # hidden, nothing is laid out: it would all be done at once later
        self.rest()

    def _steps(self) -> Iterator[None]:
        for name in self.code:
            import_module(name)
            yield
        yield from self.parts()
