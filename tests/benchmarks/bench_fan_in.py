"""How a host takes in one round of very many contributions: time, and the most memory that its process ever held.

    python tests/benchmarks/bench_fan_in.py [--parameters 100000000] [--contributions 1000] [--keep 64] [--bits 2]

A real host (service, database, blobs on a disk that is waited for) of a made-up GPT-J of about that many parameters,
in a process of its own. Every contribution is of another account, under a lease, uploaded in chunks and inspected; then
the round is closed with everything that belongs to it: average, outer step, state, update, checkpoint, receipts. There
are as many different contents as `--contents` says. Each row is a process; the rows with a tenth of the contributions
show whether memory grows with them. Afterwards the update is applied as a volunteer would, and its digest compared.

The peers do in memory, on the same payloads, what is plainest: decode each to a dense float32 vector and add it, with
numpy or with torch. They inspect nothing, store nothing and take no outer step; `--peer` contributions are measured.

    intake     to announce, upload and inspect, for one contribution; eight volunteers at once
    closing    to close the round; `a piece` is that divided by the contributions
    peak       resident memory (VmHWM), everything included, the interpreter with its libraries too
    loop       the longest that the event loop was held up while the round closed, and the longest answer to
               a volunteer that asked for a lease meanwhile

Times are wall-clock, with the processor's seconds behind them.
"""

import argparse
import asyncio
import hashlib
import itertools
import multiprocessing
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2] / "client")
)  # so that a checkout is measured without installing it

from lightwork.codec import decode, encode
from lightwork.codec.weights import Vector, read_weights, weights_digest, write_weights
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.blobs import Blobs
from lightwork.host.folder import ProjectFolder, read_key, write_key, write_manifest
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings, save_settings
from lightwork.protocol import limits
from lightwork.protocol.documents import Kind, Update, open_document, project_id, public_hex, sign
from lightwork.protocol.manifest import FileRef, Manifest, Needs, Recipe, Shard, Tokenizer, TokenizerKind, TokenType
from lightwork.protocol.model import GptjModel
from lightwork.protocol.project import AskLease, Contribution, Join, UploadPhase, Work

T = TypeVar("T")
VOLUNTEERS_AT_ONCE = 8
TOKENS = 4096
COLUMNS = ("", "intake ms", "closing s", "a piece ms", "peak intake", "peak closing", "loop ms", "lease ms")


@dataclass(frozen=True)
class Task:
    """One row: a scheme, its payloads in a folder, and how many contributions."""

    name: str
    parameters: int
    scheme: Scheme
    payloads: Path
    contributions: int
    momentum: float

    @property
    def files(self) -> list[Path]:
        return sorted(self.payloads.glob("*.lwpg"))


@dataclass
class Measured:
    """What a row says: seconds of wall-clock and processor, and MiB."""

    contributions: int
    intake: tuple[float, float] = (0.0, 0.0)
    closing: tuple[float, float] = (0.0, 0.0)
    peak_intake: float = 0.0
    peak_closing: float = 0.0
    loop: float = 0.0
    lease: float = 0.0

    def row(self, name: str) -> str:
        wall, processor = self.intake
        intake = f"{1000 * wall / self.contributions:.1f} ({1000 * processor / self.contributions:.1f})"
        wall, processor = self.closing
        cells = (
            name,
            intake if self.peak_intake else "-",
            f"{wall:.1f} ({processor:.1f})",
            f"{1000 * wall / self.contributions:.1f} ({1000 * processor / self.contributions:.1f})",
            f"{self.peak_intake:.0f} MiB" if self.peak_intake else "-",
            f"{self.peak_closing:.0f} MiB",
            f"{1000 * self.loop:.0f}" if self.peak_intake else "-",
            f"{1000 * self.lease:.0f}" if self.peak_intake else "-",
        )
        return line(cells)


def line(cells: tuple[str, ...]) -> str:
    return f"{cells[0]:<34}" + "".join(f"{cell:>16}" for cell in cells[1:])


