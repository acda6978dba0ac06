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
import traceback
from collections.abc import Callable
from typing import BinaryIO, NoReturn

import msgspec

from lightwork.protocol import trainer as wire

# How long saving may take when nobody is there to end the process (its starter died).
_PATIENCE_SECONDS = 20.0


class Channel:
    """Commands in, events out.

    `at_stop` makes the state safe and returns the steps that it holds; it must let nothing change afterwards.
    """

    def __init__(self, commands: BinaryIO, events: BinaryIO, end: Callable[[int], object] = os._exit) -> None:
        self.at_stop: Callable[[], int | None] = lambda: None
        self.share = 1.0
        self._commands = commands
        self._events = events
        self._end = end
        self._queue: queue.SimpleQueue[wire.ToTrainer] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._stopping = threading.Lock()
        self._news = threading.Condition()
        self._ending = False
        self._held = False
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

    def receive(self, *, wait: bool) -> wire.ToTrainer | None:
        """The next command; None if there is none and `wait` is false."""
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
        """Send an event. A reader that has gone is no error here: stdin's end says so too."""
        with self._sending:
            try:
                self._events.write(wire.encode(event))
            except OSError:
                self._ending = True

    def stop(self) -> NoReturn:
        """Make the state safe and end the process. For any thread but one that may be holding the state."""
        with self._news:
            self._ending = True
            self._news.notify_all()
        with self._stopping:  # a second stop waits for the first, which ends the process
            watchdog = threading.Timer(_PATIENCE_SECONDS, self._end, (1,))
            watchdog.daemon = True
            watchdog.start()
            status = 1
            try:
                self.send(wire.Stopped(steps=self.at_stop()))
                status = 0
            except Exception:  # the log must say why there is no checkpoint, and the process must end
                traceback.print_exc(file=sys.stderr)
            sys.stderr.flush()
            self._end(status)
            self.park()

    def park(self) -> NoReturn:
        """Wait for the process to end."""
        while True:
            time.sleep(60)

    def _read(self) -> None:
        for line in self._commands:
            try:
                command = wire.decode_to_trainer(line)
            except msgspec.DecodeError as error:
                print(f"not a command: {error}", file=sys.stderr)  # noqa: T201  stderr is the log
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
