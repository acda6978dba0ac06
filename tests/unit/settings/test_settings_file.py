"""settings.toml: what is refused, what is kept, and what a failure leaves behind."""

import contextlib
import os
import tomllib

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpers.small_disk import fill_disk, small_disk_at
from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.settings.declared import (
    ALL,
    COMPUTING_DEVICE,
    COMPUTING_LOW_PRIORITY,
    COMPUTING_MEMORY_SHARE,
    COMPUTING_THREADS,
    GENERAL_PROJECT,
    PAUSING_DISK_FREE_GB,
)
from lightwork.settings.places import HOME_VARIABLE, places
from lightwork.settings.store import Settings, load, save

FOUR_THREADS = Settings().with_value(COMPUTING_THREADS, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_a_missing_file_is_all_defaults(path):
    settings = load(path)
    assert all(settings[setting] == setting.default for setting in ALL)
    assert not path.exists()


THREADS = "computing.threads must be a whole number from 0 to 256"
SHARE = "computing.memory_share must be a number from 0.1 to 0.95"
NEWER = "it was written by a newer Lightwork"
REFUSED = {
    "wrong type": ('[computing]\nthreads = "many"', f"{THREADS}, not 'many'"),
    "truth for a number": ("[computing]\nthreads = true", f"{THREADS}, not true"),
    "out of bounds": ("[computing]\nmemory_share = 2", f"{SHARE}, not 2"),
    "not a number": ("[computing]\nmemory_share = nan", f"{SHARE}, not nan"),
    "a table": ("[computing.threads]\nx = 1", f"{THREADS}, not {{'x': 1}}"),
    "misspelt key": (
        "[pausing]\nbattery = true",
        "there is no setting pausing.battery; did you mean pausing.on_battery?",
    ),
    "unknown section": ("[zzz]\nq = 1", "there is no setting zzz.q"),
    "key without section": ("threads = 2", "there is no setting threads"),
    "section is no table": ("computing = 3", "computing must be a table, not 3"),
    "newer": ("version = 2", f"{NEWER} (version 2, here 1)"),
    "newer, with sections of its own": ("version = 9\ncomputing = 3", f"{NEWER} (version 9, here 1)"),
    "version of a wrong type": ("version = true", "version must be 1, not true"),
    "version zero": ("version = 0", "version must be 1, not 0"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_file_is_refused_with_a_sentence_and_left_alone(path, content, sentence):
    path.write_text(content)
    with pytest.raises(LightworkError) as caught:
        load(path)
    assert caught.value.trouble is Trouble.SETTINGS_INVALID
    assert caught.value.detail == f"settings.toml: {sentence}"
    assert path.read_text() == content


@pytest.mark.parametrize(
    "content",
    [
        b"threads: 4",
        b"\xff\xfe\x00",
        b"x = " + b"[" * 100_000,
        b"version = " + b"9" * 5000,
        b"[computing]\nthreads = 1\nthreads = 2",
    ],
    ids=["not TOML", "not text", "deep nesting", "endless number", "key given twice"],
)
def test_a_broken_file_is_refused_by_reader_and_writer_alike(path, content):
    path.write_bytes(content)
    for act in (lambda: load(path), lambda: save(path, FOUR_THREADS)):
        with pytest.raises(LightworkError) as caught:
            act()
        assert caught.value.trouble is Trouble.SETTINGS_INVALID
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir()
    with pytest.raises(LightworkError) as caught:
        load(path)
    assert caught.value.trouble is Trouble.SETTINGS_INVALID


@given(st.binary(max_size=60))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_brings_any_other_error(path, content):
    path.write_bytes(content)
    with contextlib.suppress(LightworkError):
        load(path)
    assert path.read_bytes() == content


def test_a_byte_order_mark_and_windows_lines_are_read(path):
    path.write_bytes(b"\xef\xbb\xbfversion = 1\r\n[computing]\r\nthreads = 4\r\n")
    assert load(path) == FOUR_THREADS


def test_a_new_file_holds_only_what_differs(path):
    save(path, FOUR_THREADS.with_value(COMPUTING_LOW_PRIORITY, True))
    assert tomllib.loads(path.read_text()) == {"version": 1, "computing": {"threads": 4}}
    assert load(path) == FOUR_THREADS


def test_comments_order_and_spelling_stay(path):
    path.write_text(
        "# mine\nversion = 1\n\n[pausing]\ndisk_free_gb = 5 # the disk is small\n\n"
        "[computing] # quiet nights\nmemory_share = 0.60\n# not all of them\nthreads = 3 # of 8\n"
    )
    changed = load(path).with_value(COMPUTING_THREADS, 4).with_value(PAUSING_DISK_FREE_GB, 5)
    save(path, changed)
    assert path.read_text() == (
        "# mine\nversion = 1\n\n[pausing]\ndisk_free_gb = 5 # the disk is small\n\n"
        "[computing] # quiet nights\nmemory_share = 0.60\n# not all of them\nthreads = 4 # of 8\n"
    )


def test_back_to_the_default_is_removed_and_the_rest_stays(path):
    path.write_text('[computing]\nthreads = 3\ndevice = "cpu"\n')
    save(path, load(path).with_value(COMPUTING_THREADS, 0))
    assert tomllib.loads(path.read_text()) == {"version": 1, "computing": {"device": "cpu"}}


def test_what_a_person_wrote_beside_the_known_keys_is_not_dropped(path):
    path.write_text('[mine]\nnote = "x"\n')
    save(path, FOUR_THREADS)
    assert tomllib.loads(path.read_text()) == {"version": 1, "mine": {"note": "x"}, "computing": {"threads": 4}}


def test_saving_mends_a_wrong_value(path):
    path.write_text('[computing]\nthreads = "many"\nlow_priority = 0\n')
    save(path, Settings().with_value(COMPUTING_LOW_PRIORITY, False))
    assert load(path) == Settings().with_value(COMPUTING_LOW_PRIORITY, False)


def test_a_newer_file_is_not_overwritten(path):
    path.write_text("version = 2\n")
    with pytest.raises(LightworkError) as caught:
        save(path, FOUR_THREADS)
    assert caught.value.trouble is Trouble.SETTINGS_INVALID
    assert path.read_text() == "version = 2\n"


LAYOUTS = [
    "",
    "[computing]\nthreads = 1\n",
    "computing.threads = 1\npausing.disk_free_gb = 3\n",
    "computing = {threads = 1, device = 'cpu'}\n",
    "[pausing]\ndisk_free_gb = 1\n\n[computing]\nthreads = 3\n# end",
    "[computing]\r\nthreads = 1\r\n",
    'version = 1\n[mine.deep]\nx = [1, 2]\n[[mine.list]]\n[computing]\n"threads" = 2\n',
]
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        GENERAL_PROJECT: st.text(max_size=20),
        COMPUTING_DEVICE: st.text(max_size=5),
        COMPUTING_THREADS: st.integers(0, 256),
        COMPUTING_MEMORY_SHARE: st.floats(0.1, 0.95),
        COMPUTING_LOW_PRIORITY: st.booleans(),
        PAUSING_DISK_FREE_GB: st.floats(0, 100_000),
    },
)


@given(st.sampled_from(LAYOUTS), st.lists(CHOSEN, min_size=1, max_size=3))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_was_saved_is_what_is_read(path, layout, choices):
    path.write_bytes(layout.encode())
    theirs = {key: value for key, value in tomllib.loads(layout.replace("\r", "")).items() if key == "mine"}
    for chosen in choices:
        settings = Settings()
        for setting, value in chosen.items():
            settings = settings.with_value(setting, value)
        save(path, settings)
        document = tomllib.loads(path.read_text())
        assert {key: value for key, value in document.items() if key == "mine"} == theirs
        if not theirs:
            assert load(path) == settings


def test_a_link_to_the_file_stays_a_link(path, tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    try:
        path.symlink_to(real)
    except OSError:
        pytest.skip("this account may not make links")
    save(path, FOUR_THREADS)
    assert path.is_symlink()
    assert load(real) == FOUR_THREADS


def test_nothing_but_the_file_is_left_behind(path):
    save(path, FOUR_THREADS)
    save(path, FOUR_THREADS.with_value(COMPUTING_DEVICE, "cpu"))
    assert list(path.parent.iterdir()) == [path]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB."""
    with small_disk_at(tmp_path / "small", 64) as folder:
        yield folder


def test_a_full_disk_leaves_the_old_file_whole(small_disk):
    path = small_disk / "settings.toml"
    save(path, FOUR_THREADS)
    before = path.read_bytes()
    fill_disk(small_disk)
    with pytest.raises(LightworkError) as caught:
        save(path, FOUR_THREADS.with_value(COMPUTING_DEVICE, "cpu"))
    assert caught.value.trouble is Trouble.DISK_FULL
    assert path.read_bytes() == before
    assert {file.name for file in small_disk.iterdir()} == {"ballast", "settings.toml"}


def test_another_fault_of_the_disk_is_passed_on(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "absent" / "file", b"x")


def test_one_folder_holds_everything(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    here = places()
    assert here.home == tmp_path
    for one in (here.settings, here.ledger, here.door, here.lock, here.logs, here.practice, here.project("p")):
        assert one.is_relative_to(tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv(HOME_VARIABLE)
    assert places().home.is_absolute()
