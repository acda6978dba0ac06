"""The look in use: the tokens' colours, in the style and in the palette; follows the system's light or dark live."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from lightwork_ui.style.dress import ACCENT, AMBER, DANGER, GOOD, MUTED
from lightwork_ui.style.look import Look
from lightwork_ui.tokens import (
    ACTION,
    CAPTION,
    DARK,
    FIGURE,
    HEADING,
    LIGHT,
    SENTENCE,
    SMALLEST_BODY,
    TITLE,
    Colours,
    Space,
)

__all__ = ["ACTION", "CAPTION", "DARK", "FIGURE", "HEADING", "LIGHT", "SENTENCE", "TITLE", "Colours", "Space", "Theme"]


class Theme(QObject):
    """The colours in use. Widgets that paint themselves ask it, and repaint on `changed`."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.body = max(SMALLEST_BODY, app.font().pointSizeF())
        self.colours = LIGHT
        self._applied: Colours | None = None
        self._look = Look()
        app.setStyle(self._look)
        font = QFont(app.font())
        font.setPointSizeF(self.body)
        app.setFont(font)
        self.apply(app.styleHints().colorScheme())
        app.styleHints().colorSchemeChanged.connect(self.apply)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        return self.colours is DARK

    def apply(self, scheme: Qt.ColorScheme) -> None:
        """Take the colours of a scheme; an unknown one is light."""
        colours = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        if self._applied is colours:
            return
        self.colours = self._applied = self._look.colours = colours
        self._app.setPalette(_palette(colours))  # which paints everything anew
        self.changed.emit()

    def font(self, part: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The program's font at a step of the type scale."""
        font = QFont(self._app.font())
        font.setPointSizeF(self.body * part)
        font.setWeight(weight)
        return font


def _palette(c: Colours) -> QPalette:
    role, palette = QPalette.ColorRole, QPalette(QColor(c.surface), QColor(c.window))
    for name, colour in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.surface),
        (role.AlternateBase, c.window),
        (role.Text, c.text),
        (role.Button, c.surface),
        (role.ButtonText, c.text),
        (role.ToolTipBase, c.surface),
        (role.ToolTipText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Accent, c.accent),
        (role.Mid, c.border),
        (MUTED, c.muted),
        (ACCENT, c.accent),
        (AMBER, c.amber),
        (DANGER, c.danger),
        (GOOD, c.good),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText, MUTED):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(c.outline))
    return palette
