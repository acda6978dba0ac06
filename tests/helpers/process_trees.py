"""Process trees as real desktops show them, and a reader that replays them.

A tree is written as one line a process: id, parent, file, and the command line after "|" where it is not the file
alone. They follow process lists that users of Steam, Proton, Lutris, Heroic and the launchers posted to public issue
trackers, with other names for the people. Processes began in the order of their ids.
"""

from collections.abc import Mapping
from dataclasses import replace

from lightwork.activity.games.process import Process, last_part


def tree(text: str) -> dict[int, Process]:
    """The processes of a tree by id. Arguments are separated by two spaces, since one may stand in a path."""
    processes = {}
    for line in filter(str.strip, text.splitlines()):
        head, _, command = line.strip().partition(" | ")
        pid, parent, *file = head.split(maxsplit=2)
        exe = "".join(file)
        args = tuple(command.split("  ")) if command else (exe,)
        processes[int(pid)] = Process(last_part(args[0] or exe), exe, args, int(parent), float(pid))
    return processes


class Replayed:
    """A `Reader` of a tree that a test changes as time goes by; it counts what is read."""

    def __init__(self, processes: Mapping[int, Process]) -> None:
        self.processes = dict(processes)
        self.zombies: set[int] = set()  # ended, and their parents have not noticed
        self.reads: list[int] = []
        self.checks: list[int] = []

    def pids(self) -> set[int]:
        return set(self.processes)

    def read(self, pid: int) -> Process | None:
        self.reads.append(pid)
        return None if pid in self.zombies else self.processes.get(pid)

    def identity(self, pid: int) -> tuple[str, float] | None:
        self.checks.append(pid)
        process = self.processes.get(pid)
        return None if process is None or pid in self.zombies else (process.name, process.created)

    def change(self, pid: int, **changes: object) -> None:
        self.processes[pid] = replace(self.processes[pid], **changes)  # type: ignore[arg-type]


# A developer's desktop on Linux with Steam open and nothing played; some names sound like games.
LINUX_DESKTOP = """
1 0 /usr/lib/systemd/systemd | /sbin/init
900 1 /usr/lib/systemd/systemd | /usr/lib/systemd/systemd  --user
1000 900 /usr/bin/gnome-shell
1001 900 /usr/bin/dbus-daemon | /usr/bin/dbus-daemon  --session
1100 1000 /usr/lib/firefox/firefox
1101 1100 /usr/lib/firefox/firefox | /usr/lib/firefox/firefox  -contentproc  game
1200 1000 /usr/share/code/code
1201 1200 /usr/bin/python3.12 | python3  minecraft_game.py  C:\\\\not-a-game.exe
1202 1200 /usr/bin/vim | vim  /home/ann/.steam/steam/steamapps/common/Portal 2/readme.txt
1203 1200 /usr/bin/reaper | reaper  --project  SteamLaunch
1300 1000 /opt/discord/Discord
1310 1000 /usr/bin/obs
1320 1000 /usr/bin/gnome-mines-editor
1330 1000 /usr/lib/jvm/java-21/bin/java | java  -jar  /srv/server.jar  nogui
1340 1000 /usr/lib/jvm/java-21/bin/java | java  -cp  a.jar  org.gradle.launcher.daemon.bootstrap.GradleDaemon
1400 1000 /home/ann/.local/share/Steam/ubuntu12_32/steam
1401 1400 /home/ann/.local/share/Steam/ubuntu12_64/steamwebhelper
1402 1401 /home/ann/.local/share/Steam/ubuntu12_64/steamwebhelper | steamwebhelper  --type=renderer
1403 1400 /home/ann/.local/share/Steam/steamapps/common/SteamLinuxRuntime_sniper/pressure-vessel/bin/srt-bwrap
"""

STEAM = "/home/ann/.local/share/Steam"
_COMMON = f"{STEAM}/steamapps/common"
_PROTON = f"{_COMMON}/Proton 9.0 (Beta)"

