"""Home: what this computer is doing, and the next thing a person may want to do."""

from collections.abc import Iterator

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.status import NodeStatus, Notice
from lightwork_ui import icons
from lightwork_ui.mending import Mend, Way, mend_for
from lightwork_ui.model import Model
from lightwork_ui.pages.cards import ComputerCard, CreditsCard, NetworkCard, ProjectCard
from lightwork_ui.pages.hero import Hero
from lightwork_ui.pages.page import Page
from lightwork_ui.style.dress import dress
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.grid import Grid
from lightwork_ui.widgets.labels import plain_label, set_text, wrapped_label

NARROWEST_CARD, TALLEST_CARD = 392, 216


class Line(QWidget):
    """A quiet remark with a sign before it and perhaps a button that mends it, which a person can put away."""

    dismissed = Signal()
    mendAsked = Signal(object)  # noqa: N815  Qt's way of naming; Mend

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mend: Mend | None = None
        self._sign, self.label = plain_label("muted"), wrapped_label("muted")
        self.mend = QPushButton()
        self.mend.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mend.clicked.connect(lambda: self.mendAsked.emit(self._mend))
        self.mend.hide()
        self._away = QPushButton()
        dress(self._away, "quiet")
        self._away.setFixedSize(28, 28)
        self._away.setAccessibleName(tr("Dismiss"))
        self._away.clicked.connect(self.hide)
        self._away.clicked.connect(self.dismissed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.S)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._sign, 0, 0)
        grid.addWidget(self.label, 0, 1)
        grid.addWidget(self._away, 0, 2)
        grid.addWidget(self.mend, 1, 1, Qt.AlignmentFlag.AlignLeft)  # below: in a narrow window both need the width
        self.hide()
        theme.changed.connect(self._tint)
        self._tint()

    def say(self, words: str, mend: Mend | None = None) -> None:
        """Show these words, and the button if there is one."""
        self._mend = mend
        set_text(self.label, words)
        if mend is not None:
            self.mend.setText(tr(mend.label))
        self.mend.setVisible(mend is not None)
        self.show()

    def _tint(self) -> None:
        colours = self._theme.colours
        self._sign.setPixmap(icons.pixmap("notice", colours.muted, 16, self.devicePixelRatioF()))
        self._away.setIcon(icons.icon("close", colours.muted, (16, 32)))


class Home(Page):
    """The page. While it is hidden nothing is drawn and no timer runs."""

    join = Signal()
    wanted = Signal(str, str)  # another page, and the part of it, that mends what is wrong
    folder = Signal()  # Lightwork's folder is to be shown
    hero: Hero
    notice: Line
    remark: Line
    project: ProjectCard
    computer: ComputerCard
    network: NetworkCard
    credits: CreditsCard

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__(tr("Home"), titled=False)
        self._model, self._theme = model, theme
        self._notice: Notice | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._refresh_face)
        self.completed.connect(self.refresh)
        model.changed.connect(self.refresh)

    def parts(self) -> Iterator[None]:
        """The upper half, then the cards."""
        self._add_hero()
        yield
        self._add_lines()
        yield
        self.project = ProjectCard(self._theme)
        yield
        self.computer = ComputerCard(self._theme)
        yield
        self.network = NetworkCard(self._theme)
        yield
        self.credits = CreditsCard()
        cards = (self.project, self.computer, self.network, self.credits)
        self.column.addWidget(Grid(cards, NARROWEST_CARD, TALLEST_CARD), 60)
        self.column.addStretch(4)

    def _add_hero(self) -> None:
        self.hero = Hero(self._model, self._theme)
        self.hero.mendAsked.connect(self._mend)
        self.hero.joinAsked.connect(self.join)
        self.column.addStretch(2)
        self.column.addWidget(self.hero)
        self.column.addSpacing(Space.S)
        self.column.addStretch(1)

    def _add_lines(self) -> None:
        self.notice, self.remark = Line(self._theme), Line(self._theme)
        self.notice.dismissed.connect(self._put_away)
        self.notice.mendAsked.connect(self._mend)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.remark)

    def refresh(self) -> None:
        """Draw the newest snapshot, if somebody can see it."""
        if not self.complete:
            return
        if not self.seen:
            self.rest()
            return
        self._refresh_face()
        status, live = self._model.status, self._model.live
        self.project.show_status(status, live=live)
        self.computer.show_status(status, live=live)
        self.network.show_status(status, live=live)
        self.credits.show_status(status)
        self._show_notice(status)

    def rest(self) -> None:
        """Nobody sees a countdown."""
        self._second.stop()

    def _show_notice(self, status: NodeStatus | None) -> None:
        """The newest that has not been put away; none, where the node has taken it back."""
        notices = () if status is None else status.notices
        newest = next((one for one in reversed(notices) if one not in self._model.dismissed), None)
        if newest is None:
            self.notice.hide()
        elif newest != self._notice or self.notice.isHidden():
            self.notice.say(notice_text(newest), mend_for(newest.trouble))
        self._notice = newest

    def _put_away(self) -> None:
        if self._notice is not None:
            self._model.dismissed.append(self._notice)

    def _mend(self, mend: Mend) -> None:
        if mend.way is Way.PAGE:
            page, _, part = mend.target.partition("/")
            self.wanted.emit(page, part)
        elif mend.way is Way.COPY:
            QGuiApplication.clipboard().setText(mend.target)
            self.remark.say(tr("Copied: {command}").format(command=mend.target))
        else:
            self.folder.emit()

    def _refresh_face(self) -> None:
        face = self._model.face()
        self.hero.show_face(face)
        if face.ticking and not self._second.isActive():
            self._second.start()
        elif not face.ticking:
            self._second.stop()


def notice_text(notice: Notice) -> str:
    """When it was, and what."""
    words = sentence_text(trouble_sentence(notice.trouble))
    if notice.at <= 0:
        return words
    when = QDateTime.fromSecsSinceEpoch(int(min(notice.at, 2**40)))
    # Written at another day, the hour alone would mislead.
    today = when.date() == QDateTime.currentDateTime().date()
    form = QLocale.FormatType.ShortFormat
    shown = QLocale().toString(when.time(), form) if today else QLocale().toString(when, form)
    return f"{shown}  {words}"
