"""Text that a model says, as it comes: plain, made harmless, and added in batches so that nothing flickers."""

import unicodedata
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from lightwork_ui.style.dress import dress_editor
from lightwork_ui.text import tr
from lightwork_ui.theme import CAPTION, Theme

FRAME_MS = 33  # between two batches; more often would not be read
MOST_KEPT = 20_000  # characters of one continuation
TRIES_KEPT = 6
_MOST_MARKS = 4  # that one letter may carry; more of them climb over the lines above
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # needed to write Persian and emoji


def harmless(text: str, marks: int = 0) -> tuple[str, int]:
    """The text without control characters, signs that turn the direction of reading, and towers of marks.

    Ends of lines and tabs stay. `marks` is how many marks the text before has ended with; so many of this one follow.
    """
    kept = []
    for character in text.replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            continue
        if character in "\n\t" or character in _JOINERS or (category not in _UNSEEN and category not in ("Zl", "Zp")):
            kept.append(character)
        elif category in ("Zl", "Zp") or character == "\r":
            kept.append("\n")
    return "".join(kept), marks


@dataclass(slots=True)
class Attempt:
    """A prompt, what the model made of it, and how that ended."""

    prompt: str
    text: str = ""
    end: str = ""
    full: bool = False  # more would not be kept


class Transcript(QPlainTextEdit):
    """The last few attempts, the newest below. It follows the text unless a person has scrolled up."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.attempts: list[Attempt] = []
        self._waiting: list[str] = []
        self._waiting_length = self._marks = 0
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        dress_editor(self)
        self.setAccessibleName(name)
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self.flush)
        theme.changed.connect(self._draw)

    def begin(self, prompt: str) -> None:
        """A new attempt; the oldest one makes room."""
        self.flush()
        self._marks = 0
        self.attempts.append(Attempt(harmless(prompt)[0]))
        if len(self.attempts) > TRIES_KEPT:
            del self.attempts[0]
            self._draw()
        else:
            self._add_head(self.attempts[-1], first=len(self.attempts) == 1)
        self._to_end()

    def say(self, text: str) -> bool:
        """Add to the newest attempt, within a frame. False once no more of it is kept."""
        if not self.attempts or self.attempts[-1].full:
            return False
        room = MOST_KEPT - len(self.attempts[-1].text) - self._waiting_length
        self._waiting.append(text[: max(0, room)])
        self._waiting_length += len(self._waiting[-1])
        if not self._frame.isActive():
            self._frame.start()
        self.attempts[-1].full = len(text) >= room
        return not self.attempts[-1].full

    def end(self, words: str) -> None:
        """Say below the newest attempt how it ended."""
        self.flush()
        if self.attempts:
            self.attempts[-1].end = words
            self._insert(f"\n{words}", self._format(self._theme.colours.muted, CAPTION))
            self._to_end()

    def flush(self) -> None:
        """Show what has come since the last batch."""
        self._frame.stop()
        if not self._waiting:
            return
        text, self._marks = harmless("".join(self._waiting), self._marks)
        self._waiting.clear()
        self._waiting_length = 0
        self.attempts[-1].text += text
        self._insert(text, self._format(self._theme.colours.text))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Lines break elsewhere; who read at the end still does."""
        follows = self._at_end()
        super().resizeEvent(event)
        if follows:
            self._to_end()

    def _draw(self) -> None:
        """All of it anew: the colours or the attempts are others."""
        self.clear()
        for at, attempt in enumerate(self.attempts):
            self._add_head(attempt, first=at == 0)
            self._insert(attempt.text, self._format(self._theme.colours.text))
            if attempt.end:
                self._insert(f"\n{attempt.end}", self._format(self._theme.colours.muted, CAPTION))
        self._to_end()

    def _add_head(self, attempt: Attempt, *, first: bool) -> None:
        muted = self._format(self._theme.colours.muted)
        self._insert(("" if first else "\n\n") + attempt.prompt, muted)

    def _insert(self, text: str, form: QTextCharFormat) -> None:
        follows = self._at_end()
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, form)
        if follows:
            self._to_end()

    def _at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 4

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _format(self, colour: str, part: float = 1.0) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(QColor(colour))
        form.setFontPointSize(self._theme.body * part)
        return form


def placeholder() -> str:
    """What stands in an empty transcript."""
    return tr("What the model makes of it appears here.")
