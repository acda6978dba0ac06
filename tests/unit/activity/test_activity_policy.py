"""The rules of pausing: tables for each reason, and properties over random histories."""

import itertools
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwork.activity.policy import PolicyState, decide
from lightwork.activity.reasons import REASONS, Readings, Rules
from lightwork.domain.states import PauseReason

GIB = 2**30
RULES = Rules()
QUIET = RULES.quiet_seconds
FINE = Readings(on_battery=False, disk_free=100 * GIB, memory_available=16 * GIB)
BATTERY, DISK, MEMORY = PauseReason.ON_BATTERY, PauseReason.LOW_DISK, PauseReason.LOW_MEMORY


def reasons(state: PolicyState) -> list[PauseReason]:
    return [pause.reason for pause in state.pauses]


def after(*history: tuple[float, Readings], rules: Rules = RULES) -> PolicyState:
    """The state after readings at these instants."""
    state = PolicyState()
    for now, readings in history:
        state = decide(state, readings, rules, now)
    return state


@pytest.mark.parametrize(
    ("readings", "rules", "expected"),
    [
        (FINE, RULES, []),
        (Readings(), RULES, []),  # a computer that tells nothing is not paused
        (replace(FINE, on_battery=True), RULES, [BATTERY]),
        (replace(FINE, on_battery=True), Rules(pause_on_battery=False), []),
        (replace(FINE, disk_free=2 * GIB), RULES, []),
        (replace(FINE, disk_free=2 * GIB - 1), RULES, [DISK]),
        (replace(FINE, disk_free=0), RULES, [DISK]),
        (replace(FINE, disk_free=0), Rules(disk_free_minimum=0), []),
        (replace(FINE, memory_available=1 * GIB), RULES, []),
        (replace(FINE, memory_available=1 * GIB - 1), RULES, [MEMORY]),
        (replace(FINE, memory_available=3 * GIB), Rules(memory_available_minimum=4 * GIB), [MEMORY]),
        (replace(FINE, memory_available=0), Rules(memory_available_minimum=0), []),
        # What the trainer holds is no reason by itself: only what is left counts until there is a pause.
        (replace(FINE, memory_available=1 * GIB, trainer_memory=9 * GIB), RULES, []),
        (Readings(on_battery=True, disk_free=1, memory_available=1), RULES, [BATTERY, DISK, MEMORY]),
    ],
)
def test_what_pauses(readings: Readings, rules: Rules, expected: list[PauseReason]) -> None:
    assert reasons(after((0.0, readings), rules=rules)) == expected


def test_a_pause_says_since_when_and_how_little_was_left() -> None:
    low = replace(FINE, disk_free=int(1.46 * GIB))
    state = after((100.0, FINE), (105.0, low), (110.0, replace(low, disk_free=GIB)))
    (pause,) = state.pauses
    assert (pause.reason, pause.since, pause.until, pause.cause) == (DISK, 105.0, None, "1.5 GiB")
    assert after((0.0, replace(FINE, on_battery=True))).pauses[0].cause == ""


