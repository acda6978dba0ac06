"""The trainer's life: carry out commands, and train in between.

Commands are taken between two local steps, so that packing, merging and saving see whole steps only. A stop is the
channel's: it ends the process from whatever is going on here.
"""

import sys
import traceback

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.channel import Channel
from lightwork.trainer.training import Training


class Session:
    """One trainer process."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._configured: Training | None = None

    def run(self) -> int:
        """Until a fatal failure; the exit status is 1. A stop ends the process meanwhile."""
        try:
            while not self._channel.ending:
                self._do_one_thing()
        except LightworkError as error:
            self._failed(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=True))
        except Exception as error:  # the supervisor must hear of every end
            traceback.print_exc(file=sys.stderr)
            self._failed(wire.Failed(trouble=Trouble.TRAINER_FAILED, detail=repr(error)[:500], fatal=True))
        if self._channel.ending:
            self._channel.park()  # the state is being saved
        return 1

    def _do_one_thing(self) -> None:
        training = self._configured
        busy = training is not None and training.can_train and not self._channel.held
        command = self._channel.receive(wait=not busy)
        if command is not None:
            self._obey(command)
        elif training is not None:
            training.train()

    def _failed(self, event: wire.Failed) -> None:
        # What fails because the process is about to end is no news.
        if not self._channel.ending:
            self._channel.send(event)

    def _obey(self, command: wire.ToTrainer) -> None:
        if isinstance(command, wire.Configure):
            self._configured = Training(self._channel, command)
            return
        if self._configured is None:
            raise LightworkError(Trouble.TRAINER_FAILED, "a command came before Configure")
        self._configured.obey(command)
