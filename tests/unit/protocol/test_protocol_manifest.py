"""What a manifest may say. Each bad one differs from a good one in one place."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.documents import MODEL, builtins, file, manifest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.manifest import FileRef, Manifest, parse_manifest
from lightwork.protocol.model import read_configuration

GPTJ = msgspec.to_builtins(MODEL)
LLAMA = {
    "model_type": "llama",
    "vocab_size": 100,
    "max_position_embeddings": 64,
    "hidden_size": 16,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
FILE = msgspec.to_builtins(file("data/0.bin"))
RECIPE = {"sequence": 8, "batch": 2}


def trouble_of(raw: dict[str, Any]) -> Trouble:
    with pytest.raises(LightworkError) as caught:
        parse_manifest(msgspec.json.encode(raw))
    return caught.value.trouble


def test_a_good_manifest_is_read() -> None:
    assert parse_manifest(msgspec.json.encode(manifest())) == manifest()
    assert manifest().tokens == 128


def test_shards_travel_packed_or_as_they_are() -> None:
    packed = {"length": 9, "sha256": "b" * 64}
    found = parse_manifest(msgspec.json.encode(builtins(data=[{**FILE, "packed": packed}, {**FILE, "path": "b"}])))
    assert [shard.sent for shard in found.data] == [file("data/0.bin", 9, "b"), file("b")]
    assert found.tokens == 128  # what they become
    assert [one.sha256[0] for one in found.files] == ["a", "b", "a", "a"]  # weights, data, held out: as they travel
    assert msgspec.json.encode(found.data[1]) == msgspec.json.encode(file("b"))  # as before there were packed ones


BAD: list[tuple[dict[str, Any], Trouble]] = [
    ({"protocol": 2}, Trouble.HOST_NEWER),
    ({"protocol": 2, "model": {"model_type": "mamba9"}, "news": 1}, Trouble.HOST_NEWER),
    ({"protocol": "1"}, Trouble.MANIFEST_INVALID),
    ({"unheard_of": 1}, Trouble.MANIFEST_INVALID),
    ({"project": "short"}, Trouble.MANIFEST_INVALID),
    ({"serial": 0}, Trouble.MANIFEST_INVALID),
    ({"expires": 1}, Trouble.MANIFEST_INVALID),
    ({"name": ""}, Trouble.MANIFEST_INVALID),
    ({"summary": "x" * 5000}, Trouble.MANIFEST_INVALID),
    ({"host_key": "A" * 64}, Trouble.MANIFEST_INVALID),
    ({"parameters": 975}, Trouble.MANIFEST_INVALID),
    ({"operations_per_credit": 10**14}, Trouble.MANIFEST_INVALID),
    ({"weights": []}, Trouble.MANIFEST_INVALID),
    ({"data": []}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "length": -1}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "length": 8}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "sha256": "A" * 64}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "path": "../../etc/passwd"}]}, Trouble.FILE_PATH),
    ({"data": [{**FILE, "packed": {"length": 64, "sha256": "b" * 64}}]}, Trouble.MANIFEST_INVALID),  # for nothing
    ({"data": [{**FILE, "length": 4 << 30, "packed": {"length": 9, "sha256": "b" * 64}}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "packed": {"length": 0, "sha256": "b" * 64}}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "packed": {"length": 9}}]}, Trouble.MANIFEST_INVALID),
    ({"data": [{**FILE, "packed": {"length": 9, "sha256": "b" * 64, "level": 3}}]}, Trouble.MANIFEST_INVALID),
    ({"held_out": [{**FILE, "packed": {"length": 9, "sha256": "b" * 64}}]}, Trouble.MANIFEST_INVALID),
    ({"held_out": [{**FILE, "path": "/etc/passwd"}]}, Trouble.FILE_PATH),
    ({"weights": [{**FILE, "path": "DATA/0.bin"}]}, Trouble.FILE_PATH),
    ({"tokenizer": {"kind": "file", "token_type": "uint8"}}, Trouble.MANIFEST_INVALID),
    ({"tokenizer": {"kind": "bytes", "token_type": "uint8", "file": FILE}}, Trouble.FILE_PATH),
    ({"tokenizer": {"kind": "bytes", "token_type": "int8"}}, Trouble.MANIFEST_INVALID),
    (
        {"tokenizer": {"kind": "bytes", "token_type": "uint32"}, "data": [{**FILE, "length": 66}]},
        Trouble.MANIFEST_INVALID,
    ),
    ({"recipe": {**RECIPE, "sequence": 9}}, Trouble.MANIFEST_INVALID),
    ({"recipe": {**RECIPE, "optimizer": "sgd"}}, Trouble.MANIFEST_INVALID),
    ({"recipe": {**RECIPE, "learning_rate": 11}}, Trouble.MANIFEST_INVALID),
    ({"recipe": {**RECIPE, "round_seconds": 0}}, Trouble.MANIFEST_INVALID),
    ({"recipe": {**RECIPE, "up": {"block": 100}}}, Trouble.MANIFEST_INVALID),
    ({"recipe": {**RECIPE, "hook": "os.system"}}, Trouble.MANIFEST_INVALID),
    ({"model": {**GPTJ, "model_type": "mamba9"}}, Trouble.ARCHITECTURE_UNKNOWN),
    ({"model": {**GPTJ, "model_type": None}}, Trouble.ARCHITECTURE_UNKNOWN),
    ({"model": {}}, Trouble.ARCHITECTURE_UNKNOWN),
    ({"model": {**GPTJ, "auto_map": {"AutoModel": "x.Y"}}}, Trouble.MODEL_CODE),
    ({"model": {**GPTJ, "trust_remote_code": True}}, Trouble.MODEL_CODE),
    ({"model": {**GPTJ, "n_embd": 7}}, Trouble.MANIFEST_INVALID),
    ({"model": {**GPTJ, "rotary_dim": 3}}, Trouble.MANIFEST_INVALID),
    ({"model": {**GPTJ, "n_embd": 1 << 21}}, Trouble.MANIFEST_INVALID),
    ({"model": {**GPTJ, "n_layer": 512, "n_embd": 1 << 20, "vocab_size": 1 << 20}}, Trouble.MANIFEST_INVALID),
    ({"model": {**GPTJ, "activation_function": "exec"}}, Trouble.MANIFEST_INVALID),
    ({"model": 5}, Trouble.MANIFEST_INVALID),
]


@pytest.mark.parametrize(("changes", "trouble"), BAD, ids=[str(changes)[:60] for changes, _ in BAD])
def test_a_bad_manifest_is_refused(changes: dict[str, Any], trouble: Trouble) -> None:
    assert trouble_of(builtins(**changes)) is trouble


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff\xfe", b"[" * 10_000])
def test_what_is_no_manifest_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(LightworkError) as caught:
        parse_manifest(body)
    assert caught.value.trouble is Trouble.MANIFEST_INVALID


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../x",
        "a/../b",
        "a/..",
        "/x",
        "a//b",
        "a/",
        "",
        ".",
        "./a",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "C:/x",
        "a:b",
        "a\0b",
        "a\n",
        "naïve",
        "a b",
        "con",
        "a/NUL",
        "a/Com1.txt",
        "a.",
        "a./b",
        "~/x",
    ],
)
def test_a_path_that_leaves_or_means_something_else_somewhere_is_refused(path: str) -> None:
    with pytest.raises(LightworkError) as caught:
        file(path).check()
    assert caught.value.trouble is Trouble.FILE_PATH


@pytest.mark.parametrize("path", ["a", "data/0.bin", "a-b_c/d.e.f", "console/comet", "0"])
def test_a_plain_path_passes(path: str) -> None:
    file(path).check()


@given(st.text(alphabet="abAZ09._-/\\:~ \0", max_size=20))
def test_a_path_that_passes_stays_inside(path: str) -> None:
    try:
        FileRef(path=path, length=1, sha256="a" * 64).check()
    except LightworkError:
        return
    assert path
    assert not any(part in ("", ".", "..") for part in path.split("/"))
    assert not set(path) & set("\\:\0~ ")


@pytest.mark.parametrize("raw", [GPTJ, LLAMA])
def test_a_published_configuration_is_read_without_its_ornaments(raw: dict[str, Any]) -> None:
    ornaments = {"architectures": ["X"], "transformers_version": "5", "use_cache": True, "tie_word_embeddings": False}
    model = read_configuration({**raw, **ornaments})
    assert model == read_configuration(raw)
    assert model.parameters > 0
    assert {field: getattr(model, field) for field in ("positions", "width", "layers", "heads")}


def test_parameters_are_those_of_the_published_models() -> None:
    gptj = read_configuration(
        {
            "model_type": "gptj",
            "vocab_size": 50400,
            "n_positions": 2048,
            "n_embd": 4096,
            "n_layer": 28,
            "n_head": 16,
            "rotary_dim": 64,
        }
    )
    assert gptj.parameters == 6_050_882_784  # GPT-J-6B
    llama = read_configuration(
        {
            "model_type": "llama",
            "vocab_size": 32000,
            "max_position_embeddings": 4096,
            "hidden_size": 4096,
            "intermediate_size": 11008,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 32,
        }
    )
    assert llama.parameters == 6_738_415_616  # Llama 2 7B


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda c: st.lists(c, max_size=3) | st.dictionaries(st.sampled_from(list(builtins())), c, max_size=4),
        max_leaves=8,
    )
)
def test_no_json_gets_through_as_anything_but_a_manifest(value: Any) -> None:
    try:
        found = parse_manifest(msgspec.json.encode(builtins(**value) if isinstance(value, dict) else value))
    except LightworkError:
        return
    assert isinstance(found, Manifest)
