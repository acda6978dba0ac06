"""Receipts from a host into the ledger, and whether those in it are what the host has signed."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.ledger import Ledger
from lightwork.history.rows import ReceiptRow
from lightwork.protocol.decoding import decode_json
from lightwork.protocol.documents import Kind, Receipt, SignedDocument, Verdict, open_document
from lightwork.protocol.manifest import Manifest

if TYPE_CHECKING:  # an idle node does without the network's modules
    from lightwork.protocol.client import ProjectClient

log = logging.getLogger(__name__)


async def fetch_receipts(client: "ProjectClient", manifest: Manifest, ledger: Ledger) -> list[Receipt]:
    """Ask for the receipts that the ledger lacks, record them, and return those that were new.

    With them the ledger keeps the key by which they were checked, so that it can be done again when the project has
    long had another host, or was left.

    Raises HOST_CONFUSED for a receipt that contradicts an earlier one, and as `ProjectClient.receipts`.
    """
    found = await client.receipts(manifest, ledger.last_receipt(manifest.project))
    if found:
        ledger.remember_host_key(manifest.project, manifest.host_key, serial=manifest.serial)
    return [receipt for receipt, document in found if _record(ledger, receipt, document)]


def _record(ledger: Ledger, receipt: Receipt, document: bytes) -> bool:
    try:
        return ledger.record_receipt(document=document, **_as_recorded(receipt))
    except ValueError as error:
        # Two signed receipts that contradict each other: the host's fault, and worth keeping in the log.
        log.error("contradicting receipt", extra={"error": str(error), "document": document.decode()})
        raise LightworkError(Trouble.HOST_CONFUSED, f"receipt {receipt.number} contradicts another") from None


def _as_recorded(receipt: Receipt) -> dict[str, Any]:
    """What the ledger notes of a receipt beside the document."""
    return {
        "project": receipt.project,
        "number": receipt.number,
        "digest": receipt.contribution,
        "round": receipt.round,
        "tokens": receipt.tokens,
        "steps": receipt.steps,
        "operations": receipt.operations,
        "verified": receipt.verdict is Verdict.VERIFIED,
        "reason": str(receipt.reason or ""),
        "issued": float(receipt.issued),
    }


@dataclass(frozen=True, slots=True)
class Examined:
    """What checking a receipt has shown. `account` is empty unless `key` has signed what the document says."""

    key: str
    account: str
    sound: bool


def examine(row: ReceiptRow, keys: frozenset[str]) -> Examined:
    """Check a receipt of the ledger once more.

    It is sound if one of `keys`, which verified manifests of the project have named, signed its document, and if the
    document says of every number what the ledger says.
    """
    try:
        document = decode_json(row.document, SignedDocument)
    except msgspec.DecodeError:
        return Examined("", "", sound=False)
    try:
        receipt = open_document(Kind.RECEIPT, document, document.key, Receipt)
    except LightworkError:
        return Examined(document.key, "", sound=False)
    noted = {name: getattr(row, name) for name in _as_recorded(receipt)}
    return Examined(document.key, receipt.account, sound=document.key in keys and noted == _as_recorded(receipt))
