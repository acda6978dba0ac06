"""What unequal computers and constant faults cost a project.

A real host and four real volunteers (node and trainer processes) whose trainers compute for 50, 15, 5 and 5 % of the
time: speeds of 10 : 3 : 1 : 1, which leaves the rest of two cores to everything else. Each sits behind a link of its
own (`helpers/links.py`). First they are left alone, then faults strike, in turn at each of them:

    node       killed (SIGKILL), and started again a second later, as a desktop does at the next login
    trainer    killed (SIGKILL); its node starts another
    pause      by the person, for --pause seconds
    cable      pulled for --pause seconds

Decoupled DiLoCo was tried with 125 faults an hour among 32 volunteers, which is 15.6 an hour among 4. A run of some
minutes would see one of them, so they come --times as often here; what one fault costs is measured, and what so many of
them would cost follows from it.

Measured, from the host's own records: verified tokens a second from one round's closing to another's, with faults and
without; how many of the volunteers that were at work throughout a round are counted in it; from the volunteers: how
long each takes to be back at work, and whether the others lose anything meanwhile. At the end all books are compared:
every token that a trainer has counted is in a verified receipt, or packed, or unsent and waiting.

    python tests/benchmarks/bench_unequal.py --out unequal
"""

import argparse
import csv
import itertools
import os
import random
import signal
import sqlite3
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.books import check, read_host
from helpers.certificates import certificate
from helpers.links import Links, Shape, connected
from helpers.scratch import scratch
from helpers.town import UNDISTURBED, HostProcess, Volunteer, make_project, wait_until
from lightwork.cli.door import NodeDoor
from lightwork.codec.weights import layout_of
from lightwork.domain.errors import LightworkError
from lightwork.domain.states import Phase
from lightwork.host.folder import ProjectFolder, read_manifest
from lightwork.host.settings import load_settings, save_settings
from lightwork.protocol import control as wire
from lightwork.protocol.links import JoinLink, parse_link

DUTIES = {"fast": 0.5, "middle": 0.15, "slow": 0.05, "slow too": 0.05}
KINDS = ("node", "trainer", "pause", "cable")
HOST = "host"
LINK = Shape(up=5e6, down=20e6, delay=0.02)
FAULTS_AN_HOUR, AMONG = 125.0, 32.0
WARM_MERGES = 2


@dataclass(frozen=True)
class Look:
    """What a volunteer's node showed at an instant (Unix time)."""

    at: float
    training: bool
    process: int | None
    steps: int


@dataclass
class Fault:
    """One. Times are Unix times: when it struck, when it was taken away, and when its victim took steps again."""

    kind: str
    victim: str
    struck: float
    ended: float = 0.0
    back: float = 0.0

    @property
    def seconds_back(self) -> float:
        """From its end until the victim is at work."""
        return max(0.0, self.back - self.ended)


@dataclass(frozen=True)
class Round:
    """One that was closed, as the host recorded it: tokens by volunteer."""

    version: int
    opened: float
    closed: float
    expected: int
    tokens: dict[str, int]


class Watcher(threading.Thread):
    """Looks at a volunteer all the time."""

    def __init__(self, links: Links, name: str, person: Volunteer) -> None:
        super().__init__(name=f"watching {name}", daemon=True)
        self._links = links
        self._name = name
        self._person = person
        self.looks: list[Look] = []
        self.ending = False

    def run(self) -> None:
        """As threading.Thread."""
        with self._links.inside(self._name):
            while not self.ending:
                with suppress(LightworkError), NodeDoor.open(self._person.places) as door:
                    while not self.ending:
                        status = door.next_status()
                        training = status.training
                        look = Look(time.time(), status.phase is Phase.TRAINING, training.process, training.steps)
                        self.looks.append(look)
                time.sleep(0.1)

    def at_work_since(self, instant: float) -> float | None:
        """When steps were seen to be taken for the first time after that instant."""
        after = [look for look in self.looks if look.at >= instant]
        for before, now in itertools.pairwise(after):
            if now.training and now.process is not None and now.process == before.process and now.steps > before.steps:
                return now.at
        return None

    def steps_between(self, start: float, end: float) -> int:
        """Steps that were seen to be taken; those that a kill undid were taken all the same."""
        within = [look for look in self.looks if start <= look.at <= end]
        return sum(max(0, now.steps - before.steps) for before, now in itertools.pairwise(within))


