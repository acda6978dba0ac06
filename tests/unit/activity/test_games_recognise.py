"""Recognition of games in recorded process trees."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import process_trees as trees
from lightwork.activity.games.process import NAME_LENGTH, UNNAMED, Process
from lightwork.activity.games.recognise import Recogniser, recognise
from lightwork.activity.games.steam import ManifestTitles
from lightwork.activity.readings import Program

OURS = 3  # no process of the trees


def games(text: str, own: tuple[str, ...] = (), exceptions: tuple[str, ...] = ()) -> list[tuple[str, str, int | None]]:
    """Recognise in a tree: on Windows if its files are a Windows system's own, else where Wine is what runs .exe."""
    wine = "/" in text.partition("|")[0]
    found = recognise(trees.tree(text), own, exceptions, ours=OURS, wine=wine)
    return [(program.name, program.source, program.process) for program in found]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("STEAM_PROTON", ("ELDEN RING", "Steam", 2011)),
        ("STEAM_NATIVE", ("Portal 2", "Steam", 2002)),
        ("STEAM_FLATPAK", ("Hades", "Steam", 801)),
        ("STEAM_SNAP", ("Factorio", "Steam", 800)),
        ("STEAM_MACOS", ("Hades", "Steam", 500)),
        ("WINDOWS_STEAM", ("Cyberpunk 2077", "Steam", 801)),
        ("EPIC", ("Fortnite", "Epic Games", 912)),
        ("EPIC_ELSEWHERE", ("AlanWake2", "Epic Games", 950)),
        ("GOG", ("The Witcher 3 Wild Hunt", "GOG Galaxy", 910)),
        ("BATTLENET_GAME", ("World of Warcraft", "Battle.net", 910)),
        ("RIOT_GAME", ("League of Legends", "Riot Games", 910)),
        ("VALORANT", ("VALORANT", "Riot Games", 910)),
        ("LUTRIS", ("Guild Wars", "Lutris", 601)),
        ("HEROIC", ("Cyberpunk2077", "Heroic", 601)),
        ("HEROIC_GOG", ("Stardew Valley", "Heroic", 601)),
        ("WINE", ("notepad++.exe", "Wine", 806)),
        ("BOTTLES", ("PaintDotNet.exe", "Bottles", 501)),
        ("MINECRAFT", ("Minecraft", "Minecraft", 510)),
        ("MINECRAFT_FABRIC", ("Minecraft", "Minecraft", 510)),
        ("XBOX", ("Forza Horizon 5", "Xbox", 900)),
        ("UBISOFT", ("Anno 1800", "Ubisoft Connect", 902)),
        ("EA", ("r5apex", "EA", 903)),
        ("ROCKSTAR", ("GTA5", "Rockstar Games", 904)),
        ("AMAZON", ("Fallout 76", "Amazon Games", 901)),
        ("ITCH", ("celeste-classic", "itch", 502)),
        ("ROBLOX", ("Roblox", "Roblox", 900)),
    ],
)
def test_a_game_is_found_once_with_its_name_and_process(tree: str, expected: tuple[str, str, int]) -> None:
    desktop = trees.LINUX_DESKTOP if "/" in getattr(trees, tree).partition("|")[0] else trees.WINDOWS_DESKTOP
    assert games(getattr(trees, tree)) == [expected]
    assert games(desktop + getattr(trees, tree)) == [expected]


@pytest.mark.parametrize(
    "tree",
    ["LINUX_DESKTOP", "WINDOWS_DESKTOP", "EPIC_ALONE", "BATTLENET", "RIOT", "LUTRIS_LAUNCHER", "WINE_ALONE"],
)
def test_nothing_is_played(tree: str) -> None:
    assert games(getattr(trees, tree)) == []


@pytest.mark.parametrize(
    "tool", ["wallpaper_engine", "SteamVR", "Steamworks Shared", "Proton 9.0", "SteamLinuxRuntime_4"]
)
def test_what_lies_among_steams_games_and_is_none(tool: str) -> None:
    assert games(f"5 1 /home/ann/.steam/steam/steamapps/common/{tool}/bin/program") == []


