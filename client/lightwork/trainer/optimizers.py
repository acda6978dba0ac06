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
# torch's names of what an optimizer keeps for each parameter.
_COUNT = "step"
_ADAMW_KINDS = (_COUNT, "exp_avg", "exp_avg_sq")
_MUON_KINDS = ("momentum_buffer",)


class InnerOptimizer:
    """One or two torch optimizers that step together, with a linear warm-up after each fresh start."""

    def __init__(self, module: nn.Module, recipe: Recipe) -> None:
        self._module = module
        self._recipe = recipe
        self._parts = _build(module, recipe)
        self._rates = [group["lr"] for group in self._groups()]
        self.steps = 0  # since a fresh start
        self.share = 1.0  # of the recipe's rates, for the next step

    def step(self) -> None:
        """Clip the gradients, take one step, and clear them.

        Raises LOSS_NOT_FINITE, with nothing changed, for gradients that are not finite: they would spoil the weights.
        """
        norm = torch.nn.utils.clip_grad_norm_(self._module.parameters(), self._recipe.gradient_clip)
        if not torch.isfinite(norm):
            self.clear()
            raise LightworkError(Trouble.LOSS_NOT_FINITE, "gradient")
        self._make_room()
        share = self.share * min(1.0, (self.steps + 1) / max(1, self._recipe.warmup_steps))
        for group, rate in zip(self._groups(), self._rates, strict=True):
            group["lr"] = rate * share
        for part in self._parts:
            part.step()
        self.steps += 1  # only now: a step that ran out of memory does not count
        self.clear()

    def _make_room(self) -> None:
        """Allocate the momenta that are missing, each parameter's at once.

        torch allocates them one by one within the step: where memory ends there, it leaves a parameter with some of
        its momenta and every later step fails for the others.
        """
        for part in self._parts:
            for group in part.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None and not part.state.get(parameter):
                        part.state[parameter] = {kind: _zero(kind, parameter) for kind in _kinds(part)}

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
        """Take momenta from a checkpoint. A parameter whose set is incomplete or does not fit grows new ones."""
        parameters = dict(self._module.named_parameters())
        self.reset()
        owners = {
            parameter: part for part in self._parts for group in part.param_groups for parameter in group["params"]
        }
        for name, parameter in parameters.items():
            part = owners[parameter]
            found = {kind: state.get(f"{name}/{kind}") for kind in _kinds(part)}
            entry = {
                kind: value for kind, value in found.items() if value is not None and _fits(kind, value, parameter)
            }
            if len(entry) == len(found):
                part.state[parameter] = {
                    # The count of steps is a scalar that torch wants in main memory.
                    kind: value.clone() if kind == _COUNT else value.to(parameter.device)
                    for kind, value in entry.items()
                }
        self.steps = steps

    def _groups(self) -> Iterator[dict[str, Any]]:
        for part in self._parts:
            yield from part.param_groups


def _kinds(part: torch.optim.Optimizer) -> tuple[str, ...]:
    return _ADAMW_KINDS if isinstance(part, torch.optim.AdamW) else _MUON_KINDS


def _zero(kind: str, parameter: Tensor) -> Tensor:
    if kind == _COUNT:
        return torch.tensor(0.0)
    return torch.zeros_like(parameter, memory_format=torch.preserve_format)


def _fits(kind: str, value: Tensor, parameter: Tensor) -> bool:
    return value.ndim == 0 if kind == _COUNT else value.shape == parameter.shape


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
