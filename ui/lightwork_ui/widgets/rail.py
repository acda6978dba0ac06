"""The rail at the window's left: where to go, one large target for each page."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from lightwork_ui import icons
from lightwork_ui.style.dress import dress
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import plain_label

_ICON = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name in the program, its icon's name, and its title."""

    name: str
    icon: str
    title: str


class Rail(QWidget):
    """Emits `chosen` with a place's name. Narrow, it shows icons only, with the titles as tooltips."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, places: Sequence[Place], menu: QMenu) -> None:
        super().__init__()
        self._theme, self._places = theme, places
        self._narrow = False
        self.setAccessibleName(tr("Pages"))
        self._group = QButtonGroup(self)
        self.buttons = {place.name: self._button(number, place) for number, place in enumerate(places, 1)}
        self.more = QPushButton(tr("More"))
        dress(self.more, "rail")
        self._menu = menu
        self.more.clicked.connect(self._open_menu)  # not `setMenu`: a button with a menu is laid out otherwise
        self.more.setIconSize(QSize(_ICON, _ICON))
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setAccessibleName(tr("More"))
        self._arrange()
        theme.changed.connect(self._tint)
        self._tint()

    def _button(self, number: int, place: Place) -> QPushButton:
        button = QPushButton(place.title)
        dress(button, "rail")
        button.setCheckable(True)
        button.setIconSize(QSize(_ICON, _ICON))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(place.title)
        button.setShortcut(QKeySequence(f"Ctrl+{number}"))
        button.clicked.connect(lambda: self.chosen.emit(place.name))
        self._group.addButton(button)
        return button

    def _arrange(self) -> None:
        self._logo, self._word = QLabel(), plain_label("word", "Lightwork")
        head = QHBoxLayout()
        head.setContentsMargins(Space.S, Space.S, 0, Space.L)
        head.setSpacing(Space.S)
        head.addWidget(self._logo)
        head.addWidget(self._word, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.S, Space.S, Space.S, Space.M)
        column.setSpacing(Space.XS)
        column.addLayout(head)
        for button in self.buttons.values():
            column.addWidget(button)
        column.addStretch()
        column.addWidget(self.more)

    def _open_menu(self) -> None:
        size = self._menu.sizeHint()
        self._menu.popup(self.more.mapToGlobal(QPoint(0, -size.height())))

    def show_place(self, name: str) -> None:
        """Mark where the window is."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)
            self._tint()

    def set_narrow(self, narrow: bool) -> None:
        """Icons only, where the window has no room for words."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._word.setVisible(not narrow)
        for place in self._places:
            self.buttons[place.name].setText("" if narrow else place.title)
        self.more.setText("" if narrow else tr("More"))
        self._tint()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Arrows walk along the rail."""
        buttons = [*self.buttons.values(), self.more]
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        focused = next((index for index, button in enumerate(buttons) if button.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        buttons[(focused + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Its ground, and the line beside the page."""
        painter, forward = QPainter(self), self.layoutDirection() == Qt.LayoutDirection.LeftToRight
        painter.fillRect(self.rect(), QColor(self._theme.colours.rail))
        painter.fillRect(self.width() - 1 if forward else 0, 0, 1, self.height(), QColor(self._theme.colours.border))

    def _tint(self) -> None:
        colours, ratio = self._theme.colours, self.devicePixelRatioF()
        self._logo.setPixmap(icons.pixmap("app", "", 26, ratio))
        for place in self._places:
            button = self.buttons[place.name]
            ink = colours.accent if button.isChecked() else colours.muted
            button.setIcon(icons.icon(place.icon, ink, (_ICON, 2 * _ICON)))
            shortcut = button.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{place.title}  {shortcut}" if self._narrow else shortcut)
        self.more.setIcon(icons.icon("dots", colours.muted, (_ICON, 2 * _ICON)))
        self.more.setToolTip(tr("More") if self._narrow else "")
