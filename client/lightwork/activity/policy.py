"""From readings to pauses, as a pure function: no clock, no sensor, no memory but the state that it is given."""

from dataclasses import dataclass, replace

from lightwork.activity.reasons import REASONS, Readings, Reason, Rules
from lightwork.domain.status import Pause

__all__ = ["PolicyState", "Readings", "Rules", "decide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A pause that is in force."""

    pause: Pause
    began: Readings
    cleared: float | None = None  # Unix time at which its reason was first seen gone; None while it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyState:
    """Every pause in force, in the order of `REASONS`. The state to begin with is empty."""

    held: tuple[Held, ...] = ()

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """For the snapshot. `until` is set once the reason is gone: training goes on then, if it stays gone."""
        return tuple(held.pause for held in self.held)


def decide(state: PolicyState, readings: Readings, rules: Rules, now: float) -> PolicyState:
    """The pauses after new readings. `now` is Unix time, in seconds.

    A reason pauses at once, and stays in force for `rules.quiet_seconds` after it was last seen, so that training
    does not start and stop with every flicker; a reason that a person has switched off in the rules is dropped at
    once, because that is what they asked for. An unchanged situation gives an equal state, so that polling alone
    sends no new snapshot.
    """
    before = {held.pause.reason: held for held in state.held}
    after = (_next(reason, before.get(reason.reason), readings, rules, now) for reason in REASONS)
    return PolicyState(held=tuple(held for held in after if held is not None))


def _next(reason: Reason, held: Held | None, readings: Readings, rules: Rules, now: float) -> Held | None:
    if not reason.enabled(rules):
        return None
    if reason.holds(readings, rules, None if held is None else held.began):
        if held is None:
            return Held(pause=Pause(reason=reason.reason, cause=reason.cause(readings), since=now), began=readings)
        return replace(held, pause=replace(held.pause, until=None), cleared=None)
    if held is None:
        return None
    # A clock that was set back must not stretch the quiet time: it begins anew then.
    cleared = now if held.cleared is None else min(held.cleared, now)
    until = cleared + rules.quiet_seconds
    return None if now >= until else replace(held, pause=replace(held.pause, until=until), cleared=cleared)
