"""What joining would mean: the figures against what is really packed, planned and written, and looking at a host."""

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.tiny_host import answer, tiny_host
from helpers.tiny_project import make_project
from helpers.trainer_process import adamw
from lightwork.codec import encode
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus, LossPoint
from lightwork.history.ledger import Ledger
from lightwork.host.practice import MODEL, RECIPE
from lightwork.node.meter import Meter
from lightwork.node.offers import Offers, disk_bytes, fit
from lightwork.protocol.expected import payload_bytes
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import Manifest, Recipe
from lightwork.protocol.memory import checkpoint_bytes
from lightwork.protocol.model import LlamaModel, Model
from lightwork.protocol.project import ProjectState, RoundState
from lightwork.protocol.trainer import Packed
from lightwork.settings.declared import COMPUTING_MEMORY_SHARE
from lightwork.settings.store import Settings
from lightwork.trainer import checkpoint
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import pieces
from lightwork.trainer.memory import plan
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.replica import Replica

LLAMA = LlamaModel(
    vocab_size=512,
    max_position_embeddings=64,
    hidden_size=96,
    intermediate_size=256,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
)
CPU = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="Processor", memory_total=16 * 10**9)
GPU = DeviceStatus(id="cuda:0", kind=DeviceKind.GPU, name="Card", memory_total=8 * 10**9)


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [MODEL, LLAMA], ids=["gptj", "llama"])
@pytest.mark.parametrize(
    "scheme",
    [
        Scheme(keep=4096, bits=4),
        Scheme(keep=4096, bits=2),
        Scheme(keep=64, bits=2),
        Scheme(block=256, keep=16, bits=3),
        Scheme(block=64, keep=32, bits=1),
        Scheme(block=4096, keep=3500, bits=2),
    ],
    ids=lambda scheme: f"{scheme.keep} of {scheme.block} at {scheme.bits}",
)
def test_an_expected_payload_is_within_a_twentieth_of_a_real_one(model: Model, scheme: Scheme) -> None:
    layout = layout_of(build(model))
    vector = np.random.default_rng(1).standard_normal(layout.size).astype(np.float32)
    assert payload_bytes(model, scheme) == pytest.approx(len(encode(vector, layout, scheme).payload), rel=0.05)


@pytest.mark.parametrize("recipe", [RECIPE, adamw(up=RECIPE.up)], ids=["muon", "adamw"])
def test_a_real_checkpoint_is_as_large_as_said(tmp_path: Path, recipe: Recipe) -> None:
    engine = Engine(build(MODEL), recipe, torch.device("cpu"), micro_batch=4)
    engine.gradient(np.zeros((1, recipe.sequence + 1), np.int64), lambda _: False)
    engine.update()
    layout = layout_of(engine.module)
    vectors = [np.zeros(layout.size, np.float32) for _ in range(3)]  # none is the other, as after a contribution
    packed = Packed(digest="0" * 64, file="x", length=1, base=0, work=())
    state = checkpoint.Checkpoint(
        Replica(layout, 0, *vectors),
        pieces(engine.module, layout),
        engine.optimizer.state(),
        checkpoint.Counters(),
        packed,
    )
    checkpoint.save(tmp_path / "c", state)
    checkpoint.commit(tmp_path / "c")
    assert checkpoint_bytes(MODEL, recipe) == pytest.approx((tmp_path / "c").stat().st_size, rel=0.01)


@pytest.fixture
async def manifest(tmp_path: Path) -> Manifest:
    return await make_project(tmp_path / "project")


def test_the_disk_holds_no_more_than_all_data(manifest: Manifest) -> None:
    small = disk_bytes(manifest)
    ref = manifest.data[0]
    data = sum(file.length for file in manifest.data) + max(file.sent.length for file in manifest.data if file.packed)
    assert ref.packed is None
    vast = msgspec.structs.replace(manifest, data=(msgspec.structs.replace(ref, length=1 << 50),))
    assert small > data + 3 * checkpoint_bytes(manifest.model, manifest.recipe)
    assert disk_bytes(vast) == small - data + (1 << 30)


