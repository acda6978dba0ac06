"""Text that came from elsewhere (another computer, another program's name), made fit to stand in a sentence."""

import unicodedata

_SIGNS_OF_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def untrusted(text: str, limit: int = 200) -> str:
    """The text on one line: no control characters, no signs that turn the direction of reading, at most `limit` long.

    A window shows it as plain text; this function does not escape markup.
    """
    shown = []
    for character in text[: limit + 1]:
        if character in _SIGNS_OF_DIRECTION:
            continue
        shown.append(" " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character)
    line = " ".join("".join(shown).split())
    return line if len(text) <= limit else line[:limit].rstrip() + "…"
