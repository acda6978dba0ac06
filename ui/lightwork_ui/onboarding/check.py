"""The dry run of the first start, as the window follows it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import CHECKS, PAUSES, Sentence, trouble_sentence
from lightwork.domain.states import CheckStep, DeviceKind, PauseReason
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork_ui import text
from lightwork_ui.model import Model
from lightwork_ui.text import sentence_text, tr

# Seconds that a step takes on a usual computer, and the most that the whole may take. Only the bar goes by them.
EXPECTED: dict[CheckStep, float] = {
    CheckStep.DEVICE: 1.0,
    CheckStep.RUNTIME: 6.0,
    CheckStep.MEMORY: 3.0,
    CheckStep.SPEED: 14.0,
}
MOST_RESTARTS = 2  # of the check, with the node; one that ends the node each time is not tried for ever


class Standing(Enum):
    """How a step stands. The value is its icon, which differs in shape."""

    WAITING = "state-off"
    RUNNING = "dots"
    PASSED = "check"
    FAILED = "notice"


@dataclass(frozen=True, slots=True)
class Row:
    """A step as it is shown."""

    title: str
    standing: Standing = Standing.WAITING
    detail: str = ""


def step_title(step: CheckStep) -> str:
    """What a step is called."""
    return sentence_text(Sentence(CHECKS[step]))


def detail_words(step: Row, checked: control.Checked) -> Row:
    """A step's row after what was heard of it."""
    if checked.passed is None:
        return Row(step.title, Standing.RUNNING, untrusted(checked.detail, 160))
    if checked.passed:
        return Row(step.title, Standing.PASSED, untrusted(checked.detail, 160) or step.detail)
    return Row(step.title, Standing.FAILED, failure_words(checked.detail))


def failure_words(detail: str) -> str:
    """Why a step failed: the detail is a trouble's name, a reason to pause, plain words, or nothing."""
    if detail in {one.value for one in Trouble}:
        return sentence_text(trouble_sentence(Trouble(detail)))
    if detail in {one.value for one in PauseReason}:
        return sentence_text(Sentence(PAUSES[PauseReason(detail)]))
    return untrusted(detail, 160) or tr("Could not be tried out now.")


def progress(rows: dict[CheckStep, Row], seconds: float) -> tuple[float, float]:
    """How far the check has come (0..1), and how many seconds are left by experience.

    `seconds`: since the step under way began. A step that takes longer than usual slows the bar, and never turns it
    back.
    """
    total = done = left = 0.0
    for step, expected in EXPECTED.items():
        total += expected
        standing = rows[step].standing
        if standing in (Standing.PASSED, Standing.FAILED):
            done += expected
        elif standing is Standing.RUNNING:
            spent = max(0.0, seconds) / expected
            done += expected * (0.8 * spent if spent < 1 else 1 - 0.2 * math.exp(1 - spent))
            left += max(1.0, expected * (1 - spent))
        else:
            left += expected
    return done / total, left


def meaning(report: control.CheckReport | None, rows: dict[CheckStep, Row]) -> str:
    """What the outcome means for the person, in one or two sentences."""
    words = []
    # The last one: where a graphics card cannot be used, the processor is tried next, and its failure is what counts.
    failed = next((row.detail for row in reversed(rows.values()) if row.standing is Standing.FAILED), "")
    if report is None:
        words.append(failed or tr("The check did not end."))
    elif report.device is not None and report.device.kind is DeviceKind.CPU and report.operations_per_day:
        words.append(tr("No graphics card here can train: the processor will do."))
    elif not report.operations_per_day and failed:
        words.append(failed)
    if report is not None and report.operations_per_day:
        amount = text.credits_text(report.operations_per_day)
        words.append(tr("About {amount} credits a day on an otherwise idle computer.").format(amount=amount))
    elif report is not None and not failed:
        words.append(tr("How fast it trains could not be found out now."))
    if report is None or not report.operations_per_day:
        words.append(tr("You can go on all the same."))
    return " ".join(words)


