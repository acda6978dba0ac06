"""Runs the installer's helpers (venv, pip, apt-get): their output goes to the log and line by line to a reader."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

TICK_SECONDS = 0.25
GUARD = Path(__file__).with_name("guarded.py")


def guarded(python: Path, lock: Path, module: str, *arguments: str) -> list[str]:
    """Return the command that runs `python -m module arguments` so that it cannot outlive the installer."""
    return [str(python), str(GUARD), str(lock), module, *arguments]


def run(
    command: Sequence[str],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str],
    line: Callable[[str], None] = lambda text: None,
    tick: Callable[[], None] = lambda: None,
    may_be_killed: bool = True,
) -> tuple[int, list[str]]:
    """Run to the end; returns the exit status (negative for a signal) and the lines of the output.

    Calls `line` for each line and `tick` at least every 0.25 s, both in this thread. The log is continued, not
    overwritten. On any exception the child is ended first: killed, or, where that would do harm, interrupted and waited
    for. Raises OSError when the command cannot be started.
    """
    lines: list[str] = []
    with log.open("a", encoding="utf-8", errors="replace") as written:
        written.write(f"$ {' '.join(command)}\n")
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,  # stays open as long as this process lives; see guarded.py
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the installer to answer
        )
        try:
            for text in _arriving(child):
                if text is None:
                    tick()
                    continue
                written.write(text)
                written.flush()
                lines.append(text.rstrip("\n"))
                line(lines[-1])
                tick()
            return child.wait(), lines
        finally:
            _end(child, may_be_killed=may_be_killed)


def _arriving(child: subprocess.Popen[str]) -> Iterator[str | None]:
    """Yield lines as they come, None when a tick passed without one. A thread reads: Windows cannot wait for pipes."""
    arrived: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert child.stdout is not None
        for text in child.stdout:
            arrived.put(text)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            text = arrived.get(timeout=TICK_SECONDS)
        except queue.Empty:
            yield None
            continue
        if text is None:
            return
        yield text


def _end(child: subprocess.Popen[str], *, may_be_killed: bool) -> None:
    """Close the pipe, at which a guarded child ends with all that it started; then make sure."""
    assert child.stdin is not None
    child.stdin.close()
    if child.poll() is None and not may_be_killed:
        child.send_signal(signal.SIGINT)
        child.wait()
    if child.poll() is None:
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
