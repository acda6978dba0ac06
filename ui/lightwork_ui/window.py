"""The main window: a header, the page, and what happens when it is closed."""

import itertools

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from lightwork_ui import icons
from lightwork_ui.join import JoinDialog
from lightwork_ui.model import Model
from lightwork_ui.pages.home import Home, centred
from lightwork_ui.text import tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import plain_label

DEFAULT_SIZE = QSize(1000, 680)
_GEOMETRY, _TOLD = "window/geometry", "window/told_that_closing_is_safe"


class Window(QWidget):
    """Closing hides it where there is a tray; else it ends this process, and training goes on all the same."""

    quitAsked = Signal()  # noqa: N815  Qt's way of naming; ends the node too
    closed = Signal()

    def __init__(self, model: Model, theme: Theme, settings: QSettings) -> None:
        super().__init__()
        self._model, self._theme, self._settings = model, theme, settings
        self._join: JoinDialog | None = None
        self.setWindowTitle("Lightwork")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(480, 360)
        self.home = Home(model, theme)
        self.join = QPushButton(tr("Join a project…"))
        self.join.setShortcut(QKeySequence("Ctrl+J"))
        self.join.setToolTip(self.join.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
        self.join.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.join.clicked.connect(self.ask_link)
        self.more = QPushButton()
        self.more.setProperty("role", "quiet")
        self.more.setFixedSize(36, 34)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setAccessibleName(tr("More"))
        self.more.setMenu(self._menu())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        header = QHBoxLayout()
        centred(self._header(), header)
        column.addLayout(header)
        column.addWidget(self.home, 1)
        theme.changed.connect(self._tint)
        self._tint()
        self._order_of_keys()
        self._restore()
        self.home.remark.dismissed.connect(lambda: settings.setValue(_TOLD, True))

    def _header(self) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(Space.XXL, Space.L, Space.XL, Space.S)
        row.setSpacing(Space.S)
        self._logo = QLabel()
        row.addWidget(self._logo)
        row.addWidget(plain_label("word", "Lightwork"))
        row.addStretch()
        row.addWidget(self.join)
        row.addWidget(self.more)
        return header

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        close = menu.addAction(tr("Close &window"))
        close.setShortcut(QKeySequence("Ctrl+W"))
        close.triggered.connect(self.close)
        menu.addSeparator()
        leave = menu.addAction(tr("&Quit and stop training"))
        leave.setShortcut(QKeySequence("Ctrl+Q"))
        leave.triggered.connect(self.quitAsked)
        self.addActions([close, leave])  # so that the shortcuts work while the menu is shut
        return menu

    def _order_of_keys(self) -> None:
        hero = self.home.hero
        order = (hero.button, hero.pause_for, hero.stop, self.join, self.more)
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)
        hero.button.setFocus()

    def say_that_closing_is_safe(self) -> None:
        """Without a tray a person may fear that closing stops the work. Said until it is put away, and never again."""
        if not self._settings.value(_TOLD, False, bool):
            self.home.remark.say(tr("Closing this window does not stop training."))

    def ask_link(self) -> None:
        """Ask for a project's link."""
        if self._join is None:
            self._join = JoinDialog(self._model, self)
            self._join.destroyed.connect(self._forget_join)
        self._join.open()

    def bring_forward(self) -> None:
        """Show the window before all others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Minimised, nothing is drawn; brought back, it catches up."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.home.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Remember where the window stood."""
        self._settings.setValue(_GEOMETRY, self.saveGeometry())
        self._settings.sync()
        super().closeEvent(event)
        self.closed.emit()

    def _forget_join(self) -> None:
        self._join = None

    def _restore(self) -> None:
        kept = self._settings.value(_GEOMETRY)
        # Qt brings a window back that would stand on a screen which is gone.
        if not isinstance(kept, QByteArray) or not self.restoreGeometry(kept):
            available = self.screen().availableSize() * 0.95
            self.resize(DEFAULT_SIZE.boundedTo(available))

    def _tint(self) -> None:
        self._logo.setPixmap(icons.pixmap("app", "", 28, self.devicePixelRatioF()))
        self.more.setIcon(icons.icon("dots", self._theme.colours.muted, (20, 40)))
