"""Projects made from recipes: whole and valid, or not there at all."""

import hashlib
import json
import stat
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.initialising_trainer import command as stand_in
from lightwork.codec.weights import layout_of, read_weights, weights_digest, write_weights
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.host.create import create, link_of, renew
from lightwork.host.folder import ProjectFolder, check_host_key, read_key, read_manifest
from lightwork.host.service import Service
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import FileRef, TokenizerKind, TokenType
from lightwork.protocol.model import GptjModel
from lightwork.protocol.packing import unpack

RECIPE = """
name = "Small"
model = "config.json"
seed = 5

[data]
files = ["text/*.txt", "more.jsonl"]
held_out_share = 0.2
shard_bytes = 4096

[recipe]
sequence = 8
batch = 2
round_seconds = 5
up = { block = 64, keep = 8, bits = 2 }
"""
CONFIG = {
    "model_type": "gptj",
    "vocab_size": 256,
    "n_positions": 8,
    "n_embd": 8,
    "n_layer": 1,
    "n_head": 2,
    "rotary_dim": 2,
    "architectures": ["GPTJForCausalLM"],
}
SIZE = GptjModel(vocab_size=256, n_positions=8, n_embd=8, n_layer=1, n_head=2, rotary_dim=2).parameters


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    root = tmp_path / "recipe"
    (root / "text").mkdir(parents=True)
    for number in range(10):
        (root / "text" / f"{number}.txt").write_bytes(b"document %d\n" % number * 100)
    (root / "more.jsonl").write_text('{"text": "a line"}\n{"text": "another"}\n')
    (root / "config.json").write_text(json.dumps(CONFIG))
    (root / "recipe.toml").write_text(RECIPE)
    return root / "recipe.toml"


def change(recipe: Path, *pairs: tuple[str, str]) -> None:
    text = recipe.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    recipe.write_text(text)


async def trouble_of(folder: Path, recipe: Path, *behaviour: str) -> LightworkError:
    before = sorted(folder.parent.iterdir())
    with pytest.raises(LightworkError) as caught:
        await create(folder, recipe, trainer=stand_in(*behaviour))
    assert sorted(folder.parent.iterdir()) == before  # nothing half-made, not even beside it
    return caught.value


def content(folder: Path, files: tuple[FileRef, ...]) -> bytes:
    """Of all these files, as they are used; the host has them as they travel."""
    found, used = b"", folder.parent / "used"
    for file in files:
        stored = folder / "blobs" / "files" / file.sent.sha256
        assert stored.stat().st_size == file.sent.length
        if file.sent.sha256 != file.sha256:
            unpack(stored, used, file)
            stored = used
        one = stored.read_bytes()
        assert (len(one), hashlib.sha256(one).hexdigest()) == (file.length, file.sha256)
        found += one
    used.unlink(missing_ok=True)
    return found


async def test_a_project_is_whole_and_a_host_can_open_it(tmp_path: Path, recipe: Path) -> None:
    folder = tmp_path / "deep" / "project"
    link = await create(folder, recipe, trainer=stand_in("chats"))
    manifest, _ = read_manifest(ProjectFolder(folder).manifest)
    assert link == link_of(folder) == JoinLink("127.0.0.1", 8470, manifest.project)
    assert (manifest.name, manifest.serial, manifest.parameters) == ("Small", 1, SIZE)
    assert (manifest.recipe.round_seconds, manifest.recipe.up.keep) == (5.0, 8)
    assert sorted(path.name for path in folder.iterdir()) == [
        "blobs",
        "host.key",
        "host.toml",
        "manifest.json",
        "project.key",
    ]
    check_host_key(manifest, read_key(ProjectFolder(folder).host_key))
    assert sorted(path.name for path in folder.parent.iterdir()) == ["project"]
    service = await Service.open(folder)
    try:
        assert (await service.state(None, 0)).project == manifest.project
    finally:
        await service.close()


async def test_no_document_is_torn_and_none_is_lost(tmp_path: Path, recipe: Path) -> None:
    await create(tmp_path / "project", recipe, trainer=stand_in())
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    training, held_out = content(tmp_path / "project", manifest.data), content(tmp_path / "project", manifest.held_out)
    documents = [*training.split(b"\0")[:-1], *held_out.split(b"\0")[:-1]]
    expected = [b"document %d\n" % number * 100 for number in range(10)] + [b"a line", b"another"]
    assert sorted(documents) == sorted(expected)
    assert len(manifest.data) > 1
    assert len(held_out) > 100


async def test_data_is_packed_where_that_makes_it_smaller_and_what_is_measured_on_is_not(
    tmp_path: Path, recipe: Path
) -> None:
    for number in range(4):  # no text: chance does not become smaller
        (recipe.parent / "text" / f"z{number}.txt").write_bytes(np.random.default_rng(number).bytes(4200))
    await create(tmp_path / "project", recipe, trainer=stand_in())
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    shards = [shard for shard in manifest.data if shard.packed is not None]
    assert 0 < len(shards) < len(manifest.data)
    for shard in shards:
        assert shard.sent.length < shard.length
        assert not (tmp_path / "project" / "blobs" / "files" / shard.sha256).exists()
    assert min(shard.sent.length / shard.length for shard in shards) < 0.25
    assert all(type(file) is FileRef for file in manifest.held_out)
    assert (
        sum(shard.length for shard in manifest.data)
        == manifest.tokens
        == len(content(tmp_path / "project", manifest.data))
    )


