import pytest

from lightwork.domain.scheme import Scheme
from lightwork.protocol.manifest import Recipe
from lightwork.protocol.round_plan import RoundPlan
from lightwork.trainer.schedule import Schedule

RECIPE = Recipe(sequence=8, batch=2, max_local_steps=50, up=Scheme(bits=1))
PLAN = RoundPlan(step=100, length=0.4, rate=0.5, fall=0.01, up=Scheme(bits=1))


def test_before_there_is_a_plan_the_rates_are_whole() -> None:
    assert Schedule(RECIPE).rate(7) == 1.0


@pytest.mark.parametrize(
    ("taken", "unsent", "more", "rate"),
    [
        (0, 0, 0, 0.5),
        (0, 0, 10, 0.4),
        (0, 0, 20, 0.3),  # the round's last step is the 20th
        (0, 0, 35, 0.3),  # while it is being closed, and by computers that are faster than most
        (1000, 4, 0, 0.46),  # taken on while the round before was being closed
        (1000, 300, 0, 0.3),
    ],
)
def test_rates_fall_with_the_steps_of_the_round(taken: int, unsent: int, more: int, rate: float) -> None:
    schedule = Schedule(RECIPE)
    schedule.follow(PLAN, taken, unsent)
    assert schedule.rate(taken + more) == pytest.approx(rate)


def test_a_rate_is_never_below_nothing() -> None:
    plan = RoundPlan(length=1.0, rate=0.1, fall=0.01, up=Scheme(bits=1))
    assert plan.rate_after(50, 50) == 0.0
