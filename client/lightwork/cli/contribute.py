"""`lightwork contribute`: contribute in the terminal until told to stop, or for a number of rounds."""

import sys
import time
from dataclasses import dataclass, field

import msgspec

from lightwork.cli.door import NodeDoor, OwnNode
from lightwork.cli.exits import Exit, exit_code, printable
from lightwork.domain.credit import credits as in_credits
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.sentences import describe, trouble_sentence
from lightwork.domain.states import Phase
from lightwork.domain.status import LossPoint, NodeStatus
from lightwork.protocol import control as wire
from lightwork.settings.places import Places

# How long to wait, at the end, for the host to evaluate the version that the last round made.
_EVALUATION_SECONDS = 30.0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a stretch of contributing came to; the last line of `contribute --json`."""

    rounds: int
    held_out_loss_first: float | None
    held_out_loss_last: float | None
    credits_verified: float
    bytes_sent: int
    bytes_received: int
    tokens: int
    operations_verified: int
    parameters: int
    project: str
    version: int
    trouble: Trouble | None = None


@dataclass(slots=True)
class Journey:
    """What was seen on the way."""

    first_version: int | None = None
    losses: dict[int, float] = field(default_factory=dict)
    sent: int | None = None
    received: int = 0

    def see(self, status: NodeStatus) -> None:
        """Take note of a snapshot."""
        if self.sent is None:
            self.sent, self.received = status.network.sent_session, status.network.received_session
        if status.project is not None:
            if self.first_version is None and status.phase is not Phase.OFF:
                self.first_version = status.project.version
            self.learn(status.project.held_out)

    def learn(self, points: tuple[LossPoint, ...]) -> None:
        """Take note of held-out losses."""
        self.losses |= {point.version: point.loss for point in points}

    def summary(self, status: NodeStatus) -> Summary:
        """The sum of it, with the last snapshot."""
        seen = sorted(version for version in self.losses if version >= (self.first_version or 0))
        return Summary(
            rounds=status.rounds_done,
            held_out_loss_first=self.losses[seen[0]] if seen else None,
            held_out_loss_last=self.losses[seen[-1]] if seen else None,
            credits_verified=in_credits(status.credits.verified_session),
            bytes_sent=status.network.sent_session - (self.sent or 0),
            bytes_received=status.network.received_session - self.received,
            tokens=status.credits.tokens_session,
            operations_verified=status.credits.verified_session,
            parameters=status.project.parameters if status.project else 0,
            project=status.project.id if status.project else "",
            version=status.project.version if status.project else 0,
            trouble=status.trouble,
        )


def contribute(places: Places, *, link: str | None, rounds: int | None, as_json: bool) -> Exit:
    """Contribute, and return how it ended. Raises LightworkError if it cannot begin."""
    own, door = OwnNode.start(places)
    show = Screen(as_json=as_json)
    with door:
        journey = Journey()
        try:
            door.ask(wire.Contribute, link=link, rounds=rounds)
            status = _follow(door, journey, show)
            if rounds is not None and status.phase is Phase.OFF:
                _wait_for_evaluation(door, journey, link, status)
            status = door.status
        except KeyboardInterrupt:
            show.line("Stopping; what was trained is kept.")
            status = _stop(door, own)
        finally:
            if own is not None:
                own.end()
        show.end(journey.summary(status))
    return Exit.FINE if status.trouble is None else exit_code(status.trouble)


def _follow(door: NodeDoor, journey: Journey, show: "Screen") -> NodeStatus:
    """Until it is off again, or a trouble that only a person can end."""
    began = False
    while True:
        status = door.next_status()
        journey.see(status)
        show.status(status)
        began = began or status.phase is not Phase.OFF
        if began and status.phase is Phase.OFF:
            return status
        if status.phase is Phase.TROUBLE and status.retry_at is None:
            return status


def _stop(door: NodeDoor, own: OwnNode | None) -> NodeStatus:
    try:
        if own is not None:
            door.ask(wire.Stop)
            while door.status.phase is not Phase.OFF:
                door.next_status()
    except (LightworkError, KeyboardInterrupt):
        pass
    return door.status


def _wait_for_evaluation(door: NodeDoor, journey: Journey, link: str | None, status: NodeStatus) -> None:
    """The host measures a new version's loss a few seconds after it is made."""
    deadline = time.monotonic() + _EVALUATION_SECONDS
    while status.project is not None and time.monotonic() < deadline:
        try:
            project = door.ask(wire.AskProject, link=link).project
        except LightworkError:
            return
        if project is None:
            return
        journey.learn(project.held_out)
        if project.held_out and project.held_out[-1].version >= project.version:
            return
        time.sleep(1.0)


class Screen:
    """One line that is kept up to date on a terminal, and a line for each new sentence elsewhere.

    With `as_json` all of that goes to stderr, and stdout holds the summary alone.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._out = sys.stderr if as_json else sys.stdout
        self._live = self._out.isatty()
        self._last = ""
        self._width = 0

    def status(self, status: NodeStatus) -> None:
        """Show a snapshot."""
        sentence = describe(status, time.time()).text()
        if status.trouble is not None and status.detail:
            sentence += f" ({printable(status.detail)[:120]})"
        if self._live:
            text = f"{sentence}  {self._figures(status)}"
            self._out.write("\r" + text.ljust(self._width)[:200])
            self._width = min(200, len(text))
            self._out.flush()
        elif (key := _without_numbers(sentence)) != self._last:
            self._last = key
            self.line(sentence)

    def _figures(self, status: NodeStatus) -> str:
        training, progress = status.training, status.progress
        if progress is not None and progress.total:
            return f"{progress.done / 1e6:.1f} of {progress.total / 1e6:.1f} MB"
        if status.phase is not Phase.TRAINING or training.loss is None:
            return ""
        held_out = status.project.held_out[-1].loss if status.project and status.project.held_out else None
        model = f"model {held_out:.3f}, " if held_out is not None else ""
        earned = in_credits(status.credits.verified_session)
        return f"loss {training.loss:.3f} ({model}{training.tokens_per_second:,.0f} tokens/s, {earned:.6f} credits)"

    def line(self, text: str) -> None:
        """A line of its own."""
        self._out.write(("\n" if self._width else "") + text + "\n")
        self._width = 0
        self._out.flush()

    def end(self, summary: Summary) -> None:
        """The last word."""
        if self._as_json:
            if self._width:
                self.line("")
            sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
            sys.stdout.flush()
            return
        losses = ""
        if summary.held_out_loss_first is not None and summary.held_out_loss_last is not None:
            losses = f" Held-out loss {summary.held_out_loss_first:.3f} -> {summary.held_out_loss_last:.3f}."
        traffic = f"{summary.bytes_sent / 1e6:.2f} MB sent, {summary.bytes_received / 1e6:.2f} MB received"
        self.line(
            f"{summary.rounds} rounds counted, {summary.credits_verified:.6f} credits verified for "
            f"{summary.tokens:,} tokens; {traffic}.{losses}"
        )
        if summary.trouble is not None:
            self.line(trouble_sentence(summary.trouble).text())


def _without_numbers(text: str) -> str:
    return "".join(character for character in text if not character.isdigit())
