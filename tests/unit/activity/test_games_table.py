"""The table of processes: what it reads at each look, and how it keeps up with processes that end and change."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from helpers.process_trees import LINUX_DESKTOP, STEAM_PROTON, Replayed, tree
from lightwork.activity.games import GamesReader
from lightwork.activity.games.process import Process
from lightwork.activity.games.readers import ProcReader, PsutilReader, system_reader
from lightwork.activity.games.recognise import Recogniser
from lightwork.activity.games.table import CHECKED_SHARE, YOUNG_SECONDS, ProcessTable

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Looks:
    """A table on a tree, with the look at the game of it that a test repeats."""

    def __init__(self, text: str = LINUX_DESKTOP) -> None:
        self.tree = Replayed(tree(text))
        self.clock = Clock()
        self.table = ProcessTable(self.tree, self.clock)
        self.own: list[str] = []
        self.exceptions: list[str] = []
        recogniser = Recogniser(ours=3, wine=True)
        self.reader = GamesReader(self.table, recogniser, lambda: self.own, lambda: self.exceptions)
        self.settle()

    def settle(self) -> None:
        """Look until nothing is young."""
        self.games()
        self.clock.now += 2 * YOUNG_SECONDS
        self.games()

    def games(self) -> list[str]:
        self.tree.reads.clear()
        self.tree.checks.clear()
        self.clock.now += 1
        return [game.name for game in self.reader()]

    def add(self, text: str) -> None:
        self.tree.processes.update(tree(text))


def test_when_nothing_is_new_nothing_is_read() -> None:
    looks = Looks()
    assert looks.games() == []
    assert looks.tree.reads == []
    assert len(looks.tree.checks) == len(looks.tree.processes) // CHECKED_SHARE + 1


def test_a_game_comes_and_goes() -> None:
    looks = Looks()
    before = dict(looks.tree.processes)
    looks.add(STEAM_PROTON)
    assert looks.games() == ["ELDEN RING"]
    looks.tree.processes = before
    assert looks.games() == []


def test_a_new_process_is_read_again_while_it_may_become_another_program() -> None:
    looks = Looks()
    looks.add("5000 1200 /usr/bin/bash | bash  game.sh")
    for _ in range(int(YOUNG_SECONDS) + 1):
        looks.games()
        assert looks.tree.reads == [5000]
    looks.games()
    assert looks.tree.reads == []


def test_a_process_that_was_new_at_a_look_long_ago_is_read_once_more() -> None:
    looks = Looks()
    looks.add("5000 1200 /usr/bin/bash")
    assert looks.games() == []
    looks.tree.change(5000, exe="/home/ann/steamapps/common/Hades/Hades")
    looks.clock.now += 5 * YOUNG_SECONDS
    assert looks.games() == ["Hades"]


def test_a_game_is_seen_once_it_has_replaced_the_copy_of_its_parent() -> None:
    looks = Looks()
    looks.add("5000 1200 /usr/bin/bash")
    assert looks.games() == []
    looks.tree.change(5000, exe="/home/ann/steamapps/common/Hades/Hades")
    assert looks.games() == ["Hades"]


def test_the_number_of_a_game_passes_to_another_process() -> None:
    looks = Looks()
    looks.add("5000 1 /home/ann/steamapps/common/Hades/Hades")
    looks.settle()
    assert looks.games() == ["Hades"]
    looks.tree.processes[5000] = Process("vim", "/usr/bin/vim", ("vim",), 1200, 9000.0)
    assert looks.games() == []


def test_the_number_of_another_process_passes_to_a_game() -> None:
    looks = Looks()
    looks.tree.processes[1202] = Process("Hades", "/s/steamapps/common/Hades/Hades", ("Hades",), 1200, 9000.0)
    assert any(looks.games() == ["Hades"] for _ in range(CHECKED_SHARE))


def test_a_game_that_has_ended_while_its_parent_takes_no_notice() -> None:
    looks = Looks()
    looks.add("5000 1 /s/steamapps/common/Hades/Hades")
    looks.settle()
    assert looks.games() == ["Hades"]
    looks.tree.zombies.add(5000)
    assert looks.games() == []
    assert looks.games() == []
    del looks.tree.processes[5000]
    assert looks.games() == []


def test_the_next_process_of_a_game_stands_for_it() -> None:
    looks = Looks()
    looks.add("5000 1 /s/steamapps/common/Hades/Hades\n5001 1 /s/steamapps/common/Hades/HadesServer")
    looks.settle()
    assert [game.process for game in looks.reader()] == [5000]
    looks.tree.zombies.add(5000)
    assert [game.process for game in looks.reader()] == [5001]


def test_a_game_whose_starter_ends_belongs_to_steam_still() -> None:
    """Its new parent is Steam's reaper, which adopts what its children leave."""
    looks = Looks()
    looks.add(
        """
        6000 1400 /s/reaper | reaper  SteamLaunch  AppId=3000000000  --  /opt/doom/start
        6001 6000 /usr/bin/bash | bash  /opt/doom/start
        6002 6001 /opt/doom/doom
        """
    )
    looks.settle()
    assert looks.games() == ["doom"]
    del looks.tree.processes[6001]
    looks.tree.change(6002, parent=6000)
    assert looks.games() == ["doom"]


