"""Training as hivemind has it for slow links: each peer takes its own steps, and parameters are averaged, in half
precision and in the background, whenever all together have seen so many samples.

Times are those of its configuration guide for small runs; averaging may take twice what it takes on the slowest link.
"""

import logging
import re
import time
from pathlib import Path

import hivemind
from task import Journal, Task, carry_out
from training import Work, adamw, groups

_MEETING = "hivemind-addresses.txt"
_MEETING_SECONDS = 60.0
_AVERAGED = re.compile(r"Averaged parameters with (\d+) peers")


class _Rounds(logging.Handler):
    """hivemind tells of an averaging in the background by its log alone."""

    def __init__(self, work: Work) -> None:
        super().__init__(logging.INFO)
        self._work = work

    def emit(self, record: logging.LogRecord) -> None:
        if found := _AVERAGED.search(record.getMessage()):
            self._work.averaged(int(found[1]))


def table_of(task: Task, number: int) -> hivemind.DHT:
    """The distributed hash table in which peers find each other. The first peer's addresses are known to all."""
    meeting = Path(task.folder, _MEETING)
    listen = [f"/ip4/{task.addresses[number]}/tcp/0"]
    if number == 0:
        table = hivemind.DHT(host_maddrs=listen, start=True)
        draft = meeting.with_suffix(".new")
        draft.write_text("\n".join(map(str, table.get_visible_maddrs())))
        draft.rename(meeting)
        return table
    deadline = time.monotonic() + _MEETING_SECONDS
    while not meeting.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the first peer's addresses do not appear")
        time.sleep(0.1)
    return hivemind.DHT(host_maddrs=listen, initial_peers=meeting.read_text().split(), start=True)


def main(task: Task, number: int, journal: Journal, begun: float) -> None:
    """Train until ended."""
    work = Work(task, number, journal, begun)
    logging.getLogger("hivemind.optim.state_averager").addHandler(_Rounds(work))
    half = hivemind.compression.Float16Compression()
    optimizer = hivemind.Optimizer(
        dht=table_of(task, number),
        run_id="practice",
        batch_size_per_step=task.batch,
        target_batch_size=task.batch * task.local_steps * len(task.addresses),
        params=groups(work.module),
        optimizer=adamw,
        use_local_updates=True,
        matchmaking_time=3.0,
        averaging_timeout=30.0,
        state_averaging_compression=half,
        load_state_compression=half,
        verbose=True,
    )
    while True:
        work.warm_up(optimizer.opt)
        work.backward(work.module)
        optimizer.step()
        optimizer.zero_grad()
        work.stepped(work.own_weights())


if __name__ == "__main__":
    carry_out(main)
