"""Our recipe worked out in one process, without host and wire: to try where bytes buy loss, on the small model.

The rounds are the host's (`host/steering.py`). Error feedback, late merging and the outer step are what the program has
(`trainer/replica.py`, `host/outer.py`), written out once more in a few lines, so that things can be tried that the
program does not do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from lightwork.codec import encode
from lightwork.codec.weights import Vector
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.steering import plan_at
from lightwork.protocol.manifest import Optimizer, Recipe
from loss.task import BATCH, LATE, SEQUENCE, Budget, Data, Learner, Record, falling

TWO_BITS = Scheme(bits=2)
_MUON_RATE, _ADAMW_RATE = 0.02, 0.003
_OUTER_MOMENTUM = np.float32(0.3)
_VOCABULARY = ("wte", "lm_head")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One setting.

    A round lasts `growth` of the steps so far, `shortest` to `longest` steps. `vocabulary` is the scheme of its two
    tables, both ways; `later` that of everything in the second half of the run, in rounds that are shorter or longer
    with its bits, so that as much is sent. With `momenta` Muon's are averaged, too, uncompressed and not counted.
    """

    up: Scheme = TWO_BITS
    down: Scheme = TWO_BITS
    growth: float = 0.1
    shortest: int = 10
    longest: int = 50
    decay: float = 0.9  # of what is owed, a round
    vocabulary: Scheme | None = None
    later: Scheme | None = None
    momenta: bool = False

    def at(self, share: float) -> "Trial":
        """What holds after that share of the run."""
        if self.later is None or share < 0.5:
            return self
        ratio = self.later.bits / self.up.bits
        shortest, longest = (max(1, round(ratio * steps)) for steps in (self.shortest, self.longest))
        growth = ratio * self.growth
        return replace(self, up=self.later, down=self.later, growth=growth, shortest=shortest, longest=longest)

    def round_end(self, began: int, steps: int) -> int:
        """The step that a round ends with, as the host plans it."""
        now = self.at(began / steps)
        recipe = Recipe(
            sequence=SEQUENCE,
            batch=BATCH,
            max_local_steps=now.longest,
            round_growth=now.growth,
            first_round=now.shortest / now.longest,
            planned_steps=steps,
        )
        return min(steps, began + plan_at(began, recipe).local_steps(now.longest))


def carry_out(budget: Budget, record: Record, trial: Trial) -> None:
    """One run, to its end."""
    run = _Run(budget, record, trial)
    run.train()


@dataclass
class _Run:
    budget: Budget
    record: Record
    trial: Trial
    up: float = 0.0  # bytes of a volunteer
    down: float = 0.0
    learners: list[Learner] = field(init=False)

    def __post_init__(self) -> None:
        count = self.budget.volunteers
        self.learners = [Learner(self.budget, Optimizer.MUON, _MUON_RATE, _ADAMW_RATE) for _ in range(count)]
        self.data = Data(self.budget)
        self.layout = self.learners[0].layout
        self.base = self.learners[0].weights
        self.anchors = [self.base] * count
        self.owed: list[Vector] = [np.zeros_like(self.base)] * count
        self.host_owed: Vector = np.zeros_like(self.base)
        self.momentum: Vector = np.zeros_like(self.base)

    def train(self) -> None:
        """Rounds until the budget is used."""
        steps, end, ahead = self.budget.steps, 0, 0
        while end < steps:
            before, end = end, self.trial.round_end(end, steps)
            scheme = self.trial.at(before / steps)
            self._steps(before + ahead, end)
            mean = self._contributions(scheme.up)
            momenta = self._mean_momenta() if self.trial.momenta else {}
            update = self._outer_step(mean, scheme.down)
            ahead = min(round(LATE * (end - before)), steps - end)
            self._steps(end, end + ahead)
            self._merge(update, momenta)
            if self.record.due(end, before):
                self._measure(end)

    def _steps(self, start: int, end: int) -> None:
        for volunteer, learner in enumerate(self.learners):
            for step in range(start, end):
                learner.step([self.data.batch(volunteer, step)], falling(step, self.budget.steps))

    def _contributions(self, scheme: Scheme) -> Vector:
        """What everybody's progress decodes to, on average."""
        sums = np.zeros_like(self.base)
        for volunteer, learner in enumerate(self.learners):
            local = learner.weights
            whole = self.anchors[volunteer] - local + self.owed[volunteer]
            decoded, length = self._coded(whole, scheme)
            self.owed[volunteer], self.anchors[volunteer] = (whole - decoded) * np.float32(self.trial.decay), local
            self.up += length / len(self.learners)
            sums += decoded
        return sums / np.float32(len(self.learners))

    def _outer_step(self, mean: Vector, scheme: Scheme) -> Vector:
        """Nesterov momentum and the host's own error feedback."""
        self.momentum = _OUTER_MOMENTUM * self.momentum + mean
        step = mean + _OUTER_MOMENTUM * self.momentum + self.host_owed
        decoded, length = self._coded(step, scheme)
        self.host_owed = step - decoded
        self.down += length
        return decoded

    def _merge(self, update: Vector, momenta: dict[str, tuple[torch.Tensor, list[torch.Tensor]]]) -> None:
        self.base = self.base - update
        for volunteer, learner in enumerate(self.learners):
            anchor = self.base - self.owed[volunteer]
            learner.weights = anchor + (learner.weights - self.anchors[volunteer])
            self.anchors[volunteer] = anchor
            for name, (mean, before) in momenta.items():
                learner.momenta[name].add_(mean - before[volunteer])

    def _mean_momenta(self) -> dict[str, tuple[torch.Tensor, list[torch.Tensor]]]:
        """By name: the mean, and what each volunteer had."""
        found = {name: [one.momenta[name].clone() for one in self.learners] for name in self.learners[0].momenta}
        return {name: (torch.stack(each).mean(0), each) for name, each in found.items()}

    def _coded(self, vector: Vector, scheme: Scheme) -> tuple[Vector, int]:
        """What the vector decodes to, and the payload's bytes."""
        tables = self.trial.vocabulary
        if tables is None:
            encoded = encode(vector, self.layout, scheme)
            return encoded.decoded, len(encoded.payload)
        decoded, length = np.empty_like(vector), 0
        for wanted, its in ((True, tables), (False, scheme)):
            places = [one for one in self.layout.slices() if any(name in one[0] for name in _VOCABULARY) is wanted]
            part = encode(np.concatenate([vector[place] for _, _, place in places]), _layout_of(places), its)
            length += len(part.payload)
            _scatter(part.decoded, [place for _, _, place in places], decoded)
        return decoded, length

    def _measure(self, step: int) -> None:
        judge = Learner(self.budget, Optimizer.MUON, 0.0, 0.0)
        judge.weights = self.base
        self.record.note(step, self.data.held_out_loss(judge.module), self.up, self.down)


def _layout_of(places: Sequence[tuple[str, tuple[int, ...], slice]]) -> Layout:
    return Layout(tuple((name, shape) for name, shape, _ in places))


def _scatter(values: Vector, places: Sequence[slice], into: Vector) -> None:
    start = 0
    for place in places:
        length = place.stop - place.start
        into[place] = values[start : start + length]
        start += length
