"""Days are counted by local time."""

import time
from collections.abc import Iterator

import pytest

from lightwork.domain.today import day_began


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows takes its time zone from the system only")
@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (1_795_561_200, 0),  # 2026-11-25 00:00 in Berlin, 23:00 the day before by UTC
        (1_795_561_200 + 3_599, 3_599 / 3600),
        (1_795_561_200 + 86_399, 86_399 / 3600),
        (1_774_738_800 + 22 * 3600, 22),  # 2026-03-29 the clocks go forward: a day of 23 hours
    ],
)
def test_a_day_begins_at_local_midnight(berlin: None, now: int, hours: float) -> None:
    assert (now - day_began(now)) / 3600 == pytest.approx(hours)
