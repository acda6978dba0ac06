"""Joining a project: its link, then what joining it means, then the person's word."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui.links import LONGEST_LINK, PLACEHOLDER, LinkTarget, link_in
from lightwork_ui.model import Model
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.columns import Flow, stretch
from lightwork_ui.widgets.labels import plain_label, set_role, set_text
from lightwork_ui.widgets.offer_view import OfferView


class JoinDialog(LinkTarget, QDialog):
    """Two steps in one place. Nothing is remembered by looking; training starts only if that is asked for."""

    joined = Signal()
    contributing = Signal()  # after `joined`, if that was asked for too

    def __init__(self, model: Model, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Join a project"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._model = model
        self._waiting_for = 0  # the reply that is waited for
        self._joining = self._is_joined = False
        self._asked = ""  # the link that was looked at last
        self._offer: control.ProjectOffer | None = None
        self._chosen_before: str | None = None  # the chosen project's link; None while that is not known
        self.line, self.view = QLineEdit(), OfferView(theme)
        self.reply = plain_label("muted")
        self.steps = QStackedWidget()
        self.back, self.cancel = QPushButton(tr("Back")), QPushButton(tr("Cancel"))
        self.next, self.join = QPushButton(tr("Next")), QPushButton(tr("Join"))
        self.contribute = QPushButton(tr("Join and contribute"))
        self._arrange()
        self._connect()
        self.line.setText(link_in(QGuiApplication.clipboard().mimeData()))
        self.line.selectAll()
        self._show_step(0)

    def take_link(self, link: str) -> None:
        """Go on with this link as if it had been typed and Enter pressed."""
        if self._joining:
            return
        self._forget_reply()
        self._show_step(0)
        self.line.setText(link)
        self._look()

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        link = self.line.text().strip()
        if not link or self._waiting_for:
            return
        self._asked = link
        self._wait(tr("Asking the project what it is…"), control.LookAt, self._take_offer, link=link)
        self._model.ask(control.AskProjects, self._take_projects, self)

    def _take_offer(self, reply: control.Reply) -> None:
        if reply.trouble is not None or reply.offer is None:
            self._complain(reply)
            self.next.setText(tr("Try again"))
            self.line.setFocus()
            self.line.selectAll()
            return
        self._offer = reply.offer
        self.view.show_offer(reply.offer)
        known = tr("You have joined it already. Going on makes it the chosen project.")
        self._say("muted", known if reply.offer.joined else "")
        self.join.setText(tr("Choose it") if reply.offer.joined else tr("Join"))
        self.contribute.setText(tr("Contribute to it") if reply.offer.joined else tr("Join and contribute"))
        self._show_step(1)

    def _take_projects(self, reply: control.Reply) -> None:
        if reply.projects is not None:
            self._chosen_before = next((entry.link for entry in reply.projects if entry.chosen), "")

    # --- joining ------------------------------------------------------------------------------------------------------

    def _join(self, *, contribute: bool) -> None:
        if self._offer is None or self._waiting_for:
            return
        self._joining = True
        self._wait(
            tr("Joining…"), control.Join, lambda reply: self._joined(reply, contribute=contribute), link=self._asked
        )

    def _joined(self, reply: control.Reply, *, contribute: bool) -> None:
        self._joining = False
        if reply.trouble is not None:
            self._complain(reply)
            self.join.setFocus()
            return
        self.joined.emit()
        if not contribute:
            self.accept()
            return
        self._is_joined = True
        self._wait(tr("Joined. Starting to contribute…"), control.Contribute, self._contributed, link=self._asked)

    def _contributed(self, reply: control.Reply) -> None:
        if reply.trouble is not None:
            self._complain(reply)
            return
        self.contributing.emit()
        self.accept()

    def _undo_join(self) -> None:
        """The node may have joined already when a person does not want to wait any longer: it is told to take it back.

        It carries out one after the other, so this comes after the `Join`. Where that has failed, there is nothing to
        leave, which is no fault.
        """
        self._joining = False
        if self._offer is None:
            return
        if not self._offer.joined:
            self._model.tell(control.Leave, project=self._offer.id)
        if self._chosen_before is not None:
            self._model.tell(control.Change, key="general.project", value=self._chosen_before)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def _wait(
        self, words: str, command: type[control.Command], then: Callable[[control.Reply], None], **fields: object
    ) -> None:
        def answered(reply: control.Reply) -> None:
            if reply.id == self._waiting_for:  # else a person has stopped waiting
                self._forget_reply()
                then(reply)

        self._say("muted", words)
        self._waiting_for = self._model.ask(command, answered, self, **fields)
        self._allow()

    def _forget_reply(self) -> None:
        self._waiting_for = 0
        self._allow()

    def _stop(self) -> None:
        """Cancel: what is waited for, or else the whole."""
        if not self._waiting_for or self._is_joined:  # what is joined is not taken back by waiting no longer
            self.reject()
            return
        if self._joining:
            self._undo_join()
        self._forget_reply()
        self._say("muted", tr("Cancelled."))
        (self.line if self.steps.currentIndex() == 0 else self.join).setFocus()

    def done(self, result: int) -> None:
        """However it is closed: what was not waited for to its end is undone."""
        if self._joining:
            self._undo_join()
        self._waiting_for = 0
        super().done(result)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _show_step(self, step: int) -> None:
        self.steps.setCurrentIndex(step)
        for button, shown in ((self.next, step == 0), (self.back, step == 1), (self.join, step == 1)):
            button.setVisible(shown)
        self.contribute.setVisible(step == 1)
        (self.next if step == 0 else self.join).setDefault(True)
        if step == 0:
            self.next.setText(tr("Next"))
            self._say("muted", tr("Its signed description is fetched and checked. You join only if you say so then."))
        self._allow()
        (self.line if step == 0 else self.join).setFocus()

    def _edited(self) -> None:
        self.next.setText(tr("Next"))
        self._allow()

    def _allow(self) -> None:
        free = not self._waiting_for
        self.line.setReadOnly(not free)
        self.next.setEnabled(free and bool(self.line.text().strip()))
        for button in (self.back, self.join, self.contribute):
            button.setEnabled(free)

    def _complain(self, reply: control.Reply) -> None:
        trouble, detail = reply.trouble or Trouble.HOST_CONFUSED, untrusted(reply.detail)
        words = sentence_text(trouble_sentence(trouble))
        if trouble is Trouble.HOST_UNREACHABLE:  # its own sentence is for training, which tries again by itself
            words = tr("The project's host does not answer. Check the link and the connection, then try again.")
        self._say("error", f"{words}\n{detail}" if detail else words)

    def _say(self, role: str, words: str) -> None:
        set_text(self.reply, words)
        set_role(self.reply, role)

    # --- how it is put together ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.line.textChanged.connect(self._edited)
        self.next.clicked.connect(self._look)
        self.back.clicked.connect(lambda: self._show_step(0))
        self.cancel.clicked.connect(self._stop)
        self.join.clicked.connect(lambda: self._join(contribute=False))
        self.contribute.clicked.connect(lambda: self._join(contribute=True))

    def _arrange(self) -> None:
        for button in (self.back, self.cancel, self.contribute):
            button.setAutoDefault(False)
        self.reply.setWordWrap(True)
        self.reply.setMinimumHeight(2 * self.reply.fontMetrics().lineSpacing())
        self.reply.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.steps.addWidget(self._link_step())
        self.steps.addWidget(self.view)
        buttons = Flow()
        for part in (self.back, stretch(), self.cancel, self.contribute, self.next, self.join):
            buttons.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        column.setSpacing(Space.S)
        column.addWidget(self.steps, 1)
        column.addWidget(self.reply)
        column.addLayout(buttons)
        self.setMinimumSize(440, 320)
        self.resize(620, 600)

    def _link_step(self) -> QWidget:
        page = QWidget()
        label = QLabel(tr("Project &link"))
        label.setBuddy(self.line)
        self.line.setMaxLength(LONGEST_LINK)
        self.line.setPlaceholderText(PLACEHOLDER)
        self.line.setAccessibleName(tr("Project link"))
        about = plain_label(
            "muted",
            tr(
                "A project's team gives out its link. It names the host and the project's key, so nobody else can pose"
                " as the project."
            ),
        )
        about.setWordWrap(True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addStretch(2)
        column.addWidget(plain_label("heading", tr("Join a project")))
        column.addWidget(about)
        column.addSpacing(Space.M)
        column.addWidget(label)
        column.addWidget(self.line)
        column.addStretch(3)
        return page
