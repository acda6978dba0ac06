"""The place for the first project: a field for its link, and where such links come from."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout

from lightwork_ui import icons
from lightwork_ui.links import LONGEST_LINK, PLACEHOLDER
from lightwork_ui.style.dress import dress
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import plain_label


class Invitation(QFrame):
    """Emits what was typed; whether it is a link is for the dialog to say."""

    offered = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        dress(self, "card")
        self.setAccessibleName(tr("Train with others"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._sign = plain_label("muted")
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST_LINK)
        self.line.setPlaceholderText(PLACEHOLDER)
        self.line.setAccessibleName(tr("Project link"))
        self.look = QPushButton(tr("Have a look"))
        self.look.setEnabled(False)
        self.line.textChanged.connect(lambda words: self.look.setEnabled(bool(words.strip())))
        self.line.returnPressed.connect(self.look.click)
        self.look.clicked.connect(lambda: self.offered.emit(self.line.text().strip()))
        self._arrange()
        theme.changed.connect(self._tint)
        self._tint()

    def _arrange(self) -> None:
        title = plain_label("title", tr("Train with others"))
        label = plain_label(
            "muted", tr("A project's team gives out its link. Paste it here, and see what it is first.")
        )
        hint = plain_label("caption", tr("Or drop a link anywhere on this window, or press Ctrl+J."))
        for words in (title, label, hint):
            words.setWordWrap(True)
        label.setBuddy(self.line)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.line, 1)
        row.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        column.setSpacing(Space.S)
        column.addStretch(2)
        for widget in (self._sign, title, label):
            column.addWidget(widget)
        column.addSpacing(Space.XS)
        column.addLayout(row)
        column.addWidget(hint)
        column.addStretch(3)

    def _tint(self) -> None:
        self._sign.setPixmap(icons.pixmap("link", self._theme.colours.accent, 28, self.devicePixelRatioF()))
