"""Trying the model, with a desk that a test speaks for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from helpers.trainer_process import orders
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.node.desk import Desk
from lightwork.node.trying import Trying
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import control
from lightwork.protocol import trainer as wire

ASKED = control.Try(id=7, prompt="Once", tokens=5)


class Stage(Desk):
    """A real desk whose trainer is the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(orders(folder), folder / "log", polite=False, changed=lambda _: None)
        self.facts.version = 3
        self.told: asyncio.Queue[wire.ToTrainer] = asyncio.Queue()
        self.gone = False

    async def tell(self, command: wire.ToTrainer) -> None:
        if self.gone:
            raise TrainerGoneError(1)
        self.told.put_nowait(command)

    async def sample(self) -> wire.Sample:
        async with asyncio.timeout(10):
            command = await self.told.get()
        assert isinstance(command, wire.Sample)
        return command

    async def _live(self) -> None:
        await asyncio.Event().wait()

    def say(self, number: int, text: str, tokens: int) -> None:
        self._hand_on(wire.Sampled(id=number, text=text, tokens=tokens))

    def end(self, number: int, tokens: int, trouble: Trouble | None = None) -> None:
        self._hand_on(wire.SampleEnded(id=number, version=4, tokens=tokens, seconds=1.0, trouble=trouble))


class Play:
    """A session, and what its client hears."""

    def __init__(self, folder: Path) -> None:
        self.desk: Stage | None = Stage(folder)
        self.file: str | None = None
        self.fault: Exception | None = None
        self.fetching: asyncio.Event | None = None
        self.said: list[control.Message] = []
        self.trying = Trying()

    def speaking_desk(self) -> Desk | None:
        return self.desk

    async def tokenizer_file(self) -> str | None:
        if self.fetching is not None:
            await self.fetching.wait()
        if self.fault is not None:
            raise self.fault
        return self.file

    async def say(self, message: control.Message) -> None:
        self.said.append(message)

    @property
    def stage(self) -> Stage:
        assert self.desk is not None
        return self.desk

    def ask(self, command: control.Try = ASKED) -> "asyncio.Task[control.Reply]":
        return asyncio.ensure_future(self.trying.answer(command, self.say))


@asynccontextmanager
async def play(folder: Path) -> AsyncIterator[Play]:
    one = Play(folder)
    with one.trying.over(one):
        yield one


def told(reply: control.Reply) -> tuple[Any, ...]:
    assert reply.sample is not None
    return reply.trouble, reply.sample.version, reply.sample.tokens, reply.sample.cancelled


async def test_a_text_from_beginning_to_end(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        here.file = "/tokenizer.json"
        answer = here.ask()
        sample = await here.stage.sample()
        assert (sample.prompt, sample.tokens, sample.temperature) == ("Once", 5, 0.8)
        assert sample.tokenizer == "/tokenizer.json"
        here.stage.say(sample.id + 1, "another's", 1)
        here.stage.say(sample.id, " upon", 3)
        here.stage.say(sample.id, " a", 5)
        here.stage.end(sample.id, 5)
        assert told(await answer) == (None, 4, 5, False)
        assert here.said == [control.Said(id=7, text=" upon"), control.Said(id=7, text=" a")]


async def test_without_a_model_there_is_nobody_to_ask(tmp_path: Path) -> None:
    nobody = Play(tmp_path)
    async with play(tmp_path) as here:
        here.desk = None
        for one in (nobody, here):
            with pytest.raises(LightworkError) as caught:
                await one.ask()
            assert caught.value.trouble is Trouble.MODEL_NOT_HERE


async def test_a_newer_text_ends_the_one_before(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        first, second = here.ask(), here.ask(control.Try(id=8, prompt="Twice", tokens=5))
        one, two = await here.stage.sample(), await here.stage.sample()
        assert (one.prompt, two.prompt) == ("Once", "Twice")
        here.stage.end(one.id, 2)  # as the trainer does at a second sample
        assert told(await first) == (None, 4, 2, True)
        here.stage.end(two.id, 5)
        assert told(await second) == (None, 4, 5, False)


@pytest.mark.parametrize("trouble", [Trouble.MODEL_NOT_HERE, Trouble.OUT_OF_MEMORY])
async def test_what_ends_a_text_midway_is_told_with_what_was_said(tmp_path: Path, trouble: Trouble) -> None:
    async with play(tmp_path) as here:
        answer = here.ask()
        sample = await here.stage.sample()
        here.stage.say(sample.id, "x", 1)
        here.stage.end(sample.id, 1, trouble)
        assert told(await answer) == (trouble, 4, 1, False)


async def test_a_trainer_that_dies(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        answer = here.ask()
        sample = await here.stage.sample()
        here.stage.say(sample.id, "x", 1)
        here.stage._forget()  # as at a trainer's death
        assert told(await answer) == (Trouble.TRAINER_FAILED, 3, 1, False)
        here.stage.gone = True
        assert (await here.ask()).trouble is Trouble.TRAINER_FAILED


async def test_a_session_that_ends(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        running = asyncio.ensure_future(here.stage.run())
        answer = here.ask()
        sample = await here.stage.sample()
        here.stage.say(sample.id, "x", 1)
        running.cancel()
        assert told(await answer) == (Trouble.MODEL_NOT_HERE, 3, 1, False)


async def test_cancelling_tells_the_trainer_and_how_far_it_came(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        answer = here.ask()
        sample = await here.stage.sample()
        here.stage.say(sample.id, "x", 2)
        while not here.said:
            await asyncio.sleep(0)
        answer.cancel()
        assert told(await answer) == (None, 3, 2, True)
        assert here.stage.told.get_nowait() == wire.StopSampling(id=sample.id)
        assert here.stage._listeners == []


async def test_a_session_that_ends_while_the_tokenizer_is_fetched(tmp_path: Path) -> None:
    here = Play(tmp_path)
    here.fetching, here.fault = asyncio.Event(), RuntimeError("Session is closed")
    with here.trying.over(here):
        answer = here.ask()
        await asyncio.sleep(0)
    here.fetching.set()
    with pytest.raises(LightworkError) as caught:
        await answer
    assert caught.value.trouble is Trouble.MODEL_NOT_HERE


async def test_a_tokenizer_that_cannot_be_fetched_is_told(tmp_path: Path) -> None:
    async with play(tmp_path) as here:
        here.fault = LightworkError(Trouble.FILE_DIGEST, "tokenizer.json")
        with pytest.raises(LightworkError) as caught:
            await here.ask()
        assert caught.value.trouble is Trouble.FILE_DIGEST
