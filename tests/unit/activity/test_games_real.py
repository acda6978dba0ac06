"""The sensor of games on processes that really run here, and the picker of running programs."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from helpers.games_alone import games_alone
from helpers.process_trees import EPIC, LINUX_DESKTOP, WINDOWS_DESKTOP, WINE, tree
from lightwork.activity.games import games_sensor, running_programs
from lightwork.activity.games.picker import recognisable
from lightwork.activity.readings import Program
from lightwork.activity.sensor import Pace

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts Linux programs under other names")
OURS = "lightwork-test-program"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with games_alone():
        yield


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[list[str]]:
    """A command prefix that starts a program which is not this process's descendant, as no game is Lightwork's."""
    pids = tmp_path / "pids"
    pids.touch()
    yield ["setsid", "--fork", "sh", "-c", f'echo $$ >> "{pids}"; exec "$@"', "start"]
    for pid in pids.read_text().split():
        with suppress(ProcessLookupError):
            os.killpg(int(pid), signal.SIGKILL)


def copy_of_sleep(target: Path) -> Path:
    target.parent.mkdir(parents=True)
    sleep = shutil.which("sleep")
    assert sleep is not None
    return Path(shutil.copy(sleep, target))


def reaper(folder: Path) -> Path:
    """A program called reaper that starts what follows "--" as its child and waits for it."""
    source = folder / "reaper.c"
    source.write_text(
        "#include <string.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
        'int main(int n, char **a) { int i = 1; while (i < n && strcmp(a[i], "--")) i++;\n'
        "  if (!fork()) { execv(a[i + 1], a + i + 1); _exit(1); } int s; wait(&s); return 0; }\n"
    )
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    subprocess.run([compiler, "-o", folder / "reaper", source], check=True)
    return folder / "reaper"


class Watched:
    """The real sensor at work, looking often."""

    def __init__(self, own: list[str] | None = None, exceptions: list[str] | None = None) -> None:
        self.pace = Pace()
        self.reports: asyncio.Queue[tuple[Program, ...]] = asyncio.Queue()
        sensor = games_sensor(self.pace, lambda: own or [], lambda: exceptions or [])
        assert sensor.field == "games"
        self.task = asyncio.create_task(sensor.run(self.reports.put_nowait))

    async def until(self, name: str, *, runs: bool) -> Program | None:
        """Look until the game of that name runs, or does not."""
        async with asyncio.timeout(60):
            while True:
                self.pace.hurry()
                games = [game for game in await self.reports.get() if game.name == name]
                if bool(games) is runs:
                    return games[0] if games else None

    async def stop(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


@linux_only
async def test_a_game_under_steams_reaper_is_seen_and_seen_to_end(tmp_path: Path, outside: list[str]) -> None:
    library = tmp_path / "steamapps"
    game = copy_of_sleep(library / "common" / "ELDEN RING" / "Game" / "eldenring")
    (library / "appmanifest_1245620.acf").write_text('"AppState" { "appid" "1245620" "name" "Elden Ring" }')
    watched = Watched()
    await watched.until("Elden Ring", runs=False)
    command = [str(reaper(tmp_path)), "SteamLaunch", "AppId=1245620", "--", str(game), "300"]
    subprocess.run([*outside, *command], check=True)
    found = await watched.until("Elden Ring", runs=True)
    while found is not None and not process_runs(found.process, game):  # at first only the reaper was there
        found = await watched.until("Elden Ring", runs=True)
    assert found is not None
    assert found.source == "Steam"
    assert found.process is not None
    os.kill(found.process, signal.SIGTERM)
    await watched.until("Elden Ring", runs=False)
    await watched.stop()


def process_runs(pid: int | None, file: Path) -> bool:
    return pid is not None and Path(f"/proc/{pid}/exe").resolve() == file


@linux_only
async def test_the_persons_own_program_and_an_exception(tmp_path: Path, outside: list[str]) -> None:
    program = copy_of_sleep(tmp_path / "bin" / OURS)
    subprocess.run([*outside, str(program), "300"], check=True)
    watched = Watched(own=[OURS.upper()])
    found = await watched.until(OURS, runs=True)
    assert found is not None
    assert found.source == ""
    await watched.stop()
    watched = Watched(own=[OURS], exceptions=[str(program)])
    await watched.until(OURS, runs=False)
    await watched.stop()


@linux_only
async def test_what_lightwork_has_started_is_no_game(tmp_path: Path) -> None:
    program = copy_of_sleep(tmp_path / "steamapps" / "common" / "Ours" / OURS)
    process = subprocess.Popen([program, "300"])
    watched = Watched(own=[OURS])
    try:
        for _ in range(3):
            watched.pace.hurry()
            assert not {"Ours", OURS} & {game.name for game in await watched.reports.get()}
    finally:
        process.kill()
        process.wait()
        await watched.stop()


def test_the_picker_shows_what_a_person_would_know() -> None:
    def names(text: str, *, wine: bool) -> list[tuple[str, int]]:
        return [(program.name, program.count) for program in recognisable(tree(text).values(), wine=wine)]

    assert names(LINUX_DESKTOP, wine=True) == [
        ("gnome-mines-editor", 1),
        ("obs", 1),
        ("Discord", 1),
        ("reaper", 1),
        ("vim", 1),
        ("code", 1),
        ("firefox", 2),
    ]
    assert names(WINDOWS_DESKTOP + EPIC, wine=False) == [
        ("FortniteClient-Win64-Shipping", 1),
        ("FortniteClient-Win64-Shipping_EAC_EOS", 1),
        ("FortniteLauncher", 1),
        ("EpicGamesLauncher", 1),
        ("chrome", 3),
        ("UnrealEditor", 1),
        ("obs64", 1),
        ("Discord", 1),
        ("Code", 1),
    ]
    assert names(WINE, wine=True) == [("notepad++", 1)]


def test_the_picker_names_a_mac_application_by_its_bundle() -> None:
    mac = tree("5 1 /Applications/Final Fantasy.app/Contents/MacOS/ffxiv\n6 1 /System/Library/Dock.app/Dock")
    assert [(program.name, program.path) for program in recognisable(mac.values(), wine=True)] == [
        ("Final Fantasy", "/Applications/Final Fantasy.app/Contents/MacOS/ffxiv")
    ]


@linux_only
def test_the_picker_on_this_computer(tmp_path: Path, outside: list[str]) -> None:
    program = copy_of_sleep(tmp_path / "bin" / OURS)
    process = subprocess.Popen([program, "300"])
    try:
        (found,) = [entry for entry in running_programs() if entry.path == str(program)]
    finally:
        process.kill()
        process.wait()
    assert (found.name, found.count) == (OURS, 1)
