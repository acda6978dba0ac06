"""Controls of settings that need the width of the page: names of programs, hours of the week; and the device."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lightwork.domain.hours import minutes_of, parse_hours, write_hours
from lightwork.domain.status import DeviceStatus
from lightwork.domain.untrusted import untrusted
from lightwork.settings.declared import Page, Setting
from lightwork_ui import icons
from lightwork_ui.text import setting_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.chips import SEPARATOR, Chips, names_in
from lightwork_ui.widgets.columns import Flow
from lightwork_ui.widgets.controls import QuietCombo
from lightwork_ui.widgets.field import Field, TextField
from lightwork_ui.widgets.week import Week

AUTO = "auto"
DEVICE_LETTERS = 20


class ProgramsField(Field):
    """Names of programs. `asked`: a person wants to choose among those that run; `add` takes what was chosen."""

    asked = Signal()

    def __init__(self, setting: Setting[str], theme: Theme) -> None:
        label = setting_text(setting.label)
        self.pick = QPushButton(tr("Add a running program…"))
        self.pick.setAccessibleName(tr("{name}: add a running program").format(name=label))
        self.chips = Chips(theme, label, self.pick)
        super().__init__(setting, self.chips, self.chips.line, wide=True)
        self.pick.clicked.connect(self.asked)
        self.chips.changed.connect(lambda names: self.changed.emit(f"{SEPARATOR} ".join(names)))

    def show_value(self, value: str) -> None:
        """Show what holds."""
        self.chips.show_names(names_in(value))

    def add(self, names: Sequence[str]) -> None:
        """Add names that were chosen."""
        self.chips.add(names)


class HoursField(TextField):
    """Hours as a text, and as a week in which they can be painted. The week is there when it is asked for."""

    def __init__(self, setting: Setting[str], theme: Theme) -> None:
        super().__init__(setting, theme)
        label = setting_text(setting.label)
        self._theme = theme
        self.line.setPlaceholderText(tr("Every hour"))
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line.setMinimumWidth(220)
        self.toggle = QPushButton(tr("Show the week"))
        self.toggle.setCheckable(True)
        self.toggle.setAccessibleName(tr("Show the week"))
        limits = (tr("limited"), tr("partly limited"), tr("not limited"))
        self.week = Week(theme, label, limits if setting.page is Page.NETWORK else None)
        self.week.hide()
        self.week.setMaximumWidth(640)
        self.line.textChanged.connect(self._follow)
        self.toggle.toggled.connect(self._show_week)
        self.week.painted.connect(self._take)
        self.widget, self.wide = self._arrange(), True
        self.setParent(self.widget)
        theme.changed.connect(self._tint)
        self._tint()

    def reveal(self) -> None:
        """Who was sent here wants to see the week."""
        self.toggle.setChecked(True)
        super().reveal()

    def _arrange(self) -> QWidget:
        whole, entry, row = QWidget(), QWidget(), Flow()
        entry.setLayout(row)
        row.addWidget(self.line)
        row.addWidget(self.toggle)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(entry)
        column.addWidget(self.week)
        return whole

    def _show_week(self, shown: bool) -> None:
        self._follow(self.line.text())
        self.week.setVisible(shown)
        words = tr("Hide the week") if shown else tr("Show the week")
        self.toggle.setText(words)
        self.toggle.setAccessibleName(words)

    def _follow(self, text: str) -> None:
        """The week shows what the text says, while the text says anything."""
        try:
            self.week.show_minutes(minutes_of(parse_hours(text)))
        except ValueError:
            return

    def _take(self) -> None:
        try:
            text = write_hours(self.week.minutes)
        except ValueError:
            self.complained.emit(
                tr("One hour at least has to stay. To limit nothing, set both speeds to no limit.")
                if self.setting.page is Page.NETWORK
                else tr("One hour at least has to stay. To train at no time, press Stop on Home.")
            )
            self._follow(self.line.text())
            return
        self.line.setText(text)
        self._finish()

    def _tint(self) -> None:
        self.toggle.setIcon(icons.icon("calendar", self._theme.colours.muted, (16, 32)))


class DeviceField(Field):
    """The devices that are there, by name; one that is chosen and gone stays in the list, as gone."""

    def __init__(self, setting: Setting[str], _theme: Theme) -> None:
        self.box = QuietCombo(setting_text(setting.label), DEVICE_LETTERS)
        super().__init__(setting, self.box)
        self._value, self._devices = str(setting.default), list[DeviceStatus]()
        self.box.activated.connect(self._choose)
        self._fill()

    def show_value(self, value: str) -> None:
        """Show what holds."""
        if value != self._value:
            self._value = value
            self._fill()

    def show_devices(self, devices: Sequence[DeviceStatus]) -> None:
        """Offer those that can train."""
        usable = [device for device in devices if device.usable]
        if usable != self._devices:
            self._devices = usable
            self._fill()

    def _choose(self, index: int) -> None:
        self._value = str(self.box.itemData(index))
        self.changed.emit(self._value)

    def _fill(self) -> None:
        names = [untrusted(device.name, 60) for device in self._devices]
        entries: list[tuple[str, Any]] = [(tr("Automatic"), AUTO)]
        for device, name in zip(self._devices, names, strict=True):
            entries.append((f"{name} ({device.id})" if names.count(name) > 1 else name, device.id))
        if self._value not in [value for _, value in entries]:
            gone = tr("{device} (not found)") if self._devices else "{device}"  # as long as nobody knows
            entries.append((gone.format(device=untrusted(self._value, 60)), self._value))
        self.box.clear()
        for text, value in entries:
            self.box.addItem(text, value)
        self.box.setCurrentIndex(self.box.findData(self._value))