@pytest.mark.parametrize(
    ("low", "between", "clear", "reason"),
    [
        (
            replace(FINE, disk_free=1 * GIB),
            replace(FINE, disk_free=int(2.5 * GIB) - 1),
            replace(FINE, disk_free=int(2.5 * GIB)),
            DISK,
        ),
        (
            replace(FINE, memory_available=GIB // 2),
            replace(FINE, memory_available=int(1.25 * GIB) - 1),
            replace(FINE, memory_available=int(1.25 * GIB)),
            MEMORY,
        ),
    ],
)
def test_a_quarter_more_than_the_minimum_ends_it(
    low: Readings, between: Readings, clear: Readings, reason: PauseReason
) -> None:
    assert reasons(after((0.0, between))) == []
    assert after((0.0, low), (10.0, between), (1000.0, between)).pauses[0].until is None
    assert after((0.0, low), (10.0, clear)).pauses[0].until == 10.0 + QUIET
    assert reasons(after((0.0, low), (10.0, clear), (10.0 + QUIET, clear))) == []


def test_quiet_time_is_counted_from_when_the_reason_was_last_seen() -> None:
    battery = replace(FINE, on_battery=True)
    flicker = ((0.0, battery), (10.0, FINE), (54.0, FINE), (54.5, battery), (60.0, FINE), (104.9, FINE))
    state = after(*flicker)
    (pause,) = state.pauses
    assert (pause.since, pause.until) == (0.0, 105.0)
    assert decide(state, FINE, RULES, 105.0) == PolicyState()


def test_a_reason_that_is_switched_off_is_dropped_at_once() -> None:
    battery = replace(FINE, on_battery=True)
    state = after((0.0, battery))
    assert decide(state, battery, replace(RULES, pause_on_battery=False), 1.0) == PolicyState()


def test_quiet_time_follows_the_rules_while_it_runs() -> None:
    state = after((0.0, replace(FINE, on_battery=True)), (10.0, FINE))
    assert decide(state, FINE, replace(RULES, quiet_seconds=5.0), 15.0) == PolicyState()
    assert decide(state, FINE, replace(RULES, quiet_seconds=300.0), 15.0).pauses[0].until == 310.0


def test_a_clock_that_is_set_back_does_not_prolong_the_quiet_time() -> None:
    state = after((10_000.0, replace(FINE, on_battery=True)), (10_010.0, FINE), (500.0, FINE))
    assert reasons(state) == [BATTERY]
    assert decide(state, FINE, RULES, 500.0 + QUIET) == PolicyState()


def test_the_memory_that_our_own_trainer_gives_back_does_not_end_the_pause() -> None:
    # 8 GiB: others hold 4.7, the trainer 2.5. It ends, and the others still leave too little for it.
    training = replace(FINE, memory_available=int(0.8 * GIB), trainer_memory=int(2.5 * GIB))
    ended = replace(FINE, memory_available=int(3.3 * GIB))
    state = after((0.0, training), (5.0, ended), (1000.0, ended), (100_000.0, ended))
    assert reasons(state) == [MEMORY]
    assert state.pauses[0].until is None
    # A program closes: now there is room for the trainer, the minimum and a quarter more.
    roomy = replace(FINE, memory_available=int(3.75 * GIB) + 1)
    assert decide(state, roomy, RULES, 100_001.0).pauses[0].until == 100_001.0 + QUIET
    # While the trainer is still ending, what it holds is not counted twice.
    ending = replace(roomy, memory_available=int(1.75 * GIB) + 1, trainer_memory=2 * GIB)
    assert decide(state, ending, RULES, 100_001.0).pauses[0].until == 100_001.0 + QUIET


def test_a_trainer_that_comes_and_goes_by_these_rules_comes_to_rest() -> None:
    """Run the loop itself: training follows the pauses, and memory follows training."""
    state, training, starts = PolicyState(), False, 0
    for now in range(0, 3600, 2):
        readings = replace(
            FINE,
            memory_available=int((3.3 - (2.5 if training else 0.0)) * GIB),
            trainer_memory=int(2.5 * GIB) if training else None,
        )
        state = decide(state, readings, RULES, float(now))
        starts += not training and not state.pauses
        training = not state.pauses
    assert starts == 1


def test_polling_alone_changes_nothing() -> None:
    low = replace(FINE, on_battery=True, disk_free=GIB)
    state = after((0.0, low))
    assert decide(state, replace(low, disk_free=GIB // 2), RULES, 10.0) == state
    cleared = decide(state, FINE, RULES, 20.0)
    assert decide(cleared, FINE, RULES, 30.0) == cleared


def test_every_reason_but_the_persons_is_in_the_table_and_every_reading_has_a_sensor() -> None:
    assert {reason.reason for reason in REASONS} == set(PauseReason) - {PauseReason.PERSON}
    assert len({reason.reason for reason in REASONS}) == len(REASONS)
    sensed = [name for reason in REASONS for name in reason.sensors]
    assert sorted(sensed) == sorted(field.name for field in fields(Readings))


# Properties -----------------------------------------------------------------------------------------------------

SECONDS = [0.0, 1.0, 5.0, 44.0, 45.0, 300.0]  # since the readings before
BATTERIES = [None, True, False]
SIZES = [None, 0, GIB // 2, GIB, int(1.2 * GIB), 2 * GIB, int(2.4 * GIB), int(2.6 * GIB), 8 * GIB]
TRAINERS = [None, GIB]
STEPS = list(itertools.product(SECONDS, BATTERIES, SIZES, SIZES, TRAINERS))


def history(drawn: bytes) -> Iterator[tuple[float, Readings]]:
    """A history of readings, two bytes for each: much faster to draw than their parts."""
    for high, low in zip(drawn[::2], drawn[1::2], strict=False):
        seconds, battery, disk, memory, trainer = STEPS[(high * 256 + low) % len(STEPS)]
        yield (
            seconds,
            Readings(on_battery=battery, disk_free=disk, memory_available=memory, trainer_memory=trainer),
        )


def plainly_holds(reason: PauseReason, readings: Readings) -> bool:
    """What a person would say of the readings alone."""
    amounts = {
        DISK: (readings.disk_free, RULES.disk_free_minimum),
        MEMORY: (readings.memory_available, RULES.memory_available_minimum),
    }
    if reason is BATTERY:
        return readings.on_battery is True
    amount, minimum = amounts[reason]
    return amount is not None and amount < minimum


@settings(max_examples=10_000, deadline=None)
@given(st.binary(max_size=32))
def test_no_history_drops_a_reason_early_or_keeps_it_for_ever(drawn: bytes) -> None:
    state, now = PolicyState(), 1000.0
    last_seen: dict[PauseReason, float] = {}
    began: dict[PauseReason, float] = {}
    for seconds, readings in history(drawn):
        now += seconds
        before, state = state, decide(state, readings, RULES, now)
        pauses = {pause.reason: pause for pause in state.pauses}
        assert len(pauses) == len(state.pauses)
        for reason in (BATTERY, DISK, MEMORY):
            if plainly_holds(reason, readings):
                last_seen[reason] = now
                assert reason in pauses, "a reason that holds is never missing"
                assert pauses[reason].until is None
            if reason not in pauses and reason in reasons(before):
                assert now - last_seen[reason] >= QUIET, "never dropped before the quiet time has passed"
            if reason in pauses:
                pause = pauses[reason]
                if reason in reasons(before):
                    assert pause.since == began[reason], "a pause keeps its beginning"
                else:
                    assert plainly_holds(reason, readings), "nothing else begins a pause"
                    began[reason] = pause.since
                    assert pause.since == now
                assert pause.until is None or now < pause.until <= now + QUIET
    # When nothing holds any longer, nothing is left after the quiet time.
    state = decide(state, FINE, RULES, now)
    assert decide(state, FINE, RULES, now + QUIET) == PolicyState()
