"""Our two architectures against those of transformers: the same names and shapes, and the same numbers."""

import pytest
import torch
from torch.nn import functional

from lightwork.protocol.model import GptjModel, LlamaModel, Model
from lightwork.trainer.evaluate import loss_of
from lightwork.trainer.models import build, layout_of

GPTJ = GptjModel(vocab_size=97, n_positions=40, n_embd=48, n_layer=3, n_head=4, rotary_dim=8)
WIDE = GptjModel(vocab_size=97, n_positions=40, n_embd=48, n_layer=1, n_head=2, rotary_dim=24, n_inner=80)
LLAMA = LlamaModel(
    vocab_size=97,
    max_position_embeddings=40,
    hidden_size=48,
    intermediate_size=100,
    num_hidden_layers=3,
    num_attention_heads=6,
    num_key_value_heads=6,
)
SHARED = LlamaModel(
    vocab_size=97,
    max_position_embeddings=40,
    hidden_size=48,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=6,
    num_key_value_heads=2,
    rope_theta=500_000.0,
    rms_norm_eps=1e-5,
)
MODELS = [GPTJ, WIDE, LLAMA, SHARED]
NAMES = ["gptj", "gptj-wide", "llama", "llama-shared-heads"]


def published(model: Model) -> torch.nn.Module:
    """The same model by the library that the published weights are written for."""
    common = {"bos_token_id": None, "eos_token_id": None, "tie_word_embeddings": False, "attn_implementation": "eager"}
    if isinstance(model, GptjModel):
        from transformers.models.gptj import GPTJConfig, GPTJForCausalLM  # noqa: PLC0415  three seconds

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
            **common,
        )
        return GPTJForCausalLM(config)
    from transformers.models.llama import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

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
        **common,
    )
    return LlamaForCausalLM(config)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_names_numbers_and_gradients_are_the_published_ones(model: Model) -> None:
    theirs, ours = published(model).float().eval(), build(model, seed=3).eval()
    assert layout_of(ours) == layout_of(theirs)
    assert layout_of(ours).size == model.parameters
    state = theirs.state_dict()
    # Weights far from their beginning, so that every part of the arithmetic matters.
    generator = torch.Generator().manual_seed(1)
    for tensor in state.values():
        tensor.add_(0.2 * torch.randn(tensor.shape, generator=generator))
    theirs.load_state_dict(state)
    ours.load_state_dict(state)
    tokens = torch.randint(0, model.vocab_size, (3, model.positions), generator=generator)
    expected, found = theirs(input_ids=tokens).logits, ours(tokens)
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4)
    targets = tokens.roll(-1, 1).flatten()
    functional.cross_entropy(expected.flatten(0, 1), targets).backward()
    functional.cross_entropy(found.flatten(0, 1), targets).backward()
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        assert torch.allclose(parameter.grad, gradients[name].grad, rtol=1e-3, atol=1e-5), name


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_seed_always_gives_the_same_weights_and_a_fresh_model_knows_nothing(model: Model) -> None:
    first, again, other = build(model, seed=5), build(model, seed=5), build(model, seed=6)
    for (name, one), two, three in zip(first.named_parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)
        assert one.ndim == 1 or not torch.equal(one, three), name
    tokens = torch.randint(0, model.vocab_size, (8, 33))
    with torch.no_grad():
        loss = loss_of(first, tokens).item()
    assert loss == pytest.approx(float(torch.tensor(model.vocab_size).log()), abs=0.1)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_nothing_is_predicted_from_what_comes_later(model: Model) -> None:
    module = build(model, seed=1).eval()
    tokens = torch.randint(0, model.vocab_size, (1, 20))
    changed = tokens.clone()
    changed[0, 10:] = (changed[0, 10:] + 1) % model.vocab_size
    with torch.no_grad():
        before, after = module(tokens), module(changed)
    assert torch.allclose(before[0, :10], after[0, :10], atol=1e-5)
    assert not torch.allclose(before[0, 10:], after[0, 10:], atol=1e-3)
