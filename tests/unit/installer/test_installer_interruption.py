"""The installer as a process, with stand-ins for venv and pip: killed anywhere, it finishes at the next start."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import standin_modules

import wreckage

CHECKOUT = Path(__file__).parents[3]
PROGRAM_STATUS = 5  # of the stand-in program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins use signals and fcntl")


class Bench:
    """A checkout with nothing but the installer and pyproject.toml."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.notes = folder / "notes"
        self.modules = folder / "modules"
        self.checkout.mkdir()
        self.notes.mkdir()
        standin_modules.write(self.modules)
        shutil.copytree(
            CHECKOUT / "installer", self.checkout / "installer", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(CHECKOUT / "pyproject.toml", self.checkout)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if name != "LIGHTWORK_HOME"}
        environment.update(
            PYTHONPATH=str(self.modules),
            PYTHONDONTWRITEBYTECODE="1",
            NOTES=str(self.notes),
            VENV_FOLDER=str(self.checkout / ".venv"),
            **variables,
        )
        return subprocess.Popen(
            [sys.executable, "installer", *words],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **variables: str) -> tuple[int, str, str]:
        child = self.start(*words, **variables)
        out, error = child.communicate(timeout=120)
        return child.returncode, out, error

    def points(self) -> list[str]:
        path = self.notes / "points"
        return path.read_text().split() if path.exists() else []

    def assert_whole(self) -> None:
        site = next((self.checkout / ".venv").glob("lib/python*/site-packages"))
        found = wreckage.packages(site)
        assert sorted(found) == ["a", "b", "c", "lightwork", "pip"]
        assert [name for name, path in found.items() if not wreckage.is_whole(path)] == []
        assert not (self.checkout / ".venv" / "downloads").exists()
        assert not (self.notes / "overlap").exists()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_first_start_installs_and_the_second_asks_nobody(bench: Bench) -> None:
    status, out, error = bench.run("run", "--headless", "--rounds", "5", "--json")
    assert status == PROGRAM_STATUS
    assert out.splitlines() == ["program contribute --rounds 5 --json", f"home {bench.checkout / '.lightwork'}"]
    assert "Installing 4 packages" in error
    bench.assert_whole()
    before = bench.points()
    status, out, error = bench.run("run", "--headless")
    assert (status, out.splitlines()[0], error) == (PROGRAM_STATUS, "program contribute", "")
    assert bench.points() == before


@pytest.mark.parametrize("point", standin_modules.POINTS)
def test_killed_at_any_point_the_next_start_finishes_the_work(bench: Bench, point: str) -> None:
    status, out, _ = bench.run("run", "--headless", AT=f"kill:{point}")
    assert status == -9
    assert "program" not in out
    status, out, error = bench.run("run", "--headless")
    assert (status, out.splitlines()[-2]) == (PROGRAM_STATUS, "program contribute"), error
    bench.assert_whole()
    before = bench.points()
    assert bench.run("run", "--headless")[0] == PROGRAM_STATUS
    assert bench.points() == before


def test_killed_again_and_again_it_still_finishes(bench: Bench) -> None:
    for point in standin_modules.POINTS:
        bench.run("run", "--headless", AT=f"kill:{point}")
    assert bench.run("run", "--headless")[0] == PROGRAM_STATUS
    bench.assert_whole()


def test_an_orphaned_helper_ends_with_its_installer(bench: Bench) -> None:
    assert bench.run("run", "--headless", AT="kill:metadata-a")[0] == -9
    assert bench.run("run", "--headless")[0] == PROGRAM_STATUS
    assert bench.points().count("pip-done") == 1


def test_ctrl_c_ends_it_with_a_sentence_and_the_next_start_goes_on(bench: Bench) -> None:
    status, _, error = bench.run("run", "--headless", AT="interrupt:metadata-b")
    assert status == 130
    assert "Interrupted. The same command goes on" in error
    assert "Traceback" not in error
    status, out, _ = bench.run("run", "--headless")
    assert status == PROGRAM_STATUS
    assert "installed again: b" in out
    assert bench.points().count("venv-made") == 1
    bench.assert_whole()


def test_a_second_installer_waits_for_the_first_and_says_so(bench: Bench) -> None:
    first = bench.start("run", "--headless", AT="wait:metadata-b")
    while not (bench.notes / "waiting").exists():
        assert first.poll() is None
        time.sleep(0.02)
    second = bench.start("run", "--headless")
    assert second.stdout is not None
    assert f"Another installer (process {first.pid}) works in this folder" in second.stdout.readline()
    (bench.notes / "go").touch()
    assert [child.wait(timeout=120) for child in (first, second)] == [PROGRAM_STATUS] * 2
    for child in (first, second):
        child.communicate()
    assert bench.points().count("pip-done") == 1
    bench.assert_whole()


def test_a_failure_of_pip_is_told_in_words_and_stdout_stays_clean(bench: Bench) -> None:
    status, out, error = bench.run("run", "--headless", "--json", PIP_SAYS="ERROR: [Errno 28] No space left on device")
    assert (status, out) == (1, "")
    assert "| ERROR: [Errno 28]" in error
    assert "The disk is full. Free some space and start again" in error
    assert "install.log" in error
    assert "Traceback" not in error
    assert bench.run("run", "--headless")[0] == PROGRAM_STATUS
    bench.assert_whole()


def test_other_dependencies_are_installed_and_other_settings_are_not(bench: Bench) -> None:
    bench.run("run", "--headless")
    pyproject = bench.checkout / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + "\n[tool.other]\nsetting = 1\n")
    bench.run("run", "--headless")
    assert bench.points().count("pip-done") == 1
    pyproject.write_text(pyproject.read_text().replace('"numpy>=2.0"', '"numpy>=2.1"'))
    assert bench.run("run", "--headless")[0] == PROGRAM_STATUS
    assert bench.points().count("pip-done") == 2
    assert bench.points().count("venv-made") == 1


def test_a_checkout_that_moved_gets_a_new_environment(bench: Bench) -> None:
    bench.run("run", "--headless")
    bench.checkout = bench.checkout.rename(bench.checkout.with_name("moved"))
    status, out, _ = bench.run("run", "--headless")
    assert status == PROGRAM_STATUS
    assert out.splitlines()[-1] == f"home {bench.checkout / '.lightwork'}"
    assert bench.points().count("venv-made") == 2
    bench.assert_whole()


def test_a_chosen_home_is_kept(bench: Bench) -> None:
    status, out, _ = bench.run("run", "--headless", LIGHTWORK_HOME="/somewhere/else")
    assert (status, out.splitlines()[-1]) == (PROGRAM_STATUS, "home /somewhere/else")


def test_damage_that_a_power_cut_left_is_found_when_the_stamp_is_gone(bench: Bench) -> None:
    bench.run("run", "--headless")
    (bench.checkout / ".venv" / "installed.json").unlink()
    site = next((bench.checkout / ".venv").glob("lib/python*/site-packages"))
    (site / "c" / "part1.py").write_text("")
    (site / "~orch").mkdir()
    status, out, _ = bench.run("run", "--headless")
    assert status == PROGRAM_STATUS
    assert "installed again: c" in out
    assert not (site / "~orch").exists()
    bench.assert_whole()
