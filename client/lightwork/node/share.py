"""This computer's share of the work that went into the model lately."""

_ROUNDS = 20


class Share:
    """Tokens by round: what a round's signed update counts in all, and what this computer's receipts say of it."""

    def __init__(self) -> None:
        self._all: dict[int, int] = {}
        self._own: dict[int, int] = {}

    def merged(self, round_: int, tokens: int) -> None:
        """A round's update counts so many tokens."""
        self._all[round_] = tokens
        for old in sorted(self._all)[:-_ROUNDS]:
            del self._all[old]
            self._own.pop(old, None)

    def verified(self, round_: int, tokens: int) -> None:
        """A receipt grants so many tokens in a round."""
        self._own[round_] = self._own.get(round_, 0) + tokens

    @property
    def value(self) -> float | None:
        """0 to 1, over the last rounds that are known both ways; None before there is one.

        The receipts of the newest round may still be on their way: it counts as soon as a receipt for it, or for a
        later one, has come.
        """
        newest = max(self._own, default=-1)
        known = [round_ for round_ in self._all if round_ <= newest]
        total = sum(self._all[round_] for round_ in known)
        return min(1.0, sum(self._own.get(round_, 0) for round_ in known) / total) if total else None
