"""Joining a project, from its link to the person's word."""

import time
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from ui_fake_node import FakeNode
from ui_offers import EVIL, GB, ID, LINK, OTHER, entry, fit, offer

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import TROUBLES
from lightwork.protocol import control
from lightwork_ui import offers
from lightwork_ui.app import Program
from lightwork_ui.join import JoinDialog
from lightwork_ui.links import link_in

pytestmark = pytest.mark.qt_log_ignore("does not support raise", "propagateSizeHints")  # nor has this platform these


@pytest.fixture
def dialog(qtbot: QtBot, node: FakeNode, program: Program) -> JoinDialog:
    """The dialog at its first step."""
    QGuiApplication.clipboard().clear()
    node.replies[control.AskProjects] = {"projects": (entry(OTHER, chosen=True),)}
    node.replies[control.LookAt] = {"offer": offer()}
    program.window.ask_link()
    made = program.window._join
    assert made is not None
    return made


@pytest.fixture
def at_offer(qtbot: QtBot, dialog: JoinDialog) -> JoinDialog:
    """The dialog at its second step."""
    dialog.take_link(LINK)
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    return dialog


def words(dialog: JoinDialog) -> str:
    return "\n".join(label.text() for label in dialog.view.findChildren(QLabel))


def record(dialog: JoinDialog) -> list[str]:
    told: list[str] = []
    dialog.joined.connect(lambda: told.append("joined"))
    dialog.contributing.connect(lambda: told.append("contributing"))
    return told


def sent(node: FakeNode, *kinds: type) -> list[Any]:
    return [message for message in node.commands() if isinstance(message, kinds)]