@dataclass
class Town:
    """All that takes part."""

    links: Links
    host: HostProcess
    people: dict[str, Volunteer]
    watchers: dict[str, Watcher]
    faults: list[Fault] = field(default_factory=list)

    def link_for(self, name: str) -> str:
        """The join link as that computer must use it."""
        parsed = parse_link(self.host.link)
        assert parsed.port is not None
        address, port = self.links.door(name, HOST, parsed.port)
        return str(JoinLink(address, port, parsed.project))


# --- faults -----------------------------------------------------------------------------------------------------------


def strike(town: Town, fault: Fault, pause: float) -> None:
    """Carry one out, and wait until its victim is at work again."""
    person, watcher = town.people[fault.victim], town.watchers[fault.victim]
    with town.links.inside(fault.victim):
        match fault.kind:
            case "node":
                person.kill()
                time.sleep(1.0)
                fault.ended = time.time()
                person.start()
            case "trainer":
                process = person.trainer
                assert process is not None, f"{fault.victim} has no trainer to kill"
                os.kill(process, signal.SIGKILL)
                fault.ended = time.time()
            case "pause":
                person.ask(wire.Pause)
                time.sleep(pause)
                fault.ended = time.time()
                person.ask(wire.Resume)
            case _:
                town.links.cut(fault.victim)
                time.sleep(pause)
                town.links.mend(fault.victim)
                fault.ended = time.time()
    if fault.kind == "cable":  # its trainer has trained on; what is new to it is that the host takes something
        fault.back = wait_until(lambda: acknowledged_since(person, fault.ended), 120, f"{fault.victim} is heard again")
    else:
        what = f"{fault.victim} after {fault.kind}"
        fault.back = wait_until(lambda: watcher.at_work_since(fault.ended), 120, what)


def acknowledged_since(person: Volunteer, instant: float) -> float | None:
    """When the host took a contribution for the first time after that instant."""
    return next((line["time"] for line in person.log("acknowledged") if line["time"] >= instant), None)


def schedule(seconds: float, number: int, chance: random.Random) -> list[tuple[float, str, str]]:
    """When which fault strikes whom: everybody and every kind alike, in random order, at random instants."""
    pairs = [(kind, victim) for kind in KINDS for victim in DUTIES]
    chance.shuffle(pairs)
    victims = itertools.cycle(DUTIES)
    chosen: list[tuple[str, str]] = []
    while len(chosen) < number:
        victim = next(victims)
        left = [pair for pair in pairs if pair[1] == victim and pair not in chosen] or [
            pair for pair in pairs if pair[1] == victim
        ]
        rare = min(left, key=lambda pair: sum(one[0] == pair[0] for one in chosen))
        chosen.append(rare)
    chance.shuffle(chosen)
    part = seconds / max(1, number)
    return [((place + chance.uniform(0.1, 0.9)) * part, kind, victim) for place, (kind, victim) in enumerate(chosen)]


def faulty(town: Town, seconds: float, number: int, options: argparse.Namespace) -> None:
    """Let faults strike for so long; they may overlap, but not at one victim."""
    began, threads = time.monotonic(), []
    failures: list[BaseException] = []

    def one(fault: Fault) -> None:
        try:
            strike(town, fault, options.pause)
        except BaseException as error:  # told below: the benchmark is void then
            failures.append(error)

    for at, kind, victim in schedule(seconds, number, random.Random(options.seed)):
        time.sleep(max(0.0, began + at - time.monotonic()))
        for fault, thread in threads:
            if fault.victim == victim:
                thread.join()
        fault = Fault(kind, victim, time.time())
        town.faults.append(fault)
        thread = threading.Thread(target=one, args=(fault,), daemon=True)
        threads.append((fault, thread))
        thread.start()
    for _, thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    time.sleep(max(0.0, began + seconds - time.monotonic()))


# --- the run ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What came of it. `calm` and `stormy` are stretches of Unix time."""

    rounds: list[Round]
    calm: tuple[float, float]
    stormy: tuple[float, float]
    faults: list[Fault]
    watchers: dict[str, Watcher]
    verified: int
    books: dict[str, tuple[int, int, int]]


