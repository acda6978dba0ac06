"""How far training under one lease has come."""

from pathlib import Path

from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Recipe, TokenType
from lightwork.trainer.data import LeasedData, Tokens


class LeaseProgress:
    """One lease with its data, and the number of local steps taken under it.

    The lease and the step number decide a step's batch, so a trainer that resumes goes on where the last one stopped.
    """

    def __init__(self, orders: wire.Train, recipe: Recipe, token_type: TokenType, trained: int) -> None:
        """`trained`: tokens that the replica's unsent work counts under this lease already."""
        self.name = orders.lease
        self._data = LeasedData([Path(shard) for shard in orders.shards], token_type, orders.seed)
        self._most = orders.max_tokens
        self._recipe = recipe
        self._steps = trained // self.tokens_a_step

    @property
    def tokens_a_step(self) -> int:
        """Tokens of one local step."""
        return self._recipe.batch * self._recipe.sequence

    @property
    def left(self) -> int:
        """Tokens that may still be trained on."""
        return self._most - self._steps * self.tokens_a_step

    @property
    def used(self) -> bool:
        """True when not even one more step fits."""
        return self.left < self.tokens_a_step

    def batch(self) -> Tokens:
        """The next step's sequences: (sequences, length + 1)."""
        return self._data.batch(self._steps, self._recipe.batch, self._recipe.sequence)

    def advance(self) -> None:
        """The next step's batch is done with."""
        self._steps += 1
