"""What joining a project means, before anything is joined: who signs it, what runs here, and what it takes."""

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lightwork.domain.untrusted import untrusted
from lightwork.protocol.control import ProjectOffer
from lightwork_ui import icons, offers, text
from lightwork_ui.style.dress import surface
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.fit_line import FitLine
from lightwork_ui.widgets.labels import plain_label, wrapped_label

_MOST_DEVICES = 8


class OfferView(QScrollArea):
    """Scrolls what does not fit. The keyboard scrolls it too: it takes the focus."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("About the project"))
        self.setWidget(QWidget())

    def show_offer(self, offer: ProjectOffer, now: float | None = None) -> None:
        """Show an offer from its top. `now` is Unix time."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.M)
        self._add_head(column, offer)
        for words in offers.warnings(offer, time.time() if now is None else now):
            column.addWidget(self._warning(words))
        column.addWidget(self._signer(offer))
        column.addWidget(self._what_runs(offer))
        column.addWidget(self._memory(offer))
        column.addWidget(self._amounts(offer))
        column.addStretch()
        self.setWidget(page)
        self.verticalScrollBar().setValue(0)
        self.setAccessibleDescription(offers.name_of(offer.name, offer.id))

    def _add_head(self, column: QVBoxLayout, offer: ProjectOffer) -> None:
        head = QVBoxLayout()
        head.setSpacing(Space.XS)
        head.addWidget(wrapped_label("title", offers.name_of(offer.name, offer.id)))
        team = untrusted(offer.team, 120)
        if team:
            head.addWidget(wrapped_label("caption", tr("by {team}").format(team=team)))
        if offer.summary.strip():
            head.addWidget(wrapped_label("muted", untrusted(offer.summary, offers.SUMMARY)))
        column.addLayout(head)

    def _warning(self, words: str) -> QFrame:
        frame = surface("banner")
        sign = plain_label("amber")
        sign.setPixmap(icons.pixmap("notice", self._theme.colours.amber, 18, self.devicePixelRatioF()))
        row = QHBoxLayout(frame)
        row.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        row.setSpacing(Space.S)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(wrapped_label("amber", words), 1)
        return frame

    def _signer(self, offer: ProjectOffer) -> QFrame:
        frame, column = _section(tr("Signed by"))
        key = wrapped_label("mono", offers.fingerprint(offer.id))
        key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        key.setAccessibleName(tr("Fingerprint of the project's key: {key}").format(key=key.text()))
        column.addWidget(key)
        column.addWidget(
            wrapped_label(
                "caption",
                tr(
                    "The link carries this key, and everything about the project is signed with it: nobody else can"
                    " pose as the project. To be sure of the link itself, compare this with what the team shows."
                ),
            )
        )
        facts = (
            (tr("Host"), untrusted(offer.host, 120)),
            (tr("Valid until"), offers.date_words(offer.expires)),
        )
        column.addLayout(_facts(facts))
        return frame

    def _what_runs(self, offer: ProjectOffer) -> QFrame:
        frame, column = _section(tr("What will run on this computer"))
        column.addWidget(wrapped_label("strong", offers.model_words(offer)))
        column.addWidget(
            wrapped_label(
                "caption",
                tr("Training of this model, by Lightwork's own program. No code of the project ever runs here."),
            )
        )
        facts = (
            (tr("Text at a time"), tr("{number} tokens").format(number=text.number(offer.sequence))),
            (tr("A round takes"), tr("about {time}").format(time=text.duration(offer.round_seconds))),
        )
        column.addLayout(_facts(facts))
        return frame

    def _memory(self, offer: ProjectOffer) -> QFrame:
        frame, column = _section(tr("Does it fit?"))
        for at, fit in enumerate(offer.fits[:_MOST_DEVICES]):
            if at:
                column.addSpacing(Space.S)
            line = FitLine(self._theme)
            line.show_fit(fit)
            name = untrusted(fit.name or fit.device, 80)
            line.bar.setAccessibleName(tr("Memory that it needs: {device}").format(device=name))
            column.addWidget(wrapped_label("strong", name))
            column.addWidget(line)
            if not fit.fits:
                column.addWidget(wrapped_label("caption", offers.why_not(fit)))
        if not offer.fits:
            column.addWidget(wrapped_label("muted", tr("The devices of this computer are not known yet.")))
        return frame

    def _amounts(self, offer: ProjectOffer) -> QFrame:
        frame, column = _section(tr("Network and disk"))
        facts = (
            (tr("Download first"), text.size(offer.weights_bytes)),
            (tr("Download each round"), tr("about {size}").format(size=text.size(offer.down_bytes))),
            (tr("Upload each round"), tr("about {size}").format(size=text.size(offer.up_bytes))),
            (tr("Disk, at most"), text.size(offer.disk_bytes)),
        )
        column.addLayout(_facts(facts))
        return frame


def _section(title: str) -> tuple[QFrame, QVBoxLayout]:
    frame = surface("card")
    frame.setAccessibleName(title)
    column = QVBoxLayout(frame)
    column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    column.setSpacing(Space.XS + 2)
    column.addWidget(plain_label("caption", title))
    return frame, column


def _facts(facts: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnStretch(1, 1)
    for row, (name, value) in enumerate(facts):
        label = plain_label("muted", name)
        words = wrapped_label("value", value)
        words.setAccessibleName(tr("{name}: {value}").format(name=name, value=value))
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, row, 1)
    return grid