def test_a_process_that_ends_while_it_is_read() -> None:
    looks = Looks()
    looks.tree.zombies.add(5000)
    looks.add("5000 1 /s/steamapps/common/Hades/Hades")
    assert looks.games() == []


def test_changed_lists_count_at_once() -> None:
    looks = Looks()
    looks.own.append("obs")
    assert looks.games() == ["obs"]
    looks.exceptions.append("OBS")
    assert looks.games() == []


def test_this_process_as_the_system_tells_it() -> None:
    for reader in system_reader(), PsutilReader():
        assert os.getpid() in reader.pids()
        process = reader.read(os.getpid())
        assert process is not None
        assert Path(process.exe).name.startswith(Path(os.path.realpath(sys.executable)).name[:6])
        assert process.parent == os.getppid()
        assert list(process.args) == psutil.Process().cmdline()
        assert reader.identity(os.getpid()) == (process.name, process.created)


def test_all_processes_of_this_computer_can_be_read() -> None:
    for reader in system_reader(), PsutilReader():
        table = ProcessTable(reader)
        table.refresh()
        assert os.getpid() in table.processes
        table.refresh()


@pytest.mark.parametrize("reader", [system_reader(), PsutilReader()], ids=["system", "psutil"])
def test_a_process_that_has_ended(reader: ProcReader | PsutilReader) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    if sys.platform != "win32":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert reader.read(process.pid) is None  # a zombie
        assert reader.identity(process.pid) is None
    process.wait()
    assert reader.read(process.pid) is None
    assert reader.identity(process.pid) is None


def proc(folder: Path, pid: int, stat: bytes, cmdline: bytes = b"", exe: str | None = None) -> None:
    (folder / str(pid)).mkdir(parents=True)
    (folder / str(pid) / "stat").write_bytes(stat)
    (folder / str(pid) / "cmdline").write_bytes(cmdline)
    if exe is not None:
        (folder / str(pid) / "exe").symlink_to(exe)


AFTER = b" 1 1 0 -1 4194560 " + b"0 " * 12 + b"777 1000 10"


@linux_only
def test_a_recorded_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "self").mkdir()
    proc(tmp_path, 10, b"10 (a) S (b)\n) S 9" + AFTER, b"/bin/a\0with space\0\0", "/bin/a (deleted)")
    proc(tmp_path, 11, b"11 (kworker/0:1) I 2" + AFTER)
    proc(tmp_path, 12, b"12 (gone) Z 9" + AFTER)
    proc(tmp_path, 13, b"13 (cut off) S 9 1")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    reader = system_reader()
    assert reader.pids() == {10, 11, 12, 13}
    assert reader.read(10) == Process("a) S (b)\n", "/bin/a (deleted)", ("/bin/a", "with space"), 9, 777.0)
    assert reader.read(11) == Process("kworker/0:1", "", (), 2, 777.0)
    assert [reader.read(pid) for pid in (12, 13, 14)] == [None, None, None]
    assert [reader.identity(pid) for pid in (10, 12, 13, 14)] == [("a) S (b)\n", 777.0), None, None, None]