# --- what is measured with --------------------------------------------------------------------------------------------


def peak() -> float:
    """MiB that this process held at most since `forget_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def forget_peak() -> None:
    """Begin to measure the peak anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Append seconds of wall-clock and processor."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    into += [time.perf_counter() - wall, time.process_time() - processor]


def alone(work: Callable[..., T], *arguments: Any) -> T:
    """Do it in a fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


# --- the made-up project ----------------------------------------------------------------------------------------------


def model_of(parameters: int) -> GptjModel:
    """A GPT-J of about so many parameters."""
    width = max(width for width in (32, 64, 128, 256, 512, 768, 1024, 2048) if 160 * width**2 <= parameters)
    fixed = {"vocab_size": 8 * width, "n_positions": 512, "n_embd": width, "n_head": width // 32, "rotary_dim": 16}
    one, two = (GptjModel(n_layer=layers, **fixed).parameters for layers in (1, 2))
    return GptjModel(n_layer=max(1, 1 + round((parameters - one) / (two - one))), **fixed)


def layout_of_model(model: GptjModel) -> Layout:
    """Its tensors."""
    width, inner = model.n_embd, 4 * model.n_embd
    block = {
        **{f"attn.{name}_proj.weight": (width, width) for name in ("q", "k", "v", "out")},
        "ln_1.weight": (width,),
        "ln_1.bias": (width,),
        "mlp.fc_in.weight": (inner, width),
        "mlp.fc_in.bias": (inner,),
        "mlp.fc_out.weight": (width, inner),
        "mlp.fc_out.bias": (width,),
    }
    shapes: dict[str, tuple[int, ...]] = {
        "lm_head.weight": (model.vocab_size, width),
        "lm_head.bias": (model.vocab_size,),
        "transformer.ln_f.weight": (width,),
        "transformer.ln_f.bias": (width,),
        "transformer.wte.weight": (model.vocab_size, width),
    }
    for number, (name, shape) in itertools.product(range(model.n_layer), block.items()):
        shapes[f"transformer.h.{number}.{name}"] = shape
    layout = Layout(tuple(sorted(shapes.items())))
    assert layout.size == model.parameters
    return layout


def write_payloads(folder: Path, parameters: int, schemes: dict[str, Scheme], contents: int) -> None:
    """For each scheme a folder with the payloads of the same vectors, whose norms differ by up to ten times."""
    layout = layout_of_model(model_of(parameters))
    random = np.random.default_rng(5)
    for number in range(contents):
        vector = random.standard_normal(layout.size, dtype=np.float32)
        vector *= np.float32(1e-4 * 10 ** random.random())
        for name, scheme in schemes.items():
            place = folder / name
            place.mkdir(exist_ok=True)
            (place / f"{number:03}.lwpg").write_bytes(encode(vector, layout, scheme).payload)


async def make_project(root: Path, task: Task) -> None:
    """A project's folder, as `lightwork host create` would leave it, but for the data, which nobody reads here."""
    folder, settings = ProjectFolder(root), HostSettings(evaluation=False, checkpoint_every=1)
    save_settings(root, settings)
    for path in (folder.host_key, folder.project_key):
        write_key(path, Ed25519PrivateKey.generate())
    host, team = read_key(folder.host_key), read_key(folder.project_key)
    model = model_of(task.parameters)
    layout = layout_of_model(model)
    weights = np.random.default_rng(3).standard_normal(layout.size, dtype=np.float32)
    weights *= np.float32(0.02)
    write_weights(root / "model.safetensors", weights, layout)
    (root / "tokens").write_bytes(bytes(range(256)) * 8)
    blobs = Blobs.open(folder.blobs_url(settings))

    async def add(name: str, path: str) -> FileRef:
        sha256, length = await blobs.add_file(root / name)
        return FileRef(path=path, length=length, sha256=sha256)

    manifest = Manifest(
        protocol=1,
        project=project_id(public_hex(team.public_key())),
        serial=1,
        issued=1,
        expires=1 << 40,
        name="Fan-in",
        host_key=public_hex(host.public_key()),
        model=model,
        parameters=model.parameters,
        weights=(await add("model.safetensors", "weights/0.safetensors"),),
        weights_digest=weights_digest(weights),
        tokenizer=Tokenizer(kind=TokenizerKind.BYTES, token_type=TokenType.UINT8),
        data=(Shard(**msgspec.structs.asdict(await add("tokens", "data/0.bin"))),),
        held_out=(await add("tokens", "held_out/0.bin"),),
        # Its time is over at once, so that nothing but the work holds the round up.
        recipe=Recipe(
            sequence=512,
            batch=8,
            round_seconds=1e-3,
            up=task.scheme,
            outer_learning_rate=0.7,
            outer_momentum=task.momentum,
        ),
        needs=Needs(memory=0, disk=0),
    )
    write_manifest(folder.manifest, sign(Kind.MANIFEST, manifest, team))


