"""Step back behind whatever else the person runs."""

import logging
import sys
from contextlib import suppress

import psutil

log = logging.getLogger(__name__)


def lower_priority(process: int) -> None:
    """Give a process the lowest processor and disk priority that its system has without special rights."""
    # A sandbox may know nothing of disk priorities; training goes on at the ordinary one.
    with suppress(psutil.Error, OSError):
        child = psutil.Process(process)
        if sys.platform == "win32":
            child.nice(psutil.IDLE_PRIORITY_CLASS)
            child.ionice(psutil.IOPRIO_VERYLOW)
            return
        child.nice(19)
        if sys.platform == "linux":
            child.ionice(psutil.IOPRIO_CLASS_IDLE)
