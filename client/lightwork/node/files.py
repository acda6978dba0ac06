"""Downloading the project's files, with progress for the person who waits."""

import asyncio
import time
from collections.abc import Callable, Sequence

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import Progress
from lightwork.node.store import ProjectStore
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.packing import unpack
from lightwork.protocol.partial import is_there

Show = Callable[[Progress | None], None]


async def fetch(client: ProjectClient, refs: Sequence[FileRef], store: ProjectStore, show: Show | None = None) -> None:
    """Have these files in the store: what is there already is not fetched again, what was begun is gone on with.

    Progress counts bytes as they travel. Raises as `ProjectClient.download`.
    """
    total, before, began = sum(ref.sent.length for ref in refs), 0, time.monotonic()

    def report(done: int) -> None:
        if show is not None:
            speed = (before + done) / max(time.monotonic() - began, 0.1)
            show(Progress(done=before + done, total=total, bytes_per_second=speed))

    try:
        for ref in refs:
            if ref.sent.sha256 == ref.sha256:
                await client.download(ref, store.file(ref), report)
            else:
                await _fetch_packed(client, ref, store, report)
            before += ref.sent.length
    finally:
        if show is not None:
            show(None)


async def _fetch_packed(
    client: ProjectClient, ref: FileRef, store: ProjectStore, report: Callable[[int], None]
) -> None:
    """A file that travels packed. After a crash it is there, or its frame is, or the part of that which had come."""
    if await asyncio.to_thread(is_there, store.file(ref), ref):
        report(ref.sent.length)
        return
    await client.download(ref.sent, store.file(ref.sent), report)
    try:
        await asyncio.to_thread(unpack, store.file(ref.sent), store.file(ref), ref)
    except LightworkError as error:
        if error.trouble is Trouble.FILE_DIGEST:  # on a full disk the frame stays for the next attempt
            store.forget([ref.sent])
        raise
    store.forget([ref.sent])
