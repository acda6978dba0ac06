"""Trying the model: in a real trainer beside training, and as a person does it, through node and command line."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from helpers.town import RECIPE, HostProcess, Volunteer, environment, wait_until
from helpers.trainer_process import Drive, adamw, lease, orders, trainer, with_weights
from lightwork.cli.door import NodeDoor
from lightwork.cli.exits import Exit
from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import Phase
from lightwork.protocol import control
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Recipe

pytestmark = pytest.mark.processes

# Sequences go through the model one by one however fast it is, so that sums are the same to the last bit.
ONE_BY_ONE = Recipe(sequence=32, batch=1, max_local_steps=400, up=adamw().up)
STEPS = 100


def sample(number: int, **changes: object) -> wire.Sample:
    return wire.Sample(**({"id": number, "prompt": "The quick", "tokens": 10**6} | changes))  # type: ignore[arg-type]


async def trained(drive: Drive, folder: Path, *beside: wire.ToTrainer) -> str:
    """The digest of what a lease comes to."""
    await with_weights(drive, folder, orders(folder, recipe=ONE_BY_ONE))
    await drive.send(*beside, lease(folder, tokens=STEPS * 32))
    assert (await drive.until(wire.LeaseUsed)).unsent_steps == STEPS
    await drive.send(wire.Contribute())
    return (await drive.until(wire.Packed)).digest


async def test_training_comes_to_the_same_bits_beside_a_text(tmp_path: Path) -> None:
    digests = []
    for name, beside in (("quiet", []), ("talking", [sample(1)])):
        (tmp_path / name).mkdir()
        async with trainer(tmp_path / name) as drive:
            digests.append(await trained(drive, tmp_path / name, *beside))
            if beside:
                said = [event for event in drive.heard if isinstance(event, wire.Sampled)]
                assert said
                assert said[-1].tokens > 16
                await drive.send(wire.StopSampling(id=1))
                ended = await drive.until(wire.SampleEnded)
                assert (ended.id, ended.version, ended.trouble) == (1, 0, None)
    assert digests[0] == digests[1]


async def test_a_text_ends_for_a_hold_for_a_newer_one_and_without_weights(tmp_path: Path) -> None:
    async with trainer(tmp_path) as drive:
        await drive.send(orders(tmp_path), sample(1))
        assert (await drive.until(wire.SampleEnded)).trouble is Trouble.MODEL_NOT_HERE
        file = tmp_path / "weights.safetensors"
        await drive.send(wire.Initialise(file=str(file), seed=1))
        await drive.until(wire.Initialised)
        digest = weights_digest(read_weights([file], layout_of([file])))
        await drive.send(wire.Load(version=0, digest=digest, files=(str(file),)))

        await drive.send(sample(2), sample(3))
        ended = await drive.until(wire.SampleEnded)
        assert (ended.id, ended.trouble) == (2, None)
        await drive.until(wire.Sampled)
        await drive.send(wire.Hold())
        ended = await drive.until(wire.SampleEnded)
        assert (ended.id, ended.trouble) == (3, Trouble.MODEL_NOT_HERE)
        await drive.until(wire.Held)
        await drive.send(sample(4))
        assert (await drive.until(wire.SampleEnded)).trouble is Trouble.MODEL_NOT_HERE

        # The likeliest continuation has learnt what it was trained on, and goes on over new weights.
        await drive.send(wire.GoOn(), lease(tmp_path, tokens=200 * 128))
        await drive.until(wire.LeaseUsed)
        await drive.send(sample(5, temperature=0.0, tokens=60))
        ended = await drive.until(wire.SampleEnded)
        text = "".join(event.text for event in drive.heard if isinstance(event, wire.Sampled) and event.id == 5)
        assert (ended.tokens, ended.trouble) == (60, None)
        assert " brown fox" in text
        assert "lazy dog" in text

        await drive.send(sample(6, tokenizer=str(tmp_path / "trainer.log")))
        assert (await drive.until(wire.SampleEnded)).trouble is Trouble.MANIFEST_INVALID
        await drive.send(wire.Stop())
        await drive.until(wire.Stopped)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A tiny project with a tokenizer of its own."""
    folder = tmp_path_factory.mktemp("town")
    sources = folder / "sources"
    sources.mkdir()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={name: place for place, name in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(sources / "tokenizer.json"))
    text = (Path(sysconfig.get_path("stdlib")) / "argparse.py").read_text()
    (sources / "training.txt").write_text(text[:60_000])
    (sources / "held-out.txt").write_text(text[60_000:64_000])
    recipe = RECIPE.format(round_seconds=2.0, steps=6).replace("[data]", '[data]\ntokenizer = "tokenizer.json"')
    (sources / "recipe.toml").write_text(recipe)
    subprocess.run(
        [sys.executable, "-m", "lightwork", "host", "create", str(sources / "recipe.toml"), "--folder", folder / "it"],
        check=True,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    served = HostProcess(folder / "it")
    served.start()
    yield served
    served.stop()


def lightwork(person: Volunteer, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lightwork", *words],
        env=environment(person.home) | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.timeout(300)
def test_a_person_tries_the_model_while_it_trains(tmp_path: Path, host: HostProcess) -> None:
    person = Volunteer(tmp_path / "volunteer")
    try:
        person.start()
        refused = lightwork(person, "try", "import os")
        assert refused.returncode == Exit.REFUSED
        assert "Press Contribute first" in refused.stderr

        person.ask(control.Contribute, link=host.link)
        wait_until(lambda: person.status().phase is Phase.TRAINING, 90, "training")
        steps = person.status().training.steps
        done = lightwork(person, "try", "import os", "--tokens", "300", "--json")
        assert done.returncode == 0, done.stderr
        sample = json.loads(done.stdout)
        assert (sample["tokens"], sample["cancelled"]) == (300, False)
        assert sample["text"]
        assert "\0" not in sample["text"]
        assert lightwork(person, "try", "", "--tokens", "50", "--temperature", "0").stdout.endswith("\n")
        wait_until(lambda: person.status().training.steps > steps, 30, "training to go on beside it")
        status = person.status()
        # A model as small as this is soon so far ahead that it waits for its round to close.
        assert status.phase in (Phase.TRAINING, Phase.WAITING)
        assert (status.trouble, status.notices) == (None, ())

        _pause_ends_it(person)
    finally:
        person.stop()


def _pause_ends_it(person: Volunteer) -> None:
    """A pause from the same client, pressed while the model speaks, is carried out, and the text ends for it."""
    heard: list[control.FromNode] = []
    with NodeDoor.open(person.places) as door:

        def pause_at_once(message: control.FromNode) -> None:
            if isinstance(message, control.Said) and not heard:
                door._send(control.Pause(id=99))
            if not isinstance(message, control.Snapshot):
                heard.append(message)

        with pytest.raises(LightworkError) as caught:
            door.ask(control.Try, heard=pause_at_once, prompt="def ", tokens=2000)
        assert caught.value.trouble is Trouble.MODEL_NOT_HERE
        assert control.Reply(id=99) in heard
    wait_until(lambda: person.status().phase is Phase.PAUSED, 10, "the pause")
