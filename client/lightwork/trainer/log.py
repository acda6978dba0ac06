"""The trainer's log is stderr. A full disk under it must keep nobody from saving or from ending."""

import sys
import traceback
from contextlib import suppress


def log(line: str) -> None:
    """Write a line, or let it be."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201  stderr is the log


def log_traceback() -> None:
    """Write the exception that is being handled, or let it be."""
    with suppress(OSError, ValueError):
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
