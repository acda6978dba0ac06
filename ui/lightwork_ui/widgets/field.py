"""The control of a setting, made from its declaration: what is shown, and what a person makes of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from lightwork.domain.status import DeviceStatus
from lightwork.settings.declared import Kind, Setting
from lightwork_ui.text import number, percent, setting_text, tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.controls import QuietCombo
from lightwork_ui.widgets.number_box import NumberBox
from lightwork_ui.widgets.switch import Switch

REST_MS = 300  # after the last step of a number
LONGEST_TEXT = 1000
NUMBER_WIDTH = 136  # so that boxes of most units stand in line
Value = bool | int | float | str


class Field(QObject):
    """One setting's control. `widget` stands in the row, `focus` is what the keyboard comes to.

    Emits `changed` with a value that a person has finished, and `complained` with what is wrong with it (empty: nothing
    any more). `show_value` emits nothing.
    """

    changed = Signal(object)
    complained = Signal(str)

    def __init__(self, setting: Setting[Any], widget: QWidget, focus: QWidget | None = None, *, wide: bool = False):
        super().__init__(widget)
        self.setting, self.widget, self.focus, self.wide = setting, widget, focus or widget, wide

    def show_value(self, value: Any) -> None:
        """Show what holds."""
        raise NotImplementedError

    @property
    def unsent(self) -> bool:
        """Whether a person is in the middle of a change."""
        return False

    def show_devices(self, devices: Sequence[DeviceStatus]) -> None:
        """Know which devices there are; most controls do not care."""

    def flush(self) -> None:
        """Send what is still waiting."""

    def reveal(self) -> None:
        """Bring the keyboard here."""
        self.focus.setFocus(Qt.FocusReason.ShortcutFocusReason)


class SwitchField(Field):
    """On or off."""

    def __init__(self, setting: Setting[bool], theme: Theme) -> None:
        self.switch = Switch(theme, setting_text(setting.label))
        super().__init__(setting, self.switch)
        self.switch.clicked.connect(self._send)

    def show_value(self, value: bool) -> None:
        """Show what holds."""
        self.switch.setChecked(value)

    def _send(self) -> None:
        self.changed.emit(self.switch.isChecked())


class NumberField(Field):
    """A number with its unit, or a share in percent. Steps are sent after a short rest."""

    def __init__(self, setting: Setting[int] | Setting[float], _theme: Theme) -> None:
        self._factor = 100.0 if setting.kind is Kind.SHARE else 1.0
        low, high = (1.0 * bound if bound is not None else None for bound in (setting.minimum, setting.maximum))
        self.box = NumberBox(
            self._factor * (-1e9 if low is None else low),
            self._factor * (1e9 if high is None else high),
            self._factor * setting.step,
            whole=setting.type is int,
        )
        self.box.setAccessibleName(setting_text(setting.label))
        self.box.setMinimumWidth(NUMBER_WIDTH)
        unit = "%" if setting.kind is Kind.SHARE else setting_text(setting.unit)
        if unit:
            self.box.setSuffix(f"\u00a0{unit}")
        if setting.zero and setting.minimum == 0:
            self.box.setSpecialValueText(setting_text(setting.zero))
        super().__init__(setting, self.box)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._send)
        self.box.valueChanged.connect(lambda _value: self._rest.start())
        self.box.editingFinished.connect(self._finish)

    @property
    def unsent(self) -> bool:
        """Whether a change rests, or is being typed."""
        return self._rest.isActive() or (self.box.hasFocus() and self.box.lineEdit().isModified())

    def show_value(self, value: float) -> None:
        """Show what holds."""
        self._rest.stop()
        self.box.blockSignals(True)
        self.box.setValue(value * self._factor)
        self.box.blockSignals(False)
        self._finish()

    def flush(self) -> None:
        """Send what is still waiting."""
        self.box.interpretText()
        self._finish()
        if self._rest.isActive():
            self._rest.stop()
            self._send()

    def _finish(self) -> None:
        """Nothing is being typed any more; Qt keeps the mark until another text comes."""
        self.box.lineEdit().setModified(False)

    def _send(self) -> None:
        value = round(self.box.value() / self._factor, 6)
        self.changed.emit(int(value) if self.setting.type is int else value)


class ChoiceField(Field):
    """One of a few values."""

    def __init__(self, setting: Setting[Any], _theme: Theme) -> None:
        texts = [value_text(setting, choice) for choice in setting.choices]
        self.box = QuietCombo(setting_text(setting.label), max(map(len, texts)) + 1)
        for text, choice in zip(texts, setting.choices, strict=True):
            self.box.addItem(text, choice)
        super().__init__(setting, self.box)
        self.box.activated.connect(lambda index: self.changed.emit(self.box.itemData(index)))

    def show_value(self, value: Value) -> None:
        """Show what holds."""
        self.box.setCurrentIndex(self.box.findData(value))


class Line(QLineEdit):
    """A line that Escape takes back to what was shown before."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.shown = ""
        self.setMaxLength(LONGEST_TEXT)
        self.setAccessibleName(name)

    def show_text(self, text: str) -> None:
        """Show what holds."""
        self.shown = text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Escape, while there is something to take back."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self.shown:
            self.setText(self.shown)
        else:
            super().keyPressEvent(event)


class TextField(Field):
    """A line of text, looked at and sent when it is finished."""

    def __init__(self, setting: Setting[str], _theme: Theme) -> None:
        self.line = Line(setting_text(setting.label))
        super().__init__(setting, self.line)
        self.line.editingFinished.connect(self._finish)

    @property
    def unsent(self) -> bool:
        """Whether something else was typed."""
        return self.line.text() != self.line.shown

    def show_value(self, value: str) -> None:
        """Show what holds."""
        self.line.show_text(value)

    def flush(self) -> None:
        """Send what is still waiting."""
        self._finish()

    def _finish(self) -> None:
        if not self.unsent:
            self.complained.emit("")
            return
        value = self.line.text().strip()
        complaint = complaint_about(self.setting, value)
        self.complained.emit(complaint)
        if not complaint:
            self.line.show_text(value)
            self.changed.emit(value)


class LinkField(Field):
    """What is chosen on another page: a button that leads there."""

    def __init__(self, setting: Setting[Any], button: QWidget) -> None:
        super().__init__(setting, button)

    def show_value(self, value: Value) -> None:
        """The other page shows it."""


def complaint_about(setting: Setting[Any], value: str) -> str:
    """Why this text is not in the setting's own form; empty if it is."""
    if setting.verify is None:
        return ""
    try:
        setting.verify(value)
    except ValueError as error:
        return tr("This is not understood: {why}.").format(why=str(error))
    return ""


def value_text(setting: Setting[Any], value: Value) -> str:
    """A value in words, for one line."""
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, str):
        return setting_text(value) if setting.choices or setting.kind is Kind.DEVICE else value or tr("empty")
    if value == 0 and setting.zero:
        return setting_text(setting.zero)
    if setting.kind is Kind.SHARE:
        return percent(value)
    shown = number(value, 0 if float(value).is_integer() else 2)
    return f"{shown}\u00a0{setting_text(setting.unit)}" if setting.unit else shown


Maker = Callable[[Setting[Any], Theme], Field]
PLAIN: Mapping[type, Maker] = {bool: SwitchField, int: NumberField, float: NumberField, str: TextField}
