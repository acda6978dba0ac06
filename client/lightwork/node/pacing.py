"""How much of the time a device may compute, so that heat, power and noise stay where the person wants them. Pure.

A trainer that computes half of the time draws about half of the power above idle: the share is the one lever that every
device has. Where the driver permits it, the node also sets the card's own power limit, which is gentler.
"""

from dataclasses import dataclass

from lightwork.protocol.trainer import LEAST_DUTY

# Quiet mode: fans of common cards and laptops are hardly heard below this.
QUIET_DUTY, QUIET_CELSIUS = 0.5, 65.0
# Heat follows load by half a minute: the share goes down by so much for each degree too many, and up again slowly.
_SHARE_PER_DEGREE = 0.02
_RECOVERY = 1.05
# Within so many degrees or this part of a limit nothing changes, so that the share does not hunt.
_CALM_DEGREES, _CALM_POWER = 2.0, 0.95
# What is smaller is not worth a message; a small share must still move.
_SMALLEST_CHANGE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the person set: most share of the time, watts and degrees Celsius; 0 is no limit."""

    duty: float = 1.0
    watts: float = 0.0
    celsius: float = 0.0

    def quiet(self) -> "Limits":
        """The same in quiet mode."""
        celsius = min(self.celsius, QUIET_CELSIUS) if self.celsius else QUIET_CELSIUS
        return Limits(duty=min(self.duty, QUIET_DUTY), watts=self.watts, celsius=celsius)


def next_duty(duty: float, limits: Limits, *, watts: float | None, celsius: float | None) -> float:
    """The share of the time from now on, after what was measured while it was `duty`. Asked every few seconds.

    Each limit gives a factor; the strictest counts. What a device does not tell limits nothing.
    """
    factor = min(_RECOVERY, _for_power(limits.watts, watts), _for_heat(limits.celsius, celsius))
    if factor > 1:
        wanted = max(duty * factor, duty + _SMALLEST_CHANGE)
    else:
        wanted = duty if factor == 1 else min(duty * factor, duty - _SMALLEST_CHANGE)
    return max(LEAST_DUTY, min(limits.duty, wanted))


def _for_power(limit: float, watts: float | None) -> float:
    if not limit or watts is None:
        return _RECOVERY
    if watts > limit:
        return max(0.5, limit / watts)
    return 1.0 if watts > limit * _CALM_POWER else _RECOVERY


def _for_heat(limit: float, celsius: float | None) -> float:
    if not limit or celsius is None:
        return _RECOVERY
    over = celsius - limit
    if over > 0:
        return max(0.5, 1.0 - _SHARE_PER_DEGREE * over)
    return 1.0 if over > -_CALM_DEGREES else _RECOVERY
