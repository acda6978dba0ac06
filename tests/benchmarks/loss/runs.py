"""The runs of the comparison by name.

Settings of ours come from some fifty trials with one seed of a smaller model, of which TRIALS are some. The rates of
synchronous training were tried by hand at full size with seed 1: AdamW 1.193, 1.129, 1.149 and 1.238 at 0.0015, 0.003,
0.006 and 0.01, of which a parabola has its bottom at 0.0036; Muon 0.878 at 0.02 and 0.913 at 0.01. DiLoCo and
SparseLoCo have AdamW's rate.
"""

from collections.abc import Callable
from dataclasses import replace
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
# Two settings of one recipe: rounds that grow with the run, and codes both ways that suit their length: in short rounds
# about a bit a value, which pays for more of them, in long ones 2 bits (TRIALS).
CLOSE = Recipe(
    sequence=128,
    batch=4,
    learning_rate=0.02,
    adamw_learning_rate=0.003,
    max_local_steps=28,
    round_growth=0.056,
    first_round=0.18,
    outer_momentum=0.3,
    residual_decay=0.9,
    up=Scheme(keep=1024, bits=1),
    down=Scheme(keep=1024, bits=1),
)
LEAN = msgspec.structs.replace(
    CLOSE,
    max_local_steps=240,
    round_growth=0.4,
    first_round=0.25,
    residual_decay=0.8,
    up=Scheme(bits=2),
    down=Scheme(bits=2),
)
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
    "lightwork-lean-little-late": lambda budget, record: ours(budget, record, LEAN, late=0.03),
    "lightwork-close-at-once": lambda budget, record: ours(budget, record, CLOSE, late=0.0),
    "lightwork-lean-later": lambda budget, record: ours(budget, record, LEAN, late=0.3),
}

# Where bytes buy loss, on the small model. The first five send as much as each other in a run of 1,500 steps; so do the
# last three, in 11 to 22 rounds as the lean recipe.
ONE_BIT = Scheme(bits=1)
HALF, QUARTER, EIGHTH = (Scheme(keep=keep, bits=1) for keep in (2048, 1024, 512))
LONG = Trial(growth=0.4, shortest=60, longest=240, decay=0.8)
TRIALS = {
    "trial-two-bits": Trial(),
    "trial-half": Trial(up=HALF, down=HALF, growth=0.075, shortest=8, longest=38),
    "trial-one-bit": Trial(up=ONE_BIT, down=ONE_BIT, growth=0.05, shortest=5, longest=25),
    "trial-quarter": Trial(up=QUARTER, down=QUARTER, growth=0.053, shortest=5, longest=27),
    "trial-eighth": Trial(up=EIGHTH, down=EIGHTH, growth=0.0335, shortest=3, longest=17),
    "trial-one-bit-later": Trial(later=ONE_BIT),
    "trial-four-bits-later": Trial(later=Scheme(bits=4)),
    "trial-quarter-up": Trial(up=QUARTER),
    "trial-sixteenth-up": Trial(up=Scheme(keep=256, bits=1)),
    "trial-vocabulary-one-bit": Trial(vocabulary=ONE_BIT),
    "trial-vocabulary-four-bits": Trial(vocabulary=Scheme(bits=4)),
    "trial-momenta": Trial(momenta=True),
    "trial-long-two-bits": LONG,
    "trial-long-one-bit": replace(LONG, up=ONE_BIT, down=ONE_BIT, growth=0.2, shortest=30, longest=120),
    "trial-long-quarter": replace(LONG, up=QUARTER, down=QUARTER, growth=0.212, shortest=32, longest=127),
}


def _of_trial(trial: Trial) -> Run:
    return lambda budget, record: trials.carry_out(budget, record, trial)


RUNS |= {name: _of_trial(trial) for name, trial in TRIALS.items()}


def carry_out(name: str, budget: Budget, file: Path) -> None:
    """One run, to its end."""
    RUNS[name](budget, Record(file, budget))
