"""Lightwork beside the systems that people use for training over slow links, on one model, text and kind of link.

Four peers of each system train the practice model (856,064 parameters) for equal time from the start of their
processes, one thread each, in network namespaces with shaped links (`helpers/links.py`). What a system needs beside
its peers (Lightwork's host, torchft's lighthouse) runs on a fifth computer, the hub. Then one peer is killed while it
sends, the others are watched, and it is started again. Shown are

    tokens/s      of all four peers together
    MB            that one peer has sent and received by its network interface, IP headers included
    loss          held-out, of what a user would keep when the time is up
    standstill    the longest time in which a peer finished no step: undisturbed, after the kill, after the return
    back          from the start of the killed peer's new process until its work counts again

and the same in a CSV file, with another for the loss over time. Each library is installed into an environment of its
own below --cache. Needs root, for the namespaces, and for each system --minutes and some 6 minutes more. All have AdamW
at 0.003, near the best for this model (`loss/runs.py`), except where Lightwork's recipe is as it is, with Muon.

    gloo               DistributedDataParallel: AdamW, fp32 gradients at each step
    hivemind           hivemind.Optimizer: local AdamW steps, parameters averaged in half precision in the background
    torchft            DiLoCo: local AdamW steps, outer Nesterov step with fp32 pseudo-gradients
    lightwork          a host and four volunteers, by the practice project's recipe as it is
    lightwork-adamw    the same with the others' inner optimizer

    python tests/benchmarks/bench_peers.py --minutes 10 --cache ~/.cache/lightwork-peers --out peers.csv
"""

import argparse
import csv
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.account import came_back, fault_after, goes_on, longest_gap, rounds_between, steps_between
from peers.environments import prepare
from peers.experiment import Experiment, Schedule, Seen
from peers.losses import Judge, losses_of_host, losses_of_snapshots
from peers.project import make_project, write_text
from peers.swarm import HERE, HUB, Swarm, System, peer
from peers.task import Entry, Task, journal_of, read_journal

from helpers.certificates import certificate
from helpers.links import Links, Shape, connected, lacking
from helpers.scratch import scratch
from lightwork.host import practice
from lightwork.protocol.manifest import Optimizer, Recipe

PEERS = 4
VICTIM = PEERS - 1  # the first peer of gloo and hivemind is where the others meet
SNAPSHOTS = 10
SYSTEMS = ("gloo", "hivemind", "torchft", "lightwork", "lightwork-adamw")
LOCAL_STEPS = {"hivemind": 50, "torchft": 50}
LIBRARIES = {"gloo": "torch", "hivemind": "hivemind==1.1.12", "torchft": "torchft==0.2.0"}


@dataclass(kw_only=True)
class Row:
    """One system's figures. Bytes are those of one peer (mean of four), or of the hub; times are seconds.

    NaN: it did not come to that. `tokens_alone` is what the three others did a second after the kill.
    """

    system: str
    version: str = ""
    seconds: float = 0.0
    mbit: float = 0.0
    delay: float = 0.0
    local_steps: int = 0
    tokens_a_second: float = float("nan")
    rounds: float = float("nan")  # averagings that a peer's work was in (mean of four)
    sent: float = float("nan")
    received: float = float("nan")
    hub_sent: float = float("nan")
    hub_received: float = float("nan")
    bytes_a_token: float = float("nan")  # sent and received, by all that trained or served
    loss: float = float("nan")
    standstill: float = float("nan")
    killed_sending: bool = False
    standstill_killed: float = float("nan")
    tokens_alone: float = float("nan")
    went_on: int = 0  # of the three others
    standstill_return: float = float("nan")
    back: float = float("nan")
    note: str = ""


Curve = list[tuple[float, float]]


# --- one system -------------------------------------------------------------------------------------------------------


def measure(name: str, folder: Path, options: argparse.Namespace) -> tuple[Row, Curve]:
    """Run one system in `folder`. A system that does not run gives a row that says why."""
    row = Row(system=name, seconds=60 * options.minutes, mbit=options.mbit, delay=options.delay)
    curve: Curve = []
    try:
        rate = options.mbit * 1e6
        shapes = {peer(number): Shape(up=rate, down=rate, delay=options.delay / 1000) for number in range(PEERS)}
        hub = options.hub_mbit * 1e6
        shapes[HUB] = Shape(up=hub, down=hub, delay=options.delay / 1000)
        with connected(shapes) as links:
            task = task_of(name, folder, links, options)
            system = system_of(name, folder, task, options)
            row.version = system.version
            seen, trouble = observe(system, task, links, options)
        curve = losses(name, folder, task, seen)
        fill(row, task, seen, curve)
        row.note = "; ".join(part for part in (row.note, trouble) if part)
    except Exception as error:  # the other systems are still to be measured
        traceback.print_exc()
        row.note = f"{type(error).__name__}: {error}"
    return row, curve