@pytest.mark.parametrize("device", [CPU, GPU])
@pytest.mark.parametrize("change", [-1, 0])
def test_what_is_said_to_fit_is_what_the_trainer_takes(manifest: Manifest, device: DeviceStatus, change: int) -> None:
    """To the byte, on either side of the limit."""
    needed = fit(manifest, device, 1.0).needed
    exact = dataclasses.replace(device, memory_total=needed + change)
    verdict = fit(manifest, exact, 1.0)
    assert (verdict.allowed, verdict.total, verdict.fits) == (needed + change, needed + change, change == 0)
    on_cpu = device.kind is DeviceKind.CPU
    if verdict.fits:
        assert plan(manifest.model, manifest.recipe, verdict.allowed, on_cpu=on_cpu).expected == needed
    else:
        with pytest.raises(LightworkError):
            plan(manifest.model, manifest.recipe, verdict.allowed, on_cpu=on_cpu)


def test_a_device_that_cannot_train_fits_nothing(manifest: Manifest) -> None:
    assert not fit(manifest, dataclasses.replace(GPU, usable=False), 0.5).fits
    assert not fit(manifest, dataclasses.replace(GPU, memory_total=0), 0.5).fits


# --- looking ----------------------------------------------------------------------------------------------------------


class Practice:
    """The practice host's part in looking."""

    def __init__(self) -> None:
        self.address = ""
        self.calls: list[str] = []

    async def link(self) -> str:
        self.calls.append("link")
        return self.address

    async def stop(self) -> None:
        self.calls.append("stop")


@dataclass
class Scene:
    """A host with a real manifest over real HTTP, and somebody who looks at it."""

    manifest: Manifest
    link: str
    heads: list[bytes]
    offers: Offers
    ledger: Ledger
    practice: Practice = field(default_factory=Practice)
    settings: Settings = field(default_factory=Settings)
    now: float = 0.0

    @property
    def asked(self) -> list[str]:
        return [head.split(b" ")[1].decode().rpartition("/")[2].partition("?")[0] for head in self.heads]


def state_of(manifest: Manifest) -> bytes:
    state = ProjectState(
        protocol=1,
        project=manifest.project,
        revision=1,
        manifest_serial=manifest.serial,
        round=RoundState(version=7, seconds_open=2.0, seconds_left=8.0, expected=3, received=1),
        checkpoint=5,
        oldest_update=5,
        online=3,
        held_out=(LossPoint(version=6, loss=2.5),),
        clock=time.time(),
    )
    return answer(msgspec.json.encode(state))


@asynccontextmanager
async def scene(tmp_path: Path, answers: dict[str, bytes] | None = None) -> AsyncIterator[Scene]:
    manifest = await make_project(tmp_path / "project")
    document = (tmp_path / "project" / "manifest.json").read_bytes()
    answers = {"/manifest": answer(document), "/state": state_of(manifest)} | (answers or {})

    class Devices:
        def read(self) -> list[DeviceStatus]:
            return [GPU, CPU]

    with_ledger = Ledger.open(tmp_path / "ledger.sqlite")
    async with tiny_host(answers) as (port, heads):
        link = str(JoinLink("127.0.0.1", port, manifest.project))
        practice = Practice()
        practice.address = link
        offers = Offers(
            Ed25519PrivateKey.generate(),
            Meter(with_ledger),
            with_ledger,
            Devices(),  # type: ignore[arg-type]
            practice,  # type: ignore[arg-type]
            settings=lambda: seen.settings,
            practising=lambda: False,
            clock=lambda: seen.now,
        )
        seen = Scene(manifest, link, heads, offers, with_ledger, practice)
        yield seen
    with_ledger.close()


