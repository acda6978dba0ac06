"""The allow-list: how each architecture is built from its closed configuration, with the library's own classes."""

from typing import Any, assert_never

import torch
from torch import nn

from lightwork.domain.layout import Layout
from lightwork.protocol.model import GptjModel, LlamaModel, Model


def build(model: Model, seed: int = 0) -> nn.Module:
    """A freshly initialised float32 model in training mode. On one runtime, a seed always gives the same weights."""
    torch.manual_seed(seed)
    match model:
        case GptjModel():
            module = _gptj(model)
        case LlamaModel():
            module = _llama(model)
        case _:
            assert_never(model)
    return module.float().train()


def _gptj(model: GptjModel) -> nn.Module:
    from transformers.models.gptj.configuration_gptj import GPTJConfig  # noqa: PLC0415  only what is used is loaded
    from transformers.models.gptj.modeling_gptj import GPTJForCausalLM  # noqa: PLC0415

    config = GPTJConfig(
        vocab_size=model.vocab_size,
        n_positions=model.n_positions,
        n_embd=model.n_embd,
        n_layer=model.n_layer,
        n_head=model.n_head,
        rotary_dim=model.rotary_dim,
        n_inner=model.n_inner,
        layer_norm_epsilon=model.layer_norm_epsilon,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        **_COMMON,
    )
    return GPTJForCausalLM(config)


def _llama(model: LlamaModel) -> nn.Module:
    from transformers.models.llama.configuration_llama import LlamaConfig  # noqa: PLC0415
    from transformers.models.llama.modeling_llama import LlamaForCausalLM  # noqa: PLC0415

    config = LlamaConfig(
        vocab_size=model.vocab_size,
        max_position_embeddings=model.max_position_embeddings,
        hidden_size=model.hidden_size,
        intermediate_size=model.intermediate_size,
        num_hidden_layers=model.num_hidden_layers,
        num_attention_heads=model.num_attention_heads,
        num_key_value_heads=model.num_key_value_heads,
        rms_norm_eps=model.rms_norm_eps,
        rope_theta=model.rope_theta,
        attention_dropout=0.0,
        **_COMMON,
    )
    return LlamaForCausalLM(config)


# Published defaults name end-of-text tokens that a small vocabulary does not have.
_COMMON: dict[str, Any] = {
    "bos_token_id": None,
    "eos_token_id": None,
    "tie_word_embeddings": False,
    "use_cache": False,
    "attn_implementation": "sdpa",
}


def layout_of(module: nn.Module) -> Layout:
    """The layout of a module's trainable tensors."""
    return Layout(tuple(sorted((name, tuple(tensor.shape)) for name, tensor in module.named_parameters())))
