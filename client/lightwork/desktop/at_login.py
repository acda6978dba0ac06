"""Starting the window, in the tray, when the person logs in."""

import os
import sys

from lightwork.desktop.launcher import Launcher
from lightwork.desktop.switch import Switch


def at_login(launcher: Launcher) -> Switch:
    """The switch of this system."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415

        from lightwork.desktop.windows import RunKey  # noqa: PLC0415

        return RunKey(winreg, launcher)
    if sys.platform == "darwin":
        from lightwork.desktop.macos import LaunchAgent  # noqa: PLC0415

        return LaunchAgent(launcher)
    from lightwork.desktop.linux import Autostart, Folders  # noqa: PLC0415

    return Autostart(Folders.of(os.environ), launcher)
