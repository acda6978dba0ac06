"""Labels that show text as it is, never as markup, and shorten it rather than push others aside."""

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QVBoxLayout, QWidget

from lightwork_ui.style.dress import dress
from lightwork_ui.text import DASH, tr


def plain_label(role: str, text: str = "") -> QLabel:
    """A label for plain text in a role of the theme."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    dress(label, role)
    return label


def wrapped_label(role: str, text: str = "") -> QLabel:
    """A label of as many lines as it needs; its longest word does not widen the window."""
    label = plain_label(role, text)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)  # after it: this adds that the height depends on the width
    return label


def set_text(label: QLabel, text: str) -> None:
    """Change a label only where it differs: an unchanged one is neither laid out nor painted again."""
    if label.text() != text:
        label.setText(text)


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another role, if it has not got it."""
    if widget.property("role") != role:
        dress(widget, role)


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where it does not fit; the whole text is then its tooltip."""

    def __init__(self, role: str, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        dress(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As narrow as it has to be."""
        return QSize(self.fontMetrics().horizontalAdvance("0…"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A tooltip only where something is hidden."""
        super().resizeEvent(event)
        self._update_tooltip()

    def setText(self, text: str) -> None:  # noqa: N802
        """Show another text."""
        super().setText(text)
        self._update_tooltip()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint what fits."""
        painter = QPainter(self)
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        align = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        self.style().drawItemText(
            painter, area, int(align.value), self.palette(), self.isEnabled(), shown, self.foregroundRole()
        )

    def _update_tooltip(self) -> None:
        hidden = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        # A tooltip guesses whether it is given markup, so plain text has to be escaped.
        tip = f"<p>{html.escape(self.text())}</p>" if hidden else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class Stat(QWidget):
    """A caption with a value below it. A value that is not known is a dash, and is read out as such."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = caption
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.value = ElidedLabel("value", DASH)
        column.addWidget(plain_label("caption", caption))  # ours and short: it may ask for its width
        column.addWidget(self.value)
        self.show_value(None)

    def show_value(self, text: str | None) -> None:
        """Show a value; None where the device or the project does not tell."""
        set_text(self.value, DASH if text is None else text)
        spoken = tr("{name}: {value}").format(name=self._caption, value=tr("not reported") if text is None else text)
        if self.value.accessibleName() != spoken:
            self.value.setAccessibleName(spoken)