async def test_weights_are_fresh_and_chosen_by_the_seed(tmp_path: Path, recipe: Path) -> None:
    digests = []
    for place, seed in (("a", 5), ("b", 5), ("c", 6)):
        recipe.write_text(RECIPE.replace("seed = 5", f"seed = {seed}"))
        await create(tmp_path / place, recipe, trainer=stand_in())
        digests.append(read_manifest(tmp_path / place / "manifest.json")[0].weights_digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_keys_are_for_their_owner_alone(tmp_path: Path, recipe: Path) -> None:
    await create(tmp_path / "project", recipe, trainer=stand_in())
    for name in ("project.key", "host.key"):
        assert stat.S_IMODE((tmp_path / "project" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "project").stat().st_mode) == 0o700


async def test_given_weights_become_one_float32_file(tmp_path: Path, recipe: Path) -> None:
    change(recipe, ("seed = 5", 'weights = ["*.safetensors"]'))
    vector = np.random.default_rng(1).normal(0, 1, SIZE).astype(np.float32)
    halves = {"a": (vector[: SIZE // 2], "F32"), "b": (vector[SIZE // 2 :], "BF16")}
    for name, (part, kind) in halves.items():
        raw = part.tobytes() if kind == "F32" else (part.view(np.uint32) >> 16).astype("<u2").tobytes()
        header = json.dumps({name: {"dtype": kind, "shape": [len(part)], "data_offsets": [0, len(raw)]}}).encode()
        (recipe.parent / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + raw)
    await create(tmp_path / "project", recipe, trainer=["/nowhere"])
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    file = tmp_path / "project" / "blobs" / "files" / manifest.weights[0].sha256
    found = read_weights([file], layout_of([file]))
    assert manifest.weights_digest == weights_digest(found)
    assert np.array_equal(found[: SIZE // 2], vector[: SIZE // 2])
    assert np.allclose(found[SIZE // 2 :], vector[SIZE // 2 :], rtol=2**-7)


async def test_given_weights_of_another_model_or_with_nan_are_refused(tmp_path: Path, recipe: Path) -> None:
    change(recipe, ("seed = 5", 'weights = ["w.safetensors"]'))
    for size, spoil in ((SIZE + 1, 0.0), (SIZE, np.nan)):
        vector = np.zeros(size, np.float32)
        vector[3] = spoil
        write_weights(recipe.parent / "w.safetensors", vector, Layout((("all", (size,)),)))
        assert (await trouble_of(tmp_path / "project", recipe)).trouble is Trouble.WEIGHTS_INVALID


async def test_a_single_text_gives_its_end_to_measure_on(tmp_path: Path, recipe: Path) -> None:
    change(recipe, ('["text/*.txt", "more.jsonl"]', '["one.txt"]'))
    text = bytes(range(1, 251)) * 40
    (recipe.parent / "one.txt").write_bytes(text)
    await create(tmp_path / "project", recipe, trainer=stand_in())
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    training, held_out = content(tmp_path / "project", manifest.data), content(tmp_path / "project", manifest.held_out)
    assert training + held_out == text + b"\0"
    assert 1000 < len(held_out) <= 2000  # a fifth, as far as the last shard reaches


async def test_chosen_files_are_measured_on_and_not_trained_on(tmp_path: Path, recipe: Path) -> None:
    change(recipe, ("held_out_share = 0.2", 'held_out = ["text/[37].txt"]'))
    await create(tmp_path / "project", recipe, trainer=stand_in())
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    held_out = content(tmp_path / "project", manifest.held_out)
    assert held_out == b"".join(b"document %d\n" % number * 100 + b"\0" for number in (3, 7))
    assert b"document 3\n" not in content(tmp_path / "project", manifest.data)


async def test_a_tokenizer_file_is_published_with_its_tokens(tmp_path: Path, recipe: Path) -> None:
    words = {"?": 0, "document": 1, "end": 2, **{str(number): 3 + number for number in range(10)}}
    model = {"type": "WordLevel", "vocab": words, "unk_token": "?"}
    tokenizer = {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": model}
    (recipe.parent / "tokenizer.json").write_text(json.dumps(tokenizer))
    change(recipe, ("shard_bytes", 'tokenizer = "tokenizer.json"\nend_of_text = "end"\nshard_bytes'))
    await create(tmp_path / "project", recipe, trainer=stand_in())
    manifest, _ = read_manifest(tmp_path / "project" / "manifest.json")
    assert (manifest.tokenizer.kind, manifest.tokenizer.token_type) == (TokenizerKind.FILE, TokenType.UINT16)
    assert manifest.tokenizer.file is not None
    assert content(tmp_path / "project", (manifest.tokenizer.file,)) == (recipe.parent / "tokenizer.json").read_bytes()
    tokens = np.frombuffer(content(tmp_path / "project", manifest.data + manifest.held_out), "<u2")
    assert list(tokens).count(2) == 12
    assert list(tokens).count(1) == 1000


BAD_RECIPES = [
    (('name = "Small"', "name = Small"), "line 2"),
    (('name = "Small"', ""), "name"),
    (('name = "Small"', "name = 5"), "$.name"),
    (("batch = 2", "batch = 0"), "$.recipe.batch"),
    (("batch = 2", "batch = 2\nhook = 'x'"), "hook"),
    (("batch = 2", "batch = 2\noptimizer = 'sgd'"), "$.recipe.optimizer"),
    (("block = 64", "block = 65"), "block"),
    (("sequence = 8", "sequence = 9"), "recipe.sequence"),
    (("held_out_share = 0.2", "held_out_share = 0.7"), "$.data.held_out_share"),
    (("held_out_share = 0.2", 'held_out = ["nothing*"]'), "data.held_out: nothing*"),
    (("more.jsonl", "less.jsonl"), "data.files: less.jsonl"),
    (('"text/*.txt", "more.jsonl"', '"short.txt"'), "data.files"),
    (('"config.json"', '"missing.json"'), "missing.json"),
    (('"config.json"', '"recipe.toml"'), "recipe.toml"),
    (('"config.json"', '{ model_type = "gptj", vocab_size = 0 }'), "model: "),
    (("seed = 5", "seed = 5\nserial = 0"), "$.serial"),
    (("seed = 5", 'weights = ["*.safetensors"]'), "weights: "),
    (("shard_bytes", 'tokenizer = "missing.json"\nshard_bytes'), "data.tokenizer"),
]


@pytest.mark.parametrize(("pair", "named"), BAD_RECIPES, ids=[named for _, named in BAD_RECIPES])
async def test_a_mistake_in_a_recipe_is_named(tmp_path: Path, recipe: Path, pair: tuple[str, str], named: str) -> None:
    change(recipe, pair)
    (recipe.parent / "short.txt").write_text("short")
    error = await trouble_of(tmp_path / "project", recipe)
    assert error.trouble is Trouble.RECIPE_INVALID
    assert named in error.detail


@pytest.mark.parametrize(
    ("entry", "trouble"),
    [
        ({"auto_map": {"AutoModel": "x.Y"}}, Trouble.MODEL_CODE),
        ({"model_type": "mamba9"}, Trouble.ARCHITECTURE_UNKNOWN),
        ({"vocab_size": 255}, Trouble.RECIPE_INVALID),
    ],
)
async def test_a_model_that_cannot_be_is_refused(
    tmp_path: Path, recipe: Path, entry: dict[str, object], trouble: Trouble
) -> None:
    (recipe.parent / "config.json").write_text(json.dumps({**CONFIG, **entry}))
    assert (await trouble_of(tmp_path / "project", recipe)).trouble is trouble


@pytest.mark.parametrize(
    ("behaviour", "trouble"), [("missing", Trouble.RUNTIME_MISSING), ("dies", Trouble.TRAINER_FAILED)]
)
async def test_a_trainer_that_fails_is_reported(tmp_path: Path, recipe: Path, behaviour: str, trouble: Trouble) -> None:
    assert (await trouble_of(tmp_path / "project", recipe, behaviour)).trouble is trouble


async def test_a_folder_that_is_taken_is_left_alone_and_an_empty_one_is_used(tmp_path: Path, recipe: Path) -> None:
    taken, empty = tmp_path / "taken", tmp_path / "empty"
    taken.mkdir()
    (taken / "diary.txt").write_text("mine")
    empty.mkdir()
    (tmp_path / "file").write_text("mine")
    for place in (taken, tmp_path / "file"):
        assert (await trouble_of(place, recipe)).trouble is Trouble.PROJECT_EXISTS
    assert (taken / "diary.txt").read_text() == "mine"
    await create(empty, recipe, trainer=stand_in())
    assert (await trouble_of(empty, recipe)).trouble is Trouble.PROJECT_EXISTS


async def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path, recipe: Path) -> None:
    left = tmp_path / ".project.part"
    left.mkdir()
    (left / "rubbish").write_bytes(bytes(100))
    await create(tmp_path / "project", recipe, trainer=stand_in())
    assert not left.exists()
    assert not (tmp_path / "project" / "rubbish").exists()


async def test_renewing_raises_the_serial_and_moves_the_end(tmp_path: Path, recipe: Path) -> None:
    folder = tmp_path / "project"
    await create(folder, recipe, trainer=stand_in())
    before, _ = read_manifest(folder / "manifest.json")
    renewed = renew(folder, days=400)
    after, _ = read_manifest(folder / "manifest.json")
    assert after == renewed
    assert (after.serial, after.project) == (before.serial + 1, before.project)
    assert after.expires > before.expires
    (folder / "host.key").replace(folder / "project.key")
    with pytest.raises(LightworkError) as caught:
        renew(folder)
    assert caught.value.trouble is Trouble.IDENTITY_DAMAGED
    assert read_manifest(folder / "manifest.json")[0] == after
