"""A project whose files and contributions are large enough to take a while, and volunteers that send noise to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.tiny_project import announcement
from lightwork.codec import encode
from lightwork.codec.weights import write_weights
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.address import bind
from lightwork.host.create import create
from lightwork.host.serve import edge
from lightwork.host.service import Service
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.documents import Checkpoint
from lightwork.protocol.links import JoinLink
from lightwork.protocol.model import GptjModel
from lightwork.protocol.project import Contribution

UP = Scheme(block=64, keep=64, bits=4)
RECIPE = """
name = "Wide"
model = "config.json"
weights = ["weights.safetensors"]

[data]
files = ["text*.txt"]
held_out_share = 0.2

[recipe]
sequence = 8
batch = 2
round_seconds = 3600
max_local_steps = 4
up = { block = 64, keep = 64, bits = 4 }
"""


@dataclass
class WideHost:
    """A real host on the loopback. Its weights are `megabytes` large, and a contribution an eighth of that."""

    service: Service
    port: int
    layout: Layout
    folder: Path
    made: int = field(default=0)

    def client(self, count: Any, **options: Any) -> ProjectClient:
        """A volunteer with an account of its own."""
        self.made += 1
        key = Ed25519PrivateKey.from_private_bytes(self.made.to_bytes(32, "big"))
        link = JoinLink("127.0.0.1", self.port, self.service.manifest.project)
        return ProjectClient(link, key, count=count, **options)

    async def checkpoint(self, client: ProjectClient) -> Checkpoint:
        """What there is to download."""
        return await client.checkpoint(await client.manifest())

    async def contribution(self, client: ProjectClient) -> tuple[Contribution, Path]:
        """A contribution under a lease, ready to be sent."""
        await client.join()
        version = (await client.state()).round.version
        lease = await client.lease(version)
        noise = np.random.default_rng(self.made).normal(0, 0.01, self.layout.size).astype(np.float32)
        payload = encode(noise, self.layout, UP).payload
        file = self.folder / f"contribution-{client.account}"
        file.write_bytes(payload)
        return announcement(bytes(payload), version, (lease.id, 16)), file


@asynccontextmanager
async def wide_host(folder: Path, *, width: int = 256, layers: int = 2) -> AsyncIterator[WideHost]:
    """Weights of about 48 x width^2 x layers bytes: 6.4 MB by default."""
    model = GptjModel(vocab_size=256, n_positions=8, n_embd=width, n_layer=layers, n_head=4, rotary_dim=8)
    layout = Layout((("all", (model.parameters,)),))  # a host asks for nothing but their number
    weights = np.random.default_rng(1).normal(0, 0.1, model.parameters).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / "weights.safetensors", weights, layout)
    config = msgspec.to_builtins(model) | {"model_type": "gptj", "architectures": ["GPTJForCausalLM"]}
    (folder / "config.json").write_bytes(msgspec.json.encode(config))
    for number in range(10):
        (folder / f"text-{number}.txt").write_text(f"{number}: many hands make light work. " * 20)
    (folder / "recipe.toml").write_text(RECIPE)
    await create(folder / "project", folder / "recipe.toml")
    service = await Service.open(folder / "project")
    sock = bind("127.0.0.1", 0)
    try:
        async with edge(service, sock):
            yield WideHost(service, sock.getsockname()[1], layout, folder)
    finally:
        await service.close()
