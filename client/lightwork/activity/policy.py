"""From readings to pauses, as a pure function: no clock, no sensor, no memory but the state that it is given."""

from dataclasses import dataclass, replace

from lightwork.activity.readings import Readings
from lightwork.activity.reasons import REASONS, Reason, Rules
from lightwork.domain.status import Pause
from lightwork.domain.untrusted import untrusted

# How long a pause lasts whose sensor has gone blind. Not for ever: a driver may be gone for good.
BLIND_SECONDS = 600.0

__all__ = ["PolicyState", "Readings", "Rules", "decide", "next_change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reason that was seen: one that pauses, or one whose patience has not run out yet."""

    pause: Pause
    began: Readings
    seen: float  # Unix time at which it was first seen
    pausing: bool
    cleared: float | None = None  # Unix time at which its reason was first seen gone; None while it holds
    blind: float | None = None  # Unix time since which its sensor tells nothing any more


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyState:
    """Every reason in force, in the order of `REASONS`. The state to begin with is empty."""

    held: tuple[Held, ...] = ()

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """For the snapshot. `until` is set once the reason is gone: training goes on then, if it stays gone."""
        return tuple(held.pause for held in self.held if held.pausing)


def decide(state: PolicyState, readings: Readings, rules: Rules, now: float) -> PolicyState:
    """The pauses after new readings. `now` is Unix time, in seconds.

    A reason pauses once it has held for its patience (most have none), and stays in force for `rules.quiet_seconds`
    after it was last seen, so that training does not start and stop with every flicker; a reason that a person has
    switched off in the rules is dropped at once, because that is what they asked for. An unchanged situation gives an
    equal state, so that polling alone sends no new snapshot.
    """
    before = {(held.pause.reason, held.pause.device): held for held in state.held}
    after = []
    for reason in REASONS:
        if not reason.enabled(rules):
            continue
        devices = reason.devices(readings, rules)
        # A device that is not told of any more may still be in its quiet time.
        gone = [device for name, device in before if name is reason.reason and device not in devices]
        for device in (*devices, *gone):
            held = _next(reason, before.get((reason.reason, device)), readings, rules, now=now, device=device)
            if held is not None:
                after.append(held)
    return PolicyState(held=tuple(after))


def next_change(state: PolicyState, rules: Rules, now: float) -> float | None:
    """Seconds until time alone changes what `decide` answers, if the readings stay; None if it never does.

    A reason that waits for another look is changed by that look.
    """
    times = [held.cleared + rules.quiet_seconds for held in state.held if held.cleared is not None]
    times += [held.blind + BLIND_SECONDS for held in state.held if held.blind is not None]
    return max(0.0, min(times) - now) if times else None


def _next(
    reason: Reason, held: Held | None, readings: Readings, rules: Rules, *, now: float, device: str
) -> Held | None:
    finding = reason.find(readings, rules, held.began if held is not None and held.pausing else None, device)
    if finding is None:
        return None if held is None or not held.pausing else _unseen(reason, held, readings, rules, now=now)
    if held is None:
        pause = Pause(
            reason=reason.reason,
            cause=untrusted(finding.cause, 80),  # often a program's name, which may be anything, even no text at all
            source=untrusted(finding.source, 40),
            device=device,
            since=now,
            ends=finding.ends,
        )
        return Held(pause=pause, began=readings, seen=now, pausing=reason.patience <= 0)
    if not held.pausing:
        # A clock that was set back must not make it wait longer.
        seen = min(held.seen, now)
        if now < seen + reason.patience:
            return replace(held, seen=seen, began=readings)
        if reason.look(readings) == reason.look(held.began):  # time has passed, but nobody has looked since
            return replace(held, seen=seen)
        return replace(held, pause=replace(held.pause, since=now), began=readings, seen=seen, pausing=True)
    pause = replace(held.pause, until=None)
    if reason.renewed:
        cause, source = untrusted(finding.cause, 80), untrusted(finding.source, 40)
        pause = replace(pause, cause=cause or pause.cause, source=source if cause else pause.source, ends=finding.ends)
    return replace(held, pause=pause, cleared=None, blind=None)


def _unseen(reason: Reason, held: Held, readings: Readings, rules: Rules, *, now: float) -> Held | None:
    """A pause whose reason is not seen: because it is over, or because its sensor tells nothing any more."""
    told = [name for name in reason.fields if getattr(held.began, name) is not None]
    if held.cleared is None and any(getattr(readings, name) is None for name in told):
        # A driver or a desktop that does not answer is no evidence that the game has ended.
        blind = now if held.blind is None else min(held.blind, now)
        if now < blind + BLIND_SECONDS:
            return replace(held, pause=replace(held.pause, until=None), blind=blind)
    return _clearing(replace(held, blind=None), rules, now)


def _clearing(held: Held, rules: Rules, now: float) -> Held | None:
    # A clock that was set back must not stretch the quiet time: it begins anew then.
    cleared = now if held.cleared is None else min(held.cleared, now)
    until = cleared + rules.quiet_seconds
    return None if now >= until else replace(held, pause=replace(held.pause, until=until), cleared=cleared)
