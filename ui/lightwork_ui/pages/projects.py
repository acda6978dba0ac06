"""Projects: those that this computer has joined and the practice project, each with what can be done with it."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork_ui import offers
from lightwork_ui.links import link_in
from lightwork_ui.model import Model
from lightwork_ui.pages.page import Page
from lightwork_ui.standing import standing
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.grid import Grid
from lightwork_ui.widgets.labels import ElidedLabel, set_text

if TYPE_CHECKING:
    from lightwork_ui.pages.project_card import ProjectTile
    from lightwork_ui.pages.project_invitation import Invitation
    from lightwork_ui.pages.try_it import TryDialog

NARROWEST_CARD, TALLEST_CARD = 372, 400
FRESH_SECONDS = 180.0  # a host is asked again after that; the node itself remembers its answer for as long
MOST_AT_ONCE = 3  # hosts asked at the same time
_PRACTICE = ""  # its key among the tiles


class Projects(Page):
    """The page. A host is asked when its card is seen; nothing is asked while nobody looks."""

    join = Signal(str)  # a link, or nothing to ask for one
    home = Signal()
    practice: "ProjectTile"
    invitation: "Invitation"
    code = (
        "lightwork_ui.widgets.controls",
        "lightwork_ui.widgets.lines",
        "lightwork_ui.widgets.fit_line",
        "lightwork_ui.pages.project_foot",
        "lightwork_ui.pages.project_card",
        "lightwork_ui.pages.project_invitation",
    )

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__(tr("Projects"))
        self._model, self._theme = model, theme
        self._entries: tuple[control.ProjectEntry, ...] | None = None
        self._practice_id = ""
        self._asked_for: tuple[object, ...] | None = None
        self._switching = self._answered = False
        self._was_live = model.live
        self.tiles: dict[str, ProjectTile] = {}
        self.trying: TryDialog | None = None
        self.note = ElidedLabel("muted")
        self.join_button = QPushButton(tr("Join a project…"))
        self.heading.addWidget(self.note)
        self.heading.addWidget(self.join_button)
        self._grid = Grid((), NARROWEST_CARD, TALLEST_CARD)
        self._shown: tuple[QWidget, ...] = ()
        self.column.addWidget(self._grid, 60)
        self.column.addStretch()
        self.join_button.clicked.connect(lambda: self.join.emit(""))
        self._make_next = QTimer(self, singleShot=True, interval=0)
        self._make_next.timeout.connect(self._arrange)
        self._fresh = QTimer(self, interval=int(FRESH_SECONDS * 1000) + 1000)
        self._fresh.timeout.connect(self._look)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)
        self.completed.connect(self._begin)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._look())
        model.changed.connect(self._changed)

    def parts(self) -> Iterator[None]:
        """The practice project, the place for the first one, and those of which the node has told by then."""
        from lightwork_ui.pages.project_invitation import Invitation  # noqa: PLC0415  `code` has been loaded by now

        self.practice = self._make_tile(None)
        yield
        self.invitation = Invitation(self._theme)
        self.invitation.offered.connect(self.join)
        yield
        for entry in self._entries or ():
            if not self._may_be_practice(entry):
                self._make_tile(entry)
                yield

    def _begin(self) -> None:
        if self._answered:
            self._make_next.start()
        self._changed()
        self._soon.start()

    def refresh(self) -> None:
        """Show what is true now, and ask what may have changed."""
        if not self.seen:
            self.rest()
            return
        self._asked_for = None
        for tile in self.tiles.values():
            tile.asked_at = 0.0  # settings may have changed what fits; the node remembers what the host has said
        self._fresh.start()
        self._changed()
        self._soon.start()

    def rest(self) -> None:
        """Ask nothing. Text that nobody reads any more is not worth computing."""
        self._fresh.stop()
        if self.trying is not None and self.window().isHidden():
            self.trying.close()

    def go(self, part: str) -> None:
        """Bring a project into view by its id."""
        tile = self.tiles.get(part)
        if tile is not None:
            self.ensureWidgetVisible(tile)
            tile.foot.work.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """A link may be pasted onto the page as a whole."""
        link = link_in(QGuiApplication.clipboard().mimeData()) if event.matches(QKeySequence.StandardKey.Paste) else ""
        if link:
            self.join.emit(link)
        else:
            super().keyPressEvent(event)

    # --- what the node tells ------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        if not self.seen:
            return
        if not self.complete:
            self._ask_entries()
            return
        status, live = self._model.status, self._model.live
        if live and not self._was_live:
            self._asked_for = None
            for tile in self.tiles.values():  # what could not be asked meanwhile
                tile.asked_at = tile.asked_at if tile.trouble is None else 0.0
            self._soon.start()
        self._was_live = live
        self._ask_entries()
        if status is not None and status.project is not None and status.project.practice:
            self._know_practice(status.project.id)
        self._show_standing()

    def _ask_entries(self) -> None:
        """Ask for the projects, if they may be others than when they were asked for last."""
        wanted = _credits_of(self._model.status)
        if wanted != self._asked_for:
            self._asked_for = wanted
            self._model.ask(control.AskProjects, self._take_entries, self)

    def _take_entries(self, reply: control.Reply) -> None:
        set_text(self.note, sentence_text(trouble_sentence(reply.trouble)) if reply.trouble is not None else "")
        self._answered = True
        if reply.projects is not None:
            self._entries = reply.projects
        if self.complete:
            self._make_next.start()
            self._soon.start()

    def _know_practice(self, project: str) -> None:
        if project and project != self._practice_id:
            self._practice_id = project
            if self._entries is not None and self.complete:
                self._arrange()

    def _show_standing(self) -> None:
        status, live = self._model.status, self._model.live
        someone = any(entry.chosen for entry in self._entries or ())
        for tile in self.tiles.values():
            if tile is self.practice:
                project, chosen = self._practice_id, self._entries is not None and not someone
            else:
                project, chosen = tile.project, tile.entry is not None and tile.entry.chosen
            tile.show_standing(standing(status, project, chosen=chosen, live=live))
            known = status.project if status is not None else None
            if known is not None and known.id == project and (known.version or known.held_out):
                tile.show_progress(known, live=live)

    # --- cards --------------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Make the cards of what is new, one in each turn, since each takes its time; let go of those that are gone.

        The practice project and the invitation come last, once all others have their places.
        """
        for entry in self._entries or ():
            if entry.id == self._practice_id:
                self.practice.show_entry(entry)
        entries = [entry for entry in self._entries or () if not self._may_be_practice(entry)]
        kept = {_PRACTICE, *(entry.id for entry in entries)}
        gone = [self.tiles.pop(key) for key in list(self.tiles) if key not in kept]
        new = [entry for entry in entries if entry.id not in self.tiles]
        if new:
            self._make_tile(new[0])
        made = [entry for entry in entries if entry.id in self.tiles]
        for entry in made:
            self.tiles[entry.id].show_entry(entry)
        last: tuple[QWidget, ...] = (self.practice,) if entries else (self.practice, self.invitation)
        shown = (*(self.tiles[entry.id] for entry in made), *(last if len(made) == len(entries) else ()))
        if shown != self._shown:
            self._shown = shown
            self._grid.show_widgets(shown)
        self._show_standing()
        for tile in gone:
            tile.deleteLater()
        self._grid.setUpdatesEnabled(len(new) <= 1)  # all cards are painted at once
        if len(new) > 1:
            self._make_next.start()

    def _may_be_practice(self, entry: control.ProjectEntry) -> bool:
        """Once it was contributed to, the practice project is an entry as well, but its card is there already."""
        if self._practice_id:
            return entry.id == self._practice_id
        host = offers.host_of_link(entry.link)
        return not entry.chosen and self.practice.trouble is None and offers.on_this_computer(host)

    def _make_tile(self, entry: control.ProjectEntry | None) -> "ProjectTile":
        from lightwork_ui.pages.project_card import ProjectTile  # noqa: PLC0415

        tile = self.tiles[_PRACTICE if entry is None else entry.id] = ProjectTile(self._theme, entry)
        tile.firstSeen.connect(self._soon.start)
        tile.foot.contribute.connect(lambda: self._contribute(tile))
        tile.foot.attempt.clicked.connect(lambda: self._try(tile))
        tile.foot.again.clicked.connect(lambda: self._ask_host(tile))
        tile.foot.homeAsked.connect(self.home)
        tile.foot.left.connect(lambda: self._leave(tile))
        return tile

    def _look(self) -> None:
        """Ask the hosts of the cards that are seen, a few at a time."""
        if not self.seen or not self.complete or not self._model.live or self._entries is None:
            return
        now = time.time()
        hidden = any(self._may_be_practice(entry) for entry in self._entries) and not self._practice_id
        for tile in list(self.tiles.values()):
            if sum(one.asking for one in self.tiles.values()) >= MOST_AT_ONCE:
                return
            stale = abs(now - tile.asked_at) > FRESH_SECONDS
            # Whether an entry is the practice project is known only after that has been asked.
            seen = tile.was_seen and not tile.visibleRegion().isEmpty()
            wanted = seen or (tile is self.practice and hidden)
            if stale and wanted and not tile.asking:
                self._ask_host(tile)

    def _ask_host(self, tile: "ProjectTile") -> None:
        if tile.asking:
            return
        tile.show_asking()
        self._model.ask(control.LookAt, lambda reply: self._take_offer(tile, reply), tile, link=tile.link)

    def _take_offer(self, tile: "ProjectTile", reply: control.Reply) -> None:
        if reply.offer is not None:
            device = self._model.status.device if self._model.status is not None else None
            tile.show_offer(reply.offer, device.id if device is not None else "")
            if reply.offer.practice:
                self._know_practice(reply.offer.id)
        elif reply.trouble is not None:
            tile.show_trouble(reply.trouble)
            if tile is self.practice:
                self._arrange()
        self._show_standing()
        self._soon.start()

    # --- what a person does -------------------------------------------------------------------------------------------

    def _contribute(self, tile: "ProjectTile") -> None:
        """Choose the project, then contribute to it; the node lets go of another one by itself."""
        if self._switching:
            return
        self._switching = True

        def chosen(reply: control.Reply) -> None:
            if reply.trouble is not None:
                ended(reply)
            else:
                self._model.ask(control.Contribute, ended, self, link=link)

        def ended(reply: control.Reply) -> None:
            self._switching = False
            if reply.trouble is None:
                self.home.emit()
            if self.tiles.get(key) is tile:
                tile.remark(sentence_text(trouble_sentence(reply.trouble)) if reply.trouble is not None else "")

        link, key = tile.link, tile.entry.id if tile.entry is not None else _PRACTICE
        tile.remark(tr("Starting…"))
        self._model.ask(control.Change, chosen, self, key="general.project", value=link or "")

    def _leave(self, tile: "ProjectTile") -> None:
        def answered(reply: control.Reply) -> None:
            if reply.trouble is not None:
                tile.foot.end_question()
                tile.remark(sentence_text(trouble_sentence(reply.trouble)))
            else:
                self.join_button.setFocus()
                self._model.ask(control.AskProjects, self._take_entries, self)

        tile.foot.show_leaving(under_way=True)
        self._model.ask(control.Leave, answered, tile, project=tile.project)

    def _try(self, tile: "ProjectTile") -> None:
        from lightwork_ui.pages.try_it import TryDialog  # noqa: PLC0415  most visits do not need it

        if self.trying is None:
            self.trying = TryDialog(self._model, self._theme, tile.name.text(), tile.link, self)
            self.trying.destroyed.connect(self._forget_trying)
            self.trying.open()

    def _forget_trying(self) -> None:
        self.trying = None


def _credits_of(status: NodeStatus | None) -> tuple[object, ...]:
    """What of a snapshot tells that the entries may have changed."""
    if status is None:
        return ()
    return (status.project.id if status.project is not None else "", status.credits.receipts, status.process)
