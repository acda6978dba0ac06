"""What the node does next, as a pure function: (state, event, now) -> (state, effects).

`TRANSITIONS` lists every event that may come in every phase; any other raises IllegalTransitionError. Events and
effects stand in `events.py`; `run.py` carries the effects out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lightwork.domain.errors import IllegalTransitionError, Trouble
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import Pause
from lightwork.node.events import (
    Contribute,
    Effect,
    EndSession,
    Event,
    Exit,
    GoOn,
    HoldSession,
    PausePressed,
    Quit,
    Rearranged,
    Recalled,
    ResumePressed,
    RoundCounted,
    Sensed,
    SessionEvent,
    SessionFailed,
    SessionIdle,
    SessionPreparing,
    SessionTraining,
    StartSession,
    StopPressed,
    Tick,
)

_FIRST_RETRY_SECONDS = 5.0
_LONGEST_RETRY_SECONDS = 900.0
# Memory is kept for short pauses only; what lasts longer will hardly be short.
_LONGEST_HOLD_SECONDS = 600.0

# Troubles that only a person can end: trying again by itself would show the same sentence for ever.
NEEDS_A_PERSON = frozenset(
    {
        Trouble.LINK_INVALID,
        Trouble.PROJECT_UNKNOWN,
        Trouble.HOST_NEWER,
        Trouble.MANIFEST_TAMPERED,
        Trouble.ARCHITECTURE_UNKNOWN,
        Trouble.MODEL_CODE,
        Trouble.RUNTIME_MISSING,
        Trouble.DEVICE_TOO_SMALL,
        Trouble.DEVICE_LOST,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that the machine knows. `session` numbers the sessions: what an ended one still reports is passed over."""

    phase: Phase = Phase.OFF
    stage: Stage | None = None
    link: str | None = None  # None: the practice project
    session: int = 0
    rounds_wanted: int | None = None
    rounds_done: int = 0
    person: Pause | None = None
    sensed: tuple[Pause, ...] = ()
    trouble: Trouble | None = None
    detail: str = ""
    retry_at: float | None = None
    failures: int = 0  # in a row
    held: bool = False  # paused with the session kept: its trainer has the model in memory, and takes no steps

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """All reasons to pause, the person's first."""
        return ((self.person,) if self.person else ()) + self.sensed


Outcome = tuple[State, tuple[Effect, ...]]

# --- rules ------------------------------------------------------------------------------------------------------------


def _start(state: State, _now: float) -> Outcome:
    """Run if nothing speaks against it, else pause."""
    calm = replace(state, trouble=None, detail="", retry_at=None)
    if calm.pauses:
        return replace(calm, phase=Phase.PAUSED, stage=None), ()
    if calm.held:
        return replace(calm, phase=Phase.PREPARING, stage=Stage.TRAINER, held=False), (GoOn(),)
    session = calm.session + 1
    started = replace(calm, phase=Phase.PREPARING, stage=Stage.CONNECTING, session=session)
    return started, (StartSession(session, calm.link),)


def _rest(state: State, phase: Phase) -> State:
    # The session's number goes up, so that its last words are passed over.
    calm = replace(state, phase=phase, stage=None, retry_at=None, trouble=None, detail="", held=False)
    return replace(calm, session=state.session + 1)


def _let_go(state: State) -> tuple[State, tuple[Effect, ...]]:
    """End the session that is held, if one is."""
    return (replace(state, held=False, session=state.session + 1), (EndSession(),)) if state.held else (state, ())


def _contribute_at_rest(state: State, event: Contribute, now: float) -> Outcome:
    ending: tuple[Effect, ...] = ()
    if event.link != state.link:
        state, ending = _let_go(state)
    wanted = replace(state, link=event.link, rounds_wanted=event.rounds, rounds_done=0, person=None, failures=0)
    state, effects = _start(wanted, now)
    return state, (*ending, *effects)


def _contribute_while_running(state: State, event: Contribute, now: float) -> Outcome:
    if event.link == state.link:
        return replace(state, rounds_wanted=event.rounds, rounds_done=0), ()
    state, effects = _contribute_at_rest(replace(state, session=state.session + 1), event, now)
    return state, (EndSession(), *effects)


