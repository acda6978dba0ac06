"""A line at the foot of a page: it takes room from what scrolls above it, so that it covers nothing."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lightwork_ui.style.dress import surface
from lightwork_ui.theme import Space
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.labels import plain_label, set_text


class Foot(QWidget):
    """Words, and a button for what can be done about them. The page gives `inner` its place."""

    pressed = Signal()

    def __init__(self, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)  # what scrolls is under it
        self.label, self.button = plain_label(""), link_button(action)
        self.label.setWordWrap(True)
        self.button.clicked.connect(self.pressed)
        banner = surface("banner")
        row = QHBoxLayout(banner)
        row.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.inner = QWidget()
        column = QVBoxLayout(self.inner)
        column.setContentsMargins(Space.XL, Space.XS, Space.XL, Space.M)
        column.addWidget(banner)
        self.hide()

    def say(self, words: str, *, offer: bool = False) -> None:
        """Show these words; none hides the line."""
        set_text(self.label, words)
        if self.button.isHidden() == offer:
            self.button.setVisible(offer)
        if self.isHidden() == bool(words):
            self.setVisible(bool(words))
