"""The lower part of a project's card: fit, a line of words, and what can be done; or the question before leaving."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from lightwork.protocol.control import ProjectOffer
from lightwork_ui import text
from lightwork_ui.standing import Standing
from lightwork_ui.style.dress import dress
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.columns import Flow, stretch
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.fit_line import FitLine
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_text


class ProjectFoot(QStackedWidget):
    """Both sides have the same height, so that asking moves nothing."""

    contribute = Signal()
    homeAsked = Signal()  # noqa: N815  Qt's way of naming
    left = Signal()  # a person has agreed to leave

    def __init__(self, theme: Theme, *, leavable: bool) -> None:
        super().__init__()
        self._working = False
        self.fit, self.note = FitLine(theme), ElidedLabel("caption")
        self.again = link_button(tr("Try again"))
        self.work, self.attempt, self.leave = QPushButton(), QPushButton(tr("Try it…")), QPushButton(tr("Leave…"))
        self.question, self.stay, self.really = plain_label("muted"), QPushButton(tr("Stay")), QPushButton()
        self.again.hide()
        self.addWidget(self._controls())
        self.addWidget(self._confirmation())
        self.leave.setVisible(leavable)  # not before it has its place: it would be a window for a moment
        self.show_leaving(under_way=False)
        self.work.clicked.connect(lambda: self.homeAsked.emit() if self._working else self.contribute.emit())
        self.stay.clicked.connect(self.end_question)
        self.really.clicked.connect(self.left)

    def show_standing(self, now: Standing) -> None:
        """What can be done now."""
        self._working = now.working
        self.work.setText(tr("Show on Home") if now.working else tr("Contribute to this"))
        self.attempt.setEnabled(now.here)
        self.attempt.setToolTip(now.why_not_here)
        self.attempt.setAccessibleDescription(now.why_not_here)

    def show_note(self, words: str, *, again: bool) -> None:
        """One line of words, and whether asking again may help."""
        set_text(self.note, words)
        self.again.setVisible(again)

    def name_controls(self, project: str) -> None:
        """A screen reader hears of which project a button is."""
        for button in (self.work, self.attempt, self.leave, self.again, self.stay, self.really):
            spoken = tr("{action}: {name}").format(action=button.text(), name=project)
            if spoken != button.accessibleName():
                button.setAccessibleName(spoken)

    def ask(self, name: str, offer: ProjectOffer | None) -> None:
        """What leaving means, in place of the controls; the keyboard is on the answer that changes nothing."""
        if offer is None:
            words = tr("Leave {name}? Its files here are deleted. Credits and receipts stay, and you can join again.")
            words = words.format(name=name)
        else:
            words = tr(
                "Leave {name}? Its files here, up to {size}, are deleted. Credits and receipts stay, and you can join"
                " again."
            ).format(name=name, size=text.size(offer.disk_bytes))
        set_text(self.question, words)
        self.show_leaving(under_way=False)
        self.setCurrentIndex(1)
        self.stay.setFocus()

    def show_leaving(self, *, under_way: bool) -> None:
        """While the node deletes, nothing else can be done with this project."""
        self.stay.setEnabled(not under_way)
        self.really.setEnabled(not under_way)
        self.really.setText(tr("Leaving…") if under_way else tr("Leave"))

    def end_question(self) -> None:
        """Back to the controls."""
        self.show_leaving(under_way=False)
        self.setCurrentIndex(0)
        self.leave.setFocus()

    def _controls(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        column.addWidget(self.fit)
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self.note, 1)
        line.addWidget(self.again)
        column.addLayout(line)
        # The line must not become higher when the link comes.
        self.note.setMinimumHeight(self.again.sizeHint().height())
        for button in (self.work, self.attempt, self.leave):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        dress(self.leave, "quiet")
        self.leave.setMinimumWidth(self.leave.sizeHint().width() + Space.S)
        column.addLayout(_row(self.work, self.attempt, None, self.leave))
        return page

    def _confirmation(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        self.question.setWordWrap(True)
        self.question.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.question.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        dress(self.really, "danger")
        column.addWidget(self.question, 1)
        column.addLayout(_row(None, self.really, self.stay))
        return page


def _column(page: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.S)
    return column


def _row(*buttons: QPushButton | None) -> Flow:
    """Buttons side by side, below one another where they must; None is what stretches."""
    row = Flow()
    for button in buttons:
        row.addWidget(stretch() if button is None else button)
    return row
