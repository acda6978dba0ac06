"""The window's program: one instance per home folder, a link to the node, a window, and a tray where there is one."""

import os
import signal
import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from lightwork.settings.places import Places, places
from lightwork_ui import icons, launch, translation
from lightwork_ui.instance import Instance, raise_other
from lightwork_ui.link import Link
from lightwork_ui.model import Model
from lightwork_ui.theme import Theme
from lightwork_ui.tray import Tray
from lightwork_ui.window import Window

NODE_ENDS_WITHIN_MS = 5_000


class Program(QObject):
    """Everything that the window's process holds. `launch_node` starts a node and tells whether the system could."""

    def __init__(self, app: QApplication, at: Places, launch_node: Callable[[], bool], *, tray: bool) -> None:
        super().__init__(app)
        self._app = app
        self.theme = Theme(app)
        self.link = Link(at.door, launch_node, self)
        self.model = Model(self.link, parent=self)
        settings = QSettings(str(at.home / "window.ini"), QSettings.Format.IniFormat, self)
        self.window = Window(self.model, self.theme, settings)
        self.tray = Tray(self.model, self.window) if tray else None
        app.setQuitOnLastWindowClosed(False)
        self.window.quitAsked.connect(self.quit)
        if self.tray is None:
            self.window.say_that_closing_is_safe()
            self.window.closed.connect(app.quit)
        else:
            self.tray.openAsked.connect(self.window.bring_forward)
            self.tray.quitAsked.connect(self.quit)

    def start(self) -> None:
        """Show the window, then look for the node."""
        self.window.show()
        self.link.open()

    def quit(self) -> None:
        """End node and window. The window does not wait longer for the node than a person would."""
        self.window.hide()
        self.link.nodeEnded.connect(self._app.quit)
        QTimer.singleShot(NODE_ENDS_WITHIN_MS, self._app.quit)
        self.link.quit_node()


def main(argv: list[str] | None = None) -> int:
    """Open the window, or raise the one that is open; returns the process's exit code.

    `argv` are arguments for Qt, without the program's name.
    """
    if not has_display(sys.platform, os.environ):
        sys.stderr.write("There is no display here. Use: lightwork contribute\n")
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler would wait for Qt's loop to end
    app = QApplication(["lightwork", *(sys.argv[1:] if argv is None else argv)])
    app.setApplicationName("Lightwork")
    app.setDesktopFileName("lightwork")
    at = places()
    if raise_other(at.home):
        return 0
    translators = translation.install(app, translation.chosen_language(), translation.chosen_locale())
    app.setWindowIcon(icons.app_icon())
    instance = Instance(at.home)
    tray = QSystemTrayIcon.isSystemTrayAvailable()
    program = Program(app, at, lambda: launch.start_detached(launch.node_command(), at.home), tray=tray)
    instance.raiseAsked.connect(program.window.bring_forward)
    program.start()
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
