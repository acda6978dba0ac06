"""The inner optimizers that a recipe may name."""

from collections.abc import Iterator
from typing import Any, assert_never

import torch
from torch import Tensor, nn

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import Optimizer, Recipe
from lightwork.trainer.muon import BatchedMuon

# Betas of SparseLoCo's public recipe: a short memory suits an optimizer whose weights others move between rounds.
_BETAS = (0.9, 0.95)
# Vocabulary matrices are look-up tables, not maps between spaces; Muon's authors leave them to AdamW.
_VOCABULARY = ("wte", "embed_tokens", "lm_head")


class InnerOptimizer:
    """One or two torch optimizers that step together, with a linear warm-up after each fresh start."""

    def __init__(self, module: nn.Module, recipe: Recipe) -> None:
        self._module = module
        self._recipe = recipe
        self._parts = _build(module, recipe)
        self._rates = [group["lr"] for group in self._groups()]
        self.steps = 0  # since a fresh start

    def step(self) -> None:
        """Clip the gradients, take one step, and clear them.

        Raises LOSS_NOT_FINITE, with nothing changed, for gradients that are not finite: they would spoil the weights.
        """
        norm = torch.nn.utils.clip_grad_norm_(self._module.parameters(), self._recipe.gradient_clip)
        if not torch.isfinite(norm):
            self.clear()
            raise LightworkError(Trouble.LOSS_NOT_FINITE, "gradient")
        self.steps += 1
        share = min(1.0, self.steps / max(1, self._recipe.warmup_steps))
        for group, rate in zip(self._groups(), self._rates, strict=True):
            group["lr"] = rate * share
        for part in self._parts:
            part.step()
        self.clear()

    def clear(self) -> None:
        """Drop gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none=True)

    def reset(self) -> None:
        """Forget all momenta, and warm up again."""
        self.steps = 0
        for part in self._parts:
            part.state.clear()

    def state(self) -> dict[str, Tensor]:
        """The momenta themselves by parameter name and kind, wherever they lie: for a checkpoint."""
        names = {parameter: name for name, parameter in self._module.named_parameters()}
        return {
            f"{names[parameter]}/{kind}": value.detach()
            for part in self._parts
            for parameter, entry in part.state.items()
            for kind, value in entry.items()
            if isinstance(value, Tensor)
        }

    def load(self, state: dict[str, Tensor], steps: int) -> None:
        """Take momenta from a checkpoint; what does not fit is left to grow anew."""
        parameters = dict(self._module.named_parameters())
        self.reset()
        owners = {
            parameter: part for part in self._parts for group in part.param_groups for parameter in group["params"]
        }
        for key, value in state.items():
            name, _, kind = key.rpartition("/")
            parameter = parameters.get(name)
            if parameter is None or (value.shape != parameter.shape and value.ndim):
                continue
            # AdamW's step count is a scalar that torch wants in main memory.
            moved = value.to(parameter.device) if value.ndim else value.clone()
            owners[parameter].state[parameter][kind] = moved
        self.steps = steps

    def _groups(self) -> Iterator[dict[str, Any]]:
        for part in self._parts:
            yield from part.param_groups


def _build(module: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    named = dict(module.named_parameters())
    match recipe.optimizer:
        case Optimizer.ADAMW:
            matrices: list[Tensor] = []
            rate = recipe.learning_rate
        case Optimizer.MUON:
            matrices = [p for name, p in named.items() if p.ndim == 2 and not any(v in name for v in _VOCABULARY)]
            rate = recipe.adamw_learning_rate
        case _:
            assert_never(recipe.optimizer)
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in named.values() if id(parameter) not in chosen]
    parts: list[torch.optim.Optimizer] = []
    if matrices:
        kind = BatchedMuon if matrices[0].device.type == "cpu" else torch.optim.Muon
        parts.append(kind(matrices, lr=recipe.learning_rate, weight_decay=recipe.weight_decay))
    if others:
        decayed = [parameter for parameter in others if parameter.ndim >= 2]
        plain = [parameter for parameter in others if parameter.ndim < 2]  # biases and norms are not decayed
        groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        parts.append(torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, betas=_BETAS))
    return parts
