"""What a day or month will have come to: by tables, on a day of made-up hours (hour 0 is 00:00)."""

import pytest

from lightwork.domain.forecast import Forecast, expect, local_hour, pace_of

HOUR, DAY, MB = 3600.0, 86_400.0, 10**6


def of_day(hour: int) -> int:
    return hour % 24


def steady(days: int, mb_an_hour: int = 1, hours: range = range(24)) -> dict[int, int]:
    return {24 * day + hour: mb_an_hour * MB for day in range(days) for hour in hours}


EVEN = (1.0 * MB,) * 24
NIGHTS = tuple(6.0 * MB if hour < 6 else 0.0 for hour in range(24))


@pytest.mark.parametrize(
    ("hours", "since", "now", "stopped", "expected"),
    [
        (steady(7), 0.0, 7 * DAY, (), EVEN),
        (steady(7, 6, range(6)), 0.0, 7 * DAY, (), NIGHTS),  # at night only
        (steady(20) | {480 + h: 5 * MB for h in range(7 * 24)}, 0.0, 27 * DAY, (), (5.0 * MB,) * 24),  # of late only
        # Two days of use, then five for which the allowance was used up: they are passed over.
        (steady(2), 0.0, 7 * DAY, ((2 * DAY, 7 * DAY),), EVEN),
        (steady(2), 0.0, 7 * DAY, ((2 * DAY, 4 * DAY), (4 * DAY, 7 * DAY)), EVEN),
        # Without being told so, they count as calm.
        (steady(2), 0.0, 4 * DAY, (), (0.5 * MB,) * 24),
        # Ten minutes after the first start there is but one pace for all hours.
        ({12: MB}, 12 * HOUR, 12 * HOUR + 600, (), (6.0 * MB,) * 24),
        ({12: MB}, 12 * HOUR, 12 * HOUR + 299, (), None),
        ({}, 7 * DAY, 7 * DAY, (), None),
        ({12: MB}, 9 * DAY, 7 * DAY, (), None),  # a clock that was set back
        (steady(1), 0.0, DAY, ((0.0, DAY),), None),
    ],
)
def test_the_pace(
    hours: dict[int, int],
    since: float,
    now: float,
    stopped: tuple[tuple[float, float], ...],
    expected: tuple[float, ...] | None,
) -> None:
    found = pace_of(hours, since, now, stopped, of_day)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_stop_within_an_hour_counts_for_its_part() -> None:
    found = pace_of({0: MB, 1: 2 * MB}, 0.0, 2 * HOUR, ((0.0, HOUR / 2),), of_day)
    assert found is not None
    assert found[:2] == pytest.approx((2 * MB, 2 * MB))


@pytest.mark.parametrize(
    ("pace", "now", "ends", "use", "expected"),
    [
        (EVEN, 0.0, DAY, {"used": 0}, Forecast(24 * MB)),
        (EVEN, 12.5 * HOUR, DAY, {"used": 10 * MB}, Forecast(21_500_000)),
        (EVEN, DAY, DAY, {"used": 7}, Forecast(7)),
        (EVEN, 2 * DAY, DAY, {"used": 7}, Forecast(7)),  # the period is over
        (NIGHTS, 6 * HOUR, DAY, {"used": 36 * MB}, Forecast(36 * MB)),
        (NIGHTS, 6 * HOUR, 3 * DAY, {"used": 36 * MB}, Forecast(108 * MB)),
        (EVEN, 0.0, DAY, {"used": 0, "cap": 30 * MB}, Forecast(24 * MB)),
        (EVEN, 0.0, DAY, {"used": 0, "cap": 24 * MB}, Forecast(24 * MB, DAY)),
        (EVEN, 0.0, DAY, {"used": 10 * MB, "cap": 20_500_000}, Forecast(34 * MB, 10.5 * HOUR)),
        (NIGHTS, 6 * HOUR, 3 * DAY, {"used": 36 * MB, "cap": 39 * MB}, Forecast(108 * MB, DAY + HOUR / 2)),
        (EVEN, 0.0, DAY, {"used": 20 * MB, "cap": 20 * MB}, Forecast(20 * MB)),  # used up: nothing comes any more
        # A month whose days are bounded: 5 MB are left today, then 10 MB a day.
        (EVEN, 0.0, 3 * DAY, {"used": 9 * MB, "today": 5 * MB, "day_cap": 10 * MB}, Forecast(34 * MB)),
        (
            EVEN,
            0.0,
            3 * DAY,
            {"used": 9 * MB, "today": 5 * MB, "day_cap": 10 * MB, "cap": 15 * MB},
            Forecast(34 * MB, DAY + HOUR),
        ),
        (EVEN, 0.0, DAY, {"used": 0, "today": 12 * MB, "day_cap": 10 * MB}, Forecast(0)),
    ],
)
def test_the_forecast(
    pace: tuple[float, ...], now: float, ends: float, use: dict[str, int], expected: Forecast
) -> None:
    assert expect(pace, now, ends, hour_of_day=of_day, **use) == expected


def test_hours_are_local_ones() -> None:
    assert {local_hour(hour) for hour in range(500_000, 500_024)} == set(range(24))
