"""The upper half of Home: the large control, the one sentence, and what else a person can do now."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from lightwork.domain.states import Phase
from lightwork_ui import icons, text
from lightwork_ui.model import Action, Face, Model
from lightwork_ui.pauses import timed_pauses
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.bar import Bar
from lightwork_ui.widgets.labels import ElidedLabel, set_text, wrapped_label
from lightwork_ui.widgets.state_button import StateButton

GLYPHS = {
    Action.CONTRIBUTE: "play",
    Action.PAUSE: "pause",
    Action.RESUME: "play",
    Action.RETRY: "retry",
    Action.STARTING: "dots",
    Action.HELD: "pause",
}


def pause_menu(parent: QWidget, model: Model) -> QMenu:
    """The pauses that end by themselves."""
    menu = QMenu(parent)
    for pause in timed_pauses(model):
        menu.addAction(pause.short).triggered.connect(lambda _checked=False, begin=pause.begin: begin())
    return menu


class Hero(QWidget):
    """Draws a `Face`."""

    mendAsked = Signal(object)  # noqa: N815  Qt's way of naming; Mend
    joinAsked = Signal()  # noqa: N815

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__()
        self._model, self._theme = model, theme
        self._face: Face | None = None
        self.button = StateButton(theme)
        self.button.clicked.connect(self._press)
        # Not the button's own shortcut: that one is lost whenever the label changes.
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.button.click)
        self.sentence, self.hint = wrapped_label("sentence"), wrapped_label("muted")
        self.bar, self.amounts = Bar(theme, tr("Progress")), ElidedLabel("muted")
        self.pause_for = QPushButton(tr("Pause for"))
        self.pause_for.setMenu(pause_menu(self, model))
        self.pause_for.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        self.stop = QPushButton(tr("Stop"))
        self.mend = QPushButton()
        self.mend.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mend.clicked.connect(self._mend)
        self.join = QPushButton(tr("Join a project…"))
        self.join.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.join.clicked.connect(self.joinAsked)
        self.pause_for.setShortcut(QKeySequence("Alt+P"))
        self.stop.setShortcut(QKeySequence("Alt+S"))
        for button in (self.pause_for, self.stop):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(button.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
        self.stop.setAccessibleDescription(tr("Stop contributing. What was trained is kept."))
        self.stop.clicked.connect(model.stop)
        self._arrange()
        theme.changed.connect(self._tint)
        self._tint()

    def _arrange(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(Space.S)
        actions.addWidget(self.join)
        actions.addWidget(self.mend)
        actions.addWidget(self.pause_for)
        actions.addWidget(self.stop)
        actions.addStretch()
        column = QVBoxLayout()
        column.setSpacing(Space.S)
        column.addStretch()
        for widget in (self.sentence, self.hint, self.bar, self.amounts):
            column.addWidget(widget)
        column.addSpacing(Space.XS)
        column.addLayout(actions)
        column.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XL)
        row.addWidget(self.button)
        row.addLayout(column, 1)

    def show_face(self, face: Face) -> None:
        """Draw what differs from the face that is shown."""
        if face == self._face:
            return
        self._face = face
        label = tr(face.action.value)
        ready = face.action not in (Action.STARTING, Action.HELD)
        progress = face.progress
        share = progress.done / progress.total if progress and progress.total > 0 else 0.0
        self.button.show_state(face.phase, GLYPHS[face.action], label, share, ready=ready)
        self.button.setAccessibleName(label)
        self.button.setAccessibleDescription(face.sentence)
        set_text(self.sentence, face.sentence)
        set_text(self.hint, face.hint)
        self.hint.setVisible(bool(face.hint))
        known = progress is not None and progress.total > 0
        self.bar.setVisible(known)
        self.bar.show_share(share)
        amounts = progress_text(face)
        set_text(self.amounts, amounts)
        self.amounts.setVisible(bool(amounts))
        self.pause_for.setVisible(face.connected and face.can_pause)
        self.stop.setVisible(face.connected and face.can_stop)
        # While it prepares, stopping is what people call cancelling: what has been downloaded is kept.
        _label(self.stop, tr("Cancel") if face.phase is Phase.PREPARING else tr("Stop"))
        self.join.setVisible(face.connected and face.phase is Phase.OFF)
        self.mend.setVisible(face.mend is not None)
        if face.mend is not None:
            _label(self.mend, tr(face.mend.label))

    def _mend(self) -> None:
        if self._face is not None and self._face.mend is not None:
            self.mendAsked.emit(self._face.mend)

    def _press(self) -> None:
        if self._face is not None:
            self._model.act(self._face.action)

    def _tint(self) -> None:
        self.pause_for.setIcon(icons.icon("chevron", self._theme.colours.text, (16, 32)))


def _label(button: QPushButton, words: str) -> None:
    if button.text() != words:
        shortcut = button.shortcut()
        button.setText(words)
        button.setShortcut(shortcut)  # Qt forgets it with the text


def progress_text(face: Face) -> str:
    """How far a download has come, how fast it is, and how long it will take."""
    progress = face.progress
    if progress is None or not face.counts_bytes:
        return ""
    done, total = text.size(progress.done), text.size(progress.total)
    parts = [tr("{done} of {total}").format(done=done, total=total) if progress.total > 0 else done]
    if progress.bytes_per_second > 0:
        parts.append(text.speed(progress.bytes_per_second))
        if progress.total > progress.done:
            left = text.duration((progress.total - progress.done) / progress.bytes_per_second)
            parts.append(tr("{time} left").format(time=left))
    return "  ·  ".join(parts)
