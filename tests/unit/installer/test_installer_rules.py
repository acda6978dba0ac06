"""The installer's decisions, without touching a system."""

import ast
import errno
import io
import os
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import arguments
import checks
import launch
import problem
import progress
import python_version
import stamp
import tests_command
from environment import Step, next_step

CHECKOUT = Path(__file__).parents[3]
SOURCES = sorted((CHECKOUT / "installer").glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_source_parses_on_python_3_8_so_that_it_can_say_what_is_wrong(source: Path) -> None:
    ast.parse(source.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_module_hides_one_of_the_standard_library(source: Path) -> None:
    assert source.stem == "__main__" or source.stem not in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run"], arguments.Run(False, ())),
        (["run", "--rounds", "5", "--headless", "--json"], arguments.Run(True, ("--rounds", "5", "--json"))),
        (["run", "--", "--headless"], arguments.Run(False, ("--", "--headless"))),
        (["run", "--headless", "--help"], arguments.Run(True, ("--help",))),
        (["run", "--help"], arguments.Help()),
        (["test", "-k", "codec", "--keep-going"], arguments.Test(True, ("-k", "codec"))),
        (["doctor"], arguments.Doctor()),
        (["--help"], arguments.Help()),
    ],
)
def test_arguments_are_split_between_installer_and_program(words: list[str], expected: arguments.Command) -> None:
    assert arguments.parse(words) == expected


@pytest.mark.parametrize(("words", "named"), [(["rnu"], "rnu"), (["doctor", "now"], "now"), ([], "run")])
def test_unknown_words_are_named(words: list[str], named: str) -> None:
    with pytest.raises(arguments.UsageError, match=named):
        arguments.parse(words)


def test_only_json_reserves_stdout_for_the_program() -> None:
    assert arguments.Run(True, ("--rounds", "5", "--json")).machine_readable
    assert not arguments.Run(True, ("--rounds", "5")).machine_readable


def test_a_new_enough_python_is_no_complaint() -> None:
    assert python_version.complaint((3, 11), []) is None
    assert python_version.complaint((4, 0), []) is None


def test_an_old_python_names_the_newest_one_that_works() -> None:
    said = python_version.complaint((3, 8), ["run", "a b"], lambda name: name in ("python3.11", "python3.12"))
    assert said is not None
    assert "3.11 or newer; this is Python 3.8" in said
    assert said.endswith("python3.12 installer run 'a b'")


def test_an_old_python_alone_is_told_to_get_another() -> None:
    said = python_version.complaint((3, 9), ["run"], lambda name: False)
    assert said is not None
    assert "Install a newer Python" in said


PROJECT = tomllib.loads("""
[build-system]
requires = ["hatchling"]
[project]
name = "lightwork"
requires-python = ">=3.11"
dependencies = ["numpy>=2"]
[project.optional-dependencies]
train = ["torch==2.13.0"]
[project.scripts]
lightwork = "lightwork.cli.main:main"
[tool.hatch.build]
dev-mode-dirs = ["client"]
[tool.ruff]
line-length = 120
""")


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        (("project", "dependencies", ["numpy>=2.1"]), True),
        (("project", "optional-dependencies", {"train": ["torch==2.14.0"]}), True),
        (("project", "scripts", {}), True),
        (("project", "requires-python", ">=3.12"), True),
        (("build-system", "requires", ["hatchling>=2"]), True),
        (("tool", "hatch", {"build": {"dev-mode-dirs": ["client", "ui"]}}), True),
        (("tool", "ruff", {"line-length": 100}), False),
        (("project", "description", "another"), False),
    ],
)
def test_the_digest_follows_what_pip_would_install(change: tuple[str, str, object], matters: bool) -> None:
    table, key, value = change
    changed = {**PROJECT, table: {**PROJECT[table], key: value}}
    assert (stamp.digest(changed) != stamp.digest(PROJECT)) is matters


def test_the_digest_does_not_follow_the_order_of_tables() -> None:
    assert stamp.digest(dict(reversed(PROJECT.items()))) == stamp.digest(PROJECT)


WANTED = stamp.Stamp("3.12", "linux-x86_64", "/home/me/lightwork", "digest", ("host", "train"))


