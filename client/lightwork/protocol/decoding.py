"""Reading JSON from strangers."""

from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")


@overload
def decode_json(text: bytes, kind: type[T]) -> T: ...
@overload
def decode_json(text: bytes, kind: Any) -> Any: ...  # a union of types is none to a type checker
def decode_json(text: bytes, kind: Any) -> Any:
    """Read a message of that kind. Raises msgspec.DecodeError for whatever is none, however deep it is nested."""
    try:
        return msgspec.json.decode(text, type=kind)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None
