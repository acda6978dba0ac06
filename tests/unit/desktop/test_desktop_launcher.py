"""The command by which the system starts the window."""

import subprocess
import sys
from pathlib import Path

import pytest

from lightwork.desktop.launcher import launcher

HOME = Path("/home/ann/lightwork")


def test_the_usual_home_is_not_named() -> None:
    found = launcher(HOME, HOME, executable="/venv/bin/python", system="linux", frozen=False)
    assert found.program == ("/venv/bin/python", "-P", "-m", "lightwork_ui")
    assert found.at_login == (*found.program, "--tray")
    assert found.before_link == (*found.program, "--")
    assert found.tag == ""


def test_another_home_is_named_and_told_apart() -> None:
    found = launcher(HOME / "a", HOME, executable="/venv/bin/python", system="linux", frozen=False)
    assert found.at_login[-3:] == ("--home", str(HOME / "a"), "--tray")
    other = launcher(HOME / "b", HOME, executable="/venv/bin/python", system="linux", frozen=False)
    assert len({"", found.tag, other.tag}) == 3


def test_a_frozen_program_is_its_own_interpreter() -> None:
    found = launcher(HOME, HOME, executable="/Applications/L.app/Contents/MacOS/l", system="darwin", frozen=True)
    assert found.at_login == ("/Applications/L.app/Contents/MacOS/l", "--tray")


@pytest.mark.parametrize("there", [True, False])
def test_on_windows_no_console_opens(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "pythonw.exe").touch()
    found = launcher(HOME, HOME, executable=str(tmp_path / "python.exe"), system="win32", frozen=False)
    assert Path(found.program[0]).name == ("pythonw.exe" if there else "python.exe")


def test_where_it_is_started_no_module_is_taken_from(tmp_path: Path) -> None:
    (tmp_path / "lightwork_ui").mkdir()
    (tmp_path / "lightwork_ui" / "__main__.py").write_text("print('foreign')")
    (tmp_path / "lightwork_ui" / "__init__.py").touch()
    command = launcher(HOME, HOME).program[:-1]
    probe = [*command[: command.index("-m")], "-c", "import lightwork_ui; print(lightwork_ui.__file__)"]
    done = subprocess.run(probe, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert not done.stdout.startswith(str(tmp_path))
    assert sys.executable == command[0]
