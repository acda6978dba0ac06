"""What a volunteer that was away downloads: updates, or the newest checkpoint and the updates since. Pure rules.

A volunteer at version v takes the updates from v on if that is no more than the checkpoint of version c and the updates
from c on; the latter are in both sums, so what decides is whether those from v to c are larger than the checkpoint. The
host keeps the updates for which the answer is yes and no others, so the oldest that it has tells volunteers all.
"""

from collections.abc import Iterable

# Of one update beside its payload: its document, and the heads of two requests (`tests/benchmarks/bench_overhead.py`).
OVERHEAD_BYTES = 1_000
# Without a setting: replaying takes time too, since every step hashes the whole weights.
_MOST_VERSIONS = 50
# A newcomer downloads a checkpoint and, on average, half of what may come after it.
_MOST_SHARE = 0.5


def oldest_worth_replaying(checkpoint: int, checkpoint_bytes: int, updates: Iterable[tuple[int, int]]) -> int:
    """The oldest version from which replaying is no more to download than the checkpoint of version `checkpoint`.

    `updates` are those before the checkpoint, the newest first: the version that each leads on from, and its bytes.
    """
    oldest, left = checkpoint, checkpoint_bytes
    for base, length in updates:
        left -= length + OVERHEAD_BYTES
        if left < 0 or base != oldest - 1:
            break
        oldest = base
    return oldest


def checkpoint_due(version: int, every: int, newest: int, checkpoint_bytes: int, update_bytes: int) -> bool:
    """Whether `version` is to have a checkpoint.

    `every` so many versions; 0: as soon as the updates since `newest`, the checkpoint before, have come to half of a
    checkpoint's bytes, or to 50.
    """
    if every:
        return version % every == 0
    return version - newest >= _MOST_VERSIONS or update_bytes >= _MOST_SHARE * checkpoint_bytes
