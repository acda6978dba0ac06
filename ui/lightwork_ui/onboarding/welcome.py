"""The first run: what this computer can do, then a project, then Contribute."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork_ui import icons, motion
from lightwork_ui.model import Action, Model
from lightwork_ui.onboarding.check import CheckRun
from lightwork_ui.onboarding.steps import CheckCard, ProjectStep
from lightwork_ui.pages.page import centred
from lightwork_ui.style.dress import dress
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import plain_label, set_role, set_text, wrapped_label

_WIDEST = 680


def needs_leading(status: NodeStatus) -> bool:
    """Whether this person is new: who has contributed or joined by the command line knows their way."""
    earned = status.credits.receipts > 0 or status.credits.pending > 0
    return status.phase is Phase.OFF and status.project is None and not earned


class Welcome(QWidget):
    """Emits `finished` when the person has begun to contribute, or does not want to be led."""

    finished = Signal()

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__()
        self._model, self._theme = model, theme
        self._looked, self._waiting_for, self._trouble = False, 0, ""
        self.run = CheckRun(model, self)
        self.check, self.project = CheckCard(self.run, theme), ProjectStep(model, theme)
        self.go_on, self.contribute = QPushButton(tr("Continue")), QPushButton(tr("Contribute"))
        self.back, self.later = QPushButton(tr("Back")), QPushButton(tr("Not now"))
        self.said, self.retry = wrapped_label("muted"), QPushButton(tr("Try again"))
        self.steps = QStackedWidget()
        self._arrange()
        self.go_on.clicked.connect(lambda: self._show_step(1))
        self.back.clicked.connect(lambda: self._show_step(0))
        self.later.clicked.connect(self._finish)
        self.contribute.clicked.connect(self._contribute)
        self.retry.clicked.connect(self._retry)
        self.run.changed.connect(self._offer_retry)
        self.project.changed.connect(self._allow)
        model.changed.connect(self._follow)
        theme.changed.connect(self._tint)
        self._tint()
        self._show_step(0)
        self._follow()

    # --- what is done -------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """The node is there, or not, or there again."""
        status = self._model.status
        if status is not None and self._model.live and not self._looked:
            self._looked = True
            if not needs_leading(status):
                self.run.cancel()
                QTimer.singleShot(0, self, self._finish)  # not before whoever has made this listens
                return
        face = self._model.face()
        self._offer_retry()
        if not self._model.live:
            self._say("muted", face.sentence)
        elif not self._waiting_for:
            self._say("error" if self._trouble else "muted", self._trouble)
        self.run.begin()
        self._allow()

    def _offer_retry(self) -> None:
        away = not self._model.live and self._model.face().action is Action.RETRY
        failed = self.run.failed and self.steps.currentIndex() == 0
        self.retry.setVisible(away or (self._model.live and failed))

    def _retry(self) -> None:
        if self._model.live:
            self.run.again()
        else:
            self._model.act(Action.RETRY)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """The keyboard begins at what comes next."""
        super().showEvent(event)
        (self.go_on if self.steps.currentIndex() == 0 else self.contribute).setFocus()

    def take_link(self, link: str) -> None:
        """Go on with a link that was clicked or dropped."""
        if link:
            self.project.take_link(link)
        self._show_step(1)

    def _show_step(self, step: int) -> None:
        self.steps.setCurrentIndex(step)
        self.go_on.setVisible(step == 0)
        self.contribute.setVisible(step == 1)
        self.back.setVisible(step == 1)
        self._offer_retry()
        self._allow()
        (self.go_on if step == 0 else self.contribute).setFocus()
        shown = self.steps.currentWidget()
        if shown is not None and self.isVisible():
            motion.fade_in(shown)

    def _allow(self) -> None:
        free = self._model.live and not self._waiting_for
        self.contribute.setEnabled(free and self.project.ready)

    def _contribute(self) -> None:
        link = self.project.link
        self.run.cancel()  # before training needs the device
        if link is None:
            self._wait(control.Contribute, self._contributed)
        else:
            self._wait(control.Join, lambda reply: self._joined(reply, link), link=link)

    def _joined(self, reply: control.Reply, link: str) -> None:
        if reply.trouble is None:
            self._wait(control.Contribute, self._contributed, link=link)
        else:
            self._refused(reply)

    def _contributed(self, reply: control.Reply) -> None:
        if reply.trouble is None:
            self._finish()
        else:
            self._refused(reply)

    def _refused(self, reply: control.Reply) -> None:
        self._waiting_for = 0
        if self.project.link is None:
            self._trouble = sentence_text(trouble_sentence(reply.trouble or Trouble.INTERNAL))
            self._say("error", self._trouble)
        else:
            self.project.complain(reply)
            self._say("muted", "")
        self._allow()

    def _wait(self, command: type[control.Command], then: object, **fields: object) -> None:
        self._trouble = ""
        self._say("muted", tr("One moment…"))
        self._waiting_for = self._model.ask(command, then, self, **fields)  # type: ignore[arg-type]
        self._allow()

    def _finish(self) -> None:
        self.run.cancel()
        self.finished.emit()

    def _say(self, role: str, words: str) -> None:
        set_text(self.said, words)
        set_role(self.said, role)

    # --- how it is put together ---------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.setAccessibleName(tr("First run"))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.L)
        column.addStretch(1)
        self.steps.addWidget(self._first_step())
        self.steps.addWidget(self._second_step())
        column.addWidget(self.steps)
        column.addStretch(1)
        page = QWidget()
        centred(content, QHBoxLayout(page), _WIDEST)
        area.setWidget(page)
        # Outside of what scrolls: the next step is in sight in the smallest window too.
        foot, row = QWidget(), QHBoxLayout()
        foot.setLayout(self._foot())
        centred(foot, row, _WIDEST)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addLayout(row)

    def _first_step(self) -> QWidget:
        step, column = _step()
        self._logo = QLabel()
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(self._logo)
        head.addWidget(plain_label("sentence", tr("Welcome to Lightwork")), 1)
        column.addLayout(head)
        column.addWidget(
            wrapped_label(
                "muted",
                tr("People lend idle computers; together they train a language model that none could train alone."),
            )
        )
        column.addSpacing(Space.S)
        self._promises: list[tuple[QLabel, str]] = []
        for icon, words in (
            ("pause", tr("It pauses for games and whenever you need the computer, and gives all memory back.")),
            ("shield", tr("A project runs no code here. You choose which one your computer works for.")),
            ("stats", tr("You see what it does, what it sends and what it has earned.")),
        ):
            sign = QLabel()
            self._promises.append((sign, icon))
            row = QHBoxLayout()
            row.setSpacing(Space.M)
            row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(wrapped_label("body", words), 1)
            column.addLayout(row)
        column.addSpacing(Space.S)
        column.addWidget(self.check)
        column.addStretch()
        return step

    def _second_step(self) -> QWidget:
        step, column = _step()
        column.addWidget(plain_label("sentence", tr("What shall it work for?")))
        column.addWidget(wrapped_label("muted", tr("You can change this at any time.")))
        column.addWidget(self.project)
        column.addStretch()
        return step

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XL, Space.M, Space.XL, Space.XL)
        foot.setSpacing(Space.S)
        for button in (self.back, self.later, self.retry):
            button.setAutoDefault(False)
        for button in (self.go_on, self.contribute):
            dress(button, "primary")
            button.setMinimumWidth(160)
            button.setAutoDefault(True)  # Enter presses it while it has the keyboard
        foot.addWidget(self.back)
        foot.addWidget(self.said, 1)
        for button in (self.retry, self.later, self.go_on, self.contribute):
            foot.addWidget(button)
        return foot

    def _tint(self) -> None:
        ratio = self.devicePixelRatioF()
        self._logo.setPixmap(icons.pixmap("app", "", 48, ratio))
        for sign, icon in self._promises:
            sign.setPixmap(icons.pixmap(icon, self._theme.colours.accent, 20, ratio))


def _step() -> tuple[QWidget, QVBoxLayout]:
    step = QWidget()
    column = QVBoxLayout(step)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.M)
    return step, column
