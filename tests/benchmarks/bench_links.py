"""How much of its training time a volunteer keeps on a slow link.

A real host and two real volunteers (node and trainer processes) in network namespaces, each on a shaped link: rate up
and down, delay, loss (`helpers/links.py`). One volunteer's trainer has a core to itself; everything else shares the
others. Counted are the steps that it takes from one merge to another, against those that the same trainer takes alone
on that core, before and after, under a lease that never ends and nothing else to do, beside a second trainer elsewhere.

The small model stands for one of 10^9 parameters that trains 3,000 tokens a second. Both send the same bits for each
parameter, so what must be equal is the time that a round's payload takes on the link, as a share of the round:

    bits a parameter x parameters / rate / round

                     large (to be stood for)                 small (measured)
    parameters       1,000,000,000                           856,064
    a round          H x tokens a step / 3,000 a second      --round-seconds
                     30 x 16 x 2,048 / 3,000 = 328 s         12 s
    rate             100 Mbit/s                              100 Mbit/s x 0.000856 (parameters, small / large)
                                                                        x 27.3 (rounds, large / small)
                                                             = 2.34 Mbit/s

H = 30 is SparseLoCo's, and 16 sequences of 2,048 are GPT-JT's batch of 64 among four volunteers. What does not grow
with the model (headers, TLS, states, receipts) is not scaled down, nor is the delay, and a lease's data are several
times as much of a round's traffic: as far as rates go, the figures are on the safe side of the large model's. Loss is
not scaled either, and binds a fast link more than a slow one: at 0.1 % and 40 ms there and back one TCP connection
carries some 11 Mbit/s at most (MSS / round trip x 1.22 / sqrt(loss), Mathis et al. 1997). The large model's payloads
need less than that of its links; the row of 10/10 is the nearest to it.

What packing and merging take of the trainer's own time does grow with the model. `--stalls 1e8` measures for a model of
so many parameters for how long a round keeps the trainer from its steps, and what that is of the large model's round.

    python tests/benchmarks/bench_links.py --out links.csv
    python tests/benchmarks/bench_links.py --stalls 1e8
"""

import argparse
import asyncio
import csv
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from helpers.certificates import certificate
from helpers.links import Links, Shape, Traffic, connected
from helpers.scratch import scratch
from helpers.town import UNDISTURBED, HostProcess, Volunteer, environment, wait_until
from helpers.trainer_process import Drive, lease, orders, trainer, with_weights
from lightwork.codec import decode
from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.scheme import Scheme
from lightwork.domain.states import Phase
from lightwork.host.folder import ProjectFolder, read_manifest
from lightwork.protocol import control
from lightwork.protocol import trainer as wire
from lightwork.protocol.expected import payload_bytes
from lightwork.protocol.links import JoinLink, parse_link
from lightwork.protocol.manifest import Manifest, Optimizer, Recipe
from lightwork.protocol.model import GptjModel

LARGE_PARAMETERS, LARGE_TOKENS_A_SECOND = 1_000_000_000, 3_000
LARGE_LOCAL_STEPS, LARGE_TOKENS_A_STEP = 30, 16 * 2048
TARGETS = {"100/20": 98.0, "50/10": 98.0, "10/10": 95.0}

RECIPE = """
name = "Links"

[model]
model_type = "gptj"
vocab_size = 256
n_positions = 128
n_embd = 128
n_layer = 4
n_head = 4
rotary_dim = 32

[data]
files = ["training.txt"]
held_out = ["held-out.txt"]
shard_bytes = 4096

[recipe]
sequence = 128
batch = 4
round_seconds = {round_seconds}
max_local_steps = {steps}
warmup_steps = 2
up = {{ keep = {up.keep}, bits = {up.bits} }}
down = {{ keep = {down.keep}, bits = {down.bits} }}

[host]
{host}
evaluation = false
"""
SETTINGS = f"""{UNDISTURBED}
[computing]
low_priority = false
threads = 1
"""
MEASURED, OTHER, HOST = "measured", "other", "host"
WARM_MERGES = 2


@dataclass(frozen=True)
class Row:
    """What was measured at one link. Shares are percent of the trainer's time, bytes are those of one round."""

    link: str
    alone: float  # steps a second
    steps: float
    kept: float
    kept_by_processor: float  # steps a second of processor time, against alone, times the share of the time in steps
    in_steps: float
    packing: float
    merging: float
    saving: float
    waiting: float
    other: float
    rounds: int
    seconds_a_round: float
    late: int  # contributions that came after their round, or were refused otherwise
    counted: int  # contributions that the host took
    sent: int
    received: int