def prepare(folder: Path, links: Links, options: argparse.Namespace) -> None:
    """A tiny project where the volunteers reach it."""
    make_project(folder / "project", round_seconds=options.round_seconds, steps=100_000)
    root = folder / "project"
    values = {"address": links.address(HOST), "evaluation": False}
    if links.shaped:
        public, private = certificate(folder, links.address(HOST))
        values |= {"tls_certificate": str(public), "tls_key": str(private)}
    settings = load_settings(root)
    save_settings(
        root, type(settings)(**{**{name: getattr(settings, name) for name in settings.__struct_fields__}, **values})
    )


def volunteer(folder: Path, name: str) -> Volunteer:
    """One of that speed."""
    home = folder / name.replace(" ", "-")
    home.mkdir()
    # At the lowest priority whatever else runs on this computer would decide on the speeds.
    (home / "settings.toml").write_text(UNDISTURBED + f"[computing]\nlow_priority = false\nduty = {DUTIES[name]}\n")
    trusted = folder / "host.pem"
    known = {"SSL_CERT_FILE": str(trusted)} if trusted.exists() else {}
    return Volunteer(home, environment={**known, "NO_PROXY": "*", "no_proxy": "*"})


def run(folder: Path, options: argparse.Namespace) -> Run:
    """All of it, in `folder`."""
    number = round(FAULTS_AN_HOUR / AMONG * len(DUTIES) * options.times * options.faulty / 3600)
    with connected({HOST: Shape(), **dict.fromkeys(DUTIES, LINK)}) as links:
        prepare(folder, links, options)
        host = HostProcess(folder / "project")
        people = {name: volunteer(folder, name) for name in DUTIES}
        town = Town(links, host, people, {name: Watcher(links, name, one) for name, one in people.items()})
        try:
            with links.inside(HOST):
                host.start()
            accounts = begin(town)
            calm = time.time(), time.time() + options.calm
            time.sleep(options.calm)
            print(f"{options.calm:.0f} s without faults; now {number} in {options.faulty:.0f} s", flush=True)
            faulty(town, options.faulty, number, options)
            stormy = calm[1], time.time()
            settle(town)
        finally:
            for watcher in town.watchers.values():
                watcher.ending = True
            for name, person in people.items():
                with links.inside(name):
                    person.stop()
            host.stop()
    books = read_host(folder / "project", list(accounts))
    verified = check(books, {account: people[name].home for account, name in accounts.items()})
    return Run(
        rounds_of(folder / "project", accounts),
        calm,
        stormy,
        town.faults,
        town.watchers,
        verified,
        {name: counted(folder / "project", people[name], account) for account, name in accounts.items()},
    )


def begin(town: Town) -> dict[str, str]:
    """Everybody contributes. Returns names by account, once all have merged some rounds."""
    accounts = {}
    for name, person in town.people.items():
        with town.links.inside(name):
            person.start()
            accounts[person.status().account] = name
            person.ask(wire.Contribute, link=town.link_for(name))
        town.watchers[name].start()
    for name, person in town.people.items():
        wait_until(lambda p=person: len(p.log("merged")) >= WARM_MERGES, 180, f"{name} to merge")  # type: ignore[misc]
    return accounts


def settle(town: Town) -> None:
    """Training stops, and every acknowledged contribution gets its receipt."""
    for name, person in town.people.items():
        with town.links.inside(name):
            person.ask(wire.Stop)
            wait_until(lambda p=person: p.status().phase is Phase.OFF, 30, "training to stop")  # type: ignore[misc]
    for name, person in town.people.items():
        link = town.link_for(name)
        with town.links.inside(name):
            wait_until(lambda p=person, at=link: p.settled(at), 90, "the last receipts")  # type: ignore[misc]


# --- the books --------------------------------------------------------------------------------------------------------


def rounds_of(project: Path, accounts: dict[str, str]) -> list[Round]:
    """The closed rounds, from the host's records."""
    connection = sqlite3.connect(f"file:{project / 'records.sqlite'}?mode=ro", uri=True)
    try:
        tokens: dict[int, dict[str, int]] = defaultdict(dict)
        for account, version, count in connection.execute(
            "SELECT account, round, tokens FROM receipts WHERE verdict = 'verified'"
        ):
            tokens[version][accounts[account]] = count
        found = connection.execute(
            "SELECT version, opened, closed, expected FROM rounds WHERE closed IS NOT NULL ORDER BY version"
        )
        return [Round(*row, tokens[row[0]]) for row in found]
    finally:
        connection.close()


