"""The order in which a model's tensors lie in one flat vector. Host and volunteers must agree on it exactly."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and shapes of a model's trainable tensors, sorted by name; each is laid out row-major."""

    tensors: tuple[tuple[str, tuple[int, ...]], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.tensors]
        if names != sorted(set(names)):
            raise ValueError("a layout's tensors must be sorted by name, each named once")
        if any(size < 1 for _, shape in self.tensors for size in shape):
            raise ValueError("a layout's dimensions must be positive")

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(prod(shape) for _, shape in self.tensors)

    def slices(self) -> Iterator[tuple[str, tuple[int, ...], slice]]:
        """Each tensor's name, shape and place in the flat vector."""
        start = 0
        for name, shape in self.tensors:
            end = start + prod(shape)
            yield name, shape, slice(start, end)
            start = end

    def digest(self) -> bytes:
        """32 bytes that differ whenever a name, a shape or the order does."""
        text = "\n".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in self.tensors)
        return hashlib.sha256(text.encode()).digest()
