"""A box for a number: digits as the person's language writes them, a unit, and a word where 0 is no amount."""

import math

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox

_DIGITS = 4  # after the point, at most; what is 0 is not shown


class NumberBox(QDoubleSpinBox):
    """Tells of a typed number when it is finished, and of a step at once. The wheel turns it only when it is in use."""

    def __init__(self, low: float, high: float, step: float, *, whole: bool) -> None:
        super().__init__()
        self.setDecimals(0 if whole else _DIGITS)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setKeyboardTracking(False)
        self.setAccelerated(True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def textFromValue(self, value: float) -> str:  # noqa: N802  Qt's name
        """No more digits than there are."""
        locale = QLocale()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        rounded = round(value, self.decimals())
        needed = next((n for n in range(self.decimals()) if math.isclose(round(rounded, n), rounded)), self.decimals())
        return locale.toString(rounded, "f", needed)

    def stepBy(self, steps: int) -> None:  # noqa: N802
        """To the next multiple of the step, so that 0.1 goes to 5 and not to 5.1."""
        self.interpretText()
        step = self.singleStep()
        at = self.value() / step
        before = math.floor(at + 1e-9) if steps > 0 else math.ceil(at - 1e-9)
        self.setValue((before + steps) * step)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Whoever scrolls the page must not change what happens to lie under the pointer."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """What is typed next replaces what stands there; a word for 0 could not be edited anyhow."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)
