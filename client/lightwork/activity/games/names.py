"""The tables of names by which games, their launchers and everything around them are told apart.

All names are as `process.stem` gives them: lower case, without .exe. They were gathered from the programs' own
documentation, from process lists in public issue trackers and from the lists that other projects keep; a name is in
here only if no common program of another kind bears it.
"""

import re
from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """The words of a table, which one cannot read with quotes around each of them."""
    return frozenset(text.split())


# What a launcher starts, apart from its own programs, is a game.
LAUNCHERS = {
    "epicgameslauncher": "Epic Games",
    "epic games launcher": "Epic Games",
    "galaxyclient": "GOG Galaxy",
    "gog galaxy": "GOG Galaxy",
    "battle.net": "Battle.net",
    "eadesktop": "EA",
    "ealauncher": "EA",
    "ea app": "EA",
    "upc": "Ubisoft Connect",
    "ubisoftconnect": "Ubisoft Connect",
    "ubisoftgamelauncher": "Ubisoft Connect",
    "ubisoftgamelauncher64": "Ubisoft Connect",
    "riotclientservices": "Riot Games",
    "riotclientux": "Riot Games",
    "leagueclient": "Riot Games",
    "rockstargameslauncher": "Rockstar Games",
    "launcherpatcher": "Rockstar Games",
    "amazon games": "Amazon Games",
    "amazon games ui": "Amazon Games",
    "xboxpcapp": "Xbox",
    "itch": "itch",
    "butler": "itch",
    "playnite.desktopapp": "Playnite",
    "playnite.fullscreenapp": "Playnite",
    "minecraftlauncher": "Minecraft",
    "minecraft-launcher": "Minecraft",
    "prismlauncher": "Minecraft",
    "multimc": "Minecraft",
    "atlauncher": "Minecraft",
    "heroic": "Heroic",
    "bottles": "Bottles",
    "bottles-cli": "Bottles",
}
# Names too common on other systems: a launcher only as a Windows program.
WINDOWS_LAUNCHERS = {"steam": "Steam", "origin": "EA"}
HEROIC_RUNNERS = frozenset({"legendary", "gogdl", "nile"})


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a launcher keeps games, each in a folder of its own, and the folders there that are the launcher's."""

    folders: tuple[str, ...]
    source: str
    others: frozenset[str] = frozenset()


# Steam's are in `steam.py`.
SHELVES = (
    Shelf(("xboxgames",), "Xbox", frozenset({"gamesave"})),
    Shelf(("epic games",), "Epic Games", frozenset({"launcher", "epic online services", "directxredist"})),
    Shelf(("gog galaxy", "games"), "GOG Galaxy"),
    Shelf(("gog games",), "GOG Galaxy"),
    Shelf(("ubisoft game launcher", "games"), "Ubisoft Connect"),
    Shelf(("ea games",), "EA"),
    Shelf(("origin games",), "EA"),
    Shelf(("riot games",), "Riot Games", frozenset({"riot client", "riot vanguard"})),
    Shelf(("rockstar games",), "Rockstar Games", frozenset({"launcher", "social club"})),
    Shelf(("amazon games", "library"), "Amazon Games"),
    Shelf(("itch", "apps"), "itch"),
    Shelf(("games", "heroic"), "Heroic"),
)
# Beside the games lie Unreal's editor, which Epic's launcher installs, and Heroic's Wine prefixes.
NO_GAME_FOLDER = re.compile(r"ue_\d.*|prefixes")
# Other programs of launchers that may be installed anywhere.
LAUNCHER_FOLDERS = frozenset({"battle.net", "riot client", "riot vanguard", "epic online services", "ea desktop"})
# Battle.net keeps each edition of a game in a folder of the game's: World of Warcraft/_retail_/Wow.exe.
EDITION = re.compile(r"_[a-z]+_(?:ptr_|era_|beta_)?")

