"""Volunteers that are behind.

One that was away downloads updates or a checkpoint, whichever is fewer bytes; counted on the wire. One whose link needs
longer for an upload than a round lasts counts all the same, until it is too long.
"""

import asyncio
import sysconfig
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from helpers.pretended import Person, PretendedTrainer, pretended_trainers, until
from helpers.wiretap import FILES, wiretap
from lightwork.codec.weights import write_weights
from lightwork.domain.errors import Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.domain.states import ContributionState
from lightwork.host import practice
from lightwork.host.address import bind
from lightwork.host.create import build
from lightwork.host.serve import edge
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.host.tokens import Document
from lightwork.protocol.documents import Checkpoint, Kind, Update, open_document
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.model import GptjModel

__all__ = ["pretended_trainers"]  # a fixture

MODEL = GptjModel(vocab_size=256, n_positions=32, n_embd=64, n_layer=1, n_head=2, rotary_dim=8)
RECIPE = msgspec.structs.replace(
    practice.RECIPE, sequence=32, batch=1, round_seconds=0.4, max_local_steps=4, up=Scheme(bits=2), down=Scheme(bits=4)
)


@dataclass
class Scene:
    """A project whose updates (4 bits a number) are an eighth of a checkpoint, and somebody who keeps it going."""

    service: Service
    port: int
    folder: Path
    ann: Person

    @property
    def version(self) -> int:
        return self.service.counters().version

    async def rounds(self, count: int) -> None:
        """Let so many rounds pass."""
        wanted = self.version + count
        async with self.ann.contributing():
            await until(lambda: self.version >= wanted)
        await until(lambda: self.service.counters().received == 0)  # what came last has closed its round

    async def ways(self, base: int) -> tuple[list[FileRef], list[FileRef] | None]:
        """The files from that version to the present one: by the checkpoint, and by updates if the host has them."""
        host, oldest = self.service.manifest.host_key, (await self.service.state(None, 0)).oldest_update
        checkpoint = open_document(Kind.CHECKPOINT, await self.service.checkpoint(), host, Checkpoint)
        updates = {
            version: open_document(Kind.UPDATE, await self.service.update(version), host, Update).file
            for version in range(oldest, self.version)
        }
        since = [updates[version] for version in range(checkpoint.version, self.version)]
        whole = [updates[version] for version in range(base, self.version)] if base >= oldest else None
        return [*checkpoint.files, *since], whole


@asynccontextmanager
async def scene(folder: Path, settings: HostSettings) -> AsyncIterator[Scene]:
    write_weights(folder / "w", np.zeros(MODEL.parameters, np.float32), Layout((("all", (MODEL.parameters,)),)))
    text = Path(__file__).read_bytes() * 8
    plan = replace(
        practice.plan(Path(sysconfig.get_path("stdlib"))),
        model=MODEL,
        recipe=RECIPE,
        weights=(folder / "w",),
        settings=settings,
        documents=[Document("a", (text,))],
        held_out=[Document("b", (text[:1000],))],
    )
    await build(folder / "project", plan)
    service = await Service.open(folder / "project")
    sock = bind("127.0.0.1", 0)
    port = sock.getsockname()[1]
    async with edge(service, sock):
        running = asyncio.create_task(service.run())
        ann = Person(folder / "ann", f"lightwork://127.0.0.1:{port}/{service.manifest.project}")
        yield Scene(service, port, folder, ann)
        ann.close()
        running.cancel()
        await asyncio.wait([running])
    await service.close()


