"""The trainer's end of its wire: however it ends, the state is made safe and the process is over."""

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from lightwork.domain.errors import Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.channel import Channel

FAILED = wire.Failed(trouble=Trouble.DEVICE_LOST, detail="", fatal=True)


class Ends:
    """Stand-in for `os._exit`, for processes that test more than one end."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.over = threading.Event()

    def __call__(self, status: int) -> None:
        if not self.over.is_set():
            self.status = status
            self.over.set()


@pytest.fixture
def stdin() -> Iterator[Callable[[], int]]:
    """Makes a pipe that stays open: the commands' descriptor."""
    opened: list[int] = []

    def make() -> int:
        reader, writer = os.pipe()
        opened.append(writer)
        return reader

    yield make
    for writer in opened:
        os.close(writer)


def open_channel(stdin: Callable[[], int], events: io.RawIOBase | io.BytesIO | None = None) -> tuple[Channel, Ends]:
    ends = Ends()
    return Channel(os.fdopen(stdin(), "rb"), events or io.BytesIO(), ends), ends  # type: ignore[arg-type]


def in_background(target: Callable[..., object], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def test_a_fatal_failure_is_told_then_saved_then_over(stdin: Callable[[], int]) -> None:
    events = io.BytesIO()
    channel, ends = open_channel(stdin, events)
    told: list[bytes] = []

    def save() -> int:
        told.append(events.getvalue())
        return 5

    channel.at_stop = save
    in_background(channel.fail, FAILED)
    assert ends.over.wait(20)
    assert ends.status == 1
    assert told == [wire.encode(FAILED)]
    assert events.getvalue() == told[0]  # no `Stopped`: it is no answer to a stop


class Broken(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise BrokenPipeError


def test_a_reader_that_has_gone_is_a_stop_also_while_stdin_is_open(stdin: Callable[[], int]) -> None:
    channel, ends = open_channel(stdin, Broken())
    saved = threading.Event()
    channel.at_stop = lambda: saved.set() or 3
    channel.send(wire.Empty())
    assert ends.over.wait(20)
    assert saved.is_set()
    assert channel.ending


class FullLog(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_does_not_keep_it_from_ending(
    stdin: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, ends = open_channel(stdin)

    def fails() -> int:
        raise RuntimeError("no checkpoint")

    channel.at_stop = fails
    monkeypatch.setattr(sys, "stderr", FullLog())
    in_background(channel.stop)
    assert ends.over.wait(20)
    assert ends.status == 1


def test_a_stop_wakes_the_main_thread_and_reads_when_it_is_parked(stdin: Callable[[], int]) -> None:
    """As on a device that only one thread may use at a time."""
    channel, ends = open_channel(stdin)
    order: list[str] = []

    def main() -> None:
        assert channel.receive(wait=True) is None
        order.append("parked")
        channel.park()

    def at_stop() -> int:
        channel.wait_until_parked()
        order.append("read")
        return 1

    channel.at_stop = at_stop
    in_background(main)
    in_background(channel.stop)
    assert ends.over.wait(20)
    assert (order, ends.status) == (["parked", "read"], 0)


def test_a_main_thread_that_never_parks_does_not_keep_a_stop_waiting(stdin: Callable[[], int]) -> None:
    channel, ends = open_channel(stdin)
    channel.at_stop = lambda: channel.wait_until_parked() or 1
    in_background(channel.stop)
    assert ends.over.wait(20)
    assert ends.status == 0
