"""Where a long page has its sections: a row of segments, or one box where they have no room beside each other."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from lightwork_ui.style.dress import dress
from lightwork_ui.theme import Space
from lightwork_ui.widgets.controls import QuietCombo


class Anchors(QWidget):
    """Emits `chosen` with the number of a section. `mark` shows where the page stands."""

    chosen = Signal(int)

    def __init__(self, name: str, titles: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self.buttons = [self._button(index, title) for index, title in enumerate(titles)]
        self.box = QuietCombo(name)
        self.box.addItems(list(titles))
        self.box.activated.connect(self.chosen)
        self.box.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        for button in self.buttons:
            row.addWidget(button)
        row.addWidget(self.box, 1)
        row.addStretch()
        self.mark(0)

    def mark(self, index: int) -> None:
        """Show that the page stands at this section."""
        self.buttons[index].setChecked(True)
        self.box.setCurrentIndex(index)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """The box needs less than the segments."""
        return QSize(self.box.minimumSizeHint().width(), self.sizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Equally high in either form, so that nothing below moves."""
        height = max(self.box.sizeHint().height(), self.buttons[0].sizeHint().height())
        return QSize(self._needed(), height)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Segments where they have room."""
        super().resizeEvent(event)
        roomy = event.size().width() >= self._needed()
        if self.box.isHidden() != roomy:
            for button in self.buttons:
                button.setVisible(roomy)
            self.box.setVisible(not roomy)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows walk along the segments."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        focused = next((index for index, button in enumerate(self.buttons) if button.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        self.buttons[(focused + step) % len(self.buttons)].setFocus(Qt.FocusReason.TabFocusReason)

    def _button(self, index: int, title: str) -> QPushButton:
        button = QPushButton(title)
        dress(button, "segment")
        button.setCheckable(True)
        button.clicked.connect(lambda: self.chosen.emit(index))
        self._group.addButton(button)
        return button

    def _needed(self) -> int:
        return sum(button.sizeHint().width() for button in self.buttons) + Space.XS * (len(self.buttons) - 1)
