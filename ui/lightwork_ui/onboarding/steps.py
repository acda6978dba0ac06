"""The two steps of the first run: what this computer can do, and which project it works for."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.states import CheckStep
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui import icons, offers, text
from lightwork_ui.links import LONGEST_LINK, PLACEHOLDER, LinkTarget
from lightwork_ui.model import Model
from lightwork_ui.onboarding.check import CheckRun, Row, Standing
from lightwork_ui.style.dress import dress, surface
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.bar import Bar
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_role, set_text, wrapped_label

_REST_MS = 500  # after the last letter of a link, before it is looked at


class CheckLine(QWidget):
    """One step of the check: a sign, what it is, and what was found."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._row = theme, Row("")
        self._sign, self.title, self.detail = QLabel(), plain_label("strong"), ElidedLabel("muted")
        self._sign.setFixedWidth(20)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self._sign)
        row.addWidget(self.title)
        row.addWidget(self.detail, 1)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._tint)

    def show_row(self, row: Row) -> None:
        """Show how the step stands."""
        if row == self._row:
            return
        self._row = row
        set_text(self.title, row.title)
        words = {Standing.WAITING: "", Standing.RUNNING: tr("Being tried out…")}.get(row.standing, "")
        set_text(self.detail, row.detail or words)
        spoken = {
            Standing.WAITING: tr("not yet"),
            Standing.RUNNING: tr("being tried out"),
            Standing.PASSED: tr("fine"),
            Standing.FAILED: tr("not possible"),
        }[row.standing]
        self.setAccessibleName(f"{row.title}: {spoken}. {row.detail}")
        set_role(self.title, "strong" if row.standing is not Standing.WAITING else "muted")
        self._tint()

    def _tint(self) -> None:
        colours = self._theme.colours
        ink = {Standing.PASSED: colours.good, Standing.FAILED: colours.amber, Standing.RUNNING: colours.accent}.get(
            self._row.standing, colours.outline
        )
        self._sign.setPixmap(icons.pixmap(self._row.standing.value, ink, 18, self.devicePixelRatioF()))


class CheckCard(QFrame):
    """All steps of the check, and what they come to."""

    def __init__(self, run: CheckRun, theme: Theme) -> None:
        super().__init__()
        self._run = run
        dress(self, "card")
        self.setAccessibleName(tr("What this computer can do"))
        self.lines = {step: CheckLine(theme) for step in CheckStep}
        self.result = wrapped_label("strong", " ")
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L + 4, Space.L, Space.L + 4, Space.L)
        column.setSpacing(Space.M)
        column.addWidget(plain_label("caption", tr("What this computer can do")))
        for line in self.lines.values():
            column.addWidget(line)
        self.bar = Bar(theme, tr("Progress of the check"), height=4)
        column.addWidget(self.bar)
        # Two lines are kept free, so that an outcome of two moves nothing.
        self.result.setMinimumHeight(2 * self.result.fontMetrics().lineSpacing())
        self.result.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.result)
        self.second = QTimer(self, interval=500)
        self.second.timeout.connect(self._show_progress)
        run.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how it stands."""
        for step, line in self.lines.items():
            line.show_row(self._run.rows[step])
        if self._run.running and self.isVisible():
            self.second.start()
        else:
            self.second.stop()
        set_role(self.result, "strong" if self._run.over else "muted")
        self._show_progress()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Catch up."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody sees a countdown."""
        super().hideEvent(event)
        self.second.stop()

    def _show_progress(self) -> None:
        share, left = self._run.progress()
        self.bar.show_share(1.0 if self._run.over else share)
        waiting = tr("This takes less than a minute. Nothing is sent anywhere.")
        if self._run.running:
            # In steps of five: an estimate to the second would only flicker.
            time = text.duration(5 * max(1, round(left / 5)))
            waiting = tr("About {time} left. Nothing is sent anywhere, and you need not wait.").format(time=time)
        set_text(self.result, self._run.result() or waiting)


