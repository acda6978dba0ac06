"""How densely a pseudo-gradient is sent. The host decides it and announces it; `codec` carries it out."""

from dataclasses import dataclass

MAXIMUM_BLOCK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Keep the `keep` largest of every `block` values, each as a `bits`-bit code. `keep == block` is the dense form."""

    block: int = MAXIMUM_BLOCK
    keep: int = MAXIMUM_BLOCK
    bits: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.block <= MAXIMUM_BLOCK or self.block & (self.block - 1):
            raise ValueError(f"block must be a power of two up to {MAXIMUM_BLOCK}, not {self.block}")
        if not 1 <= self.keep <= self.block:
            raise ValueError(f"keep must lie between 1 and block ({self.block}), not {self.keep}")
        if not 1 <= self.bits <= 4:
            raise ValueError(f"bits must lie between 1 and 4, not {self.bits}")

    @property
    def dense(self) -> bool:
        """True when every value is sent, so that no indices are needed."""
        return self.keep == self.block
