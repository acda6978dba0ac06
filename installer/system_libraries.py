"""Shared libraries of a Linux system that Qt loads and its wheel does not bring, and the packages that hold them.

The list is what PySide6-Essentials 6.12's own libraries and its xcb and wayland plug-ins name as NEEDED; a test
compares it with the installed ones.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping
from enum import Enum


class Manager(Enum):
    """A system's package manager; the value is the command that installs packages."""

    APT = "apt-get install -y"
    DNF = "dnf install -y"
    PACMAN = "pacman -S --needed"
    ZYPPER = "zypper install"


FAMILIES: dict[str, Manager] = {
    "debian": Manager.APT,
    "ubuntu": Manager.APT,
    "fedora": Manager.DNF,
    "rhel": Manager.DNF,
    "centos": Manager.DNF,
    "arch": Manager.PACMAN,
    "suse": Manager.ZYPPER,
    "opensuse": Manager.ZYPPER,
    "sles": Manager.ZYPPER,
}
"""ID and ID_LIKE of /etc/os-release to the manager."""

# library: packages for apt, dnf, pacman, zypper
BASE: dict[str, tuple[str, str, str, str]] = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd", "Mesa-libEGL1"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd", "Mesa-libGL1"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11", "libX11-6"),
    "libbrotlidec.so.1": ("libbrotli1", "libbrotli", "brotli", "libbrotlidec1"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2", "libfreetype6"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5-libs", "krb5", "krb5"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"),
    "libz.so.1": ("zlib1g", "zlib", "zlib", "libz1"),
    "libzstd.so.1": ("libzstd1", "libzstd", "zstd", "libzstd1"),
}
"""Needed for any window, even one that is drawn off the screen."""

XCB: dict[str, tuple[str, str, str, str]] = {
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor", "libxcb-cursor0"),
    "libxcb-glx.so.0": ("libxcb-glx0", "libxcb", "libxcb", "libxcb-glx0"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms", "libxcb-keysyms1"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
        "libxcb-render-util0",
    ),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb", "libxcb-render0"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb", "libxcb1"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11", "libxkbcommon-x11-0"),
}
"""Needed for a window on an X screen."""

WAYLAND: dict[str, tuple[str, str, str, str]] = {
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland", "libwayland-client0"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland", "libwayland-cursor0"),
}
"""Needed for a window on a Wayland screen."""

PROGRAMS: dict[str, tuple[str, str, str, str]] = {
    "Xvfb": ("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"),
    "dbus-daemon": ("dbus", "dbus-daemon", "dbus", "dbus-1"),
}
"""Programs, not libraries: an X screen without hardware and a message bus, for tests of the real window and sensors."""

PACKAGES = {**BASE, **XCB, **WAYLAND, **PROGRAMS}
ORDER = (Manager.APT, Manager.DNF, Manager.PACMAN, Manager.ZYPPER)


def for_screen(environ: Mapping[str, str]) -> list[str]:
    """Libraries that a window needs on the screens that the environment names."""
    return [*BASE, *(XCB if environ.get("DISPLAY") else ()), *(WAYLAND if environ.get("WAYLAND_DISPLAY") else ())]


def loads(library: str) -> bool:
    """Does the system find it, for this processor?"""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing(libraries: Iterable[str], loads: Callable[[str], bool] = loads) -> list[str]:
    """Return those that cannot be loaded."""
    return [library for library in libraries if not loads(library)]


def manager(release: Mapping[str, str]) -> Manager | None:
    """Return the package manager of a system that describes itself so (/etc/os-release); None if it is not known."""
    for name in [release.get("ID", ""), *release.get("ID_LIKE", "").split()]:
        family = name.lower().split("-")[0]  # opensuse-leap
        if family in FAMILIES:
            return FAMILIES[family]
    return None


def packages(lacking: Iterable[str], of: Manager) -> list[str]:
    """Packages that hold the libraries and programs named, each once, sorted."""
    column = ORDER.index(of)
    return sorted({PACKAGES[name][column] for name in lacking})


def command(wanted: Iterable[str], of: Manager, *, root: bool) -> str:
    """Return the line that a person types to install packages."""
    return " ".join([*([] if root else ["sudo"]), of.value, *wanted])


def venv_packages(of: Manager | None, version: str) -> list[str]:
    """Packages that bring Python's venv module where the system keeps it apart. `version` is major.minor."""
    return [f"python{version}-venv"] if of is Manager.APT else []
