"""How much of a model fits: the micro-batch that the allowed memory has room for."""

from dataclasses import dataclass

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import Recipe
from lightwork.protocol.memory import activation_bytes, bytes_needed
from lightwork.protocol.model import Model


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Sequences that go through the model at once, and the bytes that this is expected to take on the device."""

    micro_batch: int
    expected: int


def plan(model: Model, recipe: Recipe, allowed: int, *, on_cpu: bool) -> MemoryPlan:
    """The largest micro-batch within `allowed` bytes. Raises DEVICE_TOO_SMALL when not even one sequence fits."""
    least = bytes_needed(model, recipe, 1, on_cpu=on_cpu)
    if allowed < least:
        raise LightworkError(Trouble.DEVICE_TOO_SMALL, f"needs {_megabytes(least)}, may use {_megabytes(allowed)}")
    more = (allowed - least) // activation_bytes(model, recipe.sequence)
    micro_batch = min(recipe.batch, 1 + more)
    return MemoryPlan(micro_batch, bytes_needed(model, recipe, micro_batch, on_cpu=on_cpu))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
