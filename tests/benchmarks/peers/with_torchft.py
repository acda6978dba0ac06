"""DiLoCo as torchft has it: local steps, then an averaged outer step with Nesterov momentum, by fault-tolerant gloo.

Rates of the outer step are DiLoCo's (Douillard et al. 2023): 0.7, momentum 0.9. Time-outs are torchft's own.
"""

from typing import Any

import torch
import torch.distributed as dist
from task import Journal, Task, carry_out
from torchft import Manager, ProcessGroupGloo
from torchft.local_sgd import DiLoCo
from training import Weights, Work, adamw, groups

LIGHTHOUSE_PORT = 29510


def manager_of(task: Task, number: int, store: dist.TCPStore, work: Work, inner: torch.optim.Optimizer) -> Manager:
    """A replica group of this one computer."""
    address = task.addresses[number]

    def load(state: dict[str, Any]) -> None:
        work.module.load_state_dict(state["model"])
        inner.load_state_dict(state["inner"])

    return Manager(
        pg=ProcessGroupGloo(),
        min_replica_size=1,
        use_async_quorum=False,  # DiLoCo demands it
        load_state_dict=load,
        state_dict=lambda: {"model": work.module.state_dict(), "inner": inner.state_dict()},
        replica_id=f"peer_{number}",
        rank=0,
        world_size=1,
        store_addr=address,
        store_port=store.port,
        hostname=address,
        lighthouse_addr=f"http://{task.hub}:{LIGHTHOUSE_PORT}",
        init_sync=False,  # all begin from the same seed
    )


def main(task: Task, number: int, journal: Journal, begun: float) -> None:
    """Train until ended."""
    work = Work(task, number, journal, begun)
    inner = adamw(groups(work.module))
    outer = torch.optim.SGD(work.module.parameters(), lr=0.7, momentum=0.9, nesterov=True)
    store = dist.TCPStore(task.addresses[number], 0, is_master=True, wait_for_workers=False)  # ends with its last use
    manager = manager_of(task, number, store, work, inner)
    kept = _copy(work)  # the global weights, equal everywhere
    with DiLoCo(manager, [work.module], inner, outer, sync_every=task.local_steps, use_bucketization=True):
        while True:
            before = manager.current_step()
            work.warm_up(inner)
            work.backward(work.module)
            inner.step()  # and, at each `sync_every`th, the outer step
            inner.zero_grad()
            if manager.current_step() > before:
                work.averaged(manager.num_participants())
                kept = _copy(work)
            work.stepped(kept)


def _copy(work: Work) -> Weights:
    return {name: value.detach().clone() for name, value in work.own_weights().items()}


if __name__ == "__main__":
    carry_out(main)
