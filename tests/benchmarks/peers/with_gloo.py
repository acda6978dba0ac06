"""Data-parallel training as PyTorch has it: DistributedDataParallel over gloo. Gradients are averaged at each step."""

import torch.distributed as dist
from task import Journal, Task, carry_out
from torch.nn.parallel import DistributedDataParallel
from training import Work, adamw, groups

PORT = 29500


def main(task: Task, number: int, journal: Journal, begun: float) -> None:
    """Train until ended. An error of the network ends it: nothing in it would mend that."""
    work = Work(task, number, journal, begun)
    place = f"tcp://{task.addresses[0]}:{PORT}"
    dist.init_process_group("gloo", init_method=place, rank=number, world_size=len(task.addresses))
    module = DistributedDataParallel(work.module)
    optimizer = adamw(groups(work.module))
    while True:
        work.warm_up(optimizer)
        work.backward(module)
        optimizer.step()
        optimizer.zero_grad()
        work.averaged(dist.get_world_size())
        work.stepped(work.own_weights())


if __name__ == "__main__":
    carry_out(main)
