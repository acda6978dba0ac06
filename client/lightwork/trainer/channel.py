"""The trainer's end of its wire: commands from stdin by a thread, events to what was stdout."""

import os
import queue
import sys
import threading
from typing import BinaryIO

import msgspec

from lightwork.protocol import trainer as wire

# How long saving may take after stdin has ended, before the process goes anyway.
_PATIENCE_SECONDS = 10.0


class Channel:
    """Commands in, events out. `ending` is set as soon as a stop is under way, so that a long step can be given up."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._commands = commands
        self._events = events
        self._queue: queue.SimpleQueue[wire.ToTrainer] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self.ending = threading.Event()
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    @classmethod
    def over_standard_streams(cls) -> "Channel":
        """Take stdout for events alone: what libraries print goes to stderr, where it cannot garble a line."""
        events = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(sys.stdin.buffer, events)

    def receive(self, *, wait: bool) -> wire.ToTrainer | None:
        """The next command; None if there is none and `wait` is false."""
        try:
            return self._queue.get(block=wait)
        except queue.Empty:
            return None

    def send(self, event: wire.FromTrainer) -> None:
        """Send an event. A reader that has gone is no error here: stdin's end says so too."""
        with self._sending:
            try:
                self._events.write(wire.encode(event))
            except OSError:
                self.ending.set()

    def _read(self) -> None:
        for line in self._commands:
            try:
                command = wire.decode_to_trainer(line)
            except msgspec.DecodeError as error:
                print(f"not a command: {error}", file=sys.stderr)  # noqa: T201  stderr is the log
                continue
            if isinstance(command, wire.Stop):
                break
            self._queue.put(command)
        self.ending.set()
        self._queue.put(wire.Stop())
        watchdog = threading.Timer(_PATIENCE_SECONDS, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()
