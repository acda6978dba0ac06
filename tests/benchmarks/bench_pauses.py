"""How quickly, and how harmlessly, a volunteer's computer is given back.

A real node trains the practice project's model on the processor, on a desktop of its own (an X screen, D-Bus services,
games as processes); the project's host is another process, as if it were elsewhere. It is interrupted at random
instants, by each kind of trigger in turn, and let go on again. Measured from the trigger, in another process:

    gone       until the trainer's process has ended, and with it every step and all of its memory
    steps lost those that the next trainer did not begin from
    again      bytes received from a resume to the next pause, against the model's size

and at the end: every contribution's verdict, credit against receipts, and the held-out loss against a run that was
left alone, at the same number of tokens.

    python tests/benchmarks/bench_pauses.py --pauses 200 --seed 1 --out pauses.csv
"""

import argparse
import asyncio
import csv
import itertools
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.desktop import Trigger, desktop
from helpers.scratch import scratch
from helpers.town import Volunteer, environment
from lightwork.domain.credit import training_operations
from lightwork.domain.states import Phase
from lightwork.domain.status import LossPoint, NodeStatus
from lightwork.protocol import control as wire

SETTINGS = """
version = 1
[pausing]
quiet_seconds = 0
memory_free_gb = 0
"""


@dataclass(frozen=True)
class Pause:
    """One interruption. Times are seconds from the trigger, memory and traffic are bytes."""

    trigger: str
    trained: float  # before it, since the trainer was ready
    gone: float
    memory: int
    said: float  # what the node itself measured and showed
    again: int


async def status_when(person: Volunteer, condition: object, seconds: float = 180.0) -> NodeStatus:
    """Look often, in a thread: the D-Bus services live in this process's loop."""
    deadline = time.monotonic() + seconds
    while True:
        status = await asyncio.to_thread(person.status)
        if condition(status):  # type: ignore[operator]
            return status
        if time.monotonic() > deadline:
            raise TimeoutError(f"not reached: {status}")
        await asyncio.sleep(0.05)


def watch_end(process: int) -> float:
    """The instant at which it had ended (a zombie holds nothing any more)."""
    try:
        watched = psutil.Process(process)
        while watched.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.002)
    except psutil.NoSuchProcess:
        pass
    return time.monotonic()


async def interrupt(person: Volunteer, trigger: Trigger, chance: random.Random) -> Pause:
    """Let it train for a moment, interrupt it, and let it go on."""
    ready = await status_when(person, lambda now: now.phase is Phase.TRAINING and now.training.process is not None)
    received = ready.network.received_session
    trained = chance.uniform(0.2, 3.0)
    await asyncio.sleep(trained)
    before = await asyncio.to_thread(person.status)
    process = before.training.process
    assert process is not None, before
    ended = asyncio.get_running_loop().run_in_executor(None, watch_end, process)
    began = time.monotonic()
    await trigger.begin()
    gone = await ended - began
    paused = await status_when(person, lambda now: now.phase is Phase.PAUSED and now.given_back != before.given_back)
    assert trigger.reason in [pause.reason for pause in paused.pauses], paused.pauses
    assert paused.given_back is not None
    await trigger.end()
    await status_when(person, lambda now: now.phase is not Phase.PAUSED)
    return Pause(
        trigger.name,
        trained,
        gone,
        paused.given_back.memory or 0,
        paused.given_back.seconds,
        paused.network.received_session - received,
    )


