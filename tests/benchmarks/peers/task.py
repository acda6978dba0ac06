"""What a peer's script is told, and what it tells: standard library only, for it is read in every environment.

A script gets the path of a `Task` (JSON), its own number, and when the run began. It ends, with all that it has
started, when stdin does. Meanwhile it writes a journal.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, kw_only=True)
class Task:
    """One run of one system: `peers` computers train `model` on the same text, each step on its own places of it."""

    folder: str  # for whatever is shared, and the peers' own folders
    model: dict[str, Any]  # a GPT-J configuration
    training: str  # file of tokens, a byte each
    seed: int  # of the first weights, and of the places of text
    sequence: int  # tokens
    batch: int  # sequences that one computer takes in one local step
    addresses: list[str]  # of the peers, by number
    hub: str  # address of the computer that does not train: a host, a rendezvous
    local_steps: int  # between two averagings, for those that do not average at each step
    snapshot_every: float  # seconds between two copies of the weights
    link: str = ""  # how Lightwork's volunteers join
    authorities: str = ""  # certificates that they trust (PEM)

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Task":
        """What `write` wrote."""
        return cls(**json.loads(path.read_text()))

    def home(self, number: int) -> Path:
        """A peer's own folder. It outlives the peer's process."""
        path = Path(self.folder, f"peer-{number}")
        path.mkdir(parents=True, exist_ok=True)
        return path


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a journal, at a time of the machine's monotonic clock, which all of its processes share.

    BEGIN: a process begins to train. STEPS: local steps that this process has taken so far. ROUND: its work was
    averaged with others', `count` peers in all. SNAPSHOT: its weights went into the file `count`. FAULT: it cannot go
    on.
    """

    at: float
    kind: str
    count: int
    text: str = ""


BEGIN, STEPS, ROUND, SNAPSHOT, FAULT = "begin", "steps", "round", "snapshot", "fault"


class Journal:
    """Entries of one peer, each in the kernel's hands before the next is written, so that a kill loses none."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def write(self, kind: str, count: int = 0, text: str = "") -> None:
        """Add an entry, now."""
        with self._lock:
            self._file.write(f"{time.monotonic():.3f}\t{kind}\t{count}\t{' '.join(text.split())[:300]}\n")

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def read_journal(path: Path) -> list[Entry]:
    """All whole entries."""
    entries = []
    for line in path.read_text().splitlines() if path.exists() else []:
        fields = line.split("\t")
        if len(fields) == 4:  # a kill may have cut the last one short
            entries.append(Entry(float(fields[0]), fields[1], int(fields[2]), fields[3]))
    return entries


def journal_of(task: Task, number: int) -> Path:
    """Where a peer's journal lies."""
    return task.home(number) / "journal.tsv"


def carry_out(main: Callable[[Task, int, Journal, float], None]) -> None:
    """Run a script: with its task, its number, its journal, and when the run began (monotonic clock).

    An error is written down, and ends the script's process group, as the end of stdin does.
    """
    task, number, begun = Task.read(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    journal = Journal(journal_of(task, number))
    threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    try:
        main(task, number, journal, begun)
    except Exception as error:
        traceback.print_exc()
        journal.write(FAULT, text=f"{type(error).__name__}: {error}")
        os.killpg(0, signal.SIGKILL)  # libraries leave threads and processes behind that would wait forever


def _end_with_stdin() -> None:
    # Not sys.stdin: its lock, held by a thread that reads, would keep the interpreter from ending.
    while os.read(0, 1 << 12):
        pass
    os.killpg(0, signal.SIGKILL)