# --- the project ------------------------------------------------------------------------------------------------------


def make_project(folder: Path, links: Links, options: argparse.Namespace) -> Manifest:
    """Create it, to be served where the volunteers reach it."""
    sources = folder / "sources"
    sources.mkdir()
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    text = "".join(file.read_text(errors="replace") for file in files)
    (sources / "training.txt").write_text(text[:600_000])
    (sources / "held-out.txt").write_text(text[600_000:604_000])
    lines = [f'address = "{links.address(HOST)}"', "port = 0"]
    if links.shaped:
        public, private = certificate(folder, links.address(HOST))
        lines += [f'tls_certificate = "{public}"', f'tls_key = "{private}"']
    recipe = sources / "recipe.toml"
    recipe.write_text(
        RECIPE.format(
            round_seconds=options.round_seconds,
            steps=options.local_steps,
            up=options.up,
            down=options.down,
            host="\n".join(lines),
        )
    )
    command = [sys.executable, "-m", "lightwork", "host", "create", str(recipe), "--folder", str(folder / "project")]
    subprocess.run(command, check=True, env=environment(folder), stdout=subprocess.DEVNULL, timeout=120)
    return read_manifest(ProjectFolder(folder / "project").manifest)[0]


@contextmanager
def served(folder: Path, links: Links) -> Iterator[HostProcess]:
    """The host, on its computer."""
    host = HostProcess(folder / "project")
    try:
        with links.inside(HOST):
            host.start()
        yield host
    finally:
        host.stop()


def volunteer(folder: Path, name: str) -> Volunteer:
    """One that trusts the host's certificate, if it has one."""
    home = folder / name
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS)
    trusted = folder / "host.pem"
    known = {"SSL_CERT_FILE": str(trusted)} if trusted.exists() else {}
    return Volunteer(home, environment={**known, "NO_PROXY": "*", "no_proxy": "*"})


# --- cores ------------------------------------------------------------------------------------------------------------


_THERE = sorted(os.sched_getaffinity(0))
# The measured trainer's core, and those of all others.
OURS, OTHERS = {_THERE[-1]}, set(_THERE[:-1] or _THERE)


def give(process: int, where: set[int]) -> None:
    """All threads of a process onto these cores, and before other programs there, if this system permits it."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):
            os.sched_setaffinity(int(thread.name), where)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, -15)
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text("-15")


# --- measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pace:
    """Steps a second, and a second of processor time."""

    wall: float
    processor: float


async def alone(folder: Path, manifest: Manifest, seconds: float) -> Pace:
    """How fast a trainer is that has nothing else to do, beside another one on the other cores: that shares
    memory and caches with it, as the second volunteer's does in the project.
    """
    data = folder / "sources" / "training.txt"

    @asynccontextmanager
    async def training(root: Path, where: set[int]) -> AsyncIterator[Drive]:
        root.mkdir()
        async with trainer(root) as drive:
            give(drive.process.pid, where)
            await with_weights(drive, root, orders(root, model=manifest.model, recipe=manifest.recipe))
            give(drive.process.pid, where)
            await drive.send(wire.Train(lease="alone", shards=(str(data),), seed=1, max_tokens=10**12))
            yield drive
        shutil.rmtree(root)

    async with training(folder / "neighbour", OTHERS) as other, training(folder / "alone", OURS) as drive:
        hearing = asyncio.create_task(_after(other, 10**6))  # or its pipe is full soon
        first = await _after(drive, 3.0)
        last = await _after(drive, seconds)
        hearing.cancel()
    return pace_of(last.steps - first.steps, builtins(first.spent), builtins(last.spent))


async def _after(drive: Drive, seconds: float) -> wire.Progress:
    deadline = time.monotonic() + seconds
    while True:
        progress = await drive.until(wire.Progress)
        drive.heard.clear()
        if time.monotonic() >= deadline:
            return progress


def builtins(spent: wire.Spent) -> dict[str, float]:
    """As it stands in a log."""
    return {name: getattr(spent, name) for name in wire.Spent.__struct_fields__}


def pace_of(steps: int, first: dict[str, float], last: dict[str, float]) -> Pace:
    """Between two moments."""
    spent = {what: last[what] - first[what] for what in last}
    processor = spent.pop("processor")
    return Pace(steps / sum(spent.values()), steps / processor)


def contribute(folder: Path, links: Links, host: HostProcess, people: dict[str, Volunteer]) -> None:
    """Start the volunteers, and give the measured one's trainer its core."""
    for name, person in people.items():
        with links.inside(name):
            person.start()
            assert person.process is not None
            give(person.process.pid, OTHERS)
            person.ask(control.Contribute, link=str(reached(links, name, host.link)))
    for name, person in people.items():
        with links.inside(name):
            wait_until(lambda p=person: p.status().phase is Phase.TRAINING, 120, "training")  # type: ignore[misc]
    person = people[MEASURED]
    assert person.trainer is not None
    give(person.trainer, OURS)


