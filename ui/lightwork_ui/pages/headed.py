"""A page of which title, controls and a line at the foot stay in view while the rest scrolls."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lightwork_ui.pages.page import Page, centred
from lightwork_ui.style.dress import surface
from lightwork_ui.theme import Space
from lightwork_ui.widgets.foot import Foot


class HeadedPage(Page):
    """`head` (under the title) and `foot` stand above and below the viewport, so that they cover nothing.

    The scroll bar is always there, so that nothing moves sideways; with nothing to scroll it shows no handle.
    """

    def __init__(self, title: str, width: int, action: str) -> None:
        widest = width + 2 * Space.XL
        super().__init__(title, widest)
        self._top, self.edge = QWidget(self), surface("rule")
        self.foot = Foot(action, self)
        self.column.removeItem(self.heading)  # the title moves from the column to the head
        self.heading.setParent(None)
        inner = QWidget()
        self.head = QVBoxLayout(inner)
        self.head.setContentsMargins(Space.XL, Space.L, Space.XL, Space.S)
        self.head.setSpacing(Space.M)
        self.head.addLayout(self.heading)
        self._stack(inner, widest)
        centred(self.foot.inner, QHBoxLayout(self.foot), widest)
        self.column.setContentsMargins(Space.XL, Space.S, Space.XL, Space.XL)
        self.column.setSpacing(Space.XL)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setEnabled(high > 0))
        bar.valueChanged.connect(lambda value: self.edge.setVisible(value > 0))
        for part in (self._top, self.foot):
            part.installEventFilter(self)

    def say(self, words: str, *, offer: bool = False) -> None:
        """Say something at the foot; `offer` shows its button. No words hide it."""
        self.foot.say(words, offer=offer)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Head and foot are as wide as what scrolls between them."""
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Other fonts or words may need another height."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().eventFilter(watched, event)

    def _stack(self, inner: QWidget, widest: int) -> None:
        """The head, and a line below it where something has scrolled under it."""
        policy = self.edge.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.edge.setSizePolicy(policy)
        self.edge.hide()
        self._top.setAutoFillBackground(True)
        middle = QHBoxLayout()
        centred(inner, middle, widest)
        whole = QVBoxLayout(self._top)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(middle)
        whole.addWidget(self.edge)

    def _place(self) -> None:
        head = self._top.sizeHint().height()
        foot = 0 if self.foot.isHidden() else self.foot.sizeHint().height()
        margins = self.viewportMargins()
        if (margins.top(), margins.bottom()) != (head, foot):
            self.setViewportMargins(0, head, 0, foot)
        # Not by `viewport`: to name a bare QWidget of Qt's own, PySide first loads every kind of widget, 8 ms and more.
        width = self.maximumViewportSize().width()
        self._top.setGeometry(0, 0, width, head)
        self.foot.setGeometry(0, self.height() - foot, width, foot)