def _recalled(state: State, event: Recalled, now: float) -> Outcome:
    return _start(replace(state, link=event.link, rounds_wanted=event.rounds, rounds_done=0, person=event.person), now)


def _person(event: PausePressed, now: float) -> Pause:
    return Pause(reason=PauseReason.PERSON, since=now, until=event.until, until_restart=event.until_restart)


def _pause_running(state: State, event: PausePressed, now: float) -> Outcome:
    person = _person(event, now)
    return _yield(replace(state, person=person), keep=event.keep)


def _pause_at_rest(state: State, event: PausePressed, now: float) -> Outcome:
    person = _person(event, now)
    state, ending = (state, ()) if event.keep else _let_go(state)
    calm = replace(state, phase=Phase.PAUSED, stage=None, retry_at=None, trouble=None, detail="")
    return replace(calm, person=person), ending


def _yield(state: State, *, keep: bool) -> Outcome:
    """From running to paused: with all memory given back, or with the session kept where that harms nobody."""
    # While it is still preparing there is nothing worth keeping, and perhaps a download that should not go on.
    if keep and state.phase in (Phase.TRAINING, Phase.WAITING):
        return replace(state, phase=Phase.PAUSED, stage=None, retry_at=None, held=True), (HoldSession(),)
    return _rest(state, Phase.PAUSED), (EndSession(),)


def _resume(state: State, _event: ResumePressed, now: float) -> Outcome:
    return _start(replace(state, person=None), now)


def _stop_running(state: State, _event: StopPressed, _now: float) -> Outcome:
    return replace(_rest(state, Phase.OFF), person=None), (EndSession(),)


def _stop_at_rest(state: State, _event: StopPressed, _now: float) -> Outcome:
    _, ending = _let_go(state)
    return replace(_rest(state, Phase.OFF), person=None), ending


def _quit_running(state: State, _event: Quit, _now: float) -> Outcome:
    return _rest(state, Phase.OFF), (EndSession(), Exit())


def _quit_at_rest(state: State, _event: Quit, _now: float) -> Outcome:
    _, ending = _let_go(state)
    return _rest(state, Phase.OFF), (*ending, Exit())


def _sensed_at_rest(state: State, event: Sensed, _now: float) -> Outcome:
    return replace(state, sensed=event.pauses), ()


def _sensed_running(state: State, event: Sensed, _now: float) -> Outcome:
    if not event.pauses:
        return replace(state, sensed=()), ()
    return _yield(replace(state, sensed=event.pauses), keep=event.keep)


def _sensed_paused(state: State, event: Sensed, now: float) -> Outcome:
    sensed = replace(state, sensed=event.pauses)
    if not sensed.pauses:
        return _start(sensed, now)
    # That the sensors' own reasons are gone is no reason to take the memory of a person's pause.
    return (sensed, ()) if event.keep or not event.pauses else _let_go(sensed)


def _rearranged(state: State, _event: Rearranged, now: float) -> Outcome:
    state, effects = _start(replace(state, session=state.session + 1), now)
    return state, (EndSession(), *effects)


def _rearranged_paused(state: State, _event: Rearranged, _now: float) -> Outcome:
    return _let_go(state)


def _rearranged_in_trouble(state: State, _event: Rearranged, now: float) -> Outcome:
    # What a person has just set right, or a card that is free again, is worth another try.
    return _start(replace(state, failures=0), now)


def _tick_paused(state: State, _event: Tick, now: float) -> Outcome:
    if state.person is not None and state.person.until is not None and now >= state.person.until:
        return _start(replace(state, person=None), now)
    if state.held and now >= min(pause.since for pause in state.pauses) + _LONGEST_HOLD_SECONDS:
        return _let_go(state)
    return state, ()


def _failed_paused(state: State, _event: SessionFailed, _now: float) -> Outcome:
    # Nothing is lost, and nobody waits for it: the next session begins from the saved state.
    return replace(state, held=False, session=state.session + 1), ()


def _tick_in_trouble(state: State, _event: Tick, now: float) -> Outcome:
    return _start(state, now) if state.retry_at is not None and now >= state.retry_at else (state, ())