def task_of(name: str, folder: Path, links: Links, options: argparse.Namespace) -> Task:
    """What the peers are told; Lightwork's project is made."""
    training, _ = write_text(folder)
    link = authorities = ""
    if name.startswith("lightwork"):
        public, private = certificate(folder, links.address(HUB))
        link = make_project(
            folder / "project",
            recipe=recipe_of(name),
            address=links.address(HUB),
            certificate=public,
            key=private,
            seed=options.seed,
        )
        authorities = str(public)
    return Task(
        folder=str(folder),
        model=msgspec.to_builtins(practice.MODEL),
        training=str(training),
        seed=options.seed,
        sequence=practice.RECIPE.sequence,
        batch=practice.RECIPE.batch,
        addresses=[links.address(peer(number)) for number in range(PEERS)],
        hub=links.address(HUB),
        local_steps=options.local_steps or LOCAL_STEPS.get(name, 1),
        snapshot_every=60 * options.minutes / SNAPSHOTS,
        link=link,
        authorities=authorities,
    )


def recipe_of(name: str) -> Recipe:
    """The practice recipe; or that with the other systems' inner optimizer."""
    if name == "lightwork":
        return practice.RECIPE
    rate = practice.RECIPE.adamw_learning_rate
    return msgspec.structs.replace(practice.RECIPE, optimizer=Optimizer.ADAMW, learning_rate=rate)


def system_of(name: str, folder: Path, task: Task, options: argparse.Namespace) -> System:
    """How to run it. Its environment is made if need be. Raises InstallError."""
    if name.startswith("lightwork"):
        return System(
            name=name,
            version=version("lightwork"),
            python=Path(sys.executable),
            script="with_lightwork.py",
            hub=[sys.executable, str(HERE / "host.py"), str(folder / "project")],
            hub_says=b"lightwork://",
            environment={"SSL_CERT_FILE": task.authorities, "NO_PROXY": "*", "no_proxy": "*"},
        )
    made = prepare(options.cache, name, LIBRARIES[name])
    hub = [str(made.python), str(HERE / "lighthouse.py")] if name == "torchft" else []
    return System(
        name=name, version=made.version, python=made.python, script=f"with_{name}.py", hub=hub, hub_says=b"http"
    )


def observe(system: System, task: Task, links: Links, options: argparse.Namespace) -> tuple[Seen, str]:
    """Carry out the experiment. What went wrong in its second part is told, not raised: the first part stands."""
    schedule = Schedule(
        train=60 * options.minutes,
        alone=options.alone,
        back=options.back,
        kill_within=options.alone,
        victim=VICTIM,
        cable=options.cable,
    )
    snapshots = 0 if system.hub_says.startswith(b"lightwork") else SNAPSHOTS
    with Swarm(system, task, links) as swarm:
        experiment = Experiment(swarm, links, schedule, PEERS, snapshots)
        try:
            experiment.run()
        except Exception as error:
            if not experiment.seen.killed:
                raise
            return experiment.seen, f"{type(error).__name__}: {error}"
    return experiment.seen, ""


def losses(name: str, folder: Path, task: Task, seen: Seen) -> Curve:
    """Held-out loss over time, up to the end of training."""
    judge = Judge(task, folder / "held-out.bin")
    instants = [task.snapshot_every * number for number in range(SNAPSHOTS + 1)]
    if name.startswith("lightwork"):
        return losses_of_host(folder / "project", judge, seen.begun_unix, instants)
    # hivemind's peers each have weights of their own; their mean is what the next averaging would make of them.
    numbers = range(PEERS) if name == "hivemind" else [0]
    return losses_of_snapshots(task, judge, list(numbers), seen.begun, SNAPSHOTS)


# --- figures ----------------------------------------------------------------------------------------------------------


def fill(row: Row, task: Task, seen: Seen, curve: Curve) -> None:
    """All figures of a run."""
    journals = [read_journal(journal_of(task, number)) for number in range(PEERS)]
    others = [journal for number, journal in enumerate(journals) if number != VICTIM]
    a_step = task.batch * task.sequence
    row.local_steps = task.local_steps if row.system in LOCAL_STEPS else 0
    tokens = a_step * sum(steps_between(one, seen.begun, seen.ended) for one in journals)
    row.tokens_a_second = tokens / (seen.ended - seen.begun)
    row.rounds = sum(rounds_between(one, seen.begun, seen.ended) for one in journals) / PEERS
    row.sent = sum(seen.traffic[peer(number)].sent for number in range(PEERS)) / PEERS
    row.received = sum(seen.traffic[peer(number)].received for number in range(PEERS)) / PEERS
    row.hub_sent, row.hub_received = seen.traffic[HUB].sent, seen.traffic[HUB].received
    row.bytes_a_token = sum(one.sent + one.received for one in seen.traffic.values()) / max(1, tokens)
    row.loss = curve[-1][1]
    row.standstill = max(longest_gap(one, _settled(one, seen), seen.ended) for one in journals)
    row.killed_sending = seen.killed_sending
    fill_kill(row, seen, others, a_step)
    if seen.started_again and (back := came_back(journals[VICTIM], seen.started_again)) is not None:
        row.back = back


