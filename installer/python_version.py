"""Is this Python new enough, and if not, which one on this computer is? Runs on Python 3.8."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence

OLDEST = (3, 11)
NEWEST_LOOKED_FOR = 14  # minor version


def works(name: str) -> bool:
    """Does such a Python start? A version manager's placeholder is found, but does not."""
    if shutil.which(name) is None:
        return False
    try:
        subprocess.run([name, "-c", ""], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def complaint(version: tuple[int, ...], words: Sequence[str], works: Callable[[str], bool] = works) -> str | None:
    """Return what to do about a Python that is too old; None when it is new enough.

    `version` is (major, minor); `words` are the installer's arguments, for a command that can be copied.
    """
    if version >= OLDEST:
        return None
    needed, found = (".".join(map(str, numbers)) for numbers in (OLDEST, version))
    said = f"Lightwork needs Python {needed} or newer; this is Python {found}."
    for minor in range(NEWEST_LOOKED_FOR, OLDEST[1] - 1, -1):
        if works(f"python3.{minor}"):
            again = " ".join([f"python3.{minor}", "installer", *map(shlex.quote, words)])
            return f"{said}\nThis computer has a newer one. Type: {again}"
    return f"{said}\nInstall a newer Python (python.org, or your system's packages) and start again with it."