def counted(project: Path, person: Volunteer, account: str) -> tuple[int, int, int]:
    """A stopped volunteer's tokens: that its trainer counts, in verified receipts, and packed or unsent."""
    from lightwork.trainer.checkpoint import load  # noqa: PLC0415  torch, for this one look

    manifest, _ = read_manifest(ProjectFolder(project).manifest)
    settings = load_settings(project)
    weights = Path(ProjectFolder(project).blobs_url(settings).removeprefix("file://")) / "files"
    layout = layout_of([_blob(weights.parent, manifest.weights[0].sha256)])
    trainer = person.places.project(manifest.project) / "trainer"
    found = load(trainer / "checkpoint.safetensors", trainer / "checkpoint.quick.safetensors", layout)
    assert found is not None
    state = found.state
    connection = sqlite3.connect(f"file:{project / 'records.sqlite'}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT digest, tokens FROM receipts WHERE account = ? AND verdict = 'verified'", (account,)
        ).fetchall()
    finally:
        connection.close()
    verified = dict(rows)
    waiting = sum(item.tokens for item in (*state.replica.work, *state.replica.returned))
    if state.packed is not None and state.packed.digest not in verified:
        waiting += sum(item.tokens for item in state.packed.work)
    return state.counters.tokens, sum(verified.values()), waiting


def _blob(folder: Path, sha256: str) -> Path:
    return next(file for file in folder.rglob("*") if file.is_file() and sha256 in str(file))


# --- reporting --------------------------------------------------------------------------------------------------------


def throughput(rounds: Sequence[Round], stretch: tuple[float, float]) -> tuple[float, list[Round]]:
    """Verified tokens a second from the first closing within a stretch to the last, and the rounds between them."""
    closed = [one for one in rounds if stretch[0] <= one.closed <= stretch[1]]
    if len(closed) < 2:
        raise RuntimeError("too few rounds: give it more time")
    between = closed[1:]
    tokens = sum(sum(one.tokens.values()) for one in between)
    return tokens / (between[-1].closed - closed[0].closed), between


def live(one: Round, faults: Sequence[Fault]) -> set[str]:
    """Those at work throughout a round."""
    away = {fault.victim for fault in faults if fault.struck <= one.closed and fault.back >= one.opened}
    return set(DUTIES) - away


def others(run: Run) -> tuple[float, float]:
    """Steps a second of those at work, of each as a share of its own calm pace: while somebody is away, and while
    nobody is.
    """
    steps, expected = {True: 0.0, False: 0.0}, {True: 0.0, False: 0.0}
    pieces = sorted({run.stormy[0], *(t for fault in run.faults for t in (fault.struck, fault.back)), run.stormy[1]})
    for start, end in itertools.pairwise(pieces):
        away = {fault.victim for fault in run.faults if fault.struck < end and fault.back > start}
        for name in set(DUTIES) - away:
            calm = run.watchers[name].steps_between(*run.calm) / (run.calm[1] - run.calm[0])
            if calm > 0 and end - start > 2:
                steps[bool(away)] += run.watchers[name].steps_between(start, end) / calm
                expected[bool(away)] += end - start
    mean = {key: steps[key] / expected[key] if expected[key] else float("nan") for key in steps}
    return mean[True], mean[False]


