"""GPT-J (Wang and Komatsuzaki 2021): attention and MLP beside each other, rotary positions on a part of each head.

Parameters are called as in the published weights, so that those can be trained further.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightwork.protocol.model import GptjModel
from lightwork.trainer.layers import Cache, Past, angles, attend, heads_of, initialise, turn

_THETA = 10_000.0


class Gptj(nn.Module):
    """Token ids (batch, length) to logits (batch, length, vocabulary)."""

    cosines: Tensor
    sines: Tensor

    def __init__(self, model: GptjModel) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(model.vocab_size, model.n_embd),
                "h": nn.ModuleList(_Block(model) for _ in range(model.n_layer)),
                "ln_f": nn.LayerNorm(model.n_embd, eps=model.layer_norm_epsilon),
            }
        )
        self.lm_head = nn.Linear(model.n_embd, model.vocab_size)
        for name, table in zip(("cosines", "sines"), angles(model.n_positions, model.rotary_dim, _THETA), strict=True):
            self.register_buffer(name, table, persistent=False)
        initialise(self)

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of each next token."""
        length = tokens.shape[1]
        states = self.transformer["wte"](tokens)
        for block in self.transformer["h"]:
            states = block(states, self.cosines[:length], self.sines[:length])
        return self.lm_head(self.transformer["ln_f"](states))

    def go_on(self, tokens: Tensor, cache: Cache) -> Tensor:
        """The logits of the token after the last one (batch, vocabulary); `tokens` follow those in the cache."""
        start, end = cache.filled, cache.filled + tokens.shape[1]
        states = self.transformer["wte"](tokens)
        for block, past in zip(self.transformer["h"], cache.layers, strict=True):
            states = block(states, self.cosines[start:end], self.sines[start:end], past)
        cache.filled = end
        return self.lm_head(self.transformer["ln_f"](states[:, -1]))


class _Block(nn.Module):
    def __init__(self, model: GptjModel) -> None:
        super().__init__()
        inner = model.n_inner or 4 * model.n_embd
        self.ln_1 = nn.LayerNorm(model.n_embd, eps=model.layer_norm_epsilon)
        self.attn = _Attention(model)
        self.mlp = nn.ModuleDict({"fc_in": nn.Linear(model.n_embd, inner), "fc_out": nn.Linear(inner, model.n_embd)})

    def forward(self, states: Tensor, cosines: Tensor, sines: Tensor, past: Past | None = None) -> Tensor:
        calm = self.ln_1(states)
        inner = functional.gelu(self.mlp["fc_in"](calm), approximate="tanh")
        return states + self.attn(calm, cosines, sines, past) + self.mlp["fc_out"](inner)


class _Attention(nn.Module):
    def __init__(self, model: GptjModel) -> None:
        super().__init__()
        self._heads, self._rotary = model.n_head, model.rotary_dim
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            self.add_module(name, nn.Linear(model.n_embd, model.n_embd, bias=False))

    def forward(self, states: Tensor, cosines: Tensor, sines: Tensor, past: Past | None = None) -> Tensor:
        queries, keys, values = (
            heads_of(project(states), self._heads) for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        queries, keys = self._turned(queries, cosines, sines), self._turned(keys, cosines, sines)
        if past is not None:
            keys, values = past.extend(keys, values)
        return self.out_proj(attend(queries, keys, values))

    def _turned(self, states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        # Neighbours form the pairs, on the first numbers of each head; the rest is left as it is.
        turned, rest = states[..., : self._rotary], states[..., self._rotary :]
        pairs = turn(turned[..., ::2], turned[..., 1::2], cosines, sines)
        return torch.cat((torch.stack(pairs, dim=-1).flatten(-2), rest), dim=-1)
