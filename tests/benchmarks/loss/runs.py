"""The runs of the comparison by name.

Rates and settings come from trials with one seed of a smaller model (140,000 parameters): Muon's is the best of two,
ours are near the best of some fifty. Of AdamW's three 0.01 was best there, 0.5 % below 0.006, which is taken here since
larger models want smaller rates; that is not tried yet. The rates of DiLoCo and SparseLoCo are not tuned.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from lightwork.domain.scheme import Scheme
from lightwork.protocol.manifest import Optimizer, Recipe
from loss.ours import ours
from loss.peers import diloco, local, sparseloco, synchronous
from loss.task import Budget, Learner, Record

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
    layout = Learner(budget.seed, Optimizer.ADAMW, 0.0, 0.0).layout
    local(budget, record, 0.003, 15, sparseloco(layout, budget.volunteers))


RUNS: dict[str, Run] = {
    "synchronous-adamw": lambda budget, record: synchronous(budget, record, Optimizer.ADAMW, 0.006, 0.006),
    "synchronous-muon": lambda budget, record: synchronous(budget, record, Optimizer.MUON, 0.02, 0.003),
    "diloco": lambda budget, record: local(budget, record, 0.003, 50, diloco()),
    "sparseloco": _sparseloco,
    "lightwork-close": lambda budget, record: ours(budget, record, CLOSE),
    "lightwork-lean": lambda budget, record: ours(budget, record, LEAN),
}


def carry_out(name: str, budget: Budget, file: Path) -> None:
    """One run, to its end."""
    RUNS[name](budget, Record(file, budget))
