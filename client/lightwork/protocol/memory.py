"""What training a model takes, from its sizes alone: memory of the device, and files of the trainer.

The trainer plans by this, and the node tells by it, before anything is downloaded, which device a project fits.
"""

from lightwork.protocol.manifest import Optimizer, Recipe
from lightwork.protocol.model import Model

_FLOAT = 4  # bytes
# Base, anchor and residual, which error feedback keeps beside the weights; in main memory.
_REPLICA = 3 * _FLOAT
# What packing works with beside a copy of the state (what is owed, what the payload decodes to), and merging as well.
_ASIDE = 2 * _FLOAT
# The runtime itself, before any tensor: measured 242 MB for torch on Linux.
_RUNTIME = 250 << 20


def bytes_needed(model: Model, recipe: Recipe, sequences: int, *, on_cpu: bool) -> int:
    """Bytes of the device that training takes with so many sequences at once; with 1, the least that it can do with.

    On a processor that is the main memory, in which the replica, the copy that is packed and saved beside the steps,
    and the runtime lie as well.
    """
    momenta = momenta_bytes(model, recipe.optimizer)
    # Weight and gradient.
    fixed = 2 * _FLOAT * model.parameters + momenta
    if on_cpu:
        copy = _FLOAT * model.parameters + momenta
        fixed += model.parameters * (_REPLICA + _ASIDE) + copy + _RUNTIME
    return fixed + sequences * activation_bytes(model, recipe.sequence)


def activation_bytes(model: Model, sequence: int) -> int:
    """Bytes that one sequence's activations take in float32 between forward and backward pass.

    Per layer 34 s h at 16 bits (Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer
    Models", section 4.1), so twice that here; attention scores are recomputed by the fused kernel. Then the logits,
    their softmax and their gradient.
    """
    return sequence * (model.layers * model.width * 68 + model.vocab_size * 3 * _FLOAT)


def momenta_bytes(model: Model, optimizer: Optimizer) -> int:
    """Bytes of the optimizer's momenta: two of AdamW for each parameter, one of Muon for those of the blocks' matrices.

    Muon leaves the two vocabulary matrices to AdamW; biases and norms, too, are few enough to be passed over.
    """
    if optimizer is Optimizer.ADAMW:
        return 2 * _FLOAT * model.parameters
    return _FLOAT * (model.parameters + 2 * model.vocab_size * model.width)


def checkpoint_bytes(model: Model, recipe: Recipe) -> int:
    """Bytes of a trainer's checkpoint at most: base, anchor, residual and local weights, and the momenta."""
    return (_REPLICA + _FLOAT) * model.parameters + momenta_bytes(model, recipe.optimizer)
