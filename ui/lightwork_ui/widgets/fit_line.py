"""How a project fits a device: what it needs in words, whether that is there, and a bar of the device's memory."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lightwork.protocol.control import DeviceFit
from lightwork_ui import offers
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.bar import Bar
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_role, set_text


class FitLine(QWidget):
    """Accent is what training would take, grey what it may take by the settings. Amber words where it does not fit."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.needs, self.verdict = ElidedLabel("muted"), plain_label("good")
        self.bar = Bar(theme, tr("Memory that it needs"))
        words = QHBoxLayout()
        words.setSpacing(Space.S)
        words.addWidget(self.needs, 1)
        words.addWidget(self.verdict)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(words)
        column.addWidget(self.bar)
        self.show_fit(None)

    def show_fit(self, fit: DeviceFit | None) -> None:
        """Show a device; None while nothing is known."""
        set_text(self.needs, tr("Memory: not known yet") if fit is None else offers.needs_words(fit))
        set_text(self.verdict, "" if fit is None else offers.verdict(fit))
        set_role(self.verdict, "good" if fit is None or fit.fits else "amber")
        self.bar.show_share(*((0.0, 0.0) if fit is None else offers.bar_shares(fit)))
        spoken = "" if fit is None else f"{self.needs.text()}. {self.verdict.text()}. {offers.why_not(fit)}".strip()
        if spoken != self.bar.accessibleDescription():
            self.bar.setAccessibleDescription(spoken)
