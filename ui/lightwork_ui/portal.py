"""Questions to the settings portal of a Linux desktop, answered without anybody waiting for them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject

NAME, PATH, INTERFACE = (
    "org.freedesktop.portal.Desktop",
    "/org/freedesktop/portal/desktop",
    "org.freedesktop.portal.Settings",
)
PATIENCE_MS = 2_000


class Portal(QObject):
    """What a desktop says, as far as it has. Keys are (namespace, key); values say yes, no, or None for nothing.

    `questions` make a yes or no of each value. A portal that is not there answers nothing, and is not started.
    """

    def __init__(self, questions: Mapping[tuple[str, str], Callable[[Any], bool]], bus: Any = None) -> None:
        super().__init__()
        self._questions = questions
        self._bus = bus  # a QDBusConnection; None is the session's
        self.answers: dict[tuple[str, str], bool | None] = {}
        self._open: dict[tuple[str, str], QObject] = {}

    @property
    def answered(self) -> bool:
        """Whether every question has been answered at least once, or is known not to be."""
        return len(self.answers) == len(self._questions)

    def ask(self) -> None:
        """Ask what is not being asked already."""
        # Only here: most windows never ask, and elsewhere there is no D-Bus.
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher  # noqa: PLC0415

        bus = self._bus or QDBusConnection.sessionBus()
        for question in self._questions:
            if question in self._open:
                continue
            if not bus.isConnected():
                self.answers[question] = None
                continue
            # `Read` is older than `ReadOne`, and every portal still has it.
            message = QDBusMessage.createMethodCall(NAME, PATH, INTERFACE, "Read")
            message.setArguments(list(question))
            message.setAutoStartService(False)
            watcher = QDBusPendingCallWatcher(bus.asyncCall(message, PATIENCE_MS), self)
            self._open[question] = watcher
            watcher.finished.connect(lambda done, question=question: self._take(question, done))

    def _take(self, question: tuple[str, str], done: Any) -> None:
        self.answers[question] = None
        with suppress(TypeError, ValueError):  # of a kind that nobody expects
            values = done.reply().arguments() if not done.isError() else ()
            if values:
                self.answers[question] = self._questions[question](_plain(values[0]))
        self._open.pop(question).deleteLater()


def _plain(value: Any) -> Any:
    """What is in a variant; `Read` gives one in another."""
    while hasattr(value, "variant"):
        value = value.variant()
    return value