class ProjectStep(LinkTarget, QWidget):
    """Practice, or a link. `ready` says whether Contribute can be pressed."""

    changed = Signal()

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._asked = 0
        self.offer: control.ProjectOffer | None = None
        self.setAcceptDrops(True)
        self.practice = QRadioButton(tr("Practice project"))
        self.by_link = QRadioButton(tr("I have a link to a project"))
        self.practice.setChecked(True)
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST_LINK)
        self.line.setPlaceholderText(PLACEHOLDER)
        self.line.setAccessibleName(tr("Project link"))
        self.found, self.facts = ElidedLabel("strong"), wrapped_label("muted")
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._look)
        self._arrange(theme)
        self.practice.toggled.connect(self._chosen)
        self.line.textChanged.connect(self._edited)
        self.line.returnPressed.connect(self._look)

    def _arrange(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        about = tr("A small model that learns on this computer alone. A good way to see how everything works.")
        column.addWidget(self._card(self.practice, wrapped_label("muted", about)))
        column.addWidget(self._card(self.by_link, self.line, self.found, self.facts))
        # Their room is kept, so that an answer moves nothing.
        for label, lines in ((self.found, 1), (self.facts, 3)):
            label.setMinimumHeight(lines * label.fontMetrics().lineSpacing() + 2)
            label.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)

    def _card(self, choice: QRadioButton, *inside: QWidget) -> QFrame:
        frame = surface("card")
        dress(choice, "strong")
        grid = QGridLayout(frame)
        grid.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnMinimumWidth(0, Space.M)
        grid.setColumnStretch(1, 1)
        grid.addWidget(choice, 0, 0, 1, 2)
        for row, widget in enumerate(inside, 1):
            grid.addWidget(widget, row, 1)
        # Radio buttons in different cards are no siblings, and would not know of each other.
        choice.setAutoExclusive(False)
        choice.clicked.connect(lambda: self.choose(practice=choice is self.practice))
        return frame

    def choose(self, *, practice: bool) -> None:
        """Take one of the two."""
        self.practice.setChecked(practice)
        self.by_link.setChecked(not practice)

    @property
    def ready(self) -> bool:
        """Whether it is clear what to contribute to."""
        return self.practice.isChecked() or self.offer is not None

    @property
    def link(self) -> str | None:
        """The link that was looked at; None is the practice project."""
        return None if self.practice.isChecked() or self.offer is None else self.line.text().strip()

    def complain(self, reply: control.Reply) -> None:
        """Say what went wrong with the project."""
        trouble = reply.trouble or Trouble.HOST_CONFUSED
        words, detail = sentence_text(trouble_sentence(trouble)), untrusted(reply.detail, 120)
        self._say("error", tr("That did not work"), f"{words}\n{detail}".strip())

    def _chosen(self) -> None:
        if self.by_link.isChecked() and not self.practice.isChecked():
            self.line.setFocus()
        self.changed.emit()

    def _edited(self) -> None:
        self.choose(practice=False)
        self.offer, self._asked = None, 0
        self._say("muted", "", "")
        self._rest.start()
        self.changed.emit()

    def _look(self) -> None:
        self._rest.stop()
        link = self.line.text().strip()
        if not link or self._asked:
            return
        self._say("muted", tr("Asking the project what it is…"), "")
        self._asked = self._model.ask(control.LookAt, self._take, self, link=link)

    def _take(self, reply: control.Reply) -> None:
        if reply.id != self._asked:
            return
        self._asked = 0
        if reply.trouble is not None or reply.offer is None:
            self.complain(reply)
            return
        self.offer = offer = reply.offer
        fit = offers.chosen_fit(offer.fits)
        team = tr("by {team}").format(team=untrusted(offer.team, 80)) if offer.team else ""
        head = f"{offers.name_of(offer.name, offer.id)}  {team}".strip()
        fits = f"{offers.needs_words(fit)}. {offers.verdict(fit)}." if fit is not None else ""
        key = tr("Signed by {key}").format(key=offers.fingerprint(offer.id))
        self._say("strong", head, f"{fits}\n{key}".strip())
        self.changed.emit()

    def _say(self, role: str, head: str, facts: str) -> None:
        set_text(self.found, head)
        set_text(self.facts, facts)
        set_role(self.found, role)
        # A name may be cut short where there is no room, a reason may not.
        set_role(self.facts, "error" if role == "error" else "muted")

    def take_link(self, link: str) -> None:
        """Go on with this link as if it had been typed."""
        self.line.setText(link)