def reached(links: Links, name: str, link: str) -> JoinLink:
    """The link as this computer must use it."""
    parsed = parse_link(link)
    assert parsed.port is not None
    address, port = links.door(name, HOST, parsed.port)
    return JoinLink(address, port, parsed.project)


def in_project(links: Links, person: Volunteer, name: str, seconds: float) -> Row:
    """From one merge to another, at least so many seconds later."""
    known = len(person.log("merged"))

    def merged() -> list[dict[str, Any]]:
        return [line for line in person.log("merged")[known:] if "spent" in line]

    wait_until(lambda: len(merged()) >= WARM_MERGES, 240, f"{WARM_MERGES} rounds at {name}")
    first, traffic = merged()[-1], links.traffic(MEASURED)
    wait_until(lambda: merged()[-1]["time"] - first["time"] >= seconds, seconds * 3 + 240, f"the rounds at {name}")
    last, used = merged()[-1], links.traffic(MEASURED).since(traffic)
    late = sum(first["time"] <= line["time"] <= last["time"] for line in person.log("not taken"))
    counted = sum(first["time"] <= line["time"] <= last["time"] for line in person.log("acknowledged"))
    return row_of(name, first, last, late=late, counted=counted, used=used)


def row_of(name: str, first: dict[str, Any], last: dict[str, Any], *, late: int, counted: int, used: Traffic) -> Row:
    """The figures between two log lines; how fast it is alone is not among them yet."""
    rounds = last["version"] - first["version"]
    pace = pace_of(last["steps"] - first["steps"], first["spent"], last["spent"])
    spent = {what: last["spent"][what] - first["spent"][what] for what in last["spent"] if what != "processor"}
    share = {what: 100 * seconds / sum(spent.values()) for what, seconds in spent.items()}
    return Row(
        link=name,
        alone=0.0,
        steps=pace.wall,
        kept=0.0,
        kept_by_processor=pace.processor,
        in_steps=share["steps"],
        packing=share["packing"],
        merging=share["merging"],
        saving=share["saving"],
        waiting=share["waiting"],
        other=share["other"] + share["held"] + share["resting"],
        rounds=rounds,
        seconds_a_round=(last["time"] - first["time"]) / rounds,
        late=late,
        counted=counted,
        sent=used.sent // rounds,
        received=used.received // rounds,
    )


def beside(row: Row, *alone: Pace) -> Row:
    """The row with what it is compared with."""
    wall, processor = (sum(getattr(one, kind) for one in alone) / len(alone) for kind in ("wall", "processor"))
    kept = row.kept_by_processor / processor * row.in_steps
    return replace(row, alone=wall, kept=100 * row.steps / wall, kept_by_processor=kept)


def scale(manifest: Manifest, round_seconds: float) -> float:
    """What a rate is multiplied by so that the small model's payload is to its round what the large one's is to its."""
    return manifest.parameters / LARGE_PARAMETERS * round_of_large() / round_seconds


def round_of_large() -> float:
    """Seconds."""
    return LARGE_LOCAL_STEPS * LARGE_TOKENS_A_STEP / LARGE_TOKENS_A_SECOND


def shape_of(link: str, factor: float, options: argparse.Namespace) -> Shape:
    """For the large model's link: "100/20" is 100 Mbit/s down and 20 up."""
    down, up = (float(part) * 1e6 * factor for part in link.split("/"))
    return Shape(up=up, down=down, delay=options.delay / 1000, loss=options.loss)


# --- stalls -----------------------------------------------------------------------------------------------------------


