"""Runs a Python module (venv, pip) so that it ends with the installer, even when that is killed.

usage: guarded.py LOCK MODULE [ARGUMENT ...]

The installer holds the other end of stdin; the system closes it when the installer ends, and then this process and all
that it started end at once. Otherwise a pip whose installer is gone would go on writing beside the next one's pip.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Take the lock, then be the module."""
    lock, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    from locking import held  # noqa: PLC0415  this folder leaves the import path before the module runs

    del sys.path[0]
    with held(Path(lock)):
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_stdin() -> None:
    # os.read, not sys.stdin: a buffered reader that waits in a thread blocks the interpreter's own end.
    while os.read(0, 1024):
        pass
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # the installer made this process the leader of a group of its own
    os._exit(1)


if __name__ == "__main__":
    main()
