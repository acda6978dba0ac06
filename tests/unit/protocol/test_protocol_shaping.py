"""Turns: who waits for whom, what wakes them, and when transfers stop. The clock is the test's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lightwork.protocol.bucket import LARGEST_PIECE, SMALLEST_PIECE
from lightwork.protocol.shaping import SMALL, Direction, Shaper

UP, DOWN = Direction.UP, Direction.DOWN


class HandClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def waiting(shaper: Shaper, direction: Direction = UP, *, transfer: bool = True) -> AsyncIterator[asyncio.Task]:
    """Somebody who waits for a turn, and has it."""

    async def send() -> None:
        await shaper.turn(direction, 10_000, transfer=transfer)
        shaper.charge(*((10_000, 0) if direction is UP else (0, 10_000)))

    task = asyncio.create_task(send())
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def soon(task: asyncio.Task) -> None:
    async with asyncio.timeout(10):
        await task


async def test_without_limits_nobody_waits() -> None:
    shaper = Shaper(HandClock())
    shaper.charge(10**12, 10**12)
    for direction in Direction:
        for transfer in (True, False):
            await shaper.turn(direction, 10**6, transfer=transfer)
    assert not shaper.exhausted
    assert shaper.piece(UP) == LARGEST_PIECE
    assert shaper.read_size() > LARGEST_PIECE
    assert shaper.chunk(1 << 20) == 1 << 20


async def test_each_direction_has_a_limit_of_its_own() -> None:
    shaper = Shaper(HandClock())
    shaper.limit(up=1.0, down=0)
    await shaper.turn(DOWN, 10**6, transfer=True)
    async with waiting(shaper, UP) as task:
        assert not task.done()


async def test_another_limit_holds_at_once_for_who_waits_already() -> None:
    clock = HandClock()
    shaper = Shaper(clock)
    shaper.limit(up=1.0, down=0)  # hours to wait
    async with waiting(shaper) as task:
        assert not task.done()
        shaper.limit(up=0, down=0)
        await soon(task)
    shaper.limit(up=1.0, down=0)
    async with waiting(shaper) as first, waiting(shaper) as second:
        clock.now += 10_000.0  # seconds in which one piece gathers
        shaper.limit(up=1.0, down=1.0)
        await soon(first)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not second.done(), "they stand in line"


async def test_a_small_request_does_not_wait_behind_a_transfer() -> None:
    shaper = Shaper(HandClock())
    shaper.limit(up=1000.0, down=1000.0)
    async with waiting(shaper) as transfer:
        for _ in range(SMALL // 1_000 - 2):
            await shaper.turn(UP, 1_000, transfer=False)
            shaper.charge(1_000, 0)
        assert not transfer.done()
        async with waiting(shaper, transfer=False) as request:
            assert not request.done(), "but it borrows no more than a little"


async def test_who_gives_up_lets_the_next_one_forward() -> None:
    shaper = Shaper(HandClock())
    shaper.limit(up=1.0, down=0)
    async with waiting(shaper) as second_in_line:
        second_in_line.cancel()
    async with waiting(shaper) as task:
        shaper.limit(up=0, down=0)
        await soon(task)


async def test_transfers_stop_when_what_they_may_use_is_used_and_requests_later() -> None:
    shaper, told = Shaper(HandClock()), []
    shaper.used_up = lambda: told.append(shaper.exhausted)
    shaper.allow(transfers=100_000, requests=200_000)
    await shaper.turn(UP, 1, transfer=True)
    shaper.charge(60_000, 39_999)
    assert told == []
    shaper.charge(0, 1)
    shaper.charge(5, 0)
    assert told == [False], "told once"
    await shaper.turn(UP, 10_000, transfer=False)
    async with waiting(shaper) as task:
        assert not task.done()
        shaper.charge(100_000, 0)
        assert shaper.exhausted
        shaper.allow(transfers=50_000, requests=60_000)
        await soon(task)
        assert not shaper.exhausted


@pytest.mark.parametrize(
    ("left", "piece"),
    [
        (10**9, LARGEST_PIECE),
        (LARGEST_PIECE, LARGEST_PIECE),
        (20_000, 20_000),
        (5, SMALLEST_PIECE),
        (-9, SMALLEST_PIECE),
    ],
)
def test_the_end_of_an_allowance_is_cut_into_small_pieces(left: int, piece: int) -> None:
    shaper = Shaper(HandClock())
    shaper.allow(transfers=left, requests=left)
    assert shaper.piece(UP) == piece
    assert shaper.read_size() >= piece
    assert left > 10**8 or shaper.read_size() == max(SMALLEST_PIECE, left)


@pytest.mark.parametrize(
    ("rate", "most", "chunk"),
    [
        (0, 1 << 20, 1 << 20),
        (10_000, 1 << 20, 80_000),
        (500, 1 << 20, SMALL),
        (500, 1_000, 1_000),
        (1e9, 1 << 20, 1 << 20),
    ],
)
def test_a_chunk_of_an_upload_takes_seconds_and_not_minutes(rate: float, most: int, chunk: int) -> None:
    shaper = Shaper(HandClock())
    shaper.limit(up=rate, down=0)
    assert shaper.chunk(most) == chunk
