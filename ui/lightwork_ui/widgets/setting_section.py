"""A section of the settings page: a title and a card with rows, of which some show only to who asks for more."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtWidgets import QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from lightwork_ui.style.dress import surface
from lightwork_ui.text import tr
from lightwork_ui.theme import Space
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.labels import plain_label


class Entry:
    """A row of a section, and the words by which it is found."""

    def __init__(self, widget: QWidget, words: str, *, advanced: bool = False) -> None:
        self.widget, self.advanced = widget, advanced
        self._words = words.casefold()
        self.line = surface("rule")

    def matches(self, wanted: Sequence[str]) -> bool:
        """Whether every one of these words (in small letters) is in it."""
        return all(word in self._words for word in wanted)


class Section(QWidget):
    """`words` are found as if they stood in each row: a section's title finds all of it."""

    def __init__(self, title: str, words: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.title, self._words = plain_label("section", title), words.casefold()
        self._entries: list[Entry] = []
        self._wanted: list[str] = []
        self.card = surface("card")
        self._rows = QVBoxLayout(self.card)
        self._rows.setContentsMargins(0, Space.XS, 0, Space.XS)
        self._rows.setSpacing(0)
        self.more: QPushButton | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.title)
        column.addWidget(self.card)
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(Space.M, 0, 0, 0)
        column.addLayout(self._foot)

    def add(self, entry: Entry) -> None:
        """Add a row at the end."""
        self._entries.append(entry)
        for widget in (entry.line, entry.widget):
            widget.hide()
            self._rows.addWidget(widget)
        self._show()

    def seal(self) -> None:
        """All rows are there. The button for more comes last, so that Tab comes to it after the rows above it."""
        if any(entry.advanced for entry in self._entries):
            self.more = link_button("")
            self.more.setCheckable(True)
            self.more.toggled.connect(lambda _on: self._show())
            self._foot.addWidget(self.more)
            self._foot.addStretch()
            self._show()

    def expand(self) -> None:
        """Show all rows."""
        if self.more is not None:
            self.more.setChecked(True)

    def search(self, wanted: Sequence[str]) -> int:
        """Show only the rows with all these words; no word shows what is shown else. Returns how many are shown."""
        self._wanted = [] if all(word in self._words for word in wanted) else list(wanted)
        if wanted and not self._wanted:
            self._wanted = [""]  # the title was found: all of it, the advanced ones too
        shown = self._show()
        self.setVisible(bool(shown))
        return shown

    def _show(self) -> int:
        shown = [entry for entry in self._entries if self._belongs(entry)]
        with still(self._rows):
            for entry in self._entries:
                visible, first = entry in shown, bool(shown) and entry is shown[0]
                set_shown(entry.line, visible and not first)
                set_shown(entry.widget, visible)
        if self.more is not None:
            advanced = sum(entry.advanced for entry in self._entries)
            words = tr("Show less") if self.more.isChecked() else tr("Show {count} more").format(count=advanced)
            if words != self.more.text():
                self.more.setText(words)
            set_shown(self.more, not self._wanted)
        return len(shown)

    def _belongs(self, entry: Entry) -> bool:
        if self._wanted:
            return entry.matches(self._wanted)
        return not entry.advanced or (self.more is not None and self.more.isChecked())


@contextmanager
def still(layout: QLayout) -> Iterator[None]:
    """Let a layout rest while many of its widgets come or go: Qt would lay out the whole page at each of them."""
    before = layout.isEnabled()
    layout.setEnabled(False)
    yield
    layout.setEnabled(before)
    layout.invalidate()


def set_shown(widget: QWidget, shown: bool) -> None:
    """Show or hide, where that is a change: each one lays the page out again."""
    if widget.isHidden() == shown:
        widget.setVisible(shown)
