"""The real trainer, over its real wire."""

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from helpers.trainer_process import Drive, adamw, lease, orders, shard, trainer, with_weights
from lightwork.codec import decode, encode
from lightwork.codec.weights import layout_of, read_weights, weights_digest, write_weights
from lightwork.domain.errors import Trouble
from lightwork.domain.scheme import Scheme
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.model import GptjModel

pytestmark = pytest.mark.processes


async def _train(drive: Drive, steps: int) -> wire.Progress:
    while (progress := await drive.until(wire.Progress)).unsent_steps < steps:
        pass
    return progress


async def test_a_whole_life(tmp_path: Path) -> None:
    """Learn, contribute, go on training, merge, be killed, go on from the checkpoint, settle, stop."""
    async with trainer(tmp_path) as drive:
        ready, digest = await with_weights(drive, tmp_path)
        assert (ready.base, ready.digest, ready.steps) == (0, digest, 0)
        await drive.send(wire.Evaluate(files=(shard(tmp_path),)))
        before = await drive.until(wire.Evaluated)
        assert before.loss == pytest.approx(np.log(256), abs=0.3)

        await drive.send(lease(tmp_path))
        assert (await _train(drive, 40)).loss < before.loss - 1
        await drive.send(wire.Contribute(), lease(tmp_path, "lease-2"))
        packed = await drive.until(wire.Packed)
        assert (packed.base, [item.lease for item in packed.work]) == (0, ["lease-1"])
        assert sum(item.tokens for item in packed.work) == 4 * 32 * sum(item.steps for item in packed.work)

        # The host makes an update of it, and the trainer merges it while it trains on.
        layout = layout_of([tmp_path / "weights.safetensors"])
        delta = decode(Path(packed.file).read_bytes(), layout)
        update = encode(delta, layout, Scheme(bits=4))
        weights = read_weights([tmp_path / "weights.safetensors"], layout) - update.decoded
        (tmp_path / "update").write_bytes(update.payload)
        await _train(drive, 3)
        await drive.send(wire.Apply(base=0, file=str(tmp_path / "update"), digest=weights_digest(weights)))
        updated = await drive.until(wire.Updated)
        assert (updated.base, updated.digest) == (1, weights_digest(weights))
        await drive.send(wire.Evaluate(files=(shard(tmp_path),)))
        assert (await drive.until(wire.Evaluated)).loss < before.loss - 0.5
        await drive.send(wire.Save())
        saved = await drive.until(wire.Saved)
        os.kill(drive.process.pid, signal.SIGKILL)
        with pytest.raises(TrainerGoneError):
            await drive.until(wire.Stopped)

    async with trainer(tmp_path) as drive:
        await drive.send(orders(tmp_path))
        assert (await drive.until(wire.Started)).has_weights
        ready = await drive.until(wire.Ready)
        assert (ready.base, ready.digest, ready.steps) == (1, weights_digest(weights), saved.steps)
        assert ready.packed == packed  # not settled yet, so it is announced again
        await drive.send(wire.Settle(digest=packed.digest, outcome=wire.Outcome.RETURNED))
        await drive.until(wire.Settled)
        await drive.send(wire.Contribute())
        again = await drive.until(wire.Packed)
        assert not Path(packed.file).exists()  # no checkpoint names it any more
        assert [item.lease for item in again.work] == ["lease-1", "lease-2"]
        await drive.send(wire.Settle(digest=again.digest, outcome=wire.Outcome.TAKEN), wire.Contribute())
        await drive.until(wire.Settled)
        await drive.until(wire.Empty)
        await drive.send(wire.Stop())
        await drive.until(wire.Stopped)


async def test_ends_when_its_stdin_does_and_keeps_its_steps(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.send(lease(tmp_path))
        await _train(drive, 4)
        await drive.process.stop(patience=20)
        assert not drive.process.running
    async with trainer(tmp_path) as drive:
        await drive.send(orders(tmp_path))
        ready = await drive.until(wire.Ready)
        assert ready.unsent_steps == ready.steps >= 4


@pytest.mark.parametrize("trouble", [Trouble.WEIGHTS_INVALID, Trouble.DEVICE_TOO_SMALL, Trouble.DEVICE_LOST])
async def test_troubles_are_told_by_their_code(tmp_path: Path, trouble: Trouble) -> None:
    async with trainer(tmp_path) as drive:
        if trouble is Trouble.WEIGHTS_INVALID:
            await with_weights(drive, tmp_path)
            layout = layout_of([tmp_path / "weights.safetensors"])
            poisoned = np.full(layout.size, np.nan, np.float32)
            write_weights(tmp_path / "nan.safetensors", poisoned, layout)
            load = wire.Load(version=1, digest=weights_digest(poisoned), files=(str(tmp_path / "nan.safetensors"),))
            await drive.send(load)
        elif trouble is Trouble.DEVICE_TOO_SMALL:
            await drive.send(orders(tmp_path, memory=1 << 20))
        else:
            await drive.send(orders(tmp_path, device="cuda:7"))
        failed = await drive.until(wire.Failed)
        assert (failed.trouble, failed.fatal) == (trouble, True)
        with pytest.raises(TrainerGoneError) as gone:
            await drive.until(wire.Stopped)
        assert gone.value.status == 1


async def test_an_update_that_leads_elsewhere_changes_nothing(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path, orders(tmp_path, recipe=adamw()))
        layout = layout_of([tmp_path / "weights.safetensors"])
        (tmp_path / "update").write_bytes(encode(np.ones(layout.size, np.float32), layout, Scheme()).payload)
        await drive.send(wire.Apply(base=0, file=str(tmp_path / "update"), digest="0" * 64))
        failed = await drive.until(wire.Failed)
        assert (failed.trouble, failed.fatal) == (Trouble.WEIGHTS_DIVERGED, False)
        await drive.send(lease(tmp_path, tokens=4 * 32 * 3))
        used = await drive.until(wire.LeaseUsed)
        assert used.lease == "lease-1"
        await drive.send(wire.Contribute())
        packed = await drive.until(wire.Packed)
        assert (packed.base, packed.work[0].steps) == (0, 3)


async def test_a_model_that_does_not_fit_its_weights_is_refused(tmp_path: Path) -> None:
    other = GptjModel(vocab_size=256, n_positions=32, n_embd=64, n_layer=2, n_head=2, rotary_dim=8)
    async with trainer(tmp_path) as drive:
        await with_weights(drive, tmp_path)
        await drive.process.stop(patience=20)
    async with trainer(tmp_path) as drive:
        file = tmp_path / "weights.safetensors"
        await drive.send(orders(tmp_path, model=other, folder=str(tmp_path / "other")))
        assert not (await drive.until(wire.Started)).has_weights
        await drive.send(wire.Load(version=0, digest="0" * 64, files=(str(file),)))
        assert (await drive.until(wire.Failed)).trouble is Trouble.WEIGHTS_INVALID
        await asyncio.sleep(0)
