"""Which share of the recipe's learning rates the next step takes, by the plan that the host signed for the round."""

from lightwork.protocol.manifest import Recipe
from lightwork.protocol.round_plan import RoundPlan


class Schedule:
    """Counts the steps since a round's work began. Before there is a plan the rates are whole.

    The first of them may lie before the plan: those that were taken on while the round before was being closed.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._most = recipe.max_local_steps
        self._plan: RoundPlan | None = None
        self._began = 0

    def follow(self, plan: RoundPlan, taken: int, ahead: int) -> None:
        """Go by a plan; of the `taken` steps so far the last `ahead` were taken for this round already."""
        self._plan, self._began = plan, taken - ahead

    def rate(self, taken: int) -> float:
        """The share, 0 to 1, after `taken` steps."""
        return 1.0 if self._plan is None else self._plan.rate_after(taken - self._began, self._most)
