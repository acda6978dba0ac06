"""The icon in the system's tray. Its shape shows the state."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from lightwork.domain.states import Phase
from lightwork_ui import icons
from lightwork_ui.model import Action, Face, Model
from lightwork_ui.text import tr

INK = "#7c86f0"  # at least 3 : 1 against black and against white panels; their colour cannot be asked for
_SIZES = (16, 20, 22, 24, 32, 44, 48, 64)


class Tray(QObject):
    """A tray icon with the few things that are done without the window."""

    openAsked = Signal()  # noqa: N815  Qt's way of naming
    quitAsked = Signal()  # noqa: N815

    def __init__(self, model: Model, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._face: Face | None = None
        self._phase: Phase | None = None
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu(parent)
        self.menu.addAction(tr("&Open Lightwork")).triggered.connect(self.openAsked)
        self.menu.addSeparator()
        self.action = self.menu.addAction("")
        self.action.triggered.connect(self._act)
        self.pause = self.menu.addAction(tr("Pause for &1 hour"))
        self.pause.triggered.connect(lambda: model.pause_for(1))
        self.menu.addSeparator()
        self.menu.addAction(tr("&Quit and stop training")).triggered.connect(self.quitAsked)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        model.changed.connect(self.refresh)
        self.refresh()
        self.icon.show()

    def refresh(self) -> None:
        """Follow the state; sentences that only count down are left until they are looked at."""
        face = self._model.face()
        self._face = face
        if face.phase is not self._phase:
            self._phase = face.phase
            self.icon.setIcon(icons.icon(f"state-{face.phase}", INK, _SIZES))
        label = tr(face.action.value)
        _change(self.action, label, enabled=face.action not in (Action.STARTING, Action.HELD))
        self.pause.setVisible(face.connected and face.can_pause)
        tip = f"Lightwork\n{face.sentence}"
        if self.icon.toolTip() != tip:
            self.icon.setToolTip(tip)

    def _act(self) -> None:
        if self._face is not None:
            self._model.act(self._face.action)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.openAsked.emit()


def _change(action: QAction, label: str, *, enabled: bool) -> None:
    if action.text() != label:
        action.setText(label)
    if action.isEnabled() != enabled:
        action.setEnabled(enabled)
