"""The window's process: what it loads, and that there is one for each home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

pytestmark = pytest.mark.processes
HEAVY = ("torch", "transformers", "numpy", "aiohttp", "asyncio", "platformdirs", "cryptography", "psutil")

BUILD = f"""
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
import lightwork_ui.app as app
from lightwork.settings.places import Places
qt = QApplication([])
program = app.Program(qt, Places(Path(sys.argv[1])), lambda: True, tray=False)
program.start()
qt.processEvents()
program.window.ask_link()
qt.processEvents()
print([name for name in {HEAVY} if name in sys.modules])
print(sorted({{name for name in sys.modules if name.startswith("lightwork.")}}))
"""

# Opens the window, and quits it once it has been raised by another start.
MAIN = """
import sys
import lightwork_ui.window as window
raised = window.Window.bring_forward
def bring_forward(self):
    raised(self)
    print("raised", flush=True)
    self.close()
window.Window.bring_forward = bring_forward
shown = window.Window.showEvent
def show_event(self, event):
    shown(self, event)
    print("shown", flush=True)
window.Window.showEvent = show_event
import lightwork_ui.launch as launch
launch.node_command = lambda: [sys.executable, "-c", "pass"]
from lightwork_ui.app import main
sys.exit(main([]))
"""


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "LIGHTWORK_HOME": str(home)}


def test_the_window_loads_nothing_heavy(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=True)
    heavy, own = done.stdout.splitlines()
    assert heavy == "[]"
    rooms = {name.split(".")[1] for name in eval(own)}
    assert rooms == {"domain", "settings", "protocol"}
    assert "lightwork.protocol.control" in eval(own)
    assert done.stderr == ""


def test_a_second_start_raises_the_first_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAIN]
    with subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "shown\n"
        second = subprocess.run(
            command, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False
        )
        assert (second.returncode, second.stdout) == (0, "")
        assert first.stdout.readline() in ("raised\n", "shown\n")
        assert first.wait(30) == 0


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these always have a display")
def test_without_a_display_it_says_so(tmp_path: Path) -> None:
    bare = {name: value for name, value in environment(tmp_path).items() if name != "QT_QPA_PLATFORM"}
    bare = {name: value for name, value in bare.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "lightwork_ui"], env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "no display" in done.stderr


def test_the_binding_does_not_lose_none() -> None:
    """PySide6 6.12.0 on Python 3.11 drops one reference to None at each call that returns it; after some thousand
    calls the process is aborted. From Python 3.12 on None cannot be lost.
    """
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert sys.getrefcount(None) > before - 500, "this PySide6 must not be used with this Python"