@pytest.mark.parametrize(
    "below",
    ["_CommonRedist/vcredist/2019/VC_redist.x64.exe", "UnityCrashHandler64.exe", "Anti/EasyAntiCheat_Setup.exe",
     "DXSETUP.exe", "dotnetfx35.exe", "__Installer/Touchup.exe", "unins000.exe", "CrashReportClient.exe"],
)  # fmt: skip
def test_what_games_bring_along_is_no_game(below: str) -> None:
    assert games(rf"5 1 C:\SteamLibrary\steamapps\common\Hades\{below}".replace("/", "\\")) == []


@pytest.mark.parametrize("name", ["Crash Bandicoot", "Proton Pulse", "Helpers of Steam", "Update Wars"])
def test_a_games_name_that_sounds_like_something_else(name: str) -> None:
    assert games(rf"5 1 C:\SteamLibrary\steamapps\common\{name}\{name}.exe") == [(name, "Steam", 5)]


@pytest.mark.parametrize(
    "child",
    [
        r"C:\Windows\System32\nvidia-smi.exe",
        r"C:\GOG\GalaxyClient\tools\thing.exe",
        r"D:\Java\bin\javaw.exe",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
        r"C:\Temp\vc_redist.x64.exe",
    ],
)
def test_what_launchers_start_that_is_no_game(child: str) -> None:
    launcher = "900 1 C:\\GOG\\GalaxyClient\\GalaxyClient.exe\n"
    assert games(f"{launcher}901 900 {child}") == []
    assert games(f"{launcher}901 900 C:\\Doom\\doom.exe") == [("doom", "GOG Galaxy", 901)]


def test_a_game_started_through_a_shell() -> None:
    tree = "900 1 C:\\GOG\\GalaxyClient.exe\n901 900 C:\\Windows\\System32\\cmd.exe\n902 901 C:\\Doom\\doom.exe"
    assert games(tree) == [("doom", "GOG Galaxy", 902)]


def reaper(*words: str) -> str:
    return "5 1 /s/ubuntu12_32/reaper | /s/ubuntu12_32/reaper  " + "  ".join(words)


def test_steam_says_that_a_game_runs_before_its_process_is_seen() -> None:
    line = reaper("SteamLaunch", "AppId=620", "--", "/s/steamapps/common/Portal 2/portal2.sh")
    assert games(line) == [("Portal 2", "Steam", 5)]
    assert games(reaper("SteamLaunch", "AppId=620", "--", "somewhere")) == [("Steam app 620", "Steam", 5)]


@pytest.mark.parametrize(
    "line",
    [
        reaper("SteamLaunch", "AppId=620", "Install=1", "--", "/s/steamapps/common/Portal 2/setup.sh"),
        reaper("SteamLaunch", "AppId=431960", "--", "/s/steamapps/common/wallpaper_engine/wallpaper64.exe"),
        reaper("SteamLaunch", "AppId=3000000000", "--", "/usr/bin/firefox") + "\n6 5 /usr/lib/firefox/firefox",
        reaper("SteamLaunch", "AppId=620", "--", "/x") + "\n6 5 /usr/lib/firefox/firefox\n7 6 /usr/lib/firefox/glxtest",
        reaper("SteamLaunch", "AppId=250820", "--", "/x") + "\n6 5 /x",
    ],
    ids=[
        "an installation",
        "a tool's folder",
        "a shortcut to a browser",
        "the browser that a game has left",
        "a tool's number",
    ],
)
def test_steam_waits_for_something_else_than_a_game(line: str) -> None:
    assert games(line) == []


def test_a_shortcut_in_steam_is_named_after_what_it_runs() -> None:
    line = reaper("SteamLaunch", "AppId=3000000000", "--", "/home/ann/doom")
    line += "\n6 5 /home/ann/doom"
    assert games(line) == [("doom", "Steam", 6)]


def test_a_game_whose_file_has_been_replaced_by_an_update() -> None:
    assert games("5 1 /s/steamapps/common/Hades/x (deleted)", own=("x",)) == [("Hades", "Steam", 5)]
    assert games("5 1 /opt/doom (deleted)", own=("doom",)) == [("doom", "", 5)]