STEAM_PROTON = f"""
1400 900 {STEAM}/ubuntu12_32/steam
1401 1400 {STEAM}/ubuntu12_64/steamwebhelper
2000 1400 {STEAM}/ubuntu12_32/reaper | {STEAM}/ubuntu12_32/reaper  SteamLaunch  AppId=1245620  --  {STEAM}/ubuntu12_32/steam-launch-wrapper  --  {_COMMON}/SteamLinuxRuntime_sniper/_v2-entry-point  --verb=waitforexitandrun  --  {_PROTON}/proton  waitforexitandrun  {_COMMON}/ELDEN RING/Game/start_protected_game.exe
2001 2000 /usr/bin/bash | /bin/bash  {_COMMON}/SteamLinuxRuntime_sniper/_v2-entry-point  --verb=waitforexitandrun
2002 2001 {_COMMON}/SteamLinuxRuntime_sniper/pressure-vessel/libexec/steam-runtime-tools-0/srt-bwrap | srt-bwrap  --args  20
2003 2002 {_COMMON}/SteamLinuxRuntime_sniper/pressure-vessel/libexec/steam-runtime-tools-0/pv-adverb | pv-adverb  --generate-locales
2004 2003 /usr/bin/python3.9 | python3  {_PROTON}/proton  waitforexitandrun  {_COMMON}/ELDEN RING/Game/start_protected_game.exe
2005 2003 {_PROTON}/files/bin/wineserver
2006 2004 {_PROTON}/files/bin/wine64-preloader | c:\\windows\\system32\\steam.exe  {_COMMON}/ELDEN RING/Game/start_protected_game.exe
2007 2003 {_PROTON}/files/bin/wine64-preloader | C:\\windows\\system32\\services.exe
2008 2007 {_PROTON}/files/bin/wine64-preloader | C:\\windows\\system32\\winedevice.exe
2009 2003 {_PROTON}/files/bin/wine64-preloader | C:\\windows\\system32\\explorer.exe  /desktop
2010 2006 {_PROTON}/files/bin/wine64-preloader | S:\\common\\ELDEN RING\\Game\\start_protected_game.exe
2011 2010 {_PROTON}/files/bin/wine64-preloader | S:\\common\\ELDEN RING\\Game\\eldenring.exe
2012 1400 {STEAM}/ubuntu12_32/gameoverlayui | gameoverlayui  -pid  2011
"""  # noqa: E501

STEAM_NATIVE = f"""
1400 900 {STEAM}/ubuntu12_32/steam
2000 1400 {STEAM}/ubuntu12_32/reaper | {STEAM}/ubuntu12_32/reaper  SteamLaunch  AppId=620  --  {STEAM}/ubuntu12_32/steam-launch-wrapper  --  {_COMMON}/Portal 2/portal2.sh  -game  portal2
2001 2000 /usr/bin/bash | /bin/bash  {_COMMON}/Portal 2/portal2.sh  -game  portal2
2002 2001 {_COMMON}/Portal 2/portal2_linux
2003 2002 {_COMMON}/Portal 2/bin/crash_handler
"""  # noqa: E501

STEAM_FLATPAK = """
700 1 /usr/bin/bwrap | bwrap  --args  41  steam-wrapper
710 700 /home/ann/.var/app/com.valvesoftware.Steam/.local/share/Steam/ubuntu12_32/steam
800 710 /home/ann/.var/app/com.valvesoftware.Steam/.local/share/Steam/ubuntu12_32/reaper | /home/ann/.var/app/com.valvesoftware.Steam/.local/share/Steam/ubuntu12_32/reaper  SteamLaunch  AppId=1145360  --  /home/ann/.var/app/com.valvesoftware.Steam/.local/share/Steam/steamapps/common/Hades/Hades
801 800 /home/ann/.var/app/com.valvesoftware.Steam/.local/share/Steam/steamapps/common/Hades/Hades
"""  # noqa: E501

