"""A contribution that was not taken may be sent again byte for byte, for a later round."""

from pathlib import Path

import pytest

from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger

DIGEST = "ab" * 32


def _record(ledger: Ledger, base: int) -> None:
    ledger.record_contribution(
        "p", DIGEST, base_version=base, steps=2, tokens=20, operations=120, length=9, at=float(base)
    )


def test_returned_work_is_sent_again_with_its_new_numbers(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    _record(ledger, 1)
    with pytest.raises(ValueError, match="other numbers"):
        _record(ledger, 2)
    ledger.set_state("p", DIGEST, ContributionState.RETURNED, "round_closed")
    _record(ledger, 2)
    row = ledger.contribution("p", DIGEST)
    assert row is not None
    assert (row.base_version, row.state, row.reason) == (2, ContributionState.SENDING, "")
    ledger.set_state("p", DIGEST, ContributionState.PENDING)
    assert ledger.totals().pending == 120
    ledger.close()
