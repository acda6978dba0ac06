"""Trying the model: a prompt, streamed text, and everything that can end it."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from ui_fake_node import FakeNode
from ui_offers import LINK

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.protocol import control
from lightwork_ui.app import Program
from lightwork_ui.pages.try_it import TEMPERATURES, TOKENS, TryDialog
from lightwork_ui.theme import DARK
from lightwork_ui.widgets.transcript import MOST_KEPT, TRIES_KEPT, Transcript, harmless

pytestmark = pytest.mark.qt_log_ignore("does not support raise", "propagateSizeHints")  # nor has this platform these


@pytest.fixture
def dialog(qtbot: QtBot, node: FakeNode, program: Program) -> TryDialog:
    node.silent.add(control.Try)
    made = TryDialog(program.model, program.theme, "<b>Story</b>", LINK, program.window)
    made.open()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def tries(node: FakeNode) -> list[Any]:
    return [message for message in node.commands() if isinstance(message, control.Try)]


def cancelled(node: FakeNode) -> list[int]:
    return [message.asked for message in node.commands() if isinstance(message, control.Cancel)]


def begin(qtbot: QtBot, node: FakeNode, dialog: TryDialog, prompt: str = "Once") -> int:
    """Run a prompt; the id of the question as the node has it."""
    before = len(tries(node))
    dialog.prompt.setPlainText(prompt)
    dialog.act.click()
    qtbot.waitUntil(lambda: len(tries(node)) == before + 1)
    return int(tries(node)[-1].id)


def say(node: FakeNode, asked: int, text: str) -> None:
    node.write(control.encode(control.Said(id=asked, text=text)))


def end(node: FakeNode, asked: int, trouble: Trouble | None = None, **sample: Any) -> None:
    ended = control.SampleEnd(**{"version": 412, "tokens": 84, "seconds": 2.1, **sample})
    node.write(control.encode(control.Reply(id=asked, trouble=trouble, sample=ended)))


def shown(dialog: TryDialog) -> str:
    return dialog.transcript.toPlainText()


def test_by_keyboard_alone(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    qtbot.waitUntil(dialog.prompt.hasFocus)
    assert not dialog.act.isEnabled()
    qtbot.keyClicks(dialog.prompt, "Once")
    qtbot.keyClick(dialog.prompt, Qt.Key.Key_Return)  # a new line, since prompts have several
    qtbot.keyClicks(dialog.prompt, "upon")
    assert not tries(node)
    qtbot.keyClick(dialog.windowHandle(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(tries(node)) == 1)
    asked = tries(node)[0]
    assert (asked.prompt, asked.tokens, asked.temperature) == ("Once\nupon", TOKENS[1], TEMPERATURES[1])
    say(node, asked.id, " a")
    say(node, asked.id, " time")
    qtbot.waitUntil(lambda: shown(dialog) == "Once\nupon a time")
    assert dialog.state.text() == "Writing…"
    assert dialog.prompt.hasFocus()
    end(node, asked.id)
    qtbot.waitUntil(lambda: not dialog.running)
    assert shown(dialog).endswith("a time\nFrom round 412: 84 tokens in 2.1 s.")
    qtbot.keyClick(dialog.prompt, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert cancelled(node) == []


def test_length_and_manner(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    dialog.length.buttons[2].click()
    dialog.wildness.buttons[0].click()
    begin(qtbot, node, dialog)
    assert (tries(node)[0].tokens, tries(node)[0].temperature) == (TOKENS[2], TEMPERATURES[0])
    assert dialog.length.buttons[2].accessibleName() == "Length: Long"


def test_the_prompt_is_muted_and_the_text_is_not_in_both_looks(
    qtbot: QtBot, node: FakeNode, program: Program, dialog: TryDialog
) -> None:
    asked = begin(qtbot, node, dialog)
    say(node, asked, " upon")
    qtbot.waitUntil(lambda: "upon" in shown(dialog))

    def colour(at: int) -> QColor:
        cursor = QTextCursor(dialog.transcript.document())
        cursor.setPosition(at)
        return cursor.charFormat().foreground().color()

    light = program.theme.colours
    assert (colour(2), colour(7)) == (QColor(light.muted), QColor(light.text))
    program.theme.apply(Qt.ColorScheme.Dark)
    assert (colour(2), colour(7)) == (QColor(DARK.muted), QColor(DARK.text))
    program.theme.apply(Qt.ColorScheme.Light)
    assert shown(dialog) == "Once upon"


def test_stop(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    assert dialog.act.text() == dialog.act.accessibleName() == "Stop"
    say(node, asked, " upon")
    dialog.act.click()
    qtbot.waitUntil(lambda: cancelled(node) == [asked])
    end(node, asked, cancelled=True)
    qtbot.waitUntil(lambda: dialog.act.text() == "Run")
    assert "Once upon\nStopped. From round 412" in shown(dialog)


def test_closing_cancels_and_what_comes_later_is_passed_over(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    dialog.reject()
    qtbot.waitUntil(lambda: cancelled(node) == [asked] and not isValid(dialog))
    say(node, asked, "late")
    end(node, asked)
    qtbot.wait(20)  # an exception in a slot fails the test


def test_a_window_that_goes_away_cancels(qtbot: QtBot, node: FakeNode, program: Program, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    dialog.hide()
    qtbot.waitUntil(lambda: cancelled(node) == [asked])


def test_a_node_that_goes_away_in_the_middle_is_told(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    say(node, asked, " upon")
    qtbot.waitUntil(lambda: "upon" in shown(dialog))
    node.die()
    qtbot.waitUntil(lambda: dialog.state.text() == TROUBLES[Trouble.NODE_AWAY])
    assert dialog.act.text() == "Run"
    assert dialog.act.isEnabled()
    assert "Once upon" in shown(dialog)


def test_a_trouble_midway_says_how_far_it_came(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    say(node, asked, " upon")
    end(node, asked, Trouble.TRAINER_FAILED, tokens=1)
    qtbot.waitUntil(lambda: dialog.state.text() == TROUBLES[Trouble.TRAINER_FAILED])
    assert "1 tokens" in shown(dialog)
    assert not dialog.contribute.isVisible()


def test_a_model_that_is_not_here_offers_to_contribute(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    node.write(control.encode(control.Reply(id=asked, trouble=Trouble.MODEL_NOT_HERE)))
    qtbot.waitUntil(dialog.contribute.isVisible)
    assert dialog.state.text() == TROUBLES[Trouble.MODEL_NOT_HERE]
    dialog.contribute.click()
    qtbot.waitUntil(lambda: "Contributing begins" in dialog.state.text())
    change, contribute = node.commands()[-2:]
    assert (change.key, change.value, contribute.link) == ("general.project", LINK, LINK)
    assert not dialog.contribute.isVisible()


def test_a_prompt_that_is_too_long_is_not_sent(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    dialog.prompt.setPlainText("x" * (control.LONGEST_PROMPT + 7))
    assert dialog.state.text() == "The text is 7 characters too long."
    assert not dialog.act.isEnabled()
    dialog.run()
    dialog.prompt.setPlainText("x" * control.LONGEST_PROMPT)
    assert dialog.state.text() == ""
    assert dialog.act.isEnabled()
    assert not dialog.running


def test_copy(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    assert not dialog.copy.isEnabled()
    asked = begin(qtbot, node, dialog)
    say(node, asked, " upon")
    end(node, asked)
    qtbot.waitUntil(lambda: not dialog.running)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == "Once upon"
    assert dialog.copy.text() == "Copied"


def test_a_flood_is_cut_off_and_stopped(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    for _ in range(20):
        say(node, asked, "x" * 500_000)
    qtbot.waitUntil(lambda: cancelled(node) == [asked])
    end(node, asked, cancelled=True)
    qtbot.waitUntil(lambda: not dialog.running)
    assert len(shown(dialog)) < MOST_KEPT + 200
    assert "Cut off here" in shown(dialog)
    assert cancelled(node) == [asked]


def test_hostile_output_is_harmless(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    asked = begin(qtbot, node, dialog)
    say(node, asked, "<b>a</b>\u202eb\x1b[31m\x00c\u2028d")
    say(node, asked, "e" + "\u0301" * 50)
    say(node, asked, "\u0301" * 50)
    end(node, asked)
    qtbot.waitUntil(lambda: not dialog.running)
    assert shown(dialog).startswith("Once<b>a</b>b[31mc\nde" + "\u0301" * 4 + "\nFrom round")


def test_only_the_last_few_are_kept(qtbot: QtBot, node: FakeNode, dialog: TryDialog) -> None:
    for number in range(TRIES_KEPT + 2):
        asked = begin(qtbot, node, dialog, f"Prompt {number}")
        end(node, asked)
        qtbot.waitUntil(lambda: not dialog.running)
    assert "Prompt 1" not in shown(dialog)
    assert f"Prompt {TRIES_KEPT + 1}" in shown(dialog)
    assert len(dialog.transcript.attempts) == TRIES_KEPT


def test_it_follows_the_text_unless_one_has_scrolled_up(qtbot: QtBot, program: Program) -> None:
    transcript = Transcript(program.theme, "x")
    qtbot.addWidget(transcript)
    transcript.resize(300, 120)
    transcript.show()
    transcript.begin("p")
    bar = transcript.verticalScrollBar()
    transcript.say("line\n" * 50)
    transcript.flush()
    assert bar.value() == bar.maximum() > 0
    transcript.resize(200, 90)
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    transcript.say("line\n" * 50)
    transcript.flush()
    assert bar.value() == 3


def test_names_for_screen_readers(dialog: TryDialog) -> None:
    assert dialog.prompt.accessibleName() == "Your text"
    assert dialog.transcript.accessibleName() == "What the model says"
    assert all(button.accessibleName() or button.text() for button in dialog.findChildren(QPushButton))
    assert all(widget.focusPolicy() is not Qt.FocusPolicy.NoFocus for widget in dialog.findChildren(QPushButton))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\tb\r\nc\rd", "a\tb\nc\nd"),
        ("\u2066x\u2069\u200e", "x"),
        ("\ud800x", "x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_harmless(text: str, kept: str) -> None:
    assert harmless(text)[0] == kept
