"""Design tokens: spacing, colour roles, and the type scale."""

from dataclasses import dataclass
from enum import IntEnum


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
    rail: str
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
    good: str
    second: str  # a second series of a chart, told from the accent also by who sees no colours


LIGHT = Colours(
    window="#f5f6f9",
    rail="#eef0f5",
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
    good="#1d7a46",
    second="#c27c0e",
)
DARK = Colours(
    window="#14161b",
    rail="#101217",
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
    good="#5fcf92",
    second="#f2b84b",
)

# Parts of the body size, so that a person's own font size carries through.
CAPTION, TITLE, ACTION, HEADING, FIGURE, SENTENCE = 0.88, 1.18, 1.25, 1.45, 1.5, 1.62
SMALLEST_BODY = 10.0  # points; some systems' default is too small for a window that is read at a glance