async def test_every_field_of_an_offer(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        offer, manifest = await seen.offers.offer(f"  {seen.link} "), seen.manifest
        assert (offer.id, offer.link, offer.host) == (manifest.project, seen.link, seen.link.split("/")[2])
        assert (offer.name, offer.summary, offer.team, offer.practice) == ("Tiny", "", "", False)
        assert (offer.joined, offer.serial, offer.issued, offer.expires) == (False, 1, 1, 1 << 40)
        assert (offer.architecture, offer.parameters, offer.sequence) == ("gptj", manifest.parameters, 8)
        assert (offer.optimizer, offer.round_seconds, offer.tokenizer) == ("muon", 10.0, "bytes")
        assert offer.weights_bytes == (tmp_path / "project" / "weights.safetensors").stat().st_size
        assert offer.data_bytes == sum(file.sent.length for file in manifest.data) < 5 * 64  # what travels
        assert offer.up_bytes == payload_bytes(manifest.model, manifest.recipe.up)
        assert offer.down_bytes == payload_bytes(manifest.model, manifest.recipe.down) != offer.up_bytes
        assert offer.disk_bytes == disk_bytes(manifest)
        assert [(one.device, one.name, one.allowed, one.fits) for one in offer.fits] == [
            ("cuda:0", "Card", 4 * 10**9, True),
            ("cpu", "Processor", 8 * 10**9, True),
        ]
        assert offer.status is not None
        assert (offer.status.version, offer.status.online, offer.status.round_seconds_left) == (7, 3, 8.0)
        assert offer.status.held_out == (LossPoint(version=6, loss=2.5),)
        assert json.loads(msgspec.json.encode(offer))["optimizer"] == "muon"


async def test_nothing_is_remembered_but_for_some_minutes(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        await seen.offers.offer(seen.link)
        assert seen.ledger.project(seen.manifest.project) is None
        seen.now = 5.0
        again = await seen.offers.offer(seen.link)
        assert seen.asked == ["manifest", "state"]
        assert again.status is not None
        assert again.status.round_seconds_left == 3.0
        seen.now = 200.0
        await seen.offers.offer(seen.link)
        assert seen.asked == ["manifest", "state"] * 2


async def test_two_that_look_at_once_ask_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        first, second = await asyncio.gather(seen.offers.offer(seen.link), seen.offers.offer(seen.link))
        assert first == second
        assert seen.asked == ["manifest", "state"]


async def test_what_is_this_computers_is_read_each_time(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        await seen.offers.offer(seen.link)
        seen.settings = Settings().with_value(COMPUTING_MEMORY_SHARE, 0.25)
        seen.ledger.remember_project(seen.manifest.project, link=seen.link, name="Tiny", serial=1, at=1.0)
        offer = await seen.offers.offer(seen.link)
        assert offer.joined
        assert [one.allowed for one in offer.fits] == [2 * 10**9, 4 * 10**9]
        assert seen.asked == ["manifest", "state"]
        # A session has seen a newer manifest: this host's one is a rollback, and not to be offered.
        seen.ledger.remember_project(seen.manifest.project, link=seen.link, name="Tiny", serial=2, at=2.0)
        with pytest.raises(LightworkError) as caught:
            await seen.offers.offer(seen.link)
        assert caught.value.trouble is Trouble.MANIFEST_OLDER


async def test_a_host_that_does_not_say_how_it_stands_is_asked_again_next_time(tmp_path: Path) -> None:
    async with scene(tmp_path, {"/state": answer(b"no", "503 Service Unavailable")}) as seen:
        assert (await seen.offers.offer(seen.link)).status is None
        asked = len(seen.heads)
        await seen.offers.offer(seen.link)
        assert len(seen.heads) > asked


@pytest.mark.parametrize(
    ("link", "trouble"),
    [
        ("https://example.org", Trouble.LINK_INVALID),
        ("lightwork://127.0.0.1:1/" + "a" * 32, Trouble.HOST_UNREACHABLE),
        (None, Trouble.MANIFEST_TAMPERED),
    ],
)
async def test_faults_are_told_and_not_kept(tmp_path: Path, link: str | None, trouble: Trouble) -> None:
    async with scene(tmp_path) as seen:
        wrong = link or seen.link[:-32] + "b" * 32  # another project at the same host
        for _ in range(2):
            with pytest.raises(LightworkError) as caught:
                await seen.offers.offer(wrong)
            assert caught.value.trouble is trouble
        assert len(seen.heads) == (2 if link is None else 0)


async def test_the_practice_projects_host_rests_when_nobody_looks_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightwork.node.offers._PRACTICE_SECONDS", 0.05)
    async with scene(tmp_path) as seen:
        assert (await seen.offers.offer(None)).link == seen.link
        while seen.practice.calls != ["link", "stop"]:
            await asyncio.sleep(0.01)
