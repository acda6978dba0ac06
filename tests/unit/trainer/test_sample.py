"""Going on with a text: the same numbers as without a cache, and training that does not notice."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn

from helpers.trainer_process import TINY, adamw
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.protocol.model import LlamaModel, Model
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import gather
from lightwork.trainer.layers import Cache
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.sample import Sampling, choose, window_of
from lightwork.trainer.texts import ByteTexts, FileTexts

CPU = torch.device("cpu")
SHARED = LlamaModel(
    vocab_size=256,
    max_position_embeddings=32,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
)


def sampling(module: nn.Module, *, model: Model = TINY, window: int = 32, **orders: object) -> Sampling:
    values = {"id": 1, "prompt": "Once", "tokens": 20, "temperature": 0.0} | orders
    return Sampling(
        wire.Sample(**values),  # type: ignore[arg-type]
        module,
        layers=model.layers,
        window=window,
        vocabulary=model.vocab_size,
        device=CPU,
        weights=lambda: (0, 0),
    )


def go_through(one: Sampling) -> str:
    text = ""
    while not one.over:
        text += one.turn(lambda: False)
    return text


def clear_minded(model: Model) -> nn.Module:
    """Fresh weights, made bigger: its first choice is then far ahead of the second."""
    module = build(model, seed=5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(8.0)
    return module


@pytest.mark.parametrize("model", [TINY, SHARED])
@pytest.mark.parametrize("pieces", [(10,), (4, 6), (3, 1, 1, 5), (1,) * 10])
def test_a_cache_changes_no_number(model: Model, pieces: tuple[int, ...]) -> None:
    module = build(model, seed=1)
    tokens = torch.arange(10).remainder(model.vocab_size)[None] * 7
    cache, last = Cache(model.layers, 16), torch.empty(0)
    with torch.inference_mode():
        for _ in range(2):  # the second time in memory that holds the first
            cache.forget()
            for piece in tokens.split(pieces, dim=1):
                last = module.go_on(piece, cache)  # type: ignore[operator]
        torch.testing.assert_close(last, module(tokens)[:, -1])
    assert cache.filled == 10


@pytest.mark.parametrize("model", [TINY, SHARED])
def test_the_likeliest_tokens_are_those_of_the_whole_model_also_when_the_window_moves(model: Model) -> None:
    module, window = clear_minded(model), 12
    one = sampling(module, model=model, window=window, tokens=40, prompt="Once upon a time there was")
    tokens = list(b"Once upon a time there was")[-window:]
    expected = ByteTexts()
    text = ""
    with torch.inference_mode():
        for _ in range(40):
            if len(tokens) > window:
                tokens = tokens[-window * 3 // 4 :]
            tokens.append(int(module(torch.tensor([tokens]))[0, -1].argmax()))
            text += expected.add(tokens[-1])
    assert go_through(one) == text
    assert one.said == 40
    assert one.trouble is None


def train(steps: int, beside: Sampling | None, module: nn.Module) -> np.ndarray:
    engine = Engine(module, adamw(), CPU, 1)
    random = np.random.default_rng(3)

    def between(_: float) -> bool:
        if beside is not None:
            beside.turn(lambda: False)
        return False

    for _ in range(steps):
        assert engine.gradient(random.integers(0, 256, (3, 33)), between) is not None
        engine.update()
    assert module.training
    assert all(one.grad is None or not one.grad.any() for one in module.parameters())
    return gather(module, layout_of(module))


def test_training_comes_to_the_same_bits_and_the_same_chances() -> None:
    quiet, chance = build(TINY, seed=2), torch.get_rng_state()
    alone = train(3, None, quiet)
    talking = build(TINY, seed=2)
    one = sampling(talking, tokens=1000, temperature=1.0)
    assert np.array_equal(train(3, one, talking), alone)
    assert one.said > 0
    assert torch.equal(torch.get_rng_state(), chance)


def test_new_weights_are_taken_up_but_not_before_some_tokens_were_said() -> None:
    module, version = clear_minded(TINY), [0]
    one = Sampling(
        wire.Sample(id=1, prompt="a", tokens=400, temperature=0.0),
        module,
        layers=TINY.layers,
        window=32,
        vocabulary=256,
        device=CPU,
        weights=lambda: (version[0], 0),
    )
    fills = []
    forget = one._cache.forget

    def forgotten() -> None:
        fills.append(one.said)
        forget()

    one._cache.forget = forgotten  # type: ignore[method-assign]
    for _ in range(32):
        version[0] += 1  # a step between any two tokens
        said = one.said
        one.turn(lambda said=said: one.said > said)  # type: ignore[misc]
    assert fills == [16]


def test_a_stop_is_heeded_at_once_and_memory_is_bounded() -> None:
    one = sampling(build(TINY), prompt="x" * 8000, tokens=500)
    assert one.turn(lambda: True) == ""
    assert one.said == 0
    go_through(one)
    keys = one._cache.layers[0]._keys
    assert keys is not None
    assert keys.shape[2] == 32
    assert len(one._tokens) <= 33


def test_weights_that_went_astray_end_the_text_only() -> None:
    module = build(TINY)
    with torch.no_grad():
        next(iter(module.parameters())).fill_(float("nan"))
    one = sampling(module)
    assert go_through(one) == ""
    assert one.trouble is Trouble.LOSS_NOT_FINITE


def test_memory_that_is_full_ends_the_text_only() -> None:
    class Full(nn.Module):
        def go_on(self, _tokens: torch.Tensor, _cache: Cache) -> torch.Tensor:
            raise MemoryError

    one = sampling(Full())
    assert one.turn(lambda: False) == ""
    assert (one.over, one.trouble) == (True, Trouble.OUT_OF_MEMORY)


def test_choosing() -> None:
    random = torch.Generator().manual_seed(1)
    logits = torch.full((256,), -20.0)
    logits[[3, 7, 9]] = torch.tensor([3.0, 2.9, -1.0])
    assert choose(logits, 0.0, random) == 3
    drawn = {choose(logits, 1.0, random) for _ in range(200)}
    assert drawn == {3, 7}  # the rest lies beyond the nucleus
    assert {choose(logits, 2.0, random) for _ in range(500)} == {3, 7, 9}
    flat = {choose(torch.arange(256.0) * 1e-6, 1.0, random) for _ in range(2000)}
    assert flat <= set(range(206, 256))
    with pytest.raises(LightworkError):
        choose(logits.fill_(float("inf")), 1.0, random)


def test_chance_is_its_own_and_can_be_repeated() -> None:
    module = build(TINY, seed=1)
    texts = [go_through(sampling(module, temperature=1.0, tokens=60, seed=seed)) for seed in (4, 4, 5, None, None)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 4


def test_the_window_is_what_was_trained() -> None:
    assert window_of(2048, 128) == 128
    assert window_of(64, 128) == 64


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        (b"abc", ["a", "b", "c"]),
        ("é€".encode(), ["", "é", "", "", "€"]),
        (b"a\0b", ["a", "", "b"]),
        (b"\xffa", ["\ufffd", "a"]),
        (b"\xe2\x82a", ["", "", "\ufffda"]),
    ],
)
def test_bytes_become_whole_characters(said: bytes, pieces: list[str]) -> None:
    texts = ByteTexts()
    assert [texts.add(token) for token in said] == pieces


def test_an_empty_prompt_starts_as_a_document_does() -> None:
    assert ByteTexts().begin("") == [0]
    assert ByteTexts().begin("é") == [0xC3, 0xA9]


def written(folder: Path, tokens: Iterable[str]) -> Path:
    """A byte-level tokenizer of the 256 bytes and some longer tokens, as published ones are."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*alphabet, *tokens]
    tokenizer = Tokenizer(models.BPE(vocab={name: place for place, name in enumerate(names)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    file = folder / "tokenizer.json"
    tokenizer.save(str(file))
    return file


def test_a_tokenizer_file_tells_text_piece_by_piece(tmp_path: Path) -> None:
    file = written(tmp_path, ["Ġworld"])
    texts = FileTexts(file)
    prompt = texts.begin("Hello")
    assert len(prompt) == 5
    told = [texts.add(token) for token in [256, *FileTexts(file).begin("é€!"), *FileTexts(file).begin("\0")]]
    assert told == [" world", "", "é", "", "", "€", "!", ""]
    broken = FileTexts(file).begin("é")[0]
    assert [texts.add(broken) for _ in range(9)].count("") < 9  # no character ever ends: it does not wait for ever


def test_a_tokenizer_without_a_mark_starts_with_a_line(tmp_path: Path) -> None:
    texts = FileTexts(written(tmp_path, []))
    assert texts.begin("") == texts.begin("\n")
    marked = json.loads((tmp_path / "tokenizer.json").read_text())
    marked["added_tokens"] = [
        {
            "id": 256,
            "content": "<|endoftext|>",
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
    ]
    (tmp_path / "tokenizer.json").write_text(json.dumps(marked))
    assert FileTexts(tmp_path / "tokenizer.json").begin("") == [256]


@pytest.mark.parametrize("whole", [False, True])
def test_a_file_that_is_none_and_one_whose_tokens_the_model_has_not(tmp_path: Path, whole: bool) -> None:
    file = written(tmp_path, ["Ġw"])
    raw = json.loads(file.read_text())
    raw["model"]["merges"] = ["Ġ w"]  # token 256, of a model that has 0 to 255
    file.write_text(json.dumps(raw) if whole else "{")
    with pytest.raises(LightworkError) as caught:
        sampling(build(TINY), tokenizer=str(file), prompt=" w")
    assert caught.value.trouble is Trouble.MANIFEST_INVALID
