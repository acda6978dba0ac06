import msgspec
import pytest

from lightwork.domain.scheme import Scheme
from lightwork.host.steering import LEAST_RATE, first_plan, next_plan, plan_at
from lightwork.protocol.manifest import Recipe
from lightwork.protocol.round_plan import RoundPlan

FIXED = Recipe(sequence=8, batch=2, max_local_steps=50, up=Scheme(bits=1))
GROWING = msgspec.structs.replace(FIXED, round_growth=0.05, first_round=0.1, planned_steps=2000)


def test_without_growth_and_end_every_round_is_alike() -> None:
    plan = first_plan(FIXED)
    assert plan == RoundPlan(up=Scheme(bits=1))
    after = next_plan(plan, [50, 40, 60], FIXED)
    assert after == RoundPlan(step=50, up=Scheme(bits=1))
    assert next_plan(first_plan(FIXED), [60, 70], FIXED).step == 50


@pytest.mark.parametrize(
    ("step", "steps"),
    [(0, 5), (99, 5), (120, 6), (400, 20), (1000, 50), (1001, 50), (1900, 50), (1920, 40), (1960, 40), (1e12, 50)],
)
def test_rounds_grow_with_the_run_up_to_a_full_one(step: float, steps: int) -> None:
    assert plan_at(step, GROWING).local_steps(GROWING.max_local_steps) == steps


def test_a_round_has_a_step_however_short_it_is() -> None:
    assert RoundPlan(length=0.001, up=Scheme()).local_steps(50) == 1


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 1.0), (500, 0.75), (1000, 0.5), (1979, 0.0105), (1990, LEAST_RATE), (5000, LEAST_RATE)]
)
def test_rates_fall_in_a_straight_line_to_the_planned_end(step: float, rate: float) -> None:
    assert plan_at(step, GROWING).rate == pytest.approx(rate)


def test_little_that_is_left_gets_no_tiny_round() -> None:
    assert plan_at(1999.5, GROWING).length == GROWING.first_round


@pytest.mark.parametrize("step", [0, 120, 777, 1000, 1900, 1960, 5000])
def test_a_rounds_last_step_meets_the_next_rounds_first(step: float) -> None:
    plan, most = plan_at(step, GROWING), GROWING.max_local_steps
    steps = plan.local_steps(most)
    assert plan.rate_after(0, most) == plan.rate
    assert plan.rate_after(steps, most) == pytest.approx(plan_at(step + steps, GROWING).rate)


@pytest.mark.parametrize(
    ("steps", "counted"),
    # A round moves the plan on by one round's steps at most, whatever most of those who take part in it say.
    [([2], 2), ([1, 4, 100], 4), ([1, 1, 1, 96], 1), ([3, 4], 3.5), ([4, 10**9, 10**9], 5)],
)
def test_the_median_contribution_counts(steps: list[int], counted: float) -> None:
    assert next_plan(plan_at(10, GROWING), steps, GROWING).step == 10 + counted
