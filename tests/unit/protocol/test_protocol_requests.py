"""Signed requests: what is covered cannot be changed, and what is not signed properly does not pass."""

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from helpers.documents import HOST, VOLUNTEER
from lightwork.protocol import limits
from lightwork.protocol.documents import public_hex
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import COVERED, TAG, Message, sign_request, verify_request

URL = "https://host/v1/project/contributions/abc?offset=5"
BODY = b"payload"


def signed(body: bytes = BODY, method: str = "POST", url: str = URL, now: float | None = None) -> Message:
    message = Message(method, url, CIMultiDict())
    sign_request(message, body, VOLUNTEER, time.time() if now is None else now)
    return message


def refusal_of(message: Message, body: bytes = BODY) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        verify_request(message, body)
    return caught.value.refusal


@pytest.mark.parametrize("body", [b"", BODY, b"\0" * 100_000])
@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:5/v1/p/receipts?after=0", "http://h/v1/p/join"])
def test_an_honest_request_names_its_account(body: bytes, url: str) -> None:
    by = verify_request(signed(body, "PATCH", url), body)
    assert by.account == public_hex(VOLUNTEER.public_key())
    assert abs(by.created - time.time()) < 60


def test_every_request_has_a_nonce_of_its_own() -> None:
    assert len({verify_request(signed(), BODY).nonce for _ in range(5)}) == 5


def test_a_proxy_may_change_scheme_and_authority() -> None:
    message = signed()
    message.url = message.url.replace("https://host", "http://127.0.0.1:8470")
    verify_request(message, BODY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "PATCH"),
        ("url", URL.replace("offset=5", "offset=6")),
        ("url", URL.replace("/project/", "/another/")),
        ("url", URL.replace("?offset=5", "")),
    ],
)
def test_what_is_covered_cannot_be_changed(field: str, value: str) -> None:
    message = signed()
    setattr(message, field, value)
    assert refusal_of(message) is Refusal.SIGNATURE_INVALID


def test_a_swapped_body_is_found_out() -> None:
    assert refusal_of(signed(), b"another") is Refusal.SIGNATURE_INVALID
    assert refusal_of(signed(), b"") is Refusal.SIGNATURE_INVALID
    message, other = signed(), signed(b"another")
    message.headers["Content-Digest"] = other.headers["Content-Digest"]
    assert refusal_of(message, b"another") is Refusal.SIGNATURE_INVALID


def test_an_unsigned_request_is_told_from_a_badly_signed_one() -> None:
    assert refusal_of(Message("POST", URL, CIMultiDict())) is Refusal.SIGNATURE_MISSING
    message = signed()
    del message.headers["Content-Digest"]
    assert refusal_of(message) is Refusal.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "seconds", [limits.CLOCK_AHEAD_SECONDS + 5, 86_400, -limits.SIGNATURE_AGE_SECONDS - 5, -86_400]
)
def test_a_clock_that_is_wrong_is_told_from_a_wrong_signature(seconds: int) -> None:
    assert refusal_of(signed(now=time.time() + seconds)) is Refusal.SIGNATURE_STALE


@pytest.mark.parametrize("seconds", [limits.CLOCK_AHEAD_SECONDS - 5, -limits.SIGNATURE_AGE_SECONDS + 20])
def test_a_clock_that_is_a_little_wrong_will_do(seconds: int) -> None:
    verify_request(signed(now=time.time() + seconds), BODY)


class Keys(HTTPSignatureKeyResolver):  # type: ignore[misc]
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self.key

    def resolve_public_key(self, key_id: str) -> Any:
        return self.key.public_key()


def by_hand(key: Ed25519PrivateKey = VOLUNTEER, **changes: Any) -> Message:
    """A request signed as somebody else's program might."""
    message = Message("POST", URL, CIMultiDict())
    arguments: dict[str, Any] = {
        "key_id": public_hex(VOLUNTEER.public_key()),
        "nonce": "n" * 32,
        "label": "lightwork",
        "tag": TAG,
        "covered_component_ids": COVERED[:3],
        "body": BODY,
    }
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys(key)).sign(
        message, **{**arguments, **changes}
    )
    return message


@pytest.mark.parametrize(
    "changes",
    [
        {"covered_component_ids": ("@method",)},
        {"covered_component_ids": ("@method", "@path"), "body": None},
        {"covered_component_ids": ("@method", "@query")},
        {"tag": "another"},
        {"tag": None},
        {"nonce": None},
        {"nonce": "short"},
        {"nonce": "n" * 65},
        {"key_id": "zz"},
        {"key_id": ""},
        {"key": HOST},
    ],
    ids="-".join,
)
def test_a_signature_that_covers_too_little_is_refused(changes: dict[str, Any]) -> None:
    verify_request(by_hand(), BODY)  # the rest of it is good
    assert refusal_of(by_hand(**changes)) is Refusal.SIGNATURE_INVALID


def test_a_signature_without_a_time_is_refused() -> None:
    message = signed()
    lines = message.headers["Signature-Input"]
    without = ";".join(part for part in lines.split(";") if not part.startswith("created="))
    message.headers["Signature-Input"] = without
    assert refusal_of(message) is Refusal.SIGNATURE_INVALID


@settings(max_examples=200)
@given(
    st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60),
    st.integers(0, 300),
)
def test_no_header_gets_through_or_breaks_the_host(name: str, text: str, place: int) -> None:
    message = signed()
    value = message.headers[name]
    message.headers[name] = value[:place] + text + value[place + len(text) :]
    if message.headers[name] == value:
        return
    try:
        by = verify_request(message, BODY)
    except RefusedError:
        return
    assert by.account == public_hex(VOLUNTEER.public_key())
