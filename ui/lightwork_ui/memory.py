"""Giving memory back that the allocator keeps for later."""

import ctypes
import gc
import sys


def keep_what_is_loaded() -> None:
    """What is there now stays: let the collector pass it by, since a look at all of it takes 20 ms."""
    gc.freeze()


def give_back_memory() -> None:
    """Collect what is unreachable, and hand free pages to the system where the C library can be told to (glibc)."""
    gc.collect()
    if sys.platform != "linux":
        return  # Windows and macOS trim by themselves
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library, such as musl
        return
