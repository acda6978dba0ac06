"""Which control a setting gets, and by which words it is found."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QPushButton

from lightwork.settings.declared import Kind, Setting
from lightwork_ui.text import setting_text, tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.field import PLAIN, ChoiceField, Field, LinkField, NumberField
from lightwork_ui.widgets.setting_row import SettingRow
from lightwork_ui.widgets.wide_fields import DeviceField, HoursField, ProgramsField


def make_row(
    setting: Setting[Any],
    theme: Theme,
    *,
    pick_programs: Callable[[ProgramsField], None],
    choose_project: Callable[[], None],
) -> SettingRow:
    """The row of a setting. The callbacks open the list of programs and the page of the projects."""

    def programs(one: Setting[Any]) -> Field:
        field = ProgramsField(one, theme)
        field.asked.connect(lambda: pick_programs(field))
        return field

    def project(one: Setting[Any]) -> Field:
        button = QPushButton(tr("Choose a project…"))
        button.clicked.connect(lambda _on: choose_project())
        return LinkField(one, button)

    makers: Mapping[Kind, Callable[[Setting[Any]], Field]] = {
        Kind.PLAIN: lambda one: (ChoiceField if one.choices else PLAIN[one.type])(one, theme),
        Kind.SHARE: lambda one: NumberField(one, theme),
        Kind.PROGRAMS: programs,
        Kind.HOURS: lambda one: HoursField(one, theme),
        Kind.DEVICE: lambda one: DeviceField(one, theme),
        Kind.PROJECT: project,
    }
    # A project is no matter of taste: it has no default to go back to.
    return SettingRow(makers[setting.kind](setting), theme, restorable=setting.kind is not Kind.PROJECT)


def words_of(setting: Setting[Any]) -> str:
    """By what a setting is found: the person's words, the English ones, and its key."""
    choices = [str(choice) for choice in setting.choices]
    english = (setting.label, setting.help, setting.unit, *choices)
    return " ".join((*map(setting_text, english), *english, setting.key))
