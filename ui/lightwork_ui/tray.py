"""The icon in the system's tray: the state in its shape, and the few things that are done without the window."""

import dataclasses
import sys

from PySide6.QtCore import QDateTime, QLocale, QObject, QTimer, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from lightwork.domain.sentences import RESUMES_IN, describe
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import NodeStatus
from lightwork_ui import icons, text
from lightwork_ui.model import Action, Face, Model
from lightwork_ui.pauses import timed_pauses
from lightwork_ui.text import sentence_text, tr

INK = "#7c86f0"  # at least 3 : 1 against black and against white panels; their colour cannot be asked for
TEMPLATE_INK = "#000000"  # macOS takes the shape only, and colours it to its menu bar
LONGEST_LINE = 72  # characters; a menu as wide as the screen would be no menu
_SIZES = (16, 20, 22, 24, 32, 44, 48, 64)
# At login the panel may well start after this program. Seconds between one look and the next, a minute in all.
LOOKS = (1, 2, 3, 4, 5, 10, 15, 20)


def steady_sentence(status: NodeStatus, now: float) -> str:
    """The one sentence without what counts down, so that it stays true until the state changes.

    Nobody can tell when a tooltip is looked at, and telling the panel of every second would cost more than it is worth.
    """
    if status.phase is Phase.PAUSED and status.pauses:
        first = status.pauses[0]
        if first.reason is PauseReason.PERSON and first.until is not None:
            return tr("Paused by you until {time}.").format(time=_time_text(first.until, now))
        if describe(status, now).template == RESUMES_IN:
            return tr("Paused: all is quiet again. Training resumes in a moment.")
    if status.stage is Stage.HOST_AWAY and status.phase is Phase.WAITING:
        return tr("Waiting: the project does not answer. It is tried again by itself; what was trained is kept.")
    if status.project is not None:
        status = dataclasses.replace(status, project=dataclasses.replace(status.project, round_seconds_left=None))
    return sentence_text(describe(status, now))


def _time_text(when: float, now: float) -> str:
    moments = [QDateTime.fromSecsSinceEpoch(int(max(0.0, min(2.0**40, time)))) for time in (when, now)]
    form = QLocale.FormatType.ShortFormat
    if moments[0].date() == moments[1].date():
        return QLocale().toString(moments[0].time(), form)
    return QLocale().toString(moments[0], form)


def opens_window(system: str, reason: QSystemTrayIcon.ActivationReason) -> bool:
    """Whether a click on the icon opens the window. On macOS the system itself opens the menu then."""
    clicks = (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick)
    return system != "darwin" and reason in clicks


def menu_line(words: str) -> str:
    """Text for an entry that only informs: short, and no letter of it taken for a shortcut."""
    shown = words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 1].rstrip() + "…"
    return shown.replace("&", "&&")


class Tray(QObject):
    """A tray icon. Nothing is sent to the panel while nothing changes."""

    openAsked = Signal()  # noqa: N815  Qt's way of naming
    quitAsked = Signal()  # noqa: N815

    def __init__(self, model: Model, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._face: Face | None = None
        self._phase: Phase | None = None
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self.doing, self.earned = self.menu.addAction(""), self.menu.addAction("")
        for line in (self.doing, self.earned):
            line.setEnabled(False)
        self.menu.addSeparator()
        self.open = self.menu.addAction(tr("&Open Lightwork"))
        self.open.triggered.connect(self.openAsked)
        self.action = self.menu.addAction("")
        self.action.triggered.connect(self._act)
        self.pauses = []
        for pause in timed_pauses(model):
            self.pauses.append(self.menu.addAction(pause.whole))
            self.pauses[-1].triggered.connect(lambda _checked=False, begin=pause.begin: begin())
        self.menu.addSeparator()
        self.leave = self.menu.addAction(tr("&Quit and stop training"))
        self.leave.triggered.connect(self.quitAsked)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        model.changed.connect(self.refresh)
        self.refresh()
        self.icon.show()

    @staticmethod
    def available() -> bool:
        """Whether the desktop shows tray icons now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def refresh(self) -> None:
        """Follow the state, where it differs from what is shown."""
        face = self._model.face()
        self._face = face
        if face.phase is not self._phase:
            self._phase = face.phase
            self.icon.setIcon(state_icon(face.phase, sys.platform))
        status = self._model.status if face.connected else None
        # Only now is the clock looked at: without a countdown it says no more than the snapshot does.
        words = face.sentence if status is None else steady_sentence(status, status.at)
        tip = f"Lightwork\n{words}"
        if self.icon.toolTip() != tip:
            self.icon.setToolTip(tip)
        _change(self.doing, menu_line(words), enabled=False)
        _change(self.earned, menu_line(_earned_text(self._model.status)), enabled=False)
        if self.earned.isVisible() is (self._model.status is None):
            self.earned.setVisible(self._model.status is not None)
        label = tr(face.action.value)
        _change(self.action, label, enabled=face.action not in (Action.STARTING, Action.HELD))
        for action in self.pauses:
            if action.isVisible() is not (face.connected and face.can_pause):
                action.setVisible(face.connected and face.can_pause)

    def _act(self) -> None:
        if self._face is not None:
            self._model.act(self._face.action)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if opens_window(sys.platform, reason):
            self.openAsked.emit()


class TrayWatch(QObject):
    """Looks whether a tray comes during the first minute, if there is none at the start; then gives up.

    A tray that vanishes and comes back later is seen to by Qt: the icon stands in the new one again.
    """

    appeared = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(LOOKS)
        self.timer = QTimer(self, singleShot=True)
        self.timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to look."""
        if self._left:
            self.timer.start(1000 * self._left.pop(0))

    def _look(self) -> None:
        if Tray.available():
            self._left.clear()
            self.appeared.emit()
        else:
            self.start()


def state_icon(phase: Phase, system: str) -> QIcon:
    """The icon of a phase; on macOS a template, which the system draws in the colour of its menu bar."""
    template = system == "darwin"
    made = icons.icon(f"state-{phase}", TEMPLATE_INK if template else INK, _SIZES)
    made.setIsMask(template)
    return made


def _earned_text(status: NodeStatus | None) -> str:
    if status is None:
        return ""
    return tr("Credits today: {amount}").format(amount=text.credits_text(status.credits.verified_today))


def _change(action: QAction, label: str, *, enabled: bool) -> None:
    if action.text() != label:
        action.setText(label)
    if action.isEnabled() != enabled:
        action.setEnabled(enabled)
