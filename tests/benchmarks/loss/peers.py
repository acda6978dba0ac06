"""The recipes that ours is held against, each as its authors describe it.

Traffic is what their method must send, without heads or retries: they are given that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lightwork.codec import encode
from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.protocol.manifest import Optimizer
from loss.task import DENSE, Budget, Data, Learner, Record, falling


@dataclass(frozen=True)
class Inner:
    """The optimizer of each volunteer, and its rates."""

    optimizer: Optimizer
    rate: float
    adamw_rate: float


def synchronous(budget: Budget, record: Record, inner: Inner) -> None:
    """Data-parallel training: all gradients are averaged at every step, up and down in float32."""
    data, learner = Data(budget), Learner(budget, inner.optimizer, inner.rate, inner.adamw_rate)
    for step in range(1, budget.steps + 1):
        batches = [data.batch(volunteer, step - 1) for volunteer in range(budget.volunteers)]
        learner.step(batches, falling(step - 1, budget.steps))
        if record.due(step, step - 1):
            sent = DENSE * learner.layout.size * step
            record.note(step, data.held_out_loss(learner.module), sent, sent)


@dataclass(frozen=True)
class Exchanged:
    """The next weights, and the bytes that one volunteer sent and received for them."""

    weights: Vector
    up: float
    down: float


Exchange = Callable[[Vector, Sequence[Vector]], Exchanged]
"""(weights that the round began with, what each volunteer has moved them by) -> what all go on with."""


def local(budget: Budget, record: Record, inner: Inner, every: int, exchange: Exchange) -> None:
    """Local training, `every` so many steps an exchange, for which everybody waits."""
    data = Data(budget)
    learners = [Learner(budget, inner.optimizer, inner.rate, inner.adamw_rate) for _ in range(budget.volunteers)]
    weights, up, down, step = learners[0].weights, 0.0, 0.0, 0
    while step < budget.steps:
        before, step = step, min(budget.steps, step + every)
        moved = []
        for volunteer, learner in enumerate(learners):
            learner.weights = weights
            for now in range(before, step):
                learner.step([data.batch(volunteer, now)], falling(now, budget.steps))
            moved.append(weights - learner.weights)
        result = exchange(weights, moved)
        weights, up, down = result.weights, up + result.up, down + result.down
        if record.due(step, before):
            learners[0].weights = weights
            record.note(step, data.held_out_loss(learners[0].module), up, down)


def averaging() -> Exchange:
    """The mean of everybody's weights in float32: what no compression of it can be better than."""

    def exchange(weights: Vector, moved: Sequence[Vector]) -> Exchanged:
        dense = DENSE * weights.size
        return Exchanged(weights - np.mean(moved, axis=0, dtype=np.float32), dense, dense)

    return exchange


def diloco() -> Exchange:
    """Outer SGD at 0.7 with Nesterov momentum 0.9, dense float32 both ways (Douillard et al. 2023)."""
    momentum: Vector | None = None

    def exchange(weights: Vector, moved: Sequence[Vector]) -> Exchanged:
        nonlocal momentum
        mean = np.mean(moved, axis=0, dtype=np.float32)
        momentum = mean if momentum is None else np.float32(0.9) * momentum + mean
        step = np.float32(0.7) * (mean + np.float32(0.9) * momentum)
        return Exchanged(weights - step, DENSE * weights.size, DENSE * weights.size)

    return exchange


def sparseloco(layout: Layout, volunteers: int) -> Exchange:
    """The 64 largest of 4,096 at 2 bits with error feedback of decay 0.95, outer SGD at 1.0 (Sarfi et al. 2025).

    An index takes 12 bits and a value 2. Everybody downloads what the others have sent, since no server compresses the
    way down. Tensors are cut into rows of 4,096 where the authors cut tiles of 64 x 64, and the codes are our codec's,
    which lose less than theirs.
    """
    scheme = Scheme(keep=64, bits=2)
    owed = [np.zeros(layout.size, np.float32) for _ in range(volunteers)]
    sent = layout.size * scheme.keep / scheme.block * (12 + scheme.bits) / 8

    def exchange(weights: Vector, moved: Sequence[Vector]) -> Exchanged:
        decoded = []
        for volunteer, move in enumerate(moved):
            whole = np.float32(0.95) * owed[volunteer] + move
            decoded.append(encode(whole, layout, scheme).decoded)
            owed[volunteer] = whole - decoded[-1]
        step = _mean_of_senders([_clipped(decoded, tensor) for _, _, tensor in layout.slices()], volunteers)
        return Exchanged(weights - step, sent, sent * (volunteers - 1))

    return exchange


def _clipped(decoded: Sequence[Vector], tensor: slice) -> np.ndarray:
    """One tensor of all peers, (peers, size), each no longer than the median."""
    parts = np.stack([vector[tensor] for vector in decoded])
    norms = np.linalg.norm(parts, axis=1)
    return parts * np.minimum(1.0, np.median(norms) / np.maximum(norms, 1e-30))[:, None].astype(np.float32)


def _mean_of_senders(tensors: Sequence[np.ndarray], volunteers: int) -> Vector:
    """Each coordinate's mean over the peers that sent it."""
    values = np.concatenate(tensors, axis=1)
    senders = np.count_nonzero(values, axis=0)
    mean: Vector = (values.sum(axis=0) / np.maximum(senders, 1)).astype(np.float32)
    return mean
