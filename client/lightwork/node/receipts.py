"""Receipts from a host into the ledger."""

import logging

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.ledger import Ledger
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.documents import Receipt, Verdict
from lightwork.protocol.manifest import Manifest

log = logging.getLogger(__name__)


async def fetch_receipts(client: ProjectClient, manifest: Manifest, ledger: Ledger) -> list[Receipt]:
    """Ask for the receipts that the ledger lacks, record them, and return those that were new.

    Raises HOST_CONFUSED for a receipt that contradicts an earlier one, and as `ProjectClient.receipts`.
    """
    found = await client.receipts(manifest, ledger.last_receipt(manifest.project))
    return [receipt for receipt, document in found if _record(ledger, receipt, document)]


def _record(ledger: Ledger, receipt: Receipt, document: bytes) -> bool:
    try:
        return ledger.record_receipt(
            receipt.project,
            number=receipt.number,
            digest=receipt.contribution,
            round=receipt.round,
            tokens=receipt.tokens,
            steps=receipt.steps,
            operations=receipt.operations,
            verified=receipt.verdict is Verdict.VERIFIED,
            reason=receipt.reason or "",
            issued=receipt.issued,
            document=document,
        )
    except ValueError as error:
        # Two signed receipts that contradict each other: the host's fault, and worth keeping in the log.
        log.error("contradicting receipt", extra={"error": str(error), "document": document.decode()})
        raise LightworkError(Trouble.HOST_CONFUSED, f"receipt {receipt.number} contradicts another") from None
