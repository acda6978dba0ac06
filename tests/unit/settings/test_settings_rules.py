"""Which values a setting takes, and what a typed word means."""

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.settings import declared
from lightwork.settings.check import allowed, check
from lightwork.settings.declared import (
    ALL,
    COMPUTING_DEVICE,
    COMPUTING_LOW_PRIORITY,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_THREADS,
    PAUSING_DISK_FREE_GB,
    PAUSING_HOURS,
    Page,
    Setting,
)
from lightwork.settings.store import Settings, find, parse

SIZE = Setting(key="test.size", type=str, default="s", choices=("s", "m"), label="", help="", page=Page.GENERAL)
OPEN = Setting(key="test.open", type=float, default=0.0, label="", help="", page=Page.GENERAL)
LOW = Setting(key="test.low", type=int, default=0, minimum=0, label="", help="", page=Page.GENERAL)
HIGH = Setting(key="test.high", type=int, default=0, maximum=9, label="", help="", page=Page.GENERAL)


@pytest.mark.parametrize("setting", ALL, ids=lambda s: s.key)
def test_a_declaration_is_whole(setting):
    section, dot, name = setting.key.partition(".")
    assert section.isidentifier()
    assert dot
    assert name.isidentifier()
    assert type(setting.default) is setting.type
    assert check(setting, setting.default) == setting.default
    assert setting.label
    assert setting.help.endswith(".")


def test_every_declared_setting_is_listed_once():
    constants = [value for value in vars(declared).values() if isinstance(value, Setting)]
    assert sorted(s.key for s in constants) == sorted(s.key for s in ALL)
    assert len({s.key for s in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("setting", "value", "result"),
    [
        (COMPUTING_THREADS, 0, 0),
        (COMPUTING_THREADS, 256, 256),
        (COMPUTING_MEMORY_SHARE, 0.1, 0.1),
        (PAUSING_DISK_FREE_GB, 3, 3.0),
        (COMPUTING_LOW_PRIORITY, False, False),
        (COMPUTING_DEVICE, "cuda:0", "cuda:0"),
        (SIZE, "m", "m"),
        (OPEN, -1e9, -1e9),
    ],
)
def test_allowed_values(setting, value, result):
    checked = check(setting, value)
    assert checked == result
    assert type(checked) is setting.type


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        (COMPUTING_THREADS, "many", "computing.threads must be a whole number from 0 to 256, not 'many'"),
        (COMPUTING_THREADS, -1, "computing.threads must be a whole number from 0 to 256, not -1"),
        (COMPUTING_THREADS, 257, "computing.threads must be a whole number from 0 to 256, not 257"),
        (COMPUTING_THREADS, True, "computing.threads must be a whole number from 0 to 256, not true"),
        (COMPUTING_THREADS, 2.0, "computing.threads must be a whole number from 0 to 256, not 2.0"),
        (COMPUTING_MEMORY_SHARE, 1, "computing.memory_share must be a number from 0.1 to 0.95, not 1"),
        (COMPUTING_MEMORY_SHARE, True, "computing.memory_share must be a number from 0.1 to 0.95, not true"),
        (COMPUTING_MEMORY_SHARE, float("nan"), "computing.memory_share must be a number from 0.1 to 0.95, not nan"),
        (COMPUTING_LOW_PRIORITY, 1, "computing.low_priority must be true or false, not 1"),
        (COMPUTING_DEVICE, 0, "computing.device must be a text, not 0"),
        (SIZE, "l", "test.size must be one of 's', 'm', not 'l'"),
        (OPEN, float("nan"), "test.open must be a number, not nan"),
        (OPEN, float("inf"), "test.open must be a number, not inf"),
        (LOW, -1, "test.low must be a whole number of at least 0, not -1"),
        (HIGH, 10, "test.high must be a whole number of at most 9, not 10"),
    ],
)
def test_a_refusal_says_what_is_allowed(setting, value, sentence):
    with pytest.raises(LightworkError) as caught:
        check(setting, value)
    assert caught.value.trouble is Trouble.SETTINGS_INVALID
    assert caught.value.detail == sentence


@pytest.mark.parametrize("value", [10**400, 10**5000, ["x"] * 1000], ids=["400 digits", "5,000 digits", "a list"])
def test_a_monstrous_value_is_refused_in_a_short_sentence(value):
    with pytest.raises(LightworkError) as caught:
        check(OPEN, value)
    assert len(caught.value.detail) < 120


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (COMPUTING_THREADS, " 4 ", 4),
        (COMPUTING_MEMORY_SHARE, "0.25", 0.25),
        (PAUSING_DISK_FREE_GB, "7", 7.0),
        (COMPUTING_LOW_PRIORITY, "No", False),
        (COMPUTING_LOW_PRIORITY, "on", True),
        (COMPUTING_DEVICE, "1", "1"),
    ],
)
def test_a_typed_word_is_read_in_the_type_of_its_setting(setting, text, value):
    parsed = parse(setting, text)
    assert parsed == value
    assert type(parsed) is setting.type


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (COMPUTING_THREADS, "4.0"),
        (COMPUTING_THREADS, ""),
        (COMPUTING_MEMORY_SHARE, "0,5"),
        (COMPUTING_LOW_PRIORITY, "2"),
    ],
)
def test_a_wrong_word_is_refused_as_it_was_typed(setting, text):
    with pytest.raises(LightworkError) as caught:
        parse(setting, text)
    assert caught.value.detail == f"{setting.key} must be {allowed(setting)}, not {text!r}"


@given(st.sampled_from([setting for setting in ALL if setting.verify is None]), st.data())
def test_whatever_is_shown_can_be_typed_again(setting, data):
    kinds = {
        bool: st.booleans(),
        str: st.text(),
        int: st.integers(setting.minimum, setting.maximum),
        float: st.floats(setting.minimum, setting.maximum),
    }
    value = data.draw(kinds[setting.type])
    assert parse(setting, str(value)) == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("every day", '"every day" is not like "mon-fri 22:00-07:00"'),
        ("mon-fry 22:00-07:00", '"fry" is no day; days are mon, tue, wed, thu, fri, sat, sun'),
        ("mon 22:00-24:01", '"24:01" is no time of day'),
        ("mon 24:00-07:00", '"24:00" begins no span'),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_the_part_that_is_wrong(text, detail):
    with pytest.raises(LightworkError) as caught:
        parse(PAUSING_HOURS, text)
    assert caught.value.detail == f"pausing.hours: {detail}"
    assert parse(PAUSING_HOURS, "mon-fri 22:00-07:00; sat 00:00-24:00") == "mon-fri 22:00-07:00; sat 00:00-24:00"


def test_an_unknown_key_is_met_with_the_nearest_name():
    assert find("computing.threads") is COMPUTING_THREADS
    with pytest.raises(LightworkError) as caught:
        find("computing.thread")
    assert caught.value.detail == "there is no setting computing.thread; did you mean computing.threads?"


def test_settings_are_a_view_that_never_changes():
    plain = Settings()
    chosen = plain.with_value(COMPUTING_THREADS, 4)
    assert (plain[COMPUTING_THREADS], chosen[COMPUTING_THREADS]) == (0, 4)
    assert chosen.with_value(COMPUTING_THREADS, 0) == plain
    with pytest.raises(LightworkError):
        chosen.with_value(COMPUTING_THREADS, 1000)
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.changed = {}
    with pytest.raises(TypeError):
        chosen.changed["computing.threads"] = 5


def test_importing_the_settings_is_cheap():
    code = "import sys, lightwork.settings.store; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tomlkit", "msgspec", "asyncio", "platformdirs", "difflib"} & set(done.stdout.split())
