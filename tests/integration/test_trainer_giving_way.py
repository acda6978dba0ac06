"""The real trainer gives way: on hold, at a lower pace, and at a stop in whatever it is doing."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from helpers.trainer_process import RECIPE, Drive, adamw, lease, orders, shard, trainer, with_weights
from lightwork.codec import encode
from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.scheme import Scheme
from lightwork.processes.trainer import TrainerGoneError, TrainerProcess
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Recipe
from lightwork.protocol.model import GptjModel

pytestmark = pytest.mark.processes

# Large enough that every command takes a while, small enough for a quick test.
MIDDLE = GptjModel(vocab_size=2048, n_positions=32, n_embd=256, n_layer=8, n_head=4, rotary_dim=16)


async def _train(drive: Drive, steps: int) -> wire.Progress:
    while (progress := await drive.until(wire.Progress)).steps < steps:
        pass
    return progress


async def _steps_at_next_start(root: Path, configure: wire.Configure) -> int:
    async with trainer(root) as drive:
        await drive.send(configure)
        return (await drive.until(wire.Ready)).steps


async def test_on_hold_no_step_is_taken_and_other_commands_are_obeyed(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(lease(tmp_path))
        await _train(drive, 3)
        await drive.send(wire.Hold())
        held = await drive.until(wire.Held)
        assert held.steps >= 3
        await drive.send(wire.Save(), wire.Evaluate(files=(shard(tmp_path),)), wire.Hold())
        assert (await drive.until(wire.Saved)).steps == held.steps
        await drive.until(wire.Evaluated)
        assert (await drive.until(wire.Held)).steps == held.steps
        await drive.send(wire.Contribute(), lease(tmp_path, "lease-2"), wire.Save())
        packed = await drive.until(wire.Packed)
        assert sum(item.steps for item in packed.work) == held.steps
        assert (await drive.until(wire.Saved)).steps == held.steps
        await drive.send(wire.GoOn(), wire.GoOn())
        assert (await _train(drive, held.steps + 1)).lease == "lease-2"
        await drive.send(wire.Hold())
        again = await drive.until(wire.Held)
        ended = await drive.process.stop(patience=20)
        assert (ended.killed, ended.steps) == (False, again.steps)


async def test_a_hold_gives_up_a_long_step_at_the_next_micro_batch(tmp_path: Path) -> None:
    """At a twentieth of the time this step takes minutes; nobody waits for it, and the next one may be quick."""
    recipe = Recipe(sequence=32, batch=4096, warmup_steps=2, up=Scheme(block=256, keep=16))
    async with trainer(tmp_path) as drive:
        slow = orders(tmp_path, model=MIDDLE, recipe=recipe, duty=0.05, memory=640 << 20)
        await with_weights(drive, tmp_path, slow)
        await drive.send(lease(tmp_path, tokens=10**9))
        await asyncio.sleep(0.5)
        await drive.send(wire.Hold())
        assert (await drive.until(wire.Held, seconds=20)).steps == 0
        await drive.send(wire.Duty(share=1.0), wire.GoOn(), wire.Hold())
        assert (await drive.until(wire.Held, seconds=20)).steps == 0
        ended = await drive.process.stop(patience=20)
        assert (ended.killed, ended.steps) == (False, 0)


async def test_the_duty_cycle_lowers_the_pace_and_lifts_it_again_at_once(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path, orders(tmp_path, duty=0.05))
        await drive.send(lease(tmp_path))
        await drive.until(wire.Progress)
        slow = await _steps_a_second(drive, 10)
        await drive.send(wire.Duty(share=1.0))
        await drive.until(wire.Progress)
        assert await _steps_a_second(drive, 50) > 3 * slow  # 20 times, if nobody else used the computer
        await drive.send(wire.Duty(share=0.05))
        await drive.send(wire.Save())  # does not wait for rest
        await drive.until(wire.Saved, seconds=10)
        assert not (await drive.process.stop(patience=20)).killed


async def _steps_a_second(drive: Drive, steps: int) -> float:
    first = await drive.until(wire.Progress)
    began = time.monotonic()
    last = await _train(drive, first.steps + steps)
    return (last.steps - first.steps) / (time.monotonic() - began)


@pytest.mark.parametrize("share", ["0", "0.04", "1.5", '"half"'])
async def test_a_share_out_of_bounds_is_no_command(share: str) -> None:
    with pytest.raises(ValueError, match="share"):
        wire.decode_to_trainer(f'{{"type":"duty","share":{share}}}'.encode())


@pytest.mark.parametrize("recipe", [RECIPE, adamw(warmup_steps=6)], ids=["muon", "adamw"])
async def test_stopping_in_the_middle_changes_no_bit(tmp_path: Path, recipe: Recipe) -> None:
    """N steps with stops in between are N steps: weights, momenta and claims."""
    total = 40
    tokens = recipe.batch * recipe.sequence * total
    # How a batch is cut decides in which order sums are made: both begin when the micro-batch has grown to the batch.
    seed = tmp_path / "seed"
    seed.mkdir()
    async with trainer(seed) as drive:
        await with_weights(drive, seed, orders(seed, recipe=recipe))
        await drive.send(lease(seed, "warm-up"))
        while (await drive.until(wire.Progress)).micro_batch < recipe.batch:
            pass
        warm = (await drive.process.stop(patience=20)).steps
        assert warm is not None
    for name, stops in (("whole", 0), ("cut", 1)):
        root = tmp_path / name
        shutil.copytree(seed, root)
        for part in range(stops + 1):
            async with trainer(root) as drive:
                await drive.send(orders(root, recipe=recipe))
                await drive.until(wire.Ready)
                # A slow pace, so that a stop comes in the middle of the lease; it is no part of the arithmetic.
                await drive.send(wire.Duty(share=0.05 if part < stops else 1.0), lease(root, tokens=tokens))
                if part < stops:
                    await drive.until(wire.Progress)
                    assert (await drive.process.stop(patience=20)).steps not in (None, warm, warm + total)
                else:
                    assert (await drive.until(wire.LeaseUsed)).unsent_steps == warm + total
                    await drive.send(wire.Save())
                    assert (await drive.until(wire.Saved)).steps == warm + total
    whole, cut = (load_file(tmp_path / name / "trainer" / "checkpoint.safetensors") for name in ("whole", "cut"))
    assert whole.keys() == cut.keys() > {"local"}
    differing = [key for key in whole if key != "check" and whole[key].tobytes() != cut[key].tobytes()]
    assert differing == []


async def test_a_quick_checkpoint_that_a_power_cut_spoilt_falls_back_to_what_was_announced(tmp_path: Path) -> None:
    quick = tmp_path / "trainer" / "checkpoint.quick.safetensors"
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(lease(tmp_path))
        await _train(drive, 3)
        await drive.send(wire.Contribute(), lease(tmp_path, "lease-2"))
        packed = await drive.until(wire.Packed)
        await drive.until(wire.Progress)
        ended = await drive.process.stop(patience=20)
        assert ended.steps is not None
        assert ended.steps > sum(item.steps for item in packed.work)
    data = bytearray(quick.read_bytes())
    data[4096:12288] = bytes(8192)
    quick.write_bytes(data)
    async with trainer(tmp_path) as drive:
        await drive.send(orders(tmp_path))
        ready = await drive.until(wire.Ready)
        assert (ready.packed, ready.unsent_steps) == (packed, 0)
        assert ready.steps == sum(item.steps for item in packed.work)
    assert "the quick checkpoint is damaged" in (tmp_path / "trainer.log").read_text()


@asynccontextmanager
async def _busy_with(root: Path, phase: str) -> AsyncIterator[tuple[Drive, int]]:
    """A trainer that is in the middle of a phase, and the least number of steps that the next one must have."""
    configure = orders(root, model=MIDDLE)
    async with trainer(root) as drive:
        if phase == "import":
            await drive.send(configure)
            yield drive, 0
            return
        await with_weights(drive, root, configure)
        if phase == "idle":
            yield drive, 0
            return
        await drive.send(lease(root))
        steps = (await _train(drive, 2)).steps
        files = [root / "weights.safetensors"]
        layout = layout_of(files)
        match phase:
            case "load":
                digest = weights_digest(read_weights(files, layout))
                await drive.send(wire.Load(version=1, digest=digest, files=(str(files[0]),)))
            case "apply":
                update = encode(np.ones(layout.size, np.float32), layout, Scheme(bits=4))
                (root / "update").write_bytes(update.payload)
                digest = weights_digest(read_weights(files, layout) - update.decoded)
                await drive.send(wire.Apply(base=0, file=str(root / "update"), digest=digest))
            case "pack":
                await drive.send(wire.Contribute())
            case "save":
                await drive.send(wire.Save())
            case "evaluate":
                await drive.send(wire.Evaluate(files=(shard(root),) * 50))
        yield drive, steps


PHASES = ["import", "train", "load", "apply", "pack", "evaluate"]


@pytest.mark.parametrize("phase", PHASES)
async def test_a_stop_in_any_phase_loses_no_step_and_nothing_announced(tmp_path: Path, phase: str) -> None:
    async with _busy_with(tmp_path, phase) as (drive, steps):
        await asyncio.sleep(0.05 if phase == "train" else 0.01)
        ended = await drive.process.stop(patience=20)
        assert not ended.killed
        assert (ended.steps is None) == (phase == "import")
        assert (ended.steps or 0) >= steps
    if phase != "import":
        assert await _steps_at_next_start(tmp_path, orders(tmp_path, model=MIDDLE)) == ended.steps


async def test_a_fatal_failure_loses_no_step(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(lease(tmp_path))
        steps = (await _train(drive, 3)).steps
        await drive.send(wire.Load(version=1, digest="0" * 64, files=(str(tmp_path / "weights.safetensors"),)))
        assert (await drive.until(wire.Failed)).fatal
        with pytest.raises(TrainerGoneError) as gone:
            await drive.until(wire.Stopped)
        assert gone.value.status == 1
    assert await _steps_at_next_start(tmp_path, orders(tmp_path)) >= steps


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
async def test_a_termination_signal_is_a_stop(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(lease(tmp_path))
        await _train(drive, 3)
        os.kill(drive.process.pid, signal.SIGTERM)
        stopped = await drive.until(wire.Stopped)
        with pytest.raises(TrainerGoneError) as gone:
            await drive.until(wire.Failed)
        assert gone.value.status == 0
        assert stopped.steps is not None
        assert stopped.steps >= 3
    assert await _steps_at_next_start(tmp_path, orders(tmp_path)) == stopped.steps


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped by a signal")
async def test_one_that_does_not_answer_is_killed(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        os.kill(drive.process.pid, signal.SIGSTOP)
        ended = await drive.process.stop(patience=0.2)
        assert (ended.killed, ended.steps, drive.process.running) == (True, None, False)
        assert ended.seconds >= 0.2


async def test_the_end_of_one_that_speaks_in_foreign_tongues_is_told_all_the_same(tmp_path: Path) -> None:
    talk = 'import sys\nsys.stdin.read()\nprint(\'x\' * (3 << 20))\nprint(\'{"type":"stopped","steps":7}\', flush=True)'
    process = await TrainerProcess.start(tmp_path / "log", command=[sys.executable, "-c", talk])
    ended = await process.stop(patience=20)
    assert (ended.killed, ended.steps) == (False, 7)
    assert (await process.stop()).seconds == 0.0