async def stalls(parameters: int, options: argparse.Namespace) -> None:
    """One round of a trainer with a model of about so many parameters: what it keeps the main thread from."""
    width, vocabulary = 768, 16_384
    layers = max(1, round((parameters - 2 * vocabulary * width) / (12 * width**2)))
    model = GptjModel(
        vocab_size=vocabulary, n_positions=32, n_embd=width, n_layer=layers, n_head=width // 64, rotary_dim=32
    )
    # Its steps are as short as they can be: they only fill the time.
    recipe = Recipe(
        sequence=32, batch=1, optimizer=Optimizer.ADAMW, learning_rate=1e-4, up=options.up, down=options.down
    )
    with tempfile.TemporaryDirectory(prefix="stalls-", ignore_cleanup_errors=True) as root:
        folder = Path(root)
        async with trainer(folder) as drive:
            configure = orders(folder, model=model, recipe=recipe, memory=1 << 40)
            await with_weights(drive, folder, configure)
            await drive.send(lease(folder))
            first = await drive.until(wire.Progress, 600)
            packing, merging = await _round(drive, folder)
            last = await drive.until(wire.Progress, 600)
    lost = {name: getattr(last.spent, name) - getattr(first.spent, name) for name in ("packing", "merging", "saving")}
    larger, round_large = LARGE_PARAMETERS / model.parameters, round_of_large()
    print(f"{model.parameters:,} parameters; beside the steps: packing {packing:.1f} s, merging {merging:.1f} s")
    print("kept from its steps: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in lost.items()))
    all_of_it = sum(lost.values()) * larger
    print(
        f"at {LARGE_PARAMETERS:,} parameters {all_of_it:.1f} s of {round_large:.0f} s: {all_of_it / round_large:.1%};"
        f" beside the steps {(packing + merging) * larger:.0f} s"
    )


async def _round(drive: Drive, folder: Path) -> tuple[float, float]:
    """Contribute, settle and merge. Returns the seconds until the first and the last were answered."""
    files = [folder / "weights.safetensors"]
    layout = layout_of(files)
    began = time.monotonic()
    await drive.send(wire.Contribute(), lease(folder, "lease-2"))
    packed = await drive.until(wire.Packed, 600)
    packing = time.monotonic() - began
    await drive.send(wire.Settle(digest=packed.digest, outcome=wire.Outcome.TAKEN))
    await drive.until(wire.Settled, 600)
    payload = Path(packed.file).read_bytes()
    weights = np.subtract(read_weights(files, layout), decode(payload, layout), dtype=np.float32)
    digest = weights_digest(weights)
    began = time.monotonic()
    await drive.send(wire.Apply(base=0, file=packed.file, digest=digest))
    await drive.until(wire.Updated, 600)
    return packing, time.monotonic() - began


# --- reporting --------------------------------------------------------------------------------------------------------


def explain(manifest: Manifest, options: argparse.Namespace) -> None:
    """The arithmetic, with this run's numbers."""
    factor, recipe, round_large = scale(manifest, options.round_seconds), manifest.recipe, round_of_large()
    small = {"up": payload_bytes(manifest.model, recipe.up), "down": payload_bytes(manifest.model, recipe.down)}
    bits = {way: size * 8 / manifest.parameters for way, size in small.items()}
    large = {way: one * LARGE_PARAMETERS / 8e6 for way, one in bits.items()}
    print(
        f"small: {manifest.parameters:,} parameters, rounds of {options.round_seconds:g} s, payload up {small['up']:,}"
        f" and down {small['down']:,} bytes, which is {bits['up']:.2f} and {bits['down']:.2f} bits a parameter\n"
        f"large: {LARGE_PARAMETERS:,} parameters, rounds of {LARGE_LOCAL_STEPS} x {LARGE_TOKENS_A_STEP:,} tokens /"
        f" {LARGE_TOKENS_A_SECOND:,} a second = {round_large:.0f} s, payload {large['up']:.1f} and"
        f" {large['down']:.1f} MB\n"
        f"rates x {manifest.parameters / LARGE_PARAMETERS:.3g} x {round_large / options.round_seconds:.3g} ="
        f" {factor:.4g}; delay {options.delay:g} ms each way, loss {100 * options.loss:g} %"
    )
    for link in options.links:
        down, up = (float(part) for part in link.split("/"))
        times = large["up"] * 8 / up, large["down"] * 8 / down
        print(
            f"  {link:>7} Mbit/s -> {down * factor * 1e3:6.0f}/{up * factor * 1e3:4.0f} kbit/s; payload up takes"
            f" {times[0]:3.0f} s of the large round, down {times[1]:3.0f} s"
            f" ({100 * times[0] / round_large:.0f} and {100 * times[1] / round_large:.0f} %)",
            flush=True,
        )


def report(rows: Sequence[Row]) -> None:
    """The table. On a computer that does other things too, the second figure for what is kept is the one to trust."""
    print(
        f"\n{'':9}{'steps a second':>16}{'kept %, by':>19}{'':>8} |{'percent of the main thread':^48} | bytes a round"
    )
    print(f"{'Mbit/s':9}{'alone':>8}{'here':>8}{'clock':>8}{'processor':>11}{'target':>8} |", end="")
    print("".join(f"{name:>8}" for name in ("steps", "pack", "merge", "save", "wait", "other")), end=" | ")
    print(f"{'up':>8}{'down':>8}{'rounds':>8}{'s each':>8}{'late':>6}{'taken':>7}")
    for row in rows:
        target = TARGETS.get(row.link, 0.0)
        print(f"{row.link:9}{row.alone:8.2f}{row.steps:8.2f}{row.kept:8.1f}{row.kept_by_processor:11.1f}", end="")
        print(f"{target:8.0f} |", end="")
        shares = (row.in_steps, row.packing, row.merging, row.saving, row.waiting, row.other)
        print("".join(f"{share:8.2f}" for share in shares), end=" | ")
        print(f"{row.sent:8,}{row.received:8,}{row.rounds:8}{row.seconds_a_round:8.1f}{row.late:6}{row.counted:7}")


def write(rows: Sequence[Row], file: Path) -> None:
    """A CSV file with a line for each link."""
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(list(Row.__annotations__))
        writer.writerows([getattr(row, name) for name in Row.__annotations__] for row in rows)


def scheme(text: str) -> Scheme:
    """`KEEP:BITS`, as in "256:2"."""
    keep, bits = text.split(":")
    return Scheme(keep=int(keep), bits=int(bits))


def measure(folder: Path, options: argparse.Namespace) -> list[Row]:
    """All links, one after another: alone, then in the project."""
    rows = []
    os.sched_setaffinity(0, OTHERS)
    with connected({HOST: Shape(), MEASURED: Shape(), OTHER: Shape()}) as links:
        manifest = make_project(folder, links, options)
        explain(manifest, options)
        people = {name: volunteer(folder, name) for name in (MEASURED, OTHER)}
        with served(folder, links) as host:
            before = asyncio.run(alone(folder, manifest, options.alone))
            for link in options.links:
                for name in people:
                    links.shape(name, Shape())  # the model is fetched once and for all rounds
                try:
                    contribute(folder, links, host, people)
                    for name in people:
                        links.shape(name, shape_of(link, scale(manifest, options.round_seconds), options))
                    with links.inside(MEASURED):
                        row = in_project(links, people[MEASURED], link, options.seconds)
                finally:
                    for person in people.values():
                        person.stop()
                after = asyncio.run(alone(folder, manifest, options.alone))
                rows.append(beside(row, before, after))
                before = after
                print(f"{link}: kept {rows[-1].kept:.1f} %, {row.in_steps:.2f} % of the time in steps", flush=True)
    return rows


def main() -> None:
    """Run, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", nargs="+", default=list(TARGETS), help="Mbit/s down/up, of the large model")
    parser.add_argument("--seconds", type=float, default=50.0, help="to measure at each link, after the first rounds")
    parser.add_argument("--alone", type=float, default=10.0, help="seconds to measure a trainer alone for, each time")
    parser.add_argument("--round-seconds", type=float, default=12.0)
    parser.add_argument("--local-steps", type=int, default=512, help="most of a contribution")
    parser.add_argument("--up", type=scheme, default=Scheme(keep=256, bits=2), help="KEEP:BITS of a block of 4,096")
    parser.add_argument("--down", type=scheme, default=Scheme(keep=256, bits=2))
    parser.add_argument("--delay", type=float, default=20.0, help="milliseconds one way")
    parser.add_argument("--loss", type=float, default=0.001, help="share of packets")
    parser.add_argument("--keep", action="store_true", help="keep the folder, with all logs")
    parser.add_argument("--out", type=Path, help="a CSV file with a line for each link")
    parser.add_argument("--stalls", type=float, help="parameters of a model to measure a round's stalls with, instead")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is taken down
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    if options.stalls:
        asyncio.run(stalls(int(options.stalls), options))
        return
    with scratch("links-", keep=options.keep) as folder:
        rows = measure(folder, options)
        report(rows)
        if options.out is not None:
            write(rows, options.out)


if __name__ == "__main__":
    main()
