"""The trainer's life: carry out commands, and train in between.

Commands are taken between two local steps, so that packing, merging and saving see whole steps only; what takes long of
them is done beside the steps (`exchange.py`). A text that the
model is to go on with gets turns between two passes, or one after the other while there is nothing to train on. A stop
is the channel's: it ends the process from whatever is going on here.
"""

from typing import NoReturn

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.channel import Channel
from lightwork.trainer.log import log_traceback
from lightwork.trainer.tensorfile import GivenUpError
from lightwork.trainer.training import Training


class Session:
    """One trainer process."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._configured: Training | None = None

    def run(self) -> NoReturn:
        """Until a fatal failure, which ends the process with status 1. A stop ends it meanwhile.

        Either way the state is made safe first.
        """
        try:
            while not self._channel.ending:
                self._do_one_thing()
        except GivenUpError:
            pass  # the stop that is under way writes what this would have written
        except LightworkError as error:
            self._channel.fail(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=True))
        except Exception as error:  # the supervisor must hear of every end
            log_traceback()
            self._channel.fail(wire.Failed(trouble=Trouble.TRAINER_FAILED, detail=repr(error)[:500], fatal=True))
        self._channel.park()  # the state is being saved

    def _do_one_thing(self) -> None:
        training = self._configured
        if training is not None:
            training.collect()
        busy = training is not None and training.has_work and not self._channel.held
        if training is None or busy:
            command = self._channel.receive(wait=not busy)
        else:
            with training.times.on("held" if self._channel.held else "waiting"):
                command = self._channel.receive(wait=True)
        if command is not None:
            self._obey(command)
        elif training is not None and busy:
            training.work()

    def _obey(self, command: wire.ToTrainer) -> None:
        if isinstance(command, wire.Configure):
            self._configured = Training(self._channel, command)
            return
        if self._configured is None:
            raise LightworkError(Trouble.TRAINER_FAILED, "a command came before Configure")
        self._configured.obey(command)
