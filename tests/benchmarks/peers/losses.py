"""Held-out losses of what the peers have come to, all measured alike and afterwards, when nobody trains any more."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from peers.task import SNAPSHOT, Task, journal_of, read_journal
from sqlalchemy import Connection, select

from lightwork.codec import decode
from lightwork.codec.weights import Vector
from lightwork.host.blobs import file_key
from lightwork.host.project import Project
from lightwork.host.records import versions
from lightwork.host.records.schema import rounds
from lightwork.protocol.documents import Kind, Update, open_document
from lightwork.protocol.manifest import TokenType
from lightwork.protocol.model import GptjModel
from lightwork.trainer.evaluate import held_out_loss
from lightwork.trainer.flat import scatter
from lightwork.trainer.models import build, layout_of

Weights = Mapping[str, torch.Tensor]


class Judge:
    """Measures the loss of weights, in nats a token."""

    def __init__(self, task: Task, held_out: Path) -> None:
        torch.set_num_threads(1)  # more of them stand in each other's way where other programs run
        self._module = build(msgspec.convert(task.model, GptjModel), task.seed)
        self._held_out, self._length = held_out, task.sequence

    def of_tensors(self, weights: Weights) -> float:
        """Of parameters by name."""
        self._module.load_state_dict(dict(weights), strict=False)
        return self._loss()

    def of_vector(self, vector: Vector) -> float:
        """Of one flat vector."""
        scatter(vector, self._module, layout_of(self._module))
        return self._loss()

    def _loss(self) -> float:
        found = held_out_loss(self._module, [self._held_out], TokenType.UINT8, self._length, torch.device("cpu"))
        assert found is not None  # it was not ended
        return found[0]


def losses_of_snapshots(
    task: Task, judge: Judge, numbers: Sequence[int], begun: float, last: int
) -> list[tuple[float, float]]:
    """(seconds since the beginning, loss) of each set of snapshots: of the mean of these peers' weights.

    The last set is the first one whose number is at least `last`.
    """
    taken = [_snapshots(task, number) for number in numbers]
    found = []
    for place in sorted(set.intersection(*(set(one) for one in taken))):
        files = [task.home(number) / f"weights-{place:04}.pt" for number in numbers]
        every = [torch.load(file, weights_only=True) for file in files]
        mean = {name: torch.stack([one[name] for one in every]).mean(0) for name in every[0]}
        found.append((max(one[place] for one in taken) - begun, judge.of_tensors(mean)))
        if place >= last:
            break
    return found


def losses_of_host(folder: Path, judge: Judge, begun: float, instants: Sequence[float]) -> list[tuple[float, float]]:
    """The same at these instants (seconds since the beginning, at Unix time `begun`), of the version that stood then.

    Each version is the one before it less what its update decodes to: what every volunteer computes.
    """
    return asyncio.run(_losses_of_host(folder, judge, begun, instants))


async def _losses_of_host(
    folder: Path, judge: Judge, begun: float, instants: Sequence[float]
) -> list[tuple[float, float]]:
    project = await Project.open(folder)
    try:
        closed = await project.database.read(_closed)
        layout, weights = await project.first_weights()
        found, base = [], 0
        for instant in instants:
            while base < len(closed) and closed[base] - begun <= instant:
                weights = np.subtract(weights, decode(await _payload(project, base), layout), dtype=np.float32)
                base += 1
            found.append((instant, judge.of_vector(weights)))
        return found
    finally:
        project.close()


def rounds_of_host(folder: Path, begun: float, seconds: float) -> list[int]:
    """How many contributions each round had that closed within so many seconds of Unix time `begun`."""

    async def read() -> list[int]:
        project = await Project.open(folder)
        try:
            closed = await project.database.read(_closed)
            bases = [base for base, at in enumerate(closed) if at - begun <= seconds]
            return [(await _update(project, base)).contributions for base in bases]
        finally:
            project.close()

    return asyncio.run(read())


def _closed(connection: Connection) -> list[float]:
    """When each round was closed (Unix time), by its version."""
    query = select(rounds.c.closed).where(rounds.c.closed.is_not(None)).order_by(rounds.c.version)
    return [float(at) for at in connection.execute(query).scalars()]


async def _update(project: Project, base: int) -> Update:
    document = await project.database.read(versions.find_update, base)
    assert document is not None  # the project keeps them all
    return open_document(Kind.UPDATE, document, project.manifest.host_key, Update)


async def _payload(project: Project, base: int) -> bytes:
    update = await _update(project, base)
    payload = await project.blobs.get(file_key(update.file.sha256))
    assert payload is not None
    return bytes(payload)


def _snapshots(task: Task, number: int) -> dict[int, float]:
    """When a peer took each of its snapshots. A process that came back has gone on counting."""
    entries = read_journal(journal_of(task, number))
    return {entry.count: entry.at for entry in entries if entry.kind == SNAPSHOT}