# Games that need no launcher, and those whose file's name says little: name, and who is known for it.
GAMES = {
    "robloxplayerbeta": ("Roblox", "Roblox"),
    "robloxplayer": ("Roblox", "Roblox"),
    "sober": ("Roblox", "Sober"),
    "minecraft.windows": ("Minecraft", "Minecraft"),
    "league of legends": ("League of Legends", "Riot Games"),
    "leagueoflegends": ("League of Legends", "Riot Games"),
    "valorant-win64-shipping": ("VALORANT", "Riot Games"),
    "wow": ("World of Warcraft", "Battle.net"),
    "wowclassic": ("World of Warcraft Classic", "Battle.net"),
    "world of warcraft": ("World of Warcraft", "Battle.net"),
    "overwatch": ("Overwatch", "Battle.net"),
    "hearthstone": ("Hearthstone", "Battle.net"),
    "sc2_x64": ("StarCraft II", "Battle.net"),
    "starcraft": ("StarCraft", "Battle.net"),
    "diablo iii64": ("Diablo III", "Battle.net"),
    "diablo iv": ("Diablo IV", "Battle.net"),
    "heroesofthestorm_x64": ("Heroes of the Storm", "Battle.net"),
    "warcraft iii": ("Warcraft III", "Battle.net"),
    "fortniteclient-win64-shipping": ("Fortnite", "Epic Games"),
    "genshinimpact": ("Genshin Impact", "HoYoPlay"),
    "yuanshen": ("Genshin Impact", "HoYoPlay"),
    "starrail": ("Honkai: Star Rail", "HoYoPlay"),
    "zenlesszonezero": ("Zenless Zone Zero", "HoYoPlay"),
    "escapefromtarkov": ("Escape from Tarkov", "Battlestate Games"),
    "worldoftanks": ("World of Tanks", "Wargaming"),
    "worldofwarships64": ("World of Warships", "Wargaming"),
    "exefile": ("EVE Online", "EVE Online"),
    "ffxiv_dx11": ("Final Fantasy XIV", "Final Fantasy XIV"),
    "gw2-64": ("Guild Wars 2", "Guild Wars 2"),
    "osu!": ("osu!", "osu!"),
    "supertuxkart": ("SuperTuxKart", "SuperTuxKart"),
    "pyrogenesis": ("0 A.D.", "0 A.D."),
    "xonotic": ("Xonotic", "Xonotic"),
    "xonotic-glx": ("Xonotic", "Xonotic"),
    "xonotic-sdl": ("Xonotic", "Xonotic"),
    "openttd": ("OpenTTD", "OpenTTD"),
    "luanti": ("Luanti", "Luanti"),
}

# A Java program that is Minecraft's client names one of these; a server, which a person does not see, names none.
MINECRAFT_CLIENTS = (
    "net.minecraft.client.main.main",
    "net.minecraft.client.minecraft",
    "net.minecraft.launchwrapper.launch",
    "net.fabricmc.loader.impl.launch.knot.knotclient",
    "net.fabricmc.loader.launch.knot.knotclient",
    "org.quiltmc.loader.impl.launch.knot.knotclient",
    "cpw.mods.bootstraplauncher.bootstraplauncher",
    "cpw.mods.modlauncher.launcher",
    "net.minecraftforge.bootstrap.forgebootstrap",
    "org.prismlauncher.entrypoint",
    "org.multimc.entrypoint",
    "org.multimc.onesix.onesixlauncher",
)
MINECRAFT_SERVERS = frozenset({"nogui", "--nogui", "forgeserver", "fmlserver", "forge_server"})
JAVA = frozenset({"java", "javaw", "java-rosetta"})

# Around a game: they start it, and are not it themselves.
WRAPPERS = words(
    """
    sh bash dash zsh fish env nice ionice setsid systemd-run flatpak flatpak-session-helper
    python python2 python3 perl cmd powershell pwsh
    steam steam-launch-wrapper steam-runtime-launcher-service steam-runtime-launch-client
    bwrap srt-bwrap pv-adverb pv-bwrap pressure-vessel-wrap pressure-vessel-adverb pressure-vessel
    _v2-entry-point proton umu-run umu
    gamemoderun gamescope gamescope-wl gamescopereaper mangohud obs-gamecapture vkbasalt primusrun optirun prime-run
    switcherooctl strangle taskset firejail lutris lutris-wrapper bottles heroic-run wine wine64 wine-preloader
    wine64-preloader wineloader wineserver64 winewrapper start steamlaunch
    """
)
PYTHON = re.compile(r"(?:python|perl)[\d.]+")

# Wine's own services, and those that Proton adds.
WINE_SERVICES = words(
    """
    services winedevice explorer plugplay svchost rpcss wineboot tabtip conhost start winedbg wineserver winemenubuilder
    rundll32 regsvr32 regedit winecfg wineconsole msiexec dllhost iexplore hh control uninstaller winver winemine
    taskmgr mscorsvw ngen spoolsv wusa xalia steam steamservice iscriptevaluator d3ddriverquery64 d3ddriverquery
    gldriverquery gldriverquery64 reg sc net wmic icacls cacls attrib xcopy tasklist taskkill msinfo32 dxdiag
    """
)

