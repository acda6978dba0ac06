"""Pseudo-gradient <-> bytes: the largest values of every block, each as a code of a few bits, and where they lie.

`encode` makes a payload from a flat vector, `Encoder` from one that comes segment by segment; `decode`, `accumulate`
and `norm` read one, which may come from a stranger: whatever is wrong with it raises `PayloadError`, before anything
large is allocated and before anything is added up.
What a payload decodes to is the same on every platform to the last bit: decoding only copies numbers that it holds.
"""

from lightwork.codec.format import PayloadError, maximum_length, scheme_of
from lightwork.codec.payload import Encoded, Encoder, accumulate, decode, encode, norm

__all__ = [
    "Encoded",
    "Encoder",
    "PayloadError",
    "accumulate",
    "decode",
    "encode",
    "maximum_length",
    "norm",
    "scheme_of",
]
