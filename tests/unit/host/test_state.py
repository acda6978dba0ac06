"""The state in the store: written beside the old one, read with its digests checked, never whole in memory."""

import contextlib
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import pytest

from helpers.small_disk import fill_disk, small_disk_at
from helpers.tiny_project import LAYOUT, RECIPE, HandClock, Tiny, first_weights, make_project, replay
from lightwork.codec.weights import Vector, weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.blobs import Blobs
from lightwork.host.outer import MOMENTUM, RESIDUAL, WEIGHTS
from lightwork.host.records import versions
from lightwork.host.records.versions import StateRow
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.host.state import StateStore
from lightwork.protocol.manifest import Recipe

HEAVY = msgspec.structs.replace(RECIPE, outer_momentum=0.9)


def gradient(seed: int, layout: Layout = LAYOUT) -> Vector:
    return np.random.default_rng(seed).standard_normal(layout.size, dtype=np.float32) / np.float32(100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def store(folder: Path, recipe: Recipe = HEAVY, layout: Layout = LAYOUT) -> StateStore:
    return StateStore(blobs=Blobs.open(folder.as_uri()), scratch=folder, recipe=recipe, layout=layout)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_state_is_read_as_it_was_written(folder: Path) -> None:
    states = store(folder)
    first = states.begin(first_weights(), "state/a")
    assert (first.version, first.digests[WEIGHTS]) == (0, weights_digest(first_weights()))
    assert files(folder) == {f"state/a/{name}" for name in (WEIGHTS, RESIDUAL, MOMENTUM)}
    step, second = states.step(first_weights(), gradient(1), first, "state/b")
    assert second.version == 1
    for row, weights in ((first, first_weights()), (second, step.weights)):
        assert states.read_weights(row).tobytes() == weights.tobytes()
        for name, digest in row.digests.items():
            assert weights_digest(np.fromfile(folder / row.place / name, "<f4")) == digest
    again, third = states.step(first_weights(), gradient(1), first, "state/c")
    assert (again.payload, third.digests) == (step.payload, second.digests)


def test_momentum_may_begin_and_end(folder: Path) -> None:
    """With a newer manifest; what was owed stays."""
    row, weights = store(folder, RECIPE).begin(first_weights(), "state/0"), first_weights()
    for number, recipe in enumerate((RECIPE, HEAVY, HEAVY, RECIPE, HEAVY)):
        step, row = store(folder, recipe).step(weights, gradient(number), row, f"state/{number + 1}")
        weights = step.weights
        assert (MOMENTUM in row.digests) == (recipe is HEAVY)
    momentum = np.fromfile(folder / row.place / MOMENTUM, "<f4")
    assert momentum.tobytes() == gradient(4).tobytes()  # it has begun anew


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", [WEIGHTS, RESIDUAL, MOMENTUM])
@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (flip, "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4]), "bytes long"),
        (lambda path: path.write_bytes(b""), "bytes long"),
        (lambda path: path.unlink(), "gone from the store"),
    ],
)
def test_a_state_that_is_not_what_was_written_is_refused(
    folder: Path, name: str, harm: Callable[[Path], object], why: str
) -> None:
    states = store(folder)
    row = states.begin(first_weights(), "state/a")
    harm(folder / "state/a" / name)
    with pytest.raises(LightworkError, match=why) as caught:
        states.read_weights(row)
    assert caught.value.trouble is Trouble.WEIGHTS_INVALID
    if name != WEIGHTS:  # which a step takes from memory
        before = files(folder)
        with pytest.raises(LightworkError, match=why):
            states.step(first_weights(), gradient(1), row, "state/b")
        assert files(folder) == before


def test_a_step_holds_neither_the_state_nor_the_update_decoded(folder: Path) -> None:
    """Beside the weights, and the gradient whose place the new ones take, there are a few segments at a time."""
    layout = Layout((("w", (12 << 20,)),))
    states = store(folder, msgspec.structs.replace(HEAVY, down=Scheme(keep=64)), layout)
    weights, slope = gradient(1, layout), gradient(2, layout)
    row = states.begin(weights, "state/a")
    tracemalloc.start()
    try:
        states.step(weights, slope, row, "state/b")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.9 * weights.nbytes


