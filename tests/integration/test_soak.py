"""The short form of `soak.py`: what was acknowledged is never lost or counted twice."""

from pathlib import Path

import pytest

from integration.soak import soak


@pytest.mark.processes
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    figures = soak(tmp_path, kills=8, rounds=6, volunteers=2, seed=7, longest_wait=3.0)
    assert figures.startswith("8 kills")
