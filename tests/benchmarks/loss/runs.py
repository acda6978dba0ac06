"""The runs of the comparison by name.

Settings of ours come from some fifty trials with one seed of a smaller model (140,000 parameters). The rates of
synchronous training were tried by hand at full size with seed 1: AdamW 1.193, 1.129, 1.149 and 1.238 at 0.0015, 0.003,
0.006 and 0.01, of which a parabola has its bottom at 0.0036; Muon 0.878 at 0.02 and 0.913 at 0.01. DiLoCo and
SparseLoCo have AdamW's rate.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from lightwork.domain.scheme import Scheme
from lightwork.protocol.manifest import Optimizer, Recipe
from loss import trials
from loss.ours import ours
from loss.peers import Inner, averaging, diloco, local, sparseloco, synchronous
from loss.task import Budget, Learner, Record
from loss.trials import Trial

ADAMW = Inner(Optimizer.ADAMW, 0.0036, 0.0036)
MUON = Inner(Optimizer.MUON, 0.02, 0.003)
# Two settings of one recipe: rounds that grow with the run, dense codes of 2 bits both ways.
CLOSE = Recipe(
    sequence=128,
    batch=4,
    learning_rate=0.02,
    adamw_learning_rate=0.003,
    max_local_steps=50,
    round_growth=0.1,
    first_round=0.2,
    outer_momentum=0.3,
    residual_decay=0.9,
    up=Scheme(bits=2),
    down=Scheme(bits=2),
)
LEAN = msgspec.structs.replace(CLOSE, max_local_steps=240, round_growth=0.4, first_round=0.25, residual_decay=0.8)
Run = Callable[[Budget, Record], None]


def _sparseloco(budget: Budget, record: Record) -> None:
    layout = Learner(budget, Optimizer.ADAMW, 0.0, 0.0).layout
    local(budget, record, ADAMW, 15, sparseloco(layout, budget.volunteers))


RUNS: dict[str, Run] = {
    "synchronous-adamw": lambda budget, record: synchronous(budget, record, ADAMW),
    "synchronous-muon": lambda budget, record: synchronous(budget, record, MUON),
    "diloco": lambda budget, record: local(budget, record, ADAMW, 50, diloco()),
    "sparseloco": _sparseloco,
    "lightwork-close": lambda budget, record: ours(budget, record, CLOSE),
    "lightwork-lean": lambda budget, record: ours(budget, record, LEAN),
}
COMPARED = list(RUNS)
# What averaging costs by itself, uncompressed and after every step: each volunteer's small batch is made orthogonal by
# itself, where synchronous training does that with the mean of all. And what merging late costs: the lean recipe with
# nobody training on between contributing and merging, and for longer.
RUNS |= {
    "averaging-muon": lambda budget, record: local(budget, record, MUON, 1, averaging()),
    "lightwork-lean-at-once": lambda budget, record: ours(budget, record, LEAN, late=0.0),
    "lightwork-lean-later": lambda budget, record: ours(budget, record, LEAN, late=0.3),
}

# Where bytes buy loss, on the small model.
ONE_BIT = Scheme(bits=1)
HALF = Trial(up=ONE_BIT, down=ONE_BIT, growth=0.05, shortest=5, longest=25)
TRIALS = {
    "trial-close": Trial(),
    "trial-one-bit-in-half-the-rounds": HALF,
    "trial-one-bit-later": Trial(later=ONE_BIT),
    "trial-four-bits-later": Trial(later=Scheme(bits=4)),
    "trial-quarter-up": Trial(up=Scheme(keep=1024, bits=1)),
    "trial-sixteenth-up": Trial(up=Scheme(keep=256, bits=1)),
    "trial-vocabulary-one-bit": Trial(vocabulary=ONE_BIT),
    "trial-vocabulary-four-bits": Trial(vocabulary=Scheme(bits=4)),
    "trial-momenta": Trial(momenta=True),
}


def _of_trial(trial: Trial) -> Run:
    return lambda budget, record: trials.carry_out(budget, record, trial)


RUNS |= {name: _of_trial(trial) for name, trial in TRIALS.items()}


def carry_out(name: str, budget: Budget, file: Path) -> None:
    """One run, to its end."""
    RUNS[name](budget, Record(file, budget))
