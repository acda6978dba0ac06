"""A line to search with."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from lightwork_ui import icons
from lightwork_ui.theme import Theme

LONGEST_SEARCH = 100


class SearchLine(QLineEdit):
    """Escape empties it; Enter and Down go on to what was found (`left`)."""

    left = Signal()

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self._theme = theme
        self.setMaxLength(LONGEST_SEARCH)
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self._sign = QAction(self)
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        theme.changed.connect(self._tint)
        self._tint()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Escape of an empty line is for whoever stands behind it."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _tint(self) -> None:
        self._sign.setIcon(icons.icon("search", self._theme.colours.muted, (16, 32)))
