"""The window's program: one instance per home folder, a link to the node, a window, and a tray where there is one."""

import os
import signal
import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFileOpenEvent
from PySide6.QtWidgets import QApplication, QDialog

from lightwork.settings.places import HOME_VARIABLE, Places, places
from lightwork_ui import icons, launch, translation
from lightwork_ui.arguments import is_link, parse_arguments
from lightwork_ui.instance import Instance, raise_other
from lightwork_ui.link import Link
from lightwork_ui.memory import give_back_memory, keep_what_is_loaded
from lightwork_ui.model import Model
from lightwork_ui.notify import Notifier
from lightwork_ui.theme import Theme
from lightwork_ui.tray import Tray, TrayWatch
from lightwork_ui.window import Window

NODE_ENDS_WITHIN_MS = 5_000
NODE_STARTS_WITHIN_MS = 20_000
PANEL_COMES_WITHIN_MS = 70_000


class Program(QObject):
    """Everything that the window's process holds. `launch_node` starts a node and tells whether the system could.

    The window is made when it is first shown, and let go when it is closed to the tray: there it would only be memory.
    """

    ended = Signal()  # the process has nothing more to do

    def __init__(self, app: QApplication, at: Places, launch_node: Callable[[], bool], *, tray: bool) -> None:
        super().__init__(app)
        self._at = at
        self.ended.connect(app.quit)
        self.theme = Theme(app)
        self.link = Link(at.door, launch_node, self)
        self.model = Model(self.link, parent=self)
        self._settings = QSettings(str(at.home / "window.ini"), QSettings.Format.IniFormat, self)
        self._window: Window | None = None
        self._quitting = False
        self.tray: Tray | None = None
        self.notifier = Notifier(self.model, None, self._settings)
        self.notifier.openAsked.connect(self.show_page)
        app.setQuitOnLastWindowClosed(False)
        if sys.platform == "darwin":  # nowhere else do links come that way, and a filter sees every event
            app.installEventFilter(self)
        if tray:
            self._use_tray()
        else:
            self._watch = TrayWatch(self)
            self._watch.appeared.connect(self._use_tray)
            self._watch.start()

    @property
    def window(self) -> Window:
        """The window with Home, made if there is none."""
        window = self._begun_window()
        window.home.making.finish()
        return window

    def _begun_window(self) -> Window:
        """The window, though Home may not be there yet. What is asked of it is done as soon as that is complete."""
        if self._window is None:
            self._window = window = Window(self.model, self.theme, self._settings)
            window.quitAsked.connect(self.quit)
            window.closed.connect(self._closed)
            window.home.folder.connect(self._show_folder)
            if not self._stays_in_tray:
                window.home.completed.connect(window.say_that_closing_is_safe)
        return self._window

    @property
    def shown(self) -> bool:
        """Whether there is a window that anybody can see."""
        return self._window is not None and self._window.isVisible()

    def _use_tray(self) -> None:
        self.tray = Tray(self.model, self)
        self.tray.openAsked.connect(self.open)
        self.tray.quitAsked.connect(self.quit)
        self.notifier.use(self.tray)

    @property
    def _stays_in_tray(self) -> bool:
        status = self.model.status
        wanted = status is None or status.preferences.close_to_tray
        return self.tray is not None and wanted and Tray.available()  # a panel may have ended meanwhile

    def start(self, *, hidden: bool = False, link: str = "") -> None:
        """Look for the node, and show the window unless it shall wait in the tray."""
        self.link.open()
        if link:
            self.open_link(link)
        elif not hidden:
            self.window.show()
        elif self.tray is None:
            # Started with the computer, it may be there before the panel: so it waits for that a while.
            QTimer.singleShot(PANEL_COMES_WITHIN_MS, self, self._show_without_tray)

    def _show_without_tray(self) -> None:
        if self.tray is None:
            self.window.show()

    def open(self) -> None:
        """Show the window before all others, unless all is about to end."""
        if not self._quitting:
            self._begun_window().bring_forward()

    def open_link(self, link: str) -> None:
        """Show what joining the project of a link means."""
        self.open()
        if not self._quitting:
            self._begun_window().ask_link(link)

    def show_page(self, name: str) -> None:
        """Show the window at a page."""
        self.open()
        if not self._quitting:
            self._begun_window().go(name)

    def quit(self) -> None:
        """End node and window. The window does not wait longer for the node than a person would."""
        self._quitting = True
        if self._window is not None:
            for dialog in self._window.findChildren(QDialog):
                dialog.close()  # which takes back what it has not finished
            self._window.hide()
        if self.tray is not None:
            self.tray.icon.hide()
        patience = NODE_STARTS_WITHIN_MS if self.link.starting else NODE_ENDS_WITHIN_MS
        self.link.nodeEnded.connect(self.ended)
        QTimer.singleShot(patience, self, self.ended.emit)
        self.link.quit_node()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """On macOS the system hands a clicked link over as an event of the application."""
        if isinstance(event, QFileOpenEvent):
            link = event.url().toString()
            if is_link(link):
                self.open_link(link)
                return True
        return super().eventFilter(watched, event)

    def _closed(self) -> None:
        if not self._stays_in_tray:
            self.ended.emit()
            return
        self.notifier.explain_tray()
        QTimer.singleShot(0, self, self._let_window_go)

    def _let_window_go(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self._window.deleteLater()
            self._window = None
            QTimer.singleShot(1000, self, give_back_memory)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._at.home)))


def main(argv: list[str] | None = None) -> int:
    """Open the window, or raise the one that is open; returns the process's exit code.

    `argv` are arguments without the program's name: see `arguments.py`.
    """
    arguments = parse_arguments(sys.argv[1:] if argv is None else argv)
    if arguments.home:
        os.environ[HOME_VARIABLE] = arguments.home  # for the node too
    if not has_display(sys.platform, os.environ):
        sys.stderr.write("There is no display here. Use: lightwork contribute\n")
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler would wait for Qt's loop to end
    app = QApplication(["lightwork", *arguments.qt])
    app.setApplicationName("Lightwork")
    app.setDesktopFileName("lightwork")
    at = places()
    if raise_other(at.home, arguments.link):
        return 0
    translators = translation.install(app, translation.chosen_language(), translation.chosen_locale())
    app.setWindowIcon(icons.app_icon())
    instance = Instance(at.home)
    program = Program(app, at, lambda: launch.start_detached(launch.node_command(), at.home), tray=Tray.available())
    instance.raiseAsked.connect(program.open)
    instance.linkGiven.connect(program.open_link)
    keep_what_is_loaded()
    program.start(hidden=arguments.tray, link=arguments.link)
    code = app.exec()
    program.link.close()
    instance.close()
    del translators  # kept until here: Qt does not own them
    return code


def has_display(system: str, environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown. Qt would end the whole process where it cannot."""
    if system in ("win32", "darwin"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
