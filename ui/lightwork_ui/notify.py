"""Shows what `news` finds worth telling, from the tray's icon, and remembers over restarts what was told."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from lightwork.domain.status import NodeStatus
from lightwork_ui import icons, news
from lightwork_ui.model import Model
from lightwork_ui.text import tr
from lightwork_ui.tray import Tray

LOOK_AGAIN_MS = 30_000
SHOWN_MS = 10_000  # a wish; systems have their own times
_KEPT, _EXPLAINED = "notify/told", "notify/explained_tray"


class Notifier(QObject):
    """Follows the model. Where no tray shows messages, a minimised window asks for attention instead."""

    openAsked = Signal(str)  # noqa: N815  Qt's way of naming; the page that a clicked notification is about

    def __init__(
        self,
        model: Model,
        tray: Tray | None,
        settings: QSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(model)
        self._model, self._settings, self._clock = model, settings, clock
        self._tray: Tray | None = None
        self._page = "home"
        self._before: NodeStatus | None = None
        self._memory = news.Memory.read(settings.value(_KEPT))
        self._kept = self._memory.kept() if self._memory.begun else ""
        self.again = QTimer(self, singleShot=True, interval=LOOK_AGAIN_MS)
        self.again.timeout.connect(self.look)
        model.changed.connect(self.look)
        if tray is not None:
            self.use(tray)

    def use(self, tray: Tray) -> None:
        """Show notifications from this tray from now on, such as one that came late."""
        self._tray = tray
        tray.icon.messageClicked.connect(lambda: self.openAsked.emit(self._page))

    def look(self) -> None:
        """Decide about the newest snapshot, and tell what is to be told. Without a node nothing is news."""
        status = self._model.status
        if status is None or not self._model.live:
            self.again.stop()
            return
        found, memory = news.decide(self._before, status, self._memory, self._clock(), seen=window_seen())
        self._before, self._memory = status, memory
        self._keep()
        if found is not None:
            self._show(found)
        if news.waits(memory) and status.preferences.notifications:
            self.again.start()
        else:
            self.again.stop()

    def explain_tray(self) -> bool:
        """Say, the first time that the window is closed to the tray, what that means. Returns whether it was said."""
        status = self._model.status
        silent = status is not None and not status.preferences.notifications
        if silent or self._settings.value(_EXPLAINED, False, bool) or not self._can_show():
            return False
        self._settings.setValue(_EXPLAINED, True)
        title = tr("Lightwork stays in the tray")
        body = tr("Closing the window does not stop training. The icon opens it again, and its menu pauses or quits.")
        self._show(news.Notification(title=title, body=body, page="home"))
        return True

    def _can_show(self) -> bool:
        return self._tray is not None and QSystemTrayIcon.supportsMessages()

    def _show(self, found: news.Notification) -> None:
        if self._tray is not None and self._can_show():
            self._page = found.page
            self._tray.icon.showMessage(found.title, found.body, icons.app_icon(), SHOWN_MS)
        elif found.urgent:
            for window in _windows():
                QApplication.alert(window)

    def _keep(self) -> None:
        kept = self._memory.kept()
        if kept != self._kept:
            self._kept = kept
            self._settings.setValue(_KEPT, kept)
            self._settings.sync()  # a process that is killed must not tell it again


def window_seen() -> bool:
    """Whether a window is where a person could see it."""
    return any(window.isVisible() and not window.isMinimized() for window in _windows())


def _windows() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.windowType() == Qt.WindowType.Window]
