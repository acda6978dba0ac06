"""Stats: what this computer has done, how the model got better by it, and each contribution with its receipt."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtWidgets import QWidget

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.status import ProjectStatus
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork.protocol.control import Period, ProjectEntry
from lightwork_ui import periods
from lightwork_ui.model import Model
from lightwork_ui.pages.page import Page
from lightwork_ui.pages.stats_export import Exporter
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.controls import QuietCombo

if TYPE_CHECKING:
    from lightwork_ui.pages.stats_history import HistoryCard
    from lightwork_ui.pages.stats_loss import LossCard
    from lightwork_ui.pages.stats_table import ContributionCard

AGAIN_MS = 4_000  # at most this often, while contributions come in


class Stats(Page):
    """The page. It asks the node only while it is seen. `settings` keep the widths of columns."""

    join = Signal()
    home = Signal()
    history: "HistoryCard"
    loss: "LossCard"
    contributions: "ContributionCard"
    code = (
        "lightwork_ui.widgets.chart_scale",
        "lightwork_ui.measures",
        "lightwork_ui.widgets.chart",
        "lightwork_ui.widgets.bars",
        "lightwork_ui.widgets.curve",
        "lightwork_ui.widgets.panel",
        "lightwork_ui.pages.stats_history",
        "lightwork_ui.pages.stats_loss",
        "lightwork_ui.contributions",
        "lightwork_ui.pages.stats_table",
    )

    def __init__(self, model: Model, theme: Theme, settings: QSettings | None = None) -> None:
        super().__init__(tr("Stats"))
        self._model, self._theme, self._settings = model, theme, settings
        self.projects = QuietCombo(tr("Project"), 16)
        self.export = Exporter(model, theme)
        self._entries: tuple[ProjectEntry, ...] = ()
        self._rounds: tuple[str, tuple[int, ...]] = ("", ())  # of which project, and which
        self._told: dict[str, ProjectStatus | Trouble] = {}  # what hosts of other projects have said
        self._asked_for: tuple[int, int] | None = None
        self.asked_at = 0.0
        self._generation = 0
        self.again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self.again.timeout.connect(self._ask)
        self._arrange()
        self.projects.currentIndexChanged.connect(lambda _at: self._choose_project())
        self.completed.connect(self.refresh)
        model.changed.connect(self._changed)

    @property
    def project(self) -> str | None:
        """The project that is looked at; None for all."""
        return self.projects.currentData() or None

    # --- its parts ----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.projects.addItem(tr("All projects"), "")
        self.heading.addWidget(self.projects)
        self.heading.addWidget(self.export)
        self.column.addWidget(self.export.outcome)
        self.column.addStretch()

    def parts(self) -> Iterator[None]:
        """The three panels."""
        from lightwork_ui.pages.stats_history import HistoryCard  # noqa: PLC0415  `code` has been loaded by now
        from lightwork_ui.pages.stats_loss import LossCard  # noqa: PLC0415
        from lightwork_ui.pages.stats_table import ContributionCard  # noqa: PLC0415

        self.history = HistoryCard(self._theme)
        self._add(self.history)
        yield
        self.history.periodChosen.connect(self._choose_period)
        self._ask_history()
        self.loss = LossCard(self._theme)
        self._add(self.loss)
        yield
        self._show_loss()
        yield
        self.contributions = ContributionCard(self._model, self._theme, self._settings)
        yield
        self._add(self.contributions)
        yield

    def _add(self, part: QWidget) -> None:
        self.column.insertWidget(self.column.count() - 1, part)

    # --- when to ask --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Seen again: ask, since time has passed."""
        if self.seen:
            self._ask()
        else:
            self.rest()

    def rest(self) -> None:
        """Nobody sees it: ask nothing, and let answers pass by."""
        self.again.stop()
        self._generation += 1
        if self.complete:
            self.contributions.rest()

    def _changed(self) -> None:
        status = self._model.status
        if not self.seen or not self.complete or status is None or not self._model.live:
            return
        self._show_loss()
        if (status.credits.receipts, status.credits.pending) != self._asked_for and not self.again.isActive():
            passed = (time.monotonic() - self.asked_at) * 1000
            self.again.start(max(0, round(AGAIN_MS - passed)))

    def _ask(self) -> None:
        status = self._model.status
        self.again.stop()
        if not self.seen or not self.complete:
            return
        live = status is not None and self._model.live
        self._asked_for = (status.credits.receipts, status.credits.pending) if live and status else None
        self.asked_at = time.monotonic()
        self._generation += 1
        self._model.ask(control.AskProjects, self._take_projects, self)
        self._ask_history()
        self._ask_rounds()
        self.contributions.rows.refresh()

    # --- projects and periods -----------------------------------------------------------------------------------------

    def _take_projects(self, reply: control.Reply) -> None:
        if reply.projects is None or reply.projects == self._entries:
            return
        self._entries = reply.projects
        chosen = self.projects.currentData()
        self.projects.blockSignals(True)
        self.projects.clear()
        self.projects.addItem(tr("All projects"), "")
        for entry in reply.projects:
            self.projects.addItem(untrusted(entry.name or entry.id, 60), entry.id)
        at = self.projects.findData(chosen)
        self.projects.setCurrentIndex(max(0, at))
        self.projects.blockSignals(False)
        if at < 0:
            self._choose_project()  # the one that was looked at is gone
        self.contributions.show_projects({entry.id: entry.name for entry in reply.projects})

    def _choose_project(self) -> None:
        self.export.project = self.project
        self._generation += 1
        self._ask_history()
        self._ask_rounds()
        self._show_loss()
        self.contributions.show_project(self.project)

    def _choose_period(self, period: Period) -> None:
        self.export.period = period
        self._ask_history()

    def _ask_history(self) -> None:
        period, generation = self.history.period, self._generation

        def take(reply: control.Reply) -> None:
            if generation != self._generation:
                return
            if reply.history is None:
                self._asked_for = None  # asked again as soon as there is a node
                self.history.show_trouble(reply.trouble or Trouble.INTERNAL)
            else:
                self.history.show_report(reply.history)

        self._model.ask(
            control.AskHistory, take, self, period=period, count=periods.COUNTS[period], project=self.project
        )

    # --- the loss curve -----------------------------------------------------------------------------------------------

    def _loss_project(self) -> str:
        """The project of the curve: the one that is looked at, else the one that this computer works for."""
        status = self._model.status
        return self.project or (status.project.id if status and status.project else "")

    def _ask_rounds(self) -> None:
        project, generation = self._loss_project(), self._generation
        if not project:
            return

        def take(reply: control.Reply) -> None:
            if generation == self._generation and reply.history is not None:
                self._rounds = project, reply.history.rounds
                self._show_loss()

        self._model.ask(control.AskHistory, take, self, period=Period.MONTH, count=1, project=project)
        status = self._model.status
        if status is None or status.project is None or status.project.id != project:
            self._ask_host(project)

    def _ask_host(self, project: str) -> None:
        """What a project that this computer does not work for now says of itself."""
        link = next((entry.link for entry in self._entries if entry.id == project), "")
        if not link:
            return

        def take(reply: control.Reply) -> None:
            said = reply.project if reply.project is not None else reply.trouble or Trouble.INTERNAL
            if isinstance(said, ProjectStatus) or project not in self._told:
                self._told[project] = said
            self._show_loss()

        self._model.ask(control.AskProject, take, self, link=link)

    def _show_loss(self) -> None:
        project, status = self._loss_project(), self._model.status
        if not project:
            self.loss.show_curve("", (), (), tr("Join a project, and how its model gets better is drawn here."))
            return
        rounds = self._rounds[1] if self._rounds[0] == project else ()
        known = next((entry.name for entry in self._entries if entry.id == project), "")
        said: ProjectStatus | Trouble | None = self._told.get(project)
        if status is not None and status.project is not None and status.project.id == project:
            said = status.project
        if isinstance(said, ProjectStatus):
            name = untrusted(said.name or known or project, 80)
            self.loss.show_curve(name, said.held_out, rounds)
        else:
            words = sentence_text(trouble_sentence(said)) if said is not None else tr("Asking the project…")
            self.loss.show_curve(untrusted(known or project, 80), (), rounds, words)
