"""Names as chips: each can be taken away with a press, more can be typed."""

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from lightwork.domain.untrusted import untrusted
from lightwork_ui import icons
from lightwork_ui.style.dress import dress
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.columns import Flow

SEPARATOR = ";"
LONGEST_NAME = 200
_SHOWN = 32  # characters of a name


def names_in(text: str) -> list[str]:
    """Names that a text holds, each once, in any case."""
    found: dict[str, str] = {}
    for name in (part.strip() for part in text.split(SEPARATOR)):
        if name:
            found.setdefault(name.casefold(), name)
    return list(found.values())


class Chips(QWidget):
    """Emits `changed` with the names after a person has added or removed one."""

    changed = Signal(object)  # list[str]

    def __init__(self, theme: Theme, name: str, more: QPushButton) -> None:
        super().__init__()
        self._theme, self._names, self._more = theme, list[str](), more
        self._buttons: list[QPushButton] = []
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST_NAME)
        self.line.setPlaceholderText(tr("Name of a program"))
        self.line.setAccessibleName(name)
        self.line.returnPressed.connect(self._add_typed)
        self._chips = QWidget()
        self._flow = Flow()
        self._chips.setLayout(self._flow)
        entry, row = QWidget(), Flow()
        entry.setLayout(row)
        row.addWidget(self.line)
        row.addWidget(more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(entry)
        column.addWidget(self._chips)  # below, since new ones come after the button in the order of Tab
        self._chips.hide()
        QWidget.setTabOrder(self.line, more)
        theme.changed.connect(self._tint)

    @property
    def names(self) -> tuple[str, ...]:
        """What is shown."""
        return tuple(self._names)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The chips, in the order of the names."""
        return tuple(self._buttons)

    def show_names(self, names: Sequence[str]) -> None:
        """Show these and no others."""
        if list(names) == self._names:
            return
        while self._buttons:
            self._drop(0)
        self._names = list(names)
        for name in names:
            self._append(name)
        for before, after in itertools.pairwise((self._more, *self._buttons)):
            QWidget.setTabOrder(before, after)
        self._chips.setVisible(bool(names))

    def add(self, names: Sequence[str]) -> None:
        """Add what is not there yet."""
        after = names_in(SEPARATOR.join((*self._names, *names)))
        if after != self._names:
            self.show_names(after)
            self.changed.emit(after)

    def _add_typed(self) -> None:
        typed = self.line.text()
        self.line.clear()
        self.add(names_in(typed))

    def _append(self, name: str) -> None:
        shown = untrusted(name, _SHOWN)
        chip = QPushButton(shown.replace("&", "&&"))
        dress(chip, "chip")
        chip.setAccessibleName(tr("Remove {name}").format(name=shown))
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross stands after the name
        chip.setIconSize(QSize(12, 12))
        chip.setIcon(self._cross())
        chip.clicked.connect(lambda: self._remove(name))
        self._buttons.append(chip)
        self._flow.addWidget(chip)

    def _remove(self, name: str) -> None:
        index = self._names.index(name)
        del self._names[index]
        had_keyboard = self._buttons[index].hasFocus()
        self._drop(index)
        if had_keyboard:  # it stays near: the next chip, else the line
            near = self._buttons[min(index, len(self._buttons) - 1)] if self._buttons else self.line
            near.setFocus(Qt.FocusReason.TabFocusReason)
        self._chips.setVisible(bool(self._names))
        self.changed.emit(list(self._names))

    def _drop(self, index: int) -> None:
        chip = self._buttons.pop(index)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _cross(self) -> QIcon:
        return icons.icon("close", self._theme.colours.muted, (12, 24))

    def _tint(self) -> None:
        for chip in self._buttons:
            chip.setIcon(self._cross())
