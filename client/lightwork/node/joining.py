"""Looking at a project before joining it, and forgetting one."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.domain.status import MOST_LOSSES, ProjectStatus
from lightwork.history.ledger import Ledger
from lightwork.node.meter import Meter
from lightwork.protocol.links import JoinLink

if TYPE_CHECKING:
    from lightwork.protocol.manifest import Manifest
    from lightwork.protocol.project import ProjectState


async def look_at(link: JoinLink, key: Ed25519PrivateKey, meter: Meter, oldest_serial: int) -> "Manifest":
    """The project's manifest, verified. Raises LightworkError as `ProjectClient.manifest`."""
    from lightwork.protocol.client import ProjectClient  # noqa: PLC0415  an idle node does without the network's modules

    async with ProjectClient(link, key, count=meter.counter(link.project), shaper=meter.shaper) as client:
        return await client.manifest(oldest_serial=oldest_serial)


async def how_it_stands(
    link: JoinLink, key: Ed25519PrivateKey, meter: Meter, ledger: Ledger, *, receipts: bool
) -> ProjectStatus:
    """Manifest and present state of a project, for a person who wants to know.

    With `receipts`, those that are due are fetched; a session that runs does that itself, and counts its rounds by it.
    """
    from lightwork.node.receipts import fetch_receipts  # noqa: PLC0415
    from lightwork.protocol.client import ProjectClient  # noqa: PLC0415

    known = ledger.project(link.project)

    async with ProjectClient(link, key, count=meter.counter(link.project), shaper=meter.shaper) as client:
        manifest = await client.manifest(oldest_serial=known.serial if known is not None else 0)
        state = await client.state()
        if known is not None and receipts:
            await fetch_receipts(client, manifest, ledger)
    return project_status(link, manifest, state, state.round.seconds_left)


def project_status(link: JoinLink, manifest: "Manifest", state: "ProjectState", seconds_left: float) -> ProjectStatus:
    """A project by its manifest and what its host last said, with `seconds_left` of the round now."""
    return ProjectStatus(
        id=manifest.project,
        link=str(link),
        name=manifest.name,
        summary=manifest.summary,
        practice=manifest.practice,
        version=state.round.version,
        round_seconds_left=seconds_left,
        online=state.online,
        parameters=manifest.parameters,
        held_out=state.held_out[-MOST_LOSSES:],
    )


def forget(folder: Path) -> None:
    """Delete a project's files. Unsent progress goes with them; receipts are in the ledger and stay."""
    shutil.rmtree(folder, ignore_errors=True)
