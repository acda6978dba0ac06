"""Signed documents: nothing passes for what it was not signed as."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.documents import HOST, PROJECT, TEAM, VOLUNTEER, file, manifest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.protocol.documents import (
    Checkpoint,
    Kind,
    Receipt,
    SignedDocument,
    Update,
    Verdict,
    open_document,
    project_id,
    public_hex,
    sign,
    verify,
)
from lightwork.protocol.manifest import Manifest
from lightwork.protocol.refusals import Refusal
from lightwork.protocol.round_plan import RoundPlan

HOST_HEX = public_hex(HOST.public_key())
RECEIPT = Receipt(
    project=PROJECT,
    account=public_hex(VOLUNTEER.public_key()),
    number=1,
    contribution="c" * 64,
    round=4,
    steps=2,
    tokens=100,
    parameters=10,
    operations=0,
    verdict=Verdict.REJECTED,
    reason=Refusal.NOT_FINITE,
    issued=5,
)
PLAN = RoundPlan(up=Scheme())
UPDATE = Update(project=PROJECT, base=4, file=file("updates/4"), digest="e" * 64, contributions=2, tokens=7, plan=PLAN)
CHECKPOINT = Checkpoint(project=PROJECT, version=4, files=(file("weights/4"),), digest="e" * 64, plan=PLAN)


def trouble_of(kind: Kind, document: SignedDocument, key: str, message: type = Receipt) -> Trouble:
    with pytest.raises(LightworkError) as caught:
        open_document(kind, document, key, message)
    return caught.value.trouble


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind.RECEIPT, RECEIPT),
        (Kind.UPDATE, UPDATE),
        (Kind.UPDATE, msgspec.structs.replace(UPDATE, plan=None)),  # signed before there were plans
        (Kind.CHECKPOINT, CHECKPOINT),
        (Kind.MANIFEST, manifest()),
    ],
)
def test_a_document_travels_and_opens(kind: Kind, message: Receipt | Update | Checkpoint | Manifest) -> None:
    travelled = msgspec.json.decode(msgspec.json.encode(sign(kind, message, HOST)), type=SignedDocument)
    assert open_document(kind, travelled, HOST_HEX, type(message)) == message


@given(st.integers(0, 10_000), st.integers(0, 7), st.sampled_from(["body", "signature"]))
def test_a_single_bit_breaks_it(place: int, bit: int, part: str) -> None:
    document = sign(Kind.RECEIPT, RECEIPT, HOST)
    spoilt = bytearray(getattr(document, part))
    spoilt[place % len(spoilt)] ^= 1 << bit
    changed = msgspec.structs.replace(document, **{part: bytes(spoilt)})
    assert trouble_of(Kind.RECEIPT, changed, HOST_HEX) is Trouble.DOCUMENT_TAMPERED


def test_one_kind_does_not_pass_for_another() -> None:
    document = sign(Kind.RECEIPT, RECEIPT, HOST)
    for kind in set(Kind) - {Kind.RECEIPT}:
        assert trouble_of(kind, document, HOST_HEX) is Trouble.DOCUMENT_TAMPERED


def test_the_key_that_the_document_names_is_not_believed() -> None:
    forged = sign(Kind.RECEIPT, RECEIPT, VOLUNTEER)
    assert trouble_of(Kind.RECEIPT, forged, HOST_HEX) is Trouble.DOCUMENT_TAMPERED
    posing = msgspec.structs.replace(forged, key=HOST_HEX)
    assert trouble_of(Kind.RECEIPT, posing, HOST_HEX) is Trouble.DOCUMENT_TAMPERED


@pytest.mark.parametrize("key", ["", "zz", "00", "f" * 64])
def test_a_key_that_is_none_verifies_nothing(key: str) -> None:
    with pytest.raises(LightworkError) as caught:
        verify(Kind.RECEIPT, sign(Kind.RECEIPT, RECEIPT, HOST), key)
    assert caught.value.trouble is Trouble.DOCUMENT_TAMPERED


def test_a_signed_body_of_another_shape_is_nonsense() -> None:
    document = sign(Kind.UPDATE, RECEIPT, HOST)
    assert trouble_of(Kind.UPDATE, document, HOST_HEX, Update) is Trouble.HOST_CONFUSED


def test_a_project_is_named_by_its_key() -> None:
    names = {project_id(public_hex(key.public_key())) for key in (TEAM, HOST, VOLUNTEER)}
    assert len(names) == 3
    assert all(len(name) == 32 and set(name) <= set("abcdefghijklmnopqrstuvwxyz234567") for name in names)
