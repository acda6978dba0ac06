"""The trainer's smaller parts."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.small_disk import fill_disk, small_disk_at
from helpers.trainer_process import RECIPE, TINY, adamw
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol.manifest import Recipe, TokenType
from lightwork.protocol.memory import activation_bytes
from lightwork.protocol.model import GptjModel, LlamaModel
from lightwork.protocol.project import Work
from lightwork.protocol.trainer import Packed
from lightwork.trainer import checkpoint
from lightwork.trainer.data import LeasedData, windows
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import gather, pieces, scatter
from lightwork.trainer.memory import plan
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.optimizers import InnerOptimizer
from lightwork.trainer.pace import Pace
from lightwork.trainer.replica import Replica

LLAMA = LlamaModel(
    vocab_size=64,
    max_position_embeddings=32,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
)


def one_step(engine: Engine, tokens: np.ndarray) -> float:
    loss = engine.gradient(tokens, lambda _: False)
    assert loss is not None
    engine.update()
    return loss


BIGGER = GptjModel(vocab_size=100, n_positions=64, n_embd=48, n_layer=3, n_head=3, rotary_dim=8, n_inner=96)


@pytest.mark.parametrize("model", [TINY, LLAMA, BIGGER])
def test_the_schema_counts_what_is_built_and_it_computes(model: GptjModel | LlamaModel) -> None:
    module = build(model, seed=3)
    assert layout_of(module).size == model.parameters
    logits = module(torch.zeros(2, 8, dtype=torch.int64))
    assert logits.shape == (2, 8, model.vocab_size)
    again = build(model, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))


def test_gather_and_scatter_are_inverse() -> None:
    module = build(TINY)
    layout = layout_of(module)
    vector = np.random.default_rng(0).standard_normal(layout.size).astype(np.float32)
    scatter(vector, module, layout)
    assert gather(module, layout).tobytes() == vector.tobytes()


def test_a_leases_sequences_are_the_same_every_time_and_lie_within_its_shards(tmp_path: Path) -> None:
    files = []
    for number in range(3):
        files.append(tmp_path / str(number))
        np.arange(number * 1000, number * 1000 + 100 + number, dtype="<u2").tofile(files[-1])
    data = LeasedData(files, TokenType.UINT16, seed=9)
    batches = [data.batch(step, 8, 16) for step in range(300)]
    again = LeasedData(files, TokenType.UINT16, seed=9)
    assert all((batch == again.batch(step, 8, 16)).all() for step, batch in enumerate(batches))
    everything = np.concatenate(batches)
    assert (np.diff(everything, axis=1) == 1).all()  # consecutive tokens, never across two shards
    assert {int(row[0]) // 1000 for row in everything} == {0, 1, 2}
    assert everything.max() == 2000 + 101  # the last token of the last shard is reached


def test_windows_predict_each_token_once(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    np.arange(101, dtype=np.uint8).tofile(file)
    rows = np.concatenate(list(windows(file, TokenType.UINT8, 4, 10)))
    assert rows[:, 1:].ravel().tolist() == list(range(1, 101))


@pytest.mark.parametrize(("sequences", "micro"), [(1, 1), (3, 3), (4, 4), (100, 4)])
def test_the_micro_batch_follows_the_memory(sequences: int, micro: int) -> None:
    """With room for so many sequences beside what does not depend on them, that many go through at once."""
    each = activation_bytes(TINY, RECIPE.sequence)
    fixed = plan(TINY, RECIPE, 1 << 40, on_cpu=True).expected - RECIPE.batch * each
    assert plan(TINY, RECIPE, fixed + sequences * each, on_cpu=True).micro_batch == micro
    with pytest.raises(LightworkError):
        plan(TINY, RECIPE, fixed + each - 1, on_cpu=True)


def test_a_model_that_cannot_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(LightworkError) as caught:
        plan(BIGGER, Recipe(sequence=64, batch=1), 100 << 20, on_cpu=True)
    assert caught.value.trouble is Trouble.DEVICE_TOO_SMALL
    assert "MB" in caught.value.detail


def save(file: Path, state: checkpoint.Checkpoint) -> None:
    checkpoint.save(file, state)
    checkpoint.commit(file)


def load(file: Path, layout: Layout) -> checkpoint.Checkpoint | None:
    found = checkpoint.load(file, file.with_name("no quick one"), layout)
    return found.state if found is not None else None


@pytest.mark.parametrize("recipe", [RECIPE, adamw()])
def test_both_optimizers_learn_and_their_momenta_survive_a_checkpoint(tmp_path: Path, recipe: Recipe) -> None:
    tokens = np.tile(np.arange(33), (4, 1)).astype(np.int64)
    engine = Engine(build(TINY), recipe, torch.device("cpu"), micro_batch=2)
    engine.start_at(2)
    losses = [one_step(engine, tokens) for _ in range(12)]
    assert losses[-1] < losses[0] - 0.5

    layout = layout_of(engine.module)
    local = gather(engine.module, layout)
    replica = Replica.fresh(layout, 3, local.copy())
    replica.add_work("lease", 128)
    packed = Packed(digest="0" * 64, file="x", length=1, base=3, work=(Work(lease="old", steps=1, tokens=5),))
    state = checkpoint.Checkpoint(
        replica,
        pieces(engine.module, layout),
        engine.optimizer.state(),
        checkpoint.Counters(steps=12, tokens=99, optimizer_steps=12),
        packed,
    )
    save(tmp_path / "checkpoint", state)
    loaded = load(tmp_path / "checkpoint", layout)
    assert loaded is not None
    assert loaded.local_vector().tobytes() == local.tobytes()
    assert (loaded.replica.version, loaded.replica.work, loaded.packed) == (3, replica.work, packed)

    twin = Engine(build(TINY, seed=5), recipe, torch.device("cpu"), micro_batch=2)
    twin.start_at(engine.micro_batch)
    scatter(loaded.local_vector(), twin.module, layout)
    twin.optimizer.load(loaded.optimizer, loaded.counters.optimizer_steps)
    assert one_step(twin, tokens) == one_step(engine, tokens)
    assert gather(twin.module, layout).tobytes() == gather(engine.module, layout).tobytes()


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: bytes | None) -> None:
    layout = layout_of(build(TINY))
    file = tmp_path / "checkpoint"
    vector = np.zeros(layout.size, np.float32)
    state = checkpoint.Checkpoint(
        Replica.fresh(layout, 1, vector), [torch.from_numpy(vector)], {}, checkpoint.Counters(), None
    )
    save(file, state)
    assert load(file, layout) is not None
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
    assert load(file, layout) is None
    assert load(file, layout_of(build(BIGGER))) is None


def test_a_full_disk_leaves_the_checkpoint_before_it(tmp_path: Path) -> None:
    layout = layout_of(build(TINY))
    vector = np.zeros(layout.size, np.float32)
    with small_disk_at(tmp_path / "small", 2048) as disk:
        file = disk / "checkpoint"
        state = checkpoint.Checkpoint(
            Replica.fresh(layout, 1, vector), [torch.from_numpy(vector)], {}, checkpoint.Counters(), None
        )
        save(file, state)
        ballast = fill_disk(disk)
        state.replica.version = 2
        with pytest.raises(LightworkError) as caught:
            save(file, state)
        assert caught.value.trouble is Trouble.DISK_FULL
        kept = load(file, layout)
        assert kept is not None
        assert kept.replica.version == 1
        ballast.unlink()
        save(file, state)
        again = load(file, layout)
        assert again is not None
        assert again.replica.version == 2


def test_a_step_can_be_given_up_without_a_trace() -> None:
    engine = Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=1)
    before = [p.detach().clone() for p in engine.module.parameters()]
    answers = iter([False, True])
    assert engine.gradient(np.zeros((4, 33), np.int64), lambda _: next(answers)) is None
    assert all(torch.equal(a, b) for a, b in zip(before, engine.module.parameters(), strict=True))
    assert all(p.grad is None for p in engine.module.parameters())


def test_running_out_of_memory_halves_the_micro_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=4)
    engine.start_at(4)
    forward = engine.module.forward

    def needs_little(tokens: torch.Tensor) -> object:
        if len(tokens) > 1:
            raise torch.OutOfMemoryError("stand-in for a full device")
        return forward(tokens)

    monkeypatch.setattr(engine.module, "forward", needs_little)
    batch = np.zeros((4, 33), np.int64)
    for left in (2, 1):
        with pytest.raises(LightworkError) as caught:
            one_step(engine, batch)
        assert (caught.value.trouble, engine.micro_batch) == (Trouble.OUT_OF_MEMORY, left)
    assert np.isfinite(one_step(engine, batch))


def test_no_room_for_one_sequence_passes_after_a_step_and_lasts_before_one(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=1)
    forward, full = engine.module.forward, [True]

    def needs_room(tokens: torch.Tensor) -> object:
        if full[0]:
            raise torch.OutOfMemoryError("stand-in for a full device")
        return forward(tokens)

    monkeypatch.setattr(engine.module, "forward", needs_room)
    batch = np.zeros((4, 33), np.int64)
    for room, trouble in ((False, Trouble.DEVICE_TOO_SMALL), (True, None), (False, Trouble.OUT_OF_MEMORY)):
        full[0] = not room
        if trouble is None:
            one_step(engine, batch)
            continue
        with pytest.raises(LightworkError) as caught:
            one_step(engine, batch)
        assert caught.value.trouble is trouble
    full[0] = False
    assert np.isfinite(one_step(engine, batch))


@pytest.mark.parametrize("recipe", [RECIPE, adamw()], ids=["muon", "adamw"])
def test_a_first_update_that_runs_out_of_memory_leaves_no_half_momenta(
    monkeypatch: pytest.MonkeyPatch, recipe: Recipe
) -> None:
    """Also none that a checkpoint would carry to the next trainer."""
    engine = Engine(build(TINY), recipe, torch.device("cpu"), micro_batch=4)
    engine.start_at(4)
    allocate, calls = torch.zeros_like, [0]

    def second_fails(*args: object, **options: object) -> torch.Tensor:
        calls[0] += 1
        if calls[0] == 2:
            raise torch.OutOfMemoryError("stand-in for a full device")
        return allocate(*args, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(torch, "zeros_like", second_fails)
    batch = np.zeros((4, 33), np.int64)
    with pytest.raises(LightworkError) as caught:
        one_step(engine, batch)
    assert (caught.value.trouble, engine.optimizer.steps) == (Trouble.OUT_OF_MEMORY, 0)
    twin = Engine(build(TINY), recipe, torch.device("cpu"), micro_batch=4)
    twin.optimizer.load(engine.optimizer.state(), 0)
    one_step(engine, batch)
    one_step(twin, batch)
    assert engine.optimizer.steps == twin.optimizer.steps == 1


@pytest.mark.parametrize("spoilt", ["missing", "other shape", "other optimizer"])
def test_a_parameter_takes_a_whole_set_of_momenta_or_none(spoilt: str) -> None:
    engine = Engine(build(TINY), adamw(), torch.device("cpu"), micro_batch=4)
    batch = np.zeros((4, 33), np.int64)
    one_step(engine, batch)
    state = dict(engine.optimizer.state())
    key = next(key for key in state if key.endswith("/exp_avg"))
    if spoilt == "missing":
        del state[key]
    elif spoilt == "other shape":
        state[key] = torch.zeros(3)
    twin = Engine(build(TINY), RECIPE if spoilt == "other optimizer" else adamw(), torch.device("cpu"), micro_batch=4)
    twin.optimizer.load(state, 1)
    taken = twin.optimizer.state()
    if spoilt == "other optimizer":  # AdamW's vocabulary, norms and biases are AdamW's in both
        assert not any(key.endswith("momentum_buffer") for key in taken)
    else:
        assert set(state) - set(taken) == {k for k in state if k.startswith(key.removesuffix("exp_avg"))}
    one_step(twin, batch)


def test_a_loss_that_is_not_finite_moves_nothing() -> None:
    engine = Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=4)
    with torch.no_grad():
        next(engine.module.parameters()).fill_(float("nan"))
    with pytest.raises(LightworkError) as caught:
        one_step(engine, np.zeros((4, 33), np.int64))
    assert caught.value.trouble is Trouble.LOSS_NOT_FINITE


def test_the_rate_warms_up_after_a_fresh_start() -> None:
    optimizer = InnerOptimizer(build(TINY), Recipe(sequence=8, batch=1, warmup_steps=4))
    rates = []
    for _ in range(6):
        optimizer.step()
        rates.append(next(iter(optimizer._groups()))["lr"])
    assert rates == pytest.approx([0.005, 0.01, 0.015, 0.02, 0.02, 0.02])


def test_pace_counts_the_last_seconds_only() -> None:
    pace = Pace()
    pace.restart(0.0)
    assert pace.tokens_per_second == 0
    for second in range(1, 21):
        pace.add(100 if second <= 10 else 300, float(second))
    assert pace.tokens_per_second == pytest.approx(300, rel=0.01)


def test_a_gradient_that_is_not_finite_moves_nothing() -> None:
    engine = Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=4)
    first = next(engine.module.parameters())
    first.register_hook(lambda gradient: torch.full_like(gradient, float("inf")))
    before = [p.detach().clone() for p in engine.module.parameters()]
    with pytest.raises(LightworkError) as caught:
        one_step(engine, np.zeros((4, 33), np.int64))
    assert caught.value.trouble is Trouble.LOSS_NOT_FINITE
    assert all(torch.equal(a, b) for a, b in zip(before, engine.module.parameters(), strict=True))


def test_a_checkpoint_saved_astray_keeps_base_residual_and_what_was_packed(tmp_path: Path) -> None:
    layout = layout_of(build(TINY))
    base = np.ones(layout.size, np.float32)
    replica = Replica.fresh(layout, 4, base)
    replica.residual += np.float32(0.5)
    replica.returned = [Work(lease="owed", steps=1, tokens=5)]
    replica.add_work("astray", 5)
    packed = Packed(digest="0" * 64, file="x", length=1, base=3, work=())
    local = np.full(layout.size, np.nan, np.float32)
    state = checkpoint.Checkpoint(replica, [torch.from_numpy(local)], {}, checkpoint.Counters(), packed)
    save(tmp_path / "c", state)
    loaded = load(tmp_path / "c", layout)
    assert loaded is not None
    assert loaded.local_vector().tobytes() == base.tobytes()
    assert (loaded.replica.residual == 0.5).all()
    assert (loaded.replica.work, loaded.replica.returned, loaded.packed) == ([], replica.returned, packed)


@pytest.mark.parametrize("damage", ["none", "moved", "gone", "changed"])
def test_a_packed_file_is_found_where_it_is_now_or_given_up(tmp_path: Path, damage: str) -> None:
    content = b"a contribution"
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / f"{digest}.contribution").write_bytes(content if damage != "changed" else b"another")
    (tmp_path / "left-by-a-kill.contribution.new").write_bytes(b"")
    if damage == "gone":
        (tmp_path / f"{digest}.contribution").unlink()
    told = "/elsewhere/x" if damage == "moved" else str(tmp_path / f"{digest}.contribution")
    found = checkpoint.still_whole(Packed(digest=digest, file=told, length=14, base=3, work=()), tmp_path)
    assert not (tmp_path / "left-by-a-kill.contribution.new").exists()
    if damage in ("gone", "changed"):
        assert found is None
    else:
        assert found is not None
        assert Path(found.file).read_bytes() == content
