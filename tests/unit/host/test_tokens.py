"""Text to shards."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.tokens import ByteEncoder, FileEncoder, Shards, is_held_out, read_documents
from lightwork.protocol.manifest import TokenType


@given(
    st.lists(st.integers(0, 60), max_size=30),
    st.integers(1, 40),
    st.integers(1, 20),
    st.sampled_from([1, 2, 4]),
)
def test_shards_hold_all_tokens_in_order_and_none_is_too_short(
    sizes: list[int], size: int, shortest: int, width: int
) -> None:
    shards = Shards(size * width, shortest * width, width)
    given_out: list[bytes] = []
    text = b""
    for number, count in enumerate(sizes):
        piece = bytes([number]) * (count * width)
        text += piece
        given_out += shards.add(piece)
    given_out += shards.finish()
    assert shards.total == len(text)
    if len(text) < shortest * width:
        assert given_out == []
        return
    assert b"".join(given_out) == text
    assert all(len(shard) >= shortest * width and len(shard) % width == 0 for shard in given_out)
    assert all(len(shard) <= (max(size, shortest) + shortest) * width for shard in given_out)


@given(st.integers(0, 300), st.integers(0, 100))
def test_a_tail_is_cut_off_without_leaving_too_little(length: int, wanted: int) -> None:
    shards = Shards(50, 10, 1)
    text = bytes(place % 251 for place in range(length))
    given_out = list(shards.add(text))
    tail = shards.cut_tail(wanted)
    given_out += shards.finish()
    assert all(len(shard) >= 10 for shard in given_out)
    if length >= 20:
        assert given_out
        assert 10 <= len(tail) <= max(wanted, 10)
        assert text.endswith(tail)
        kept = b"".join(given_out)
        assert text.startswith(kept)
        assert len(text) - len(kept) - len(tail) < 10
    else:
        assert tail == b""


def test_documents_of_text_and_of_lines(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_bytes(b"first\nsecond")
    (tmp_path / "two.jsonl").write_text('{"text": "x\\u00e9"}\n\n{"text": "\\ud800y", "more": 1}\n')
    found = read_documents([tmp_path / "a" / "one.txt", tmp_path / "two.jsonl"], tmp_path)
    assert [(document.name, b"".join(document.pieces)) for document in found] == [
        ("a/one.txt", b"first\nsecond"),
        ("two.jsonl:1", "xé".encode()),
        ("two.jsonl:3", b"?y"),
    ]


def test_a_long_text_comes_in_pieces_that_end_at_line_ends(tmp_path: Path) -> None:
    text = b"".join(b"line %d\n" % number for number in range(300_000))
    (tmp_path / "long.txt").write_bytes(text)
    (document,) = read_documents([tmp_path / "long.txt"], tmp_path)
    pieces = list(document.pieces)
    assert len(pieces) > 1
    assert b"".join(pieces) == text
    assert all(piece.endswith(b"\n") for piece in pieces)


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"body": "x"}', '{"text": 5}', "3", "null"])
def test_a_line_without_text_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "two.jsonl").write_text('{"text": "good"}\n' + line + "\n")
    with pytest.raises(LightworkError) as caught:
        list(read_documents([tmp_path / "two.jsonl"], tmp_path))
    assert caught.value.trouble is Trouble.RECIPE_INVALID
    assert "two.jsonl: line 2" in caught.value.detail


def test_documents_are_held_out_by_name_in_about_the_share_asked_for() -> None:
    names = [f"file {number}" for number in range(10_000)]
    few = {name for name in names if is_held_out(name, 0.02)}
    more = {name for name in names if is_held_out(name, 0.1)}
    assert 150 < len(few) < 250
    assert 900 < len(more) < 1100
    assert few < more
    assert not any(is_held_out(name, 0.0) for name in names)


def tokenizer(folder: Path, words: int) -> Path:
    """A tokenizer.json of whole words."""
    vocabulary = {"[unknown]": 0, "[end]": 1, **{f"w{number}": number for number in range(2, words)}}
    path = folder / "tokenizer.json"
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[unknown]"},
    }
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("words", "kind"), [(100, TokenType.UINT16), (65_536, TokenType.UINT16), (65_537, TokenType.UINT32)]
)
def test_a_tokenizer_file_gives_little_endian_numbers(tmp_path: Path, words: int, kind: TokenType) -> None:
    encoder = FileEncoder(tokenizer(tmp_path, words), "[end]")
    assert (encoder.vocabulary, encoder.token_type) == (words, kind)
    last = f"w{words - 1}"
    tokens = encoder.encode(f"w5 {last} nothing \xff".encode("latin-1")) + encoder.end
    assert list(np.frombuffer(tokens, f"<u{kind.width}")) == [5, words - 1, 0, 0, 1]


def test_a_tokenizer_that_is_none_or_lacks_the_token_is_refused(tmp_path: Path) -> None:
    path = tokenizer(tmp_path, 10)
    for bad, end in ((tmp_path / "missing.json", ""), (path, "[stop]")):
        with pytest.raises(LightworkError) as caught:
            FileEncoder(bad, end)
        assert caught.value.trouble is Trouble.RECIPE_INVALID
    assert FileEncoder(path).end == b""


def test_bytes_stand_for_themselves() -> None:
    encoder = ByteEncoder()
    assert (encoder.encode("é\n".encode()), encoder.end, encoder.vocabulary) == (b"\xc3\xa9\n", b"\0", 256)
