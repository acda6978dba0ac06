"""How a project stands, from its records alone: the host may be running or not."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from lightwork.domain.credit import credits as in_credits
from lightwork.domain.credit import training_operations
from lightwork.host.create import link_of
from lightwork.host.folder import ProjectFolder, read_manifest
from lightwork.host.records import accounts, contributions, receipts, rounds
from lightwork.host.records.database import Database
from lightwork.host.settings import load_settings
from lightwork.protocol.project import UploadPhase

Overview = dict[str, str | int | float | None]


async def overview(folder: Path) -> Overview:
    """Names and values, in the order in which a person reads them. Raises what reading manifest or records raises."""
    place = ProjectFolder(folder)
    manifest, _ = read_manifest(place.manifest)
    found: Overview = {
        "name": manifest.name,
        "link": str(link_of(folder)),
        "serial": manifest.serial,
        "expires": manifest.expires,
        "parameters": manifest.parameters,
        "training_tokens": manifest.tokens,
    }
    database = await asyncio.to_thread(Database.open, place.records_url(load_settings(folder)))
    try:
        return found | await database.read(_count, manifest.parameters)
    finally:
        await asyncio.to_thread(database.close)


def _count(connection: Connection, parameters: int) -> Overview:
    newest, phases = rounds.newest(connection), contributions.count(connection)
    loss = next(iter(rounds.losses(connection, 1)), None)
    tokens = receipts.verified_tokens(connection)
    operations = training_operations(parameters, tokens)
    return {
        "round": newest[0] if newest is not None else None,
        "round_opened": newest[1] if newest is not None else None,
        "accounts": accounts.count(connection),
        "contributions_receiving": phases[UploadPhase.RECEIVING],
        "contributions_pending": phases[UploadPhase.PENDING],
        "contributions_verified": phases[UploadPhase.VERIFIED],
        "contributions_rejected": phases[UploadPhase.REJECTED],
        "held_out_version": loss.version if loss is not None else None,
        "held_out_loss": loss.loss if loss is not None else None,
        "tokens_verified": tokens,
        "operations_verified": operations,
        "credits_verified": in_credits(operations),
    }