def _preparing(state: State, event: SessionPreparing, _now: float) -> Outcome:
    return replace(state, phase=Phase.PREPARING, stage=event.stage, retry_at=None), ()


def _training(state: State, _event: SessionTraining, _now: float) -> Outcome:
    return replace(state, phase=Phase.TRAINING, stage=None, retry_at=None, failures=0), ()


def _idle(state: State, event: SessionIdle, _now: float) -> Outcome:
    return replace(state, phase=Phase.WAITING, stage=event.stage, retry_at=event.retry_at), ()


def _failed(state: State, event: SessionFailed, now: float) -> Outcome:
    failures = state.failures + 1
    wait = min(_LONGEST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2 ** (failures - 1))
    retry_at = None if event.trouble in NEEDS_A_PERSON else now + wait
    failed = replace(_rest(state, Phase.TROUBLE), failures=failures, retry_at=retry_at)
    return replace(failed, trouble=event.trouble, detail=event.detail), ()


def _counted(state: State, _event: RoundCounted, _now: float) -> Outcome:
    done = state.rounds_done + 1
    counted = replace(state, rounds_done=done)
    if state.rounds_wanted is None or done < state.rounds_wanted:
        return counted, ()
    return replace(_rest(counted, Phase.OFF), rounds_wanted=None, person=None), (EndSession(),)


def _same(state: State, _event: Event, _now: float) -> Outcome:
    return state, ()


def _while_held(rule: Callable[..., Outcome]) -> Callable[..., Outcome]:
    def checked(state: State, event: SessionEvent, now: float) -> Outcome:
        if not state.held:
            raise IllegalTransitionError(f"{type(event).__name__} while {state.phase}, with no session")
        return rule(state, event, now)

    return checked


_AT_REST: dict[type, Callable[..., Outcome]] = {
    Contribute: _contribute_at_rest,
    Recalled: _same,  # a person was quicker
    PausePressed: _pause_at_rest,
    ResumePressed: _same,
    StopPressed: _stop_at_rest,
    Quit: _quit_at_rest,
    Sensed: _sensed_at_rest,
    Rearranged: _same,
    Tick: _same,
}
_RUNNING: dict[type, Callable[..., Outcome]] = {
    Contribute: _contribute_while_running,
    Recalled: _same,
    PausePressed: _pause_running,
    ResumePressed: _same,
    StopPressed: _stop_running,
    Quit: _quit_running,
    Sensed: _sensed_running,
    Rearranged: _rearranged,
    Tick: _same,
    SessionPreparing: _preparing,
    SessionTraining: _training,
    SessionIdle: _idle,
    SessionFailed: _failed,
    RoundCounted: _counted,
}

TRANSITIONS: Mapping[Phase, Mapping[type, Callable[..., Outcome]]] = {
    # Off stays off when a pause is pressed: there is nothing to pause.
    Phase.OFF: _AT_REST | {PausePressed: _same, Recalled: _recalled},
    Phase.PREPARING: _RUNNING,
    Phase.TRAINING: _RUNNING,
    Phase.WAITING: _RUNNING,
    # A session that is held may still say what it is about; only its end and its receipts matter then.
    Phase.PAUSED: _AT_REST
    | {
        ResumePressed: _resume,
        Sensed: _sensed_paused,
        Rearranged: _rearranged_paused,
        Tick: _tick_paused,
        SessionPreparing: _while_held(_same),
        SessionTraining: _while_held(_same),
        SessionIdle: _while_held(_same),
        SessionFailed: _while_held(_failed_paused),
        RoundCounted: _while_held(_counted),
    },
    Phase.TROUBLE: _AT_REST | {Tick: _tick_in_trouble, Rearranged: _rearranged_in_trouble},
}


def advance(state: State, event: Event, now: float) -> Outcome:
    """One step of the machine. Raises IllegalTransitionError for an event that this phase does not list."""
    if isinstance(event, SessionEvent) and event.session != state.session:
        return state, ()  # the last words of a session that was ended
    rule = TRANSITIONS[state.phase].get(type(event))
    if rule is None:
        raise IllegalTransitionError(f"{type(event).__name__} while {state.phase}")
    return rule(state, event, now)
