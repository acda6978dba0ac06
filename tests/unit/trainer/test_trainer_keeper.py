"""Checkpoints at every point where a crash may strike: what was announced is never lost."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from helpers.merging import moved
from helpers.small_disk import fill_disk, small_disk_at
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol.project import Work
from lightwork.protocol.trainer import Packed
from lightwork.trainer.checkpoint import Checkpoint, Counters, Found
from lightwork.trainer.keeper import Keeper
from lightwork.trainer.replica import Replica
from lightwork.trainer.tensorfile import DamagedError, GivenUpError, Section, is_whole, read_tensors, write_tensors

LAYOUT = Layout((("a", (30, 70)), ("b", (17,))))
SYNCED, QUICK = "checkpoint.safetensors", "checkpoint.quick.safetensors"


def numbers(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(LAYOUT.size).astype(np.float32)


def state(steps: int = 0, version: int = 0) -> Checkpoint:
    replica = Replica.fresh(LAYOUT, version, numbers(version))
    local = torch.from_numpy(numbers(1000))
    return Checkpoint(replica, [local[:2100].view(30, 70), local[2100:]], {}, Counters(steps=steps), None)


def train(keeper: Keeper, now: Checkpoint, steps: int = 1) -> None:
    """What a step changes."""
    for _ in range(steps):
        with keeper.changing():
            for piece in now.local:
                piece.add_(1)
            now.optimizer["a/momentum_buffer"] = torch.full((30, 70), float(now.counters.steps))
            now.counters.steps += 1
            now.replica.add_work("lease", 8)


def open_keeper(folder: Path) -> tuple[Keeper, Found | None]:
    keeper = Keeper(folder, LAYOUT)
    found = keeper.load()
    if found is not None:
        keeper.resumed(found)
    return keeper, found


def content(one: Checkpoint) -> tuple[object, ...]:
    replica = one.replica
    vectors = (replica.base, replica.anchor, replica.residual, one.local_vector())
    momenta = {name: tensor.numpy().tobytes() for name, tensor in one.optimizer.items()}
    rest = (replica.version, tuple(replica.work), tuple(replica.returned), one.counters.steps, one.packed)
    return (*[vector.tobytes() for vector in vectors], momenta, *rest)


def saved_then_left(folder: Path, change: Callable[[Keeper, Checkpoint], None] = train) -> tuple[Checkpoint, tuple]:  # type: ignore[type-arg]
    """A synced checkpoint of 5 steps, a quick one after `change`. Returns the last state and the first's content."""
    keeper, _ = open_keeper(folder)
    now = state()
    train(keeper, now, 5)
    keeper.save(now)
    before = content(now)
    change(keeper, now)
    assert keeper.leave(lambda: now) == now.counters.steps
    return now, before


def rebase(keeper: Keeper, now: Checkpoint) -> None:
    with keeper.changing():
        moved(now.replica, numbers(7), 9, now.local_vector())


def owe(keeper: Keeper, now: Checkpoint) -> None:
    with keeper.changing():
        now.replica.residual = numbers(8)
        now.replica.returned = [Work(lease="back", steps=2, tokens=3)]


def pack(keeper: Keeper, now: Checkpoint) -> None:
    with keeper.changing():
        now.replica.anchor = now.local_vector().copy()
        now.replica.work = []
        now.packed = Packed(digest="0" * 64, file="x", length=1, base=0, work=())


@pytest.mark.parametrize("changes", [(train,), (rebase,), (owe,), (pack,), (pack, rebase, train), (train, pack, owe)])
def test_the_next_trainer_finds_all_that_the_quick_one_holds(tmp_path: Path, changes: tuple) -> None:  # type: ignore[type-arg]
    def change(keeper: Keeper, now: Checkpoint) -> None:
        for one in changes:
            one(keeper, now)

    now, _ = saved_then_left(tmp_path, change)
    keeper, found = open_keeper(tmp_path)
    assert found is not None
    assert content(found.state) == content(now)
    assert (found.quick, found.packed_is_synced) == (True, pack not in changes)

    # Another stop on top of it: the second quick checkpoint builds on the same synced one.
    train(keeper, found.state, 2)
    keeper.leave(lambda: found.state)
    again = open_keeper(tmp_path)[1]
    assert again is not None
    assert content(again.state) == content(found.state)


