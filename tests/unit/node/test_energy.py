"""What training draws, by the person's own tariff, and the governor that limits it."""

import asyncio
import time
from pathlib import Path

import pytest

from lightwork.domain.states import DeviceKind, Phase
from lightwork.domain.status import DeviceStatus, ProjectStatus
from lightwork.hardware.devices import Devices
from lightwork.history.ledger import Ledger
from lightwork.node.board import Board
from lightwork.node.energy import EnergyMeter
from lightwork.node.governor import Governor, limits_of
from lightwork.node.pacing import QUIET_CELSIUS, QUIET_DUTY, Limits
from lightwork.settings import declared
from lightwork.settings.store import Settings


@pytest.fixture
def ledger(tmp_path: Path):
    book = Ledger.open(tmp_path / "ledger.sqlite")
    yield book
    book.close()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


TARIFF = Settings().with_value(declared.COST_PER_KWH, 0.4).with_value(declared.COST_GRAMS_CO2, 500.0)


def test_watts_over_time_are_energy_and_cost(ledger: Ledger) -> None:
    clock = Clock()
    meter = EnergyMeter(ledger, lambda: TARIFF, clock)
    for _ in range(1801):  # an hour, every two seconds
        meter.add("p", 200.0)
        clock.now += 2.0
    now = meter.status(0.8)
    assert now.watts == 200.0
    assert now.kwh_today == pytest.approx(0.2)
    assert now.money_today == pytest.approx(0.08)
    assert now.grams_co2_today == pytest.approx(100.0)
    assert now.kwh_per_day == pytest.approx(4.8)
    assert now.money_per_day == pytest.approx(1.92)
    assert now.duty == 0.8
    meter.rest("p")
    assert ledger.energy_total(since=0)[0] == pytest.approx(0.2 * 3.6e6)
    rested = meter.status(1.0)
    assert (rested.watts, rested.kwh_per_day, rested.kwh_today) == (None, None, pytest.approx(0.2))
    again = EnergyMeter(ledger, lambda: TARIFF, clock)  # after a restart
    assert again.status(1.0).kwh_today == pytest.approx(0.2)


@pytest.mark.parametrize("watts", [None, float("nan"), -1.0])
def test_a_device_that_does_not_tell_costs_what_the_person_says_or_nothing(ledger: Ledger, watts: float) -> None:
    clock = Clock()
    for settings, expected in ((Settings(), 0.0), (Settings().with_value(declared.COST_WATTS, 90.0), 900.0)):
        meter = EnergyMeter(ledger, lambda settings=settings: settings, clock)
        for _ in range(6):
            meter.add("p", watts)
            clock.now += 2.0
        meter.rest("p")
        assert ledger.energy_total(since=0)[0] == pytest.approx(expected)


def test_a_computer_that_slept_drew_nothing_meanwhile(ledger: Ledger) -> None:
    clock = Clock()
    meter = EnergyMeter(ledger, Settings, clock)
    meter.add("p", 100.0)
    clock.now += 8 * 3600
    meter.add("p", 100.0)
    clock.now += 2
    meter.add("p", 100.0)
    meter.rest("p")
    assert ledger.energy_total(since=0) == (200.0, 2.0)


def test_what_the_ledger_cannot_take_is_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    meter = EnergyMeter(ledger, Settings, clock)
    meter.add("p", 100.0)
    clock.now += 2

    def full(*_: object, **__: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "add_energy", full)
        meter.add("p", 100.0)
        with pytest.raises(OSError, match="full"):
            meter.rest("p")
    meter.rest("p")
    assert ledger.energy_total(since=0) == (200.0, 2.0)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), Limits(celsius=80.0)),
        (Settings().with_value(declared.COMPUTING_QUIET, True), Limits(duty=QUIET_DUTY, celsius=QUIET_CELSIUS)),
        (
            Settings().with_value(declared.COMPUTING_WATTS, 150.0).with_value(declared.COMPUTING_DUTY, 0.7),
            Limits(duty=0.7, watts=150.0, celsius=80.0),
        ),
    ],
)
def test_limits_are_what_the_person_set(settings: Settings, expected: Limits) -> None:
    assert limits_of(settings) == expected


class HotCard:
    """A source with one card, which cools down when less is asked of it."""

    name = "hot"

    def __init__(self) -> None:
        self.celsius = 90.0

    def read(self) -> list[DeviceStatus]:
        return [
            DeviceStatus(
                id="cuda:0", kind=DeviceKind.GPU, name="card", memory_total=2**33, celsius=self.celsius, watts=200.0
            )
        ]

    def users(self, device: str) -> None:
        return None

    def held_by(self, device: str, process: int) -> None:
        return None

    def close(self) -> None:
        pass


class Session:
    """What the governor steers."""

    def __init__(self) -> None:
        self.duties: list[float] = []
        self.acts: list[str] = []

    async def hold(self) -> None:
        self.acts.append("hold")

    async def go_on(self) -> None:
        self.acts.append("go on")

    async def set_duty(self, share: float) -> None:
        self.duties.append(share)


async def test_a_hot_card_is_slowed_down_and_what_it_draws_is_counted(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightwork.node.governor._TRAINING_SECONDS", 0.01)
    board, session = Board(), Session()
    board.update(phase=Phase.TRAINING, project=ProjectStatus(id="p", link="l"))
    governor = Governor(Devices([HotCard()]), Settings, board, ledger)
    task = asyncio.create_task(governor.run())
    with governor.over(session, "cuda:0"):
        async with asyncio.timeout(20):
            while len(session.duties) < 5 or board.status.energy.watts is None:
                await asyncio.sleep(0.01)
        await governor.hold()
        await governor.go_on()
    assert session.duties == sorted(session.duties, reverse=True)
    assert session.duties[0] < 1.0
    assert session.acts == ["hold", "go on"]
    assert board.status.device is not None
    assert board.status.energy.duty == governor.duty
    task.cancel()
    await asyncio.wait([task])
    governor.close()
    joules, seconds = ledger.energy_total(since=time.time() - 7200)
    assert joules == pytest.approx(200.0 * seconds)
    assert joules > 0
