"""Writing tables out as CSV: what, where to, and what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt, QUrl
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork.protocol.control import ExportKind, Period
from lightwork_ui import icons, periods, text
from lightwork_ui.model import Model
from lightwork_ui.style.dress import dress
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog


class Outcome(QWidget):
    """One line: what was written, and the way to it; or why nothing was."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._drawing, self._folder = theme, "check", ""
        self._sign, self.label = plain_label("muted"), ElidedLabel("muted")
        self.show_folder = link_button(tr("Show in folder"))
        self._away = QPushButton()
        dress(self._away, "quiet")
        self._away.setFixedSize(28, 28)
        self._away.setAccessibleName(tr("Dismiss"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        for widget in (self._sign, self.label, self.show_folder, self._away):
            row.addWidget(widget, 1 if widget is self.label else 0)
        self.show_folder.clicked.connect(self._open)
        self._away.clicked.connect(self.hide)
        theme.changed.connect(self._tint)
        self.hide()

    def say(self, drawing: str, words: str, folder: str = "") -> None:
        """Show the line; with a folder, the way to it."""
        self._drawing, self._folder = drawing, folder
        set_text(self.label, words)
        self.label.setAccessibleName(words)
        self.show_folder.setVisible(bool(folder))
        self._tint()
        self.show()

    def _open(self) -> None:
        from PySide6.QtGui import QDesktopServices  # noqa: PLC0415

        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))

    def _tint(self) -> None:
        colours = self._theme.colours
        colour = {"check": colours.good, "state-trouble": colours.danger}.get(self._drawing, colours.muted)
        self._sign.setPixmap(icons.pixmap(self._drawing, colour, 18, self.devicePixelRatioF()))
        self._away.setIcon(icons.icon("close", colours.muted, (16, 32)))


class Exporter(QPushButton):
    """The button with its menu. What is shown on the page, `project` and `period`, is what is written."""

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__(tr("Export"))
        self._model, self._theme = model, theme
        self.outcome = Outcome(theme)
        self.project: str | None = None
        self.period = Period.DAY
        menu = QMenu(self)
        for what, words in (
            (ExportKind.CONTRIBUTIONS, tr("&Contributions…")),
            (ExportKind.RECEIPTS, tr("&Receipts…")),
            (ExportKind.HISTORY, tr("&History by day…")),
        ):
            action = menu.addAction(words)
            action.triggered.connect(lambda _checked, what=what: self.ask_where(what))
        self._history = menu.actions()[-1]
        menu.aboutToShow.connect(self._name_history)
        self._name_history()
        self.setMenu(menu)
        self.setAccessibleName(tr("Export as CSV"))
        theme.changed.connect(self._tint)
        self._tint()

    def ask_where(self, what: ExportKind) -> "QFileDialog":
        """Ask for a file; the answer comes later, and the window goes on meanwhile."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415  Qt makes its many names when it is first used

        name = f"lightwork-{what.value}-{periods.today()}.csv"
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self.window(), tr("Export as CSV"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Tables (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.setDirectory(folder)
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda path: self.write(what, path))
        dialog.open()
        return dialog

    def write(self, what: ExportKind, path: str) -> None:
        """Have the node write the table."""
        file = Path(path).absolute()
        self.outcome.say("export", tr("Writing {file}…").format(file=untrusted(file.name)))
        self.setEnabled(False)

        def take(reply: control.Reply) -> None:
            self.setEnabled(True)
            if reply.trouble is not None:
                words, detail = sentence_text(trouble_sentence(reply.trouble)), untrusted(reply.detail)
                self.outcome.say("state-trouble", f"{words} {detail}" if detail else words)
                return
            rows, name = text.number(reply.rows or 0), untrusted(file.name)
            self.outcome.say(
                "check", tr("Rows written to {file}: {rows}").format(file=name, rows=rows), str(file.parent)
            )

        self._model.ask(control.Export, take, self, what=what, file=str(file), period=self.period, project=self.project)

    def _name_history(self) -> None:
        words = {
            Period.DAY: tr("&History by day…"),
            Period.WEEK: tr("&History by week…"),
            Period.MONTH: tr("&History by month…"),
        }
        self._history.setText(words[self.period])

    def _tint(self) -> None:
        self.setIcon(icons.icon("export", self._theme.colours.text, (16, 32)))
