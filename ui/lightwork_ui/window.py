"""The main window: the rail, the pages, and what happens when it is closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QWidget

from lightwork_ui import icons
from lightwork_ui.join import JoinDialog
from lightwork_ui.links import LinkTarget
from lightwork_ui.model import Model
from lightwork_ui.pages.home import Home
from lightwork_ui.pages.page import Page
from lightwork_ui.text import tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.rail import Place, Rail

if TYPE_CHECKING:
    from lightwork_ui.onboarding.welcome import Welcome

DEFAULT_SIZE = QSize(1120, 720)
ROOM_FOR_WORDS = 760  # below this width the rail shows icons only
_GEOMETRY, _TOLD, _WELCOMED = "window/geometry", "window/told_that_closing_is_safe", "window/welcomed"


def page_places() -> tuple[Place, ...]:
    """The pages in the order of the rail."""
    return (
        Place("home", "home", tr("Home")),
        Place("projects", "projects", tr("Projects")),
        Place("stats", "stats", tr("Stats")),
        Place("settings", "settings", tr("Settings")),
    )


class Window(LinkTarget, QWidget):
    """Pages are made when they are first looked at. Until one is complete, the one before stays on the screen.

    Closing hides it where there is a tray; else it ends this process, and training goes on all the same.
    """

    quitAsked = Signal()  # noqa: N815  Qt's way of naming; ends the node too
    closed = Signal()

    def __init__(self, model: Model, theme: Theme, settings: QSettings) -> None:
        super().__init__()
        self._model, self._theme, self._settings = model, theme, settings
        self._join: JoinDialog | None = None
        self.setWindowTitle("Lightwork")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(480, 360)
        self.setAcceptDrops(True)
        self.home = Home(model, theme)
        self._pages: dict[str, Page] = {"home": self.home}
        self._first_run: Welcome | None = None
        self._makers: dict[str, Callable[[], Page]] = {
            "projects": self._make_projects,
            "stats": self._make_stats,
            "settings": self._make_settings,
        }
        self.stack = QStackedWidget()
        self.stack.addWidget(self.home)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._reveal)
        self.rail = Rail(theme, page_places(), self._menu())
        self.rail.chosen.connect(self.go)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        QShortcut(QKeySequence("Ctrl+J"), self).activated.connect(self.ask_link)
        self.home.join.connect(self.ask_link)
        self.home.wanted.connect(self.go)
        self.home.completed.connect(self._begin)
        self.rail.show_place("home")
        self._restore()

    def _begin(self) -> None:
        """Home is there: lead who is new, else the keyboard begins at the large button."""
        self.home.remark.dismissed.connect(lambda: self._settings.setValue(_TOLD, True))
        if not self._settings.value(_WELCOMED, False, bool):
            self._welcome()
        else:
            self.home.hero.button.setFocus()

    def _wait_for_home(self, act: Callable[[], None]) -> bool:
        """Whether Home is not there yet; then `act` is called as soon as it is, in a turn of its own."""
        if not self.home.complete:
            self.home.completed.connect(lambda: QTimer.singleShot(0, self, act))
            self.home.making.go_on()
        return not self.home.complete

    # --- pages --------------------------------------------------------------------------------------------------------

    def go(self, name: str, part: str = "") -> None:
        """Show a page, and a part of it. Not while the first run is shown: it has no rail to come back by."""
        if self._wait_for_home(lambda: self.go(name, part)) or self._first_run is not None:
            return
        if name not in self._pages:
            self._pages[name] = self._makers[name]()
            self._pages[name].completed.connect(self._soon.start)
            self.stack.addWidget(self._pages[name])
        page = self._pages[name]
        self.rail.show_place(name)
        self.stack.setUpdatesEnabled(False)
        self.stack.setCurrentWidget(page)
        self._soon.start()
        if part and isinstance(page, Page):
            page.go(part)

    def _reveal(self) -> None:
        """Paint what is shown, once it is complete and has its layout. (Sooner, Qt would paint all of it twice.)"""
        page = self.stack.currentWidget()
        self.stack.setUpdatesEnabled(not isinstance(page, Page) or page.complete)

    @property
    def place(self) -> str:
        """The name of the page that is shown; "welcome" while the first run is."""
        return next((name for name, page in self._pages.items() if page is self.stack.currentWidget()), "welcome")

    def _make_projects(self) -> Page:
        from lightwork_ui.pages.projects import Projects  # noqa: PLC0415  most starts never look at it

        page = Projects(self._model, self._theme)
        page.join.connect(self.ask_link)
        page.home.connect(lambda: self.go("home"))
        return page

    def _make_stats(self) -> Page:
        from lightwork_ui.pages.stats import Stats  # noqa: PLC0415

        return Stats(self._model, self._theme, self._settings)

    def _make_settings(self) -> Page:
        from lightwork_ui.pages.settings import Settings  # noqa: PLC0415

        page = Settings(self._model, self._theme)
        page.projects.connect(lambda: self.go("projects"))
        return page

    def _welcome(self) -> None:
        """The first run, in place of everything else."""
        from lightwork_ui.onboarding.welcome import Welcome  # noqa: PLC0415

        self._first_run = welcome = Welcome(self._model, self._theme)
        self.stack.addWidget(welcome)
        self.stack.setCurrentWidget(welcome)
        self.rail.hide()
        welcome.finished.connect(self._end_welcome)

    def _end_welcome(self) -> None:
        welcome, self._first_run = self._first_run, None
        if welcome is None:
            return
        self._settings.setValue(_WELCOMED, True)
        self.rail.show()
        self.go("home")
        self.stack.removeWidget(welcome)
        welcome.deleteLater()
        self.home.hero.button.setFocus()

    # --- what is done from everywhere ---------------------------------------------------------------------------------

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        join = menu.addAction(tr("&Join a project…"))
        join.triggered.connect(lambda _checked: self.ask_link())
        menu.addSeparator()
        close = menu.addAction(tr("Close &window"))
        close.setShortcut(QKeySequence("Ctrl+W"))
        close.triggered.connect(self.close)
        leave = menu.addAction(tr("&Quit and stop training"))
        leave.setShortcut(QKeySequence("Ctrl+Q"))
        leave.triggered.connect(self.quitAsked)
        self.addActions([close, leave])  # so that the shortcuts work while the menu is shut
        return menu

    def ask_link(self, link: str = "") -> None:
        """Ask for a project's link, or go on with the one that was clicked, dropped or pasted."""
        if self._wait_for_home(lambda: self.ask_link(link)):
            return
        if self._first_run is not None:
            self._first_run.take_link(link)  # which asks for one anyway
            return
        if self._join is None:
            self._join = JoinDialog(self._model, self._theme, self)
            self._join.destroyed.connect(self._forget_join)
            self._join.joined.connect(lambda: self.go("projects"))
            self._join.contributing.connect(lambda: self.go("home"))
        if link:
            self._join.take_link(link)
        self._join.open()

    def take_link(self, link: str) -> None:
        """Look at the project whose link was dropped."""
        self.ask_link(link)

    def say_that_closing_is_safe(self) -> None:
        """Without a tray a person may fear that closing stops the work. Said until it is put away, and never again."""
        if not self._settings.value(_TOLD, False, bool):
            self.home.remark.say(tr("Closing this window does not stop training."))

    def bring_forward(self) -> None:
        """Show the window before all others, as soon as Home is made."""
        if self._wait_for_home(self.bring_forward):
            return
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # --- events -------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Minimised, nothing is drawn; brought back, it catches up."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            page = self.stack.currentWidget()
            if isinstance(page, Page):
                page.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The rail gives way first."""
        super().resizeEvent(event)
        self.rail.set_narrow(event.size().width() < ROOM_FOR_WORDS)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Remember where the window stood."""
        if self._first_run is not None:
            self._first_run.run.cancel()  # nobody looks at it any more
        self._settings.setValue(_GEOMETRY, self.saveGeometry())
        self._settings.sync()
        super().closeEvent(event)
        self.closed.emit()

    def _forget_join(self) -> None:
        self._join = None

    def _restore(self) -> None:
        kept = self._settings.value(_GEOMETRY)
        # Qt brings a window back that would stand on a screen which is gone.
        if not isinstance(kept, QByteArray) or not self.restoreGeometry(kept):
            available = self.screen().availableSize() * 0.95
            self.resize(DEFAULT_SIZE.boundedTo(available))
