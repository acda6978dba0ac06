"""Four computers and a hub, each in its own network namespace, and the processes that run on them."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from peers.environments import REPOSITORY
from peers.task import Entry, Task, journal_of, read_journal

from helpers.links import Links, Traffic

HUB = "hub"
HERE = Path(__file__).resolve().parent
_HUB_SECONDS = 240.0


@dataclass(frozen=True, kw_only=True)
class System:
    """How one system is run: the script that each peer runs, and what runs on the hub, if anything does."""

    name: str
    version: str
    python: Path
    script: str
    hub: Sequence[str] = ()
    hub_says: bytes = b""  # what it prints once it can be reached
    environment: Mapping[str, str] = field(default_factory=dict)


class SwarmError(Exception):
    """It does not run; the message says why, with the end of the log."""


class Swarm:
    """One system, running. Use as a context: whatever has been started is gone at the end."""

    def __init__(self, system: System, task: Task, links: Links) -> None:
        self._system, self._task, self._links = system, task, links
        self._folder = Path(task.folder)
        self._names = [peer(number) for number in range(len(task.addresses))]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # The namespaces' own: they keep them.
        self._anchors = {name: set(_processes(links, name)) for name in (*self._names, HUB)}

    def __enter__(self) -> Self:
        self._task.write(self._folder / "task.json")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._anchors:
            self.kill(name)

    def start_hub(self) -> None:
        """Start what runs there, and wait until it can be reached."""
        if not self._system.hub:
            return
        log, deadline = self._start(HUB, self._system.hub), time.monotonic() + _HUB_SECONDS
        while self._system.hub_says not in log.read_bytes():
            self.check([])
            if time.monotonic() > deadline:
                raise SwarmError(f"the hub is not there after {_HUB_SECONDS:.0f} s:\n{self.end_of_log(HUB)}")
            time.sleep(0.1)

    def start(self, numbers: Sequence[int], begun: float) -> None:
        """Start these peers, of a run that began at this instant."""
        for number in numbers:
            script = [str(self._system.python), str(HERE / self._system.script)]
            self._start(peer(number), [*script, str(self._folder / "task.json"), str(number), str(begun)])

    def journal(self, number: int) -> list[Entry]:
        """What a peer has written down so far."""
        return read_journal(journal_of(self._task, number))

    def traffic(self, name: str) -> Traffic:
        """All bytes that a computer has sent and received, IP headers included, by its interface's own counters."""
        with self._links.inside(name):
            lines = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
        sent = received = 0
        for line in lines:
            device, _, numbers = line.partition(":")
            if device.strip() != "lo":
                fields = numbers.split()
                sent, received = sent + int(fields[8]), received + int(fields[0])
        return Traffic(sent, received)

    def running(self, number: int) -> bool:
        """False once the peer's own process has ended."""
        return self._running[peer(number)].poll() is None

    def check(self, numbers: Sequence[int]) -> None:
        """Raise SwarmError if one of these peers has ended, or the hub has."""
        for name in [*map(peer, numbers), *([HUB] if self._system.hub else [])]:
            if self._running[name].poll() is not None:
                raise SwarmError(f"{name} has ended:\n{self.end_of_log(name)}")

    def kill(self, name: str) -> None:
        """SIGKILL for all that runs on a computer, until nothing is left."""
        process = self._running.pop(name, None)
        deadline = time.monotonic() + 10
        while numbers := set(_processes(self._links, name)) - self._anchors[name]:
            for number in numbers:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            if process is not None:
                process.poll()  # a zombie is gone once its end has been taken note of
            if time.monotonic() > deadline:
                raise SwarmError(f"processes on {name} do not end: {numbers}")
            time.sleep(0.02)
        if process is not None:
            process.wait()
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()

    def _start(self, name: str, command: Sequence[str]) -> Path:
        """Run it on that computer, whose host name is its address: so it resolves everywhere without a name server."""
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self._links.address(name), *command]
        log = self._folder / f"{name}.log"
        with log.open("ab") as out, self._links.inside(name):
            self._running[name] = subprocess.Popen(
                named,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=_environment() | dict(self._system.environment),
                start_new_session=True,
            )
        return log

    def end_of_log(self, name: str) -> str:
        """What its process has said last."""
        log = self._folder / f"{name}.log"
        return log.read_text(errors="replace")[-1500:] if log.exists() else ""


def peer(number: int) -> str:
    """The name of a peer's computer."""
    return f"peer{number}"


def _environment() -> dict[str, str]:
    """One thread each, and Lightwork's sources."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": str(REPOSITORY / "client"), "PYTHONUNBUFFERED": "1"}


def _processes(links: Links, name: str) -> list[int]:
    """All processes on a computer."""
    with links.inside(name):
        wanted = Path("/proc/thread-self/ns/net").readlink()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has just ended
                if (folder / "ns" / "net").readlink() == wanted:
                    found.append(int(folder.name))
    return found
