"""Try it: a prompt, and what the model that this computer trains says today."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui import text
from lightwork_ui.model import Model
from lightwork_ui.style.dress import dress_editor
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.columns import Flow, stretch
from lightwork_ui.widgets.controls import segments
from lightwork_ui.widgets.labels import plain_label, set_role, set_text
from lightwork_ui.widgets.transcript import Transcript, placeholder

TOKENS = (60, 200, 600)  # short, medium, long
TEMPERATURES = (0.3, 0.8, 1.2)  # careful, balanced, wild
COPIED_MS = 1500


class Choice(QWidget):
    """A name and a few words of which one is taken."""

    def __init__(self, name: str, words: tuple[str, ...]) -> None:
        super().__init__()
        self.group = QButtonGroup(self)
        self.buttons = tuple(QPushButton(word) for word in words)
        for at, button in enumerate(self.buttons):
            button.setAutoDefault(False)
            button.setAccessibleName(tr("{name}: {value}").format(name=name, value=button.text()))
            self.group.addButton(button, at)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(plain_label("caption", name))
        row.addWidget(segments(self.buttons))
        self.buttons[1].setChecked(True)

    @property
    def at(self) -> int:
        """Which one is taken."""
        return self.group.checkedId()


class TryDialog(QDialog):
    """Asks for one text at a time. Closing it ends the one that is under way."""

    def __init__(self, model: Model, theme: Theme, name: str, link: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Try it"))
        self._model, self._link = model, link
        self._running = 0  # the id of the question under way
        self._complains = False  # about a prompt that is too long
        self.prompt, self.transcript = QPlainTextEdit(), Transcript(theme, tr("What the model says"))
        self.length = Choice(tr("Length"), (tr("Short"), tr("Medium"), tr("Long")))
        self.wildness = Choice(tr("Manner"), (tr("Careful"), tr("Balanced"), tr("Wild")))
        self.state = plain_label("muted")
        self.act, self.copy, self.shut = QPushButton(), QPushButton(tr("Copy")), QPushButton(tr("Close"))
        self.contribute = QPushButton(tr("Contribute"))
        self._arrange(name)
        self.prompt.textChanged.connect(self._allow)
        self.act.clicked.connect(self._press)
        self.copy.clicked.connect(self._copy)
        self.shut.clicked.connect(self.reject)
        self.contribute.clicked.connect(self._contribute)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.run)
        self._copied = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._copied.timeout.connect(lambda: self.copy.setText(tr("Copy")))
        model.streamed.connect(self._hear)
        self._allow()
        self.prompt.setFocus()

    @property
    def running(self) -> bool:
        """Whether a text is under way."""
        return self._running != 0

    def run(self) -> None:
        """Have the model go on with the prompt."""
        prompt = self.prompt.toPlainText()
        if self.running or not prompt.strip() or len(prompt) > control.LONGEST_PROMPT:
            return
        self.transcript.begin(prompt)
        self._say("muted", tr("Waiting for the first word…"))
        self._running = self._model.ask(
            control.Try,
            self._ended,
            self,
            prompt=prompt,
            tokens=TOKENS[self.length.at],
            temperature=TEMPERATURES[self.wildness.at],
        )
        self._allow()

    def stop(self) -> None:
        """End the text that is under way; what was said stays."""
        if self.running:
            self._model.tell(control.Cancel, asked=self._running)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  Qt's name
        """Nobody reads on."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._let_go()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """The same, for one that was never shown."""
        self._let_go()
        super().closeEvent(event)

    def _let_go(self) -> None:
        self.stop()
        self._running = 0

    # --- a text under way ---------------------------------------------------------------------------------------------

    def _hear(self, piece: object) -> None:
        if not isinstance(piece, control.Said) or piece.id != self._running or not self.running:
            return
        set_text(self.state, tr("Writing…"))
        was_full = self.transcript.attempts[-1].full
        if not self.transcript.say(piece.text) and not was_full:
            self.stop()  # no more would be kept

    def _ended(self, reply: control.Reply) -> None:
        if reply.id != self._running:
            return
        self._running = 0
        words = _end_words(reply.sample)
        if self.transcript.attempts[-1].full:
            words = " ".join((tr("Cut off here: it became too long."), words)).strip()
        if reply.trouble is not None:
            detail = untrusted(reply.detail)
            trouble = sentence_text(trouble_sentence(reply.trouble))
            self._say("error", f"{trouble} {detail}".strip())
            words = words or tr("It did not come to an answer.")
        else:
            self._say("muted", "")
        self.transcript.end(words)
        self.contribute.setVisible(reply.trouble is Trouble.MODEL_NOT_HERE)
        self._allow()

    # --- what a person does -------------------------------------------------------------------------------------------

    def _press(self) -> None:
        if self.running:
            self.stop()
        else:
            self.run()

    def _copy(self) -> None:
        attempt = self.transcript.attempts[-1]
        self.transcript.flush()
        QGuiApplication.clipboard().setText(attempt.prompt + attempt.text)
        self.copy.setText(tr("Copied"))
        self._copied.start()

    def _contribute(self) -> None:
        def chosen(reply: control.Reply) -> None:
            if reply.trouble is not None:
                answered(reply)
            else:
                self._model.ask(control.Contribute, answered, self, link=self._link)

        def answered(reply: control.Reply) -> None:
            if reply.trouble is not None:
                self._say("error", sentence_text(trouble_sentence(reply.trouble)))
            else:
                self.contribute.hide()
                self._say("muted", tr("Contributing begins. Run it again once the model is loaded."))
            self.prompt.setFocus()

        self._model.ask(control.Change, chosen, self, key="general.project", value=self._link or "")

    def _allow(self) -> None:
        over = len(self.prompt.toPlainText()) - control.LONGEST_PROMPT
        empty = not self.prompt.toPlainText().strip()
        if over > 0 and not self.running:
            self._complains = True
            self._say("error", tr("The text is {number} characters too long.").format(number=text.number(over)))
        elif self._complains:
            self._complains = False
            self._say("muted", "")
        self.act.setText(tr("Stop") if self.running else tr("Run"))
        self.act.setAccessibleName(self.act.text())
        self.act.setEnabled(self.running or not (empty or over > 0))
        self.copy.setEnabled(bool(self.transcript.attempts))

    def _say(self, role: str, words: str) -> None:
        set_text(self.state, words)
        set_role(self.state, role)
        if role != "error":
            self.contribute.hide()

    # --- how it is put together ---------------------------------------------------------------------------------------

    def _arrange(self, name: str) -> None:
        title = plain_label("title", name)
        title.setWordWrap(True)
        about = plain_label(
            "muted", tr("This model is still in training and may say nonsense. Your text stays on this computer.")
        )
        about.setWordWrap(True)
        label = QLabel(tr("&Your text, for the model to go on with:"))
        label.setBuddy(self.prompt)
        self.prompt.setAccessibleName(tr("Your text"))
        self.prompt.setPlaceholderText(tr("Once upon a time"))
        self.prompt.setTabChangesFocus(True)
        dress_editor(self.prompt)
        line = self.prompt.fontMetrics().lineSpacing()
        self.prompt.setMinimumHeight(line + 2 * Space.L)
        self.prompt.setMaximumHeight(line * 3 + 2 * Space.L)
        self.transcript.setPlaceholderText(placeholder())
        self.state.setWordWrap(True)
        self.contribute.hide()
        self.act.setDefault(True)
        for button in (self.copy, self.shut, self.contribute):
            button.setAutoDefault(False)
        for button, longest in ((self.act, (tr("Run"), tr("Stop"))), (self.copy, (tr("Copy"), tr("Copied")))):
            self._keep_width(button, longest)
        self.act.setToolTip(QKeySequence("Ctrl+Return").toString(QKeySequence.SequenceFormat.NativeText))
        choices = Flow(Space.L)
        for choice in (self.length, self.wildness):
            choices.addWidget(choice)
        buttons = Flow()
        for part in (self.copy, self.contribute, stretch(), self.shut, self.act):
            buttons.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        column.setSpacing(Space.S)
        for widget in (title, about, label):
            column.addWidget(widget)
        column.addWidget(self.prompt, 1)
        column.addLayout(choices)
        column.addWidget(self.transcript, 3)
        column.addWidget(self.state)
        column.addLayout(buttons)
        self.setMinimumSize(480, 440)
        self.resize(680, 600)

    def _keep_width(self, button: QPushButton, texts: tuple[str, ...]) -> None:
        widest = 0
        for words in texts:
            button.setText(words)
            widest = max(widest, button.sizeHint().width())
        button.setText(texts[0])
        button.setMinimumWidth(widest + Space.S)


def _end_words(sample: control.SampleEnd | None) -> str:
    if sample is None:
        return ""
    words = tr("From round {round}: {tokens} tokens in {seconds} s.").format(
        round=text.number(sample.version), tokens=text.number(sample.tokens), seconds=text.number(sample.seconds, 1)
    )
    return " ".join((tr("Stopped."), words)) if sample.cancelled else words
