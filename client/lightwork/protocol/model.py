"""Which models a project may train: a closed schema per architecture, so that a stranger's configuration runs no code.

A configuration is bounded integers and numbers only. It never reaches a library's automatic class look-up: that has
executed code from hostile configurations before (CVE-2026-5241).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import limits

Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]
Epsilon = Annotated[float, msgspec.Meta(gt=0, le=0.1)]


class Architecture(StrEnum):
    """The allow-list. `trainer/models.py` says how each is built."""

    GPTJ = "gptj"
    LLAMA = "llama"


class GptjModel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="model_type", tag="gptj"
):
    """GPT-J (Wang and Komatsuzaki 2021); field names as in its published configuration."""

    vocab_size: Size
    n_positions: Size
    n_embd: Size
    n_layer: Annotated[int, msgspec.Meta(ge=1, le=512)]
    n_head: Size
    rotary_dim: Size
    n_inner: Size | None = None
    layer_norm_epsilon: Epsilon = 1e-5

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head or self.rotary_dim > self.n_embd // self.n_head or self.rotary_dim % 2:
            raise ValueError("n_embd must be a multiple of n_head, rotary_dim even and no wider than a head")

    @property
    def positions(self) -> int:
        """Longest sequence."""
        return self.n_positions

    @property
    def width(self) -> int:
        """Size of the hidden state."""
        return self.n_embd

    @property
    def layers(self) -> int:
        """Number of blocks."""
        return self.n_layer

    @property
    def heads(self) -> int:
        """Attention heads of a block."""
        return self.n_head

    @property
    def parameters(self) -> int:
        """Trainable numbers, counted from the shapes: vocabulary matrices, and attention, MLP and one norm a block."""
        width, inner = self.n_embd, self.n_inner or 4 * self.n_embd
        block = 4 * width * width + 2 * width * inner + inner + width + 2 * width
        return 2 * self.vocab_size * width + self.vocab_size + self.n_layer * block + 2 * width


class LlamaModel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="model_type", tag="llama"
):
    """Llama (Touvron et al. 2023); field names as in its published configuration. Embeddings are not tied."""

    vocab_size: Size
    max_position_embeddings: Size
    hidden_size: Size
    intermediate_size: Size
    num_hidden_layers: Annotated[int, msgspec.Meta(ge=1, le=512)]
    num_attention_heads: Size
    num_key_value_heads: Size
    rms_norm_eps: Epsilon = 1e-6
    rope_theta: Annotated[float, msgspec.Meta(gt=0, le=1e9)] = 10_000.0

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_attention_heads or self.num_attention_heads % self.num_key_value_heads:
            raise ValueError("hidden_size must be a multiple of the heads, and the heads of the key-value heads")

    @property
    def positions(self) -> int:
        """Longest sequence."""
        return self.max_position_embeddings

    @property
    def width(self) -> int:
        """Size of the hidden state."""
        return self.hidden_size

    @property
    def layers(self) -> int:
        """Number of blocks."""
        return self.num_hidden_layers

    @property
    def heads(self) -> int:
        """Attention heads of a block."""
        return self.num_attention_heads

    @property
    def parameters(self) -> int:
        """Trainable numbers, counted from the shapes."""
        width = self.hidden_size
        shared = width // self.num_attention_heads * self.num_key_value_heads
        block = 2 * width * width + 2 * width * shared + 3 * width * self.intermediate_size + 2 * width
        return 2 * self.vocab_size * width + self.num_hidden_layers * block + width


Model = GptjModel | LlamaModel

# What a published configuration carries beside the numbers above and may be left out without changing the model,
# with the values that these may have (None: any).
_HARMLESS: Mapping[str, tuple[object, ...] | None] = {
    "architectures": None,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
    "transformers_version": None,
    "torch_dtype": None,
    "dtype": None,
    "initializer_range": None,
    "use_cache": None,
    "gradient_checkpointing": None,
    "summary_type": None,
    "summary_use_proj": None,
    "summary_activation": None,
    "summary_proj_to_labels": None,
    "summary_first_dropout": None,
    "task_specific_params": None,
    "tokenizer_class": None,
    "scale_attn_weights": (True,),
    "rotary": (True,),
    "attn_pdrop": None,
    "embd_pdrop": None,
    "resid_pdrop": None,
    "attention_dropout": None,
    "activation_function": ("gelu_new",),
    "hidden_act": ("silu",),
    "tie_word_embeddings": (False,),
    "attention_bias": (False,),
    "mlp_bias": (False,),
    "rope_scaling": (None,),
    "pretraining_tp": (1,),
    "n_ctx": None,
    "head_dim": None,
}
_CODE = ("auto_map", "trust_remote_code", "custom_pipelines", "auto_class")


def read_configuration(raw: Mapping[str, Any]) -> Model:
    """A published model configuration (the content of its config.json) as a closed model.

    Raises MODEL_CODE for one that points at code, ARCHITECTURE_UNKNOWN for a model that is not on the list, and
    MANIFEST_INVALID for one that is, but with values that this version does not build.
    """
    for key in _CODE:
        if key in raw:
            raise LightworkError(Trouble.MODEL_CODE, key)
    kind = raw.get("model_type")
    if kind not in set(Architecture):
        raise LightworkError(Trouble.ARCHITECTURE_UNKNOWN, str(kind)[:100])
    kept: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in _HARMLESS:
            kept[key] = value
        elif (allowed := _HARMLESS[key]) is not None and value not in allowed:
            raise LightworkError(Trouble.MANIFEST_INVALID, f"{key} = {str(value)[:50]} is not supported")
    try:
        model: Model = msgspec.convert(kept, Model)
    except msgspec.ValidationError as error:
        raise LightworkError(Trouble.MANIFEST_INVALID, str(error)) from None
    if model.parameters > limits.PARAMETERS:
        raise LightworkError(Trouble.MANIFEST_INVALID, f"{model.parameters} parameters")
    return model
