"""Design tokens (type scale, spacing, colour roles) over the Fusion style; follows the system's light or dark live."""

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory


class Space(IntEnum):
    """Spacing in device-independent pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


@dataclass(frozen=True, slots=True)
class Colours:
    """Colour roles. Text has a contrast of at least 4.5 : 1 with its ground, outlines of controls 3 : 1 (WCAG 2.2)."""

    window: str
    surface: str
    border: str
    outline: str
    track: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    amber: str
    danger: str


LIGHT = Colours(
    window="#f5f6f9",
    surface="#ffffff",
    border="#e2e5ec",
    outline="#868fa0",
    track="#e6e8f0",
    text="#171a21",
    muted="#5a6273",
    accent="#4a55cf",
    accent_hover="#3d47b8",
    accent_soft="#eceefc",
    on_accent="#ffffff",
    amber="#9a5b00",
    danger="#c0293a",
)
DARK = Colours(
    window="#14161b",
    surface="#1d2027",
    border="#2b2f39",
    outline="#747d90",
    track="#31353f",
    text="#eceef3",
    muted="#a2a9b8",
    accent="#97a1ff",
    accent_hover="#b0b8ff",
    accent_soft="#272b45",
    on_accent="#12142b",
    amber="#f2b84b",
    danger="#ff8088",
)

# Parts of the body size, so that a person's own font size carries through.
CAPTION, TITLE, ACTION, FIGURE, SENTENCE = 0.88, 1.18, 1.25, 1.5, 1.62
SMALLEST_BODY = 10.0  # points; some systems' default is too small for a window that is read at a glance


class Theme(QObject):
    """The colours in use. Widgets that paint themselves ask it, and repaint on `changed`."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.body = max(SMALLEST_BODY, app.font().pointSizeF())
        self.colours = LIGHT
        app.setStyle(QStyleFactory.create("Fusion"))
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
        self.colours = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        self._app.setPalette(_palette(self.colours))
        self._app.setStyleSheet(_sheet(self.colours, self.body))
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
        (role.PlaceholderText, c.muted),
        (role.Button, c.surface),
        (role.ButtonText, c.text),
        (role.ToolTipBase, c.surface),
        (role.ToolTipText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Accent, c.accent),
        (role.Link, c.accent),
        (role.Mid, c.border),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(c.outline))
    return palette


def _sheet(c: Colours, body: float) -> str:
    return f"""
    QLabel[role="caption"] {{ color: {c.muted}; font-size: {body * CAPTION:.2f}pt; }}
    QLabel[role="muted"] {{ color: {c.muted}; }}
    QLabel[role="value"] {{ font-weight: 600; }}
    QLabel[role="title"] {{ font-size: {body * TITLE:.2f}pt; font-weight: 600; }}
    QLabel[role="figure"] {{ font-size: {body * FIGURE:.2f}pt; font-weight: 600; }}
    QLabel[role="word"] {{ font-size: {body * TITLE:.2f}pt; font-weight: 700; }}
    QLabel[role="sentence"] {{ font-size: {body * SENTENCE:.2f}pt; font-weight: 600; }}
    QLabel[role="pill"] {{ color: {c.accent}; background: {c.accent_soft}; border-radius: 9px; padding: 2px 9px;
        font-size: {body * CAPTION:.2f}pt; font-weight: 600; }}
    QLabel[role="error"] {{ color: {c.danger}; }}
    QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 12px; }}
    QPushButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline}; border-radius: 8px;
        padding: 6px 14px; min-height: 20px; }}
    QPushButton:hover {{ background: {c.accent_soft}; border-color: {c.accent}; }}
    QPushButton:pressed {{ background: {c.track}; }}
    QPushButton:focus {{ border: 2px solid {c.accent}; padding: 5px 13px; }}
    QPushButton:disabled {{ color: {c.outline}; border-color: {c.border}; }}
    QPushButton:default {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600; }}
    QPushButton:default:hover {{ background: {c.accent_hover}; }}
    QPushButton:default:focus {{ border: 2px solid {c.text}; }}
    QPushButton:default:disabled {{ background: {c.track}; color: {c.muted}; border-color: {c.track}; }}
    QPushButton[role="quiet"] {{ padding: 0; min-height: 0; background: transparent; border-color: transparent;
        color: {c.muted}; }}
    QPushButton[role="quiet"]:hover {{ background: {c.accent_soft}; color: {c.text}; }}
    QPushButton[role="quiet"]:focus {{ border: 2px solid {c.accent}; }}
    QPushButton::menu-indicator {{ width: 0; image: none; }}
    QLineEdit {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline}; border-radius: 8px;
        padding: 7px 10px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QLineEdit:focus {{ border: 2px solid {c.accent}; padding: 6px 9px; }}
    QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 5px; }}
    QMenu::item {{ padding: 6px 26px 6px 14px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
    QMenu::item:disabled {{ color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 5px 8px; }}
    QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 4px 6px; }}
    QScrollArea, QWidget#page, QWidget#grid {{ background: {c.window}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {c.outline}; border-radius: 4px; margin: 2px; min-height: 32px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    """
