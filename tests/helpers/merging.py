"""A merge with the local weights as one vector; the trainer itself moves its model's tensors in place."""

from lightwork.codec.weights import Vector
from lightwork.trainer.replica import Replica


def moved(replica: Replica, base: Vector, version: int, local: Vector) -> Vector:
    """Go over to a base; returns the local weights, moved along with their progress."""
    progress = local - replica.anchor
    replica.go_over(base, version)
    weights: Vector = replica.anchor + progress
    return weights


def merged(replica: Replica, payload: bytes, digest: str, local: Vector) -> Vector:
    """Step to the next version; returns the local weights on it. Raises as `Replica.next_base`."""
    return moved(replica, replica.next_base(payload, digest), replica.version + 1, local)
