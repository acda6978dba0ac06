"""Trying the model: a person's text goes to the running session's trainer, and what it says goes back, piece by piece.

The model is here only while a session has it in memory and takes steps: a pause ends a text, and so does the trainer's
end. One text at a time: whoever asks anew wants the new one, so that ends the one before.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.node.control import Say
from lightwork.node.desk import Desk
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import control
from lightwork.protocol import trainer as wire


class Speaker(Protocol):
    """What is asked of a session."""

    def speaking_desk(self) -> Desk | None:
        """The desk of a trainer with weights that takes steps; None while there is none."""

    async def tokenizer_file(self) -> str | None:
        """The project's tokenizer.json on this computer, fetched if need be; None if a token is a byte."""


class Trying:
    """Answers `Try`."""

    def __init__(self) -> None:
        self._session: Speaker | None = None
        self._numbers = itertools.count(1)
        self._fetching = asyncio.Lock()

    @contextmanager
    def over(self, session: Speaker) -> Iterator[None]:
        """Ask this session while it runs."""
        self._session = session
        try:
            yield
        finally:
            if self._session is session:
                self._session = None

    async def answer(self, command: control.Try, say: Say) -> control.Reply:
        """Tell the text, and reply when it is at its end, or was cancelled.

        The reply has a trouble and a sample if something ended the text midway. Raises MODEL_NOT_HERE if there is
        nobody to ask, and what fetching the tokenizer raises.
        """
        session = self._session
        if session is None or session.speaking_desk() is None:
            raise LightworkError(Trouble.MODEL_NOT_HERE)
        tokenizer = await self._tokenizer(session)
        desk = session.speaking_desk()
        if desk is None or self._session is not session:
            raise LightworkError(Trouble.MODEL_NOT_HERE)
        return await _Telling(next(self._numbers), command, desk, say).run(tokenizer)

    async def _tokenizer(self, session: Speaker) -> str | None:
        try:
            async with self._fetching:  # two would write one file
                return await session.tokenizer_file()
        except (LightworkError, RuntimeError):  # of a connection that was closed meanwhile
            if self._session is not session:
                raise LightworkError(Trouble.MODEL_NOT_HERE) from None
            raise


class _Telling:
    """One text."""

    def __init__(self, number: int, command: control.Try, desk: Desk, say: Say) -> None:
        self._number = number
        self._command = command
        self._desk = desk
        self._say = say
        self._version = desk.facts.version or 0
        self._tokens = 0
        self._began = time.monotonic()

    async def run(self, tokenizer: str | None) -> control.Reply:
        command = self._command
        orders = wire.Sample(
            id=self._number,
            prompt=command.prompt,
            tokens=command.tokens,
            temperature=command.temperature,
            tokenizer=tokenizer,
        )
        with self._desk.listening() as heard:
            try:
                await self._desk.tell(orders)
                return await self._follow(heard)
            except TrainerGoneError:
                return self._reply(Trouble.TRAINER_FAILED)
            except asyncio.CancelledError:
                # The last thing that this task does, so that the client hears how far the text came.
                with suppress(TrainerGoneError):
                    await self._desk.tell(wire.StopSampling(id=self._number))
                return self._reply(cancelled=True)

    async def _follow(self, heard: "asyncio.Queue[wire.Sampled | wire.SampleEnded | Trouble]") -> control.Reply:
        while True:
            event = await heard.get()
            if isinstance(event, Trouble):
                return self._reply(event)
            if event.id != self._number:
                continue
            self._tokens = event.tokens
            if isinstance(event, wire.SampleEnded):
                self._version = event.version
                early = event.trouble is None and event.tokens < self._command.tokens
                return self._reply(event.trouble, cancelled=early)
            await self._say(control.Said(id=self._command.id, text=event.text))

    def _reply(self, trouble: Trouble | None = None, *, cancelled: bool = False) -> control.Reply:
        sample = control.SampleEnd(
            version=self._version,
            tokens=self._tokens,
            seconds=round(time.monotonic() - self._began, 3),
            cancelled=cancelled,
        )
        return control.Reply(id=self._command.id, trouble=trouble, sample=sample)
