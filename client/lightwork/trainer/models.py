"""The allow-list: how each architecture is built from its closed configuration.

The two are written out in plain torch. Loading them through transformers (5) made each start of a trainer take 5.8 s in
place of 2.5 (`tests/benchmarks/bench_resume.py`), and a trainer starts after every pause; the tests hold ours against
that library's.
"""

from typing import assert_never

import torch
from torch import nn

from lightwork.domain.layout import Layout
from lightwork.protocol.model import GptjModel, LlamaModel, Model
from lightwork.trainer.gptj import Gptj
from lightwork.trainer.llama import Llama


def build(model: Model, seed: int = 0) -> nn.Module:
    """A freshly initialised float32 model in training mode. On one runtime, a seed always gives the same weights."""
    torch.manual_seed(seed)
    module: nn.Module
    match model:
        case GptjModel():
            module = Gptj(model)
        case LlamaModel():
            module = Llama(model)
        case _:
            assert_never(model)
    return module.float().train()


def layout_of(module: nn.Module) -> Layout:
    """The layout of a module's trainable tensors."""
    return Layout(tuple(sorted((name, tuple(tensor.shape)) for name, tensor in module.named_parameters())))
