"""The style sheet over Qt's Fusion style, made from the tokens."""

from lightwork_assets import icon_path
from lightwork_ui.tokens import CAPTION, FIGURE, HEADING, SENTENCE, TITLE, Colours


def sheet(c: Colours, body: float) -> str:
    """The sheet for these colours and this size of the body (points)."""
    # Arrows are files, since a style sheet cannot draw; their grey is readable on light and dark.
    up, down = (icon_path(name).as_posix() for name in ("spin-up", "spin-down"))
    return f"""
    QLabel[role="caption"] {{ color: {c.muted}; font-size: {body * CAPTION:.2f}pt; }}
    QLabel[role="muted"] {{ color: {c.muted}; }}
    QLabel[role="caption"]:disabled, QLabel[role="muted"]:disabled {{ color: {c.outline}; }}
    QLabel[role="value"] {{ font-weight: 600; }}
    QLabel[role="title"] {{ font-size: {body * TITLE:.2f}pt; font-weight: 600; }}
    QLabel[role="figure"] {{ font-size: {body * FIGURE:.2f}pt; font-weight: 600; }}
    QLabel[role="word"] {{ font-size: {body * TITLE:.2f}pt; font-weight: 700; }}
    QLabel[role="sentence"] {{ font-size: {body * SENTENCE:.2f}pt; font-weight: 600; }}
    QLabel[role="heading"] {{ font-size: {body * HEADING:.2f}pt; font-weight: 700; }}
    QLabel[role="section"] {{ font-size: {body * TITLE:.2f}pt; font-weight: 600; }}
    QLabel[role="strong"] {{ font-weight: 600; }}
    QLabel[role="mono"] {{ font-family: monospace; }}
    QLabel[role="good"] {{ color: {c.good}; }}
    QLabel[role="amber"] {{ color: {c.amber}; }}
    QLabel[role="pill"] {{ color: {c.accent}; background: {c.accent_soft}; border-radius: 9px; padding: 2px 9px;
        font-size: {body * CAPTION:.2f}pt; font-weight: 600; }}
    QLabel[role="error"] {{ color: {c.danger}; }}
    QWidget#rail {{ background: {c.rail}; border-right: 1px solid {c.border}; }}
    QFrame[role="rule"] {{ background: {c.border}; border: none; max-height: 1px; min-height: 1px; }}
    QFrame[role="banner"] {{ background: {c.accent_soft}; border: 1px solid {c.border}; border-radius: 10px; }}
    QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 12px; }}
    QFrame[role="card"][chosen="true"] {{ border-color: {c.accent}; }}
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
    QPushButton[role="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
        font-weight: 600; padding: 9px 20px; }}
    QPushButton[role="primary"]:hover {{ background: {c.accent_hover}; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {c.text}; padding: 8px 19px; }}
    QPushButton[role="primary"]:disabled {{ background: {c.track}; color: {c.muted}; border-color: {c.track}; }}
    QPushButton[role="quiet"] {{ padding: 0; min-height: 0; background: transparent; border-color: transparent;
        color: {c.muted}; }}
    QPushButton[role="quiet"]:hover {{ background: {c.accent_soft}; color: {c.text}; }}
    QPushButton[role="quiet"]:focus {{ border: 2px solid {c.accent}; }}
    QPushButton[role="rail"] {{ text-align: left; padding: 8px 10px; min-height: 22px; background: transparent;
        border: 2px solid transparent; border-radius: 8px; color: {c.muted}; }}
    QPushButton[role="rail"]:hover {{ background: {c.track}; color: {c.text}; }}
    QPushButton[role="rail"]:checked {{ background: {c.surface}; color: {c.text}; }}
    QPushButton[role="rail"]:focus {{ border: 2px solid {c.accent}; }}
    QPushButton[role="segment"] {{ padding: 5px 14px; border-radius: 7px; border-color: transparent;
        background: transparent; color: {c.muted}; }}
    QPushButton[role="segment"]:hover {{ color: {c.text}; background: {c.track}; }}
    QPushButton[role="segment"]:checked {{ background: {c.surface}; color: {c.text}; border-color: {c.outline}; }}
    QPushButton[role="segment"]:focus {{ border: 2px solid {c.accent}; padding: 4px 13px; }}
    QPushButton[role="link"] {{ padding: 2px 4px; min-height: 0; background: transparent; border-color: transparent;
        color: {c.accent}; text-align: left; }}
    QPushButton[role="link"]:hover {{ color: {c.accent_hover}; text-decoration: underline; }}
    QPushButton[role="link"]:focus {{ border: 2px solid {c.accent}; padding: 1px 3px; }}
    QPushButton[role="danger"] {{ color: {c.danger}; }}
    QPushButton[role="tile"] {{ padding: 0; border: 1px solid transparent; border-radius: 10px;
        background: transparent; text-align: left; }}
    QPushButton[role="tile"]:hover {{ background: {c.window}; border-color: {c.border}; }}
    QPushButton[role="tile"]:checked {{ background: {c.accent_soft}; border-color: {c.accent}; }}
    QPushButton[role="tile"]:focus {{ border: 2px solid {c.accent}; padding: 0; }}
    QPushButton[role="chip"] {{ padding: 2px 10px; border-radius: 13px; border-color: {c.border};
        background: {c.accent_soft}; }}
    QPushButton[role="chip"]:hover {{ border-color: {c.accent}; }}
    QPushButton[role="chip"]:focus {{ border: 2px solid {c.accent}; padding: 1px 9px; }}
    QPushButton::menu-indicator {{ width: 0; image: none; }}
    QLineEdit {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline}; border-radius: 8px;
        padding: 7px 10px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QLineEdit:focus {{ border: 2px solid {c.accent}; padding: 6px 9px; }}
    QPlainTextEdit, QTextEdit {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline};
        border-radius: 8px; padding: 6px 8px; selection-background-color: {c.accent};
        selection-color: {c.on_accent}; }}
    QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {c.accent}; padding: 5px 7px; }}
    QComboBox, QAbstractSpinBox {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline};
        border-radius: 8px; padding: 6px 10px; min-height: 20px; selection-background-color: {c.accent};
        selection-color: {c.on_accent}; }}
    QComboBox:focus, QAbstractSpinBox:focus {{ border: 2px solid {c.accent}; padding: 5px 9px; }}
    QComboBox:disabled, QAbstractSpinBox:disabled {{ color: {c.outline}; border-color: {c.border}; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow {{ image: url({down}); width: 14px; height: 14px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 22px; background: transparent; }}
    QAbstractSpinBox::up-arrow {{ image: url({up}); width: 12px; height: 12px; }}
    QAbstractSpinBox::down-arrow {{ image: url({down}); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
        selection-background-color: {c.accent_soft}; selection-color: {c.text}; outline: none; padding: 4px; }}
    QRadioButton, QCheckBox {{ spacing: 8px; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border: 2px solid {c.outline}; border-radius: 9px;
        background: {c.surface}; }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {c.accent}; }}
    QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 5px solid {c.accent}; }}
    QRadioButton[role="strong"] {{ font-weight: 600; }}
    QTableView {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: 12px;
        gridline-color: transparent; selection-background-color: {c.accent_soft}; selection-color: {c.text};
        alternate-background-color: {c.surface}; outline: none; }}
    QTableView:focus {{ border: 1px solid {c.accent}; }}
    QTableView::item {{ padding: 0 10px; border: none; border-bottom: 1px solid {c.border}; }}
    QTableView[role="inner"] {{ border: 1px solid transparent; border-radius: 6px; }}
    QTableView[role="inner"]:focus {{ border-color: {c.accent}; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QHeaderView {{ background: transparent; border: none; }}
    QHeaderView::section {{ background: {c.surface}; color: {c.muted}; border: none; padding: 8px 10px;
        border-bottom: 1px solid {c.border}; font-size: {body * CAPTION:.2f}pt; font-weight: 600; }}
    QHeaderView::section:hover {{ color: {c.text}; }}
    QTableView QHeaderView::section {{ padding: 8px 13px; }}
    QHeaderView::up-arrow {{ image: url({up}); width: 12px; height: 12px; }}
    QHeaderView::down-arrow {{ image: url({down}); width: 12px; height: 12px; }}
    QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 5px; }}
    QMenu::item {{ padding: 6px 26px 6px 14px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
    QMenu::item:disabled {{ color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 5px 8px; }}
    QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 4px 6px; }}
    QScrollArea, QWidget#page, QWidget#grid {{ background: {c.window}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {c.outline}; border-radius: 4px; margin: 2px; min-height: 32px; }}
    QScrollBar::handle:vertical:disabled {{ background: transparent; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {c.outline}; border-radius: 4px; margin: 2px; min-width: 32px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    """
