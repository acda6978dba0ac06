"""The device that computes, as torch sees it."""

import sys

import psutil
import torch

from lightwork.domain.errors import LightworkError, Trouble


def open_device(name: str, threads: int, memory: int) -> torch.device:
    """The named device, ready for use. Raises DEVICE_LOST if it is not there, or this runtime cannot use it.

    `threads` compute on a CPU. On a GPU the allocator never holds more than `memory` bytes: what a person has set
    aside for other programs stays theirs, even where a plan was too hopeful.
    """
    torch.set_num_threads(max(1, threads))
    if torch.get_num_interop_threads() != 1:  # settable once only
        # Nothing here runs two operators side by side; without this torch may start a thread for each core.
        torch.set_num_interop_threads(1)
    try:
        device = torch.device(name)
        if device.type == "cuda":
            # Streams have the lowest priority already, unless asked for more.
            index = torch.cuda.current_device() if device.index is None else device.index
            _, total = torch.cuda.mem_get_info(index)
            torch.cuda.set_per_process_memory_fraction(min(1.0, memory / total), index)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise LightworkError(Trouble.DEVICE_LOST, f"{name}: {str(error).splitlines()[0]}") from None
    return device


def runtime() -> str:
    """The runtime's name for a log: "torch 2.13.0"."""
    return f"torch {torch.__version__}, Python {sys.version.split()[0]}"


def memory_used(device: torch.device) -> int:
    """Bytes in use: of the device for a GPU, of this process otherwise."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(psutil.Process().memory_info().rss)