def test_protons_own_steam_is_not_steam() -> None:
    """Proton runs a steam.exe of its own, also where another launcher than Steam has started it."""
    tree = r"""
        5 1 /p/files/bin/wine64-preloader | c:\windows\system32\steam.exe  D:\doom.exe
        6 5 /p/files/bin/wine64-preloader | D:\doom.exe
    """
    assert games(tree) == [("doom.exe", "Wine", 6)]


def test_two_games_at_once_in_the_order_of_their_names() -> None:
    found = games(trees.WINDOWS_STEAM + trees.XBOX)
    assert [name for name, _, _ in found] == ["Cyberpunk 2077", "Forza Horizon 5"]


@pytest.mark.parametrize("entry", ["Blender", "blender.exe", "BLENDER", r"C:\Program Files\Blender\blender.exe",
                                   "c:/program files/blender/BLENDER.EXE"])  # fmt: skip
def test_the_persons_own_list(entry: str) -> None:
    tree = r"5 1 C:\Program Files\Blender\blender.exe"
    assert games(tree) == []
    assert games(tree, own=(entry,)) == [("blender", "", 5)]
    assert games(tree, own=(r"C:\Other\blender.exe", "", "  ", "blend")) == []


def test_the_own_list_takes_what_is_otherwise_no_game_and_what_wine_runs() -> None:
    assert games(trees.EPIC_ALONE, own=("epicgameslauncher",)) == [("EpicGamesLauncher", "", 900)]
    assert games(trees.WINE, own=("notepad++", "services")) == [("notepad++.exe", "Wine", 806), ("services", "", 801)]
    assert games(trees.WINDOWS_STEAM, own=("cyberpunk2077",)) == [("Cyberpunk 2077", "Steam", 801)]


@pytest.mark.parametrize("exception", ["cyberpunk2077.exe", "Cyberpunk 2077", "REDprelauncher",
                          r"d:\steamlibrary\steamapps/common\cyberpunk 2077\bin\x64\cyberpunk2077.exe"])  # fmt: skip
def test_an_exception_wins_over_everything(exception: str) -> None:
    assert games(trees.WINDOWS_STEAM, own=("cyberpunk2077",), exceptions=(exception,)) == []
    assert games(trees.GOG, exceptions=(exception,)) != []


def test_an_exception_wins_over_steams_word() -> None:
    assert games(trees.STEAM_PROTON, exceptions=("eldenring",)) == []
    assert games(trees.STEAM_PROTON, exceptions=("elden ring",)) == []


def test_lightworks_own_processes_never_count() -> None:
    tree = trees.tree(r"""
        10 1 C:\steamapps\common\Lightwork\lightwork.exe
        11 10 C:\steamapps\common\Lightwork\trainer.exe
        12 11 C:\Riot Games\VALORANT\VALORANT.exe
        13 1 C:\XboxGames\Halo\halo.exe
    """)
    found = recognise(tree, ("lightwork", "trainer"), (), ours=10, wine=False)
    assert [program.process for program in found] == [13]


def test_a_parent_that_is_younger_than_its_child_is_another_process() -> None:
    """Windows gives the number of an ended parent to somebody else: here Epic's launcher got the explorer's."""
    tree = trees.tree(r"""
        700 1 C:\Program Files\Calculator\calculator.exe
        900 1 C:\Epic\EpicGamesLauncher.exe
    """)
    tree[700] = Process("calculator.exe", tree[700].exe, (), parent=900, created=700.0)
    assert recognise(tree, ours=OURS, wine=False) == ()
    tree[700] = Process("calculator.exe", tree[700].exe, (), parent=900, created=901.0)
    assert len(recognise(tree, ours=OURS, wine=False)) == 1


