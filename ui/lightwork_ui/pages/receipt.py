"""A contribution and its receipt: what it says, who has signed it, and the signed document itself."""

from PySide6.QtCore import QIODevice, QSaveFile, QStandardPaths, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.domain.states import ContributionState
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork.protocol.control import ContributionEntry, ReceiptEntry
from lightwork_ui import icons, periods, text
from lightwork_ui.model import Model
from lightwork_ui.style.dress import dress_editor
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.verdicts import reason_words, state_of, verdict_words
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_role, set_text

LONGEST_SHOWN = 20_000  # characters of a document; a receipt has about 700
_SIGNS_OF_DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in _SIGNS_OF_DIRECTION}


def fingerprint(key: str) -> str:
    """The first signs of a key in groups of four, as people compare them."""
    return text.in_fours(untrusted(key, 200)[:24])


def shown_document(document: str) -> str:
    """The document as it is shown: signs that turn the direction of reading are written out, as JSON allows."""
    return document[:LONGEST_SHOWN].translate(_ESCAPED)


def without_receipt(state: ContributionState | None) -> str:
    """Why there is no receipt."""
    if state is ContributionState.SENDING:
        return tr("This contribution is still being sent. There is no receipt for it yet.")
    if state is ContributionState.PENDING:
        return tr("The host has this contribution and has not judged it yet. Its receipt comes by itself.")
    if state is ContributionState.RETURNED:
        return tr("This contribution was not taken, so there is no receipt. Its work is sent again with the next one.")
    return tr("There is no receipt for this contribution here.")