@pytest.mark.parametrize(("away", "replays"), [(1, True), (3, True), (7, True), (12, False), (20, False)], ids=str)
@pytest.mark.usefixtures("pretended_trainers")
async def test_the_smaller_way_is_taken(tmp_path: Path, away: int, replays: bool) -> None:
    # Checkpoints at versions 6, 12, ... The volunteer leaves at version 4 or a little later.
    settings = HostSettings(address="127.0.0.1", port=0, evaluation=False, checkpoint_every=6)
    async with scene(tmp_path, settings) as seen, wiretap(seen.port) as tap:
        bob = Person(tmp_path / "bob", seen.ann.link.replace(str(seen.port), str(tap.port)))
        async with bob.contributing():
            await until(lambda: bob.version >= 4)
        left = bob.version
        await seen.rounds(away - (seen.version - left))
        by_checkpoint, by_updates = await seen.ways(left)
        wanted = seen.version
        tap.forget()
        async with bob.contributing():
            await until(lambda: bob.version >= wanted)
        bob.close()
        assert wanted - left >= away
        taken = by_updates if replays else by_checkpoint
        assert taken is not None
        assert _bytes_of(taken) == min(_bytes_of(way) for way in (by_checkpoint, by_updates) if way is not None)
        # Just that way's files, once each. Those of rounds that went on meanwhile are not among them.
        both = {ref.sha256 for ref in (*by_checkpoint, *(by_updates or ()))}
        fetched = {digest: one.body_down for digest in both if (one := tap.sums.get(f"{FILES} {digest}")) is not None}
        assert fetched == {ref.sha256: ref.length for ref in taken}


def _bytes_of(way: Sequence[FileRef]) -> int:
    return sum(ref.length for ref in way)


@pytest.mark.usefixtures("pretended_trainers")
async def test_left_alone_the_host_spares_newcomers_long_chains(tmp_path: Path) -> None:
    settings = HostSettings(address="127.0.0.1", port=0, evaluation=False)
    async with scene(tmp_path, settings) as seen:
        for _ in range(4):
            await seen.rounds(3)
            by_checkpoint, _ = await seen.ways(seen.version)
            # the checkpoint, half of it again, and one update more
            assert _bytes_of(by_checkpoint) < 1.7 * 4 * MODEL.parameters
        state = await seen.service.state(None, 0)
        assert 0 < state.oldest_update < state.checkpoint <= seen.version


@asynccontextmanager
async def slow_link(folder: Path, *, rounds: float) -> AsyncIterator[tuple[Scene, Person]]:
    """Somebody whose contribution takes as long to send as so many rounds; the other one needs each to its end."""
    async with scene(folder, HostSettings(address="127.0.0.1", port=0, evaluation=False)) as seen:
        bob = Person(folder / "bob", seen.ann.link)
        payload = MODEL.parameters * RECIPE.up.bits / 8
        bob.tools.meter.shaper.limit(up=payload / (rounds * RECIPE.round_seconds), down=0)
        PretendedTrainer.paces[seen.ann.trainer] = RECIPE.round_seconds / RECIPE.max_local_steps
        yield seen, bob
        bob.close()


@pytest.mark.usefixtures("pretended_trainers")
async def test_an_upload_that_takes_several_rounds_counts_in_the_end(tmp_path: Path) -> None:
    async with slow_link(tmp_path, rounds=5) as (seen, bob):
        async with seen.ann.contributing():
            await until(lambda: seen.version >= 1)
            async with bob.contributing():
                await until(lambda: bob.verified >= 2, 40)
        receipts = bob.tools.ledger.receipts(bob.project)
        sent = [bob.tools.ledger.contribution(bob.project, receipt.digest) for receipt in receipts]
        behind = [one.round - row.base_version for one, row in zip(receipts, sent, strict=True) if row is not None]
        assert min(behind) >= 0
        assert max(behind) >= 2  # else this test shows nothing
        assert bob.tools.ledger.contributions(bob.project, state=ContributionState.RETURNED) == []
        ann = seen.ann.tools.ledger.contributions(seen.ann.project, state=ContributionState.RETURNED)
        assert ann == []  # and nobody else has lost anything


@pytest.mark.usefixtures("pretended_trainers")
async def test_whoever_sends_too_slowly_for_anything_to_count_is_told(tmp_path: Path) -> None:
    async with slow_link(tmp_path, rounds=12) as (seen, bob), seen.ann.contributing(), bob.contributing():
        await until(lambda: bob.tools.board.status.notices, 40)
        (notice,) = bob.tools.board.status.notices
        assert notice.trouble is Trouble.UPLOAD_TOO_SLOW
        assert bob.verified == 0
        bob.tools.meter.shaper.limit(up=0, down=0)  # the person has allowed more
        await until(lambda: bob.verified and not bob.tools.board.status.notices)