@pytest.mark.parametrize(
    ("folder", "shown"),
    [
        ("Evil\nGame\r\n\x1b[31m", "Evil Game [31m"),
        ("\u202eemag\u200b\u2066", "emag"),
        ("x" * 10_000, "x" * (NAME_LENGTH - 1) + "…"),
        ("\u202e", UNNAMED),
        ("bad\udcff", "bad"),
    ],
)
def test_hostile_names_are_shown_clean_and_short(folder: str, shown: str) -> None:
    tree = {5: Process("g", f"/s/steamapps/common/{folder}/game", (), 1, 1.0)}
    (program,) = recognise(tree, ours=OURS, wine=True)
    assert program == Program(name=shown, source="Steam", process=5)


def manifest(library: Path, app: int, content: str) -> None:
    library.mkdir(parents=True, exist_ok=True)
    (library / f"appmanifest_{app}.acf").write_text(content)


ELDEN_RING = """
"AppState"
{
	"appid"		"1245620"
	"universe"		"1"
	"UserConfig" { "name" "not this" "language" "english" }
	"name"		"ELDEN RING\\"™"
	"installdir"		"ELDEN RING"
	"InstalledDepots"
	{
		"1245621" { "manifest" "123" }
	}
}
"""


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (ELDEN_RING, 'ELDEN RING"™'),
        ("", "ELDEN RING"),
        ("\0\0\0\0", "ELDEN RING"),
        ('"AppState" { "name" "Half', "ELDEN RING"),
        ('}}}{ "name" "Outside"', "ELDEN RING"),
    ],
)
def test_the_name_in_steams_manifest(tmp_path: Path, content: str, name: str) -> None:
    library = tmp_path / "steamapps"
    manifest(library, 1245620, content)
    manifest(library, 1, '"AppState" { "name" "Another" "installdir" "another" }')
    under_reaper = {
        5: Process(
            "reaper",
            "/s/reaper",
            ("reaper", "SteamLaunch", "AppId=1245620", "--", f"{library}/common/ELDEN RING/Game/a.exe"),
        )
    }
    by_place = {5: Process("eldenring", f"{library}/common/ELDEN RING/Game/eldenring", (), 1, 1.0)}
    for tree in under_reaper, by_place:
        assert [program.name for program in recognise(tree, ours=OURS, titles=ManifestTitles())] == [name]


WORDS = st.sampled_from(
    [
        "reaper", "SteamLaunch", "AppId=620", "AppId=x", "--", "/s/steamapps/common/Portal 2/portal2",
        "lutris-wrapper: X",
        "C:\\a.exe", "wine64-preloader", "/usr/lib/wine/wine64", "EpicGamesLauncher.exe", "legendary", "launch", "",
        "java", "net.minecraft.client.main.Main", "firefox", "sh", "python3", "/usr/games/bottles", "\0",
        "steamapps\\common\\\\",
    ]
)  # fmt: skip
PROCESSES = st.builds(
    Process,
    name=WORDS | st.text(max_size=5),
    exe=WORDS | st.text(max_size=20),
    args=st.lists(WORDS | st.text(max_size=20), max_size=6).map(tuple),
    parent=st.integers(0, 12),
    created=st.integers(0, 3).map(float),
)


@settings(max_examples=150, deadline=None)
@given(
    tree=st.dictionaries(st.integers(0, 12), PROCESSES, max_size=13),
    ours=st.integers(0, 12),
    wine=st.booleans(),
    own=st.lists(WORDS, max_size=3),
    exceptions=st.lists(WORDS, max_size=1),
)
def test_recognition_never_fails_and_never_names_lightwork(
    tree: dict[int, Process], ours: int, wine: bool, own: list[str], exceptions: list[str]
) -> None:
    def is_ours(pid: int | None) -> bool:
        seen: set[int] = set()
        while pid and pid in tree and pid not in seen:
            if pid == ours:
                return True
            seen.add(pid)
            parent = tree[pid].parent
            pid = parent if parent in tree and tree[parent].created <= tree[pid].created else None
        return False

    recogniser = Recogniser(ours=ours, wine=wine)
    found = recogniser.games(tree, own, exceptions)
    assert recogniser.games(tree, own, exceptions) == found
    assert len({(program.name, program.source) for program in found}) == len(found)
    for program in found:
        assert program.process in tree
        assert not is_ours(program.process)
        assert 0 < len(program.name) <= NAME_LENGTH