STEAM_SNAP = """
710 1 /home/ann/snap/steam/common/.local/share/Steam/ubuntu12_32/steam
800 710 /home/ann/snap/steam/common/.local/share/Steam/steamapps/common/Factorio/bin/x64/factorio
"""

STEAM_MACOS = """
1 0 /sbin/launchd
400 1 /Users/ann/Library/Application Support/Steam/Steam.AppBundle/Steam/Contents/MacOS/steam_osx
401 400 /Users/ann/Library/Application Support/Steam/Steam.AppBundle/Steam/Contents/MacOS/Steam Helper.app/Contents/MacOS/Steam Helper
500 1 /Users/ann/Library/Application Support/Steam/steamapps/common/Hades/Hades.app/Contents/MacOS/Hades
"""  # noqa: E501

WINDOWS_DESKTOP = r"""
4 0 System
600 500 C:\Windows\System32\winlogon.exe
700 680 C:\Windows\explorer.exe
710 700 C:\Program Files\Google\Chrome\Application\chrome.exe
711 710 C:\Program Files\Google\Chrome\Application\chrome.exe
720 700 C:\Users\ann\AppData\Local\Programs\Microsoft VS Code\Code.exe
730 700 C:\Users\ann\AppData\Local\Discord\app-1.0.9163\Discord.exe
740 700 C:\Program Files\obs-studio\bin\64bit\obs64.exe
750 700 C:\Program Files\Epic Games\UE_5.4\Engine\Binaries\Win64\UnrealEditor.exe
760 700 C:\Program Files (x86)\Steam\steam.exe
761 760 C:\Program Files (x86)\Steam\bin\cef\cef.win7x64\steamwebhelper.exe
762 760 C:\Program Files (x86)\Steam\steamapps\common\wallpaper_engine\wallpaper64.exe
763 760 C:\Program Files\Google\Chrome\Application\chrome.exe
770 700 C:\Program Files\Riot Vanguard\vgtray.exe
"""

WINDOWS_STEAM = r"""
760 700 C:\Program Files (x86)\Steam\steam.exe
761 760 C:\Program Files (x86)\Steam\bin\cef\cef.win7x64\steamwebhelper.exe
800 760 D:\SteamLibrary\SteamApps\common\Cyberpunk 2077\REDprelauncher.exe
801 800 D:\SteamLibrary\SteamApps\common\Cyberpunk 2077\bin\x64\Cyberpunk2077.exe
802 801 D:\SteamLibrary\SteamApps\common\Cyberpunk 2077\bin\x64\CrashReporter\REDEngineErrorReporter.exe
803 760 C:\Program Files (x86)\Steam\GameOverlayUI.exe
"""

EPIC = r"""
900 700 C:\Program Files (x86)\Epic Games\Launcher\Portal\Binaries\Win64\EpicGamesLauncher.exe
901 900 C:\Program Files (x86)\Epic Games\Launcher\Engine\Binaries\Win64\EpicWebHelper.exe
910 900 D:\Fortnite\FortniteGame\Binaries\Win64\FortniteLauncher.exe
911 910 D:\Fortnite\FortniteGame\Binaries\Win64\FortniteClient-Win64-Shipping_EAC_EOS.exe
912 911 D:\Fortnite\FortniteGame\Binaries\Win64\FortniteClient-Win64-Shipping.exe
913 912 D:\Fortnite\Engine\Binaries\Win64\CrashReportClient.exe
"""
EPIC_ALONE = "\n".join(EPIC.strip().splitlines()[:2])
EPIC_ELSEWHERE = EPIC_ALONE + "\n950 900 E:\\Spiele\\Alan Wake 2\\AlanWake2.exe\n"