class CheckRun(QObject):
    """One check, begun once. `changed` whenever something is new. `begin` is to be called whenever a node has come."""

    changed = Signal()

    def __init__(self, model: Model, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._model, self._clock = model, clock
        self._asked = self._restarts = 0
        self._step_began = clock()
        self.rows = {step: Row(step_title(step)) for step in CheckStep}
        self.report: control.CheckReport | None = None
        self.over = False
        model.streamed.connect(self._hear)

    def begin(self) -> None:
        """Ask the node, unless it is asked already."""
        if self._asked or self.over or not self._model.live:
            return
        self.rows = {step: Row(step_title(step)) for step in CheckStep}
        self._step_began = self._clock()
        self._asked = self._model.ask(control.Check, self._take, self)
        self.changed.emit()

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        if self._asked and not self.over:
            self._model.tell(control.Cancel, asked=self._asked)
            for step, row in self.rows.items():
                if row.standing is Standing.RUNNING:
                    self.rows[step] = Row(row.title)
        if not self.over:
            self.over = True
            self.changed.emit()

    def again(self) -> None:
        """Try everything anew."""
        self.report, self.over, self._asked, self._restarts = None, False, 0, 0
        self.begin()

    @property
    def failed(self) -> bool:
        """Whether it is over and has not come to its end, so that trying again is worth it."""
        return self.over and (self.report is None or not self.report.operations_per_day)

    @property
    def running(self) -> bool:
        """Whether the node is at it."""
        return bool(self._asked) and not self.over

    def progress(self) -> tuple[float, float]:
        """How far it has come (0..1), and the seconds that are left by experience."""
        return progress(self.rows, self._clock() - self._step_began)

    def result(self) -> str:
        """What came of it, in a sentence; nothing while it is not known."""
        return meaning(self.report, self.rows) if self.over else ""

    def _hear(self, message: control.Said | control.Checked) -> None:
        if isinstance(message, control.Checked) and message.id == self._asked and not self.over:
            if message.passed is None:
                self._step_began = self._clock()
            self.rows[message.step] = detail_words(self.rows[message.step], message)
            self.changed.emit()

    def _take(self, reply: control.Reply) -> None:
        if reply.id != self._asked or self.over:
            return
        if reply.trouble is Trouble.NODE_AWAY and self._restarts < MOST_RESTARTS:
            # It ended and is started again by itself; so is the check.
            self._asked, self._restarts = 0, self._restarts + 1
            self.changed.emit()
            QTimer.singleShot(0, self, self.begin)
            return
        self.report, self.over = reply.check, True
        if reply.trouble is not None:
            words = sentence_text(trouble_sentence(reply.trouble))
            self._fail_rest(words)
        self._add_figures()
        self.changed.emit()

    def _fail_rest(self, words: str) -> None:
        for step, row in self.rows.items():
            if row.standing in (Standing.WAITING, Standing.RUNNING):
                self.rows[step] = Row(row.title, Standing.FAILED, words)

    def _add_figures(self) -> None:
        """The report's numbers, in the person's own way of writing numbers."""
        report = self.report
        if report is None:
            return
        memory, speed = self.rows[CheckStep.MEMORY], self.rows[CheckStep.SPEED]
        if memory.standing is Standing.PASSED and report.allowed > 0:
            words = tr("Training may use {size}").format(size=text.memory(report.allowed))
            self.rows[CheckStep.MEMORY] = Row(memory.title, memory.standing, words)
        if speed.standing is Standing.PASSED and report.tokens_per_second is not None:
            words = tr("{number} tokens/s with a model of {size} parameters").format(
                number=text.number(report.tokens_per_second), size=text.parameters(report.parameters)
            )
            self.rows[CheckStep.SPEED] = Row(speed.title, speed.standing, words)