def test_only_what_changed_is_in_the_quick_one(tmp_path: Path) -> None:
    saved_then_left(tmp_path)
    vector = LAYOUT.size * 4
    assert (tmp_path / QUICK).stat().st_size < 2.5 * vector  # local weights and momenta; not base, anchor, residual
    (tmp_path / "other").mkdir()
    saved_then_left(tmp_path / "other", rebase)
    assert 2.5 * vector < (tmp_path / "other" / QUICK).stat().st_size < 3.5 * vector


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    saved_then_left(tmp_path)
    (tmp_path / SYNCED).touch()
    before = [(tmp_path / name).stat() for name in (SYNCED, QUICK)]
    keeper, found = open_keeper(tmp_path)
    assert found is not None
    assert keeper.leave(lambda: found.state) == 6
    after = [(tmp_path / name).stat() for name in (SYNCED, QUICK)]
    assert [(one.st_ino, one.st_mtime_ns) for one in before] == [(one.st_ino, one.st_mtime_ns) for one in after]


def _flip(data: bytearray, place: int) -> None:
    data[place] ^= 0x10


def _zero(data: bytearray, first: int, count: int) -> None:
    data[first : first + count] = bytes(count)


DAMAGE: dict[str, Callable[[bytearray], object]] = {
    "empty": lambda data: data.clear(),
    "short": lambda data: data.__delitem__(slice(len(data) // 2, None)),
    "one byte short": lambda data: data.pop(),
    "longer": lambda data: data.extend(bytes(4096)),
    "all zeros": lambda data: _zero(data, 0, len(data)),
    "a hole": lambda data: _zero(data, 4096, 4096),
    "no beginning": lambda data: _zero(data, 0, 512),
    "no end": lambda data: _zero(data, len(data) - 512, 512),
    "a bit in the header": lambda data: _flip(data, data.index(b'"steps') + 9),
    "a bit in the weights": lambda data: _flip(data, len(data) // 2),
    "a bit in the check": lambda data: _flip(data, len(data) - 1),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_quick_one_is_found_out(tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, before = saved_then_left(tmp_path)
    data = bytearray((tmp_path / QUICK).read_bytes())
    DAMAGE[damage](data)
    (tmp_path / QUICK).write_bytes(data)
    _, found = open_keeper(tmp_path)
    assert found is not None
    assert not found.quick
    assert content(found.state) == before
    assert "going on from the one before it" in capsys.readouterr().err
    assert not (tmp_path / QUICK).exists()
    assert (tmp_path / f"{QUICK}.damaged").read_bytes() == data


@pytest.mark.parametrize("name", [SYNCED, QUICK])
def test_a_kill_while_writing_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    now, _ = saved_then_left(tmp_path)
    (tmp_path / f"{name}.new").write_bytes((tmp_path / SYNCED).read_bytes()[:5000])
    _, found = open_keeper(tmp_path)
    assert found is not None
    assert content(found.state) == content(now)
    assert not (tmp_path / f"{name}.new").exists()


def test_a_quick_one_that_outlived_the_next_synced_one_is_void(tmp_path: Path) -> None:
    """The crash point between the synced checkpoint's rename and the quick one's removal."""
    saved_then_left(tmp_path)
    left = (tmp_path / QUICK).read_bytes()
    keeper, found = open_keeper(tmp_path)
    assert found is not None
    train(keeper, found.state)
    keeper.save(found.state)
    assert not (tmp_path / QUICK).exists()
    (tmp_path / QUICK).write_bytes(left)
    again = open_keeper(tmp_path)[1]
    assert again is not None
    assert (again.quick, again.state.counters.steps) == (False, 7)


@pytest.mark.parametrize("strange", ["another folder's", "another layout's", "no synced one"])
def test_a_quick_one_from_elsewhere_is_passed_over(tmp_path: Path, strange: str) -> None:
    _, before = saved_then_left(tmp_path)
    if strange == "another folder's":
        (tmp_path / "other").mkdir()
        saved_then_left(tmp_path / "other")
        (tmp_path / "other" / QUICK).replace(tmp_path / QUICK)
        found = open_keeper(tmp_path)[1]
        assert found is not None
        assert content(found.state) == before
    elif strange == "another layout's":
        assert Keeper(tmp_path, Layout((("a", (5,)),))).load() is None
    else:
        (tmp_path / SYNCED).unlink()
        assert open_keeper(tmp_path)[1] is None


def test_a_full_disk_at_the_stop_keeps_the_one_before_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk_at(tmp_path / "small", 256) as disk:
        keeper, _ = open_keeper(disk)
        now = state()
        train(keeper, now, 5)
        keeper.save(now)
        ballast = fill_disk(disk)
        train(keeper, now)
        with pytest.raises(LightworkError) as caught:
            keeper.save(now)
        assert caught.value.trouble is Trouble.DISK_FULL
        assert keeper.leave(lambda: now) == 5
        assert "no quick checkpoint" in capsys.readouterr().err
        ballast.unlink()
        found = open_keeper(disk)[1]
        assert found is not None
        assert found.state.counters.steps == 5


def test_after_the_stop_nothing_changes_any_more(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    train(keeper, now)
    stopped = threading.Thread(target=keeper.leave, args=(lambda: now,))
    stopped.start()
    stopped.join()
    changed = threading.Event()

    def change() -> None:
        with keeper.changing():
            changed.set()

    threading.Thread(target=change, daemon=True).start()
    assert not changed.wait(0.2)


def test_weights_that_were_never_synced_are_not_left_behind(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    train(keeper, now)
    assert keeper.leave(lambda: now) is None
    assert list(tmp_path.iterdir()) == []


def copied(keeper: Keeper, now: Checkpoint) -> tuple[Checkpoint, int]:
    """The state in memory of its own, as another thread may save it, and its age."""
    counters = Counters(steps=now.counters.steps)
    optimizer = {name: one.clone() for name, one in now.optimizer.items()}
    local = [piece.clone() for piece in now.local]
    return Checkpoint(now.replica.frozen(), local, optimizer, counters, now.packed), keeper.changes


def test_changes_while_a_copy_is_saved_are_in_the_quick_one(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    train(keeper, now, 3)
    copy, age = copied(keeper, now)
    train(keeper, now, 2)
    keeper.save(copy, age)
    assert keeper.leave(lambda: now) == 5
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert found.quick
    assert content(found.state) == content(now)


def test_a_saved_copy_of_the_present_state_needs_no_quick_one(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    train(keeper, now, 3)
    keeper.save(*copied(keeper, now))
    assert keeper.leave(lambda: now) == 3
    assert not (tmp_path / QUICK).exists()


def test_a_save_that_gives_way_leaves_the_one_before(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    before = content(now)
    train(keeper, now)
    with pytest.raises(GivenUpError):
        keeper.save(*copied(keeper, now), cancelled=lambda: True)
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert content(found.state) == before


EVENTS = ["train", "rebase", "announce", "save", "copy", "save the copy", "stop", "kill", "power cut"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(EVENTS), max_size=20), seed=st.integers(0, 2**32 - 1))
def test_any_life_resumes_where_it_may(  # noqa: PLR0912  a case for each event
    tmp_path_factory: pytest.TempPathFactory, events: list[str], seed: int
) -> None:
    """Stops lose nothing, kills and power cuts nothing that was synced, and what was announced is always there."""
    folder = tmp_path_factory.mktemp("life")
    random = np.random.default_rng(seed)
    keeper, _ = open_keeper(folder)
    now = state()
    keeper.save(now)
    synced = content(now)
    copy: tuple[Checkpoint, int] | None = None
    for event in events:
        if event in ("announce", "save", "stop", "kill", "power cut"):
            copy = None  # saves come in order, and the next trainer knows of no copies
        match event:
            case "copy":
                copy = copied(keeper, now)
            case "save the copy" if copy is not None:
                keeper.save(*copy)
                synced, copy = content(copy[0]), None
            case "save the copy":
                pass
            case "train":
                train(keeper, now)
            case "rebase":
                rebase(keeper, now)
            case "announce":
                pack(keeper, now)
                keeper.save(now)
                synced = content(now)
            case "save":
                keeper.save(now)
                synced = content(now)
            case "stop":
                keeper.leave(lambda now=now: now)  # type: ignore[misc]
                keeper, found = open_keeper(folder)
                assert found is not None
                assert content(found.state) == content(now)
                now = found.state
            case _:
                quick = folder / QUICK
                was_quick = quick.exists()
                if event == "power cut" and was_quick:
                    data = bytearray(quick.read_bytes())
                    place = int(random.integers(len(data)))
                    data[place:] = bytes(len(data) - place)
                    data[place - 1] ^= 1
                    quick.write_bytes(data)
                keeper, found = open_keeper(folder)
                assert found is not None
                if event == "power cut" or not was_quick:
                    assert content(found.state) == synced
                assert found.state.packed is not None or synced[-1] is None
                now = found.state


def test_a_file_of_pieces_is_an_ordinary_safetensors_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    big = torch.arange(9_000_000, dtype=torch.float32)  # several chunks
    turned = torch.arange(12, dtype=torch.float32).view(3, 4).T
    step = torch.tensor(3.0)
    sections = [
        Section("big", (9_000_000,), [big[:5], big[5:]]),
        Section("turned", (4, 3), [turned]),
        Section("step", (), [step]),
    ]
    write_tensors(file, sections, {"key": "value"})
    assert is_whole(file)
    loaded = load_file(file)
    assert torch.equal(loaded["big"], big)
    assert torch.equal(loaded["turned"], turned)
    assert torch.equal(loaded["step"], step)


def test_what_was_read_has_nothing_to_do_with_the_file_any_more(tmp_path: Path) -> None:
    """Windows neither replaces nor deletes a file that is mapped into memory."""
    now, _ = saved_then_left(tmp_path)
    _, found = open_keeper(tmp_path)
    assert found is not None
    if (maps := Path("/proc/self/maps")).exists():
        assert str(tmp_path) not in maps.read_text()
    for name in (SYNCED, QUICK):
        with (tmp_path / name).open("r+b") as file:
            file.write(bytes((tmp_path / name).stat().st_size))
    assert content(found.state) == content(now)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_never_read_as_another(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "file"
    write_tensors(file, [Section("steps", (5000,), [torch.arange(5000.0)])], {"steps": "1234"})
    data = bytearray(file.read_bytes())
    DAMAGE[damage](data)
    file.write_bytes(data)
    assert not is_whole(file)
    if damage in ("empty", "short", "one byte short", "longer", "all zeros", "no beginning"):
        with pytest.raises(DamagedError):
            read_tensors(file)


def test_a_damaged_synced_one_is_set_aside_not_overwritten(tmp_path: Path) -> None:
    saved_then_left(tmp_path)
    for name in (SYNCED, QUICK):
        (tmp_path / f"{name}.damaged").write_bytes(b"an older one")
    damaged = (tmp_path / SYNCED).read_bytes()[:-9]
    (tmp_path / SYNCED).write_bytes(damaged)
    quick = (tmp_path / QUICK).read_bytes()
    keeper, found = open_keeper(tmp_path)
    assert found is None
    keeper.save(state())
    assert (tmp_path / f"{SYNCED}.damaged").read_bytes() == damaged
    assert (tmp_path / f"{QUICK}.damaged").read_bytes() == quick


@pytest.mark.parametrize("name", [SYNCED, QUICK])
@pytest.mark.parametrize("reason", [errno.EIO, errno.EMFILE, errno.EACCES])
def test_one_that_cannot_be_read_now_is_there_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: int
) -> None:
    now, _ = saved_then_left(tmp_path)
    with monkeypatch.context() as patch:
        ordinary = Path.open

        def fails(path: Path, *args: object, **options: object) -> object:
            if path.name == name:
                raise OSError(reason, os.strerror(reason), str(path))
            return ordinary(path, *args, **options)  # type: ignore[call-overload]

        patch.setattr(Path, "open", fails)
        with pytest.raises(LightworkError) as caught:
            open_keeper(tmp_path)
        assert caught.value.trouble is Trouble.TRAINER_FAILED
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert content(found.state) == content(now)


def test_a_stop_makes_a_save_under_way_give_up(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    train(keeper, now)
    given_up, left = threading.Event(), []

    class Piece(torch.Tensor):
        """The stop comes while this is written."""

        def detach(self) -> torch.Tensor:
            stop = threading.Thread(target=lambda: left.append(keeper.leave(lambda: now, given_up.wait)), daemon=True)
            stop.start()
            while not keeper._leaving.is_set():
                pass
            stops.append(stop)
            return self.as_subclass(torch.Tensor).detach()

    stops: list[threading.Thread] = []
    saved = Checkpoint(now.replica, [now.local[0].as_subclass(Piece), now.local[1]], {}, now.counters, None)
    with pytest.raises(GivenUpError):
        keeper.save(saved)
    assert not (tmp_path / f"{SYNCED}.new").exists()
    given_up.set()
    stops[0].join(20)
    assert left == [1]
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert found.quick
    assert content(found.state) == content(now)


def test_the_state_is_read_only_once_it_may_be(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    train(keeper, now)
    order: list[str] = []

    def view() -> Checkpoint:
        order.append("read")
        return now

    keeper.leave(view, lambda: order.append("calm"))
    assert order == ["calm", "read"]


def test_a_change_that_failed_half_way_is_not_saved(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    before = content(now)
    train(keeper, now)
    with pytest.raises(RuntimeError), keeper.changing():
        raise RuntimeError("the device is lost")
    assert keeper.leave(lambda: now) == 0
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert content(found.state) == before


def test_a_rename_that_the_disk_did_not_confirm_is_built_upon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    keeper.save(now)
    train(keeper, now)
    with monkeypatch.context() as patch:
        ordinary = os.fsync

        def fails(descriptor: int) -> None:
            if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
                raise OSError(errno.EIO, "stand-in for a failing disk")
            ordinary(descriptor)

        patch.setattr(os, "fsync", fails)
        if not Path("/proc/self/fd").exists():
            pytest.skip("descriptors have no names here")
        with pytest.raises(LightworkError):
            keeper.save(now)
    train(keeper, now)
    assert keeper.leave(lambda: now) == 2
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert found.quick
    assert content(found.state) == content(now)


def test_the_micro_batch_is_remembered_and_old_notes_have_none(tmp_path: Path) -> None:
    keeper, _ = open_keeper(tmp_path)
    now = state()
    now.micro_batch = 8
    keeper.save(now)
    found = open_keeper(tmp_path)[1]
    assert found is not None
    assert found.state.micro_batch == 8
