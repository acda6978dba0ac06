"""The device that computes, as torch sees it."""

import sys

import psutil
import torch

from lightwork.domain.errors import LightworkError, Trouble


def open_device(name: str, threads: int) -> torch.device:
    """The named device, ready for use. Raises DEVICE_LOST if it is not there, or this runtime cannot use it."""
    torch.set_num_threads(max(1, threads))
    try:
        device = torch.device(name)
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