@dataclass(frozen=True)
class Run:
    """What a run came to: held-out losses by version, tokens by version, and the books."""

    losses: tuple[LossPoint, ...]
    tokens: tuple[int, ...]
    stats: wire.StatsReport

    def loss_by_tokens(self) -> list[tuple[int, float]]:
        """Cumulated tokens and held-out loss of each version that was measured."""
        return [(sum(self.tokens[: point.version]), point.loss) for point in self.losses]


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The practice project, hosted; the link to join it."""
    with (folder.parent / "host.log").open("ab") as log:
        host = subprocess.Popen(
            [sys.executable, "-m", "lightwork.host.practice", "--folder", str(folder)],
            env=environment(folder.parent),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert host.stdout is not None
    assert host.stdin is not None
    try:
        yield str(json.loads(host.stdout.readline())["link"])
    finally:
        host.stdin.close()
        host.wait(30)
        host.stdout.close()


async def finish(person: Volunteer, link: str) -> Run:
    """Let the host judge and measure what it has, and read the books."""
    deadline = time.monotonic() + 90
    while True:
        project = (await asyncio.to_thread(person.ask, wire.AskProject, link=link)).project
        assert project is not None
        if time.monotonic() > deadline:
            break
        if project.held_out and project.held_out[-1].version == project.version:
            break
        await asyncio.sleep(1)
    stats = (await asyncio.to_thread(person.ask, wire.AskStats, contributions=1000)).stats
    assert stats is not None
    tokens = [0] * (project.version + 1)
    for one in stats.contributions:
        if one.state == "verified" and one.base_version < len(tokens):
            tokens[one.base_version] += one.tokens
    return Run(project.held_out, tuple(tokens), stats)


async def interrupted(folder: Path, pauses: int, seed: int) -> tuple[list[Pause], Run, list[int]]:
    """A run with pauses; its steps lost at each."""
    chance, seen = random.Random(seed), []
    folder.mkdir()
    with hosted(folder / "project") as link:
        async with desktop(folder / "desk", SETTINGS) as (person, triggers):
            await asyncio.to_thread(person.start)
            await asyncio.to_thread(person.ask, wire.Contribute, link=link)
            for number in range(pauses):
                seen.append(await interrupt(person, triggers[number % len(triggers)], chance))
                print(f"{number + 1:4}  {seen[-1].trigger:28} gone {seen[-1].gone * 1000:5.0f} ms", flush=True)
            await status_when(person, lambda now: now.phase is Phase.TRAINING)
            run = await finish(person, link)
            ended = [line["steps"] for line in person.log("trainer ended")]
            ready = [line["steps"] for line in person.log("trainer ready")]
    lost = [before - after for before, after in zip(ended, ready[1:], strict=False) if before is not None]
    return seen, run, lost


async def undisturbed(folder: Path, tokens: int) -> Run:
    """A run that is left alone until it has so many verified tokens."""
    folder.mkdir()
    with hosted(folder / "project") as link:
        async with desktop(folder / "desk", SETTINGS) as (person, _):
            await asyncio.to_thread(person.start)
            await asyncio.to_thread(person.ask, wire.Contribute, link=link)
            await status_when(person, lambda now: now.credits.tokens_session >= tokens, seconds=3600)
            return await finish(person, link)


def loss_at(curve: list[tuple[int, float]], tokens: int) -> float | None:
    """Held-out loss at so many tokens, between the two nearest versions."""
    for (before, high), (after, low) in itertools.pairwise(curve):
        if before <= tokens <= after:
            return high + (low - high) * (tokens - before) / max(1, after - before)
    return None


def report(seen: list[Pause], run: Run, lost: list[int], alone: list[Run]) -> None:
    """Print the tables."""
    print(f"\n{'trigger':28} {'n':>4} {'median':>8} {'p95':>8} {'most':>8}   until the trainer is gone, ms")
    for name in (*dict.fromkeys(pause.trigger for pause in seen), "all"):
        times = sorted(pause.gone * 1000 for pause in seen if name in ("all", pause.trigger))
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        print(f"{name:28} {len(times):4} {statistics.median(times):8.0f} {p95:8.0f} {times[-1]:8.0f}")
    print(f"memory given back            {statistics.median(pause.memory for pause in seen) / 2**20:8.0f} MiB (median)")
    print(f"steps lost                   {max(lost, default=0):8} (most at one pause), {sum(lost)} in all")
    print(f"received between pauses      {statistics.median(pause.again for pause in seen) / 1e3:8.0f} kB (median)")
    states = {state: sum(one.state == state for one in run.stats.contributions) for state in ("verified", "rejected")}
    print(f"contributions                {states['verified']:8} verified, {states['rejected']} rejected")
    exact = run.stats.verified == training_operations(856_064, run.stats.tokens)
    print(f"credit = 6 x parameters x verified tokens: {exact}")
    curve = run.loss_by_tokens()
    tokens, loss = curve[-1]
    print(f"held-out loss                {loss:8.3f} at {tokens:,} tokens, after {len(seen)} pauses")
    for other in alone:
        same = loss_at(other.loss_by_tokens(), tokens)
        print(f"held-out loss, left alone    {'-' if same is None else f'{same:8.3f}'} at the same tokens")


async def main() -> None:
    """Run, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pauses", type=int, default=200)
    parser.add_argument("--alone", type=int, default=2, help="runs without pauses to compare with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a CSV file with a line for each pause")
    options = parser.parse_args()
    with scratch("pauses-") as folder:
        seen, run, lost = await interrupted(folder / "interrupted", options.pauses, options.seed)
        if options.out is not None:
            with options.out.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(list(Pause.__annotations__))
                writer.writerows([getattr(pause, name) for name in Pause.__annotations__] for pause in seen)
        tokens = run.loss_by_tokens()[-1][0]
        alone = [await undisturbed(folder / f"alone-{number}", tokens + 1) for number in range(options.alone)]
        report(seen, run, lost, alone)


if __name__ == "__main__":
    asyncio.run(main())
