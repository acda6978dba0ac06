"""Shared fixtures: every test has a home folder of its own and never sees this computer's keyring."""

import os
import signal
from pathlib import Path

import pytest

# Before anything imports torch or numpy: two threads beside a busy core make each other slow (measured: 48 times).
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# A suite that a shell started in the background is deaf to Ctrl-C, and would pass that on to the programs it tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for this test and for the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LIGHTWORK_HOME", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder
