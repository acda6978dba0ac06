"""The node's state machine: the table is whole, and every rule does what a person expects."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.errors import IllegalTransitionError, Trouble
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import Pause
from lightwork.node import machine as m

NOW = 1_000.0
BATTERY = Pause(reason=PauseReason.ON_BATTERY, since=900.0)
RUNNING = (Phase.PREPARING, Phase.TRAINING, Phase.WAITING)
PEOPLE = (m.Contribute, m.PausePressed, m.ResumePressed, m.StopPressed, m.Quit, m.Sensed, m.Tick)


def state(phase: Phase, **values: object) -> m.State:
    return m.State(phase=phase, session=7, **values)  # type: ignore[arg-type]


def test_every_phase_takes_what_people_and_sensors_do() -> None:
    for phase, kind in itertools.product(Phase, PEOPLE):
        assert kind in m.TRANSITIONS[phase], (phase, kind)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in RUNNING])
def test_a_present_session_cannot_speak_where_none_runs(phase: Phase) -> None:
    with pytest.raises(IllegalTransitionError):
        m.advance(state(phase), m.SessionTraining(7), NOW)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_last_words_of_an_ended_session_are_passed_over(phase: Phase) -> None:
    before = state(phase)
    assert m.advance(before, m.SessionFailed(6, Trouble.DISK_FULL), NOW) == (before, ())


@pytest.mark.parametrize(
    ("before", "event", "phase", "effects"),
    [
        (state(Phase.OFF), m.Contribute(), Phase.PREPARING, (m.StartSession(8, None),)),
        (state(Phase.OFF), m.Contribute("link", 5), Phase.PREPARING, (m.StartSession(8, "link"),)),
        (state(Phase.OFF, sensed=(BATTERY,)), m.Contribute(), Phase.PAUSED, ()),
        (state(Phase.OFF), m.PausePressed(), Phase.OFF, ()),
        (state(Phase.OFF), m.Sensed((BATTERY,)), Phase.OFF, ()),
        (state(Phase.OFF), m.Quit(), Phase.OFF, (m.Exit(),)),
        (state(Phase.PREPARING), m.SessionPreparing(7, Stage.MODEL), Phase.PREPARING, ()),
        (state(Phase.PREPARING), m.SessionTraining(7), Phase.TRAINING, ()),
        (state(Phase.TRAINING), m.SessionIdle(7, Stage.ROUND), Phase.WAITING, ()),
        (state(Phase.WAITING), m.SessionTraining(7), Phase.TRAINING, ()),
        (state(Phase.TRAINING), m.PausePressed(), Phase.PAUSED, (m.EndSession(),)),
        (state(Phase.TRAINING), m.Sensed((BATTERY,)), Phase.PAUSED, (m.EndSession(),)),
        (state(Phase.TRAINING), m.Sensed(()), Phase.TRAINING, ()),
        (state(Phase.TRAINING), m.StopPressed(), Phase.OFF, (m.EndSession(),)),
        (state(Phase.TRAINING), m.Quit(), Phase.OFF, (m.EndSession(), m.Exit())),
        (state(Phase.TRAINING), m.Contribute(None, 3), Phase.TRAINING, ()),
        (state(Phase.TRAINING), m.Contribute("other"), Phase.PREPARING, (m.EndSession(), m.StartSession(9, "other"))),
        (state(Phase.TRAINING), m.SessionFailed(7, Trouble.DISK_FULL), Phase.TROUBLE, ()),
        (state(Phase.PAUSED), m.ResumePressed(), Phase.PREPARING, (m.StartSession(8, None),)),
        (state(Phase.PAUSED, sensed=(BATTERY,)), m.ResumePressed(), Phase.PAUSED, ()),
        (state(Phase.PAUSED, sensed=(BATTERY,)), m.Sensed(()), Phase.PREPARING, (m.StartSession(8, None),)),
        (state(Phase.PAUSED), m.StopPressed(), Phase.OFF, ()),
        (state(Phase.TROUBLE, retry_at=NOW - 1), m.Tick(), Phase.PREPARING, (m.StartSession(8, None),)),
        (state(Phase.TROUBLE, retry_at=NOW + 1), m.Tick(), Phase.TROUBLE, ()),
        (state(Phase.TROUBLE), m.Tick(), Phase.TROUBLE, ()),
        (state(Phase.TROUBLE), m.Contribute(), Phase.PREPARING, (m.StartSession(8, None),)),
    ],
)
def test_transitions(before: m.State, event: m.Event, phase: Phase, effects: tuple[m.Effect, ...]) -> None:
    after, done = m.advance(before, event, NOW)
    assert (after.phase, done) == (phase, effects)


def test_a_snooze_ends_by_itself_but_not_while_another_reason_holds() -> None:
    snoozed, _ = m.advance(state(Phase.TRAINING), m.PausePressed(NOW + 60), NOW)
    assert m.advance(snoozed, m.Tick(), NOW + 59) == (snoozed, ())
    resumed, effects = m.advance(snoozed, m.Tick(), NOW + 60)
    assert resumed.phase is Phase.PREPARING
    assert len(effects) == 1
    on_battery, _ = m.advance(snoozed, m.Sensed((BATTERY,)), NOW + 30)
    still, effects = m.advance(on_battery, m.Tick(), NOW + 61)
    assert (still.phase, still.pauses, effects) == (Phase.PAUSED, (BATTERY,), ())


def test_a_persons_pause_outlasts_the_sensors() -> None:
    paused, _ = m.advance(state(Phase.TRAINING), m.PausePressed(), NOW)
    both, _ = m.advance(paused, m.Sensed((BATTERY,)), NOW)
    after, effects = m.advance(both, m.Sensed(()), NOW)
    assert (after.phase, effects) == (Phase.PAUSED, ())
    assert [pause.reason for pause in after.pauses] == [PauseReason.PERSON]


def test_the_wanted_rounds_end_the_session() -> None:
    now, _ = m.advance(state(Phase.TRAINING, rounds_wanted=2), m.RoundCounted(7), NOW)
    assert (now.phase, now.rounds_done) == (Phase.TRAINING, 1)
    done, effects = m.advance(now, m.RoundCounted(7), NOW)
    assert (done.phase, done.rounds_done, effects) == (Phase.OFF, 2, (m.EndSession(),))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_retries_grow_and_what_needs_a_person_is_not_retried(trouble: Trouble) -> None:
    waits = []
    now = state(Phase.PREPARING)
    for _ in range(12):
        now, _ = m.advance(now, m.SessionFailed(now.session, trouble), NOW)
        if trouble in m.NEEDS_A_PERSON:
            assert now.retry_at is None
            return
        assert now.retry_at is not None
        waits.append(now.retry_at - NOW)
        now, _ = m.advance(now, m.Tick(), now.retry_at)
    assert waits == sorted(waits)
    assert waits[0] <= 5
    assert waits[-1] == 900


PAUSES = st.sampled_from([(), (BATTERY,), (Pause(reason=PauseReason.LOW_DISK, since=1.0), BATTERY)])
EVENTS = st.one_of(
    st.builds(m.Contribute, st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 3])),
    st.builds(m.PausePressed, st.sampled_from([None, NOW + 5])),
    st.just(m.ResumePressed()),
    st.just(m.StopPressed()),
    st.builds(m.Sensed, PAUSES),
    st.just(m.Tick()),
    st.sampled_from(["training", "idle", "failed", "counted"]),
)


@given(st.lists(EVENTS, max_size=60))
def test_sessions_are_started_and_ended_in_turn_and_never_run_during_a_pause(events: list[object]) -> None:
    now, clock, running = m.State(), NOW, None
    for chosen in events:
        clock += 1
        event = chosen
        if isinstance(chosen, str):
            if running is None:
                continue  # only a running session speaks
            event = {
                "training": m.SessionTraining(running),
                "idle": m.SessionIdle(running, Stage.ROUND),
                "failed": m.SessionFailed(running, Trouble.TRAINER_FAILED),
                "counted": m.RoundCounted(running),
            }[chosen]
        now, effects = m.advance(now, event, clock)  # type: ignore[arg-type]
        if isinstance(event, m.SessionFailed):
            running = None
        for effect in effects:
            if isinstance(effect, m.EndSession):
                assert running is not None
                running = None
            elif isinstance(effect, m.StartSession):
                assert running is None
                running = effect.session
        assert (running is not None) == (now.phase in RUNNING)
        if running is not None:
            assert now.pauses == ()
            assert running == now.session
        if now.phase is Phase.PAUSED:
            assert now.pauses
