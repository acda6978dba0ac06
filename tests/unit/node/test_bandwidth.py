"""The person's rules for the network: from settings, calendar and ledger to shaper, lookout and snapshot."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lightwork.activity.readings import TrafficUse
from lightwork.domain.allowance import stops_at
from lightwork.domain.states import PauseReason
from lightwork.history.ledger import Ledger
from lightwork.node.bandwidth import Bandwidth, allowance_of, limits_of
from lightwork.node.meter import Meter
from lightwork.protocol.shaping import Direction
from lightwork.settings import declared
from lightwork.settings.store import Settings

MB, GB, HOUR = 10**6, 10**9, 3600.0

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows takes its time zone from the system only")


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    """Unix time of a local date and hour."""
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


def chosen(**values: Any) -> Settings:
    """Settings of the network page: `month_gb=2.0`."""
    settings = Settings()
    for setting in declared.ALL:
        section, _, name = setting.key.partition(".")
        if section == "network" and name in values:
            settings = settings.with_value(setting, values[name])
    return settings


@dataclass
class Node:
    """What a node has of the network, with a clock and settings that the test sets."""

    folder: Path
    now: float = field(default_factory=lambda: at("2026-11-25 13:00"))
    settings: Settings = field(default_factory=Settings)
    meter: Meter = field(init=False)
    rules: Bandwidth = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger.open(self.folder / "ledger.sqlite")
        self.restart()

    def restart(self) -> None:
        self.meter = Meter(self.ledger, clock=lambda: self.now)
        self.rules = Bandwidth(self.meter, self.ledger, lambda: self.settings, clock=lambda: self.now)
        self.rules.look()

    def pass_bytes(self, sent: int, received: int = 0, project: str = "a") -> None:
        """As a connection counts and charges them."""
        self.meter.counter(project)(sent, received)
        self.meter.shaper.charge(sent, received)

    def use(self, **values: Any) -> None:
        self.settings = chosen(**values)
        self.rules.look()

    async def stopped(self) -> bool:
        """Whether a transfer would wait now."""
        turn = asyncio.create_task(self.meter.shaper.turn(Direction.UP, 1, transfer=True))
        await asyncio.sleep(0)
        stopped = not turn.done()
        turn.cancel()
        await asyncio.wait([turn])
        return stopped


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


# Limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "minute", "expected"),
    [
        ({}, 0, (0, 0)),
        ({"upload_limit": 500}, 0, (500_000, 0)),
        ({"download_limit": 2_000}, 0, (0, 2_000_000)),
        ({"upload_limit": 500, "limit_hours": "mon 08:00-09:00"}, 480, (500_000, 0)),
        ({"upload_limit": 500, "limit_hours": "mon 08:00-09:00"}, 540, (0, 0)),
    ],
)
def test_limits_and_their_hours(values: dict[str, Any], minute: int, expected: tuple[int, int]) -> None:
    assert limits_of(chosen(**values), minute) == expected


async def test_limits_hold_at_once_and_by_the_clock(node: Node) -> None:
    assert not await node.stopped()
    node.use(upload_limit=1, limit_hours="wed 08:00-14:00")  # 2026-11-25 is a Wednesday
    assert await node.stopped()
    assert node.rules.status().upload_limit == 1_000
    node.now = at("2026-11-25 14:00")
    node.rules.look()
    assert not await node.stopped()
    assert node.rules.status().upload_limit == 0


# Allowances -----------------------------------------------------------------------------------------------------


def test_allowances_are_read_from_the_settings() -> None:
    found = allowance_of(chosen(day_gb=0.5, month_gb=50.0, month_begins=15))
    assert (found.day, found.month, found.month_begins) == (500 * MB, 50 * GB, 15)


@pytest.mark.parametrize("values", [{"day_gb": 0.1}, {"month_gb": 0.1}, {"day_gb": 0.1, "month_gb": 9.0}])
async def test_transfers_stop_within_a_hundredth_and_all_projects_count(node: Node, values: dict[str, float]) -> None:
    node.ledger.add_traffic("left long ago", sent=20 * MB, received=20 * MB, at=at("2026-11-25 00:30"))
    node.restart()
    node.use(**values)
    node.pass_bytes(0, 30 * MB, "a")
    node.rules.look()
    node.pass_bytes(29 * MB, 0, "b")
    assert not await node.stopped()
    node.pass_bytes(500_000)
    assert await node.stopped()
    assert not node.meter.shaper.exhausted, "a little is left for requests"
    node.pass_bytes(500_000)
    assert node.meter.shaper.exhausted
    assert node.meter.use.day == 100 * MB


async def test_used_up_is_told_at_once_and_only_with_an_allowance(node: Node) -> None:
    told: list[TrafficUse | None] = []
    watching = asyncio.create_task(node.rules.run(told.append))
    await asyncio.sleep(0)
    node.pass_bytes(5 * MB)
    assert set(told) == {None}
    node.use(day_gb=0.01)
    await asyncio.sleep(0)
    assert told[-1] is not None
    assert (told[-1].day, told[-1].day_ends) == (5 * MB, at("2026-11-26 00:00"))
    node.pass_bytes(stops_at(10 * MB) - 5 * MB)  # nobody has looked since
    await asyncio.sleep(0)
    assert told[-1].day == stops_at(10 * MB)
    node.use()
    await asyncio.sleep(0)
    assert told[-1] is None
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_larger_allowance_and_a_new_day_let_transfers_go_on(node: Node) -> None:
    node.use(day_gb=0.01)
    node.pass_bytes(10 * MB)
    assert await node.stopped()
    node.use(day_gb=0.02)
    assert not await node.stopped()
    node.pass_bytes(10 * MB)
    node.rules.look()
    assert await node.stopped()
    node.now = at("2026-11-26 00:00")
    node.rules.look()
    assert not await node.stopped()
    assert node.meter.use == TrafficUse(
        day=0, day_ends=at("2026-11-27 00:00"), month=20 * MB, month_ends=at("2026-12-01 00:00")
    )


async def test_a_month_begins_on_the_day_of_the_contract(node: Node) -> None:
    node.ledger.add_traffic("a", sent=8 * MB, received=0, at=at("2026-11-10 12:00"))
    node.restart()
    node.use(month_gb=0.01)
    node.pass_bytes(2 * MB)
    assert await node.stopped()
    node.use(month_gb=0.01, month_begins=20)
    assert not await node.stopped()
    assert node.meter.use.month == 2 * MB
    assert node.meter.use.month_ends == at("2026-12-20 00:00")


def test_a_clock_that_is_set_back_finds_what_that_month_had(node: Node) -> None:
    node.use(month_gb=1.0)
    node.pass_bytes(3 * MB)
    node.rules.look()
    node.now = at("2026-12-03 12:00")
    node.rules.look()
    node.pass_bytes(5 * MB)
    node.rules.look()
    assert (node.meter.use.day, node.meter.use.month) == (5 * MB, 5 * MB)
    node.now = at("2026-11-25 12:00")  # earlier than the first bytes, but the same day
    node.rules.look()
    assert (node.meter.use.day, node.meter.use.month) == (3 * MB, 3 * MB)


def test_what_a_wrong_clock_has_booked_in_the_future_is_no_use_of_today(node: Node) -> None:
    node.ledger.add_traffic("a", sent=9 * GB, received=0, at=at("2031-01-01 12:00"))
    node.restart()
    assert node.meter.use.month == 0
    assert node.rules.status().month.expected is None


def test_an_hour_that_two_days_share_counts_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")  # local midnight is in the middle of an hour of UTC
    time.tzset()
    node = Node(tmp_path, now=at("2026-11-25 23:50"))
    node.pass_bytes(MB)
    node.rules.look()
    node.now = at("2026-11-26 00:10")
    node.rules.look()
    node.pass_bytes(2 * MB)
    node.rules.look()
    before = node.meter.use
    node.restart()
    assert node.meter.use.day == before.day == 3 * MB


async def test_a_ledger_that_refuses_keeps_nobody_from_the_rules(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(project: str, **values: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(node.ledger, "add_traffic", busy)
    node.settings = chosen(day_gb=0.01)
    node.pass_bytes(10 * MB)
    with pytest.raises(sqlite3.OperationalError):
        node.rules.look()
    assert await node.stopped()
    assert node.meter.use.day == 10 * MB


# The forecast ---------------------------------------------------------------------------------------------------


def remember(node: Node, days: int, *, mb_a_day: int) -> None:
    """Traffic of the days before today, at noon."""
    for day in range(1, days + 1):
        node.ledger.add_traffic("a", sent=mb_a_day * MB, received=0, at=at("2026-11-25 12:00") - day * 24 * HOUR)
    node.restart()


def test_the_snapshot_tells_what_a_month_will_come_to(node: Node) -> None:
    node.now = at("2026-11-25 00:00")
    remember(node, 10, mb_a_day=100)
    node.use(month_gb=1.3)
    month = node.rules.status().month
    assert (month.used, month.cap, month.ends) == (1_000 * MB, 1_300 * MB, at("2026-12-01 00:00"))
    assert month.expected == pytest.approx(1_600 * MB, rel=1e-3)
    assert month.reached == pytest.approx(at("2026-11-27 13:00"), abs=120), "at the third noon from now"
    day = node.rules.status().day
    assert (day.cap, day.reached) == (0, None)
    assert day.expected == pytest.approx(100 * MB, rel=1e-3)


def test_days_lost_to_a_used_up_allowance_do_not_slow_the_forecast(node: Node) -> None:
    node.now = at("2026-11-20 00:00")
    for hour in range(48):
        node.ledger.add_traffic("a", sent=MB, received=0, at=at("2026-11-13 00:00") + hour * HOUR)
    number = node.ledger.begin_pause(PauseReason.DATA_MONTH, "1 GB", at=at("2026-11-15 00:00"))
    node.ledger.end_pause(number, at=at("2026-11-20 00:00"))
    node.restart()
    assert node.rules.status().day.expected == pytest.approx(24 * MB)


def test_a_forecast_is_not_worked_out_again_for_every_byte(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(node, 5, mb_a_day=100)
    asked, traffic = [], node.ledger.traffic
    monkeypatch.setattr(node.ledger, "traffic", lambda **values: asked.append(values) or traffic(**values))
    node.rules.status()
    for _ in range(30):
        node.now += 1
        node.pass_bytes(1000)
        node.rules.status()
    assert len(asked) == 1
    node.now += 31
    node.rules.status()
    assert len(asked) == 2
    for _ in range(10):
        node.now += 61  # nothing passes
        node.rules.status()
    assert len(asked) == 2
    node.use(month_gb=1.0)
    node.rules.status()
    assert len(asked) == 3


def test_without_any_traffic_nothing_is_foretold(node: Node) -> None:
    status = node.rules.status()
    assert (status.day.expected, status.month.expected, status.month.reached) == (None, None, None)
