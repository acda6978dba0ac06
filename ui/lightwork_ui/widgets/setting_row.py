"""A row of the settings page: what it is, what it means, its control, and the way back to the default."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from lightwork_ui import icons
from lightwork_ui.style.dress import dress
from lightwork_ui.text import setting_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.field import Field, Value, value_text
from lightwork_ui.widgets.labels import plain_label, set_text

NARROW = 470  # below this width the control stands under the words
_WORDS, _CONTROL, _UNDO = 0, 1, 2


class SettingRow(QWidget):
    """Emits `changed` with a value that is to hold, or None for the default.

    The button that restores the default keeps its place while it is not needed, so that nothing moves.
    """

    changed = Signal(object)

    def __init__(self, field: Field, theme: Theme, *, restorable: bool = True) -> None:
        super().__init__()
        self.field, self._theme = field, theme
        setting = field.setting
        self.label = plain_label("", setting_text(setting.label))
        self.help = plain_label("caption", setting_text(setting.help))
        self.problem = plain_label("error")
        for label in (self.label, self.help, self.problem):
            label.setWordWrap(True)
        self.problem.hide()
        self.value: Value = setting.default
        self.undo = QPushButton()
        self._dress_undo()
        self._restorable = restorable
        field.focus.setAccessibleDescription(setting_text(setting.help))
        self._grid = QGridLayout(self)
        self._narrow: bool | None = None
        self._words = QWidget()
        self._arrange_words()
        self._arrange(narrow=False)
        field.changed.connect(self._take)
        field.complained.connect(self.complain)
        self.undo.clicked.connect(self._restore)
        field.show_value(setting.default)

    @property
    def differs(self) -> bool:
        """Whether there is a default to go back to."""
        return self._restorable and self.value != self.field.setting.default

    def show_value(self, value: Value) -> None:
        """Show what holds, unless a person is just changing it."""
        if not self.field.unsent:
            self._note(value)
            self.field.show_value(value)

    def leave(self) -> None:
        """The person goes elsewhere: what is finished is sent, what cannot be understood is dropped."""
        self.field.flush()
        if self.field.unsent:
            self.put_back(self.value, "")

    def put_back(self, value: Value, why: str) -> None:
        """What was wanted was refused."""
        self._note(value)
        self.field.show_value(value)
        self.complain(why)

    def complain(self, why: str) -> None:
        """Say why a value does not hold; nothing if all is well."""
        set_text(self.problem, why)
        if self.problem.isHidden() == bool(why):
            self.problem.setVisible(bool(why))

    def tint(self) -> None:
        """The icon, in the theme's colours."""
        self.undo.setIcon(icons.icon("undo", self._theme.colours.muted, (16, 32)))

    def _take(self, value: Value) -> None:
        self.complain("")
        self._note(value)
        self.changed.emit(value)

    def _restore(self) -> None:
        self.field.focus.setFocus(Qt.FocusReason.TabFocusReason)  # the button goes, the keyboard stays here
        self.field.show_value(self.field.setting.default)
        self.complain("")
        self._note(self.field.setting.default)
        self.changed.emit(None)

    def _note(self, value: Value) -> None:
        """Keep what is shown, and offer the default where it differs."""
        self.value = value
        if self.undo.isHidden() == self.differs:
            self.undo.setVisible(self.differs)

    def _dress_undo(self) -> None:
        dress(self.undo, "quiet")
        self.undo.setFixedSize(28, 28)
        self.undo.setIconSize(QSize(16, 16))
        policy = self.undo.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.undo.setSizePolicy(policy)
        self.undo.hide()
        setting = self.field.setting
        self.undo.setAccessibleName(tr("Restore the default"))
        default = tr("{name}: {value}").format(
            name=setting_text(setting.label), value=value_text(setting, setting.default)
        )
        self.undo.setAccessibleDescription(default)
        self.undo.setToolTip(tr("Restore the default: {value}").format(value=value_text(setting, setting.default)))
        self.tint()

    # --- layout -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """The control goes below where there is no room beside the words."""
        super().resizeEvent(event)
        self._arrange(narrow=event.size().width() < NARROW)

    def _arrange_words(self) -> None:
        column = QVBoxLayout(self._words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for label in (self.label, self.help, self.problem):
            column.addWidget(label)
        self._grid.setContentsMargins(Space.L, Space.M, Space.S, Space.M)
        self._grid.setHorizontalSpacing(Space.M)
        self._grid.setVerticalSpacing(Space.S)
        self._grid.setColumnStretch(_WORDS, 1)

    def _arrange(self, *, narrow: bool) -> None:
        if narrow is self._narrow:
            return
        self._narrow = narrow
        control = self.field.widget
        for widget in (self._words, control, self.undo):
            self._grid.removeWidget(widget)
        middle, left = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignLeft
        self._grid.addWidget(self.undo, 0, _UNDO, middle)
        small = control.sizeHint().width() < 60  # a switch has room beside the words of the narrowest row
        if self.field.wide or (narrow and not small):
            self._grid.addWidget(self._words, 0, _WORDS, 1, 2)
            under = (control, 1, _WORDS, 1, 2)
            if self.field.wide:
                self._grid.addWidget(*under)
            else:
                self._grid.addWidget(*under, left)
        else:
            self._grid.addWidget(self._words, 0, _WORDS, middle)
            self._grid.addWidget(control, 0, _CONTROL, middle | Qt.AlignmentFlag.AlignRight)
