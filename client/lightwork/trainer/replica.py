"""The arithmetic of a volunteer's copy: pseudo-gradient, error feedback and merging, on flat vectors.

`base` is the project's weights, equal on every computer to the last bit. `anchor` is where the local weights stood when
progress was last packed (or the base, if nothing was since the last merge), so `anchor - local` is the progress that is
in no contribution yet. `residual` is what compression left out so far.
"""

from dataclasses import dataclass, field

import numpy as np

from lightwork.codec import decode, encode
from lightwork.codec.weights import Vector, weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.protocol import limits
from lightwork.protocol.project import Work


@dataclass(frozen=True, slots=True)
class Packing:
    """A payload with the work that it claims, and what the replica is once it is packed."""

    payload: bytes
    work: tuple[Work, ...]
    residual: Vector
    anchor: Vector


@dataclass(frozen=True, slots=True)
class Rebase:
    """Another base, and the local weights moved along with it."""

    base: Vector
    version: int
    local: Vector


@dataclass(slots=True)
class Replica:
    """State between two events of training. All vectors are float32 in layout order."""

    layout: Layout
    version: int
    base: Vector
    anchor: Vector
    residual: Vector
    work: list[Work] = field(default_factory=list)  # done since the anchor
    returned: list[Work] = field(default_factory=list)  # in the residual again, and not counted yet

    @classmethod
    def fresh(cls, layout: Layout, version: int, weights: Vector) -> "Replica":
        """A replica that has done nothing yet."""
        return cls(layout, version, weights, weights, np.zeros_like(weights))

    @property
    def unsent_steps(self) -> int:
        """Local steps that are in no contribution yet."""
        return sum(item.steps for item in (*self.returned, *self.work))

    def add_work(self, lease: str, tokens: int) -> None:
        """One local step was taken under a lease."""
        for place, item in enumerate(self.work):
            if item.lease == lease:
                self.work[place] = Work(lease=lease, steps=item.steps + 1, tokens=item.tokens + tokens)
                return
        self.work.append(Work(lease=lease, steps=1, tokens=tokens))

    def tokens_under(self, lease: str) -> int:
        """Tokens of unsent work that were trained under this lease."""
        return sum(item.tokens for item in self.work if item.lease == lease)

    def pack(self, local: Vector, scheme: Scheme, decay: float) -> Packing:
        """All progress as one payload; what the payload cannot say stays in the residual."""
        owed = self.residual * np.float32(decay) + (self.anchor - local)
        encoded = encode(owed, self.layout, scheme)
        # A computer that was late often may claim more leases than its host keeps open for it; the oldest have ended.
        # Those claims go; their progress is in the payload all the same. One open lease is the next round's.
        work = tuple([*self.returned, *self.work][-(limits.OPEN_LEASES - 1) :])
        return Packing(encoded.payload, work, owed - encoded.decoded, local.copy())

    def commit_packing(self, packing: Packing) -> None:
        """What was packed is unsent no more."""
        self.residual, self.anchor = packing.residual, packing.anchor
        self.work, self.returned = [], []

    def take_back(self, payload: bytes, work: tuple[Work, ...]) -> None:
        """A packed contribution was not counted: its work is owed again."""
        self.residual = self.residual + decode(payload, self.layout)
        self.returned = [*work, *self.returned]

    def apply(self, payload: bytes, digest: str, local: Vector) -> Rebase:
        """Step the base to the next version.

        Raises WEIGHTS_DIVERGED if the result is not what the host has.
        """
        base = np.subtract(self.base, decode(payload, self.layout), dtype=np.float32)
        if weights_digest(base) != digest:
            raise LightworkError(Trouble.WEIGHTS_DIVERGED, f"version {self.version + 1}")
        return self.rebase(base, self.version + 1, local)

    def rebase(self, base: Vector, version: int, local: Vector) -> Rebase:
        """Carry local progress onto a whole new base."""
        return Rebase(base, version, base + (local - self.anchor))

    def commit_rebase(self, rebase: Rebase) -> Vector:
        """Take the new base; returns the local weights on it."""
        self.base, self.version, self.anchor = rebase.base, rebase.version, rebase.base
        return rebase.local

    def give_up_progress(self) -> Vector:
        """Forget unsent progress (it went astray) and return the base to train from.

        A sound residual stays, with the claims of what was returned to it.
        """
        self.anchor = self.base
        self.work = []
        if not np.isfinite(self.residual).all():
            self.residual = np.zeros_like(self.base)
            self.returned = []
        return self.base.copy()