@pytest.mark.parametrize(
    ("found", "usable", "step"),
    [
        (None, False, Step.MAKE),
        (None, True, Step.INSTALL),
        (WANTED.bare(), True, Step.INSTALL),
        (WANTED, True, Step.READY),
        (WANTED, False, Step.MAKE),
        (replace(WANTED, extras=("host", "test", "train")), True, Step.READY),
        (replace(WANTED, extras=("host",)), True, Step.INSTALL),
        (replace(WANTED, dependencies="other"), True, Step.INSTALL),
        (replace(WANTED, python="3.11"), True, Step.MAKE),
        (replace(WANTED, platform="linux-aarch64"), True, Step.MAKE),
        (replace(WANTED, folder="/home/me/elsewhere"), True, Step.MAKE),
    ],
)
def test_the_stamp_decides_what_has_to_be_done(found: stamp.Stamp | None, usable: bool, step: Step) -> None:
    assert next_step(found, WANTED, usable=usable) is step


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"python": "3.12"}', '{"extras": 3}', '{"extras": [], "x": 1}']
)
def test_a_stamp_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stamp").write_text(text)
    assert stamp.read(tmp_path / "stamp") is None


def test_a_stamp_is_read_as_it_was_written_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "installed.json"
    stamp.write(path, WANTED)
    assert stamp.read(path) == WANTED
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_display_is_known_by_the_environment(platform: str, environ: dict[str, str], expected: bool) -> None:
    assert checks.has_display(platform, environ) is expected


def test_the_program_opens_its_window_or_contributes() -> None:
    assert launch.program_arguments(["--rounds", "5"], window=False) == ["contribute", "--rounds", "5"]
    assert launch.program_arguments([], window=True) == []


def test_data_stays_in_the_checkout_unless_the_person_chose_a_place() -> None:
    here = Path("/checkout")
    assert launch.program_environment(here, {"A": ""}) == {"A": "", "LIGHTWORK_HOME": str(here / ".lightwork")}
    assert launch.program_environment(here, {"LIGHTWORK_HOME": ""})["LIGHTWORK_HOME"] == str(here / ".lightwork")
    assert launch.program_environment(here, {"LIGHTWORK_HOME": "/data"})["LIGHTWORK_HOME"] == "/data"


def test_space_is_compared_and_told() -> None:
    assert checks.enough(2_500_000_000, needed=2_500_000_000).fine
    finding = checks.enough(300_000_000, needed=2_500_000_000)
    assert not finding.fine
    assert "2.5 GB needed, 300 MB free" in finding.text
    with pytest.raises(problem.ProblemError, match="Too little space"):
        checks.require(finding)


def test_a_python_without_venv_is_told_the_command() -> None:
    assert checks.venv_module("apt-get install -y python3.11-venv", find=lambda name: name).fine
    lacking = checks.venv_module(
        "apt-get install -y python3.11-venv", find=lambda name: name if name == "venv" else None
    )
    assert not lacking.fine
    assert lacking.text == "This Python comes without ensurepip. Install it: apt-get install -y python3.11-venv"
    assert "python.org" in checks.venv_module(None, find=lambda name: None).text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied (/x)"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "cannot be written to (/x)"),
        (OSError(errno.EIO, "Input/output error", "/x"), "Input/output error (/x)"),
    ],
)
def test_errors_of_the_system_become_sentences(error: OSError, said: str) -> None:
    assert said in problem.of_system_error(error).sentence


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ([], ["-n", "2", "--dist", "worksteal"]),
        (["tests/unit", "-k", "codec"], ["-n", "2", "--dist", "worksteal", "tests/unit", "-k", "codec"]),
        (["-n", "0"], ["-n", "0"]),
        (["-n4"], ["-n4"]),
        (["--numprocesses=3"], ["--numprocesses=3"]),
        (["-p", "no:xdist"], ["-p", "no:xdist"]),
    ],
)
def test_pytest_gets_two_workers_unless_told_otherwise(rest: list[str], expected: list[str]) -> None:
    assert tests_command.pytest_arguments(rest) == expected


