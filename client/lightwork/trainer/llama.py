"""Llama (Touvron et al. 2023): pre-normalised blocks, gated MLP, rotary positions, shared key and value heads.

Parameters are called as in the published weights, so that those can be trained further.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightwork.protocol.model import LlamaModel
from lightwork.trainer.layers import Cache, Past, angles, attend, heads_of, initialise, turn


class Llama(nn.Module):
    """Token ids (batch, length) to logits (batch, length, vocabulary)."""

    cosines: Tensor
    sines: Tensor

    def __init__(self, model: LlamaModel) -> None:
        super().__init__()
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(model.vocab_size, model.hidden_size),
                "layers": nn.ModuleList(_Block(model) for _ in range(model.num_hidden_layers)),
                "norm": nn.RMSNorm(model.hidden_size, eps=model.rms_norm_eps),
            }
        )
        self.lm_head = nn.Linear(model.hidden_size, model.vocab_size, bias=False)
        width = model.hidden_size // model.num_attention_heads
        tables = angles(model.max_position_embeddings, width, model.rope_theta)
        for name, table in zip(("cosines", "sines"), tables, strict=True):
            self.register_buffer(name, table, persistent=False)
        initialise(self)

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of each next token."""
        length = tokens.shape[1]
        states = self.model["embed_tokens"](tokens)
        for block in self.model["layers"]:
            states = block(states, self.cosines[:length], self.sines[:length])
        return self.lm_head(self.model["norm"](states))

    def go_on(self, tokens: Tensor, cache: Cache) -> Tensor:
        """The logits of the token after the last one (batch, vocabulary); `tokens` follow those in the cache."""
        start, end = cache.filled, cache.filled + tokens.shape[1]
        states = self.model["embed_tokens"](tokens)
        for block, past in zip(self.model["layers"], cache.layers, strict=True):
            states = block(states, self.cosines[start:end], self.sines[start:end], past)
        cache.filled = end
        return self.lm_head(self.model["norm"](states[:, -1]))


class _Block(nn.Module):
    def __init__(self, model: LlamaModel) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(model.hidden_size, eps=model.rms_norm_eps)
        self.self_attn = _Attention(model)
        self.post_attention_layernorm = nn.RMSNorm(model.hidden_size, eps=model.rms_norm_eps)
        sizes = {"gate_proj": (0, 1), "up_proj": (0, 1), "down_proj": (1, 0)}
        widths = (model.hidden_size, model.intermediate_size)
        self.mlp = nn.ModuleDict(
            {name: nn.Linear(widths[into], widths[out], bias=False) for name, (into, out) in sizes.items()}
        )

    def forward(self, states: Tensor, cosines: Tensor, sines: Tensor, past: Past | None = None) -> Tensor:
        states = states + self.self_attn(self.input_layernorm(states), cosines, sines, past)
        calm = self.post_attention_layernorm(states)
        return states + self.mlp["down_proj"](functional.silu(self.mlp["gate_proj"](calm)) * self.mlp["up_proj"](calm))


class _Attention(nn.Module):
    def __init__(self, model: LlamaModel) -> None:
        super().__init__()
        self._heads, self._shared = model.num_attention_heads, model.num_key_value_heads
        width = model.hidden_size // model.num_attention_heads * model.num_key_value_heads
        self.q_proj = nn.Linear(model.hidden_size, model.hidden_size, bias=False)
        self.k_proj = nn.Linear(model.hidden_size, width, bias=False)
        self.v_proj = nn.Linear(model.hidden_size, width, bias=False)
        self.o_proj = nn.Linear(model.hidden_size, model.hidden_size, bias=False)

    def forward(self, states: Tensor, cosines: Tensor, sines: Tensor, past: Past | None = None) -> Tensor:
        queries = _turned(heads_of(self.q_proj(states), self._heads), cosines, sines)
        keys = _turned(heads_of(self.k_proj(states), self._shared), cosines, sines)
        values = heads_of(self.v_proj(states), self._shared)
        if past is not None:
            keys, values = past.extend(keys, values)
        each = self._heads // self._shared
        if each > 1:
            keys, values = keys.repeat_interleave(each, dim=1), values.repeat_interleave(each, dim=1)
        return self.o_proj(attend(queries, keys, values))


def _turned(states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    # A number of a head's first half forms a pair with that of its second half.
    first, second = states.chunk(2, dim=-1)
    return torch.cat(turn(first, second, cosines, sines), dim=-1)
