"""The person's rules for the network, kept: limits and allowances reach the shaper, what was used reaches the lookout,
and the snapshot gets a forecast.
"""

import asyncio
import logging
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from lightwork.activity.readings import TrafficUse
from lightwork.activity.sensor import Report
from lightwork.activity.sensors.computer import week_minute
from lightwork.domain.allowance import Allowance, stops_at
from lightwork.domain.errors import LightworkError
from lightwork.domain.forecast import LOOK_BACK, Forecast, expect, pace_of
from lightwork.domain.hours import parse_hours
from lightwork.domain.states import PauseReason
from lightwork.domain.status import DataUse, NetworkStatus
from lightwork.history.ledger import Ledger
from lightwork.node.meter import Meter
from lightwork.settings import declared
from lightwork.settings.store import Settings

_KB, _GB, _HOUR = 1000, 10**9, 3600
# A forecast is worked out so often (seconds) while bytes pass, and once an hour while none do.
_FORECAST_SECONDS = 60.0
_STOPPED = (PauseReason.DATA_DAY, PauseReason.DATA_MONTH)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a forecast was worked out from, and when."""

    at: float
    used: int
    allowance: Allowance


class Bandwidth:
    """Looks at settings, calendar and meter whenever it is told to. It is also the sensor of the traffic."""

    field = "traffic"

    def __init__(
        self, meter: Meter, ledger: Ledger, settings: Callable[[], Settings], clock: Callable[[], float] = time.time
    ) -> None:
        self._meter = meter
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._began = clock()
        self._limits = (0, 0)
        self._forecasts: tuple[Forecast | None, Forecast | None] = (None, None)  # of the day, of the month
        self._basis: _Basis | None = None
        self._news = asyncio.Event()
        meter.shaper.used_up = self._news.set

    def look(self) -> None:
        """Write what was counted to the ledger, and have the rules hold as they are now.

        Raises LightworkError or sqlite3.Error if the ledger cannot take it; the rules hold all the same.
        """
        allowance = allowance_of(self._settings())
        self._meter.month_begins = allowance.month_begins
        try:
            self._meter.flush()
        finally:
            self._apply(allowance)

    async def run(self, report: Report) -> None:
        """Tell what was used, while there is an allowance: after each look, and at once when it is used up."""
        while True:
            allowance = allowance_of(self._settings())
            report(self._meter.use if allowance.day or allowance.month else None)
            await self._news.wait()
            self._news.clear()

    def status(self) -> NetworkStatus:
        """The network's part of the snapshot."""
        now, use, allowance = self._clock(), self._meter.use, allowance_of(self._settings())
        self._foresee(now, use, allowance)
        day, month = self._forecasts
        return replace(
            self._meter.status(),
            upload_limit=self._limits[0],
            download_limit=self._limits[1],
            day=_data_use(use.day, allowance.day, use.day_ends, day),
            month=_data_use(use.month, allowance.month, use.month_ends, month),
        )

    def _apply(self, allowance: Allowance) -> None:
        shaper, use = self._meter.shaper, self._meter.use
        self._limits = limits_of(self._settings(), week_minute(lambda: time.localtime(self._clock())))
        shaper.limit(up=self._limits[0], down=self._limits[1])
        capped = [(cap, used) for cap, used in ((allowance.day, use.day), (allowance.month, use.month)) if cap]
        shaper.allow(
            transfers=min((stops_at(cap) - used for cap, used in capped), default=math.inf),
            requests=min((cap - used for cap, used in capped), default=math.inf),
        )
        self._news.set()

    def _foresee(self, now: float, use: TrafficUse, allowance: Allowance) -> None:
        basis = _Basis(now, use.month, allowance)
        if self._basis is not None and not _worth_another_look(self._basis, basis):
            return
        self._basis = basis
        try:
            pace = self._pace(now)
        except (LightworkError, sqlite3.Error) as error:  # a backup that holds the file, say; the next one will do
            log.warning("no forecast: %s", error)
            return
        if pace is None:
            self._forecasts = (None, None)
            return
        day_cap, month_cap = (stops_at(cap) if cap else 0 for cap in (allowance.day, allowance.month))
        self._forecasts = (
            expect(pace, now, use.day_ends, used=use.day, cap=day_cap),
            expect(pace, now, use.month_ends, used=use.month, cap=month_cap, today=use.day, day_cap=day_cap),
        )

    def _pace(self, now: float) -> tuple[float, ...] | None:
        hours: Counter[int] = Counter()
        for row in self._ledger.traffic(since=max(0.0, now - LOOK_BACK)):
            hours[row.hour] += row.sent + row.received
        if not hours:
            return None
        first = min(hours)
        # Of an hour in which this node began, the time before was not watched.
        since = self._began if int(self._began // _HOUR) == first else float(first * _HOUR)
        stopped = self._ledger.pause_spans(_STOPPED, since=since, now=now)
        return pace_of(hours, since, now, stopped)


def allowance_of(settings: Settings) -> Allowance:
    """What the person allows."""
    return Allowance(
        day=int(settings[declared.NETWORK_DAY_GB] * _GB),
        month=int(settings[declared.NETWORK_MONTH_GB] * _GB),
        month_begins=settings[declared.NETWORK_MONTH_BEGINS],
    )


def limits_of(settings: Settings, minute: int) -> tuple[int, int]:
    """Most bytes a second up and down at a minute of the week; 0 is no limit."""
    if not parse_hours(settings[declared.NETWORK_LIMIT_HOURS]).allow(minute):
        return 0, 0
    return _KB * settings[declared.NETWORK_UPLOAD_LIMIT], _KB * settings[declared.NETWORK_DOWNLOAD_LIMIT]


def _worth_another_look(before: _Basis, basis: _Basis) -> bool:
    if before.allowance != basis.allowance or before.at // _HOUR != basis.at // _HOUR:
        return True
    return before.used != basis.used and not 0 <= basis.at - before.at < _FORECAST_SECONDS


def _data_use(used: int, cap: int, ends: float, forecast: Forecast | None) -> DataUse:
    return DataUse(
        used=used,
        cap=cap,
        ends=ends,
        expected=forecast.total if forecast is not None else None,
        reached=forecast.reached if forecast is not None else None,
    )