GOG = r"""
900 700 C:\Program Files (x86)\GOG Galaxy\GalaxyClient.exe
901 900 C:\Program Files (x86)\GOG Galaxy\GalaxyClient Helper.exe
902 900 C:\Program Files (x86)\GOG Galaxy\GOG Galaxy Notifications Renderer.exe
910 900 C:\Program Files (x86)\GOG Galaxy\Games\The Witcher 3 Wild Hunt\bin\x64\witcher3.exe
"""

BATTLENET = r"""
900 700 C:\Program Files (x86)\Battle.net\Battle.net.exe
901 900 C:\Program Files (x86)\Battle.net\Battle.net.14542\Battle.net Helper.exe
902 900 C:\ProgramData\Battle.net\Agent\Agent.8732\Agent.exe
"""
BATTLENET_GAME = (
    BATTLENET
    + r"""
910 900 C:\Program Files (x86)\World of Warcraft\_retail_\Wow.exe
911 910 C:\Program Files (x86)\World of Warcraft\_retail_\Utils\BlizzardBrowser.exe
"""
)

RIOT = r"""
900 700 C:\Riot Games\Riot Client\RiotClientServices.exe
901 900 C:\Riot Games\Riot Client\RiotClientCrashHandler.exe
902 900 C:\Riot Games\Riot Client\UX\RiotClientUx.exe
903 900 C:\Riot Games\League of Legends\LeagueClient.exe
904 903 C:\Riot Games\League of Legends\LeagueClientUx.exe
905 904 C:\Riot Games\League of Legends\LeagueClientUxRender.exe
906 700 C:\Program Files\Riot Vanguard\vgtray.exe
"""
RIOT_GAME = RIOT + "910 903 C:\\Riot Games\\League of Legends\\Game\\League of Legends.exe\n"
VALORANT = r"""
900 700 C:\Riot Games\Riot Client\RiotClientServices.exe
910 900 C:\Riot Games\VALORANT\live\VALORANT.exe
911 910 C:\Riot Games\VALORANT\live\ShooterGame\Binaries\Win64\VALORANT-Win64-Shipping.exe
"""

LUTRIS = r"""
500 1 /usr/bin/python3.12 | /usr/bin/python3  /usr/games/lutris
600 500 /usr/bin/python3.12 | lutris-wrapper: Guild Wars
601 600 /home/ann/.local/share/lutris/runners/wine/lutris-GE-Proton8-26/bin/wine64-preloader | Z:\home\ann\Games\guild-wars\Gw.exe
602 600 /home/ann/.local/share/lutris/runners/wine/lutris-GE-Proton8-26/bin/wineserver
603 600 /home/ann/.local/share/lutris/runners/wine/lutris-GE-Proton8-26/bin/wine64-preloader | C:\windows\system32\services.exe
"""  # noqa: E501
LUTRIS_LAUNCHER = r"""
600 500 /usr/bin/python3.12 | lutris-wrapper: Epic Games Store
601 600 /usr/bin/wine64-preloader | C:\Program Files (x86)\Epic Games\Launcher\Portal\Binaries\EpicGamesLauncher.exe
602 601 /usr/bin/wine64-preloader | C:\Program Files (x86)\Epic Games\Launcher\Engine\Binaries\Win64\EpicWebHelper.exe
"""

HEROIC = r"""
500 1 /opt/Heroic/heroic
501 500 /opt/Heroic/heroic | /opt/Heroic/heroic  --type=zygote
600 500 /opt/Heroic/resources/app.asar.unpacked/build/bin/x64/linux/legendary | legendary  launch  Ginger  --language  en  --wine  /usr/bin/wine
601 600 /usr/bin/wine64-preloader | Z:\home\ann\Games\Heroic\Cyberpunk2077\bin\x64\Cyberpunk2077.exe
"""  # noqa: E501
HEROIC_GOG = r"""
600 1 /opt/Heroic/resources/app.asar.unpacked/build/bin/x64/linux/gogdl | gogdl  launch  /home/ann/Games/Heroic/Stardew Valley  1453375253
601 600 /home/ann/Games/Heroic/Stardew Valley/game/StardewValley
"""  # noqa: E501

