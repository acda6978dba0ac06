"""Kill nodes, trainers and the host at random instants while training goes on, then compare everybody's books.

    python tests/integration/soak.py --kills 60 --seed 1

The same seed chooses the same victims and the same waits. Ends with a line of figures; raises AssertionError, and ends
with status 1, if anything that was acknowledged is missing or counted twice, or if weights differ.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.books import check, read_host
from helpers.town import HostProcess, Volunteer, settle, town, wait_until
from lightwork.cli.door import NodeDoor
from lightwork.domain.errors import LightworkError
from lightwork.protocol import control as wire

VICTIMS = ("trainer", "trainer", "node", "host")


def soak(folder: Path, *, kills: int, rounds: int, volunteers: int, seed: int, longest_wait: float = 5.0) -> str:
    """Run it all in `folder`; returns the line of figures."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    began = time.monotonic()
    with town(folder, volunteers) as (host, people):
        accounts = {person.status().account: person for person in people}
        for person in people:
            person.ask(wire.Contribute, link=host.link)
        wait_until(lambda: any(person.log("acknowledged") for person in people), 120, "the first contribution")
        while killed.total() < kills:
            time.sleep(chance.uniform(0.05, longest_wait))
            if victim := _kill(chance, host, people):
                killed[victim] += 1
        _reach(host, people, rounds)
        settle(host, people)
        for person in people:
            person.stop()
        host.stop()
        books = read_host(folder / "project", list(accounts))
        verified = check(books, {account: person.home for account, person in accounts.items()})
        merged = _check_weights(books.digests, people)
    seconds = time.monotonic() - began
    return (
        f"{killed.total()} kills ({', '.join(f'{count} {name}' for name, count in sorted(killed.items()))}) in "
        f"{seconds:.0f} s; version {books.version}, {verified} verified receipts, {merged} merges with equal digests; "
        f"nothing missing, nothing double"
    )


def _kill(chance: random.Random, host: HostProcess, people: list[Volunteer]) -> str | None:
    """Kill one process with SIGKILL, and start it again if nobody else does. None if it was not there to kill."""
    victim, person = chance.choice(VICTIMS), chance.choice(people)
    if victim == "host":
        host.kill()
        time.sleep(chance.uniform(0, 1))
        host.start()
    elif victim == "node":
        person.kill()
        time.sleep(chance.uniform(0, 0.5))
        person.start()
        person.ask(wire.Contribute, link=host.link)
    else:
        process = person.trainer
        if process is None:
            return None
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return victim


def _version(person: Volunteer, link: str) -> int:
    with suppress(LightworkError), NodeDoor.open(person.places) as door:
        project = door.ask(wire.AskProject, link=link).project
        return project.version if project is not None else 0
    return 0


def _reach(host: HostProcess, people: list[Volunteer], rounds: int) -> None:
    """Everybody merges the round that was asked for."""
    wait_until(lambda: _version(people[0], host.link) >= rounds, 60 + 10 * rounds, f"round {rounds}")
    for person in people:
        wait_until(
            lambda p=person: (project := p.status().project) is not None and project.version >= rounds,  # type: ignore[misc]
            60,
            f"{person.home.name} to merge",
        )


def _check_weights(digests: dict[int, str], people: list[Volunteer]) -> int:
    """Every merge on every computer made exactly the host's weights. Returns how many there were."""
    merges = [entry for person in people for entry in person.log("merged")]
    for entry in merges:
        assert digests[entry["version"]] == entry["digest"], f"weights of version {entry['version']} differ"
    return len(merges)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--volunteers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        print(soak(Path(folder), **vars(arguments)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
