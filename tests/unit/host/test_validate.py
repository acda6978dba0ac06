"""What is refused, and what is not."""

import struct
import zlib

import msgspec
import numpy as np
import pytest

from helpers.tiny_project import LAYOUT, SCHEME, announcement, payload_of
from lightwork.codec import norm
from lightwork.host.validate import LeaseFacts, check_round, check_work, inspect, norm_bound
from lightwork.protocol.project import Contribution
from lightwork.protocol.refusals import Refusal, RefusedError

LEASES = {
    "open": LeaseFacts("open", 100, 50.0, False),
    "other": LeaseFacts("other", 100, 50.0, False),
    "counted": LeaseFacts("counted", 100, 50.0, True),
    "expired": LeaseFacts("expired", 100, 9.0, False),
}


def refusal_of(message: Contribution) -> Refusal | None:
    try:
        check_work(message, LEASES, 10.0)
    except RefusedError as error:
        return error.refusal
    return None


@pytest.mark.parametrize(
    ("work", "refusal"),
    [
        ([("open", 100)], None),
        ([("open", 1), ("other", 100)], None),
        ([("open", 101)], Refusal.TOO_MANY_TOKENS),
        ([("open", 1), ("open", 1)], Refusal.MALFORMED),
        ([("unheard of", 1)], Refusal.LEASE_UNKNOWN),
        ([("open", 1), ("counted", 1)], Refusal.LEASE_COUNTED),
        ([("expired", 1)], Refusal.LEASE_EXPIRED),
    ],
)
def test_work(work: list[tuple[str, int]], refusal: Refusal | None) -> None:
    assert refusal_of(announcement(b"x", 0, *work)) is refusal


def test_more_steps_than_tokens_make_no_sense() -> None:
    message = announcement(b"x", 0, ("open", 5))
    (work,) = message.work

    odd = msgspec.structs.replace(message, work=(msgspec.structs.replace(work, steps=10**30),))
    assert refusal_of(odd) is Refusal.MALFORMED


@pytest.mark.parametrize(("base", "refusal"), [(2, Refusal.ROUND_CLOSED), (12, Refusal.ROUND_UNKNOWN)])
def test_rounds(base: int, refusal: Refusal) -> None:
    check_round(11, 11)
    check_round(3, 11)  # eight rounds have closed since
    with pytest.raises(RefusedError) as caught:
        check_round(base, 11)
    assert caught.value.refusal is refusal


def with_level(payload: bytes, value: float) -> bytes:
    """The payload with its first segment's largest level replaced, and a checksum that holds."""
    at = 26 + 4  # behind the header, the second of two levels
    content = payload[:at] + struct.pack("<f", value) + payload[at + 4 : -4]
    return content + struct.pack("<I", zlib.crc32(content))


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (payload_of(1), None),
        (payload_of(1, scale=0.0), None),
        (b"", Refusal.PAYLOAD_INVALID),
        (payload_of(1)[:-7], Refusal.PAYLOAD_INVALID),
        (payload_of(1) + b"\0", Refusal.PAYLOAD_INVALID),
        (with_level(payload_of(1), float("nan")), Refusal.NOT_FINITE),
        (with_level(payload_of(1), float("inf")), Refusal.NOT_FINITE),
        (with_level(payload_of(1), 3e38), Refusal.NORM_TOO_LARGE),
    ],
)
def test_payloads(payload: bytes, refusal: Refusal | None) -> None:
    found = inspect(payload, LAYOUT, SCHEME, bound=1000.0)
    assert found.refusal is refusal
    if refusal is None:
        assert found.norm == pytest.approx(norm(payload, LAYOUT))


def test_the_bound_follows_recent_rounds_or_the_weights() -> None:
    weights = np.full(100, 0.5, np.float32)  # norm 5
    assert norm_bound([], weights) == pytest.approx(50)
    assert norm_bound([0.0, 0.0], weights) == pytest.approx(50)
    assert norm_bound([1.0, 2.0, 9.0], weights) == 2000
    assert norm_bound([], np.zeros(100, np.float32)) > 0
