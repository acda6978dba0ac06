"""Controls that the stats have more than one of."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from lightwork_ui.style.dress import dress
from lightwork_ui.theme import Space


class QuietCombo(QComboBox):
    """A choice that a page scrolled over it does not change, and that does not become wide by long names."""

    def __init__(self, name: str, letters: int = 12) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Where there is no room, half as wide will do."""
        size = super().minimumSizeHint()
        return QSize(size.width() // 2, size.height())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """The wheel belongs to the page."""
        event.ignore()


def segments(buttons: Iterable[QPushButton]) -> QWidget:
    """Choices side by side, of which one is taken."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(Space.XS)
    for button in buttons:
        dress(button, "segment")
        button.setCheckable(True)
        line.addWidget(button)
    return row


def link_button(words: str) -> QPushButton:
    """A button that looks like a link."""
    button = QPushButton(words)
    dress(button, "link")
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button
