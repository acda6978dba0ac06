"""Text to token files: documents, their tokens, and shards of about equal size."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lightwork.host.recipe import invalid
from lightwork.protocol.manifest import TokenType

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """A text that is not torn apart between training and measuring. Its pieces are UTF-8 and end at line ends."""

    name: str
    pieces: Iterable[bytes]


def read_documents(files: Iterable[Path], root: Path) -> Iterator[Document]:
    """The documents in these files: lines of a JSONL file, or a whole text file. Raises RECIPE_INVALID."""
    for file in files:
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        if file.suffix.lower() == ".jsonl":
            yield from _json_lines(file, name)
        else:
            yield Document(name, _text_pieces(file))


def _text_pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(_PIECE):
            yield piece + source.readline()


def _json_lines(file: Path, name: str) -> Iterator[Document]:
    with file.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                text = json.loads(line)["text"].encode("utf-8", "replace")
            except (ValueError, KeyError, TypeError, AttributeError):
                raise invalid(f"{name}: line {number} is no JSON object with a text") from None
            yield Document(f"{name}:{number}", (text,))


def is_held_out(name: str, share: float) -> bool:
    """Whether a document is for measuring: chosen by its name alone, so that adding documents moves no other."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) < share * 2**64


class Encoder(Protocol):
    """Text to tokens as they lie in a file."""

    token_type: TokenType
    vocabulary: int
    end: bytes  # what ends a document

    def encode(self, text: bytes) -> bytes:
        """Tokens of a piece of text."""
        ...


class ByteEncoder:
    """A token is a byte; a document ends with a zero, which no text holds."""

    token_type = TokenType.UINT8
    vocabulary = 256
    end = b"\0"

    def encode(self, text: bytes) -> bytes:
        """The text itself."""
        return text


class FileEncoder:
    """A tokenizer.json of the tokenizers library."""

    def __init__(self, path: Path, end_of_text: str = "") -> None:
        """Raises RECIPE_INVALID for a file that is no tokenizer, or one without that token."""
        from tokenizers import Tokenizer  # noqa: PLC0415  most projects here are of bytes

        try:
            self._tokenizer: Any = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain Exception
            raise invalid(f"data.tokenizer: {path.name}: {error}") from None
        self.vocabulary: int = self._tokenizer.get_vocab_size(with_added_tokens=True)
        self.token_type = TokenType.UINT16 if self.vocabulary <= 1 << 16 else TokenType.UINT32
        self.end = b""
        if end_of_text:
            number = self._tokenizer.token_to_id(end_of_text)
            if number is None:
                raise invalid(f"data.end_of_text: the tokenizer has no token {end_of_text!r}")
            self.end = self._packed([number])

    def encode(self, text: bytes) -> bytes:
        """Tokens of the text, without any that the tokenizer would put around it."""
        return self._packed(self._tokenizer.encode(text.decode("utf-8", "replace"), add_special_tokens=False).ids)

    def _packed(self, ids: list[int]) -> bytes:
        return np.array(ids, np.dtype(self.token_type.value).newbyteorder("<")).tobytes()


class Shards:
    """Collects tokens and hands out shards of `size` bytes; none, not even the last, is shorter than `shortest`."""

    def __init__(self, size: int, shortest: int, width: int) -> None:
        self._size = max(size, shortest) // width * width
        self._shortest = shortest
        self._width = width
        self._rest = bytearray()
        self.total = 0  # bytes taken
        self._given = 0

    def add(self, tokens: bytes) -> Iterator[bytes]:
        """Take tokens; the shards that became full."""
        self._rest += tokens
        self.total += len(tokens)
        # What stays behind must be enough for a last shard.
        while len(self._rest) >= self._size + self._shortest:
            yield self._take(self._size)

    def finish(self) -> Iterator[bytes]:
        """The last shard, if there are enough tokens for one."""
        if len(self._rest) >= self._shortest:
            yield self._take(len(self._rest))

    def cut_tail(self, wanted: int) -> bytes:
        """Take away about `wanted` bytes at the end, at least one shard's worth. Empty if there is not enough."""
        spare = len(self._rest) - (0 if self._given else self._shortest)
        size = min(max(wanted // self._width * self._width, self._shortest), spare)
        if size < self._shortest:
            return b""
        tail = bytes(self._rest[-size:])
        del self._rest[-size:]
        if self._given and 0 < len(self._rest) < self._shortest:
            self._rest.clear()  # too short for a shard of its own
        return tail

    def _take(self, size: int) -> bytes:
        shard = bytes(self._rest[:size])
        del self._rest[:size]
        self._given += 1
        return shard