def test_pytest_is_the_last_check() -> None:
    listed = tests_command.all_checks(CHECKOUT, Path("python"), Path("bin"), ["-x"])
    assert [check.name for check in listed][-1] == "pytest"
    assert listed[-1].command[-1] == "-x"
    assert any("installer/commands.py" in check.command for check in listed)


def sink(clock: list[float], *, live: bool) -> tuple[io.StringIO, progress.Progress]:
    stream = io.StringIO()
    return stream, progress.Progress(stream, live=live, clock=lambda: clock[0], columns=lambda: 40)


def test_a_terminal_sees_one_line_that_changes() -> None:
    clock = [0.0]
    stream, shown = sink(clock, live=True)
    shown.begin("Installing")
    clock[0] = 3.0
    shown.show("a" * 60)
    shown.show("1 of 2")
    shown.done("2 packages")
    parts = stream.getvalue().split("\r")
    assert parts[2] == "Installing: " + "a" * 24 + "..."
    assert parts[3] == "Installing: 1 of 2, 3 s".ljust(39)
    assert parts[-1] == "Installing: 2 packages, 3 s\n"
    assert stream.getvalue().count("\n") == 1


def test_a_log_sees_few_lines_and_no_control_characters() -> None:
    clock = [0.0]
    stream, shown = sink(clock, live=False)
    shown.begin("Installing")
    for second in range(40):
        clock[0] = float(second)
        shown.show(f"{second} of 40")
    shown.done()
    assert stream.getvalue().splitlines() == [
        "Installing ...",
        "Installing: 15 of 40, 15 s",
        "Installing: 30 of 40, 30 s",
        "Installing: done, 39 s",
    ]


def test_sizes_are_told_as_people_read_them() -> None:
    assert [progress.megabytes(size) for size in (0, 1_400_000, 999_400_000, 1_640_000_000)] == [
        "0 MB",
        "1 MB",
        "999 MB",
        "1.6 GB",
    ]


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def run_checks(tmp_path: Path, *codes: str, keep_going: bool) -> tuple[int, list[str]]:
    said: list[str] = []
    listed = [tests_command.Check(f"check {number}", child(code)) for number, code in enumerate(codes)]
    status = tests_command.run_all(
        listed, folder=tmp_path, environ={"PATH": os.environ["PATH"]}, keep_going=keep_going, say=said.append
    )
    return status, said


PASSES, FAILS = "", "raise SystemExit(3)"


def test_the_first_failure_ends_the_checks(tmp_path: Path) -> None:
    status, said = run_checks(tmp_path, PASSES, FAILS, PASSES, keep_going=False)
    assert status == 3
    assert "check 1: FAILED" in said[-1]
    assert any("check 0: passed" in line for line in said)


def test_with_keep_going_all_checks_run_and_the_failure_is_not_forgotten(tmp_path: Path) -> None:
    status, said = run_checks(tmp_path, FAILS, PASSES, "open('ran', 'w').close()", keep_going=True)
    assert status == 3
    assert (tmp_path / "ran").exists()
    assert said[-2] == "Failed before the last check: check 0"
    assert said[-1].startswith("check 2: ")


def test_nothing_is_said_after_the_last_check(tmp_path: Path) -> None:
    for last, expected in ((PASSES, 0), (FAILS, 3)):
        status, said = run_checks(tmp_path, PASSES, last, keep_going=True)
        assert status == expected
        assert said[-1].startswith("check 1: ")
        assert "passed" not in said[-1]


def test_checks_draw_off_the_screen_unless_the_person_chose_a_screen(tmp_path: Path) -> None:
    asks = "import os; raise SystemExit(0 if os.environ['QT_QPA_PLATFORM'] == 'offscreen' else 3)"
    assert run_checks(tmp_path, asks, keep_going=False)[0] == 0


def test_a_program_that_is_waited_for_gives_its_status(tmp_path: Path) -> None:
    assert launch.wait_for(child("import os; raise SystemExit(int(os.environ['STATUS']))"), {"STATUS": "7"}) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal to itself")
def test_ctrl_c_is_the_programs_to_answer(tmp_path: Path) -> None:
    answers = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, lambda *_: os._exit(9))\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"  # the waiting process goes on waiting
        "time.sleep(0.2)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
    )
    assert launch.wait_for(child(answers), dict(os.environ)) == 9
