"""The main promise: one command, and this computer trains the practice project and is credited for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.town import environment, undisturbed
from lightwork.domain.credit import OPERATIONS_PER_CREDIT


@pytest.mark.processes
def test_contributing_to_the_practice_project(tmp_path: Path) -> None:
    undisturbed(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "lightwork", "contribute", "--rounds", "2", "--json"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=230,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["rounds"] == 2
    assert summary["held_out_loss_first"] - summary["held_out_loss_last"] > 2.0
    assert summary["parameters"] == 856_064
    assert summary["credits_verified"] == 6 * 856_064 * summary["tokens"] / OPERATIONS_PER_CREDIT > 0
