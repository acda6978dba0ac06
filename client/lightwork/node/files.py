"""Downloading the project's files, with progress for the person who waits."""

import time
from collections.abc import Callable, Sequence

from lightwork.domain.status import Progress
from lightwork.node.store import ProjectStore
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.manifest import FileRef

Show = Callable[[Progress | None], None]


async def fetch(client: ProjectClient, refs: Sequence[FileRef], store: ProjectStore, show: Show | None = None) -> None:
    """Have these files in the store: what is there already is not fetched again, what was begun is gone on with.

    Raises as `ProjectClient.download`.
    """
    total, before, began = sum(ref.length for ref in refs), 0, time.monotonic()

    def report(done: int) -> None:
        if show is not None:
            speed = (before + done) / max(time.monotonic() - began, 0.1)
            show(Progress(done=before + done, total=total, bytes_per_second=speed))

    try:
        for ref in refs:
            await client.download(ref, store.file(ref), report)
            before += ref.length
    finally:
        if show is not None:
            show(None)
