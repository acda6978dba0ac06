"""Lightwork as it is: a volunteer's node, which starts its own trainer, told to contribute by the control wire."""

import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from task import BEGIN, FAULT, ROUND, STEPS, Journal, Task, carry_out

from helpers.town import UNDISTURBED, Volunteer
from lightwork.cli.door import NodeDoor
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control as wire

# One thread, as the other peers have; and no lower priority than theirs.
_SETTINGS = f"{UNDISTURBED}\n[computing]\nthreads = 1\nlow_priority = false\n"


class _Reporter:
    """Snapshots of the node as entries of the journal."""

    def __init__(self, person: Volunteer, journal: Journal) -> None:
        self._person, self._journal = person, journal
        self._before: int | None = None  # steps of this computer's earlier trainers
        self._steps = self._rounds = 0
        self._began = time.time()
        self._fault = ""

    def take(self, status: NodeStatus) -> None:
        """Write down what is new."""
        if status.phase is Phase.TRAINING and self._before is None:
            self._before = self._person.log("trainer ready")[-1]["steps"] or 0
        if self._before is not None and status.training.steps - self._before > self._steps:
            self._steps = status.training.steps - self._before
            self._journal.write(STEPS, self._steps)
        if status.rounds_done > self._rounds:
            self._rounds = status.rounds_done
            # A receipt may be for what the process before this one had sent.
            if any(line["time"] >= self._began for line in self._person.log("acknowledged")):
                self._journal.write(ROUND, status.project.online if status.project is not None else 0)
        fault = f"{status.trouble} {status.detail}" if status.trouble is not None else ""
        if fault and fault != self._fault:
            self._journal.write(FAULT, text=fault)
        self._fault = fault


def main(task: Task, number: int, journal: Journal, _: float) -> None:
    """Contribute until ended."""
    person = Volunteer(task.home(number) / "home", environment={"SSL_CERT_FILE": task.authorities})
    person.home.mkdir(exist_ok=True)
    person.places.settings.write_text(_SETTINGS)
    with suppress(OSError):
        person.places.door.unlink()  # of a node that was killed
    journal.write(BEGIN)
    person.start()
    reporter = _Reporter(person, journal)
    while True:
        try:
            with NodeDoor.open(person.places) as door:
                door.ask(wire.Contribute, link=task.link)
                while True:
                    reporter.take(door.next_status())
        except LightworkError as error:
            journal.write(FAULT, text=str(error))
            time.sleep(1.0)


if __name__ == "__main__":
    carry_out(main)
