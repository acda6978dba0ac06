"""A small town for tests: one host and some volunteers, each a real process with a home folder of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from lightwork.cli.door import NodeDoor
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control as wire
from lightwork.settings.places import Places

RECIPE = """
name = "Test town"

[model]
model_type = "gptj"
vocab_size = 256
n_positions = 32
n_embd = 32
n_layer = 2
n_head = 2
rotary_dim = 8

[data]
files = ["training.txt"]
held_out = ["held-out.txt"]
shard_bytes = 8192

[recipe]
sequence = 32
batch = 4
round_seconds = {round_seconds}
max_local_steps = {steps}
warmup_steps = 2

[host]
port = 0
checkpoint_every = 100000  # all updates stay, so that the tests can compare every version
"""


# What else runs on this computer (other tests' games, say) must not pause a test that is about something else.
UNDISTURBED = """version = 1
[pausing]
games = false
full_screen = false
metered = false
on_battery = false
disk_free_gb = 0.0
memory_free_gb = 0.0
"""


def undisturbed(home: Path) -> None:
    """Settings for this home, unless the test has written its own."""
    home.mkdir(parents=True, exist_ok=True)
    if not Places(home).settings.exists():
        Places(home).settings.write_text(UNDISTURBED)


def environment(home: Path) -> dict[str, str]:
    """For a process with this home folder, one thread, and no keyring."""
    return {
        **os.environ,
        "LIGHTWORK_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def make_project(folder: Path, *, round_seconds: float = 1.0, steps: int = 6) -> None:
    """A tiny project on some of Python's own sources."""
    sources = folder.parent / f"{folder.name}-sources"
    sources.mkdir(parents=True)
    text = "".join(
        file.read_text(errors="replace") for file in sorted(Path(sysconfig.get_path("stdlib")).glob("a*.py"))
    )
    (sources / "training.txt").write_text(text[:120_000])
    (sources / "held-out.txt").write_text(text[120_000:124_000])
    recipe = sources / "recipe.toml"
    recipe.write_text(RECIPE.format(round_seconds=round_seconds, steps=steps))
    subprocess.run(
        [sys.executable, "-m", "lightwork", "host", "create", str(recipe), "--folder", str(folder)],
        check=True,
        env=environment(folder.parent),
        stdout=subprocess.DEVNULL,
        timeout=120,
    )


@dataclass
class HostProcess:
    """A running `lightwork host serve`. Keeps its port over restarts, so that the link stays."""

    folder: Path
    port: int = 0
    link: str = ""
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lightwork", "host", "serve", str(self.folder), "--port", str(self.port)],
                env=environment(self.folder.parent),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.link = self.process.stdout.readline().strip()
        if not self.link:
            raise RuntimeError(f"the host does not start: {self.log[-2000:]}")
        self.port = int(self.link.split("/")[2].rpartition(":")[2])

    def pending(self) -> int:
        """Contributions that it has and that no round holds yet."""
        return self._count("contributions WHERE phase = 'pending'")

    def receipts(self, account: str) -> int:
        """How many it has signed for an account."""
        return self._count("receipts WHERE account = ?", account)

    def _count(self, rows: str, *values: str) -> int:
        with closing(sqlite3.connect(f"file:{self.folder / 'records.sqlite'}?mode=ro", uri=True)) as records:
            return int(records.execute(f"SELECT COUNT(*) FROM {rows}", values).fetchone()[0])

    @property
    def log(self) -> str:
        return (self.folder.parent / f"{self.folder.name}.log").read_text()

    def kill(self) -> None:
        """At once, as a power cut would; its evaluator ends with its stdin."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.kill()


@dataclass
class Volunteer:
    """A node with its own home."""

    home: Path
    process: "subprocess.Popen[bytes] | None" = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        undisturbed(self.home)
        with (self.home / "stderr.log").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lightwork.node"],
                env={**environment(self.home), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        wait_until(self.answers, 30, "the node to answer")

    @property
    def places(self) -> Places:
        return Places(self.home)

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"the node ended: {(self.home / 'stderr.log').read_text()[-2000:]}")
        try:
            with NodeDoor.open(self.places):
                return True
        except LightworkError:
            return False

    def ask(self, command: Any, **values: object) -> wire.Reply:
        with NodeDoor.open(self.places) as door:
            return door.ask(command, **values)

    def status(self) -> NodeStatus:
        with NodeDoor.open(self.places) as door:
            return door.next_status()

    def settled(self, link: str) -> bool:
        """True once every acknowledged contribution has its receipt; asking fetches those that are due."""
        self.ask(wire.AskProject, link=link)
        return self.status().credits.pending == 0

    @property
    def trainer(self) -> int | None:
        """The process number of its trainer."""
        if self.process is None:
            return None
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    if "lightwork.trainer" in child.cmdline():
                        return child.pid
        return None

    def log(self, message: str) -> list[dict[str, Any]]:
        """The lines of the node's log with this message."""
        lines = []
        for file in sorted((self.home / "logs").glob("node.log*")):
            for line in file.read_text().splitlines():
                with suppress(ValueError):  # a line cut short by a kill
                    entry = json.loads(line)
                    if entry.get("message") == message:
                        lines.append(entry)
        return lines

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            self.kill()


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until it is true, and return what it is. Raises TimeoutError that says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)
    return found


def settle(host: HostProcess, people: Sequence[Volunteer]) -> None:
    """Training stops, and each ledger gets all receipts: also of a contribution that the host took while its volunteer
    was stopped, which has not heard of that.
    """
    for person in people:
        person.ask(wire.Stop)
    for person in people:
        wait_until(lambda p=person: p.status().phase is Phase.OFF, 30, "training to stop")  # type: ignore[misc]
    wait_until(lambda: host.pending() == 0, 60, "the last round")
    for person in people:
        owed = host.receipts(person.status().account)
        wait_until(
            lambda p=person, n=owed: p.settled(host.link) and p.status().credits.receipts == n,  # type: ignore[misc]
            60,
            "the last receipts",
        )


@contextmanager
def town(folder: Path, volunteers: int, **project: Any) -> Iterator[tuple[HostProcess, list[Volunteer]]]:
    """A host and volunteers, started; all ended afterwards, whatever happens."""
    make_project(folder / "project", **project)
    host = HostProcess(folder / "project")
    people = [Volunteer(folder / f"volunteer-{number}") for number in range(volunteers)]
    try:
        host.start()
        for person in people:
            person.start()
        yield host, people
    finally:
        for person in people:
            person.stop()
        host.stop()
