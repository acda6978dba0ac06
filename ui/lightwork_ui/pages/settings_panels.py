"""What the settings page says besides settings: the account, and what others learn."""

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lightwork.domain.sentences import NOT_WATCHED, SENSES, Sentence
from lightwork.domain.status import NodeStatus
from lightwork.domain.untrusted import untrusted
from lightwork_ui import icons
from lightwork_ui.text import DASH, sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_text

COPIED_MS = 2_000


class Paragraph(QWidget):
    """A title and what there is to say about it."""

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self.title, self.text = plain_label("", title), plain_label("caption", text)
        self.text.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self.column.setSpacing(2)
        self.column.addWidget(self.title)
        self.column.addWidget(self.text)

    @property
    def words(self) -> str:
        """By what it is found."""
        return f"{self.title.text()} {self.text.text()}"


class AccountPanel(Paragraph):
    """The account's public key, and where its private one lies."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Public key"), tr("By this key projects know this computer, and credit it."))
        self._theme = theme
        self.key = ElidedLabel("mono", DASH)
        self.key.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.place = plain_label("caption")
        self.place.setWordWrap(True)
        self.copy_key = QPushButton(tr("Copy"))
        self.copy_key.setAccessibleName(tr("Copy the public key"))
        self.copy_key.setIconSize(QSize(16, 16))
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.key, 1)
        row.addWidget(self.copy_key)
        self.column.addSpacing(Space.XS)
        self.column.addLayout(row)
        self.column.addSpacing(Space.S)
        self.column.addWidget(plain_label("", tr("Private key")))
        self.column.addWidget(self.place)
        self._calm = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._calm.timeout.connect(self._settle)
        self.copy_key.clicked.connect(self._copy)
        theme.changed.connect(self._tint)
        self._settle()

    def show_status(self, status: NodeStatus | None) -> None:
        """Show whose account it is."""
        account = untrusted(status.account, 128) if status is not None else ""
        set_text(self.key, account or DASH)
        if self.copy_key.isEnabled() != bool(account):
            self.copy_key.setEnabled(bool(account))
        set_text(self.place, place_text(status))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.key.text())
        # It stays as wide as it is, so that nothing moves.
        self.copy_key.setMinimumWidth(self.copy_key.width())
        self.copy_key.setText(tr("Copied"))
        self._tint()
        self._calm.start()

    def _settle(self) -> None:
        self.copy_key.setText(tr("Copy"))
        self._tint()

    def _tint(self) -> None:
        sign = icons.icon("check", self._theme.colours.good, (16, 32)) if self._calm.isActive() else QIcon()
        self.copy_key.setIcon(sign)


class SensesPanel(Paragraph):
    """What cannot be watched on this computer, so that nobody counts on it."""

    def __init__(self) -> None:
        super().__init__(tr("What cannot be watched here"))

    def show_status(self, status: NodeStatus | None) -> None:
        """Show what is not watched now."""
        set_text(self.text, senses_text(status))


def place_text(status: NodeStatus | None) -> str:
    """Where the private key lies, and what that means."""
    if status is None or not status.account:
        return DASH
    if status.account_encrypted:
        return tr(
            "It is encrypted, in this system's keyring. There is no copy elsewhere: "
            "without it you would begin again with a new account."
        )
    return tr(
        "It is not encrypted: this system offered no keyring, so the key lies in a file in Lightwork's folder. "
        "Only your user account may read that file; whoever can read it can act as this account."
    )


def senses_text(status: NodeStatus | None) -> str:
    """A line for each sense that does not work on this computer."""
    if status is None:
        return DASH
    lines = []
    for note in status.senses:
        sense = sentence_text(Sentence(SENSES[note.sense]))
        lines.append(sentence_text(Sentence(NOT_WATCHED, {"sense": sense, "why": untrusted(note.note)})))
    return "\n".join(lines) or tr("Nothing: all rules of this page work on this computer.")


def privacy_paragraphs() -> tuple[Paragraph, ...]:
    """What others learn, and what runs here."""
    return (
        Paragraph(
            tr("What a project's host learns"),
            tr(
                "Your public key, your internet address, your version of Lightwork, and the work itself: what this "
                "computer was lent to train on, how much it trained and when, and how that changed the model. "
                "Not your name, not your files, not your other programs."
            ),
        ),
        Paragraph(
            tr("What runs on this computer"),
            tr(
                "Lightwork's own code only. A project is a signed description, texts and numbers; it cannot bring "
                "programs. Every file is checked against the project's signature before it is used."
            ),
        ),
        Paragraph(
            tr("What stays on this computer"),
            tr(
                "All that Lightwork looks at in order to pause: games, windows, battery, heat. Nothing is reported "
                "to whoever made Lightwork."
            ),
        ),
    )