class ReceiptDialog(QDialog):
    """Asks the node for the receipt of `entry`, and has its signature checked."""

    def __init__(
        self, model: Model, theme: Theme, entry: ContributionEntry, project: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Contribution and receipt"))
        self._theme, self._entry, self._project = theme, entry, project
        self._receipt: ReceiptEntry | None = None
        self._role = "muted"
        self._sign = plain_label("muted")
        self.verdict = plain_label("muted")
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.document = QPlainTextEdit()
        self.copy, self.save = QPushButton(tr("Copy document")), QPushButton(tr("Save document…"))
        self._close = QPushButton(tr("Close"))
        self._form = QFormLayout()
        self._arrange()
        theme.changed.connect(self._tint)
        self._show_entry()
        if state_of(entry.state) in (ContributionState.VERIFIED, ContributionState.REJECTED, None):
            self._say("muted", tr("Checking the signature…"))
            model.ask(control.AskReceipt, self._take, self, project=entry.project, digest=entry.digest)
        else:
            self._say("muted", without_receipt(state_of(entry.state)))

    def _arrange(self) -> None:
        self._form.setHorizontalSpacing(Space.L)
        self._form.setVerticalSpacing(Space.XS + 2)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.document.setReadOnly(True)
        self.document.setTabChangesFocus(True)
        dress_editor(self.document)
        self.document.setAccessibleName(tr("Signed document"))
        self.document.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.document.setMinimumHeight(96)
        self.document.hide()
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.verdict, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        for button in (self.copy, self.save):
            button.setAutoDefault(False)
            button.setEnabled(False)
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self._close)
        self._close.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.L)
        column.addLayout(line)
        column.addLayout(self._form)
        column.addWidget(self.document, 1)
        column.addStretch()
        column.addLayout(buttons)
        self.setMinimumWidth(440)
        self.resize(560, 420)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask_where)
        self._close.clicked.connect(self.accept)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _show_entry(self) -> None:
        one = self._entry
        self._show_fields(
            (tr("Project"), self._project),
            (tr("Verdict"), verdict_words(one.state)),
            (tr("Reason"), reason_words(one.reason)),
            (tr("Sent"), periods.moment(one.at)),
            (tr("Round"), text.number(one.base_version)),
            *_amounts(one.steps, one.tokens, one.operations),
            (tr("Size"), text.size(one.length)),
            (tr("Digest"), untrusted(one.digest)),
        )

    def _show_receipt(self, one: ReceiptEntry) -> None:
        state = ContributionState.VERIFIED if one.verified else ContributionState.REJECTED
        self._show_fields(
            (tr("Project"), untrusted(one.name, 120) or self._project),
            (tr("Receipt"), text.number(one.number)),
            (tr("Verdict"), verdict_words(state)),
            (tr("Reason"), reason_words(one.reason)),
            (tr("Sent"), periods.moment(self._entry.at)),
            (tr("Judged"), periods.moment(one.issued)),
            (tr("Round"), text.number(one.round)),
            *_amounts(one.steps, one.tokens, one.operations),
            (tr("Size"), text.size(self._entry.length)),
            (tr("Account"), untrusted(one.account)),
            (tr("Digest"), untrusted(one.contribution)),
        )

    def _show_fields(self, *fields: tuple[str, str]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, words in fields:
            if not words:
                continue
            if " " in words:
                value: QLabel = plain_label("value", words)
                value.setWordWrap(True)
            else:  # keys and digests are longer than a line; the document has them in full
                value = ElidedLabel("value", words)
            value.setAccessibleName(tr("{name}: {value}").format(name=name, value=words))
            self._form.addRow(plain_label("caption", name), value)

    def _say(self, role: str, words: str) -> None:
        set_text(self.verdict, words)
        self._role = role
        set_role(self.verdict, role)
        self._tint()

    def _tint(self) -> None:
        colours = self._theme.colours
        drawing, colour = {
            "good": ("shield", colours.good),
            "error": ("state-trouble", colours.danger),
        }.get(self._role, ("state-waiting", colours.muted))
        self._sign.setPixmap(icons.pixmap(drawing, colour, 20, self.devicePixelRatioF()))

    # --- from the node ------------------------------------------------------------------------------------------------

    def _take(self, reply: control.Reply) -> None:
        if reply.trouble is Trouble.RECEIPT_UNKNOWN:
            self._say("muted", without_receipt(state_of(self._entry.state)))
        elif reply.trouble is not None or reply.receipt is None:
            self._say("error", sentence_text(trouble_sentence(reply.trouble or Trouble.INTERNAL)))
        else:
            self._show(reply.receipt)

    def _show(self, receipt: ReceiptEntry) -> None:
        self._receipt = receipt
        self._show_receipt(receipt)
        if receipt.complaint is None:
            words = tr("Signature checked: signed by {key} of {project}.")
            name = untrusted(receipt.name, 120) or self._project
            self._say("good", words.format(key=fingerprint(receipt.key), project=name))
        else:
            self._say("error", sentence_text(trouble_sentence(receipt.complaint)))
        self.document.setPlainText(shown_document(receipt.document))
        self.document.show()
        for button in (self.copy, self.save):
            button.setEnabled(bool(receipt.document))
        self.resize(self.width(), max(self.height(), self.sizeHint().height()))

    # --- the document -------------------------------------------------------------------------------------------------

    def _copy(self) -> None:
        if self._receipt is not None:
            QGuiApplication.clipboard().setText(self._receipt.document)

    def _ask_where(self) -> None:
        if self._receipt is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, tr("Save document"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.setDirectory(folder)
        dialog.selectFile(f"lightwork-receipt-{self._receipt.number}.json")
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Write the document as it was signed, whole or not at all."""
        if self._receipt is None:
            return
        file, document = QSaveFile(path), self._receipt.document.encode()
        opened = file.open(QIODevice.OpenModeFlag.WriteOnly)
        if opened and file.write(document) == len(document) and file.commit():
            self.save.setText(tr("Saved"))
        else:
            self._say("error", sentence_text(trouble_sentence(Trouble.FILE_REFUSED)))


def _amounts(steps: int, tokens: int, operations: int) -> tuple[tuple[str, str], ...]:
    return (
        (tr("Steps"), text.number(steps)),
        (tr("Tokens"), text.number(tokens)),
        (tr("Credits"), text.credits_text(operations)),
    )
