"""A start of the window does not load the command line."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import lightwork_ui.app
def open_window(arguments):
    print(arguments, sorted({"typer", "rich", "click"} & set(sys.modules)))
    return 7
lightwork_ui.app.main = open_window
from lightwork.cli.entry import main
main()
"""


def start(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | {"LIGHTWORK_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=60, check=False)


def test_the_window_starts_without_the_command_line(tmp_path: Path) -> None:
    for arguments in ((), ("--tray",)):
        done = start(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (7, f"{list(arguments)} []\n"), done.stderr


def test_everything_else_is_the_command_lines(tmp_path: Path) -> None:
    done = start(tmp_path, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("lightwork ")
