"""The rules of pausing: tables for each reason, and properties over random histories."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightwork.activity import catalogue
from lightwork.activity.policy import BLIND_SECONDS, PolicyState, decide, next_change
from lightwork.activity.readings import GpuUse, Program, Readings, TrafficUse
from lightwork.activity.reasons import (
    COOLER_BY,
    GPU_PATIENCE,
    PROCESSOR_PATIENCE,
    REASONS,
    Kind,
    Rules,
)
from lightwork.activity.sensor import Pace
from lightwork.domain.allowance import stops_at
from lightwork.domain.hours import parse_hours
from lightwork.domain.states import PauseReason

GIB = 2**30
RULES = Rules(disk_free_minimum=2 * GIB, memory_available_minimum=GIB)
QUIET = RULES.quiet_seconds


def used(day: int = 0, month: int = 0) -> TrafficUse:
    return TrafficUse(day=day, day_ends=86_400.0, month=month, month_ends=2_678_400.0)


FINE = Readings(
    games=(),
    game_mode=(),
    full_screen=(),
    idle_seconds=1000.0,
    on_battery=False,
    metered=False,
    traffic=used(),
    others_load=0.1,
    gpus=(GpuUse(device="cuda:0", load=0.05, memory=GIB, memory_total=8 * GIB),),
    celsius=60.0,
    week_minute=600,
    disk_free=100 * GIB,
    memory_available=16 * GIB,
)
BATTERY, DISK, MEMORY = PauseReason.ON_BATTERY, PauseReason.LOW_DISK, PauseReason.LOW_MEMORY
DAY, MONTH = PauseReason.DATA_DAY, PauseReason.DATA_MONTH
GB = 10**9
GAME, GPU, SCREEN = PauseReason.GAME, PauseReason.GPU_IN_USE, PauseReason.FULL_SCREEN
RING = Program(name="Elden Ring", source="Steam", process=7)


def gpu(device: str = "cuda:0", **use: object) -> GpuUse:
    return GpuUse(device=device, **{"load": 0.0, "memory": GIB, "memory_total": 8 * GIB, **use})  # type: ignore[arg-type]


def reasons(state: PolicyState) -> list[PauseReason]:
    return [pause.reason for pause in state.pauses]


def after(*history: tuple[float, Readings], rules: Rules = RULES) -> PolicyState:
    """The state after readings at these instants."""
    state = PolicyState()
    for number, (now, readings) in enumerate(history):
        state = decide(state, seen_anew(readings, number), rules, now)
    return state


def seen_anew(readings: Readings, number: int) -> Readings:
    """The same at another look, as sensors tell it."""
    gpus = readings.gpus and tuple(replace(use, look=number) for use in readings.gpus)
    load = readings.others_load and readings.others_load + number * 1e-9
    return replace(readings, gpus=gpus, others_load=load)


@pytest.mark.parametrize(
    ("readings", "rules", "expected"),
    [
        (FINE, RULES, []),
        (Readings(), RULES, []),  # a computer that tells nothing is not paused
        (replace(FINE, games=(RING,)), RULES, [GAME]),
        (replace(FINE, game_mode=(RING,)), RULES, [GAME]),
        (replace(FINE, steam=(RING,)), RULES, [GAME]),
        (replace(FINE, games=(RING,)), Rules(games=False), []),
        (replace(FINE, full_screen=(Program(name="mpv"),)), RULES, [SCREEN]),
        (replace(FINE, full_screen=(Program(name="mpv"),)), Rules(full_screen=False), []),
        (replace(FINE, idle_seconds=0.0), RULES, []),  # off until chosen
        (replace(FINE, idle_seconds=299.0), Rules(in_use_seconds=300.0), [PauseReason.IN_USE]),
        (replace(FINE, idle_seconds=300.0), Rules(in_use_seconds=300.0), []),
        (replace(FINE, idle_seconds=None), Rules(in_use_seconds=300.0), []),
        (FINE, Rules(hours=parse_hours("mon 09:00-10:00")), [PauseReason.OUTSIDE_HOURS]),
        (FINE, Rules(hours=parse_hours("mon 09:00-10:01")), []),
        (replace(FINE, metered=True), RULES, [PauseReason.METERED]),
        (replace(FINE, metered=True), Rules(metered=False), []),
        (replace(FINE, celsius=90.0), RULES, []),
        (replace(FINE, celsius=90.5), RULES, [PauseReason.TOO_HOT]),
        (replace(FINE, celsius=90.5), Rules(celsius=0.0), []),
        (replace(FINE, traffic=used(5 * GB, 90 * GB)), RULES, []),  # off until chosen
        (replace(FINE, traffic=used(GB)), Rules(data_day=GB), [DAY]),
        (replace(FINE, traffic=used(stops_at(GB))), Rules(data_day=GB), [DAY]),
        (replace(FINE, traffic=used(stops_at(GB) - 1)), Rules(data_day=GB), []),
        (replace(FINE, traffic=used(month=50 * GB)), Rules(data_day=GB, data_month=50 * GB), [MONTH]),
        (replace(FINE, traffic=used(9 * GB, 60 * GB)), Rules(data_day=GB, data_month=50 * GB), [MONTH, DAY]),
        (FINE, Rules(data_day=GB, data_month=50 * GB), []),
        (replace(FINE, traffic=None), Rules(data_day=GB, data_month=50 * GB), []),
        (replace(FINE, on_battery=True), RULES, [BATTERY]),
        (replace(FINE, on_battery=True), Rules(on_battery=False), []),
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
    assert (pause.reason, pause.since, pause.until, pause.cause) == (DISK, 105.0, None, "1.6 GB")
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
    assert decide(state, battery, replace(RULES, on_battery=False), 1.0) == PolicyState()


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


# Load that lasts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("busy", "rules", "reason", "patience"),
    [
        (replace(FINE, gpus=(gpu(load=0.3, program="blender"),)), RULES, GPU, GPU_PATIENCE),
        (replace(FINE, gpus=(gpu(memory=5 * GIB),)), RULES, GPU, GPU_PATIENCE),
        (
            replace(FINE, others_load=0.6),
            replace(RULES, processor_load=0.5),
            PauseReason.PROCESSOR_BUSY,
            PROCESSOR_PATIENCE,
        ),
    ],
)
def test_only_load_that_lasts_pauses(busy: Readings, rules: Rules, reason: PauseReason, patience: float) -> None:
    begun = after((0.0, busy), (patience - 0.1, busy), rules=rules)
    assert reasons(begun) == []
    assert next_change(begun, rules, patience - 0.1) is None, "only another look can tell"
    lasting = decide(begun, seen_anew(busy, 9), rules, patience)
    assert reasons(lasting) == [reason]
    assert lasting.pauses[0].since == patience
    # One look, however old it gets, is no load that lasts.
    assert reasons(after((0.0, busy), rules=rules)) == []
    assert reasons(decide(after((0.0, busy), rules=rules), seen_anew(busy, 0), rules, 500.0)) == []
    # A moment without it, and the patience begins anew.
    assert reasons(after((0.0, busy), (1.0, FINE), (1.5, busy), (patience + 1.0, busy), rules=rules)) == []


def test_a_clock_that_is_set_back_does_not_prolong_the_patience() -> None:
    busy = replace(FINE, gpus=(gpu(load=0.3),))
    assert reasons(after((10_000.0, busy), (500.0, busy), (500.0 + GPU_PATIENCE, busy))) == [GPU]


@pytest.mark.parametrize(
    ("use", "rules", "expected"),
    [
        (gpu(load=0.25), RULES, False),
        (gpu(load=0.26), RULES, True),
        (gpu(load=0.9), replace(RULES, gpu_load=0.0), False),
        (gpu(load=None, memory=None), RULES, False),
        (gpu(load=None, memory=4 * GIB), RULES, False),  # the promised half is free
        (gpu(load=None, memory=4 * GIB + 1), RULES, True),
        (gpu(load=None, memory=GIB), replace(RULES, gpu_memory_share=0.95), False),  # a desktop is no need
        (gpu(load=None, memory=3 * GIB), replace(RULES, gpu_memory_share=0.95), True),
        (gpu(load=None, memory=GIB, memory_total=0), RULES, False),
    ],
)
def test_when_others_need_the_graphics_card(use: GpuUse, rules: Rules, expected: bool) -> None:
    busy = replace(FINE, gpus=(use,))
    assert (GPU in reasons(after((0.0, busy), (GPU_PATIENCE, busy), rules=rules))) is expected


def test_what_keeps_a_pause_up_is_less_than_what_began_it() -> None:
    state = after((0.0, replace(FINE, gpus=(gpu(load=0.9),))), (GPU_PATIENCE, replace(FINE, gpus=(gpu(load=0.9),))))
    menu = replace(FINE, gpus=(gpu(load=0.21),))
    assert decide(state, menu, RULES, 100.0).pauses[0].until is None
    assert decide(state, replace(FINE, gpus=(gpu(load=0.2),)), RULES, 100.0).pauses[0].until == 100.0 + QUIET
    hot = after((0.0, replace(FINE, celsius=95.0)))
    assert decide(hot, replace(FINE, celsius=90.0 - COOLER_BY + 0.1), RULES, 10.0).pauses[0].until is None
    assert decide(hot, replace(FINE, celsius=90.0 - COOLER_BY), RULES, 10.0).pauses[0].until is not None


# Which cause is shown -------------------------------------------------------------------------------------------


def test_a_game_is_called_as_its_launcher_calls_it() -> None:
    process = Program(name="eldenring", source="GameMode", process=7)
    (pause,) = after((0.0, replace(FINE, game_mode=(process,), games=(RING,)))).pauses
    assert (pause.cause, pause.source) == ("Elden Ring", "Steam")
    (pause,) = after((0.0, replace(FINE, game_mode=(process,)))).pauses
    assert (pause.cause, pause.source) == ("eldenring", "GameMode")


def test_one_game_after_another_is_one_pause_with_the_newer_cause() -> None:
    state = after(
        (0.0, replace(FINE, games=(RING,))), (9.0, FINE), (10.0, replace(FINE, games=(Program(name="Doom"),)))
    )
    (pause,) = state.pauses
    assert (pause.cause, pause.since, pause.until) == ("Doom", 0.0, None)


def test_outside_the_hours_it_is_told_when_they_begin() -> None:
    (pause,) = after((0.0, FINE), rules=Rules(hours=parse_hours("mon 22:00-07:00"))).pauses
    assert pause.cause == "22:00"


def test_a_used_up_allowance_says_how_large_it_was_and_when_it_begins_anew() -> None:
    rules = Rules(data_day=GB // 2, data_month=50 * GB)
    month, day = after((0.0, replace(FINE, traffic=used(GB, 50 * GB))), rules=rules).pauses
    assert (month.cause, month.ends, month.until) == ("50 GB", 2_678_400.0, None)
    assert (day.cause, day.ends) == ("0.5 GB", 86_400.0)


def test_a_new_day_or_a_larger_allowance_ends_the_pause_and_none_at_all_ends_it_at_once() -> None:
    spent, rules = replace(FINE, traffic=used(GB)), Rules(data_day=GB)
    state = after((0.0, spent), rules=rules)
    tomorrow = replace(FINE, traffic=TrafficUse(day=0, day_ends=172_800.0, month=GB, month_ends=2_678_400.0))
    assert decide(state, tomorrow, rules, 10.0).pauses[0].until == 10.0 + QUIET
    assert decide(state, spent, replace(rules, data_day=2 * GB), 10.0).pauses[0].until == 10.0 + QUIET
    assert decide(state, spent, replace(rules, data_day=0), 10.0) == PolicyState()
    # The clock was set back to a day before: what was used then counts, and so does that day's end.
    yesterday = replace(FINE, traffic=TrafficUse(day=GB, day_ends=50.0, month=GB, month_ends=2_678_400.0))
    assert decide(state, yesterday, rules, 10.0).pauses[0].ends == 50.0


# One device and the others --------------------------------------------------------------------------------------

TWO = (gpu("cuda:0", load=0.9, program="eldenring", processes=(7,)), gpu("cuda:1"))
PER_DEVICE = replace(RULES, per_device=True)


def devices(state: PolicyState) -> list[tuple[PauseReason, str]]:
    return [(pause.reason, pause.device) for pause in state.pauses]


def test_a_game_concerns_the_whole_computer_unless_a_person_lets_other_cards_go_on() -> None:
    playing = replace(FINE, games=(RING,), gpus=TWO)
    assert devices(after((0.0, playing))) == [(GAME, "")]
    assert devices(after((0.0, playing), rules=PER_DEVICE)) == [(GAME, "cuda:0")]
    lasting = after((0.0, playing), (GPU_PATIENCE, playing), rules=PER_DEVICE)
    assert devices(lasting) == [(GAME, "cuda:0"), (GPU, "cuda:0")]


def test_a_game_that_is_seen_on_no_card_concerns_them_all() -> None:
    playing = replace(FINE, games=(RING,), gpus=(gpu("cuda:0"), gpu("cuda:1")))
    assert devices(after((0.0, playing), rules=PER_DEVICE)) == [(GAME, "cuda:0"), (GAME, "cuda:1")]
    only = replace(FINE, games=(RING,), gpus=(gpu("cuda:0"),))
    assert devices(after((0.0, only), rules=PER_DEVICE)) == [(GAME, "")]


def test_another_program_concerns_the_card_that_it_uses() -> None:
    busy = replace(FINE, gpus=TWO)
    assert devices(after((0.0, busy), (GPU_PATIENCE, busy))) == [(GPU, "cuda:0")]


def test_a_card_that_is_pulled_out_keeps_its_quiet_time_and_no_more() -> None:
    busy = replace(FINE, gpus=TWO)
    state = after((0.0, busy), (3.0, busy), (4.0, replace(FINE, gpus=())))
    assert devices(state) == [(GPU, "cuda:0")]
    assert decide(state, replace(FINE, gpus=()), RULES, 4.0 + QUIET) == PolicyState()


# Run always -----------------------------------------------------------------------------------------------------

EVERYTHING = replace(
    FINE,
    games=(RING,),
    full_screen=(Program(name="mpv"),),
    gpus=(gpu(load=0.9),),
    idle_seconds=0.0,
    week_minute=0,
    metered=True,
    traffic=used(GB, 50 * GB),
    others_load=0.9,
    on_battery=True,
    celsius=99.0,
    disk_free=0,
    memory_available=0,
)
STRICT = replace(RULES, in_use_seconds=300.0, hours=parse_hours("sun 10:00-11:00"), processor_load=0.5)
STRICT = replace(STRICT, data_day=GB, data_month=50 * GB)
PROTECTION = {PauseReason.TOO_HOT, DISK, MEMORY, DAY, MONTH}
PLAY = {GAME, SCREEN, GPU}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (STRICT, set(PauseReason) - {PauseReason.PERSON}),
        (replace(STRICT, always=True), PROTECTION | PLAY),
        (replace(STRICT, always=True, games_even_then=False), PROTECTION),
    ],
)
def test_run_always_still_protects_the_computer_and_games_if_so_chosen(
    rules: Rules, expected: set[PauseReason]
) -> None:
    history = ((0.0, EVERYTHING), (100.0, EVERYTHING))
    assert set(reasons(after(*history, rules=rules))) == expected


def test_every_reason_can_be_switched_off() -> None:
    off = Rules(
        games=False,
        full_screen=False,
        gpu_load=0.0,
        in_use_seconds=0.0,
        metered=False,
        processor_load=0.0,
        on_battery=False,
        celsius=0.0,
        disk_free_minimum=0,
        memory_available_minimum=0,
    )
    assert after((0.0, EVERYTHING), (100.0, EVERYTHING), rules=off) == PolicyState()


def test_every_reason_but_the_persons_is_in_the_table_and_every_reading_has_a_sensor(tmp_path) -> None:
    assert {reason.reason for reason in REASONS} == set(PauseReason) - {PauseReason.PERSON}
    assert len({reason.reason for reason in REASONS}) == len(REASONS)
    found = catalogue.sensors(tmp_path, Pace(), Pace(), own_games=tuple, never_games=tuple)
    sensed = {sensor.field for sensor in found} | {
        "gpus",
        "celsius",
        "others_load",
        "trainer_memory",
        "traffic",
    }  # those are the node's
    assert sensed >= {field.name for field in fields(Readings)} - {"steam"}  # Steam tells on Windows only


# A sensor that goes blind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("began", "blind", "reason"),
    [
        (replace(FINE, games=(RING,)), replace(FINE, games=None), GAME),
        (replace(FINE, game_mode=(RING,)), replace(FINE, game_mode=None), GAME),
        (replace(FINE, full_screen=(RING,)), replace(FINE, full_screen=None), SCREEN),
        (replace(FINE, on_battery=True), replace(FINE, on_battery=None), BATTERY),
        (replace(FINE, celsius=99.0), replace(FINE, celsius=None), PauseReason.TOO_HOT),
    ],
)
def test_a_sensor_that_goes_blind_does_not_end_its_pause(began: Readings, blind: Readings, reason: PauseReason) -> None:
    state = after((0.0, began), (10.0, blind), (10.0 + BLIND_SECONDS - 1, blind))
    assert reasons(state) == [reason]
    assert state.pauses[0].until is None
    assert next_change(state, RULES, 10.0 + BLIND_SECONDS - 1) == pytest.approx(1.0)
    # It sees again, and it is over; or it stays blind, and then it is over at last.
    assert decide(state, FINE, RULES, 700.0).pauses[0].until == 700.0 + QUIET
    gone = decide(state, blind, RULES, 10.0 + BLIND_SECONDS)
    assert gone.pauses[0].until == 10.0 + BLIND_SECONDS + QUIET
    assert decide(gone, blind, RULES, 10.0 + BLIND_SECONDS + QUIET) == PolicyState()


def test_what_never_told_anything_begins_no_pause_and_holds_none() -> None:
    state = after((0.0, replace(FINE, games=(RING,), game_mode=None)), (5.0, replace(FINE, game_mode=None)))
    assert state.pauses[0].until == 5.0 + QUIET


def test_programs_that_are_no_games_are_none_whoever_names_them() -> None:
    never = Rules(never=("wallpaper engine",))
    wallpaper = Program(name="Wallpaper Engine", source="Steam")
    assert after((0.0, replace(FINE, steam=(wallpaper,), game_mode=(wallpaper,))), rules=never) == PolicyState()
    assert reasons(after((0.0, replace(FINE, steam=(wallpaper, RING))), rules=never)) == [GAME]


def test_a_name_that_is_no_text_cannot_reach_the_ledger_or_the_wire() -> None:
    (pause,) = after((0.0, replace(FINE, games=(Program(name="игра\udcd0\n", source="St\udcd0eam"),)))).pauses
    assert (pause.cause, pause.source) == ("игра", "St eam")
    assert pause.cause.encode()


# Properties -----------------------------------------------------------------------------------------------------

GAMES = [None, (), (RING,), (RING, Program(name="Doom"))]
FLAGS = [None, True, False]
SIZES = [None, 0, GIB // 2, GIB, int(1.2 * GIB), 2 * GIB, int(2.4 * GIB), int(2.6 * GIB), 8 * GIB]
CARDS = [None, (), (gpu(load=0.9),), (gpu(load=0.22),), (gpu(),), (gpu(), gpu("cuda:1", load=0.8, processes=(7,)))]
HEATS = [None, 40.0, 85.0, 95.0]
IDLES = [None, 0.0, 500.0]
LOADS = [None, 0.1, 0.45, 0.9]
TRAFFIC = [None, used(), used(GB, 2 * GB), used(0, 50 * GB), used(2 * GB, 60 * GB)]
SECONDS = [0.0, 0.5, 1.0, 2.5, 5.0, 44.0, 45.0, 300.0]  # since the readings before
CHOICES = (SECONDS, GAMES, GAMES, GAMES, FLAGS, FLAGS, SIZES, SIZES, CARDS, HEATS, IDLES, LOADS, [0, 600, 9000])
CHOICES += (TRAFFIC,)
FIELDS = ("games", "game_mode", "full_screen", "on_battery", "metered", "disk_free", "memory_available", "gpus")
FIELDS += ("celsius", "idle_seconds", "others_load", "week_minute", "traffic")


def history(drawn: bytes) -> Iterator[tuple[float, Readings]]:
    """A history of readings, eight bytes for each: much faster to draw than their parts."""
    for at in range(0, len(drawn) - 7, 8):
        number, values = int.from_bytes(drawn[at : at + 8], "little"), []
        for choices in CHOICES:
            number, chosen = divmod(number, len(choices))
            values.append(choices[chosen])
        readings = Readings(**dict(zip(FIELDS, values[1:], strict=True)))  # type: ignore[arg-type]
        yield values[0], seen_anew(readings, at)


PATIENCE = {reason.reason: reason.patience for reason in REASONS}
KINDS = {reason.reason: reason.kind for reason in REASONS}


# What a person would say of the readings alone.
PLAINLY: dict[PauseReason, Callable[[Readings], bool]] = {
    GAME: lambda now: bool(now.games or now.game_mode),
    SCREEN: lambda now: bool(now.full_screen),
    GPU: lambda now: any(use.load is not None and use.load > 0.25 for use in now.gpus or ()),
    PauseReason.IN_USE: lambda now: now.idle_seconds is not None and now.idle_seconds < 300,
    PauseReason.OUTSIDE_HOURS: lambda now: now.week_minute is not None and not STRICT.hours.allow(now.week_minute),
    PauseReason.METERED: lambda now: now.metered is True,
    DAY: lambda now: now.traffic is not None and now.traffic.day >= GB,
    MONTH: lambda now: now.traffic is not None and now.traffic.month >= 50 * GB,
    PauseReason.PROCESSOR_BUSY: lambda now: now.others_load is not None and now.others_load > 0.5,
    BATTERY: lambda now: now.on_battery is True,
    PauseReason.TOO_HOT: lambda now: now.celsius is not None and now.celsius > 90,
    DISK: lambda now: now.disk_free is not None and now.disk_free < 2 * GIB,
    MEMORY: lambda now: now.memory_available is not None and now.memory_available < GIB,
}


def plainly_on(device: str, reason: PauseReason, readings: Readings) -> bool:
    """The same of one device, for a reason that concerns one."""
    if device and readings.gpus is not None:
        readings = replace(readings, gpus=tuple(use for use in readings.gpus if use.device == device))
    return PLAINLY[reason](readings)


def in_force(state: PolicyState) -> set[tuple[PauseReason, str]]:
    return {(pause.reason, pause.device) for pause in state.pauses}


# One card has been quiet for long enough in the very look in which another begins to be busy.
@example(bytes.fromhex("0000000000010002020000057d01011e0000000000000001060001000001e715"))
@settings(max_examples=10_000, deadline=None)
@given(st.binary(max_size=96))
def test_no_history_runs_against_a_reason_flaps_or_stays_paused_for_ever(drawn: bytes) -> None:
    """Training runs exactly while there is no pause; so these are statements about training."""
    state, now = PolicyState(), 1000.0
    last_seen: dict[tuple[PauseReason, str], float] = {}
    for seconds, readings in history(drawn):
        now += seconds
        before, state = state, decide(state, readings, STRICT, now)
        held = {pause.reason: pause for pause in state.pauses}
        for reason, patience in PATIENCE.items():
            if PLAINLY[reason](readings):
                # It never runs while a reason holds (and has lasted, where it must last).
                assert reason in held or patience > 0
            if reason in held and reason not in reasons(before):
                assert PLAINLY[reason](readings), "nothing else begins a pause"
                assert held[reason].since == now
        for reason, device in in_force(before) | in_force(state):
            if plainly_on(device, reason, readings):
                last_seen[reason, device] = now
        # It never flaps faster than the quiet time. Each device has its own: one may begin as another's ends.
        assert all(now - last_seen[ended] >= QUIET for ended in in_force(before) - in_force(state))
        for pause in state.pauses:
            assert pause.until is None or now < pause.until <= now + QUIET
            assert pause.since <= now
        assert decide(state, readings, STRICT, now).pauses == state.pauses, "asking twice changes nothing"
    # It always goes on when nothing holds any more, and time alone brings that about.
    calm = replace(FINE, week_minute=parse_hours("sun 10:00-11:00").spans[0][0])
    state = decide(state, calm, STRICT, now)
    wait = next_change(state, STRICT, now)
    assert wait is None or wait <= QUIET
    assert decide(state, calm, STRICT, now + QUIET).pauses == ()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=96))
def test_time_alone_changes_nothing_before_the_time_that_is_told(drawn: bytes) -> None:
    state, now = PolicyState(), 1000.0
    for seconds, readings in history(drawn):
        now += seconds
        state = decide(state, readings, STRICT, now)
        wait = next_change(state, STRICT, now)
        just_before = now + (1e6 if wait is None else max(0.0, wait - 1e-3))
        assert decide(state, readings, STRICT, just_before).pauses == state.pauses
        if wait is not None:
            assert decide(state, readings, STRICT, now + wait + 1e-6).pauses != state.pauses


def test_each_kind_of_reason_exists() -> None:
    assert set(KINDS.values()) == set(Kind)
