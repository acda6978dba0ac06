"""Credits for the snapshot: from the ledger, and what of them belongs to the present stretch of contributing."""

import time
from collections.abc import Callable

from lightwork.domain.status import CreditStatus
from lightwork.history.ledger import Ledger

_DAY = 86_400


class CreditBook:
    """Sums over receipts. The ledger is asked again only when something has changed, or a new day has begun."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._clock = clock
        self._operations = self._tokens = 0

    def restart(self) -> None:
        """A new stretch begins."""
        self._operations = self._tokens = 0

    def add(self, operations: int, tokens: int) -> None:
        """A verified receipt has come in."""
        self._operations += operations
        self._tokens += tokens

    def status(self) -> CreditStatus:
        """All projects together; today by UTC."""
        totals = self._ledger.totals()
        today = self._ledger.totals(since=self._clock() // _DAY * _DAY)
        return CreditStatus(
            verified=totals.verified,
            pending=totals.pending,
            rejected=totals.rejected,
            verified_today=today.verified,
            verified_session=self._operations,
            tokens_session=self._tokens,
            receipts=totals.receipts,
        )
