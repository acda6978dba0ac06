"""How much of a model fits: the micro-batch that the allowed memory has room for."""

from dataclasses import dataclass

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import Optimizer, Recipe
from lightwork.protocol.model import Model

_FLOAT = 4  # bytes
# Base, anchor and residual, which error feedback keeps beside the weights; in main memory.
_REPLICA = 3 * _FLOAT
# The runtime itself, before any tensor: measured 242 MB for torch on Linux.
_RUNTIME = 250 << 20


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Sequences that go through the model at once, and the bytes that this is expected to take on the device."""

    micro_batch: int
    expected: int


def plan(model: Model, recipe: Recipe, allowed: int, *, on_cpu: bool) -> MemoryPlan:
    """The largest micro-batch within `allowed` bytes. Raises DEVICE_TOO_SMALL when not even one sequence fits."""
    fixed = model.parameters * _bytes_a_parameter(recipe.optimizer)
    if on_cpu:
        fixed += model.parameters * _REPLICA + _RUNTIME
    each = activation_bytes(model, recipe.sequence)
    room = (allowed - fixed) // each
    if room < 1:
        raise LightworkError(
            Trouble.DEVICE_TOO_SMALL, f"needs {_megabytes(fixed + each)}, may use {_megabytes(allowed)}"
        )
    micro_batch = min(recipe.batch, room)
    return MemoryPlan(micro_batch, fixed + micro_batch * each)


def activation_bytes(model: Model, sequence: int) -> int:
    """Bytes that one sequence's activations take in float32 between forward and backward pass.

    Per layer 34 s h at 16 bits (Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer
    Models", section 4.1), so twice that here; attention scores are recomputed by the fused kernel. Then the logits,
    their softmax and their gradient.
    """
    return sequence * (model.layers * model.width * 68 + model.vocab_size * 3 * _FLOAT)


def _bytes_a_parameter(optimizer: Optimizer) -> int:
    # Weight, gradient, and one momentum (Muon) or two (AdamW).
    return _FLOAT * (3 if optimizer is Optimizer.MUON else 4)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
