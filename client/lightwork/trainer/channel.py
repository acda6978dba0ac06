"""The trainer's end of its wire: commands from stdin by a thread, events to what was stdout.

The thread carries out a stop itself, whatever the main thread is doing: importing torch, computing, or applying an
update. It takes the state from where the last commit left it (`keeper.py`), and ends the process. `Hold` and `Duty` are
seen here too, so that they work within a step.
"""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, NoReturn

import msgspec

from lightwork.protocol import trainer as wire
from lightwork.trainer.log import log, log_traceback

# How long saving may take when nobody is there to end the process (its starter died).
_PATIENCE_SECONDS = 20.0
# How long a stop waits for the pass under way, where it must: passes last a fraction of this.
_PARKING_SECONDS = 1.0


class Channel:
    """Commands in, events out.

    `at_stop` makes the state safe and returns the steps that it holds; it must let nothing change afterwards. Until a
    state was taken up there is nothing to make safe, and what the folder holds is not known: None.
    """

    def __init__(self, commands: BinaryIO, events: BinaryIO, end: Callable[[int], object] = os._exit) -> None:
        self.at_stop: Callable[[], int | None] = lambda: None
        self.share = 1.0
        self._commands = commands
        self._events = events
        self._end = end
        self._queue: queue.SimpleQueue[wire.ToTrainer | None] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._stopping = threading.Lock()
        self._news = threading.Condition()
        self._ending = False
        self._held = False
        self._parked = threading.Event()
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    @classmethod
    def over_standard_streams(cls) -> "Channel":
        """Take stdout for events alone: what libraries print goes to stderr, where it cannot garble a line."""
        events = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(sys.stdin.buffer, events)

    @property
    def ending(self) -> bool:
        """True as soon as a stop is under way."""
        return self._ending

    @property
    def held(self) -> bool:
        """True from `Hold` until `GoOn`, as last heard."""
        return self._held

    @property
    def calls(self) -> bool:
        """True while something must not wait for rest to end: a command, a stop or a hold."""
        return self._ending or self._held or not self._queue.empty()

    def wake(self) -> None:
        """Let a main thread that waits for a command look round."""
        with self._news:
            self._queue.put(None)
            self._news.notify_all()

    def receive(self, *, wait: bool) -> wire.ToTrainer | None:
        """The next command; None if there is none and `wait` is false, after `wake`, or if the process ends."""
        try:
            return self._queue.get(block=wait)
        except queue.Empty:
            return None

    def rest(self, seconds: float) -> float:
        """Do nothing for so long, or until anything is heard. Returns the seconds that it was."""
        began = time.monotonic()
        with self._news:
            if not self.calls:
                self._news.wait(seconds)
        return time.monotonic() - began

    def send(self, event: wire.FromTrainer) -> None:
        """Send an event. For a reader that has gone there is nothing more to do: that is a stop."""
        with self._sending:
            try:
                self._events.write(wire.encode(event))
            except OSError:
                if not self._ending:
                    self._ending = True
                    threading.Thread(target=self.stop, name="stop", daemon=True).start()

    def stop(self) -> NoReturn:
        """Make the state safe, say so, and end the process. For any thread but the main one."""
        self._leave(failed=False)

    def fail(self, event: wire.Failed) -> NoReturn:
        """Tell of a fatal failure, make the state safe, and end the process with status 1. For the main thread."""
        if not self._ending:  # what fails because the process is about to end is no news
            self.send(event)
        self._parked.set()
        self._leave(failed=True)

    def _leave(self, *, failed: bool) -> NoReturn:
        with self._news:
            self._ending = True
            self._queue.put(None)  # for a main thread that waits for a command
            self._news.notify_all()
        with self._stopping:  # a second stop waits for the first, which ends the process
            status = 1
            try:
                watchdog = threading.Timer(_PATIENCE_SECONDS, self._end, (1,))
                watchdog.daemon = True
                watchdog.start()
                steps = self.at_stop()
                if not failed:
                    self.send(wire.Stopped(steps=steps))
                    status = 0
            except Exception:  # the log must say why there is no checkpoint, and the process must end
                log_traceback()
            finally:
                self._end(status)
            _wait_for_the_end()

    def wait_until_parked(self) -> None:
        """Wait until the main thread has ended its work, but not for long: a stop that never reads saves nothing."""
        if not self._parked.wait(_PARKING_SECONDS):
            log("the main thread is still busy")

    def park(self) -> NoReturn:
        """Wait for the process to end. For the main thread, which does nothing from now on."""
        self._parked.set()
        _wait_for_the_end()

    def _read(self) -> None:
        for line in self._commands:
            try:
                command = wire.decode_to_trainer(line)
            except msgspec.DecodeError as error:
                log(f"not a command: {error}")
                continue
            if isinstance(command, wire.Stop):
                break
            self._hear(command)
        self.stop()

    def _hear(self, command: wire.ToTrainer) -> None:
        with self._news:
            match command:
                case wire.Hold():
                    self._held = True
                case wire.GoOn():
                    self._held = False
                case wire.Configure():
                    self.share = command.duty
                case wire.Duty():
                    self.share = command.share
                case _:
                    pass
            if not isinstance(command, wire.Duty):
                self._queue.put(command)
            self._news.notify_all()


def _wait_for_the_end() -> NoReturn:
    while True:
        time.sleep(60)
