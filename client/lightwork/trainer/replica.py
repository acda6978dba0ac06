"""The arithmetic of a volunteer's copy: pseudo-gradient, error feedback and merging, on flat vectors.

`base` is the project's weights, equal on every computer to the last bit. `anchor` is where the local weights would be
without the progress that is in no contribution yet, so `anchor - local` is that progress: after a merge the base less
what is owed, after packing the local weights of that moment. `residual` is what compression left out so far: what this
computer owes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

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
    """A payload with the work that it claims, and what the replica is once it is packed.

    `packed` is all work that is in the payload, also where there are too many leases to claim them all.
    """

    payload: bytes
    work: tuple[Work, ...]
    packed: tuple[Work, ...]
    residual: Vector
    anchor: Vector


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

    @property
    def steps_ahead(self) -> int:
        """Those of them that were taken since the last contribution was packed."""
        return sum(item.steps for item in self.work)

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

    def frozen(self) -> "Replica":
        """The same, for good: work is added to the original alone, and a vector is replaced, never changed."""
        return replace(self, work=list(self.work), returned=list(self.returned))

    def pack(self, local: Vector, scheme: Scheme, decay: float) -> Packing:
        """All progress as one payload; of what the payload cannot say, the share `decay` stays in the residual.

        `local` becomes the anchor, and must not change any more.
        """
        owed = self.anchor - local
        owed += self.residual
        encoded = encode(owed, self.layout, scheme)
        # A computer that was late often may claim more leases than its host keeps open for it; the oldest have ended.
        # Those claims go; their progress is in the payload all the same. Two open leases are of the rounds to come.
        packed = (*self.returned, *self.work)
        work = packed[-(limits.OPEN_LEASES - 2) :]
        owed -= encoded.decoded
        owed *= np.float32(decay)
        return Packing(encoded.payload, work, packed, owed, local)

    def commit_packing(self, packing: Packing) -> None:
        """What was packed is unsent no more; steps taken since then are. The base must be the one that it had then."""
        self.residual, self.anchor = packing.residual, packing.anchor
        self.work, self.returned = _without(self.work, packing.packed), _without(self.returned, packing.packed)

    def take_back(self, payload: bytes, work: tuple[Work, ...]) -> None:
        """A packed contribution was not counted: its work is owed again."""
        self.residual = self.residual + decode(payload, self.layout)
        self.returned = [*work, *self.returned]

    def next_base(self, payload: bytes, digest: str) -> Vector:
        """The base of the next version. Raises WEIGHTS_DIVERGED if it is not what the host has."""
        base = np.subtract(self.base, decode(payload, self.layout), dtype=np.float32)
        if weights_digest(base) != digest:
            raise LightworkError(Trouble.WEIGHTS_DIVERGED, f"version {self.version + 1}")
        return base

    def anchor_on(self, base: Vector, on_its_way: bytes | None = None) -> Vector:
        """Where local weights without unsent progress stand on a base. `on_its_way` is a contribution's payload that no
        update has yet.

        What this computer still owes is in no update either, so its own weights keep both: else it would learn the same
        again, and owe it twice. In a trial with codes of 1 bit the loss was 3 % lower so.
        """
        if on_its_way is not None:
            kept = decode(on_its_way, self.layout)
            kept += self.residual
            return np.subtract(base, kept, out=kept)
        return base - self.residual if self.residual.any() else base

    def go_over(self, base: Vector, version: int, anchor: Vector | None = None) -> None:
        """Take a new base, onto which the local weights are moved: anchor_on(base) + (local - anchor).

        `anchor` is anchor_on(base), if that has been worked out before.
        """
        self.base, self.version, self.anchor = base, version, self.anchor_on(base) if anchor is None else anchor

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


def _without(work: Iterable[Work], gone: Iterable[Work]) -> list[Work]:
    """What is left of `work`; of a lease that was trained under since then, the steps since then."""
    spent = {item.lease: item for item in gone}
    left = []
    for item in work:
        before = spent.get(item.lease)
        if before is None:
            left.append(item)
        elif item.steps > before.steps:
            tokens = item.tokens - before.tokens
            left.append(Work(lease=item.lease, steps=item.steps - before.steps, tokens=tokens))
    return left
