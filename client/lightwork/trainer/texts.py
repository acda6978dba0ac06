"""A project's tokens as text, and back, piece by piece: a piece shows whole characters only."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from lightwork.domain.errors import LightworkError, Trouble

# What marks the end of a text in published tokenizers; an empty prompt starts after it, as a document does.
_ENDS = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<s>", "<|begin_of_text|>")
# Tokens before the new ones that decide how those are written (a space at the front, say).
_CONTEXT = 4
# Tokens that may wait for the end of a character: four bytes at most, so what is longer is no character.
_LONGEST_WAIT = 8
_REPLACEMENT = "\ufffd"


class Texts(Protocol):
    """Prompt in, text out; one for each sampling."""

    vocabulary: int  # tokens from here on stand for nothing

    def begin(self, prompt: str) -> list[int]:
        """The prompt's tokens; never none."""
        ...

    def add(self, token: int) -> str:
        """The text that is complete with this next token; empty while a character is not."""
        ...


def open_texts(file: str | None) -> Texts:
    """For tokens that are bytes, or for a tokenizer.json. Raises MANIFEST_INVALID for a file that is none."""
    return ByteTexts() if file is None else FileTexts(Path(file))


class ByteTexts:
    """UTF-8: a token is a byte. A document ends with a zero, so an empty prompt starts after one."""

    vocabulary = 256

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def begin(self, prompt: str) -> list[int]:
        """Its bytes, or a zero."""
        return list(prompt.encode("utf-8", "replace")) or [0]

    def add(self, token: int) -> str:
        """What is no UTF-8 becomes U+FFFD; zeros are left out."""
        return self._decoder.decode(bytes((token,))).replace("\0", "")


@contextmanager
def _blaming_the_tokenizer() -> Iterator[None]:
    """The library raises plain Exception, and where its own code panics, a BaseException: neither ends a trainer."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise LightworkError(Trouble.MANIFEST_INVALID, f"its tokenizer: {error}"[:500]) from None


class FileTexts:
    """A tokenizer.json of the tokenizers library."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415  a trainer starts after every pause, and seldom needs it

        with _blaming_the_tokenizer():
            self._tokenizer: Any = Tokenizer.from_file(str(path))
        # Numbers may have gaps, so a count would not do.
        self.vocabulary: int = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=0) + 1
        self._said: list[int] = []  # the newest tokens, of which the first `_shown` are told
        self._shown = 0

    def begin(self, prompt: str) -> list[int]:
        """Its tokens, without any that the tokenizer would put around them; or one that begins a text."""
        clean = prompt.encode("utf-8", "replace").decode()
        with _blaming_the_tokenizer():
            tokens: list[int] = self._tokenizer.encode(clean, add_special_tokens=False).ids
            if not tokens:
                known = (self._tokenizer.token_to_id(name) for name in _ENDS)
                line = self._tokenizer.encode("\n", add_special_tokens=False).ids
                tokens = [next((token for token in known if token is not None), line[0] if line else 0)]
        self._said = tokens[-_CONTEXT:]
        self._shown = len(self._said)
        return tokens

    def add(self, token: int) -> str:
        """What the text has become longer by: tokens are not letters, and some are parts of one."""
        self._said.append(token)
        before, now = self._decoded(self._said[: self._shown]), self._decoded(self._said)
        waiting = len(self._said) - self._shown
        if now.endswith(_REPLACEMENT) and waiting < _LONGEST_WAIT:
            return ""
        new = now[len(before) :] if len(now) > len(before) else ""
        self._said = self._said[-_CONTEXT:]
        self._shown = len(self._said)
        return new.replace("\0", "")

    def _decoded(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True)
        return text
