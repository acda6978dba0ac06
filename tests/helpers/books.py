"""Comparing a host's books with its volunteers': the promises that must hold after any accident."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lightwork.domain.credit import training_operations
from lightwork.domain.states import ContributionState
from lightwork.history.ledger import Ledger
from lightwork.host.service import Service
from lightwork.protocol.documents import Kind, Receipt, SignedDocument, Update, Verdict, open_document


@dataclass(frozen=True)
class HostBooks:
    """What a stopped host has on disk."""

    project: str
    parameters: int
    host_key: str
    version: int
    digests: dict[int, str]  # of the weights after each round
    receipts: dict[str, list[Receipt]]  # by account


def read_host(folder: Path, accounts: list[str]) -> HostBooks:
    """Open the stopped host's project and read its books through its own service."""
    return asyncio.run(_read_host(folder, accounts))


async def _read_host(folder: Path, accounts: list[str]) -> HostBooks:
    service = await Service.open(folder)
    try:
        manifest = service.manifest
        version = service.counters().version
        digests = {0: manifest.weights_digest}
        for base in range(version):
            update = open_document(Kind.UPDATE, await service.update(base), manifest.host_key, Update)
            payload = b"".join([part async for part in _read(service, update)])
            assert hashlib.sha256(payload).hexdigest() == update.file.sha256
            digests[base + 1] = update.digest
        receipts = {account: await _receipts(service, account) for account in accounts}
        return HostBooks(manifest.project, manifest.parameters, manifest.host_key, version, digests, receipts)
    finally:
        await service.close()


async def _read(service: Service, update: Update):  # type: ignore[no-untyped-def]
    file = await service.file(update.file.sha256)
    async for part in file.read(0, file.length):
        yield part


async def _receipts(service: Service, account: str) -> list[Receipt]:
    found: list[Receipt] = []
    while page := await service.receipts(account, len(found)):
        found += [open_document(Kind.RECEIPT, one, service.manifest.host_key, Receipt) for one in page]
    return found


def check(host: HostBooks, homes: dict[str, Path]) -> int:
    """Assert that host and volunteers agree. Returns the number of verified receipts.

    No receipt is missing or double; numbers have no gaps; credit is 6 x parameters x tokens; each volunteer's ledger
    holds exactly its receipts, and every contribution that was acknowledged to it has one.
    """
    verified, contributions = 0, set()
    for account, home in homes.items():
        receipts = host.receipts[account]
        assert [receipt.number for receipt in receipts] == list(range(1, len(receipts) + 1))
        for receipt in receipts:
            assert receipt.contribution not in contributions, "counted twice"
            contributions.add(receipt.contribution)
            good = receipt.verdict is Verdict.VERIFIED
            assert receipt.operations == (training_operations(host.parameters, receipt.tokens) if good else 0)
            verified += good
        _check_ledger(home / "ledger.sqlite", host, receipts)
    return verified


def _check_ledger(path: Path, host: HostBooks, receipts: list[Receipt]) -> None:
    ledger = Ledger.open(path)
    try:
        assert ledger.set_aside is None
        rows = sorted(ledger.receipts(host.project, limit=100_000), key=lambda row: row.number)
        assert [row.number for row in rows] == [receipt.number for receipt in receipts], "receipts differ"
        for row, receipt in zip(rows, receipts, strict=True):
            document = msgspec.json.decode(row.document, type=SignedDocument)
            assert open_document(Kind.RECEIPT, document, host.host_key, Receipt) == receipt
        totals = ledger.totals(host.project)
        assert totals.verified == sum(receipt.operations for receipt in receipts)
        pending = [
            row for row in ledger.contributions(host.project, limit=100_000) if row.state is ContributionState.PENDING
        ]
        assert not pending, "acknowledged, but without a receipt"
    finally:
        ledger.close()
