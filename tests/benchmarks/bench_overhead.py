"""Measure what rounds cost on the project wire beside their payloads: `python tests/benchmarks/bench_overhead.py`.

A real host serves a project of 856,064 parameters over HTTP, and volunteers take part in it: their nodes' sessions are
the real ones, their trainers pretended (`helpers/pretended.py`), so the requests are what a node makes, in its order
and at its times. A relay counts all bytes of the HTTP streams, heads and bodies, by kind of request; TCP, IP and TLS
come on top. The held-out loss of each version is told two seconds after it is made, as if an evaluator had measured it.

The table gives bytes a volunteer and a round over whole rounds, after two to warm up; joining stands apart.
"""

import argparse
import asyncio
import csv
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "client"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.pretended import Person, PretendedTrainer, pretend, until
from helpers.wiretap import FILES, Sum, Wiretap, wiretap
from lightwork.codec.weights import write_weights
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.domain.status import LossPoint
from lightwork.host import practice
from lightwork.host.address import bind
from lightwork.host.create import build
from lightwork.host.records import rounds, versions
from lightwork.host.serve import edge
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol.documents import Update

EVALUATION_SECONDS = 2.0
LOSSES_BEFORE = 100
WARM_UP = 2  # rounds: the first leases are of other places than those that follow them
STEPS_A_ROUND = 90  # of the slowest volunteer; at most 96 are wanted


async def make_project(folder: Path, seconds: float, keep: int) -> None:
    """The practice project with other weights (noise), a sparse scheme and rounds of that length."""
    weights = folder.with_name("weights.safetensors")
    size = practice.MODEL.parameters
    noise = np.random.default_rng(1).normal(0, 0.02, size).astype(np.float32)
    write_weights(weights, noise, Layout((("all", (size,)),)))
    scheme = Scheme(keep=keep, bits=2)
    plan = practice.plan(Path(sysconfig.get_path("stdlib")))
    recipe = msgspec.structs.replace(practice.RECIPE, round_seconds=seconds, up=scheme, down=scheme)
    settings = HostSettings(address="127.0.0.1", port=0, evaluation=False, checkpoint_every=100_000)
    await build(folder, replace(plan, weights=(weights,), recipe=recipe, settings=settings))


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Service, Wiretap]]:
    """A host that closes its rounds by itself, and the relay before it."""
    service = await Service.open(folder)
    sock = bind("127.0.0.1", 0)
    async with edge(service, sock), wiretap(sock.getsockname()[1]) as tap:
        tasks = [asyncio.create_task(service.run()), asyncio.create_task(_evaluate(service))]
        yield service, tap
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    await service.close()


async def _evaluate(service: Service) -> None:
    """A loss for each version, after a hundred that a project of some age has told."""
    database, version = service._project.database, -1
    for before in range(LOSSES_BEFORE):
        await database.write(rounds.add_loss, LossPoint(version=before, loss=5.0 / (1 + before / 7)), 1)
    await service._on_loss()
    while True:
        await asyncio.sleep(0.05)
        if version == service.counters().version:
            continue
        version = service.counters().version
        await asyncio.sleep(EVALUATION_SECONDS)
        point = LossPoint(version=LOSSES_BEFORE + version, loss=5.0 / (20 + version / 7))
        await database.write(rounds.add_loss, point, 1)
        await service._on_loss()


@dataclass(frozen=True)
class Measured:
    """Bytes of all volunteers together; `uploads` are the contributions' own, which the sums hold with all else."""

    joining: dict[str, Sum]
    rounds: dict[str, Sum]
    uploads: int
    connections: int


async def measure(options: argparse.Namespace, folder: Path) -> Measured:
    """Run the rounds."""
    await make_project(folder / "project", options.round_seconds, options.keep)
    pretend()
    async with serving(folder / "project") as (service, tap), AsyncExitStack() as stack:
        link = f"lightwork://127.0.0.1:{tap.port}/{service.manifest.project}"
        people = [Person(folder / f"volunteer-{number}", link) for number in range(options.volunteers)]
        for number, person in enumerate(people):
            # Some are done before the window ends, at different times; one uses the whole of it.
            share = 1.0 - 0.5 * number / len(people)
            PretendedTrainer.paces[person.trainer] = share * options.round_seconds / STEPS_A_ROUND
            stack.callback(person.close)
            await stack.enter_async_context(person.contributing())
        await until(lambda: all(person.trains for person in people), 60)
        joining = tap.named(await _files(service))
        begin, patience = service.counters().version + WARM_UP, 2 * options.round_seconds + 30
        await until(lambda: service.counters().version >= begin, WARM_UP * patience)
        tap.forget()
        before, end = service.counters().payload_bytes, begin + options.rounds
        await until(lambda: service.counters().version >= end, options.rounds * patience)
        uploads, connections = service.counters().payload_bytes - before, tap.connections
        found = tap.named(await _files(service))
        if any(person.version < end - 1 for person in people):
            raise RuntimeError("a volunteer has fallen behind; make the rounds longer")
        return Measured(joining, found, uploads, connections)


async def _files(service: Service) -> dict[str, str]:
    """What the project's files are, by digest."""
    manifest = service.manifest
    found = {file.sha256: "weights" for file in manifest.weights}
    found |= {file.sent.sha256: "data" for file in manifest.data}
    for base in range(service.counters().version):
        document = await service._project.database.read(versions.find_update, base)
        assert document is not None  # there is no checkpoint after the first weights
        found[msgspec.json.decode(document.body, type=Update).file.sha256] = "update"
    return found


def show(title: str, sums: dict[str, Sum], each: float, uploads: float = 0) -> list[list[str | float]]:
    """Print a table of bytes, each divided by `each`; returns its rows."""
    ordered = sorted(sums.items(), key=lambda pair: -(pair[1].up + pair[1].down))
    total = sum(sums.values(), Sum())
    found: list[list[str | float]] = []
    print(
        f"\n{title}\n{'request':28s}{'number':>8s}{'head up':>10s}{'body up':>10s}{'head down':>11s}{'body down':>11s}"
    )
    for kind, one in [*ordered, ("all", total)]:
        figures = [part / each for part in (one.requests, one.head_up, one.body_up, one.head_down, one.body_down)]
        found.append([kind, *(round(figure, 2) for figure in figures)])
        number, *sizes = figures
        print(f"{kind:28s}{number:8.2f}{sizes[0]:10.0f}{sizes[1]:10.0f}{sizes[2]:11.0f}{sizes[3]:11.0f}")
    payload = (uploads + sum(one.body_down for kind, one in sums.items() if kind.startswith(FILES))) / each
    whole = (total.up + total.down) / each
    print(f"payload {payload:,.0f}, all else {whole - payload:,.0f}, together {whole:,.0f} bytes")
    return found


def main() -> None:
    """Measure, print, and write a CSV if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volunteers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--round-seconds", type=float, default=30.0)
    parser.add_argument("--keep", type=int, default=64, help="of 4,096 values")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(measure(options, Path(folder)))
    each = options.volunteers * options.rounds
    show(f"joining, a volunteer ({options.volunteers} in all)", measured.joining, options.volunteers)
    taken = f"{options.volunteers} volunteers, {options.rounds} rounds"
    title = f"a volunteer and a round of {options.round_seconds:g} s ({taken})"
    found = show(title, measured.rounds, each, measured.uploads)
    print(f"new connections: {measured.connections / each:.2f} a round (with TLS, 4 to 6 kB each)")
    if options.csv is not None:
        with options.csv.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["request", "number", "head up", "body up", "head down", "body down"])
            writer.writerows(found)


if __name__ == "__main__":
    main()
