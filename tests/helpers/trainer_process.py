"""Driving a real trainer process from a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.scheme import Scheme
from lightwork.processes.trainer import TrainerProcess
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Optimizer, Recipe, TokenType
from lightwork.protocol.model import GptjModel, Model

E = TypeVar("E", bound=wire.Message)

TINY = GptjModel(vocab_size=256, n_positions=32, n_embd=32, n_layer=2, n_head=2, rotary_dim=8)
RECIPE = Recipe(sequence=32, batch=4, max_local_steps=8, warmup_steps=2, up=Scheme(block=256, keep=16))


def orders(root: Path, *, model: Model = TINY, recipe: Recipe = RECIPE, **changes: object) -> wire.Configure:
    """A `Configure` for a small model on the processor."""
    values = {
        "project": "test",
        "model": model,
        "recipe": recipe,
        "token_type": TokenType.UINT8,
        "device": "cpu",
        "threads": 1,
        "memory": 2 << 30,
        "folder": str(root / "trainer"),
    }
    return wire.Configure(**(values | changes))  # type: ignore[arg-type]


def adamw(**changes: object) -> Recipe:
    """The test recipe with AdamW alone."""
    return Recipe(sequence=32, batch=4, optimizer=Optimizer.ADAMW, learning_rate=0.01, **changes)  # type: ignore[arg-type]


class Drive:
    """A trainer with what it has said so far."""

    def __init__(self, process: TrainerProcess) -> None:
        self.process = process
        self.heard: list[wire.FromTrainer] = []

    async def send(self, *commands: wire.ToTrainer) -> None:
        for command in commands:
            await self.process.send(command)

    async def until(self, kind: type[E], seconds: float = 60) -> E:
        """The next event of this kind; what comes before is remembered in `heard`."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self.process.receive()
                self.heard.append(event)
                if isinstance(event, kind):
                    return event


@asynccontextmanager
async def trainer(folder: Path) -> AsyncIterator[Drive]:
    """A real trainer process; killed at the end if it still runs."""
    process = await TrainerProcess.start(folder / "trainer.log")
    try:
        yield Drive(process)
    finally:
        process.kill()
        await process.stop()


async def with_weights(drive: Drive, folder: Path, configure: wire.Configure | None = None) -> tuple[wire.Ready, str]:
    """Configure, initialise and load. Returns the readiness, and the weights' digest as this process computes it."""
    file = folder / "weights.safetensors"
    await drive.send(configure or orders(folder))
    await drive.until(wire.Started)
    if not file.exists():
        await drive.send(wire.Initialise(file=str(file), seed=1))
        await drive.until(wire.Initialised)
    digest = weights_digest(read_weights([file], layout_of([file])))
    await drive.send(wire.Load(version=0, digest=digest, files=(str(file),)))
    return await drive.until(wire.Ready), digest


def shard(folder: Path) -> str:
    """A file of training data: text that is easy to learn."""
    file = folder / "shard.bin"
    if file.exists():  # it may be mapped into a trainer's memory
        return str(file)
    file.write_bytes(b"The quick brown fox jumps over the lazy dog. " * 400)
    return str(file)


def lease(folder: Path, name: str = "lease-1", tokens: int = 10**6) -> wire.Train:
    """A lease on that data."""
    return wire.Train(lease=name, shards=(shard(folder),), seed=3, max_tokens=tokens)