def report(run: Run, options: argparse.Namespace) -> None:
    """The tables."""
    (calm, before), (stormy, during) = throughput(run.rounds, run.calm), throughput(run.rounds, run.stormy)
    print(
        f"\n{'':9}{'duty':>6}{'tokens/s':>10}{'share':>8}{'a round':>9}{'counted':>9} | {'steps':>9}{'verified':>10}",
        end="",
    )
    print(f"{'waiting':>9}{'missing':>9}   (tokens; left: without faults)")
    seconds = sum(one.closed - one.opened for one in before)
    total = sum(sum(one.tokens.values()) for one in before)
    for name, duty in DUTIES.items():
        own = sum(one.tokens.get(name, 0) for one in before)
        rounds = sum(name in one.tokens for one in before)
        trained, verified, waiting = run.books[name]
        print(f"{name:9}{duty:6.2f}{own / seconds:10.0f}{own / total:8.1%}{own / max(1, rounds):9,.0f}", end="")
        print(f"{rounds:5}/{len(before):<3} | {trained:9,}{verified:10,}{waiting:9,}{trained - verified - waiting:9,}")
    report_faults(run, options, calm, stormy)
    lives = [(live(one, run.faults), set(one.tokens)) for one in during]
    shares = [len(there & got) / len(there) for there, got in lives if there]
    print(f"live volunteers counted: {statistics.mean(shares):.1%} of all in all rounds (target 95 %);", end="")
    print(f" in {sum(share == 1 for share in shares)} of {len(shares)} rounds all of them")
    length = [one.closed - one.opened for one in before], [one.closed - one.opened for one in during]
    print(
        f"a round: {statistics.mean(length[0]):.2f} s without faults, {statistics.mean(length[1]):.2f} s with,", end=""
    )
    print(f" {max(length[1]):.2f} s at most (announced: {options.round_seconds:g} s)")
    away, nobody = others(run)
    print(f"pace of those at work, of their own: {away:.1%} while somebody is away, {nobody:.1%} while nobody is")
    missing = sum(trained - verified - waiting for trained, verified, waiting in run.books.values())
    print(f"books: {run.verified} verified receipts, none double; {missing:,} tokens missing")


def report_faults(run: Run, options: argparse.Namespace, calm: float, stormy: float) -> None:
    """What they cost."""
    print(f"\n{'fault':9}{'n':>3}{'back at work after, median':>28}{'most':>8}   seconds (target 10 after a restart)")
    for kind in KINDS:
        back = sorted(fault.seconds_back for fault in run.faults if fault.kind == kind)
        if back:
            print(f"{kind:9}{len(back):3}{statistics.median(back):28.1f}{back[-1]:8.1f}")
    kept, lasted = stormy / calm, run.stormy[1] - run.stormy[0]
    rate = len(run.faults) / lasted * 3600
    named = FAULTS_AN_HOUR / AMONG * len(DUTIES)
    lost = (1 - kept) * lasted / max(1, len(run.faults)) * len(DUTIES)
    print(f"\nverified tokens a second: {calm:,.0f} without faults, {stormy:,.0f} with: {kept:.1%} kept", end="")
    print(f" at {rate:.0f} faults an hour ({rate / named:.1f} x)")
    print(f"one fault costs {lost:.1f} s of an average volunteer's time", end="")
    print(f" -> {1 - (1 - kept) * named / rate:.2%} kept at {named:.1f} an hour (target 98 %)")


def write(run: Run, prefix: Path) -> None:
    """Two CSV files: a line for each round, and one for each fault."""
    with prefix.with_name(prefix.name + "-rounds.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["version", "opened", "closed", "expected", "live", *DUTIES])
        for one in run.rounds:
            there = "+".join(sorted(live(one, run.faults)))
            tokens = [one.tokens.get(name, "") for name in DUTIES]
            writer.writerow(
                [one.version, one.opened - run.calm[0], one.closed - run.calm[0], one.expected, there, *tokens]
            )
    with prefix.with_name(prefix.name + "-faults.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "victim", "struck", "ended", "back"])
        for fault in run.faults:
            times = [round(instant - run.calm[0], 3) for instant in (fault.struck, fault.ended, fault.back)]
            writer.writerow([fault.kind, fault.victim, *times])


def main() -> None:
    """Run, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calm", type=float, default=90.0, help="seconds without faults")
    parser.add_argument("--faulty", type=float, default=185.0, help="seconds with faults")
    parser.add_argument("--times", type=float, default=10.0, help="as often as 125 an hour among 32")
    parser.add_argument("--pause", type=float, default=8.0, help="seconds that a pause or a pulled cable lasts")
    parser.add_argument("--round-seconds", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the folder, with all logs")
    parser.add_argument("--out", type=Path, help="what the names of two CSV files begin with")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is taken down
    with scratch("unequal-", keep=options.keep) as folder:
        done = run(folder, options)
        if options.out is not None:
            write(done, options.out)
        report(done, options)


if __name__ == "__main__":
    main()
