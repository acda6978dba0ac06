"""The node's state machine: the table is whole, and every rule does what a person expects."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.errors import IllegalTransitionError, Trouble
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import Pause
from lightwork.node import events as e
from lightwork.node import machine as m

NOW = 1_000.0
BATTERY = Pause(reason=PauseReason.ON_BATTERY, since=900.0)
RUNNING = (Phase.PREPARING, Phase.TRAINING, Phase.WAITING)
PEOPLE = (
    e.Contribute,
    e.PausePressed,
    e.ResumePressed,
    e.StopPressed,
    e.Quit,
    e.Sensed,
    e.Rearranged,
    e.Tick,
    e.Recalled,
)


def state(phase: Phase, **values: object) -> m.State:
    return m.State(phase=phase, session=7, **values)  # type: ignore[arg-type]


def test_every_phase_takes_what_people_and_sensors_do() -> None:
    for phase, kind in itertools.product(Phase, PEOPLE):
        assert kind in m.TRANSITIONS[phase], (phase, kind)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in RUNNING])
def test_a_present_session_cannot_speak_where_none_runs(phase: Phase) -> None:
    with pytest.raises(IllegalTransitionError):
        m.advance(state(phase), e.SessionTraining(7), NOW)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_last_words_of_an_ended_session_are_passed_over(phase: Phase) -> None:
    before = state(phase)
    assert m.advance(before, e.SessionFailed(6, Trouble.DISK_FULL), NOW) == (before, ())


@pytest.mark.parametrize(
    ("before", "event", "phase", "effects"),
    [
        (state(Phase.OFF), e.Contribute(), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.OFF), e.Contribute("link", 5), Phase.PREPARING, (e.StartSession(8, "link"),)),
        (state(Phase.OFF, sensed=(BATTERY,)), e.Contribute(), Phase.PAUSED, ()),
        (state(Phase.OFF), e.PausePressed(), Phase.OFF, ()),
        (state(Phase.OFF), e.Sensed((BATTERY,)), Phase.OFF, ()),
        (state(Phase.OFF), e.Quit(), Phase.OFF, (e.Exit(),)),
        (state(Phase.PREPARING), e.SessionPreparing(7, Stage.MODEL), Phase.PREPARING, ()),
        (state(Phase.PREPARING), e.SessionTraining(7), Phase.TRAINING, ()),
        (state(Phase.TRAINING), e.SessionIdle(7, Stage.ROUND), Phase.WAITING, ()),
        (state(Phase.WAITING), e.SessionTraining(7), Phase.TRAINING, ()),
        (state(Phase.TRAINING), e.PausePressed(), Phase.PAUSED, (e.EndSession(),)),
        (state(Phase.TRAINING), e.Sensed((BATTERY,)), Phase.PAUSED, (e.EndSession(),)),
        (state(Phase.TRAINING), e.Sensed(()), Phase.TRAINING, ()),
        (state(Phase.TRAINING), e.StopPressed(), Phase.OFF, (e.EndSession(),)),
        (state(Phase.TRAINING), e.Quit(), Phase.OFF, (e.EndSession(), e.Exit())),
        (state(Phase.TRAINING), e.Contribute(None, 3), Phase.TRAINING, ()),
        (state(Phase.TRAINING), e.Contribute("other"), Phase.PREPARING, (e.EndSession(), e.StartSession(9, "other"))),
        (state(Phase.TRAINING), e.SessionFailed(7, Trouble.DISK_FULL), Phase.TROUBLE, ()),
        (state(Phase.PAUSED), e.ResumePressed(), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.PAUSED, sensed=(BATTERY,)), e.ResumePressed(), Phase.PAUSED, ()),
        (state(Phase.PAUSED, sensed=(BATTERY,)), e.Sensed(()), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.PAUSED), e.StopPressed(), Phase.OFF, ()),
        (state(Phase.TROUBLE, retry_at=NOW - 1), e.Tick(), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.TROUBLE, retry_at=NOW + 1), e.Tick(), Phase.TROUBLE, ()),
        (state(Phase.TROUBLE), e.Tick(), Phase.TROUBLE, ()),
        # What a person has just set right is tried at once.
        (state(Phase.TROUBLE), e.Rearranged(), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.TROUBLE, sensed=(BATTERY,)), e.Rearranged(), Phase.PAUSED, ()),
        (state(Phase.TROUBLE), e.Contribute(), Phase.PREPARING, (e.StartSession(8, None),)),
    ],
)
def test_transitions(before: m.State, event: e.Event, phase: Phase, effects: tuple[e.Effect, ...]) -> None:
    after, done = m.advance(before, event, NOW)
    assert (after.phase, done) == (phase, effects)


def test_a_snooze_ends_by_itself_but_not_while_another_reason_holds() -> None:
    snoozed, _ = m.advance(state(Phase.TRAINING), e.PausePressed(NOW + 60), NOW)
    assert m.advance(snoozed, e.Tick(), NOW + 59) == (snoozed, ())
    resumed, effects = m.advance(snoozed, e.Tick(), NOW + 60)
    assert resumed.phase is Phase.PREPARING
    assert len(effects) == 1
    on_battery, _ = m.advance(snoozed, e.Sensed((BATTERY,)), NOW + 30)
    still, effects = m.advance(on_battery, e.Tick(), NOW + 61)
    assert (still.phase, still.pauses, effects) == (Phase.PAUSED, (BATTERY,), ())


def test_a_persons_pause_outlasts_the_sensors() -> None:
    paused, _ = m.advance(state(Phase.TRAINING), e.PausePressed(), NOW)
    both, _ = m.advance(paused, e.Sensed((BATTERY,)), NOW)
    after, effects = m.advance(both, e.Sensed(()), NOW)
    assert (after.phase, effects) == (Phase.PAUSED, ())
    assert [pause.reason for pause in after.pauses] == [PauseReason.PERSON]


def test_the_wanted_rounds_end_the_session() -> None:
    now, _ = m.advance(state(Phase.TRAINING, rounds_wanted=2), e.RoundCounted(7), NOW)
    assert (now.phase, now.rounds_done) == (Phase.TRAINING, 1)
    done, effects = m.advance(now, e.RoundCounted(7), NOW)
    assert (done.phase, done.rounds_done, effects) == (Phase.OFF, 2, (e.EndSession(),))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_retries_grow_and_what_needs_a_person_is_not_retried(trouble: Trouble) -> None:
    waits = []
    now = state(Phase.PREPARING)
    for _ in range(12):
        now, _ = m.advance(now, e.SessionFailed(now.session, trouble), NOW)
        if trouble in m.NEEDS_A_PERSON:
            assert now.retry_at is None
            return
        assert now.retry_at is not None
        waits.append(now.retry_at - NOW)
        now, _ = m.advance(now, e.Tick(), now.retry_at)
    assert waits == sorted(waits)
    assert waits[0] <= 5
    assert waits[-1] == 900


# --- pauses that keep the trainer's memory ----------------------------------------------------------------------------

HELD = state(Phase.PAUSED, held=True, person=Pause(reason=PauseReason.PERSON, since=NOW))


@pytest.mark.parametrize(
    ("before", "event", "held", "phase", "effects"),
    [
        (state(Phase.TRAINING), e.PausePressed(keep=True), True, Phase.PAUSED, (e.HoldSession(),)),
        (state(Phase.WAITING), e.Sensed((BATTERY,), keep=True), True, Phase.PAUSED, (e.HoldSession(),)),
        # Nothing is ready yet: there is nothing worth keeping.
        (state(Phase.PREPARING), e.PausePressed(keep=True), False, Phase.PAUSED, (e.EndSession(),)),
        (HELD, e.ResumePressed(), False, Phase.PREPARING, (e.GoOn(),)),
        (HELD, e.Contribute(), False, Phase.PREPARING, (e.GoOn(),)),
        (HELD, e.Contribute("other"), False, Phase.PREPARING, (e.EndSession(), e.StartSession(9, "other"))),
        (HELD, e.Sensed((BATTERY,), keep=True), True, Phase.PAUSED, ()),
        # The sensors' own reasons are gone: that takes nothing from a person's pause.
        (HELD, e.Sensed(()), True, Phase.PAUSED, ()),
        # A game began: now the memory is wanted.
        (HELD, e.Sensed((BATTERY,)), False, Phase.PAUSED, (e.EndSession(),)),
        (HELD, e.PausePressed(), False, Phase.PAUSED, (e.EndSession(),)),
        (HELD, e.StopPressed(), False, Phase.OFF, (e.EndSession(),)),
        (HELD, e.Quit(), False, Phase.OFF, (e.EndSession(), e.Exit())),
        (HELD, e.Rearranged(), False, Phase.PAUSED, (e.EndSession(),)),
        (HELD, e.SessionTraining(7), True, Phase.PAUSED, ()),
        (HELD, e.SessionIdle(7, Stage.ROUND), True, Phase.PAUSED, ()),
        (HELD, e.SessionFailed(7, Trouble.TRAINER_FAILED), False, Phase.PAUSED, ()),
    ],
)
def test_holding(before: m.State, event: e.Event, held: bool, phase: Phase, effects: tuple[e.Effect, ...]) -> None:
    after, done = m.advance(before, event, NOW)
    assert (after.held, after.phase, done) == (held, phase, effects)


def test_memory_is_kept_for_short_pauses_only() -> None:
    assert m.advance(HELD, e.Tick(), NOW + 599) == (HELD, ())
    after, effects = m.advance(HELD, e.Tick(), NOW + 600)
    assert (after.held, after.phase, effects) == (False, Phase.PAUSED, (e.EndSession(),))


def test_a_receipt_during_a_hold_counts() -> None:
    one_to_go = replace(HELD, rounds_wanted=1)
    after, effects = m.advance(one_to_go, e.RoundCounted(7), NOW)
    assert (after.phase, after.rounds_done, effects) == (Phase.OFF, 1, (e.EndSession(),))


def test_rearranging_begins_anew_with_another_session() -> None:
    after, effects = m.advance(state(Phase.TRAINING), e.Rearranged(), NOW)
    assert (after.phase, effects) == (Phase.PREPARING, (e.EndSession(), e.StartSession(9, None)))


PAUSES = st.sampled_from([(), (BATTERY,), (Pause(reason=PauseReason.LOW_DISK, since=1.0), BATTERY)])
EVENTS = st.one_of(
    st.builds(e.Contribute, st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 3])),
    st.builds(
        e.Recalled, st.sampled_from([None, "a"]), st.sampled_from([None, 2]), st.sampled_from([None, HELD.person])
    ),
    st.builds(e.PausePressed, st.sampled_from([None, NOW + 5]), st.booleans(), st.booleans()),
    st.just(e.ResumePressed()),
    st.just(e.StopPressed()),
    st.builds(e.Sensed, PAUSES, st.booleans()),
    st.just(e.Rearranged()),
    st.just(e.Tick()),
    st.sampled_from(["training", "idle", "failed", "counted"]),
)


@given(st.lists(EVENTS, max_size=60))
def test_sessions_are_started_and_ended_in_turn_and_never_run_during_a_pause(events: list[object]) -> None:
    now, clock, running, held = m.State(), NOW, None, False
    for chosen in events:
        clock += 1
        event = chosen
        if isinstance(chosen, str):
            if running is None:
                continue  # only a running session speaks
            event = {
                "training": e.SessionTraining(running),
                "idle": e.SessionIdle(running, Stage.ROUND),
                "failed": e.SessionFailed(running, Trouble.TRAINER_FAILED),
                "counted": e.RoundCounted(running),
            }[chosen]
        now, effects = m.advance(now, event, clock)  # type: ignore[arg-type]
        if isinstance(event, e.SessionFailed):
            running, held = None, False
        for effect in effects:
            if isinstance(effect, e.EndSession):
                assert running is not None
                running, held = None, False
            elif isinstance(effect, e.HoldSession | e.GoOn):
                assert running is not None
                assert held is isinstance(effect, e.GoOn)
                held = not held
            elif isinstance(effect, e.StartSession):
                assert running is None
                running = effect.session
        assert now.held is held
        assert (running is not None) == (now.phase in RUNNING or held)
        if running is not None:
            assert running == now.session
            assert bool(now.pauses) is held
        if now.phase is Phase.PAUSED:
            assert now.pauses