# --- the host ---------------------------------------------------------------------------------------------------------


@dataclass
class Onlooker:
    """Watches the event loop, and asks for leases as a volunteer does that goes on training."""

    service: Service
    loop: float = 0.0
    lease: float = 0.0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> "Onlooker":
        self._tasks = [asyncio.create_task(work) for work in (self._watch(), self._ask())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            self.loop = max(self.loop, time.perf_counter() - began - 0.002)

    async def _ask(self) -> None:
        while True:
            began = time.perf_counter()
            version = (await self.service.state(None, 0)).round.version
            await self.service.lease(account_of(0), AskLease(version=version))
            self.lease = max(self.lease, time.perf_counter() - began)
            await asyncio.sleep(0.05)


def account_of(number: int) -> str:
    return hashlib.sha256(b"volunteer %d" % number).hexdigest()


async def contribute(service: Service, number: int, files: list[Path]) -> None:
    """One volunteer's share of the round, from the lease to the acknowledgement."""
    account = account_of(number)
    payload = files[number % len(files)].read_bytes()
    lease = await service.lease(account, AskLease(version=0))
    work = (Work(lease=lease.id, steps=1, tokens=TOKENS),)
    digest = hashlib.sha256(payload).hexdigest()
    message = Contribution(digest=digest, length=len(payload), base=0, work=work)
    state = await service.announce(account, message)
    while state.phase is UploadPhase.RECEIVING:
        chunk = payload[state.offset : state.offset + limits.CHUNK_BYTES]
        state = await service.receive(account, digest, state.offset, chunk)
    assert state.phase is UploadPhase.PENDING, state


async def take_in(service: Service, task: Task) -> None:
    """All contributions, some at a time."""
    files, numbers = task.files, iter(range(task.contributions))

    async def volunteer() -> None:
        for number in numbers:
            await contribute(service, number, files)

    async with asyncio.TaskGroup() as group:
        for _ in range(VOLUNTEERS_AT_ONCE):
            group.create_task(volunteer())


async def host_round(root: Path, task: Task) -> Measured:
    """Take in one round and close it."""
    measured, intake, closing = Measured(task.contributions), [], []
    service = await Service.open(root)
    for number in range(task.contributions):
        await service.join(account_of(number), Join(program="bench"))
    forget_peak()
    with timed(intake):
        await take_in(service, task)
    measured.peak_intake = peak()
    forget_peak()
    async with Onlooker(service) as onlooker:
        with timed(closing):
            assert await service.tick(), "the round was not closed"
    measured.peak_closing = peak()
    measured.intake, measured.closing = (intake[0], intake[1]), (closing[0], closing[1])
    measured.loop, measured.lease = onlooker.loop, onlooker.lease
    assert service.counters().verified == task.contributions
    await service.close()
    return measured


async def check(root: Path) -> None:
    """Apply the update to the first weights as a volunteer does; the digests must agree."""
    service = await Service.open(root)
    layout = layout_of_model(service.manifest.model)  # type: ignore[arg-type]  # it is the one that was made here
    weights = read_weights([root / "model.safetensors"], layout)
    update = open_document(Kind.UPDATE, await service.update(0), service.manifest.host_key, Update)
    file = await service.file(update.file.sha256)
    payload = b"".join([piece async for piece in file.read(0, file.length)])
    weights = np.subtract(weights, decode(payload, layout), dtype=np.float32)
    assert weights_digest(weights) == update.digest, "the weights of host and volunteer differ"
    await service.close()


def run_host(root: Path, task: Task) -> Measured:
    return asyncio.run(host_round(root, task))


def run_check(root: Path) -> None:
    asyncio.run(check(root))


def prepare(root: Path, task: Task) -> None:
    asyncio.run(make_project(root, task))


def measure_host(folder: Path, task: Task) -> Measured:
    root = Path(tempfile.mkdtemp(dir=folder))
    try:
        alone(prepare, root, task)
        measured = alone(run_host, root, task)
        alone(run_check, root)
    finally:
        shutil.rmtree(root)
    return measured


# --- the peers --------------------------------------------------------------------------------------------------------


def with_numpy(task: Task) -> Measured:
    layout = layout_of_model(model_of(task.parameters))
    total: Vector = np.zeros(layout.size, np.float32)
    share = np.float32(1 / task.contributions)
    return add_all(task, lambda payload: np.add(total, share * decode(payload, layout), out=total))


def with_torch(task: Task) -> Measured:
    import torch  # noqa: PLC0415

    layout = layout_of_model(model_of(task.parameters))
    total = torch.zeros(layout.size)
    share = 1 / task.contributions
    return add_all(task, lambda payload: total.add_(torch.from_numpy(decode(payload, layout)), alpha=share))


def add_all(task: Task, add: Callable[[bytes], object]) -> Measured:
    files, spent = task.files, []
    with timed(spent):
        for number in range(task.contributions):
            add(files[number % len(files)].read_bytes())
    return Measured(task.contributions, closing=(spent[0], spent[1]), peak_closing=peak())


# --- the command ------------------------------------------------------------------------------------------------------


def tasks_of(options: argparse.Namespace, folder: Path) -> list[Task]:
    schemes = {"sparse": Scheme(keep=options.keep, bits=options.bits), "dense": Scheme(bits=1)}
    alone(write_payloads, folder, options.parameters, schemes, options.contents)
    return [
        Task(name, options.parameters, scheme, folder / name, contributions, options.momentum)
        for name, scheme in schemes.items()
        for contributions in (max(1, options.contributions // 10), options.contributions)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parameters", type=lambda text: int(float(text)), default=100_000_000)
    parser.add_argument("--contributions", type=int, default=1000)
    parser.add_argument("--keep", type=int, default=64, help="of 4096, in the first form (the second is dense, 1 bit)")
    parser.add_argument("--bits", type=int, default=2, help="in the first form")
    parser.add_argument("--momentum", type=float, default=0.9, help="of the outer step (one vector more)")
    parser.add_argument("--contents", type=int, default=24, help="different payloads of each form")
    parser.add_argument("--peer", type=int, default=50, help="contributions that the peers add")
    parser.add_argument("--folder", type=Path, default=None, help="on the disk that is to be measured")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        tasks = tasks_of(options, Path(folder))
        model = model_of(options.parameters)
        print(f"{model.parameters:,} parameters, outer momentum {options.momentum}\n")
        print(line(COLUMNS))
        for task in tasks:
            scheme = task.scheme
            form = f"{scheme.keep}/{scheme.block}, {scheme.bits} bit"
            size = task.files[0].stat().st_size / 1e6
            measured = measure_host(Path(folder), task)
            print(measured.row(f"{task.contributions} x {size:.2f} MB, {form}"), flush=True)
        for task in tasks[1::2]:
            few = Task(task.name, task.parameters, task.scheme, task.payloads, options.peer, 0.0)
            for name, peer in (("numpy", with_numpy), ("torch", with_torch)):
                print(alone(peer, few).row(f"{name}, decode + add {options.peer} ({task.name})"), flush=True)


if __name__ == "__main__":
    main()
