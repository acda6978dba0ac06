"""Credits for the snapshot: from the ledger, and what of them belongs to the present stretch of contributing."""

import time
from collections.abc import Callable

from lightwork.domain.status import CreditStatus
from lightwork.domain.today import day_began
from lightwork.history.ledger import Ledger


class CreditBook:
    """Sums over receipts. The ledger is asked again only when something has changed, or a new day has begun."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._clock = clock
        self._operations = self._tokens = 0
        self._sent: set[str] = set()

    def restart(self) -> None:
        """A new stretch begins."""
        self._operations = self._tokens = 0
        self._sent = set()

    def sent(self, digest: str) -> None:
        """A contribution is on its way in this stretch."""
        self._sent.add(digest)

    def add(self, digest: str, operations: int, tokens: int) -> bool:
        """A verified receipt has come in. True if it is for a contribution of this stretch."""
        if digest not in self._sent:
            return False
        self._sent.discard(digest)
        self._operations += operations
        self._tokens += tokens
        return True

    def status(self) -> CreditStatus:
        """All projects together; today by local time."""
        totals = self._ledger.totals()
        today = self._ledger.totals(since=day_began(self._clock()))
        return CreditStatus(
            verified=totals.verified,
            pending=totals.pending,
            rejected=totals.rejected,
            verified_today=today.verified,
            verified_session=self._operations,
            tokens_session=self._tokens,
            receipts=totals.receipts,
        )
