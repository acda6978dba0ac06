"""Shared fixtures: every test has a home folder of its own and never sees this computer's keyring."""

import os
from pathlib import Path

import pytest

# Before anything imports torch or numpy: two threads beside a busy core make each other slow (measured: 48 times).
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for this test and for the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LIGHTWORK_HOME", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder
