"""Joining a project by its link."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui.model import Model
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space
from lightwork_ui.widgets.labels import plain_label

SCHEME = "lightwork://"
LONGEST_LINK = 2048


class JoinDialog(QDialog):
    """Asks for a link, waits for the node's reply, and says what came of it. Training does not start by joining."""

    def __init__(self, model: Model, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Join a project"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._model, self._waiting_for = model, 0
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST_LINK)
        self.line.setPlaceholderText("lightwork://example.org/…")
        self.reply = plain_label("muted")
        self.reply.setWordWrap(True)
        self.join = QPushButton(tr("Join"))
        self.join.setDefault(True)
        self._cancel = QPushButton(tr("Cancel"))
        self._cancel.setAutoDefault(False)
        self._arrange()
        self.line.textChanged.connect(self._allow)
        self.join.clicked.connect(self._join)
        self._cancel.clicked.connect(self.reject)
        model.replied.connect(self._take)
        offered = QGuiApplication.clipboard().text()[: LONGEST_LINK + 1].strip()
        if offered.startswith(SCHEME):
            self.line.setText(offered)
        self._allow()

    def _arrange(self) -> None:
        label = QLabel(tr("Project &link:"))
        label.setBuddy(self.line)
        self.line.setAccessibleName(tr("Project link"))
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self.join)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.S)
        column.addWidget(label)
        column.addWidget(self.line)
        column.addWidget(self.reply, 1)
        column.addLayout(buttons)
        self.setMinimumSize(460, 200)
        self._say(
            "muted", tr("The project's signed description is checked first. Training starts when you press Contribute.")
        )

    def _allow(self) -> None:
        self.join.setEnabled(not self._waiting_for and bool(self.line.text().strip()))

    def _join(self) -> None:
        self._waiting_for = self._model.join(self.line.text().strip())
        self._say("muted", tr("Asking the project…"))
        self._allow()

    def _take(self, reply: control.Reply) -> None:
        if reply.id != self._waiting_for:
            return
        self._waiting_for = 0
        if reply.trouble is None:
            self.accept()
            return
        words, detail = sentence_text(trouble_sentence(reply.trouble)), untrusted(reply.detail)
        self._say("error", f"{words}\n{detail}" if detail else words)
        self._allow()
        self.line.setFocus()

    def _say(self, role: str, words: str) -> None:
        self.reply.setText(words)
        if self.reply.property("role") != role:
            self.reply.setProperty("role", role)
            self.reply.style().polish(self.reply)