WINE = r"""
800 1 /usr/lib/wine/wineserver64
801 1 /usr/lib/wine/wine64-preloader | C:\windows\system32\services.exe
802 801 /usr/lib/wine/wine64-preloader | C:\windows\system32\winedevice.exe
803 801 /usr/lib/wine/wine64-preloader | C:\windows\system32\rpcss.exe
804 1 /usr/lib/wine/wine64-preloader | C:\windows\system32\explorer.exe  /desktop
805 804 /usr/lib/wine/wine64-preloader | C:\windows\system32\conhost.exe
806 1 /usr/lib/wine/wine64-preloader | C:\Program Files\Notepad++\notepad++.exe  a file.txt
"""
WINE_ALONE = "\n".join(WINE.strip().splitlines()[:-1])

BOTTLES = r"""
500 1 /usr/bin/python3.12 | python3  /app/bin/bottles
501 500 /app/bin/runner/wine64-preloader | C:\Program Files\Paint\PaintDotNet.exe
"""

MINECRAFT = """
500 1 /usr/bin/prismlauncher
510 500 /usr/lib/jvm/java-21/bin/java | /usr/lib/jvm/java-21/bin/java  -Xmx4096m  -cp  /home/ann/a.jar  org.prismlauncher.EntryPoint
"""  # noqa: E501
MINECRAFT_FABRIC = r"""
510 1 C:\Program Files\Java\jre\bin\javaw.exe | javaw.exe  -Xmx4G  net.fabricmc.loader.impl.launch.knot.KnotClient  --version  1.21
"""  # noqa: E501

XBOX = r"""
900 10 C:\XboxGames\Forza Horizon 5\Content\ForzaHorizon5.exe
901 10 C:\XboxGames\GameSave\wgs.exe
"""
UBISOFT = r"""
900 700 C:\Program Files (x86)\Ubisoft\Ubisoft Game Launcher\upc.exe
901 900 C:\Program Files (x86)\Ubisoft\Ubisoft Game Launcher\UplayWebCore.exe
902 900 C:\Program Files (x86)\Ubisoft\Ubisoft Game Launcher\games\Anno 1800\Bin\Win64\Anno1800.exe
"""
EA = r"""
900 700 C:\Program Files\Electronic Arts\EA Desktop\EA Desktop\EADesktop.exe
901 900 C:\Program Files\Electronic Arts\EA Desktop\EA Desktop\EABackgroundService.exe
902 900 C:\Program Files\Electronic Arts\EA Desktop\EA Desktop\QtWebEngineProcess.exe
903 900 D:\EA\Apex Legends\r5apex.exe
"""
ROCKSTAR = r"""
900 700 C:\Program Files\Rockstar Games\Launcher\LauncherPatcher.exe
901 900 C:\Program Files\Rockstar Games\Launcher\Launcher.exe
902 901 C:\Program Files\Rockstar Games\Social Club\SocialClubHelper.exe
903 901 D:\Grand Theft Auto V\PlayGTAV.exe
904 903 D:\Grand Theft Auto V\GTA5.exe
"""
AMAZON = r"""
900 700 C:\Amazon Games\App\Amazon Games.exe
901 900 C:\Amazon Games\Library\Fallout 76\Fallout76.exe
"""
ITCH = """
500 1 /home/ann/.itch/app-26.1.9/itch
501 500 /home/ann/.config/itch/broth/butler/versions/15.21.0/butler | butler  daemon
502 501 /home/ann/.config/itch/apps/celeste-classic/celeste
"""
ROBLOX = r"""
900 700 C:\Users\ann\AppData\Local\Roblox\Versions\version-1\RobloxPlayerBeta.exe
901 900 C:\Users\ann\AppData\Local\Roblox\Versions\version-1\RobloxCrashHandler.exe
"""
