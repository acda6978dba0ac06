"""One project on the Projects page: what is trained, how far it is, whether it fits, and what can be done with it."""

import time

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.status import ProjectStatus
from lightwork.domain.untrusted import untrusted
from lightwork.protocol.control import ProjectEntry, ProjectOffer
from lightwork_ui import offers, text
from lightwork_ui.pages.cards import curve_in_words
from lightwork_ui.pages.project_foot import ProjectFoot
from lightwork_ui.standing import Standing
from lightwork_ui.style.dress import dress
from lightwork_ui.text import DASH, sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import ElidedLabel, Stat, plain_label, set_text
from lightwork_ui.widgets.lines import Lines
from lightwork_ui.widgets.sparkline import Sparkline

CURVE = 56  # at least so high


class ProjectTile(QFrame):
    """A card. What this computer knows is shown at once, and what the host says when it has been asked.

    `entry` is None for the practice project, which nobody joins or leaves.
    """

    firstSeen = Signal()  # noqa: N815  Qt's way of naming

    def __init__(self, theme: Theme, entry: ProjectEntry | None) -> None:
        super().__init__()
        self.entry = entry
        self.offer: ProjectOffer | None = None
        self.trouble: Trouble | None = None
        self.asked_at = 0.0  # Unix time of the last question to its host
        self.asking = self.was_seen = False
        self._standing: Standing | None = None
        self._remark, self._device = "", ""
        dress(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.name, self.team = ElidedLabel("title"), ElidedLabel("caption")
        self.pill = plain_label("pill")
        self.summary, self.model = Lines("muted", 2), ElidedLabel("strong", DASH)
        self.curve = Sparkline(theme)
        self.curve.setMinimumHeight(CURVE)
        captions = (tr("Round"), tr("Held-out loss"), tr("Online"), tr("Your credits"))
        self.stats = tuple(Stat(caption) for caption in captions)
        self.foot = ProjectFoot(theme, leavable=entry is not None)
        self.foot.leave.clicked.connect(lambda: self.foot.ask(self.name.text(), self.offer))
        self._arrange()
        self._show_names()
        if entry is not None:
            self.show_entry(entry)

    @property
    def project(self) -> str:
        """The project's id; empty while the practice project has not told it."""
        return self.entry.id if self.entry is not None else self.offer.id if self.offer is not None else ""

    @property
    def link(self) -> str | None:
        """The project's link; None is what the node takes for the practice project."""
        return self.entry.link if self.entry is not None else None

    def show_entry(self, entry: ProjectEntry) -> None:
        """What this computer knows by itself. The practice project has an entry too, once it was contributed to."""
        if self.entry is not None:
            self.entry = entry
        self.stats[3].show_value(text.credits_text(entry.verified))
        self._show_names()

    def show_asking(self) -> None:
        """A question to its host is under way. Its last trouble stands until the answer."""
        self.asking, self.asked_at, self._remark = True, time.time(), ""
        self._show_note()

    def show_offer(self, offer: ProjectOffer, device: str) -> None:
        """What its host has answered, for the device that trains."""
        self.offer, self._device, self.asking, self.trouble = offer, device, False, None
        self._show_names()
        set_text(self.model, offers.model_words(offer))
        self.foot.fit.show_fit(offers.chosen_fit(offer.fits, device))
        if offer.status is not None:
            self.show_progress(offer.status, live=True)
        self._show_note()

    def show_trouble(self, trouble: Trouble) -> None:
        """Its host could not be asked. What is known stays."""
        self.asking, self.trouble = False, trouble
        self.stats[2].show_value(None)  # who is online is true for a moment only
        self._show_note()

    def show_progress(self, project: ProjectStatus, *, live: bool) -> None:
        """How far it is: by its host, or by this computer's own snapshot, which is newer."""
        losses = [point.loss for point in project.held_out]
        self.stats[0].show_value(text.number(project.version))
        if losses:
            self.stats[1].show_value(text.number(losses[-1], 3))
            self.curve.show_values(losses, curve_in_words(project))
        self.stats[2].show_value(text.number(project.online) if live and project.online else None)
        if self.offer is None:
            set_text(self.summary, untrusted(project.summary, offers.SUMMARY))
            if project.parameters:
                number = text.parameters(project.parameters)
                set_text(self.model, tr("{number} parameters").format(number=number))

    def show_standing(self, now: Standing) -> None:
        """Whether it is chosen, worked for, and may be tried."""
        if now == self._standing:
            return
        self._standing = now
        marked = now.chosen or now.working
        if self.property("chosen") != marked:
            self.setProperty("chosen", marked)
            self.update()
        set_text(self.pill, tr("Contributing") if now.working else tr("Chosen") if now.chosen else tr("Practice"))
        self.pill.setVisible(now.working or now.chosen or self.entry is None)
        self.foot.show_standing(now)
        self.foot.name_controls(self.name.text())
        self._show_note()

    def remark(self, words: str) -> None:
        """Say what came of a person's action."""
        self._remark = words
        self._show_note()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """To be painted is to be seen: before its first layout, a card only seems to be in view."""
        super().paintEvent(event)
        if not self.was_seen:
            self.was_seen = True
            self.firstSeen.emit()

    def _show_names(self) -> None:
        offer, entry = self.offer, self.entry
        if offer is not None:
            name, summary = offers.name_of(offer.name, offer.id), untrusted(offer.summary, offers.SUMMARY)
        elif entry is not None:
            name, summary = offers.name_of(entry.name, entry.id), untrusted(entry.summary, offers.SUMMARY)
        else:
            name = tr("Practice")
            summary = tr("A small model that only this computer trains, to see how it works. It needs no network.")
        team = untrusted(offer.team, 120) if offer is not None else ""
        where = untrusted(offers.host_of_link(entry.link), 120) if entry is not None else tr("on this computer")
        set_text(self.name, name)
        set_text(self.team, tr("by {team}  ·  {host}").format(team=team, host=where) if team else where)
        set_text(self.summary, summary)
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        self.foot.name_controls(name)

    def _show_note(self) -> None:
        fit = None if self.offer is None else offers.chosen_fit(self.offer.fits, self._device)
        if self._remark:
            words = self._remark
        elif self.asking and (self.offer is None or self.trouble is not None):
            words = tr("Asking the project…")
        elif self.trouble is Trouble.HOST_UNREACHABLE:
            words = tr("Its host does not answer just now.")
        elif self.trouble is not None:
            words = sentence_text(trouble_sentence(self.trouble))
        elif fit is not None and not fit.fits:
            words = offers.why_not(fit)
        else:
            words = "" if self._standing is None else self._standing.why_not_here
        self.foot.show_note(words, again=self.trouble is not None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L + 4, Space.L, Space.L + 4, Space.L)
        column.setSpacing(Space.XS)
        top = QHBoxLayout()
        top.setSpacing(Space.S)
        top.addWidget(self.name, 1)
        top.addWidget(self.pill)
        column.addLayout(top)
        column.addWidget(self.team)
        column.addSpacing(Space.XS)
        column.addWidget(self.summary)
        middle = QHBoxLayout()
        middle.setSpacing(Space.L)
        middle.addWidget(self.model, 5)
        middle.addWidget(self.curve, 4)
        column.addLayout(middle, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        for stat in self.stats:
            row.addWidget(stat, 1)
        column.addLayout(row)
        column.addSpacing(Space.M)
        column.addWidget(self.foot)