def test_two_steps_by_keyboard(qtbot: QtBot, node: FakeNode, program: Program, dialog: JoinDialog) -> None:
    qtbot.waitUntil(lambda: dialog.isActiveWindow() and dialog.line.hasFocus())
    assert not dialog.next.isEnabled()
    qtbot.keyClicks(dialog.line, f"  {LINK} ")
    size = dialog.size()
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.reply.text() == "Asking the project what it is…"
    assert not dialog.next.isEnabled()
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    assert dialog.size() == size
    assert dialog.join.hasFocus()
    assert dialog.join.isDefault()
    assert sent(node, control.LookAt)[0].link == LINK
    told = record(dialog)
    qtbot.keyClick(dialog.join, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert told == ["joined"]
    assert [message.link for message in sent(node, control.Join)] == [LINK]
    assert not sent(node, control.Contribute)
    assert program.window._join is None
    assert program.window.place == "projects"


def test_what_one_is_about_to_join(at_offer: JoinDialog) -> None:
    shown = words(at_offer)
    for part in (
        "Open Story Model",
        "by Story Collective",
        "mfzw izlt oqzg k3tb nrux gyja nvqw wzlt",
        "train.example.org",
        "Llama  ·  1.1B parameters",
        "Needs 5.1 of your 8 GB",
        "Needs 6 of your 32 GB",
        "Card X",
        "Processor Y",
        "2.26 GB",
        "about 44.0 MB",
        "about 31.0 MB",
        "21.0 GB",
        "No code of the project ever runs here.",
    ):
        assert part in shown
    assert at_offer.view.accessibleDescription() == "Open Story Model"
    assert all(button.text() for button in at_offer.findChildren(QPushButton))
    assert at_offer.line.accessibleName() == "Project link"


def test_joining_and_contributing(qtbot: QtBot, node: FakeNode, at_offer: JoinDialog) -> None:
    told = record(at_offer)
    at_offer.contribute.click()
    qtbot.waitUntil(lambda: not isValid(at_offer))
    assert told == ["joined", "contributing"]
    both = sent(node, control.Join, control.Contribute)
    assert [(type(message), message.link) for message in both] == [(control.Join, LINK), (control.Contribute, LINK)]


def test_contributing_that_fails_says_so_after_joining(qtbot: QtBot, node: FakeNode, at_offer: JoinDialog) -> None:
    node.replies[control.Contribute] = {"trouble": Trouble.BUSY}
    with qtbot.waitSignal(at_offer.joined):
        at_offer.contribute.click()
    qtbot.waitUntil(lambda: at_offer.reply.text() == TROUBLES[Trouble.BUSY])
    at_offer.reject()
    qtbot.waitUntil(lambda: not isValid(at_offer))
    assert not sent(node, control.Leave)


@pytest.mark.parametrize("trouble", [Trouble.LINK_INVALID, Trouble.MANIFEST_TAMPERED, Trouble.HOST_UNREACHABLE])
def test_an_error_is_words_and_can_be_tried_again(
    qtbot: QtBot, node: FakeNode, dialog: JoinDialog, trouble: Trouble
) -> None:
    node.replies[control.LookAt] = {"trouble": trouble, "detail": "<b>timed out</b>\nx"}
    dialog.take_link("lightwork://example.org/p")
    qtbot.waitUntil(lambda: dialog.reply.property("role") == "error")
    first, second = dialog.reply.text().split("\n")
    assert second == "<b>timed out</b> x"
    assert dialog.reply.textFormat() is Qt.TextFormat.PlainText
    assert (first == TROUBLES[trouble]) == (trouble is not Trouble.HOST_UNREACHABLE)
    assert dialog.next.text() == "Try again"
    assert dialog.line.hasFocus()
    node.replies[control.LookAt] = {"offer": offer()}
    dialog.next.click()
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    dialog.back.click()
    assert dialog.next.text() == "Next"
    assert dialog.line.text() == "lightwork://example.org/p"


def test_a_join_that_is_refused_can_be_tried_again(qtbot: QtBot, node: FakeNode, at_offer: JoinDialog) -> None:
    node.replies[control.Join] = {"trouble": Trouble.REFUSED}
    at_offer.join.click()
    qtbot.waitUntil(lambda: at_offer.reply.text() == TROUBLES[Trouble.REFUSED])
    node.replies[control.Join] = {}
    with qtbot.waitSignal(at_offer.joined):
        at_offer.join.click()


def test_cancel_ends_the_wait_and_a_late_answer_changes_nothing(
    qtbot: QtBot, node: FakeNode, dialog: JoinDialog
) -> None:
    node.silent.add(control.LookAt)
    dialog.take_link(LINK)
    qtbot.waitUntil(lambda: len(sent(node, control.LookAt)) == 1)
    dialog.cancel.click()
    assert dialog.reply.text() == "Cancelled."
    assert dialog.next.isEnabled()
    node.write(control.encode(control.Reply(id=sent(node, control.LookAt)[0].id, offer=offer())))
    node.silent.clear()
    node.replies[control.LookAt] = {"offer": offer(name="Second")}
    dialog.next.click()
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    assert "Second" in words(dialog)
    dialog.cancel.click()
    qtbot.waitUntil(lambda: not isValid(dialog))


@pytest.mark.parametrize("joined", [False, True])
def test_cancelling_a_join_takes_it_back(qtbot: QtBot, node: FakeNode, dialog: JoinDialog, joined: bool) -> None:
    node.replies[control.LookAt] = {"offer": offer(joined=joined)}
    dialog.take_link(LINK)
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    assert dialog.join.text() == ("Choose it" if joined else "Join")
    qtbot.waitUntil(lambda: dialog._chosen_before is not None)
    node.silent.add(control.Join)
    dialog.join.click()
    dialog.cancel.click()
    qtbot.waitUntil(lambda: len(sent(node, control.Change)) == 1)
    assert [message.project for message in sent(node, control.Leave)] == ([] if joined else [ID])
    assert sent(node, control.Change)[0].value == entry(OTHER).link
    assert dialog.join.hasFocus()


def test_escape_in_the_middle_of_a_join_takes_it_back(qtbot: QtBot, node: FakeNode, at_offer: JoinDialog) -> None:
    node.silent.add(control.Join)
    at_offer.join.click()
    qtbot.keyClick(at_offer, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(at_offer))
    qtbot.waitUntil(lambda: len(sent(node, control.Leave)) == 1)
    node.write(control.encode(control.Reply(id=sent(node, control.Join)[0].id)))
    qtbot.wait(20)  # a reply after the dialog is gone must not raise


@pytest.mark.parametrize("wait", [control.LookAt, control.Join, control.Contribute])
def test_a_node_that_goes_away_in_the_middle_is_told(
    qtbot: QtBot, node: FakeNode, dialog: JoinDialog, wait: type
) -> None:
    node.silent.add(wait)
    dialog.take_link(LINK)
    if wait is not control.LookAt:
        qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
        dialog.contribute.click()
    qtbot.waitUntil(lambda: len(sent(node, wait)) == 1)
    node.die()
    qtbot.waitUntil(lambda: dialog.reply.text() == TROUBLES[Trouble.NODE_AWAY])
    assert (dialog.next if wait is control.LookAt else dialog.join).isEnabled()


def test_a_link_in_the_clipboard_is_offered(qtbot: QtBot, program: Program) -> None:
    QGuiApplication.clipboard().setText(f" {LINK}\n")
    program.window.ask_link()
    first = program.window._join
    assert first.line.text() == first.line.selectedText() == LINK
    program.window.ask_link()  # a second time it is the same dialog
    assert program.window._join is first
    first.reject()
    qtbot.waitUntil(lambda: not isValid(first))
    QGuiApplication.clipboard().setText("a password")
    program.window.ask_link()
    assert program.window._join.line.text() == ""


def test_another_link_can_be_dropped_on_it(qtbot: QtBot, at_offer: JoinDialog, node: FakeNode) -> None:
    data = QMimeData()
    data.setText(f"lightwork://train.example.org/{OTHER}")
    actions, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at_offer.rect().center(), actions, data, left, none)
    QApplication.sendEvent(at_offer, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(at_offer, QDropEvent(QPointF(5, 5), actions, data, left, none))
    qtbot.waitUntil(lambda: sent(node, control.LookAt)[-1].link.endswith(OTHER))


def test_what_is_a_link() -> None:
    data = QMimeData()
    assert link_in(None) == link_in(data) == ""
    for text, found in ((f" {LINK}\n", LINK), (LINK.upper(), LINK.upper()), ("https://x.org", ""), (f"{LINK} y", "")):
        data.setText(text)
        assert link_in(data) == found
    data.setText("lightwork://" + "a" * 3000)
    assert link_in(data) == ""
    data.setUrls([QUrl(LINK)])
    assert link_in(data) == LINK


def test_hostile_text_is_harmless(qtbot: QtBot, node: FakeNode, dialog: JoinDialog) -> None:
    node.replies[control.LookAt] = {
        "offer": offer(name=EVIL, team=EVIL, summary=EVIL, architecture=EVIL, host=EVIL, fits=(fit(name=EVIL),))
    }
    size = dialog.size()
    dialog.take_link(LINK)
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    labels = dialog.view.findChildren(QLabel)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    assert all(len(label.text()) < 2_500 and "\u202e" not in label.text() for label in labels)
    assert dialog.size() == size
    assert dialog.view.widget().width() <= dialog.view.viewport().width()
    dialog.grab()


def test_numbers_that_make_no_sense_are_shown(qtbot: QtBot, node: FakeNode, dialog: JoinDialog) -> None:
    huge = 2**62
    node.replies[control.LookAt] = {
        "offer": offer(
            expires=1e300, parameters=-huge, weights_bytes=huge, round_seconds=1e300, status=None, fits=(fit(total=0),)
        )
    }
    dialog.take_link(LINK)
    qtbot.waitUntil(lambda: dialog.steps.currentIndex() == 1)
    dialog.grab()


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ()),
        ({"fits": (fit(needed=7),)}, ("fits no device",)),
        ({"fits": (fit(needed=7), fit("cpu"))}, ()),
        ({"fits": ()}, ()),
        ({"expires": 1000.0}, ("has expired",)),
        ({"expires": 1000.0 + 2 * 86400}, ("expires soon, on Saturday, January 3, 1970",)),
        ({"host": "localhost:9"}, ("this very computer",)),
        ({"host": "[::1]:9"}, ("this very computer",)),
        ({"host": "127.8.0.1"}, ("this very computer",)),
        ({"host": "127.0.0.1", "practice": True}, ()),
        ({"host": "127.example.org"}, ()),
        ({"status": None}, ("does not say how far",)),
    ],
)
def test_warnings(fields: dict[str, Any], found: tuple[str, ...]) -> None:
    given = offers.warnings(offer(**{"expires": 10.0**9, **fields}), 1000.0)
    assert len(given) == len(found)
    for sentence, part in zip(given, found, strict=True):
        assert part in sentence


