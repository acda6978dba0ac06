"""What training draws, and what that costs by the person's own tariff."""

import math
import time
from collections.abc import Callable

from lightwork.domain.status import EnergyStatus
from lightwork.domain.today import day_began
from lightwork.history.ledger import Ledger
from lightwork.settings.declared import COST_CURRENCY, COST_GRAMS_CO2, COST_PER_KWH, COST_WATTS
from lightwork.settings.store import Settings

JOULES_PER_KWH = 3.6e6
# Written to the ledger so often: a crash costs a minute of a figure that nobody is paid by.
_FLUSH_SECONDS = 60.0
# A gap between two readings that is longer was sleep, not training.
_LONGEST_GAP = 10.0


class EnergyMeter:
    """Adds up watts over time while training. Times are Unix seconds."""

    def __init__(
        self, ledger: Ledger, settings: Callable[[], Settings], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._last: float | None = None
        self._joules = 0.0
        self._seconds = 0.0
        self._flushed = clock()
        self._day = -1.0
        self._today = 0.0
        self._watts: float | None = None

    def add(self, project: str, watts: float | None) -> None:
        """A reading during training; None where the device does not tell, then the person's own figure counts."""
        now = self._clock()
        if watts is None or not math.isfinite(watts) or watts < 0:
            watts = self._settings()[COST_WATTS] or None
        self._watts = watts
        if self._last is not None and watts is not None and 0 < now - self._last <= _LONGEST_GAP:
            self._joules += watts * (now - self._last)
            self._seconds += now - self._last
        self._last = now
        if now - self._flushed >= _FLUSH_SECONDS:
            self.flush(project)

    def rest(self, project: str) -> None:
        """Training has stopped."""
        self._last = self._watts = None
        self.flush(project)

    def flush(self, project: str) -> None:
        """Write what was counted to the ledger. Raises what the ledger raises; nothing is forgotten then."""
        self._flushed = self._clock()
        if self._seconds > 0:
            self._ledger.add_energy(project, joules=self._joules, seconds=self._seconds, at=time.time())
            if self._day == day_began(time.time()):
                self._today += self._joules
            self._joules = self._seconds = 0.0

    def status(self, duty: float) -> EnergyStatus:
        """Now and today, by local time."""
        today_began = day_began(time.time())
        if self._day != today_began:
            self._day, self._today = today_began, self._ledger.energy_total(since=today_began)[0]
        settings = self._settings()
        today = (self._today + self._joules) / JOULES_PER_KWH
        per_day = None if self._watts is None else self._watts * 24 / 1000
        price, grams = settings[COST_PER_KWH], settings[COST_GRAMS_CO2]
        return EnergyStatus(
            watts=self._watts,
            kwh_today=round(today, 5),
            kwh_per_day=per_day,
            money_today=round(today * price, 5) if price else None,
            money_per_day=per_day * price if price and per_day is not None else None,
            currency=settings[COST_CURRENCY],
            grams_co2_today=round(today * grams, 3) if grams else None,
            duty=duty,
        )
