"""Roles: what a widget is for, and with it its letters and its ink. Its ground is painted by the style."""

import functools
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QTableView, QWidget

from lightwork_ui.tokens import CAPTION, FIGURE, HEADING, SENTENCE, TITLE

# Roles of Qt's palette that Fusion paints nothing of ours with: they carry our inks, so that labels follow the theme.
MUTED = QPalette.ColorRole.PlaceholderText
ACCENT = QPalette.ColorRole.Link
AMBER = QPalette.ColorRole.LinkVisited
DANGER = QPalette.ColorRole.BrightText
GOOD = QPalette.ColorRole.Midlight

_HALF, _BOLD = QFont.Weight.DemiBold, QFont.Weight.Bold


@dataclass(frozen=True, slots=True)
class Letters:
    """`scale` is a step of the type scale; without an ink they have that of all text."""

    scale: float = 1.0
    weight: QFont.Weight = QFont.Weight.Normal
    ink: QPalette.ColorRole | None = None
    family: str = ""


LETTERS = {
    "caption": Letters(CAPTION, ink=MUTED),
    "muted": Letters(ink=MUTED),
    "value": Letters(weight=_HALF),
    "strong": Letters(weight=_HALF),
    "title": Letters(TITLE, _HALF),
    "section": Letters(TITLE, _HALF),
    "word": Letters(TITLE, _BOLD),
    "figure": Letters(FIGURE, _HALF),
    "sentence": Letters(SENTENCE, _HALF),
    "heading": Letters(HEADING, _BOLD),
    "mono": Letters(family="monospace"),
    "good": Letters(ink=GOOD),
    "amber": Letters(ink=AMBER),
    "error": Letters(ink=DANGER),
    "pill": Letters(CAPTION, _HALF, ACCENT),
    "column": Letters(CAPTION, _HALF, MUTED),  # the name of a table's column
    "primary": Letters(weight=_HALF),
}
_PLAIN = Letters()
_EDITOR_ROOM = (8, 6)
_INSETS = {"card": (1, 1), "banner": (1, 1), "pill": (9, 2)}  # the border, and with a pill the room inside of it


def dress(widget: QWidget, role: str) -> None:
    """Give a widget a role, and with it letters and ink."""
    before, letters = LETTERS.get(widget.property("role") or "", _PLAIN), LETTERS.get(role, _PLAIN)
    widget.setProperty("role", role)
    if letters != before:
        widget.setFont(font_of(role))
        widget.setForegroundRole(QPalette.ColorRole.NoRole if letters.ink is None else letters.ink)
    if role in _INSETS:
        across, down = _INSETS[role]
        widget.setContentsMargins(across, down, across, down)
    elif role == "rule":
        widget.setFixedHeight(1)
    widget.update()


def dress_table(view: QTableView, role: str = "table") -> None:
    """Give a table its frame, and its columns their letters."""
    view.setProperty("role", role)
    view.setShowGrid(False)
    dress(view.horizontalHeader(), "column")


def dress_editor(editor: QPlainTextEdit) -> None:
    """Give an editor room inside of its frame, which is painted under all of it."""
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    editor.setPalette(palette)
    editor.setViewportMargins(*_EDITOR_ROOM, *_EDITOR_ROOM)


def surface(role: str) -> QFrame:
    """A frame that the style paints: "card", "banner", or "rule", a line."""
    frame = QFrame()
    dress(frame, role)
    return frame


def font_of(role: str) -> QFont:
    """The font of a role. Only what the role is about is set in it: the rest comes from the program's font."""
    return _font(role, QApplication.font().pointSizeF())


@functools.lru_cache(maxsize=128)
def _font(role: str, body: float) -> QFont:
    letters, font = LETTERS.get(role, _PLAIN), QFont()
    if letters.scale != 1.0:
        font.setPointSizeF(round(body * letters.scale, 2))
    if letters.weight is not QFont.Weight.Normal:
        font.setWeight(letters.weight)
    if letters.family:
        font.setFamilies([letters.family])
    return font