@pytest.mark.parametrize(
    ("given", "needs", "why"),
    [
        (fit(), "Needs 5.1 of your 8 GB", ""),
        (fit(needed=7), "Needs 7 of your 8 GB", "Training may use 6.0 GB of Card X."),
        (fit(needed=9), "Needs 9 of your 8 GB", "Card X has too little memory"),
        (fit(fits=False), "Needs 5.1 of your 8 GB", "Card X cannot train"),
        (fit(needed=0.02), "Needs 20 MB of your 8.0 GB", ""),
        (fit(total=0), "Needs 5.1 GB of memory", ""),
    ],
)
def test_fit_in_words(given: control.DeviceFit, needs: str, why: str) -> None:
    assert offers.needs_words(given) == needs
    assert offers.why_not(given).startswith(why)
    assert bool(offers.why_not(given)) == (not given.fits)
    assert (offers.verdict(given) == "Fits") == given.fits
    used, part = offers.bar_shares(given)
    assert part <= used


def test_which_device_counts() -> None:
    card, small, processor = fit(), fit("cuda:1", needed=7), fit("cpu", 6, 16, 32)
    assert offers.chosen_fit((small, processor, card), "cuda:1") is small
    assert offers.chosen_fit((processor, small, card)) is card
    assert offers.chosen_fit((processor, small), "gone") is processor
    assert offers.chosen_fit(()) is None


def test_dates_far_away() -> None:
    for when in (-1e300, 0, time.time(), GB * 1e9, float("inf"), float("nan")):
        assert offers.date_words(when)