def fill_kill(row: Row, seen: Seen, others: Sequence[list[Entry]], a_step: int) -> None:
    """What the kill did to the others."""
    until = seen.started_again or seen.finished
    row.standstill_killed = max(longest_gap(one, seen.killed, until) for one in others)
    row.tokens_alone = a_step * sum(steps_between(one, seen.killed, until) for one in others) / (until - seen.killed)
    row.went_on = sum(goes_on(one, seen.killed, until) for one in others)
    if seen.finished and seen.started_again:
        row.standstill_return = max(longest_gap(one, seen.started_again, seen.finished) for one in others)
    fault = next((entry for one in others if (entry := fault_after(one, seen.killed)) is not None), None)
    if fault is not None:
        row.note = f"{fault.at - seen.killed:.1f} s after the kill: {fault.text}"
    elif seen.trouble:
        row.note = f"the return: {seen.trouble}"


def _settled(journal: Sequence[Entry], seen: Seen) -> float:
    """The first step's end: the start is no standstill."""
    return next((entry.at for entry in journal if entry.kind == "steps"), seen.begun)


# --- reporting --------------------------------------------------------------------------------------------------------


def report(rows: Sequence[Row]) -> None:
    """The table."""
    print(f"\n{'':16}{'':>9}{'MB a peer':>20}{'bytes':>8}{'held-out':>9} | {'longest standstill, s':^26} | kill")
    print(f"{'system':16}{'tokens/s':>9}{'sent':>10}{'received':>10}{'a token':>8}{'loss':>9} |", end="")
    print(f"{'calm':>8}{'killed':>9}{'return':>9} | others went on, tokens/s then; back after")
    for row in rows:
        print(f"{row.system:16}{row.tokens_a_second:9,.0f}{row.sent / 1e6:10.2f}{row.received / 1e6:10.2f}", end="")
        print(f"{row.bytes_a_token:8.1f}{row.loss:9.3f} |{row.standstill:8.1f}{row.standstill_killed:9.1f}", end="")
        back = "never" if row.back != row.back else f"{row.back:.1f} s"
        print(f"{row.standstill_return:9.1f} | {row.went_on} of {PEERS - 1}, {row.tokens_alone:,.0f}; {back}", end="")
        print("" if row.killed_sending else " (it was not sending when it was killed)")
    for row in rows:
        if row.note:
            print(f"\n{row.system}: {row.note}")


def write(rows: Sequence[Row], curves: dict[str, Curve], out: Path) -> None:
    """A CSV file with a line for each system, and beside it one with the losses over time."""
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    with out.with_name(f"{out.stem}-losses.csv").open("w", newline="") as file:
        plain = csv.writer(file)
        plain.writerow(["system", "seconds", "loss"])
        plain.writerows([name, f"{at:.1f}", f"{loss:.4f}"] for name, curve in curves.items() for at, loss in curve)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of undisturbed training, for each system")
    parser.add_argument("--mbit", type=float, default=10.0, help="each peer's link, each way")
    parser.add_argument("--hub-mbit", type=float, default=100.0, help="the hub's link, each way")
    parser.add_argument("--delay", type=float, default=10.0, help="milliseconds one way on each link")
    parser.add_argument("--peers", default=",".join(SYSTEMS), help=f"of {', '.join(SYSTEMS)}")
    parser.add_argument("--local-steps", type=int, help=f"between two averagings; by default {LOCAL_STEPS}")
    parser.add_argument("--alone", type=float, default=90.0, help="seconds that the others are without the killed one")
    parser.add_argument("--back", type=float, default=150.0, help="seconds that the killed one has to come back")
    parser.add_argument("--cable", action="store_true", help="pull the cable first: nobody hears of the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="where environments are kept; by default they are thrown away")
    parser.add_argument("--keep", action="store_true", help="keep logs and journals")
    parser.add_argument("--out", type=Path, help="a CSV file with a line for each system")
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    if unknown := set(options.peers) - set(SYSTEMS):
        parser.error(f"--peers: {', '.join(sorted(unknown))}; there are {', '.join(SYSTEMS)}")
    return options


def main() -> int:
    """Run all, and report."""
    options = _arguments()
    if missing := lacking():
        print(f"no network namespaces here: {missing}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is taken down
    rows: list[Row] = []
    curves: dict[str, Curve] = {}
    with scratch("peers-", keep=options.keep) as folder:
        options.cache = (options.cache or folder / "cache").absolute()
        for name in options.peers:
            print(f"{name} ...", flush=True)
            place = folder / name
            place.mkdir()
            row, curves[name] = measure(name, place, options)
            rows.append(row)
            print(f"  {row.tokens_a_second:,.0f} tokens/s, loss {row.loss:.3f} {row.note[:300]}", flush=True)
            if options.out is not None:
                write(rows, curves, options.out)  # each time: it takes long
    report(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
