"""The plan of each round, from the recipe and from how far the model has come. Pure.

**A round lasts a share of the run so far.** What a model learns next takes about as long as what it has learned: early,
weights that are some steps old are much worse, later they hardly are. Rounds that grow with the run keep computers
equally close to each other, in that measure, from the first step to the last; and the traffic of a run of T steps goes
with log T instead of T. (With a rate that falls, Gu et al. 2024, "A Quadratic Synchronization Rule", lengthen rounds
too, by another argument.)

**The rates fall in a straight line** to the end of the planned run, if there is one (Bergsma et al. 2025, "Straight to
Zero"), with each step and not only from round to round.

What is counted is the steps of the median contribution, so that neither the fastest computers nor the slowest decide.
"""

from collections.abc import Sequence
from math import ceil
from statistics import median

from lightwork.protocol.manifest import Recipe
from lightwork.protocol.round_plan import RoundPlan

LEAST_RATE = 0.01  # after the planned end training may go on; it then hardly changes anything


def first_plan(recipe: Recipe) -> RoundPlan:
    """The plan of the round that starts from version 0."""
    return plan_at(0.0, recipe)


def next_plan(plan: RoundPlan, steps: Sequence[int], recipe: Recipe) -> RoundPlan:
    """The plan after a round whose contributions held so many steps each; at least one.

    What they say is not checked: a round moves the plan on by one round's steps at most, whoever takes part in it.
    """
    return plan_at(plan.step + min(median(steps), plan.local_steps(recipe.max_local_steps)), recipe)


def plan_at(step: float, recipe: Recipe) -> RoundPlan:
    """The plan of a round before which a volunteer of median speed has taken so many steps."""
    length, rate = _length(step, recipe), _rate(step, recipe)
    steps = max(1.0, length * recipe.max_local_steps)
    fall = (rate - _rate(step + steps, recipe)) / steps
    return RoundPlan(step=step, length=length, rate=rate, fall=fall, up=recipe.up)


def _length(step: float, recipe: Recipe) -> float:
    if not recipe.round_growth:
        return 1.0
    length = min(1.0, max(recipe.first_round, recipe.round_growth * step / recipe.max_local_steps))
    left = (recipe.planned_steps - step) / recipe.max_local_steps
    # The last two rounds share what is left: a short one at the end would cost as much traffic as a long one.
    return max(recipe.first_round, left / ceil(left / length)) if 0 < left < 2 * length else length


def _rate(step: float, recipe: Recipe) -> float:
    return max(LEAST_RATE, 1.0 - step / recipe.planned_steps) if recipe.planned_steps else 1.0