# Never games, wherever they run, and nothing that they start is one.
HELPERS = words(
    """
    steamwebhelper steamservice steamerrorreporter steamerrorreporter64 gameoverlayui gameoverlayui64 steamtours
    steamcmd streaming_client x64launcher x86launcher
    steam-runtime-check-requirements srt-logger fossilize_replay fossilize-replay
    wallpaper32 wallpaper64 wallpaperservice32 wallpaperservice32_c
    vrserver vrmonitor vrcompositor vrdashboard vrwebhelper
    epicwebhelper epiconlineservices epiconlineservicesuserhelper epiconlineservicesuihelper unrealcefsubprocess
    galaxycommunication galaxyclientservice galaxyupdater gogupdater
    blizzardbrowser blizzarderror blizzardupdateagent
    eabackgroundservice eacefsubprocess ealocalhostsvc eaupdater eacrashreporter eauninstall eaconnect_microsoft
    originwebhelperservice originclientservice originthinsetupinternal originer
    uplaywebcore uplayservice ubisoftconnectservice ubisoftextension
    riotclientuxrender riotclientcrashhandler leagueclientux leaguecrashhandler leaguecrashhandler64
    leagueclientuxrender vgtray vgc vgm
    rockstarservice socialclubhelper rockstarerrorhandler rockstarsteamhelper
    gamingservices gamingservicesnet gamebar gamebarftserver gamebarpresencewriter gamelaunchhelper
    xboxappservices robloxplayerlauncher robloxcrashhandler
    beservice beservice_x64 easyanticheat easyanticheat_eos easyanticheat_setup nahimicservice
    werfault wermgr dxsetup dxwebsetup oalinst touchup activationui quicksfv crs-uploader crs-video crs-handler
    zfgamebrowser cefprocess cefsubprocess webviewhost msedgewebview2 xdg-open gio kde-open5 kde-open
    zypak-helper zypak-sandbox chrome_crashpad_handler crashpad_handler chrome-sandbox
    """
)
HELPER_NAME = re.compile(
    r"""^(?: unins(?:tall|\d) | (?:vc_?|ms)?redist | vcredist | dotnet(?:fx|-|$) | ndp\d | windowsdesktop-runtime
         | physx | setup$ | installer | easyanticheat_(?!launcher) )
      | crash[ _-]?(?:handler|report|pad|sender|uploader|client|dump) | (?:bug|error)[ _-]?report
      | unitycrash | webhelper | web[ _-]helper | cefsharp
      | (?:browser|render|cef|chromium|qt\w*web)\w*[ ._-]?(?:sub)?process
      | helper\b | updater?$
      | (?:^|[ _-])(?:setup|installer|uninstaller|uninstall)$ | \boverlay\b|overlay(?:ui|runtime|renderer)
      | service(?:host)?$
    """,
    re.VERBOSE,
)
# Parts of a path, below a game's own folder, that hold what games bring along.
HELPER_FOLDERS = words(
    "_commonredist commonredist redist _redist redistributables __installer installers vcredist directx dotnet "
    "crashreporter crashreportclient battleye"
)
# A game's own little window before the game, or a starter for its watchman: the game only while there is nothing else.
STARTER = re.compile(
    r"launcher|start_protected_game|bootstrap|prelaunch|patcher|^launch|_launch|^play|config(?:uration)?$"
)

# Folders at the root of a disk that hold the system's own programs: launchers run its tools, which are no games.
SYSTEM_FOLDERS = frozenset({"usr", "bin", "sbin", "lib", "lib64", "nix", "system", "windows"})

# Programs that a launcher or a game may open, and that live on without it.
DESKTOP = words(
    """
    firefox firefox-bin firefox-esr chrome google-chrome chromium chromium-browser msedge microsoft-edge brave arc
    floorp waterfox thorium duckduckgo brave-browser opera opera-gx vivaldi vivaldi-bin librewolf zen safari
    iexplore discord discordcanary discordptb vesktop slack telegram telegram-desktop teams ms-teams zoom obs obs64
    obs-studio spotify vlc mpv explorer dolphin nautilus finder code notepad teamspeak3 ts3client_win64 mumble
    whatsapp signal-desktop thunderbird steamtinkerlaunch dbus-daemon dbus-launch gvfsd pulseaudio pipewire
    ssh-agent gpg-agent
    """
)
