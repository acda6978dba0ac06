"""What the settings are, what a person has asked for, and what the node made of it. Nothing is drawn here."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui.model import Model
from lightwork_ui.text import sentence_text

Value = bool | int | float | str


class Changes(QObject):
    """Values as the node has them. Of several changes of one setting only the answer to the last one is shown."""

    holds = Signal(str, object)  # key, value: what the node says, or what was just asked for
    refused = Signal(str, object, str)  # key, the value that holds all the same, why
    restoredChanged = Signal()  # noqa: N815  Qt's way of naming; whether there is something to take back

    def __init__(self, model: Model, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.values: dict[str, Value] = {}
        self.defaults: dict[str, Value] = {}
        self._waiting: dict[str, int] = {}  # key -> the id of the last change that was asked for
        self._restored: dict[str, Value] = {}  # what was there before all defaults were restored

    @property
    def restored(self) -> bool:
        """Whether restoring all defaults can be taken back."""
        return bool(self._restored)

    def read(self) -> None:
        """Ask the node how all settings are: somebody may have changed one elsewhere."""
        self._model.ask(control.AskSettings, self._take, self)

    def change(self, key: str, value: Value | None) -> None:
        """Ask for a value; None is the default."""
        if self._restored.pop(key, None) is not None and not self._restored:
            self.restoredChanged.emit()
        self._ask(key, value)

    def restore(self, keys: Iterable[str]) -> None:
        """Ask for the default of each of these, and keep what was there."""
        before = {key: self.values[key] for key in keys if key in self.values and self._differs(key)}
        for key in before:
            self._ask(key, None)
        if before:
            self._restored = before
            self.restoredChanged.emit()

    def take_back(self) -> None:
        """Ask for all that was there before the defaults."""
        before, self._restored = self._restored, {}
        for key, value in before.items():
            self._ask(key, value)
        self.restoredChanged.emit()

    def forget_restored(self) -> None:
        """It cannot be taken back any more."""
        if self._restored:
            self._restored = {}
            self.restoredChanged.emit()

    def _differs(self, key: str) -> bool:
        return key in self.defaults and self.values[key] != self.defaults[key]

    def _ask(self, key: str, value: Value | None) -> None:
        wanted = self.defaults.get(key) if value is None else value
        if wanted is not None:
            self.holds.emit(key, wanted)
        self._waiting[key] = self._model.ask(
            control.Change, lambda reply: self._answered(key, wanted, reply), self, key=key, value=value
        )

    def _answered(self, key: str, wanted: Value | None, reply: control.Reply) -> None:
        last = self._waiting.get(key) == reply.id
        if last:
            del self._waiting[key]
        if reply.trouble is None:
            if wanted is not None:
                self.values[key] = wanted
        elif last:
            if self._restored.pop(key, None) is not None and not self._restored:
                self.restoredChanged.emit()
            self.refused.emit(key, self.values.get(key, wanted), refusal_text(reply))

    def _take(self, reply: control.Reply) -> None:
        for entry in reply.settings or ():
            self.defaults[entry.key] = entry.default
            if entry.key not in self._waiting:
                self.values[entry.key] = entry.value
                self.holds.emit(entry.key, entry.value)


def refusal_text(reply: control.Reply) -> str:
    """Why something was not done, in one paragraph."""
    if reply.trouble is None:
        return ""
    words, detail = sentence_text(trouble_sentence(reply.trouble)), untrusted(reply.detail)
    return f"{words} ({detail})" if detail else words