# --- a host whose disk is full, or whose store is damaged, while it runs ----------------------------------------------


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    await make_project(tmp_path / "project", recipe=HEAVY, settings=HostSettings(evaluation=False, checkpoint_every=1))
    opened = await Service.open(tmp_path / "project", clock=HandClock())
    yield opened
    await opened.close()


class Faulty(Blobs):
    """A store on whose disk there is no room for one of the blobs: the first, the second, ... that is written."""

    room: int

    @contextlib.contextmanager
    def writing(self, key: str, scratch: Path):  # type: ignore[no-untyped-def]
        with super().writing(key, scratch) as file:
            self.room -= 1
            yield Full(file, b"" if self.room else b"!")


class Full:
    """A file that takes its first piece, and then no more."""

    def __init__(self, file: BinaryIO, full: bytes) -> None:
        self.file, self.full = file, bool(full)

    def write(self, content: bytes) -> None:
        self.file.write(content)
        if self.full:
            raise LightworkError(Trouble.DISK_FULL, "no room")

    def writelines(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self.write(piece)


@pytest.mark.parametrize("room", [1, 2, 3, 4])  # weights, residual, momentum, checkpoint
async def test_a_round_that_could_not_be_stored_is_closed_later_as_if_nothing_had_been(
    service: Service, tmp_path: Path, room: int
) -> None:
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    assert await service.tick()
    await ann.contribute(2)
    project = service._project
    before, sound = project.standing, project.blobs
    blobs = Faulty.__new__(Faulty)
    blobs.__dict__.update(sound.__dict__, room=room)
    project.blobs = blobs
    copy = before.weights.copy()
    for _ in range(2):
        blobs.room = room
        with pytest.raises(LightworkError, match="no room"):
            await service.tick()
        assert project.standing is before
        assert before.weights.tobytes() == copy.tobytes()
        assert project.taking.is_set()
    project.blobs = sound
    assert await service.tick()
    version, weights = await replay(service, tmp_path / "project")
    assert version == 2
    assert weights.tobytes() == project.standing.weights.tobytes()
    states = [path for path in (tmp_path / "project" / "blobs" / "state").rglob("*") if path.is_file()]
    assert len(states) == 3  # what the failed ones left is swept up


async def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """Not for the records: only the blobs lie there."""
    with small_disk_at(tmp_path / "small", 256) as disk:
        settings = HostSettings(evaluation=False, blobs=(disk / "blobs").as_uri())
        root = tmp_path / "project"
        await make_project(root, recipe=HEAVY, settings=settings)
        service = await Service.open(root, clock=HandClock())
        ann = await Tiny(service, "ann").join()
        await ann.contribute(1)
        ballast = fill_disk(disk)
        with pytest.raises(LightworkError) as caught:
            await service.tick()
        assert caught.value.trouble is Trouble.DISK_FULL
        ballast.unlink()
        assert await service.tick()
        version, weights = await replay(service, root)
        assert version == 1
        assert weights.tobytes() == service._project.standing.weights.tobytes()
        await service.close()


async def test_a_running_host_that_has_lost_what_it_owes_says_so_and_keeps_the_round_open(
    service: Service, tmp_path: Path
) -> None:
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    row: StateRow = service._project.standing.state
    path = tmp_path / "project" / "blobs" / row.place / RESIDUAL
    sound = path.read_bytes()
    flip(path)
    with pytest.raises(LightworkError, match="residual of version 0 is damaged"):
        await service.tick()
    path.write_bytes(sound)
    assert await service.tick()
    assert (await replay(service, tmp_path / "project"))[0] == 1


async def test_a_new_version_is_told_before_old_blobs_are_deleted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await Tiny(service, "ann").join()
    await ann.contribute(1)
    known = (await service.state(None, 0)).revision

    async def out_of_reach(_self: Blobs, _keys: object) -> None:
        raise OSError("the store is out of reach")

    with monkeypatch.context() as patched:
        patched.setattr(Blobs, "delete", out_of_reach)
        with pytest.raises(OSError, match="out of reach"):
            await service.tick()
    told = await service.state(known, 60)
    assert (told.round.version, told.checkpoint) == (1, 1)
    await ann.contribute(2)
    assert await service.tick()
    assert await service._project.database.read(versions.loose_keys) == []
