"""Opening links of the form lightwork://... with the window."""

import os
import sys

from lightwork.desktop.launcher import Launcher
from lightwork.desktop.switch import Switch


def open_links(launcher: Launcher) -> Switch:
    """The switch of this system."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415

        from lightwork.desktop.windows import LinkClass  # noqa: PLC0415

        return LinkClass(winreg, launcher)
    if sys.platform == "darwin":
        from lightwork.desktop.macos import BundledLinks  # noqa: PLC0415

        return BundledLinks(launcher)
    from lightwork.desktop.linux import Folders, LinkHandler  # noqa: PLC0415

    return LinkHandler(Folders.of(os.environ), launcher)
